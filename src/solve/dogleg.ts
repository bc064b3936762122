import { defaultKernel as kernel } from "../numeric/defaultKernel.js";
import { createHoming } from "./homing.js";
import type { Method } from "./loop.js";
import { norm, type Problem } from "./problem.js";
import { createTrustRegion, type LinearModel } from "./trustRegion.js";

/**
 * Powell's dogleg: a trust region on r(x) = 0 between the Newton step and steepest descent on q.
 *
 * Inside the region it takes the Newton step -J^-1 r (quadratic convergence); outside it walks along the
 * gradient to the Cauchy point and bends toward the Newton step. A step is accepted when q falls by a
 * fraction of what the linear model promised, so q never rises. Steps that leave the problem's box are
 * moved back onto it before they are judged.
 *
 * A search that is drawn to a zero the problem names as known ends there, by chords with the Jacobian of that zero; near one
 * on a line of slow states, steps are cut along the line only (see `homing.ts`, `trustRegion.ts`).
 *
 * Cost per step: one Jacobian, one LU factorisation (2/3 n^3), and one residual per trial.
 * Source: Powell (1970); Nocedal & Wright, Numerical Optimization (2006), section 11.2.
 *
 * @example
 * ```ts
 * const bistable = map({ dimension: 1, step: ([x]) => [Math.tanh(2 * x)] });
 * const { points } = findFixedPoints(bistable, [[-1], [0.1], [1]], { method: dogleg });
 * points.length; // => 3
 * ```
 */
export const dogleg: Method = {
  name: "dogleg",
  prepare: (problem) => createTrustRegion(problem, [() => denseModel(problem)], createHoming(problem)),
};

/** The linear model by its whole Jacobian, factorised; O(n^2) for each further chord. */
export function denseModel(problem: Problem): LinearModel {
  const n = problem.dimension;
  const jacobian = new Float64Array(n * n);
  const lu = new Float64Array(n * n);
  const pivots = new Int32Array(n);
  let hasNewton = false;

  function chord(r: Float64Array, step: Float64Array): void {
    for (let i = 0; i < n; i++) step[i] = -r[i];
    kernel.luSolve(n, lu, pivots, step);
  }

  return {
    get hasNewton() {
      return hasNewton;
    },
    fit(x, r, newton) {
      problem.jacobian(x, jacobian);
      lu.set(jacobian);
      const sign = kernel.luFactor(n, lu, pivots);
      hasNewton = Math.abs(sign) === 1;
      if (hasNewton) chord(r, newton);
      return "running";
    },
    gradient: (r, out) => kernel.gemvTransposed(n, n, jacobian, r, out),
    size: () => norm(jacobian),
    product: (v, out) => kernel.gemv(n, n, jacobian, v, out),
    chord,
    weakest(v, out) {
      out.set(v);
      kernel.luSolve(n, lu, pivots, out, true);
      kernel.luSolve(n, lu, pivots, out, false);
    },
  };
}
