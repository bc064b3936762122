import type { DynamicalSystem, Vector } from "../core/system.js";
import { eigen } from "../numeric/eigen.js";
import { polish } from "../solve/polish.js";
import { norm } from "../solve/problem.js";
import { iterate } from "../systems/iterate.js";
import { withInput } from "../systems/withInput.js";
import { type March, march } from "./march.js";
import { restProblem } from "./restProblem.js";
import { isResting } from "./rootSearch.js";
import type { Settled } from "./settled.js";
import { stabilityOf } from "./stability.js";

/** What everything about one run of trajectories shares. */
export interface Setting {
  readonly input: Vector;
  readonly maxSteps: number;
  readonly maxPeriod: number;
  readonly dt: number;
  /** Typical size of a start, at most 1. Distances are relative to the size of the state: |x| + unit. */
  readonly unit: number;
  /** A state with a larger entry has left for ever. */
  readonly farAway: number;
}

/** A stable state that a trajectory was seen to come nearer to. */
export interface Approach {
  readonly state: Vector;
  readonly period: number;
  readonly first: number;
  readonly distance: number;
  readonly looks: number;
  readonly gap: number;
}

/** The number of steps after which a state comes nearest to itself, and how near. */
export interface NearestReturn {
  readonly period: number;
  readonly gap: number;
}

/** The state at rest, or on a cycle, that lies near a state of a trajectory. */
export interface Arrival {
  readonly state: Vector;
  /** How far that is. */
  readonly away: number;
}

/** Within which a state counts as having arrived. */
const arrived = 1e-5;
/** Within which a state may count as arriving, if look after look finds it nearer to the same stable state. */
const arriving = 0.1;
/** Looks in a row, and the factor the distance fell by over them, that prove it... */
const approach = { looks: 4, factor: 10 };
/** ... or make it likely enough when the steps run out, if it moves slowly for its distance. */
const slowApproach = { looks: 4, factor: 2, gap: 0.01 };
/** Share of its size by which a state may return amiss and still be looked at. */
const worthALook = 1e-2;
/** Within which two states at rest are one. */
const sameRest = 1e-6;

const none = new Float64Array(0);

/** Ways to tell whether a trajectory has arrived, for one system and setting. Nothing is remembered between calls. */
export interface Arrivals {
  readonly held: DynamicalSystem;
  readonly clock: March;
  scaleAt(x: Vector): number;
  hasLeft(x: Vector): boolean;
  /** Number of the known point or cycle that x has reached, or -1. */
  reached(x: Vector, known: readonly Settled[]): number;
  /** Number of the known point or cycle that the state at rest x is, or -1. */
  same(x: Vector, known: readonly Settled[]): number;
  nearestReturn(x: Vector): NearestReturn;
  /** Whether x returns to within so little that a state at rest may be near. */
  isWorthALook(x: Vector, gap: number): boolean;
  /** The state at rest near x, if there is one. */
  arrivalOf(x: Vector, period: number): Arrival | undefined;
  hasArrived(x: Vector, arrival: Arrival): boolean;
  /** What is known of a way that came by here, after one more look. */
  nextApproach(x: Vector, before: Approach | undefined, arrival: Arrival, near: NearestReturn): Approach;
  isProven(now: Approach): boolean;
  /** The point or cycle at x; undefined when it is unstable, unless that is allowed. */
  restAt(x: Vector, mostPeriod: number, mayBeUnstable: boolean): Settled | undefined;
  /** At the end of the steps: what x slowly comes nearer to, or rests on although it is unstable. */
  lastLook(x: Vector, seen: Approach | undefined): Settled | undefined;
}

