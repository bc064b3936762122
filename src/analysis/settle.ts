/** Where trajectories of one autonomous system end: the engine behind `findAttractors`. */
import type { DynamicalSystem, Vector } from "../core/system.js";
import { eigen } from "../numeric/eigen.js";
import { polish } from "../solve/polish.js";
import { discretize } from "../systems/discretize.js";
import { iterate } from "../systems/iterate.js";
import { describeMotion } from "./motion.js";
import { createOrbitCloud, isOnCloud, type OrbitCloud } from "./orbitCloud.js";
import { restProblem } from "./restProblem.js";
import { isResting } from "./rootSearch.js";
import type { Settled } from "./settled.js";
import { stabilityOf } from "./stability.js";

export interface SettleOptions {
  readonly maxSteps: number;
  readonly maxPeriod: number;
  readonly dt: number;
}

const none = new Float64Array(0);

// Distances are relative to the size of the state: |x| + the typical size of a start, the latter at most 1.

/** Within which a state counts as having arrived. */
const arrived = 1e-5;
/** Within which a state may count as arriving, if look after look finds it nearer to the same stable state. */
const arriving = 0.1;
/** Looks in a row, and the factor the distance fell by over them, that prove it... */
const approach = { looks: 4, factor: 10 };
/** ... or make it likely enough when the steps run out, if it moves slowly for its distance. */
const slowApproach = { looks: 4, factor: 2, gap: 0.01 };
/** Steps all trajectories make together before the rest are followed one by one. */
const together = 1000;
/** Total steps spent on following trajectories one by one, in units of maxSteps. */
const followBudget = 32;
/** Steps granted once more to what has not settled. */
const lateSteps = 4000;
/** What describing a motion takes from that budget, in steps. */
const motionCost = 10_000;
/** Samples of a flow's cloud this near in time are no neighbours. */
const cloudWindow = 50;

/** The state a start was seen to come nearer to. */
interface Approach {
  readonly state: Vector;
  readonly period: number;
  readonly first: number;
  distance: number;
  looks: number;
  gap: number;
}

