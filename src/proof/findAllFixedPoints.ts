import type { Interval } from "../cells/interval.js";
import type { CellSpec, LowRankSpec } from "../cells/spec.js";
import { checkInteger, checkVector, fail } from "../core/check.js";
import { resolveOptions } from "../core/defaults.js";
import type { DynamicalSystem, Vector } from "../core/system.js";
import { iterate } from "../systems/iterate.js";
import { approachZero } from "./approachZero.js";
import { asymptoteBox } from "./asymptote.js";
import { atRest } from "./atRest.js";
import { boxAround, type Certificate, longestPeriod } from "./certify.js";
import { dominanceWeights, hasNoProducts } from "./contraction.js";
import { lowRankCurrent } from "./equation.js";
import { type FoundPoints, foundPoints } from "./foundPoints.js";
import { intervalAlgebra } from "./intervalAlgebra.js";
import { kinkSystem } from "./kinkSystem.js";
import { type Orbit, orbits } from "./orbits.js";
import type { CompletenessProof, Start } from "./proofFormat.js";
import { up } from "./rounding.js";
import { searchBoxes } from "./searchBoxes.js";
import { farBound, searchKinks } from "./searchKinks.js";
import { regionPieces, searchRegions } from "./searchRegions.js";
import { specOf } from "./specOf.js";

/** Options of {@link findAllFixedPoints}. */
export interface FindAllOptions {
  /** The input held, length M. @defaultValue zeros */
  readonly input?: ArrayLike<number>;
  /** k: all fixed points of F^k, which are the points of all cycles whose period divides k. Maps only. @defaultValue `1` */
  readonly period?: number;
  /** Boxes or linear regions looked at, at most. @defaultValue `200_000` */
  readonly budget?: number;
  /** Only the points in this box (D bounds each). @defaultValue a box proved to hold all of them, where there is one */
  readonly box?: { readonly lower: ArrayLike<number>; readonly upper: ArrayLike<number> };
}

/** A point of a complete list. */
export interface ListedPoint extends Certificate {
  /** Low-rank networks: bounds of the current `m k + W_in u + b` of all N units at the point. */
  readonly lifted?: Interval;
}

/** What is proved of all fixed points at once; see {@link findAllFixedPoints}. */
export interface FixedPointList {
  /** Certified, no two the same. Complete where `proved`. */
  readonly points: readonly ListedPoint[];
  /** period > 1: the points as cycles, fixed points as cycles of period 1. */
  readonly cycles: readonly Orbit[];
  /** There is no other fixed point (of F^k) in the box, or anywhere where `box` is null. */
  readonly proved: boolean;
  /** How: bisection of a box, all linear regions, branching over kinks, at most one by a dominant diagonal, or not at all. */
  readonly argument: "boxes" | "regions" | "kinks" | "contraction" | "none";
  /** One sentence. */
  readonly reason: string;
  readonly period: number;
  /** Boxes or regions looked at. */
  readonly boxes: number;
  /** What is not decided: how many boxes or regions, and the box around those boxes. */
  readonly left: { readonly count: number; readonly extent: Interval | null };
  /** The box that was searched; null for the whole space. It holds every point unless it was given. */
  readonly box: Interval | null;
  /** What a checker needs to repeat the argument with no search; null without an argument. */
  readonly proof: CompletenessProof | null;
}

const where = "findAllFixedPoints";
const defaults = {
  input: undefined as ArrayLike<number> | undefined,
  period: 1,
  budget: 200_000,
  box: undefined as FindAllOptions["box"] | undefined,
};
/** Bisection of more coordinates than this does not end. */
const mostCoordinates = 6;
/** Up to here all linear regions are visited. */
const fewRegions = 1024;
/** Branching over the kinks of more activations than this does not end. */
const mostKinks = 128;

