import { defaultKernel as kernel } from "../numeric/defaultKernel.js";
import type { Iterate, Method, Stepper } from "./loop.js";
import { clampToBox, halfSquare, norm, type Problem } from "./problem.js";

/** Shortest fraction of a Newton step that is tried before the search counts as stalled. */
const shortest = 2 ** -30;

/**
 * Damped Newton: x <- x - t J^-1 r with t = 1, 1/2, 1/4, ... until q falls (Armijo).
 *
 * The cheapest method near a zero and on well-behaved problems. It stalls where J is singular, and
 * cannot return slow points: use the dogleg or Levenberg-Marquardt for those.
 *
 * Cost per step: one Jacobian, one LU factorisation (2/3 n^3), one residual per trial.
 * Source: Dennis & Schnabel, Numerical Methods for Unconstrained Optimization (1983), chapter 6.
 *
 * @example
 * ```ts
 * const bistable = map({ dimension: 1, step: ([x]) => [Math.tanh(2 * x)] });
 * const { points } = findFixedPoints(bistable, [[-1], [0.1], [1]], { method: newton });
 * points.length; // => 3
 * ```
 */
export const newton: Method = { name: "newton", prepare };

function prepare(problem: Problem): Stepper {
  const n = problem.dimension;
  const x = new Float64Array(n);
  const r = new Float64Array(n);
  const lu = new Float64Array(n * n);
  const pivots = new Int32Array(n);
  const gradient = new Float64Array(n);
  const step = new Float64Array(n);
  const trial = new Float64Array(n);
  const trialResidual = new Float64Array(n);
  const iterate: Iterate = { x, q: Number.NaN, gradientNorm: Number.NaN, status: "running" };

  function start(x0: Float64Array): void {
    x.set(x0);
    problem.residual(x, r);
    iterate.q = halfSquare(r);
    iterate.gradientNorm = Number.NaN;
    iterate.status = Number.isNaN(iterate.q) ? "not-finite" : "running";
  }

  function advance(): void {
    problem.jacobian(x, lu);
    kernel.gemvTransposed(n, n, lu, r, gradient);
    iterate.gradientNorm = norm(gradient);
    const sign = kernel.luFactor(n, lu, pivots);
    if (Number.isNaN(sign)) {
      iterate.status = "not-finite";
      return;
    }
    if (sign === 0) {
      iterate.status = "stalled";
      return;
    }
    for (let i = 0; i < n; i++) step[i] = -r[i];
    kernel.luSolve(n, lu, pivots, step);
    for (let t = 1; t >= shortest; t /= 2) {
      for (let i = 0; i < n; i++) trial[i] = x[i] + t * step[i];
      clampToBox(problem, trial);
      problem.residual(trial, trialResidual);
      const trialQ = halfSquare(trialResidual);
      if (trialQ <= iterate.q * (1 - 1e-4 * t)) {
        x.set(trial);
        r.set(trialResidual);
        iterate.q = trialQ;
        return;
      }
    }
    iterate.status = "stalled";
  }

  return { iterate, start, step: advance };
}
