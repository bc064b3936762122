import type { Vector } from "../core/system.js";
import { defaultKernel as kernel } from "../numeric/defaultKernel.js";
import { clampToBox, halfSquare, norm, type Problem } from "./problem.js";

/** A zero of r to the last bit the arithmetic gives, and how far it can be trusted. */
export interface Root {
  readonly x: Vector;
  /** 1/2 |r(x)|^2, computed at the returned x. */
  readonly q: number;
  /** |J' r| at x. */
  readonly gradientNorm: number;
  /** |J^-1 r| at x: an estimate of the distance to the exact zero; Infinity where J is singular. */
  readonly correction: number;
  /**
   * Sign of det(-J): the index of the zero; 0 where J is singular to the accuracy of x, where J jumps (a kink),
   * and on the surface of the box where the two sides of it disagree.
   */
  readonly index: -1 | 0 | 1;
  /** J jumps at x: the linearisation there describes one side only. */
  readonly kink: boolean;
  /** Estimate of the smallest singular value of J at x. */
  readonly smallestSingularValue: number;
  /** What rounding alone leaves of |r| near x: eps (unit + |x|) max(1, |J|). */
  readonly roundingFloor: number;
}

/** Singular relative to the rest of J, to the accuracy a zero can be located with. */
const singular = 1e-7;

/** A step this short, relative to the size of a state, is rounding twice over: a zero at the origin has no floor. */
const nothing = Number.EPSILON ** 2;

/** Newton steps allowed: 5 for a simple zero, more for a multiple one (each halves the error). */
const maxSteps = 60;

/**
 * Newton's method from a nearly converged state, for as long as q at least halves.
 *
 * Ends at the rounding floor (q around 1e-30), where `correction` and `index` describe the zero itself.
 * Never fails: a state that is no zero comes back with a large correction. `unit` is the size of a typical
 * state. Cost: a few LUs.
 */
export function polish(problem: Problem, x0: Vector, unit = 1): Root {
  const n = problem.dimension;
  const x = x0.slice();
  const r = new Float64Array(n);
  const jacobian = new Float64Array(n * n);
  const lu = new Float64Array(n * n);
  const pivots = new Int32Array(n);
  const step = new Float64Array(n);
  const trial = new Float64Array(n);
  const trialResidual = new Float64Array(n);
  problem.residual(x, r);
  let q = halfSquare(r);
  let sign = Number.NaN;
  for (let steps = 0; ; steps++) {
    problem.jacobian(x, jacobian);
    lu.set(jacobian);
    sign = kernel.luFactor(n, lu, pivots);
    if (Math.abs(sign) !== 1) break;
    for (let i = 0; i < n; i++) step[i] = -r[i];
    kernel.luSolve(n, lu, pivots, step);
    if (steps >= maxSteps || norm(step) <= nothing * (unit + norm(x))) break;
    for (let i = 0; i < n; i++) trial[i] = x[i] + step[i];
    clampToBox(problem, trial);
    problem.residual(trial, trialResidual);
    const trialQ = halfSquare(trialResidual);
    if (!(trialQ < q / 2)) break;
    x.set(trial);
    r.set(trialResidual);
    q = trialQ;
  }
  const gradient = new Float64Array(n);
  kernel.gemvTransposed(n, n, jacobian, r, gradient);
  const regular = Math.abs(sign) === 1;
  const smallestSingularValue = regular ? inverseIteration(n, lu, pivots, trial) : 0;
  const scale = unit + norm(x);
  const roundingFloor = Number.EPSILON * scale * Math.max(1, norm(jacobian));
  const degenerate =
    !(smallestSingularValue > singular * norm(jacobian)) ||
    losesRank(problem, x, jacobian, trial, smallestSingularValue, roundingFloor, scale);
  const kink = jumps(problem, x, jacobian, scale);
  const parity = n % 2 === 0 ? 1 : -1;
  return {
    x,
    q,
    gradientNorm: norm(gradient),
    correction: regular ? norm(step) : q === 0 ? 0 : Number.POSITIVE_INFINITY,
    index:
      degenerate || kink || signAcrossSurface(problem, x, jacobian, sign, lu, pivots, scale) !== sign
        ? 0
        : ((sign * parity) as -1 | 1),
    kink,
    smallestSingularValue,
    roundingFloor,
  };
}