/**
 * All fixed points of a network, with a proof that there are no others: low-rank networks of rank 1 to 4 and any
 * number of units, full-rank networks of a few units, piecewise-linear networks of some 16 units, and networks of any
 * size whose interactions are weak enough. With `period` k all points of k-cycles.
 *
 * Three arguments, tried in this order:
 * - at most one: the derivative of F(x) - x is diagonally dominant over a box that holds all fixed points;
 * - all linear regions of a piecewise-linear network are solved, with bounds of each solution;
 * - a box that holds all fixed points is bisected until every part is excluded, by a first-order model of the
 *   equation whose error is bounded, or its zeros lie where exactly one is certified (interval branch and bound:
 *   Moore 1966; Neumaier 1990). In R coordinates for low-rank networks: `k = s n' phi(m k + W_in u + b)`.
 *
 * All roundings are counted, so `proved` is a theorem about the model equation with its float64 tensors. Where it is
 * false, the points are certified all the same and `reason` and `left` say what is missing: the budget, a degenerate
 * point, a continuum, no box known to hold all points.
 *
 * Throws where the system is not a cell of this library or an argument is malformed. A box costs O(N R^2), a region
 * O(D^3), a part of a branching over kinks O((D + S)^3) with S activations; networks of rank 2 take hundreds of boxes, of rank 3 thousands.
 *
 * @example
 * const bistable = buildCell({ kind: "low-rank", time: "continuous", activation: "tanh",
 *   left: [[1], [1]], right: [[1], [1]] });
 * const { points, proved } = findAllFixedPoints(bistable);
 * [points.length, proved]; // => [3, true]
 */
export function findAllFixedPoints(system: DynamicalSystem, options: FindAllOptions = {}): FixedPointList {
  const spec = specOf(where, system);
  const given = resolveOptions(where, defaults, options);
  const m = system.inputDimension;
  const input = checkVector(where, "input", given.input ?? new Float64Array(m), m, "the system's inputs");
  const { period, budget } = given;
  checkInteger(where, "period", period, 1, longestPeriod);
  if (period > 1 && system.time !== "discrete")
    fail(where, `period is ${period} and the system is a flow, expected 1`);
  checkInteger(where, "budget", budget, 1);
  const box = given.box && readBox(given.box, system.dimension);

  const equation = period === 1 ? atRest(spec) : spec;
  const problem: Problem = { system, spec, equation, input, period, budget };
  let spent = 0;
  let start: Start | undefined = box && startOf("given", box);
  const domain = start ? undefined : system.domain?.(input);
  if (domain?.lower.every(Number.isFinite) && domain.upper.every(Number.isFinite))
    start = startOf("domain", widened(domain));
  if (!start && equation.kind === "low-rank" && period === 1) {
    const far = asymptoteBox(equation as LowRankSpec, input, budget);
    start = far?.start;
    spent = far?.boxes ?? 0;
  }
  return (
    byDominance(problem, start) ??
    byRegions(problem, start, fewRegions) ??
    byBoxes(problem, start, spent) ??
    byKinks(problem, start) ??
    byRegions(problem, start, budget) ??
    none(problem, start)
  );
}

interface Problem {
  readonly system: DynamicalSystem;
  readonly spec: CellSpec;
  /** The spec whose F^k - x is searched. */
  readonly equation: CellSpec;
  readonly input: Vector;
  readonly period: number;
  readonly budget: number;
}

const nothingLeft = { count: 0, extent: null };

function byDominance(problem: Problem, start: Start | undefined): FixedPointList | undefined {
  const { system, equation, input, period } = problem;
  if (!start && !hasNoProducts(equation)) return undefined;
  const box = start && intervalOf(start);
  const weights = dominanceWeights(equation, input, period, box);
  if (!weights) return undefined;
  const found = foundPoints(system, input, period);
  const middle = box
    ? box.lower.map((l, i) => l + (box.upper[i] - l) / 2)
    : new Float64Array(system.dimension);
  const x = approachZero(period === 1 ? system : iterate(system, period), input, middle, 200);
  if (!x || !found.add(x)) return undefined;
  const { straddling: _, ...listed } = listOf(problem, found, start);
  if (listed.points.length !== 1) return undefined;
  return {
    ...listed,
    proved: true,
    argument: "contraction",
    reason: `the derivative of ${period === 1 ? "F(x) - x" : `F^${period}(x) - x`} is diagonally dominant${box ? " over a box that holds all of them" : ""}: there is at most one, and it is certified`,
    boxes: 1,
    left: nothingLeft,
    proof: {
      kind: "contraction",
      period,
      start: start ?? null,
      weights: Array.from(weights),
      balls: found.claims(),
    },
  };
}

