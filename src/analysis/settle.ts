/** Where trajectories of one autonomous system end: the engine behind `findAttractors`. */
import type { DynamicalSystem, Vector } from "../core/system.js";
import { eigen } from "../numeric/eigen.js";
import { dogleg } from "../solve/dogleg.js";
import { runFrom } from "../solve/loop.js";
import { polish } from "../solve/polish.js";
import { discretize } from "../systems/discretize.js";
import { iterate } from "../systems/iterate.js";
import { returnMap } from "../systems/returnMap.js";
import { largestExponentAlong } from "./lyapunov.js";
import { createOrbitCloud, isOnCloud, type OrbitCloud } from "./orbitCloud.js";
import { restProblem } from "./restProblem.js";
import { stabilityOf } from "./stability.js";

/**
 * What a trajectory ends on.
 *
 * "fixed-point", "cycle" (a map's, of at most `maxPeriod` steps) and "limit-cycle" (a flow's) are refined by
 * Newton's method and stable. "quasi-periodic": returns again and again, no exponential separation: a
 * closed curve of a map, a torus, or a cycle longer than `maxPeriod`. "chaotic": nearby orbits part
 * exponentially. "unbounded": the state grew without limit. "not-settled": still on its way when the steps
 * ran out (a slow manifold, usually).
 */
export type AttractorType =
  | "fixed-point"
  | "cycle"
  | "limit-cycle"
  | "quasi-periodic"
  | "chaotic"
  | "unbounded"
  | "not-settled";

/** An attractor as first met. */
export interface Settled {
  readonly type: AttractorType;
  /** A state on it (the last one reached, if it is none of the settled kinds). */
  readonly state: Vector;
  /** Its states, row-major: one for a point, the orbit of a cycle, samples of a limit cycle or cloud. */
  readonly states: Float64Array;
  /** Steps (map) or time (flow) after which it returns; NaN where that has no meaning. */
  readonly period: number;
  readonly multipliers?: { readonly real: Float64Array; readonly imaginary: Float64Array };
  /** Largest Lyapunov exponent, per step or per unit of time; NaN when not measured. */
  readonly lyapunovExponent: number;
  /** Mean speed over the last stretch, for what has not settled. */
  readonly speed: number;
}

export interface SettleOptions {
  readonly maxSteps: number;
  readonly maxPeriod: number;
  readonly dt: number;
}

const none = new Float64Array(0);