/**
 * Whether J may be singular within the distance x can be wrong by: a double root is known to sqrt(eps) only,
 * and J there is as small as its own change over that distance. `along` is the weakest direction, a unit vector.
 */
function losesRank(
  problem: Problem,
  x: Vector,
  jacobian: Float64Array,
  along: Vector,
  smallestSingularValue: number,
  roundingFloor: number,
  scale: number,
): boolean {
  const error = Math.min((10 * roundingFloor) / smallestSingularValue, 0.1 * scale);
  if (error < 1e-10 * scale) return false;
  const n = x.length;
  const there = new Float64Array(n * n);
  for (const side of [-1, 1]) {
    problem.jacobian(
      x.map((v, i) => v + side * error * along[i]),
      there,
    );
    let change = 0;
    for (let k = 0; k < n * n; k++) change += (there[k] - jacobian[k]) ** 2;
    if (!(Math.sqrt(change) < smallestSingularValue)) return true;
  }
  return false;
}

/** How far to both sides J is compared, and the change (relative to |J|) that no smooth system shows there. */
const kinkReach = 1e-7;
const kinkChange = 1e-3;

/** Whether J jumps at x, as it does on the kink of a relu. */
function jumps(problem: Problem, x: Vector, jacobian: Float64Array, scale: number): boolean {
  const n = x.length;
  const there = new Float64Array(n * n);
  const size = norm(jacobian);
  for (const side of [-1, 1])
    for (const alternate of [1, -1]) {
      problem.jacobian(
        x.map((v, i) => v + side * kinkReach * scale * (i % 2 === 0 ? 1 : alternate) * (1 + (i % 3) / 4)),
        there,
      );
      let change = 0;
      for (let k = 0; k < n * n; k++) change += (there[k] - jacobian[k]) ** 2;
      if (Math.sqrt(change) > kinkChange * size) return true;
      if (n === 1) break;
    }
  return false;
}

/**
 * Sign of det J when states beyond the box are first moved onto its surface: what J is from outside. On the
 * surface it must agree with the sign from `inside`, else the zero counts for less than a whole index.
 */
function signAcrossSurface(
  problem: Problem,
  x: Vector,
  jacobian: Float64Array,
  inside: number,
  scratch: Float64Array,
  pivots: Int32Array,
  scale: number,
): number {
  const { lower, upper } = problem;
  if (!lower || !upper) return inside;
  const n = x.length;
  const isOn = (j: number) => !(Math.min(x[j] - lower[j], upper[j] - x[j]) > 1e-9 * scale);
  if (!x.some((_, j) => isOn(j))) return inside;
  scratch.set(jacobian);
  for (let j = 0; j < n; j++) if (isOn(j)) for (let i = 0; i < n; i++) scratch[i * n + j] = i === j ? -1 : 0;
  return kernel.luFactor(n, scratch, pivots);
}

/** Smallest singular value by three rounds of inverse iteration on J'J, and its direction in `v`. */
export function inverseIteration(n: number, lu: Float64Array, pivots: Int32Array, v: Float64Array): number {
  for (let i = 0; i < n; i++) v[i] = 1 + (i % 3) / 7;
  let estimate = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3; round++) {
    const before = norm(v);
    for (let i = 0; i < n; i++) v[i] /= before;
    kernel.luSolve(n, lu, pivots, v, true);
    kernel.luSolve(n, lu, pivots, v, false);
    const size = norm(v);
    if (!(size < Infinity)) return 0;
    estimate = 1 / Math.sqrt(size);
    for (let i = 0; i < n; i++) v[i] /= size;
  }
  return n === 0 ? 1 : estimate;
}