/** Follows every start (rows) and says on which attractor it ends: `ofStart[i]` indexes `attractors`. */
export function settle(
  system: DynamicalSystem,
  starts: Float64Array,
  options: SettleOptions,
  onDone: () => void,
): { attractors: Settled[]; ofStart: Int32Array } {
  const n = system.dimension;
  const count = starts.length / n;
  const isMap = system.time === "discrete";
  const step = isMap ? system : discretize(system, { dt: options.dt, method: "rk4" });
  const perStep = isMap ? 1 : options.dt;
  const attractors: Settled[] = [];
  const clouds = new Map<number, OrbitCloud>();
  const ofStart = new Int32Array(count).fill(-1);
  const next = new Float64Array(n);
  const farAway = 1e8 * (1 + starts.reduce((m, v) => Math.max(m, Math.abs(v)), 0));
  const unit = Math.max(1e-6, Math.min(1, length(starts) / Math.sqrt(count) || 1));
  const scaleAt = (x: Vector) => unit + length(x);

  let live = Array.from({ length: count }, (_, i) => i);
  let states: Float64Array = starts.slice();
  const approaches = new Array<Approach | undefined>(count);
  const joint = Math.min(together, options.maxSteps);
  for (let steps = 0, chunk = 16; live.length > 0 && steps < joint; chunk = Math.min(2 * chunk, 256)) {
    const size = Math.min(chunk, joint - steps);
    states = advanceAll(states, live.length, size);
    steps += size;
    const staying: number[] = [];
    for (const [k, i] of live.entries()) {
      const found = look(states.subarray(k * n, (k + 1) * n), i);
      if (found >= 0) assign(i, found);
      else staying.push(k);
    }
    const kept = new Float64Array(staying.length * n);
    for (const [j, k] of staying.entries()) kept.set(states.subarray(k * n, (k + 1) * n), j * n);
    live = staying.map((k) => live[k]);
    states = kept;
  }
  let budget = followBudget * options.maxSteps;
  for (const [k, i] of live.entries()) assign(i, follow(states.slice(k * n, (k + 1) * n), i));
  return { attractors, ofStart };

  function assign(i: number, attractor: number): void {
    ofStart[i] = attractor;
    onDone();
  }

  /** All live trajectories, `chunk` steps on. */
  function advanceAll(from: Float64Array, rows: number, chunk: number): Float64Array {
    let current = from;
    let other: Float64Array = new Float64Array(rows * n);
    for (let t = 0; t < chunk; t++) {
      if (step.ruleBatch) step.ruleBatch(rows, current, none, other);
      else
        for (let k = 0; k < rows; k++)
          step.rule(current.subarray(k * n, (k + 1) * n), none, other.subarray(k * n, (k + 1) * n));
      [current, other] = [other, current];
    }
    return current;
  }

  /** The attractor that x has reached, known or new, or -1. */
  function look(x: Vector, i: number): number {
    if (!x.every((v) => Math.abs(v) < farAway)) return unbounded(x);
    const scale = scaleAt(x);
    const known = knownRest(x, arrived * scale);
    if (known >= 0) return known;
    const before = approaches[i];
    approaches[i] = undefined;
    const { period, gap } = nearestReturn(x);
    if (!(gap <= 1e-2 * scale)) return -1;
    const root = polish(restProblem(iterated(period), none), x, unit);
    const away = distance(root.x, x);
    if (!isResting(root, unit) || !(away <= arriving * scale)) return -1;
    if (away <= arrived * scale) return addRest(root.x, period, false);
    const follows =
      before !== undefined &&
      away < 0.9 * before.distance &&
      isOnOrbit(before.state, period, root.x, 1e-6 * scale);
    const now = {
      state: root.x,
      period,
      first: follows ? before.first : away,
      distance: away,
      looks: follows ? before.looks + 1 : 1,
      gap,
    };
    approaches[i] = now;
    const proven = now.looks >= approach.looks && away * approach.factor <= now.first;
    return proven ? addRest(root.x, period, false) : -1;
  }

  /** At the end of the steps: the state that x slowly comes nearer to, or rests on although it is unstable; or -1. */
  function lastLook(x: Vector, i: number): number {
    const seen = approaches[i];
    if (
      seen &&
      seen.looks >= slowApproach.looks &&
      seen.distance * slowApproach.factor <= seen.first &&
      seen.gap <= slowApproach.gap * seen.distance
    )
      return addRest(seen.state, seen.period, false);
    const { period, gap } = nearestReturn(x);
    const scale = scaleAt(x);
    if (!(gap <= arrived * scale)) return -1;
    const root = polish(restProblem(iterated(period), none), x, unit);
    return isResting(root, unit) && distance(root.x, x) <= arrived * scale
      ? addRest(root.x, period, true)
      : -1;
  }

  /** Whether x is one of the `period` states from `state` on. */
  function isOnOrbit(state: Vector, period: number, x: Vector, reach: number): boolean {
    const current = state.slice();
    for (let k = 0; k < period; k++) {
      if (distance(current, x) <= reach) return true;
      if (!isMap) return false;
      system.rule(current, none, next);
      current.set(next);
    }
    return false;
  }

  /** The system, or the iterate of a map whose fixed points are its cycles of this period. */
  function iterated(period: number): DynamicalSystem {
    return period > 1 ? iterate(system, period) : system;
  }

  /** The known fixed point or cycle within `reach` of x, or -1. */
  function knownRest(x: Vector, reach: number): number {
    for (const [a, attractor] of attractors.entries())
      if (attractor.type === "fixed-point" || attractor.type === "cycle")
        for (let s = 0; s < attractor.states.length; s += n)
          if (distance(x, attractor.states.subarray(s, s + n)) <= reach) return a;
    return -1;
  }

  /** The fixed point or cycle at x, added unless known; -1 when it is unstable, unless that is allowed. */
  function addRest(x: Vector, mostPeriod: number, mayBeUnstable: boolean): number {
    const reach = 1e-6 * scaleAt(x);
    const known = knownRest(x, reach);
    if (known >= 0) return known;
    const orbit = new Float64Array(mostPeriod * n);
    orbit.set(x);
    let period = mostPeriod;
    for (let k = 1; k < period; k++) {
      const state = orbit.subarray(k * n, (k + 1) * n);
      system.rule(orbit.subarray((k - 1) * n, k * n), none, state);
      if (mostPeriod % k === 0 && distance(x, state) <= reach) period = k;
    }
    const jacobian = new Float64Array(n * n);
    iterated(period).jacobian(x, none, jacobian);
    const { real, imaginary } = eigen(n, jacobian, "none");
    if (!mayBeUnstable && stabilityOf(system.time, real, imaginary).unstableDimension > 0) return -1;
    attractors.push({
      type: period > 1 ? "cycle" : "fixed-point",
      state: x.slice(),
      states: orbit.slice(0, period * n),
      period: isMap ? period : Number.NaN,
      multipliers: { real, imaginary },
      lyapunovExponent: Number.NaN,
    });
    return attractors.length - 1;
  }

  /** The number of steps, up to maxPeriod, after which x comes nearest to itself (the first if about equal). */
  function nearestReturn(x: Vector): { period: number; gap: number } {
    const current = x.slice();
    if (!isMap) {
      system.rule(current, none, next);
      return { period: 1, gap: length(next) * perStep };
    }
    let best = { period: 1, gap: Number.POSITIVE_INFINITY };
    for (let p = 1; p <= options.maxPeriod; p++) {
      step.rule(current, none, next);
      current.set(next);
      const gap = distance(x, current);
      if (gap < 0.1 * best.gap || (p === 1 && gap < best.gap)) best = { period: p, gap };
    }
    return best;
  }

  /** Follows one trajectory to the end of the budget and says what it is on. */
  function follow(x: Vector, i: number): number {
    if (budget <= 0) return notSettled(x, Number.NaN);
    let mine = Math.min(options.maxSteps - joint, budget);
    for (let chunk = 256; mine > 0; mine -= chunk, budget -= chunk) {
      const cloud = onKnownCloud(x);
      if (cloud >= 0) return cloud;
      if (chunk * 4 < options.maxSteps - mine) chunk *= 2;
      const moved = advanceAll(x.slice(), 1, Math.min(chunk, mine));
      x.set(moved);
      const found = look(x, i);
      if (found >= 0) return found;
    }
    const cloud = onKnownCloud(x);
    if (cloud >= 0) return cloud;
    const rest = lastLook(x, i);
    if (rest >= 0) return rest;
    budget -= motionCost;
    const motion = describeMotion(system, step, perStep, x, scaleAt(x));
    if (motion.type !== "not-settled") return addMotion(motion);
    // Describing took many steps more: it may have arrived by then.
    const later = advanceAll(x.slice(), 1, lateSteps).slice();
    const late = look(later, i);
    return late >= 0 ? late : addMotion(motion);
  }

  /** The known cloud that x and the states after it lie on, or -1. */
  function onKnownCloud(x: Vector): number {
    if (clouds.size === 0) return -1;
    const some: Vector[] = [];
    const current = x.slice();
    for (let t = 0; t < 40; t++) {
      step.rule(current, none, next);
      current.set(next);
      if (t % 8 === 0) some.push(current.slice());
    }
    for (const [a, cloud] of clouds) if (some.every((s) => isOnCloud(cloud, s))) return a;
    return -1;
  }

  function addMotion(motion: Settled): number {
    if (motion.type === "unbounded") return unbounded(motion.state);
    if (motion.type === "not-settled") return notSettled(motion.state, motion.lyapunovExponent);
    if (motion.type === "limit-cycle")
      for (const [a, cloud] of clouds)
        if (attractors[a].type === "limit-cycle" && isOnCloud(cloud, motion.state)) return a;
    attractors.push(motion);
    const window = isMap || motion.type === "limit-cycle" ? 0 : cloudWindow;
    clouds.set(attractors.length - 1, createOrbitCloud(motion.states, n, window));
    return attractors.length - 1;
  }

  function unbounded(x: Vector): number {
    return theOne("unbounded", x, Number.NaN);
  }

  function notSettled(x: Vector, lyapunovExponent: number): number {
    return theOne("not-settled", x, lyapunovExponent);
  }

  /** The one entry for all trajectories that end this way; the first of them describes it. */
  function theOne(type: "unbounded" | "not-settled", x: Vector, lyapunovExponent: number): number {
    const known = attractors.findIndex((a) => a.type === type);
    if (known >= 0) return known;
    attractors.push({ type, state: x.slice(), states: x.slice(), period: Number.NaN, lyapunovExponent });
    return attractors.length - 1;
  }
}

function distance(a: Vector, b: Vector): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return Math.sqrt(sum);
}

function length(x: Vector): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i] * x[i];
  return Math.sqrt(sum);
}
