import { defaultKernel as kernel } from "../numeric/defaultKernel.js";
import { denseModel } from "./dogleg.js";
import { createGmres } from "./gmres.js";
import type { Method } from "./loop.js";
import { norm, type Problem } from "./problem.js";
import { createTrustRegion, type LinearModel } from "./trustRegion.js";

/** Products with the Jacobian one Newton step may cost; where they do not do, a factorisation is cheaper. */
const mostProducts = 60;

/**
 * Share of |r| the linear equations are solved to: at most this, at first and far from a zero. (With 0.1 steps are a
 * little cheaper, and some starts end in other basins than the dogleg's.)
 */
const loosest = 0.01;
/** And at least this: more is lost to rounding. */
const tightest = 1e-9;

/**
 * Newton-Krylov: Newton's equations J s = -r solved by GMRES, from products J v alone, and only as well as the state
 * deserves: loosely far from a zero, to the last digits near it (Eisenstat & Walker 1996). Inexact steps are kept short
 * and downhill by the dogleg's trust region, so q never rises.
 *
 * Where 60 products do not give a Newton step (many eigenvalues of J around zero, or J nearly singular), or the step
 * makes no progress, the search goes on with the {@link dogleg} proper from the same state.
 *
 * The method for large networks with a few strong modes: there a step takes 5 to 20 products, O(n^2) each, against
 * the O(n^3) of a factorisation. On a chaotic network it costs the dogleg's work and 60 products more. Without
 * `product` the Jacobian is formed once per step.
 *
 * Source: Knoll & Keyes (2004), J. Comput. Phys. 193:357; forcing, Eisenstat & Walker (1996); the dogleg of inexact
 * steps, Pawlowski, Simonis, Walker & Shadid (2008).
 *
 * @example
 * ```ts
 * const bistable = map({ dimension: 1, step: ([x]) => [Math.tanh(2 * x)] });
 * const { points } = findFixedPoints(bistable, [[-1], [0.1], [1]], { method: newtonKrylov });
 * points.length; // => 3
 * ```
 */
export const newtonKrylov: Method = {
  name: "newton-krylov",
  prepare: (problem) => createTrustRegion(problem, [() => krylovModel(problem), () => denseModel(problem)]),
};

/** The linear model by products; its Newton step is GMRES's. */
function krylovModel(problem: Problem): LinearModel {
  const n = problem.dimension;
  const jacobian = problem.product ? undefined : new Float64Array(n * n);
  const gmres = createGmres(n, mostProducts);
  const at = new Float64Array(n);
  const minusResidual = new Float64Array(n);
  let forcing = loosest;
  let before = Number.NaN;

  const product = jacobian
    ? (v: Float64Array, out: Float64Array) => kernel.gemv(n, n, jacobian, v, out)
    : (v: Float64Array, out: Float64Array) => problem.product!(at, v, out);

  return {
    hasNewton: true,
    start() {
      forcing = loosest;
      before = Number.NaN;
    },
    fit(x, r, newton) {
      at.set(x);
      if (jacobian) problem.jacobian(at, jacobian);
      const size = norm(r);
      // Newton converges quadratically: what the last step gained, squared, is what the next can make use of.
      if (size < before) forcing = Math.min(loosest, Math.max(tightest, 0.9 * (size / before) ** 2));
      before = size;
      for (let i = 0; i < n; i++) minusResidual[i] = -r[i];
      const { status, residual } = gmres.solve(product, minusResidual, newton, forcing, mostProducts);
      if (status === "not-finite") return "not-finite";
      return residual <= loosest ? "running" : "stalled";
    },
    gradient(r, out) {
      if (jacobian) kernel.gemvTransposed(n, n, jacobian, r, out);
      else problem.pullback(at, r, out);
    },
    size: () => 0,
    product,
  };
}
