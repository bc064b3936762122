import { fail, type Rows } from "../core/check.js";
import { resolveOptions } from "../core/defaults.js";
import type { Outcome } from "../core/outcome.js";
import { createRandom } from "../core/random.js";
import type { DynamicalSystem, Time, Vector } from "../core/system.js";
import { type Completeness, indexVerdict, isCompact, unseenEstimate } from "./completeness.js";
import { rowsOf } from "./conditions.js";
import { spectrum } from "./descend.js";
import { drawnStarts } from "./drawnStarts.js";
import { type KernelName, kernelName } from "./kernelName.js";
import { carryOut, type Plan, perform } from "./plan.js";
import { createRootSearch, type SearchEnd } from "./rootSearch.js";
import { descents } from "./rows.js";
import { searchOn } from "./searchOn.js";
import {
  type Echoed,
  prepareSearch,
  type SearchOptions,
  searchDefaults,
  searchOptions,
} from "./searchOptions.js";
import { type Stability, stabilityOf } from "./stability.js";

/** Options of {@link findFixedPoints}. */
export interface FindFixedPointsOptions extends SearchOptions {
  /**
   * Flags points farther from the mean start than this many times the mean distance of a start.
   * @defaultValue `Infinity`
   */
  readonly outlierDistance?: number;
}

/** A state at rest. All numbers describe `state` as returned. */
export interface FixedPoint {
  /** Position in the report's list. */
  readonly id: number;
  /** Length D. */
  readonly state: Vector;
  /** 1/2 |residual|^2. */
  readonly q: number;
  /** |gradient of q|. */
  readonly gradientNorm: number;
  /** Newton correction |J^-1 r|: about how far the exact fixed point is. */
  readonly errorEstimate: number;
  /** Sign of det(I - dF/dx), or of det(-dF/dx) for a flow; 0 when degenerate. */
  readonly index: -1 | 0 | 1;
  readonly stability: Stability;
  /** Number of growing modes. */
  readonly unstableDimension: number;
  /** Eigenvalues of dF/dx by decreasing modulus. */
  readonly eigenvalues: { readonly real: Float64Array; readonly imaginary: Float64Array };
  /** How many of the given starts ended here; 0 for a point only the extra searches found. */
  readonly fromStarts: number;
  readonly condition: number;
  readonly input: Vector;
  /** Farther out than `outlierDistance` allows. */
  readonly outlier: boolean;
}

/** How every start ended, one entry (or row) per start. */
export interface StartsReport {
  readonly total: number;
  /** How many starts ended in each way. */
  readonly counts: Readonly<Record<Outcome, number>>;
  readonly outcome: readonly Outcome[];
  /** Row-major, total x D: the state each start ended in; a point as returned where the search was drawn to one known by then. */
  readonly states: Float64Array;
  readonly q: Float64Array;
  readonly gradientNorm: Float64Array;
  readonly steps: Int32Array;
  /** `id` of the point each start ended in, or -1. */
  readonly point: Int32Array;
  readonly condition: Int32Array;
}

/** What {@link findFixedPoints} returns: plain data. */
export interface FixedPointReport {
  readonly system: { readonly time: Time; readonly dimension: number; readonly inputDimension: number };
  /** Distinct fixed points: by condition, then stable ones first. */
  readonly points: readonly FixedPoint[];
  readonly starts: StartsReport;
  /** One entry per condition. */
  readonly completeness: readonly Completeness[];
  readonly kernel: KernelName;
  /** Every option as used; the method by name. */
  readonly options: Echoed<FindFixedPointsOptions>;
}

const defaults = { ...searchDefaults, outlierDistance: Number.POSITIVE_INFINITY };

/**
 * Fixed points: the states where a system rests while its input is held, `F(x, u) = x` for a map,
 * `F(x, u) = 0` for a flow.
 *
 * Each start is searched by a second-order method in float64 (see `method`), kept inside the system's
 * box; a state is accepted when q = 1/2 |residual|^2 is at or below `tolerance` and the Newton correction
 * is negligible, then polished to the rounding floor. Equal points are merged, the best is kept. Then the
 * list is checked (see {@link Completeness}) and the search goes on from midpoints, by deflation and from
 * random states until the check holds and a round finds nothing new, or the budget is spent.
 *
 * A start that is drawn to a point found before ends there at once, without factorisations of its own: its state, q and
 * gradient are that point's. (So with the {@link dogleg}, and with the default below 256 unknowns.)
 *
 * `starts`: rows of length D, e.g. from `sampleStarts`; they are not modified. One outcome per start is
 * returned, none is dropped. Throws only for wrong arguments; numerical trouble is an outcome.
 *
 * Cost: 1 to 20 steps per start, O(D^3) each; from D = 256 on O(D^2) each where products with the Jacobian do; O(D^3)
 * per point. Source: the problem, Sussillo & Barak (2013); the methods, Powell (1970), Knoll & Keyes (2004); deflation, Farrell et al. (2015).
 *
 * @example
 * ```ts
 * import { findFixedPoints, map } from "rnn-dynamics";
 *
 * const bistable = map({ dimension: 1, step: (x, u, out) => { out[0] = Math.tanh(2 * x[0]); } });
 * const report = findFixedPoints(bistable, [[-1], [0.1], [1]]);
 * report.points.map((p) => `${p.state[0].toFixed(4)} ${p.stability}`);
 * // => ['-0.9575 stable', '0.9575 stable', '0.0000 unstable']
 * ```
 */
export function findFixedPoints(
  system: DynamicalSystem,
  starts: Rows,
  options?: FindFixedPointsOptions,
): FixedPointReport {
  return carryOut(system, fixedPointPlan(system, starts, options));
}