function byRegions(problem: Problem, start: Start | undefined, most: number): FixedPointList | undefined {
  const { system, equation, input, period, budget } = problem;
  if (start?.why === "given") return undefined;
  const pieces = regionPieces(equation, input, period);
  const count = pieces?.reduce((product, n) => product * n, 1) ?? Infinity;
  if (count > Math.min(most, budget)) return undefined;
  const found = foundPoints(system, input, period);
  const { verdicts, left, singular } = searchRegions(equation, input, period, found);
  const { straddling: _, ...listed } = listOf(problem, found, undefined);
  const proved = left.length === 0;
  const regions = `${verdicts.length} linear regions`;
  return {
    ...listed,
    proved,
    argument: "regions",
    reason: proved
      ? `all ${regions} were solved: ${counted(listed.points.length)}`
      : `${left.length} of ${regions} are not decided${singular > 0 ? `: the equation of ${singular} is singular, so that they may hold a continuum` : ": a point on a kink"}`,
    boxes: verdicts.length,
    left: { count: left.length, extent: null },
    proof: { kind: "regions", period, pieces: pieces!, verdicts, balls: found.claims() },
  };
}

/** Undefined also where an argument may be arbitrarily large, or nothing could be decided and all regions can be visited. */
function byKinks(problem: Problem, start: Start | undefined): FixedPointList | undefined {
  const { system, equation, input, period, budget } = problem;
  if (start?.why === "given") return undefined;
  const kinks = kinkSystem(equation, input, period, mostKinks);
  const bound = kinks && farBound(kinks, budget);
  if (!kinks || !bound) return undefined;
  const found = foundPoints(system, input, period);
  const { far, nodes } = bound;
  const size = far.size ?? Infinity;
  const search = searchKinks(system, kinks, input, period, size, budget - nodes, found);
  const { straddling: _, ...listed } = listOf(problem, found, undefined);
  const proved = search.left === 0;
  return {
    ...listed,
    proved,
    argument: "kinks",
    reason: proved
      ? `all sides of ${kinks.names.length} activations' kinks were decided: ${counted(listed.points.length)}`
      : search.outOfBudget
        ? `the budget of ${budget} parts ended the search with ${search.left} parts open`
        : `${search.left} parts are not decided${search.singular > 0 ? `: the equation of ${search.singular} is singular, so that they may hold a continuum` : ": a point on a kink"}`,
    boxes: search.nodes + nodes,
    left: { count: search.left, extent: null },
    proof: { kind: "kinks", period, far, tree: search.tree, balls: found.claims() },
  };
}

function byBoxes(problem: Problem, start: Start | undefined, spent: number): FixedPointList | undefined {
  const { system, equation, input, period, budget } = problem;
  if (!start || system.dimension > mostCoordinates) return undefined;
  const found = foundPoints(system, input, period);
  const search = searchBoxes(system, equation, input, period, intervalOf(start), budget, found);
  const { straddling, ...listed } = listOf(problem, found, start);
  const proved = search.left.length === 0 && straddling === 0;
  const scope = start.why === "given" ? "the box given" : "a box that no fixed point lies outside of";
  return {
    ...listed,
    proved,
    argument: "boxes",
    reason: proved
      ? `${scope} was searched whole: ${counted(listed.points.length)}`
      : search.outOfBudget
        ? `the budget of ${budget} boxes ended the search with ${search.left.length} boxes open`
        : search.left.length > 0
          ? `${search.left.length} tiny boxes could not be decided: a degenerate point, or a continuum`
          : "a point lies on the edge of the box to working precision",
    boxes: search.boxes + spent,
    left: { count: search.left.length, extent: hull(search.left) },
    proof: { kind: "boxes", period, start, tree: search.tree, balls: found.claims() },
  };
}

