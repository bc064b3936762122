import type { Interval } from "../cells/interval.js";
import { checkInteger, checkNumber, checkVector, fail } from "../core/check.js";
import { resolveOptions } from "../core/defaults.js";
import type { DynamicalSystem, Matrix, Vector } from "../core/system.js";
import { type Enclosure, enclose } from "./enclosure.js";
import { centreRadius, intervalAlgebra } from "./intervalAlgebra.js";
import { type IntervalMatrix, normBound, productBounds, shiftEntry } from "./intervalMatrix.js";
import { approximateInverse } from "./inverse.js";
import { kinkDistance } from "./kinkDistance.js";
import { inflation, up } from "./rounding.js";
import { specOf } from "./specOf.js";
import { unstableCount } from "./unstableCount.js";

/** Options of {@link certify}. */
export interface CertifyOptions {
  /** The input held, length M. @defaultValue zeros */
  readonly input?: ArrayLike<number>;
  /** Certify a point of a k-cycle: a fixed point of F^k. Maps only. @defaultValue `1` */
  readonly period?: number;
  /**
   * How far from the state a fixed point may lie to count as its own, in the largest coordinate.
   * @defaultValue `1e-6 (1 + max |state|)`
   */
  readonly within?: number;
}

/** What is proved of a state; see {@link certify}. Distances are in the largest coordinate (max norm). */
export interface Certificate {
  readonly status: "certified" | "refuted" | "undecided";
  /** One sentence. */
  readonly reason: string;
  /** The state it speaks of: the given one, moved by Newton steps where that brings it nearer to the fixed point. */
  readonly state: Vector;
  /**
   * certified: a fixed point exists within this distance of `state`. refuted: none exists within it.
   * undecided: 0.
   */
  readonly radius: number;
  /** certified: no second fixed point lies within this distance of `state`; else 0. */
  readonly uniqueWithin: number;
  /** How far `state` is from the given one. */
  readonly moved: number;
  /** Number of eigenvalues of dF/dx at the fixed point that grow, proved; null when undecided. */
  readonly unstable: number | null;
  /** Proved distance of every eigenvalue from the unit circle (maps) or the imaginary axis (flows); null when undecided. */
  readonly spectralMargin: number | null;
  /** Why `unstable` is null; empty otherwise. */
  readonly unstableReason: string;
  /** k of F^k. */
  readonly period: number;
  /** The least period of the point, proved; null when undecided. 1 for fixed points. */
  readonly leastPeriod: number | null;
  /**
   * Networks with kinks (relu and its kin): the least distance of an activation's argument at the fixed point from a
   * kink, proved. Positive: the point is the exact solution of one linear region. null: no kinks. 0: not decided.
   */
  readonly kinkDistance: number | null;
}

/**
 * Proves that a fixed point (or a point of a k-cycle) exists near a state, that it is alone there, and how many
 * directions grow from it; or proves that there is none.
 *
 * With `G(x) = F^k(x) - x` (maps) or `F(x)` (flows), A an approximate inverse of dG/dx at c and, over the ball
 * |x - c| <= r, `Z(r) = max |I - A dG/dx|`: if `|A G(c)| + Z(r) r <= r` and Z(r) < 1, exactly one zero of G lies in
 * the ball (Krawczyk 1969; Newton-Kantorovich). All norms are bounded from above with every rounding counted, so
 * "certified" is a theorem about the model equation with the float64 tensors of `cell.spec`.
 * "refuted": `A G(c) + A dG/dx (x - c)` has a component that cannot vanish. Degenerate points (an eigenvalue at 1, or
 * 0 in a flow) can be neither: "undecided", with the obstacle. dG/dx takes every one-sided slope at kinks, so
 * piecewise-linear networks are covered.
 *
 * Throws where the system is not a cell of this library (its equation must be known) or an argument is malformed.
 * About ten products of D x D matrices, one LU and one eigen-decomposition: O(D^3).
 *
 * @example
 * const cell = buildCell({ kind: "vanilla", activation: "tanh", recurrent: [[2]] });
 * const { status, unstable, uniqueWithin } = certify(cell, [0.9575]);
 * [status, unstable, uniqueWithin > 0.1]; // => ["refuted", null, false]
 * const { status: polished } = certify(cell, [0.9575], { within: 1e-3 });
 * polished; // => "certified"
 */
