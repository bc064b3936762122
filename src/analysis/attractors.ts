import { checkInteger, checkNumber, checkRows, fail, type Rows } from "../core/check.js";
import { resolveOptions } from "../core/defaults.js";
import type { DynamicalSystem, Vector } from "../core/system.js";
import { withInput } from "../systems/withInput.js";
import { groupByCondition } from "./conditions.js";
import type { Cycle } from "./cycles.js";
import type { FixedPoint } from "./fixedPoints.js";
import { type KernelName, kernelName } from "./kernelName.js";
import { carryOut, type Plan } from "./plan.js";
import { settle } from "./settle.js";
import type { AttractorType } from "./settled.js";
import { suggestedStep } from "./suggestedStep.js";

export type { AttractorType } from "./settled.js";

/** Options of {@link findAttractors}. */
export interface FindAttractorsOptions {
  /** The input held during the search: one vector of length M, or one row per start. @defaultValue zeros */
  readonly input?: ArrayLike<number> | Rows;
  /** A condition number per start. @defaultValue one condition per distinct input */
  readonly conditions?: ArrayLike<number>;
  /** Points a finder returned, to be matched. @defaultValue none */
  readonly points?: readonly Pick<FixedPoint, "id" | "state" | "condition">[];
  /** Cycles a finder returned, to be matched. @defaultValue none */
  readonly cycles?: readonly Pick<Cycle, "id" | "states" | "period" | "condition">[];
  /** Trajectories followed per condition, taken evenly from the starts. @defaultValue `128` */
  readonly trajectories?: number;
  /**
   * Steps one trajectory is followed at most. All together: 32 times this beyond the first 1000 steps each;
   * what is left then is "not-settled". @defaultValue `10000`
   */
  readonly maxSteps?: number;
  /** Longest cycle of a map that is looked for, in steps. @defaultValue `32` */
  readonly maxPeriod?: number;
  /** Time of one integration step of a flow (rk4). @defaultValue 0.25 / the largest singular value of dF/dx at the starts */
  readonly dt?: number;
  /** Called now and then with the number of trajectories done. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** An attractor that trajectories reached. */
export interface Attractor {
  /** Position in the report's list. */
  readonly id: number;
  readonly type: AttractorType;
  /** A state on it. */
  readonly state: Vector;
  /** Its states, row-major: the orbit of a cycle, samples of a limit cycle or a cloud, else one. */
  readonly states: Float64Array;
  /** Steps (map) or time (flow) until it returns; null where that has no meaning. */
  readonly period: number | null;
  /** Eigenvalues (fixed point) or multipliers over one period (cycles); null otherwise. */
  readonly multipliers: { readonly real: Float64Array; readonly imaginary: Float64Array } | null;
  /** Largest Lyapunov exponent per step or unit of time, where it was measured. */
  readonly lyapunovExponent: number | null;
  /** How many of the followed trajectories ended here. */
  readonly fromStarts: number;
  readonly condition: number;
  /** The returned point or cycle it is; null when no finder returned it. */
  readonly match: { readonly kind: "point" | "cycle"; readonly id: number } | null;
}

/** What {@link findAttractors} returns: plain data. */
export interface AttractorReport {
  /** Attractors reached, most visited first, by condition. */
  readonly reached: readonly Attractor[];
  /** `id`s of those that are in neither `points` nor `cycles`: what the finders did not tell you. */
  readonly unexplained: readonly number[];
  /** Row numbers of the starts that were followed, and the attractor each one reached. */
  readonly followed: Int32Array;
  readonly attractor: Int32Array;
  readonly kernel: KernelName;
  readonly options: {
    readonly trajectories: number;
    readonly maxSteps: number;
    readonly maxPeriod: number;
    /** null for a map. */
    readonly dt: number | null;
  };
}

const defaults = {
  input: undefined as ArrayLike<number> | Rows | undefined,
  conditions: undefined as ArrayLike<number> | undefined,
  points: [] as readonly Pick<FixedPoint, "id" | "state" | "condition">[],
  cycles: [] as readonly Pick<Cycle, "id" | "states" | "period" | "condition">[],
  trajectories: 128,
  maxSteps: 10000,
  maxPeriod: 32,
  dt: undefined as number | undefined,
  onProgress: undefined as ((done: number, total: number) => void) | undefined,
};

/** Distance, relative to |x| + the size of the attractors (at most 1), within which a reached state is the returned one. */
const same = 1e-5;

/**
 * Attractors: where trajectories really end while the input is held (omega-limits).
 *
 * Starts are followed forward until they settle. An end that is a stable fixed point or a short cycle is
 * refined by Newton's method; a flow's limit cycle by the fixed point of its Poincare map; anything else is
 * described by its largest Lyapunov exponent and its returns. Each attractor is matched against the `points`
 * and `cycles` you pass, and what matches none is listed in `unexplained`: an attractor that no finder
 * returned never goes unnoticed. Throws only for wrong arguments.
 *
 * Cost: O(maxSteps) rules per trajectory at most; those that settle stop early.
 * Source: forward simulation; exponents, Benettin et al. (1980).
 *
 * @example
 * ```ts
 * import { findAttractors, findFixedPoints, map } from "rnn-dynamics";
 *
 * const flip = map({ dimension: 1, step: (x, u, out) => { out[0] = -Math.tanh(2 * x[0]); } });
 * const { points } = findFixedPoints(flip, [[0.3], [-2]]);
 * const { reached, unexplained } = findAttractors(flip, [[0.3], [-2]], { points });
 * reached.map((a) => `${a.type} of ${a.period} steps`); // => ['cycle of 2 steps']
 * unexplained; // => [0]
 * ```
 */
export function findAttractors(
  system: DynamicalSystem,
  starts: Rows,
  options?: FindAttractorsOptions,
): AttractorReport {
  return carryOut(system, attractorPlan(system, starts, options));
}

/** {@link findAttractors} as a plan. */
export function* attractorPlan(
  system: DynamicalSystem,
  starts: Rows,
  options?: FindAttractorsOptions,
): Plan<AttractorReport> {
  const where = "findAttractors";
  const given = resolveOptions(where, defaults, options);
  if (typeof system?.rule !== "function" || typeof system.jacobian !== "function")
    fail(where, "system must have a rule and a jacobian (see map, flow and buildCell)");
  const table = checkRows(where, "starts", starts, system.dimension, "the system's dimension");
  if (table.count === 0) fail(where, "starts is empty, expected at least one row");
  checkInteger(where, "trajectories", given.trajectories, 1);
  checkInteger(where, "maxSteps", given.maxSteps, 1);
  checkInteger(where, "maxPeriod", given.maxPeriod, 1);
  if (given.dt !== undefined) checkNumber(where, "dt", given.dt, Number.MIN_VALUE);
  const conditions = groupByCondition(where, system, table, given.input, given.conditions);
  const n = system.dimension;
  const isMap = system.time === "discrete";

  const reached: Attractor[] = [];
  const followed: number[] = [];
  const attractor: number[] = [];
  let shortestDt = Number.POSITIVE_INFINITY;
  const chosen = conditions.map((c) => evenly(c.starts, given.trajectories));
  const total = chosen.reduce((sum, rows) => sum + rows.length, 0);
  let done = 0;

  for (const [c, condition] of conditions.entries()) {
    const rows = chosen[c];
    const own = new Float64Array(rows.length * n);
    for (const [i, row] of rows.entries()) own.set(table.data.subarray(row * n, (row + 1) * n), i * n);
    const dt = isMap ? 1 : (given.dt ?? suggestedStep(withInput(system, condition.input), own));
    shortestDt = Math.min(shortestDt, dt);
    const { maxSteps, maxPeriod } = given;
    const { attractors, ofStart } = yield* settle(
      system,
      own,
      { input: condition.input, maxSteps, maxPeriod, dt },
      () => given.onProgress?.(++done, total),
    );
    const hits = new Array<number>(attractors.length).fill(0);
    for (const a of ofStart) hits[a]++;
    const order = attractors.map((_, a) => a).sort((a, b) => hits[b] - hits[a] || a - b);
    const idOf = new Int32Array(attractors.length);
    for (const a of order) {
      const settled = attractors[a];
      idOf[a] = reached.length;
      reached.push({
        id: reached.length,
        type: settled.type,
        state: settled.state,
        states: settled.states,
        period: Number.isNaN(settled.period) || settled.type === "quasi-periodic" ? null : settled.period,
        multipliers: settled.multipliers ?? null,
        lyapunovExponent: Number.isNaN(settled.lyapunovExponent) ? null : settled.lyapunovExponent,
        fromStarts: hits[a],
        condition: condition.id,
        match: null,
      });
    }
    for (const [i, row] of rows.entries()) {
      followed.push(row);
      attractor.push(idOf[ofStart[i]]);
    }
  }
  const report: AttractorReport = {
    reached,
    unexplained: [],
    followed: Int32Array.from(followed),
    attractor: Int32Array.from(attractor),
    kernel: kernelName,
    options: {
      trajectories: given.trajectories,
      maxSteps: given.maxSteps,
      maxPeriod: given.maxPeriod,
      dt: isMap ? null : shortestDt,
    },
  };
  return matchAttractors(report, given.points, given.cycles);
}

function evenly(rows: readonly number[], count: number): number[] {
  if (rows.length <= count) return [...rows];
  return Array.from({ length: count }, (_, i) => rows[Math.floor((i * rows.length) / count)]);
}

/** The same report, its attractors matched against other points and cycles. O(reached * (points + cycles) * D). */
export function matchAttractors(
  report: AttractorReport,
  points: NonNullable<FindAttractorsOptions["points"]>,
  cycles: NonNullable<FindAttractorsOptions["cycles"]>,
): AttractorReport {
  const unit = Math.min(1, Math.max(...report.reached.map((a) => Math.hypot(...a.state)))) || 1;
  const reached = report.reached.map((a) => ({ ...a, match: matchOf(a, points, cycles, unit) }));
  return { ...report, reached, unexplained: reached.filter((a) => a.match === null).map((a) => a.id) };
}

function matchOf(
  reached: Omit<Attractor, "match">,
  points: NonNullable<FindAttractorsOptions["points"]>,
  cycles: NonNullable<FindAttractorsOptions["cycles"]>,
  unit: number,
): Attractor["match"] {
  const n = reached.state.length;
  const isSame = (a: Vector) => {
    let distance = 0;
    let size = 0;
    for (let i = 0; i < n; i++) {
      distance += (a[i] - reached.state[i]) ** 2;
      size += a[i] * a[i];
    }
    return Math.sqrt(distance) <= same * (unit + Math.sqrt(size));
  };
  if (reached.type === "fixed-point") {
    const point = points.find((p) => p.condition === reached.condition && isSame(p.state));
    if (point) return { kind: "point", id: point.id };
  }
  if (reached.type === "cycle") {
    for (const cycle of cycles) {
      if (cycle.condition !== reached.condition || cycle.period !== reached.period) continue;
      for (let k = 0; k < cycle.period; k++)
        if (isSame(cycle.states.subarray(k * n, (k + 1) * n))) return { kind: "cycle", id: cycle.id };
    }
  }
  return null;
}
