import type { Iterate, Method, Stepper } from "./loop.js";
import { clampToBox, halfSquare, norm, type Problem } from "./problem.js";

/** Settings of {@link adam}. */
export interface AdamOptions {
  /** Step size of the first step, in units of the state. @defaultValue `0.1` */
  readonly learningRate?: number;
  /** The step size falls to zero over this many steps, along a cosine. @defaultValue `5000` */
  readonly horizon?: number;
}

/**
 * Adam on q: first-order descent of q = 1/2 |r|^2, the field's customary method, as a baseline.
 *
 * q may rise along the way. Needs thousands of steps where the second-order methods need ten, and stops
 * at q far above theirs; it is here to be compared with.
 *
 * Cost per step: one residual and one pullback (O(n^2) for a network).
 * Source: Kingma & Ba (2015); used on q by Golub & Sussillo (2018).
 *
 * @example
 * ```ts
 * const halve = map({ dimension: 1, step: ([x]) => [x / 2] });
 * const { points } = findFixedPoints(halve, [[1]], { method: adam(), maxSteps: 5000, tolerance: 1e-12 });
 * points.length; // => 1
 * ```
 */
export function adam(options: AdamOptions = {}): Method {
  const { learningRate = 0.1, horizon = 5000 } = options;
  return { name: "adam", prepare: (problem) => prepare(problem, learningRate, horizon) };
}

function prepare(problem: Problem, learningRate: number, horizon: number): Stepper {
  const n = problem.dimension;
  const x = new Float64Array(n);
  const r = new Float64Array(n);
  const gradient = new Float64Array(n);
  const mean = new Float64Array(n);
  const variance = new Float64Array(n);
  const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-8];
  let count = 0;
  const iterate: Iterate = { x, q: Number.NaN, gradientNorm: Number.NaN, status: "running" };

  function start(x0: Float64Array): void {
    x.set(x0);
    problem.residual(x, r);
    iterate.q = halfSquare(r);
    iterate.gradientNorm = Number.NaN;
    iterate.status = Number.isNaN(iterate.q) ? "not-finite" : "running";
    mean.fill(0);
    variance.fill(0);
    count = 0;
  }

  function step(): void {
    if (count >= horizon) {
      iterate.status = "stalled";
      return;
    }
    problem.pullback(x, r, gradient);
    iterate.gradientNorm = norm(gradient);
    const rate = (learningRate * (1 + Math.cos((Math.PI * count) / horizon))) / 2;
    count++;
    const correct1 = 1 - beta1 ** count;
    const correct2 = 1 - beta2 ** count;
    for (let i = 0; i < n; i++) {
      const g = gradient[i];
      mean[i] = beta1 * mean[i] + (1 - beta1) * g;
      variance[i] = beta2 * variance[i] + (1 - beta2) * g * g;
      x[i] -= (rate * (mean[i] / correct1)) / (Math.sqrt(variance[i] / correct2) + epsilon);
    }
    clampToBox(problem, x);
    problem.residual(x, r);
    iterate.q = halfSquare(r);
    if (Number.isNaN(iterate.q)) iterate.status = "not-finite";
  }

  return { iterate, start, step };
}
