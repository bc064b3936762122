import { fail, type Rows } from "../core/check.js";
import { resolveOptions } from "../core/defaults.js";
import type { Outcome } from "../core/outcome.js";
import type { DynamicalSystem, Time, Vector } from "../core/system.js";
import { levenbergMarquardt } from "../solve/levenbergMarquardt.js";
import type { Method } from "../solve/loop.js";
import type { Minimum } from "../solve/minimise.js";
import { norm, type Problem } from "../solve/problem.js";
import { rowsOf } from "./conditions.js";
import { DistinctStates } from "./distinct.js";
import { countOutcomes } from "./fixedPoints.js";
import { type KernelName, kernelName } from "./kernelName.js";
import { carryOut, type Plan, perform } from "./plan.js";
import { describeSlow, refineSlow, type SlowPointKind } from "./refineSlow.js";
import { restProblem } from "./restProblem.js";
import { createRootSearch } from "./rootSearch.js";
import { descents } from "./rows.js";
import {
  type Echoed,
  prepareStarts,
  type StartOptions,
  searchOptions,
  startDefaults,
} from "./searchOptions.js";
import type { Stability } from "./stability.js";

export type { SlowPointKind } from "./refineSlow.js";

/** Options of {@link findSlowPoints}. */
export interface FindSlowPointsOptions extends StartOptions {
  /** q at or below this counts as a zero, not as slow, when the Newton correction agrees. @defaultValue `1e-20` */
  readonly tolerance?: number;
  /**
   * Local minima of q where the speed |residual| is above this are left out: they are not slow.
   * @defaultValue a tenth of the median speed at the starts
   */
  readonly maxSpeed?: number;
  /** As in every finder, relative to |x| + the typical size of a start. @defaultValue `1e-4` */
  readonly distinctTolerance?: number;
  /** How each start descends. @defaultValue levenbergMarquardt */
  readonly method?: Method;
}

/** A local minimum of q that is not a zero. All numbers describe `state` as returned. */
export interface SlowPoint {
  /** Position in the report's list. */
  readonly id: number;
  readonly state: Vector;
  /** 1/2 |residual|^2. */
  readonly q: number;
  /** |residual|: per step (map) or per unit of time (flow). */
  readonly speed: number;
  /** |gradient of q|: zero to rounding at a true minimum. */
  readonly gradientNorm: number;
  /** Newton estimate of the distance to the exact minimum. */
  readonly errorEstimate: number;
  /** Smallest eigenvalue of the Hessian of q. */
  readonly smallestCurvature: number;
  /** Largest eigenvalue of the Hessian of q. */
  readonly largestCurvature: number;
  /**
   * Length of the valley through the point along which speed stays below a fiftieth of the median speed at
   * the starts (or below `maxSpeed`, if that is less); followed for the size of the state on each side.
   */
  readonly extent: number;
  readonly kind: SlowPointKind;
  /** Stability of the linearised flow around the point (ignoring its drift). */
  readonly stability: Stability;
  readonly unstableDimension: number;
  /** Eigenvalues of dF/dx by decreasing modulus. */
  readonly eigenvalues: { readonly real: Float64Array; readonly imaginary: Float64Array };
  readonly fromStarts: number;
  readonly condition: number;
  readonly input: Vector;
}

/** What {@link findSlowPoints} returns: plain data. */
export interface SlowPointReport {
  readonly system: { readonly time: Time; readonly dimension: number; readonly inputDimension: number };
  /** Slow points, slowest first, by condition. */
  readonly points: readonly SlowPoint[];
  /** Local minima of q faster than `maxSpeed`, only counted. */
  readonly tooFast: number;
  readonly starts: {
    readonly total: number;
    readonly counts: Readonly<Record<Outcome, number>>;
    readonly outcome: readonly Outcome[];
    /** `id` of the slow point each start ended in, or -1. */
    readonly point: Int32Array;
  };
  readonly kernel: KernelName;
  readonly options: Echoed<FindSlowPointsOptions>;
}

const defaults = {
  ...startDefaults,
  distinctTolerance: 1e-4,
  method: levenbergMarquardt as Method,
  maxSpeed: undefined as number | undefined,
};

/** Refinements per condition, at most. */
const mostRefinements = 64;

/** An end this many times faster than `maxSpeed` is not refined: crawling searches do not slow down that much. */
const hopeless = 10;

/**
 * Share of the typical speed below which a valley counts as slow. Round a ghost, speed grows with the square of
 * the distance: at a quarter of the states' size it is about 1 / 16 of what is typical there, clearly more.
 */
const valleyShare = 0.02;

/**
 * Slow points: local minima of the speed that are not fixed points, of q = 1/2 |residual|^2 with
 * residual F(x, u) - x (map) or F(x, u) (flow).
 *
 * Each start descends q; those that end in a zero are set aside (use `findFixedPoints`). The others are
 * refined by Newton's method on q with its full Hessian, so that |gradient q| vanishes to rounding, and are
 * kept when the Hessian is positive definite: its smallest eigenvalue tells a ghost from a slow manifold.
 * A start that ends where the gradient does not vanish is reported "stalled" or "out-of-steps", never as a
 * slow point. `starts` is not modified. Throws only for wrong arguments.
 *
 * Cost: O(D^3) per step and start; 2 D gradients and one symmetric eigendecomposition per refinement step.
 * Source: Sussillo & Barak (2013), which proposes q and looks at its minima above zero.
 *
 * @example
 * ```ts
 * import { findSlowPoints, map } from "rnn-dynamics";
 *
 * // A saddle-node just after its two fixed points have vanished leaves a ghost at 0.
 * const ghost = map({ dimension: 1, step: (x, u, out) => { out[0] = x[0] + x[0] ** 2 + 1e-4; } });
 * const { points } = findSlowPoints(ghost, [[-0.4], [0.3]]);
 * points.map((p) => `${p.kind}, speed ${p.speed.toExponential(1)}`); // => ['ghost, speed 1.0e-4']
 * ```
 */
