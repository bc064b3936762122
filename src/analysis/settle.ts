/** Where trajectories of one system end while its input is held: the engine behind `findAttractors`. */
import type { DynamicalSystem, Vector } from "../core/system.js";
import { norm } from "../solve/problem.js";
import { type Approach, createArrivals, type NearestReturn, type Setting } from "./arrival.js";
import { DistinctStates } from "./distinct.js";
import { cloudUnder, endless, followAlone, motionCost, type Straggler } from "./followAlone.js";
import { createOrbitCloud, isOnCloud, type OrbitCloud } from "./orbitCloud.js";
import { type Plan, perform, type Task } from "./plan.js";
import { rowGroups } from "./rows.js";
import type { Settled } from "./settled.js";

export type SettleOptions = Pick<Setting, "input" | "maxSteps" | "maxPeriod" | "dt">;

/** Steps all trajectories make together before the rest are followed one by one, and how many make them together. */
const together = { steps: 1000, rows: 16 };
/** Total steps spent on following trajectories one by one, in units of maxSteps. */
const followBudget = 32;
/** Trajectories followed at once, at most: each knows only what was found before. */
const widestWave = 16;
/** States nearer than this, relative to their size, arrive at the same place: one of them is looked at first. */
const companions = 1e-6;
/** Samples of a flow's cloud this near in time are no neighbours. */
const cloudWindow = 50;

/** Rows carried on, and whether each one has come back to where it was. */
interface Carried {
  readonly states: Float64Array;
  /** undefined for what has left, or has reached what is known. */
  readonly returns: readonly (NearestReturn | undefined)[];
}

/** Carries rows on and looks whether they return. */
export const carryOn: Task<Setting & { steps: number; known: readonly Settled[] }, Float64Array, Carried> = {
  name: "carry on",
  prepare(system, shared) {
    const { clock, hasLeft, reached, nearestReturn } = createArrivals(system, shared);
    const n = system.dimension;
    return (rows) => {
      const states = clock.advance(rows, shared.steps);
      const returns = Array.from({ length: states.length / n }, (_, k) => {
        const x = states.subarray(k * n, (k + 1) * n);
        return hasLeft(x) || reached(x, shared.known) >= 0 ? undefined : nearestReturn(x);
      });
      return { states, returns };
    };
  },
};

/** A state that has nearly returned; what rests near it. */
interface Returned {
  readonly x: Vector;
  readonly period: number;
}

/** Looks for what rests near a state that has nearly returned, and describes it if the state has arrived there. */
export const lookNear: Task<
  Setting,
  Returned,
  { state: Vector; away: number; rest: Settled | undefined } | undefined
> = {
  name: "look near",
  prepare(system, setting) {
    const { arrivalOf, hasArrived, restAt } = createArrivals(system, setting);
    return ({ x, period }) => {
      const arrival = arrivalOf(x, period);
      return (
        arrival && {
          ...arrival,
          rest: hasArrived(x, arrival) ? restAt(arrival.state, period, false) : undefined,
        }
      );
    };
  },
};