/** {@link findFixedPoints} as a plan. */
export function* fixedPointPlan(
  system: DynamicalSystem,
  starts: Rows,
  options?: FindFixedPointsOptions,
): Plan<FixedPointReport> {
  const where = "findFixedPoints";
  const given = resolveOptions(where, defaults, options);
  const { starts: table, hints, conditions, unit, echoed } = prepareSearch(where, system, starts, given);
  if (!(given.outlierDistance > 0))
    fail(where, `outlierDistance is ${given.outlierDistance}, expected a positive number`);
  const random = createRandom(given.seed);

  const n = system.dimension;
  const total = table.count;
  const outcome = new Array<Outcome>(total);
  const endStates = new Float64Array(total * n);
  const q = new Float64Array(total);
  const gradientNorm = new Float64Array(total);
  const steps = new Int32Array(total);
  const point = new Int32Array(total).fill(-1);
  const conditionOfStart = new Int32Array(total);
  const points: FixedPoint[] = [];
  const completeness: Completeness[] = [];
  let done = 0;

  for (const [conditionNumber, condition] of conditions.entries()) {
    const { input } = condition;
    const bounded = isCompact(system.domain?.(input));
    const search = createRootSearch(system, { ...searchOptions(given), input, period: 1, unit });
    const own = rowsOf(table, condition.starts);
    const ends = yield* search.from(descents(own, n), () => given.onProgress?.(++done, total));
    const foundByStarts = search.roots.length;
    yield* search.from(descents(hints, n));
    const hits = countHits(ends);
    const allHits = hits.slice();
    const { made: extraSearches, budgetSpent } = yield* searchOn(
      search,
      own,
      bounded,
      allHits,
      echoed.searchBudget,
      random.stream(conditionNumber),
      drawnStarts(system, input, given.seed),
    );
    const isOutlier = outlierTest(own, n, given.outlierDistance);
    const states = search.roots.map((root) => root.x);
    const spectra = yield* perform(spectrum, { input, period: 1 }, states);
    const described = search.roots.map((root, i) => {
      const { real, imaginary } = spectra[i];
      return {
        root: i,
        state: root.x,
        q: root.q,
        gradientNorm: root.gradientNorm,
        errorEstimate: root.correction,
        index: root.index,
        ...atKink(stabilityOf(system.time, real, imaginary), root.kink),
        eigenvalues: { real, imaginary },
        fromStarts: hits[i] ?? 0,
        condition: condition.id,
        input: input.slice(),
        outlier: isOutlier(root.x),
      };
    });
    described.sort((a, b) => a.unstableDimension - b.unstableDimension || lexicographic(a.state, b.state));
    const idOfRoot = new Int32Array(described.length);
    for (const { root, ...rest } of described) {
      idOfRoot[root] = points.length;
      points.push({ id: points.length, ...rest });
    }
    condition.starts.forEach((row, i) => {
      const end = ends[i];
      outcome[row] = end.outcome;
      endStates.set(end.state, row * n);
      q[row] = end.q;
      gradientNorm[row] = end.gradientNorm;
      steps[row] = end.steps;
      point[row] = end.root < 0 ? -1 : idOfRoot[end.root];
      conditionOfStart[row] = condition.id;
    });
    completeness.push({
      condition: condition.id,
      ...indexVerdict(
        search.roots.map((root) => root.index),
        bounded,
      ),
      unseenEstimate: unseenEstimate(allHits),
      extraSearches,
      budgetSpent,
      foundByExtraSearches: search.roots.length - foundByStarts,
    });
  }

  return {
    system: { time: system.time, dimension: n, inputDimension: system.inputDimension },
    points,
    starts: {
      total,
      counts: countOutcomes(outcome),
      outcome,
      states: endStates,
      q,
      gradientNorm,
      steps,
      point,
      condition: conditionOfStart,
    },
    completeness,
    kernel: kernelName,
    options: { ...echoed, outlierDistance: given.outlierDistance },
  };
}

/** On a kink the linearisation describes one side only: nothing is decided by its decaying modes alone. */
function atKink(linear: ReturnType<typeof stabilityOf>, kink: boolean): ReturnType<typeof stabilityOf> {
  return kink && linear.stability === "stable" ? { ...linear, stability: "marginal" } : linear;
}

/** How many searches ended in each root; absent where none did. */
export function countHits(ends: readonly SearchEnd[]): number[] {
  const hits: number[] = [];
  for (const { root } of ends) if (root >= 0) hits[root] = (hits[root] ?? 0) + 1;
  return hits;
}

/** How many starts ended in each way. */
export function countOutcomes(outcomes: readonly Outcome[]): Record<Outcome, number> {
  const counts: Record<Outcome, number> = {
    fixed: 0,
    slow: 0,
    stalled: 0,
    "left-domain": 0,
    "out-of-steps": 0,
    "not-finite": 0,
  };
  for (const outcome of outcomes) counts[outcome]++;
  return counts;
}

/** First difference decides; differences at rounding level do not. */
function lexicographic(a: Vector, b: Vector): number {
  for (let i = 0; i < a.length; i++) if (Math.abs(a[i] - b[i]) > 1e-9) return a[i] - b[i];
  return 0;
}

function outlierTest(starts: Float64Array, n: number, factor: number): (x: Vector) => boolean {
  const count = starts.length / n;
  const mean = new Float64Array(n);
  for (let k = 0; k < starts.length; k++) mean[k % n] += starts[k] / count;
  const distance = (x: Vector) => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += (x[i] - mean[i]) ** 2;
    return Math.sqrt(sum);
  };
  let typical = 0;
  for (let k = 0; k < count; k++) typical += distance(starts.subarray(k * n, (k + 1) * n)) / count;
  return (x) => distance(x) > factor * typical;
}