export function certify(
  cell: DynamicalSystem,
  state: ArrayLike<number>,
  options: CertifyOptions = {},
): Certificate {
  const spec = specOf("certify", cell);
  const start = checkVector("certify", "state", state, cell.dimension, "the system's dimension");
  const given = resolveOptions("certify", defaults, options);
  const m = cell.inputDimension;
  const input = checkVector("certify", "input", given.input ?? new Float64Array(m), m, "the system's inputs");
  const { period } = given;
  checkInteger("certify", "period", period, 1, longestPeriod);
  if (period > 1 && cell.time !== "discrete")
    fail("certify", `period is ${period} and the system is a flow, expected 1`);
  const within = given.within ?? 1e-6 * (1 + largest(start));
  checkNumber("certify", "within", within, 0);

  const enclosure = enclose(spec, input, period);
  const undecided = (reason: string): Certificate => ({
    status: "undecided",
    reason,
    state: start,
    radius: 0,
    uniqueWithin: 0,
    moved: 0,
    unstable: null,
    spectralMargin: null,
    unstableReason: reason,
    period,
    leastPeriod: null,
    kinkDistance: null,
  });
  const first = preconditioner(enclosure, start);
  if (!first) return undecided("the equation or its derivative overflows at the state");
  const centre = polish(enclosure, start, first, within);
  const moved = distance(centre, start);
  const inverse = moved === 0 ? first : preconditioner(enclosure, centre);
  const ball = inverse
    ? existence(enclosure, centre, inverse)
    : "the equation or its derivative overflows near the state";
  if (typeof ball === "string" || !(up(moved + ball.radius) <= within)) {
    const empty = refute(enclosure, start, first, within);
    if (empty > 0)
      return {
        ...undecided("there is no fixed point"),
        status: "refuted",
        reason: `no ${period === 1 ? "fixed point" : `point of period ${period}`} lies within ${atMost(empty)} of the state`,
        radius: empty,
      };
    if (typeof ball === "string") return undecided(ball);
    return undecided(
      `the nearest fixed point proved is ${atLeast(up(moved + ball.radius))} away, more than ${atMost(within)}`,
    );
  }

  const around = boxAround(centre, ball.radius);
  const dF = enclosure.derivative(around);
  if (enclosure.time === "discrete")
    for (let i = 0; i < centre.length; i++) shiftEntry(dF, i * centre.length + i, 1, 0);
  const spectrum = unstableCount(enclosure.time, centre.length, dF);
  return {
    status: "certified",
    reason: `exactly one ${period === 1 ? "fixed point" : `fixed point of F^${period}`} lies within ${atMost(ball.uniqueWithin)}, and it is within ${atLeast(ball.radius)}`,
    state: centre,
    radius: ball.radius,
    uniqueWithin: ball.uniqueWithin,
    moved,
    unstable: spectrum.count,
    spectralMargin: spectrum.count === null ? null : spectrum.margin,
    unstableReason: spectrum.count === null ? spectrum.reason : "",
    period,
    leastPeriod: leastPeriod(spec, input, period, around, centre, ball.uniqueWithin),
    kinkDistance: kinkDistance(spec, input, period, around),
  };
}

const defaults = {
  input: undefined as ArrayLike<number> | undefined,
  period: 1,
  within: undefined as number | undefined,
};

/** Longer cycles are refused: their derivative is a product of so many matrices. */
export const longestPeriod = 1000;

/** A number in words, rounded down: what is said of a distance must not exceed what is proved. */
function atMost(x: number): string {
  const text = x.toExponential(1);
  return Number(text) <= x ? text : (x * 0.95).toExponential(1);
}

/** The same, rounded up. */
function atLeast(x: number): string {
  const text = x.toExponential(1);
  return Number(text) >= x ? text : (x * 1.05).toExponential(1);
}

/** No ball is smaller: room for the rounding of numbers near zero. */
const smallestRadius = 1e-290;
/** |I - A dG/dx| must stay below this where a point is said to be alone; 1 would do, a coarser checker needs room. */
const uniquenessBelow = 1 - 1e-6;

/** A ball around a state in the max norm, rounded outward. */
export function boxAround(centre: Vector, radius: number): Interval {
  return {
    lower: centre.map((c) => (radius === 0 ? c : -up(radius - c))),
    upper: centre.map((c) => (radius === 0 ? c : up(c + radius))),
  };
}

function preconditioner(enclosure: Enclosure, at: Vector): Matrix | undefined {
  return approximateInverse(at.length, enclosure.derivative(boxAround(at, 0)).centre);
}

/** Newton steps with one inverse while they shrink, within reach of the given state. */
function polish(enclosure: Enclosure, given: Vector, inverse: Matrix, within: number): Vector {
  const d = given.length;
  let x = given;
  let last = Infinity;
  for (let k = 0; k < 12; k++) {
    const { centre } = centreRadius(enclosure.residual(boxAround(x, 0)));
    const next = new Float64Array(d);
    let step = 0;
    for (let i = 0, p = 0; i < d; i++) {
      let sum = 0;
      for (let j = 0; j < d; j++, p++) sum += inverse[p] * centre[j];
      next[i] = x[i] - sum;
      step = Math.max(step, Math.abs(next[i] - x[i]));
    }
    if (!(step < last / 2) || distance(next, given) > within) break;
    x = next;
    last = step;
    if (step === 0) break;
  }
  return x;
}

/** `|I - A dG/dx|` over a ball. */
function defect(enclosure: Enclosure, centre: Vector, inverse: Matrix, radius: number): number {
  const d = centre.length;
  const product = productBounds(d, d, d, inverse, enclosure.derivative(boxAround(centre, radius)));
  for (let i = 0; i < d; i++) shiftEntry(product, i * d + i, -1, 0);
  return normBound(d, d, product);
}