/** Follows every start (rows) and says on which attractor it ends: `ofStart[i]` indexes `attractors`. */
export function* settle(
  system: DynamicalSystem,
  starts: Float64Array,
  options: SettleOptions,
  onDone: () => void,
): Plan<{ attractors: Settled[]; ofStart: Int32Array }> {
  const n = system.dimension;
  const count = starts.length / n;
  const setting: Setting = {
    ...options,
    unit: Math.max(1e-6, Math.min(1, norm(starts) / Math.sqrt(count) || 1)),
    farAway: 1e8 * (1 + starts.reduce((m, v) => Math.max(m, Math.abs(v)), 0)),
  };
  const arrivals = createArrivals(system, setting);
  const lookHere = lookNear.prepare(system, setting);
  const attractors: Settled[] = [];
  const clouds = new Map<number, OrbitCloud>();
  const ofStart = new Int32Array(count).fill(-1);
  const approaches = new Array<Approach | undefined>(count);
  const assign = (i: number, attractor: number) => {
    ofStart[i] = attractor;
    onDone();
  };

  let live = Array.from({ length: count }, (_, i) => ({ i, x: starts.slice(i * n, (i + 1) * n) }));
  const joint = Math.min(together.steps, options.maxSteps);
  for (let steps = 0, chunk = 16; live.length > 0 && steps < joint; chunk = Math.min(2 * chunk, 256)) {
    const size = Math.min(chunk, joint - steps);
    steps += size;
    const rows = new Float64Array(live.length * n);
    for (const [k, { x }] of live.entries()) rows.set(x, k * n);
    const carried = yield* perform(
      carryOn,
      { ...setting, steps: size, known: attractors.slice() },
      rowGroups(rows, n, together.rows),
    );
    const now = carried.flatMap(({ states, returns }) =>
      returns.map((near, k) => ({ x: states.slice(k * n, (k + 1) * n), near })),
    );
    // Of those that come to one place together, one is looked at now; the others will find it known.
    const leaders = new DistinctStates(companions, setting.unit);
    const returned = now.flatMap(({ x, near }, k) =>
      near && arrivals.isWorthALook(x, near.gap) && leaders.add(x, 0).isNew
        ? [{ k, x, period: near.period }]
        : [],
    );
    const looks = yield* perform(
      lookNear,
      setting,
      returned.map(({ x, period }) => ({ x, period })),
    );
    const lookAt = new Map(returned.map(({ k }, j) => [k, { here: looks[j] }]));
    live = live.flatMap(({ i }, k) => {
      const { x, near } = now[k];
      const found = look(i, x, near, () => (lookAt.get(k) ?? { here: lookHere({ x, ...near! }) }).here);
      if (found < 0) return [{ i, x }];
      assign(i, found);
      return [];
    });
  }

  let budget = followBudget * options.maxSteps;
  const alone = options.maxSteps - joint;
  for (let wave = 1; live.length > 0; wave = Math.min(2 * wave, widestWave)) {
    const affordable = Math.max(0, Math.ceil(budget / (alone + motionCost)));
    if (affordable === 0) {
      for (const { i, x } of live) assign(i, theOne(endless("not-settled", x)));
      break;
    }
    const now = live.slice(0, Math.min(wave, affordable));
    live = live.slice(now.length);
    const stragglers = now.map(({ i, x }, k): Straggler => {
      const steps = Math.min(alone, Math.max(0, budget - k * (alone + motionCost)));
      return { x, seen: approaches[i], steps };
    });
    const before = attractors.length;
    const known = { ...setting, attractors: attractors.slice(), clouds: new Map(clouds) };
    const followed = yield* perform(followAlone, known, stragglers);
    for (const [k, { known: reached, found, used }] of followed.entries()) {
      budget -= used;
      assign(now[k].i, reached ?? add(found!, before));
    }
  }
  return { attractors, ofStart };

  /** The attractor that x has reached, known or new, or -1. */
  function look(
    i: number,
    x: Vector,
    near: NearestReturn | undefined,
    lookNearIt: () => ReturnType<typeof lookHere>,
  ): number {
    if (arrivals.hasLeft(x)) return theOne(endless("unbounded", x));
    const known = arrivals.reached(x, attractors);
    if (known >= 0) return known;
    const before = approaches[i];
    approaches[i] = undefined;
    const here = near && arrivals.isWorthALook(x, near.gap) ? lookNearIt() : undefined;
    if (!near || !here) return -1;
    if (!arrivals.hasArrived(x, here)) {
      const now = arrivals.nextApproach(x, before, here, near);
      approaches[i] = now;
      if (!arrivals.isProven(now)) return -1;
    }
    const same = arrivals.same(here.state, attractors);
    if (same >= 0) return same;
    const rest = here.rest ?? arrivals.restAt(here.state, near.period, false);
    return rest ? attractors.push(rest) - 1 : -1;
  }

  /** The number of an attractor found by following, which may have been found by others since there were `before`. */
  function add(found: Settled, before: number): number {
    const { type, state } = found;
    if (type === "unbounded" || type === "not-settled") return theOne(found);
    if (type === "fixed-point" || type === "cycle") {
      const same = arrivals.same(state, attractors);
      return same >= 0 ? same : attractors.push(found) - 1;
    }
    if (type === "limit-cycle")
      for (const [a, cloud] of clouds)
        if (attractors[a].type === "limit-cycle" && isOnCloud(cloud, state)) return a;
    const known = cloudUnder(
      arrivals,
      state,
      [...clouds].filter(([a]) => a >= before),
    );
    if (known >= 0) return known;
    attractors.push(found);
    const window = arrivals.held.time === "discrete" || type === "limit-cycle" ? 0 : cloudWindow;
    clouds.set(attractors.length - 1, createOrbitCloud(found.states, n, window));
    return attractors.length - 1;
  }

  /** The one entry for all trajectories that end this way; the first of them describes it. */
  function theOne(found: Settled): number {
    const known = attractors.findIndex((a) => a.type === found.type);
    return known >= 0 ? known : attractors.push(found) - 1;
  }
}
