import { type DynamicalSystem, exponent, residual, type Vector } from "../core/system.js";
import { eigen } from "../numeric/eigen.js";
import { polish } from "../solve/polish.js";
import { norm } from "../solve/problem.js";
import { creepTo } from "./creepTo.js";
import type { March } from "./march.js";
import { carryOut, type Plan } from "./plan.js";
import { restProblem } from "./restProblem.js";
import { isResting } from "./rootSearch.js";
import { distanceToStates, extentOf, sameAttractor } from "./sameAttractor.js";
import { type SettleOptions, settle } from "./settle.js";
import type { Settled } from "./settled.js";
import { stabilityOf } from "./stability.js";
import { statesAt } from "./statesAt.js";

/** Where each of many states ends: `of[i]` indexes `attractors`. */
export interface OmegaLimits {
  readonly attractors: readonly Settled[];
  readonly of: Int32Array;
}

/** Share of the horizon that all states are carried first; looks at their velocities in its second half. */
const firstPart = 0.1;
const looks = 6;
/** Cosine between velocities, one look apart, from which a state creeps: it neither turns nor swings. */
const straight = 0.9;
/** Growth, relative to the largest start, from which a state has escaped. */
const escaped = 1e8;
/** What the engine spends on one start that does not settle, in steps, and what it has, in units of its maxSteps. */
const motionCost = 10_000;
const engineBudget = 32;
/** Relative misfit of the linear prediction below which a state is on its way into a stable point. */
const linear = 0.05;

/** Distance, relative to the size of the states, by which Newton's method may still move the end of a creeping way. */
const polished = 1e-3;

const none = new Float64Array(0);

/**
 * Omega-limits: the attractor on which each state (rows) of an autonomous system ends.
 *
 * All are carried a tenth of the horizon first. Those that then creep, their velocity hardly turning, are followed by
 * {@link creepTo} to the stable point they are bound for; the others by the engine of `findAttractors` for the rest
 * of the horizon. What the engine leaves unsettled gets a last look: a state that rests to rounding has its point, and
 * one that turns slowly inward ends on the stable point whose linearisation predicts its motion to 5 %.
 * Cost: at most `steps` rules per state, besides what describing a motion takes; 20 to 100 LUs for one that creeps.
 */
export function omegaLimits(
  system: DynamicalSystem,
  states: Float64Array,
  clock: March,
  steps: number,
  maxPeriod: number,
): OmegaLimits {
  return carryOut(
    system,
    omegaLimitPlan(system, none, states, clock, steps, maxPeriod, () => {}),
  );
}

/**
 * {@link omegaLimits} as a plan: of the system with `input` held, which is `system`. States that creep are followed to
 * their end in the plan itself, one after the other: each may be bound for a point that another has found.
 */
export function* omegaLimitPlan(
  system: DynamicalSystem,
  input: Vector,
  states: Float64Array,
  clock: March,
  steps: number,
  maxPeriod: number,
  onDone: () => void,
): Plan<OmegaLimits> {
  const n = system.dimension;
  const attractors: Settled[] = [];
  const of = new Int32Array(states.length / n).fill(-1);
  let size = 0;
  for (let k = 0; k < states.length; k += n) size = Math.max(size, norm(states.subarray(k, k + n)));
  const assign = (i: number, found: Settled): void => {
    const known = attractors.findIndex((a) => sameAttractor(a, found));
    of[i] = known >= 0 ? known : attractors.push(found) - 1;
    onDone();
  };

  const first = Math.min(steps, Math.max(1, Math.ceil(firstPart * steps)));
  const { end, creeps } = yield* carry(system, input, states, clock.perStep, first);
  const open: number[] = [];
  for (let i = 0; i < of.length; i++) {
    const x = end.subarray(i * n, (i + 1) * n);
    if (!(norm(x) <= escaped * (1 + size))) assign(i, motionless("unbounded", x));
    else {
      const rest = creeps[i] ? boundFor(system, x, size, attractors) : undefined;
      if (rest) assign(i, rest);
      else open.push(i);
    }
  }
  if (open.length === 0) return { attractors, of };

  const budget = Math.max(1, steps - first);
  const current = gather(end, open, n);
  const options = { input, maxSteps: budget, maxPeriod, dt: clock.perStep };
  const found = yield* settleInParts(system, current, options);
  const unsure = open.map((_, k) => k).filter((k) => !isFinal(found[k]) && found[k].type !== "chaotic");
  const [late] = yield* statesAt(n, { input, dt: clock.perStep, at: [budget] }, gather(current, unsure, n));
  for (const [k, i] of open.entries()) {
    const u = unsure.indexOf(k);
    const last = u < 0 ? undefined : lastLook(system, late.subarray(u * n, (u + 1) * n), found[k], size);
    assign(i, last ?? found[k]);
  }
  return { attractors, of };
}

/** The states (rows) after `steps`, and whether the velocity of each kept its direction in the second half. */
function* carry(system: DynamicalSystem, input: Vector, states: Float64Array, dt: number, steps: number) {
  const n = system.dimension;
  const count = states.length / n;
  const creeps = new Array<boolean>(count).fill(true);
  let before: Float64Array | undefined;
  const half = Math.floor(steps / 2);
  const at = Array.from({ length: looks }, (_, k) => half + Math.round(((k + 1) * (steps - half)) / looks));
  const seen = yield* statesAt(n, { input, dt, at }, states);
  const velocity = new Float64Array(count * n);
  for (const current of seen) {
    for (let i = 0; i < count; i++) {
      const v = velocity.subarray(i * n, (i + 1) * n);
      residual(system, current.subarray(i * n, (i + 1) * n), none, v);
      if (before && !(cosine(v, before.subarray(i * n, (i + 1) * n)) >= straight)) creeps[i] = false;
    }
    before = velocity.slice();
  }
  return { end: seen[looks - 1], creeps };
}