/** The ball of existence and the larger ball of uniqueness, or what is in the way. */
function existence(
  enclosure: Enclosure,
  centre: Vector,
  inverse: Matrix,
): { radius: number; uniqueWithin: number } | string {
  const d = centre.length;
  const image = intervalAlgebra.affine(d, d, inverse, enclosure.residual(boxAround(centre, 0)));
  let step = 0;
  for (let i = 0; i < d; i++) {
    const size = Math.max(Math.abs(image.lower[i]), Math.abs(image.upper[i]));
    step = Math.max(step, size); // NaN stays
  }
  if (!Number.isFinite(step)) return "the equation overflows near the state";
  // Four times what is needed: a checker that rounds more coarsely must come to the same end.
  const trial = Math.max(4 * step, 2 ** -49 * largest(centre), smallestRadius);
  const z = defect(enclosure, centre, inverse, trial);
  if (!(z < 0.5))
    return z < Infinity && defect(enclosure, centre, inverse, 0) < 0.5
      ? `the point is too close to degenerate: rounding alone moves it by ${step.toExponential(1)}, where its derivative already changes too much`
      : "the derivative is singular to working precision: a degenerate point, or one of a continuum";
  // step + z trial <= trial / 4 + trial / 2
  return { radius: trial, uniqueWithin: uniqueRadius(enclosure, centre, inverse, trial) };
}

/** The largest radius found over which A dG/dx stays near the identity: by secants on Z(r), at most ten tries. */
function uniqueRadius(enclosure: Enclosure, centre: Vector, inverse: Matrix, known: number): number {
  let good = known;
  let bad = Infinity;
  let guess = 0.1 * (1 + largest(centre));
  for (let k = 0; k < 10 && guess > 1.05 * good; k++) {
    const z = defect(enclosure, centre, inverse, guess);
    if (z < uniquenessBelow) {
      good = guess;
      // Z grows about in proportion to r.
      guess = Math.min(z > 0 ? (0.95 * guess) / z : 4 * guess, 4 * guess, Math.sqrt(guess * bad));
    } else {
      bad = guess;
      guess = Math.max(Math.min(Number.isFinite(z) ? (0.9 * guess) / z : guess / 16, guess / 4), 1.06 * good);
    }
  }
  return good;
}

/** The largest of four radii up to `within` for which no zero of G lies in the ball; 0 for none. */
function refute(enclosure: Enclosure, centre: Vector, inverse: Matrix, within: number): number {
  const d = centre.length;
  const residual = enclosure.residual(boxAround(centre, 0));
  const image = intervalAlgebra.affine(d, d, inverse, residual);
  // How far component i stays from 0, with room for a coarser checker.
  const away = (box: Interval, i: number) =>
    (1 - 1e-6) * Math.max(box.lower[i], -box.upper[i]) - 8 * (box.upper[i] - box.lower[i]);
  for (let k = 0, r = within; k < 4; k++, r /= 16) {
    const derivative = enclosure.derivative(boxAround(centre, r));
    const preconditioned = productBounds(d, d, d, inverse, derivative);
    for (let i = 0; i < d; i++)
      if (away(residual, i) > reach(d, derivative, i, r) || away(image, i) > reach(d, preconditioned, i, r))
        return r;
  }
  return 0;
}

/** How far row i of a derivative can move its component within a ball of radius r. */
function reach(d: number, { centre, radius }: IntervalMatrix, i: number, r: number): number {
  let sum = 0;
  for (let j = 0, p = i * d; j < d; j++, p++) sum += Math.abs(centre[p]) + radius[p];
  return up(sum * inflation(2 * d) * r);
}

/** The least divisor of the period that the point may have; null when a smaller one is neither excluded nor proved. */
function leastPeriod(
  spec: Parameters<typeof enclose>[0],
  input: Vector,
  period: number,
  around: Interval,
  centre: Vector,
  uniqueWithin: number,
): number | null {
  for (let p = 1; p < period; p++) {
    if (period % p !== 0) continue;
    const shorter = enclose(spec, input, p);
    const box = shorter.residual(around);
    if (box.lower.some((low, i) => low > 0 || box.upper[i] < 0)) continue;
    // A zero of F^p - x near the centre is a zero of F^k - x, and that is alone as far as uniqueWithin.
    const inverse = preconditioner(shorter, centre);
    const ball = inverse && existence(shorter, centre, inverse);
    if (ball === undefined || typeof ball === "string") return null;
    return ball.radius <= uniqueWithin ? p : null;
  }
  return period;
}

function largest(x: Vector): number {
  return x.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
}

/** Max-norm distance, rounded up. */
function distance(a: Vector, b: Vector): number {
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, a[i] === b[i] ? 0 : up(Math.abs(a[i] - b[i])));
  return most;
}
