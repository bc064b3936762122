import type { Iterate, Method, Stepper } from "./loop.js";
import { clampToBox, halfSquare, norm, type Problem } from "./problem.js";

/** Settings of {@link lbfgs}. */
export interface LbfgsOptions {
  /** How many past steps shape the metric. @defaultValue `10` */
  readonly memory?: number;
}

/**
 * L-BFGS on q: quasi-Newton descent of q = 1/2 |r|^2 from gradients alone, as a baseline.
 *
 * Backtracking line search (Armijo), curvature pairs kept only when they are positive; q never rises.
 *
 * Cost per step: about one residual and one pullback (O(n^2) for a network), O(memory n) besides.
 * Source: Nocedal (1980); Nocedal & Wright (2006), algorithm 7.5.
 *
 * @example
 * ```ts
 * const halve = map({ dimension: 1, step: ([x]) => [x / 2] });
 * const { points } = findFixedPoints(halve, [[1]], { method: lbfgs() });
 * points.length; // => 1
 * ```
 */
export function lbfgs(options: LbfgsOptions = {}): Method {
  const { memory = 10 } = options;
  return { name: "lbfgs", prepare: (problem) => prepare(problem, memory) };
}

function prepare(problem: Problem, memory: number): Stepper {
  const n = problem.dimension;
  const x = new Float64Array(n);
  const r = new Float64Array(n);
  const gradient = new Float64Array(n);
  const trial = new Float64Array(n);
  const trialResidual = new Float64Array(n);
  const trialGradient = new Float64Array(n);
  const direction = new Float64Array(n);
  const steps = Array.from({ length: memory }, () => new Float64Array(n));
  const changes = Array.from({ length: memory }, () => new Float64Array(n));
  const curvatures = new Float64Array(memory);
  const weights = new Float64Array(memory);
  let stored = 0;
  let newest = -1;
  const iterate: Iterate = { x, q: Number.NaN, gradientNorm: Number.NaN, status: "running" };

  function start(x0: Float64Array): void {
    x.set(x0);
    problem.residual(x, r);
    iterate.q = halfSquare(r);
    iterate.status = Number.isNaN(iterate.q) ? "not-finite" : "running";
    problem.pullback(x, r, gradient);
    iterate.gradientNorm = norm(gradient);
    stored = 0;
    newest = -1;
  }

  function advance(): void {
    const gradientNorm = iterate.gradientNorm;
    if (gradientNorm === 0) {
      iterate.status = "stationary";
      return;
    }
    chooseDirection();
    let slope = dot(gradient, direction);
    if (!(slope < 0)) {
      stored = 0;
      for (let i = 0; i < n; i++) direction[i] = -gradient[i];
      slope = -gradientNorm * gradientNorm;
    }
    let t = stored === 0 ? Math.min(1, 1 / gradientNorm) : 1;
    for (let tries = 0; tries < 40; tries++, t /= 2) {
      for (let i = 0; i < n; i++) trial[i] = x[i] + t * direction[i];
      clampToBox(problem, trial);
      problem.residual(trial, trialResidual);
      const trialQ = halfSquare(trialResidual);
      if (trialQ <= iterate.q + 1e-4 * t * slope && trialQ < iterate.q) {
        problem.pullback(trial, trialResidual, trialGradient);
        remember();
        x.set(trial);
        r.set(trialResidual);
        gradient.set(trialGradient);
        iterate.q = trialQ;
        iterate.gradientNorm = norm(gradient);
        return;
      }
    }
    if (stored > 0) stored = 0;
    else iterate.status = "stalled";
  }

  /** direction = -H gradient by the two-loop recursion. */
  function chooseDirection(): void {
    for (let i = 0; i < n; i++) direction[i] = -gradient[i];
    if (stored === 0) return;
    for (let j = 0; j < stored; j++) {
      const k = (newest - j + memory) % memory;
      weights[k] = dot(steps[k], direction) / curvatures[k];
      addScaled(direction, -weights[k], changes[k]);
    }
    const y = changes[newest];
    const gamma = curvatures[newest] / dot(y, y);
    for (let i = 0; i < n; i++) direction[i] *= gamma;
    for (let j = stored - 1; j >= 0; j--) {
      const k = (newest - j + memory) % memory;
      const beta = dot(changes[k], direction) / curvatures[k];
      addScaled(direction, weights[k] - beta, steps[k]);
    }
  }

  function remember(): void {
    const k = (newest + 1) % memory;
    const s = steps[k];
    const y = changes[k];
    for (let i = 0; i < n; i++) {
      s[i] = trial[i] - x[i];
      y[i] = trialGradient[i] - gradient[i];
    }
    const curvature = dot(s, y);
    if (curvature <= 1e-12 * norm(s) * norm(y)) return;
    curvatures[k] = curvature;
    newest = k;
    stored = Math.min(memory, stored + 1);
  }

  return { iterate, start, step: advance };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

function addScaled(target: Float64Array, factor: number, source: Float64Array): void {
  for (let i = 0; i < target.length; i++) target[i] += factor * source[i];
}