function cosine(a: Vector, b: Vector): number {
  let dot = 0;
  for (let i = 0; i < a.length; i++) dot += a[i] * b[i];
  return dot / (norm(a) * norm(b));
}

/** The stable point a creeping state is bound for: a known one that predicts its motion, or where its way ends. */
function boundFor(
  system: DynamicalSystem,
  x: Vector,
  size: number,
  known: readonly Settled[],
): Settled | undefined {
  for (const rest of known) if (rest.type === "fixed-point" && isLinearAround(system, rest, x)) return rest;
  const end = creepTo(system, x, size);
  if (!end) return undefined;
  const root = polish(restProblem(system, none), end);
  if (!isResting(root) || !(distanceToStates(end, root.x) <= polished * size)) return undefined;
  const rest = restAt(system, root.x);
  const { real, imaginary } = rest.multipliers!;
  return stabilityOf(system.time, real, imaginary).unstableDimension === 0 ? rest : undefined;
}

/** Whether following it longer cannot change the answer. */
function isFinal({ type }: Settled): boolean {
  return type === "fixed-point" || type === "cycle" || type === "limit-cycle" || type === "unbounded";
}

/** The engine on so few states at a time that its budget reaches for all of them. */
function* settleInParts(
  system: DynamicalSystem,
  states: Float64Array,
  options: SettleOptions,
): Plan<Settled[]> {
  const n = system.dimension;
  const { maxSteps } = options;
  const size = Math.max(1, Math.min(64, Math.floor((engineBudget * maxSteps) / (maxSteps + motionCost))));
  const out: Settled[] = [];
  for (let k = 0; k < states.length; k += size * n) {
    const { attractors, ofStart } = yield* settle(system, states.slice(k, k + size * n), options, () => {});
    for (const a of ofStart) out.push(collapsed(attractors[a], n));
  }
  return out;
}

/** A "cycle" without extent is a focus that states spiral into: not settled in the end, whatever its return map says. */
function collapsed(found: Settled, n: number): Settled {
  if (found.type !== "limit-cycle") return found;
  return extentOf(found.states, n) > 1e-6 * norm(found.state) ? found : { ...found, type: "quasi-periodic" };
}

function gather(rows: Float64Array, which: readonly number[], n: number): Float64Array {
  const out = new Float64Array(which.length * n);
  for (const [i, k] of which.entries()) out.set(rows.subarray(k * n, (k + 1) * n), i * n);
  return out;
}

/** The fixed point of a state the engine could not settle: it rests on it, creeps to it or spirals into it. */
function lastLook(system: DynamicalSystem, x: Vector, seen: Settled, size: number): Settled | undefined {
  if (!x.every(Number.isFinite)) return undefined;
  const n = x.length;
  const problem = restProblem(system, none);
  const r = new Float64Array(n);
  const jacobian = new Float64Array(n * n);
  problem.residual(x, r);
  problem.jacobian(x, jacobian);
  const floor = Number.EPSILON * (1 + norm(x)) * Math.max(1, norm(jacobian));
  if (norm(r) <= 4 * floor) return restAt(system, x);
  if (seen.type === "not-settled") return boundFor(system, x, size, []);
  const root = polish(problem, meanRow(seen.states, n));
  if (!isResting(root)) return undefined;
  const rest = restAt(system, root.x);
  return isLinearAround(system, rest, x) ? rest : undefined;
}

/** Whether every mode at the point decays and together they predict the motion at x, and halfway to it. */
function isLinearAround(system: DynamicalSystem, { state, multipliers }: Settled, x: Vector): boolean {
  const n = x.length;
  const { real, imaginary } = multipliers!;
  for (let i = 0; i < n; i++) if (!(exponent(system.time, real[i], imaginary[i])[0] < 0)) return false;
  const problem = restProblem(system, none);
  const r = new Float64Array(n);
  const jacobian = new Float64Array(n * n);
  problem.jacobian(state, jacobian);
  const at = new Float64Array(n);
  for (const share of [1, 0.5]) {
    for (let i = 0; i < n; i++) at[i] = state[i] + share * (x[i] - state[i]);
    problem.residual(at, r);
    let misfit = 0;
    for (let i = 0; i < n; i++) {
      let predicted = 0;
      for (let j = 0; j < n; j++) predicted += jacobian[i * n + j] * (at[j] - state[j]);
      misfit += (r[i] - predicted) ** 2;
    }
    if (!(Math.sqrt(misfit) <= linear * norm(r))) return false;
  }
  return true;
}

function motionless(type: "unbounded", x: Vector): Settled {
  return { type, state: x.slice(), states: x.slice(), period: Number.NaN, lyapunovExponent: Number.NaN };
}

function restAt(system: DynamicalSystem, x: Vector): Settled {
  const n = x.length;
  const jacobian = new Float64Array(n * n);
  system.jacobian(x, none, jacobian);
  const { real, imaginary } = eigen(n, jacobian, "none");
  return {
    type: "fixed-point",
    state: x.slice(),
    states: x.slice(),
    period: system.time === "discrete" ? 1 : Number.NaN,
    multipliers: { real, imaginary },
    lyapunovExponent: Number.NaN,
  };
}

function meanRow(rows: Float64Array, n: number): Float64Array {
  const mean = new Float64Array(n);
  for (let k = 0; k < rows.length; k++) mean[k % n] += rows[k] / (rows.length / n);
  return mean;
}
