import type { Vector } from "../core/system.js";
import { symmetricEigen } from "../numeric/symmetricEigen.js";
import { clampToBox, halfSquare, norm, type Problem } from "./problem.js";

/** A stationary point of q = 1/2 |r|^2, and the evidence that it is a minimum. */
export interface Minimum {
  readonly x: Vector;
  /** q at x. */
  readonly q: number;
  /** |gradient of q| at x. */
  readonly gradientNorm: number;
  /** Eigenvalues of the Hessian of q at x, ascending. */
  readonly curvatures: Float64Array;
  /** Unit eigenvector of the smallest of them: the flattest direction. */
  readonly flattest: Vector;
  /** |H^-1 gradient|: an estimate of the distance to the exact stationary point. */
  readonly correction: number;
  readonly steps: number;
  /** "stationary": the gradient vanishes to rounding; else where the search stopped. */
  readonly status: "stationary" | "stalled" | "out-of-steps" | "not-finite";
}

/**
 * Newton's method with a trust region on q itself, its whole Hessian J'J + sum r_i H_i included.
 *
 * Levenberg-Marquardt drops the second term and crawls where q stays above zero; this converges
 * quadratically there, and its Hessian tells a ghost (all curvatures clearly positive) from a slow
 * manifold (some near zero). The Hessian comes from central differences of the gradient.
 *
 * Cost per step: 2n gradients (O(n^3) for a network) and one symmetric eigendecomposition (O(n^3)).
 * Source: Nocedal & Wright, Numerical Optimization (2006), section 4.3.
 */
export function minimise(problem: Problem, x0: Vector, maxSteps = 100): Minimum {
  const n = problem.dimension;
  const x = x0.slice();
  clampToBox(problem, x);
  const r = new Float64Array(n);
  const gradient = new Float64Array(n);
  const trial = new Float64Array(n);
  const hessian = new Float64Array(n * n);
  const gradientAt = (at: Vector, out: Vector) => {
    problem.residual(at, r);
    problem.pullback(at, r, out);
  };
  const valueAt = (at: Vector) => {
    problem.residual(at, r);
    return halfSquare(r);
  };
  const scratch = new Float64Array(n);
  const gradientSizeAt = (at: Vector) => {
    gradientAt(at, scratch);
    return norm(scratch);
  };
  let q = valueAt(x);
  let radius = 0.1 * Math.max(1, norm(x));
  for (let steps = 0; ; steps++) {
    gradientAt(x, gradient);
    const gradientNorm = norm(gradient);
    if (!(q + gradientNorm < Infinity)) {
      const curvatures = new Float64Array(n).fill(Number.NaN);
      return {
        x,
        q,
        gradientNorm,
        curvatures,
        flattest: new Float64Array(n).fill(Number.NaN),
        correction: Number.NaN,
        steps,
        status: "not-finite",
      };
    }
    differenceHessian(x, gradientAt, hessian);
    const { values, vectors } = symmetricEigen(n, hessian);
    const inBasis = new Float64Array(n);
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) inBasis[j] += vectors[i * n + j] * gradient[i];
    const correction = newtonLength(values, inBasis);
    const end = (status: Minimum["status"]): Minimum => ({
      x,
      q,
      gradientNorm,
      curvatures: values,
      flattest: Float64Array.from({ length: n }, (_, i) => vectors[i * n]),
      correction,
      steps,
      status,
    });
    // Rounding in the gradient is about eps |J| |r| <= eps sqrt(2 q max curvature).
    const noise = 8 * Number.EPSILON * Math.sqrt(2 * q * Math.max(values[n - 1], 0)) + 1e-300;
    if (gradientNorm <= noise) return end("stationary");
    if (steps >= maxSteps) return end("out-of-steps");
    for (;;) {
      const step = trustRegionStep(n, values, vectors, inBasis, radius);
      for (let i = 0; i < n; i++) trial[i] = x[i] + step[i];
      clampToBox(problem, trial);
      let stepNorm = 0;
      for (let i = 0; i < n; i++) stepNorm = Math.hypot(stepNorm, trial[i] - x[i]);
      if (!(stepNorm > 1e-15 * (1 + norm(x))))
        return end(correction <= 1e-9 * (1 + norm(x)) ? "stationary" : "stalled");
      const trialQ = valueAt(trial);
      // Near the minimum q changes by less than its own rounding: let the gradient decide there.
      if (trialQ < q || (trialQ <= q * (1 + 1e-12) && gradientSizeAt(trial) < gradientNorm / 2)) {
        x.set(trial);
        q = trialQ;
        radius = Math.min(2 * Math.max(stepNorm, radius), 1e3 * (1 + norm(x)));
        break;
      }
      radius = Math.min(stepNorm, radius) / 4;
    }
  }
}

/** H by central differences of the gradient, made symmetric. */
function differenceHessian(x: Vector, gradientAt: (at: Vector, out: Vector) => void, out: Float64Array) {
  const n = x.length;
  const plus = new Float64Array(n);
  const minus = new Float64Array(n);
  const at = x.slice();
  for (let j = 0; j < n; j++) {
    const h = 6e-6 * (1 + Math.abs(x[j]));
    at[j] = x[j] + h;
    const up = at[j];
    gradientAt(at, plus);
    at[j] = x[j] - h;
    const width = up - at[j];
    gradientAt(at, minus);
    at[j] = x[j];
    for (let i = 0; i < n; i++) out[i * n + j] = (plus[i] - minus[i]) / width;
  }
  for (let i = 0; i < n; i++)
    for (let j = 0; j < i; j++) out[i * n + j] = out[j * n + i] = (out[i * n + j] + out[j * n + i]) / 2;
}

function newtonLength(values: Float64Array, inBasis: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < values.length; j++) sum += (inBasis[j] / values[j]) ** 2;
  return Math.sqrt(sum);
}

/** argmin of the quadratic model within the radius: -(H + shift I)^-1 gradient, shift by bisection. */
function trustRegionStep(
  n: number,
  values: Float64Array,
  vectors: Float64Array,
  inBasis: Float64Array,
  radius: number,
): Float64Array {
  const length = (shift: number) => {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += (inBasis[j] / (values[j] + shift)) ** 2;
    return Math.sqrt(sum);
  };
  let shift = 0;
  if (!(values[0] > 0) || length(0) > radius) {
    let low = Math.max(0, -values[0]);
    let high = low + norm(inBasis) / radius + Number.MIN_VALUE;
    for (let k = 0; k < 60; k++) {
      shift = (low + high) / 2;
      if (length(shift) > radius) low = shift;
      else high = shift;
    }
    shift = high;
  }
  const step = new Float64Array(n);
  for (let j = 0; j < n; j++) {
    const weight = -inBasis[j] / (values[j] + shift);
    for (let i = 0; i < n; i++) step[i] += weight * vectors[i * n + j];
  }
  return step;
}
