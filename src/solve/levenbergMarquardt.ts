import { defaultKernel as kernel } from "../numeric/defaultKernel.js";
import type { Iterate, Method, Stepper } from "./loop.js";
import { createPatience } from "./patience.js";
import { clampToBox, halfSquare, norm, type Problem } from "./problem.js";

/** Gradient so small, relative to |J| |r|, that q is stationary to working precision. */
const stationary = 1e-13;

/**
 * Levenberg-Marquardt: (J'J + lambda I) step = -J'r, lambda adapted to how well the linear model did.
 *
 * Follows the descent of q more closely than the dogleg, so it ends in the local minimum of q whose basin
 * the start lies in: the method for slow points. q never rises. Steps that leave the problem's box are
 * moved back onto it before they are judged.
 *
 * Cost per step: one Jacobian, one product J'J (n^3), one Cholesky factorisation (n^3 / 3) per trial.
 * Source: Marquardt (1963); damping rule of Nielsen (1999).
 *
 * @example
 * ```ts
 * const bistable = map({ dimension: 1, step: ([x]) => [Math.tanh(2 * x)] });
 * const { points } = findFixedPoints(bistable, [[-1], [0.1], [1]], { method: levenbergMarquardt });
 * points.length; // => 3
 * ```
 */
export const levenbergMarquardt: Method = { name: "levenberg-marquardt", prepare };

function prepare(problem: Problem): Stepper {
  const n = problem.dimension;
  const x = new Float64Array(n);
  const r = new Float64Array(n);
  const jacobian = new Float64Array(n * n);
  const normal = new Float64Array(n * n);
  const factor = new Float64Array(n * n);
  const gradient = new Float64Array(n);
  const step = new Float64Array(n);
  const trial = new Float64Array(n);
  const trialResidual = new Float64Array(n);
  const image = new Float64Array(n);
  let damping = 0;
  let growth = 2;
  const patience = createPatience();
  const iterate: Iterate = { x, q: Number.NaN, gradientNorm: Number.NaN, status: "running" };

  function start(x0: Float64Array): void {
    x.set(x0);
    problem.residual(x, r);
    iterate.q = halfSquare(r);
    patience.start(iterate.q);
    iterate.gradientNorm = Number.NaN;
    iterate.status = Number.isNaN(iterate.q) ? "not-finite" : "running";
    damping = 0;
    growth = 2;
  }

  function advance(): void {
    problem.jacobian(x, jacobian);
    kernel.gemvTransposed(n, n, jacobian, r, gradient);
    const gradientNorm = norm(gradient);
    iterate.gradientNorm = gradientNorm;
    if (!(gradientNorm < Infinity)) {
      iterate.status = "not-finite";
      return;
    }
    if (gradientNorm <= stationary * norm(jacobian) * norm(r)) {
      iterate.status = "stationary";
      return;
    }
    kernel.gemm(true, false, n, n, n, 1, jacobian, jacobian, 0, normal);
    let largest = 0;
    for (let i = 0; i < n; i++) largest = Math.max(largest, normal[i * n + i]);
    if (damping === 0) damping = 1e-3 * largest;
    damping = Math.max(damping, 1e-15 * largest);
    const tiny = 1e-16 * (1 + norm(x));
    for (;;) {
      factor.set(normal);
      for (let i = 0; i < n; i++) factor[i * n + i] += damping;
      if (kernel.cholesky(n, factor)) {
        for (let i = 0; i < n; i++) step[i] = -gradient[i];
        kernel.choleskySolve(n, factor, step);
        for (let i = 0; i < n; i++) trial[i] = x[i] + step[i];
        if (clampToBox(problem, trial)) for (let i = 0; i < n; i++) step[i] = trial[i] - x[i];
        if (!(norm(step) > tiny)) {
          iterate.status = "stalled";
          return;
        }
        kernel.gemv(n, n, jacobian, step, image);
        let promised = 0;
        for (let i = 0; i < n; i++) promised -= image[i] * (r[i] + image[i] / 2);
        problem.residual(trial, trialResidual);
        const trialQ = halfSquare(trialResidual);
        const gain = iterate.q - trialQ;
        if (gain > 0 && gain > 1e-4 * promised) {
          x.set(trial);
          r.set(trialResidual);
          iterate.q = trialQ;
          if (patience.isSpent(trialQ)) iterate.status = "stalled";
          const ratio = promised > 0 ? gain / promised : 0;
          damping *= Math.max(1 / 10, 1 - (2 * ratio - 1) ** 3);
          growth = 2;
          return;
        }
      }
      damping *= growth;
      growth *= 2;
      if (!(damping < 1e30 * largest)) {
        iterate.status = "stalled";
        return;
      }
    }
  }

  return { iterate, start, step: advance };
}