/** Distance, relative to 1 + |x|, within which a state counts as having arrived. */
const arrived = 1e-5;
/** Distance within which a state counts as arriving, if it has come closer since the last look. */
const arriving = 0.1;
/** Steps all trajectories make together before the rest are followed one by one. */
const together = 3000;
/** Steps of the tangent vector when an exponent is measured. */
const exponentSteps = 2000;
/** Exponents (per step) below this in size count as zero: the error of the estimate is about 1 / exponentSteps. */
const zeroExponent = 5e-3;
/** Total steps spent on following trajectories one by one, in units of maxSteps. */
const followBudget = 32;

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

  let live = Array.from({ length: count }, (_, i) => i);
  let states: Float64Array = starts.slice();
  /** Per start: the candidate it was near at the last look, and how near. */
  const candidate = new Array<{ state: Vector; distance: number } | undefined>(count);
  let steps = 0;
  for (let chunk = 16; live.length > 0 && steps < together; chunk = Math.min(2 * chunk, 256)) {
    states = advanceAll(states, live.length, Math.min(chunk, together - steps));
    steps += chunk;
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
    const scale = 1 + length(x);
    for (const [a, attractor] of attractors.entries())
      if (attractor.type === "fixed-point" || attractor.type === "cycle")
        for (let s = 0; s < attractor.states.length; s += n)
          if (distance(x, attractor.states.subarray(s, s + n)) <= arrived * scale) return a;
    const { period, gap } = nearestReturn(x);
    if (!(gap <= 1e-2 * scale)) return -1;
    const problem = restProblem(isMap && period > 1 ? iterate(system, period) : system, none);
    const root = polish(problem, x);
    const away = distance(root.x, x);
    if (!(root.correction <= 1e-6 * scale) || !(away <= arriving * scale)) return -1;
    const before = candidate[i];
    const closing =
      before !== undefined && distance(before.state, root.x) <= 1e-6 * scale && away < 0.9 * before.distance;
    candidate[i] = { state: root.x, distance: away };
    if (!(away <= arrived * scale) && !closing) return -1;
    return recogniseRest(root.x, period);
  }

  /** A stable fixed point or cycle at x, added unless known; -1 when it is not stable. */
  function recogniseRest(x: Vector, period: number): number {
    const scale = 1 + length(x);
    const jacobian = new Float64Array(n * n);
    (isMap && period > 1 ? iterate(system, period) : system).jacobian(x, none, jacobian);
    const { real, imaginary } = eigen(n, jacobian, "none");
    if (stabilityOf(system.time, real, imaginary).unstableDimension > 0) return -1;
    for (const [a, attractor] of attractors.entries())
      if (attractor.type === "fixed-point" || attractor.type === "cycle")
        for (let s = 0; s < attractor.states.length; s += n)
          if (distance(x, attractor.states.subarray(s, s + n)) <= 1e-6 * scale) return a;
    const states = new Float64Array(period * n);
    states.set(x);
    for (let k = 1; k < period; k++)
      system.rule(states.subarray((k - 1) * n, k * n), none, states.subarray(k * n, (k + 1) * n));
    attractors.push({
      type: period > 1 ? "cycle" : "fixed-point",
      state: x.slice(),
      states,
      period: isMap ? period : Number.NaN,
      multipliers: { real, imaginary },
      lyapunovExponent: Number.NaN,
      speed: 0,
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
    let mine = Math.min(options.maxSteps - together, budget);
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
    return cloud >= 0 ? cloud : describeMotion(x);
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

  /** Motion that is neither rest nor a short cycle, told apart by its exponent and its returns. */
  function describeMotion(x: Vector): number {
    const exponent = largestExponentAlong(step, x, exponentSteps);
    if (!x.every((v) => Math.abs(v) < farAway)) return unbounded(x);
    const samples = new Float64Array(exponentSteps * n);
    const current = x.slice();
    let travelled = 0;
    for (let t = 0; t < exponentSteps; t++) {
      samples.set(current, t * n);
      step.rule(current, none, next);
      travelled += distance(current, next);
      current.set(next);
    }
    const speed = travelled / exponentSteps / perStep;
    const spread = extentOf(samples);
    const common = { state: x.slice(), states: samples, speed, lyapunovExponent: exponent / perStep };
    const settledSpread = spread > 1e-3 * (1 + length(x));
    if (exponent > zeroExponent && settledSpread)
      return addCloud({ type: "chaotic", period: Number.NaN, ...common });
    const steps = returnSteps(samples);
    if (!settledSpread || !(steps > 0))
      return addCloud({ type: "not-settled", period: Number.NaN, ...common });
    if (!isMap) {
      const cycle = limitCycle(x, steps * perStep);
      if (cycle) return addCloud(cycle);
    }
    return addCloud({ type: "quasi-periodic", period: steps * perStep, ...common });
  }

  function addCloud(settled: Settled): number {
    attractors.push(settled);
    if (settled.type !== "not-settled")
      clouds.set(attractors.length - 1, createOrbitCloud(settled.states, n));
    return attractors.length - 1;
  }

  /** Mean number of steps between returns to the first sample's neighbourhood; NaN when it never returns. */
  function returnSteps(samples: Float64Array): number {
    const first = samples.subarray(0, n);
    const near = 3 * distance(first, samples.subarray(n, 2 * n));
    let left = false;
    let returns = 0;
    let last = 0;
    for (let t = 1; t * n < samples.length; t++) {
      const d = distance(first, samples.subarray(t * n, (t + 1) * n));
      if (d > 2 * near) left = true;
      else if (left && d <= near) {
        returns++;
        last = t;
        left = false;
      }
    }
    return returns > 0 ? last / returns : Number.NaN;
  }

  /** The attracting limit cycle of a flow through (nearly) x, by the fixed point of a Poincare map. */
  function limitCycle(x: Vector, period: number): Settled | undefined {
    const velocity = new Float64Array(n);
    system.rule(x, none, velocity);
    if (n < 2) return undefined;
    const section = returnMap(system, { point: x, normal: velocity, maxTime: 3 * period });
    const problem = restProblem(section, none);
    const stepper = dogleg.prepare(problem);
    const ended = runFrom(problem, stepper, new Float64Array(n - 1), { tolerance: 1e-20, maxSteps: 30 });
    if (ended.reason !== "converged") return undefined;
    const returns = section.returnTime(ended.x);
    const jacobian = new Float64Array((n - 1) * (n - 1));
    section.jacobian(ended.x, none, jacobian);
    const { real, imaginary } = eigen(n - 1, jacobian, "none");
    if (stabilityOf("discrete", real, imaginary).unstableDimension > 0) return undefined;
    const state = new Float64Array(n);
    section.lift(ended.x, state);
    const count = Math.max(16, Math.min(2000, Math.ceil(returns / perStep)));
    const fine = discretize(system, { dt: returns / count, method: "rk4" });
    const states = new Float64Array(count * n);
    states.set(state);
    for (let k = 1; k < count; k++)
      fine.rule(states.subarray((k - 1) * n, k * n), none, states.subarray(k * n, (k + 1) * n));
    return {
      type: "limit-cycle",
      state,
      states,
      period: returns,
      multipliers: { real, imaginary },
      lyapunovExponent: 0,
      speed: Number.NaN,
    };
  }

  function unbounded(x: Vector): number {
    const known = attractors.findIndex((a) => a.type === "unbounded");
    if (known >= 0) return known;
    attractors.push({
      type: "unbounded",
      state: x.slice(),
      states: x.slice(),
      period: Number.NaN,
      lyapunovExponent: Number.NaN,
      speed: Number.POSITIVE_INFINITY,
    });
    return attractors.length - 1;
  }

  function extentOf(samples: Float64Array): number {
    let sum = 0;
    for (let d = 0; d < n; d++) {
      let [lo, hi] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      for (let k = d; k < samples.length; k += n) {
        lo = Math.min(lo, samples[k]);
        hi = Math.max(hi, samples[k]);
      }
      sum += (hi - lo) ** 2;
    }
    return Math.sqrt(sum);
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