export function findSlowPoints(
  system: DynamicalSystem,
  starts: Rows,
  options?: FindSlowPointsOptions,
): SlowPointReport {
  return carryOut(system, slowPointPlan(system, starts, options));
}

/** {@link findSlowPoints} as a plan. */
export function* slowPointPlan(
  system: DynamicalSystem,
  starts: Rows,
  options?: FindSlowPointsOptions,
): Plan<SlowPointReport> {
  const where = "findSlowPoints";
  const given = resolveOptions(where, defaults, options);
  const { starts: table, conditions, unit, echoed } = prepareStarts(where, system, starts, given);
  if (given.maxSpeed !== undefined && !(given.maxSpeed >= 0))
    fail(where, `maxSpeed is ${given.maxSpeed}, expected a number of at least 0`);

  const n = system.dimension;
  const total = table.count;
  const problems = conditions.map((condition) => restProblem(system, condition.input));
  const typicalSpeed = median(
    conditions.flatMap(({ starts: rows }, c) =>
      rows.map((row) => speedAt(problems[c], table.data.subarray(row * n, (row + 1) * n))),
    ),
  );
  const maxSpeed = given.maxSpeed ?? 0.1 * typicalSpeed;
  const valleySpeed = Math.min(valleyShare * typicalSpeed, maxSpeed);
  const startSize = median(
    Array.from({ length: total }, (_, row) => norm(table.data.subarray(row * n, (row + 1) * n))),
  );
  const outcome = new Array<Outcome>(total);
  const point = new Int32Array(total).fill(-1);
  const points: SlowPoint[] = [];
  let tooFast = 0;
  let done = 0;

  for (const condition of conditions) {
    const { input } = condition;
    const { distinctTolerance } = given;
    const search = createRootSearch(system, { ...searchOptions(given), input, period: 1, unit });
    const own = descents(rowsOf(table, condition.starts), n);
    const ends = yield* search.from(own, () => given.onProgress?.(++done, total));
    const open: { row: number; state: Vector; q: number }[] = [];
    for (const [i, row] of condition.starts.entries()) {
      const end = ends[i];
      outcome[row] = end.outcome;
      if (end.outcome !== "fixed" && end.outcome !== "not-finite" && end.outcome !== "left-domain")
        open.push({ row, state: end.state, q: end.q });
    }
    // The slowest first: refining costs as much as many descents, and what is fast is no slow point.
    open.sort((one, other) => one.q - other.q || one.row - other.row);
    const distinctEnds = new DistinctStates(distinctTolerance);
    const toRefine: { row: number; end: number }[] = [];
    for (const { row, state, q } of open) {
      if (Math.sqrt(2 * q) > hopeless * maxSpeed || distinctEnds.states.length >= mostRefinements) continue;
      toRefine.push({ row, end: distinctEnds.add(state, 0).index });
    }
    const refined = yield* perform(refineSlow, { input }, distinctEnds.states);
    const distinct = new DistinctStates(distinctTolerance);
    const minima: { minimum: Minimum; hits: number }[] = [];
    const minimumOf = refined.map(({ minimum }) => {
      if (!minimum) return -1;
      const { index, better } = distinct.add(minimum.x, minimum.q);
      if (better) minima[index] = { minimum, hits: 0 };
      return index;
    });
    for (const { row, end } of toRefine) {
      outcome[row] = refined[end].outcome;
      point[row] = minimumOf[end];
      if (point[row] >= 0) minima[point[row]].hits++;
    }
    const order = minima
      .map((found, index) => ({ ...found, index }))
      .sort((a, b) => a.minimum.q - b.minimum.q);
    const slow = order.filter(({ minimum }) => Math.sqrt(2 * minimum.q) <= maxSpeed);
    tooFast += order.length - slow.length;
    const described = yield* perform(
      describeSlow,
      { input, valleySpeed, startSize },
      slow.map(({ minimum }) => minimum),
    );
    const idOf = new Int32Array(order.length).fill(-1);
    for (const [i, { index, hits }] of slow.entries()) {
      idOf[index] = points.length;
      points.push({
        id: points.length,
        ...described[i],
        fromStarts: hits,
        condition: condition.id,
        input: input.slice(),
      });
    }
    for (const row of condition.starts) if (point[row] >= 0) point[row] = idOf[point[row]];
  }

  return {
    system: { time: system.time, dimension: n, inputDimension: system.inputDimension },
    points,
    tooFast,
    starts: { total, counts: countOutcomes(outcome), outcome, point },
    kernel: kernelName,
    options: { ...echoed, maxSpeed },
  };
}

function speedAt(problem: Problem, x: Vector): number {
  const r = new Float64Array(problem.dimension);
  problem.residual(x, r);
  return norm(r);
}

function median(values: readonly number[]): number {
  const sorted = values.filter((v) => v < Number.POSITIVE_INFINITY).sort((a, b) => a - b);
  return sorted.length === 0 ? Number.POSITIVE_INFINITY : sorted[Math.floor(sorted.length / 2)];
}