/** Prepares {@link Arrivals}. */
export function createArrivals(system: DynamicalSystem, setting: Setting): Arrivals {
  const { unit, farAway, maxPeriod } = setting;
  const held = system.inputDimension === 0 ? system : withInput(system, setting.input);
  const n = held.dimension;
  const isMap = held.time === "discrete";
  const clock = march(held, setting.dt);
  const next = new Float64Array(n);
  const scaleAt = (x: Vector) => unit + norm(x);
  /** The system, or the iterate of a map whose fixed points are its cycles of this period. */
  const iterated = (period: number) => (period > 1 ? iterate(held, period) : held);

  function within(x: Vector, known: readonly Settled[], reach: number): number {
    for (const [a, { type, states }] of known.entries())
      if (type === "fixed-point" || type === "cycle")
        for (let s = 0; s < states.length; s += n)
          if (distance(x, states.subarray(s, s + n)) <= reach) return a;
    return -1;
  }

  function nearestReturn(x: Vector): NearestReturn {
    const current = x.slice();
    if (!isMap) {
      held.rule(current, none, next);
      return { period: 1, gap: norm(next) * clock.perStep };
    }
    let best = { period: 1, gap: Number.POSITIVE_INFINITY };
    for (let p = 1; p <= maxPeriod; p++) {
      held.rule(current, none, next);
      current.set(next);
      const gap = distance(x, current);
      if (gap < 0.1 * best.gap || (p === 1 && gap < best.gap)) best = { period: p, gap };
    }
    return best;
  }

  function arrivalOf(x: Vector, period: number): Arrival | undefined {
    const root = polish(restProblem(iterated(period), none), x, unit);
    const away = distance(root.x, x);
    return isResting(root, unit) && away <= arriving * scaleAt(x) ? { state: root.x, away } : undefined;
  }

  /** Whether x is one of the `period` states from `state` on. */
  function isOnOrbit(state: Vector, period: number, x: Vector, reach: number): boolean {
    const current = state.slice();
    for (let k = 0; k < period; k++) {
      if (distance(current, x) <= reach) return true;
      if (!isMap) return false;
      held.rule(current, none, next);
      current.set(next);
    }
    return false;
  }

  function restAt(x: Vector, mostPeriod: number, mayBeUnstable: boolean): Settled | undefined {
    const orbit = new Float64Array(mostPeriod * n);
    orbit.set(x);
    let period = mostPeriod;
    for (let k = 1; k < period; k++) {
      const state = orbit.subarray(k * n, (k + 1) * n);
      held.rule(orbit.subarray((k - 1) * n, k * n), none, state);
      if (mostPeriod % k === 0 && distance(x, state) <= sameRest * scaleAt(x)) period = k;
    }
    const jacobian = new Float64Array(n * n);
    iterated(period).jacobian(x, none, jacobian);
    const { real, imaginary } = eigen(n, jacobian, "none");
    if (!mayBeUnstable && stabilityOf(held.time, real, imaginary).unstableDimension > 0) return undefined;
    return {
      type: period > 1 ? "cycle" : "fixed-point",
      state: x.slice(),
      states: orbit.slice(0, period * n),
      period: isMap ? period : Number.NaN,
      multipliers: { real, imaginary },
      lyapunovExponent: Number.NaN,
    };
  }

  return {
    held,
    clock,
    scaleAt,
    hasLeft: (x) => !x.every((v) => Math.abs(v) < farAway),
    reached: (x, known) => within(x, known, arrived * scaleAt(x)),
    same: (x, known) => within(x, known, sameRest * scaleAt(x)),
    nearestReturn,
    isWorthALook: (x, gap) => gap <= worthALook * scaleAt(x),
    arrivalOf,
    hasArrived: (x, { away }) => away <= arrived * scaleAt(x),
    nextApproach(x, before, { state, away }, { period, gap }) {
      const follows =
        before !== undefined &&
        away < 0.9 * before.distance &&
        isOnOrbit(before.state, period, state, 1e-6 * scaleAt(x));
      return {
        state,
        period,
        first: follows ? before.first : away,
        distance: away,
        looks: follows ? before.looks + 1 : 1,
        gap,
      };
    },
    isProven: (now) => now.looks >= approach.looks && now.distance * approach.factor <= now.first,
    restAt,
    lastLook(x, seen) {
      if (
        seen &&
        seen.looks >= slowApproach.looks &&
        seen.distance * slowApproach.factor <= seen.first &&
        seen.gap <= slowApproach.gap * seen.distance
      )
        return restAt(seen.state, seen.period, false);
      const { period, gap } = nearestReturn(x);
      if (!(gap <= arrived * scaleAt(x))) return undefined;
      const arrival = arrivalOf(x, period);
      return arrival && arrival.away <= arrived * scaleAt(x)
        ? restAt(arrival.state, period, true)
        : undefined;
    },
  };
}

/** |a - b|. */
function distance(a: Vector, b: Vector): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return Math.sqrt(sum);
}
