import { defaultKernel as kernel } from "../numeric/defaultKernel.js";
import type { Iterate, Method, Stepper } from "./loop.js";
import { createPatience } from "./patience.js";
import { clampToBox, halfSquare, norm, type Problem } from "./problem.js";

/** A step that divides q by this much deserves another one with the same factorisation. */
const chordGain = 1e-2;

/** Gradient so small, relative to |J| |r|, that q is stationary to working precision. */
const stationary = 1e-13;

/**
 * Powell's dogleg: a trust region on r(x) = 0 between the Newton step and steepest descent on q.
 *
 * Inside the region it takes the Newton step -J^-1 r (quadratic convergence); outside it walks along the
 * gradient to the Cauchy point and bends toward the Newton step. A step is accepted when q falls by a
 * fraction of what the linear model promised, so q never rises. Steps that leave the problem's box are
 * moved back onto it before they are judged.
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
export const dogleg: Method = { name: "dogleg", prepare };

function prepare(problem: Problem): Stepper {
  const n = problem.dimension;
  const x = new Float64Array(n);
  const r = new Float64Array(n);
  const jacobian = new Float64Array(n * n);
  const lu = new Float64Array(n * n);
  const pivots = new Int32Array(n);
  const gradient = new Float64Array(n);
  const newton = new Float64Array(n);
  const image = new Float64Array(n);
  const step = new Float64Array(n);
  const trial = new Float64Array(n);
  const trialResidual = new Float64Array(n);
  let radius = 1;
  const patience = createPatience();
  const iterate: Iterate = { x, q: Number.NaN, gradientNorm: Number.NaN, status: "running" };

  function start(x0: Float64Array): void {
    x.set(x0);
    problem.residual(x, r);
    iterate.q = halfSquare(r);
    patience.start(iterate.q);
    iterate.gradientNorm = Number.NaN;
    iterate.status = Number.isNaN(iterate.q) ? "not-finite" : "running";
    radius = Math.max(1, norm(x)) / 2;
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
    const residualNorm = norm(r);
    const jacobianNorm = norm(jacobian);
    if (gradientNorm <= stationary * jacobianNorm * residualNorm) {
      iterate.status = "stationary";
      return;
    }
    lu.set(jacobian);
    const sign = kernel.luFactor(n, lu, pivots);
    let newtonNorm = Infinity;
    if (sign === 1 || sign === -1) {
      for (let i = 0; i < n; i++) newton[i] = -r[i];
      kernel.luSolve(n, lu, pivots, newton);
      newtonNorm = norm(newton);
      if (!(newtonNorm < 1e150)) newtonNorm = Infinity;
    }
    kernel.gemv(n, n, jacobian, gradient, image);
    const curvature = norm(image) ** 2;
    const cauchyNorm = curvature > 0 ? gradientNorm ** 3 / curvature : Infinity;

    for (;;) {
      chooseStep(newtonNorm, cauchyNorm, gradientNorm);
      for (let i = 0; i < n; i++) trial[i] = x[i] + step[i];
      if (clampToBox(problem, trial)) for (let i = 0; i < n; i++) step[i] = trial[i] - x[i];
      const stepNorm = norm(step);
      const tiny = 1e-16 * (1 + norm(x));
      if (!(stepNorm > tiny && stepNorm < Infinity)) {
        iterate.status = "stalled";
        return;
      }
      kernel.gemv(n, n, jacobian, step, image);
      let promised = 0;
      for (let i = 0; i < n; i++) promised -= image[i] * (r[i] + image[i] / 2);
      problem.residual(trial, trialResidual);
      const trialQ = halfSquare(trialResidual);
      const gain = iterate.q - trialQ;
      const ratio = promised > 0 ? gain / promised : -1;
      if (ratio > 1e-4 && gain > 0) {
        x.set(trial);
        r.set(trialResidual);
        const fell = trialQ <= chordGain * iterate.q;
        iterate.q = trialQ;
        if (fell && newtonNorm <= radius) followChords();
        if (patience.isSpent(iterate.q)) iterate.status = "stalled";
        if (ratio > 0.75) radius = Math.max(radius, Math.min(3 * stepNorm, 1e6 * (1 + norm(x))));
        else if (ratio < 0.25) radius = stepNorm / 2;
        return;
      }
      radius = Math.min(stepNorm, radius) / 4;
      if (!(radius > tiny)) {
        iterate.status = "stalled";
        return;
      }
    }
  }

  /**
   * Near a zero, more steps with the factorisation at hand, for as long as each divides q by a hundred:
   * O(n^2) instead of O(n^3) each (Shamanskii 1967).
   */
  function followChords(): void {
    while (iterate.q > 0) {
      for (let i = 0; i < n; i++) step[i] = -r[i];
      kernel.luSolve(n, lu, pivots, step);
      for (let i = 0; i < n; i++) trial[i] = x[i] + step[i];
      clampToBox(problem, trial);
      problem.residual(trial, trialResidual);
      const trialQ = halfSquare(trialResidual);
      if (!(trialQ <= chordGain * iterate.q)) return;
      x.set(trial);
      r.set(trialResidual);
      iterate.q = trialQ;
    }
  }

  /** Fills `step` with the dogleg point for the current radius. */
  function chooseStep(newtonNorm: number, cauchyNorm: number, gradientNorm: number): void {
    if (newtonNorm <= radius) {
      step.set(newton);
      return;
    }
    if (cauchyNorm >= radius || newtonNorm === Infinity) {
      const scale = -Math.min(radius, cauchyNorm) / gradientNorm;
      for (let i = 0; i < n; i++) step[i] = scale * gradient[i];
      return;
    }
    // Between the Cauchy point c and the Newton point: |c + t (newton - c)| = radius.
    const scale = -cauchyNorm / gradientNorm;
    let difference2 = 0;
    let inner = 0;
    for (let i = 0; i < n; i++) {
      const c = scale * gradient[i];
      const d = newton[i] - c;
      difference2 += d * d;
      inner += c * d;
    }
    const missing = radius * radius - cauchyNorm * cauchyNorm;
    const t = missing / (inner + Math.sqrt(inner * inner + difference2 * missing));
    for (let i = 0; i < n; i++) {
      const c = scale * gradient[i];
      step[i] = c + t * (newton[i] - c);
    }
  }

  return { iterate, start, step: advance };
}