function none(problem: Problem, start: Start | undefined): FixedPointList {
  const { system, period } = problem;
  return {
    points: [],
    cycles: [],
    proved: false,
    argument: "none",
    reason: start
      ? `${system.dimension} coordinates are too many to bisect, at most ${mostCoordinates}, and the interactions are too strong for a proof of a single point`
      : "not proved: no box is known to hold every fixed point; give one as `box`",
    period,
    boxes: 0,
    left: nothingLeft,
    box: start ? intervalOf(start) : null,
    proof: null,
  };
}

/** The certified points within the box, and how many lie on its edge. */
function listOf({ spec, equation, input, period }: Problem, found: FoundPoints, start: Start | undefined) {
  const box = start && intervalOf(start);
  let straddling = 0;
  const inside = found.certificates.filter(({ state, radius }) => {
    if (start?.why !== "given" || !box) return true;
    const ball = boxAround(state, radius);
    if (ball.lower.some((l, i) => l > box.upper[i] || ball.upper[i] < box.lower[i])) return false;
    if (ball.lower.every((l, i) => l >= box.lower[i] && ball.upper[i] <= box.upper[i])) return true;
    straddling++;
    return false;
  });
  const points: ListedPoint[] = inside.map((certificate) =>
    equation.kind === "low-rank"
      ? { ...certificate, lifted: lift(equation, certificate, input) }
      : certificate,
  );
  return {
    points,
    cycles: period > 1 ? orbits(spec, input, points) : [],
    period,
    box: box ?? null,
    straddling,
  };
}

function lift(spec: LowRankSpec, { state, radius }: Certificate, input: Vector): Interval {
  return lowRankCurrent(spec, intervalAlgebra, boxAround(state, radius), { lower: input, upper: input });
}

function counted(points: number): string {
  return points === 1 ? "exactly one found" : `exactly ${points} found`;
}

function readBox(
  box: { readonly lower: ArrayLike<number>; readonly upper: ArrayLike<number> },
  dimension: number,
): Interval {
  if (typeof box !== "object" || box === null) fail(where, "box must be an object with lower and upper");
  const lower = checkVector(where, "box.lower", box.lower, dimension, "the system's dimension");
  const upper = checkVector(where, "box.upper", box.upper, dimension, "the system's dimension");
  const wrong = lower.findIndex((l, i) => l > upper[i]);
  if (wrong >= 0)
    fail(where, `box.lower[${wrong}] is ${lower[wrong]}, expected at most ${upper[wrong]} (box.upper)`);
  return { lower, upper };
}

/** Moved outward by more than any rounding of a sharp bound. */
function widened({ lower, upper }: Interval): Interval {
  return {
    lower: lower.map((v) => -up(1e-9 * (1 + Math.abs(v)) - v)),
    upper: upper.map((v) => up(v + 1e-9 * (1 + Math.abs(v)))),
  };
}

function startOf(why: "domain" | "given", { lower, upper }: Interval): Start {
  return { why, lower: Array.from(lower), upper: Array.from(upper) };
}

function intervalOf({ lower, upper }: Start): Interval {
  return { lower: Float64Array.from(lower), upper: Float64Array.from(upper) };
}

function hull(boxes: readonly Interval[]): Interval | null {
  if (boxes.length === 0) return null;
  const lower = boxes[0].lower.slice();
  const upper = boxes[0].upper.slice();
  for (const box of boxes)
    for (let i = 0; i < lower.length; i++) {
      lower[i] = Math.min(lower[i], box.lower[i]);
      upper[i] = Math.max(upper[i], box.upper[i]);
    }
  return { lower, upper };
}
