import type { Problem } from "./problem.js";

/**
 * The same equations with known solutions divided out: r(x) * product over k of (1 / |x - x_k|^2 + 1).
 *
 * Its zeros are the zeros of r that are not among `known` (length `count * n`, rows), so a search that
 * used to end in a known solution is driven on to another one. Distances are measured in units of
 * `scale`. Cost per evaluation: that of r plus O(count n); the Jacobian gains a rank-one term.
 *
 * Source: Brown & Gearhart (1971); shifted form of Farrell, Birkisson & Funke (2015).
 */
export function deflate(problem: Problem, known: Float64Array, scale = 1): Problem {
  const n = problem.dimension;
  const count = known.length / n;
  const r = new Float64Array(n);
  const slope = new Float64Array(n);
  const perUnit = 1 / (scale * scale);

  /** Product of the factors, and (when asked) the gradient of its logarithm in `slope`. */
  function factors(x: Float64Array, withSlope: boolean): number {
    if (withSlope) slope.fill(0);
    let product = 1;
    for (let k = 0; k < count; k++) {
      const at = k * n;
      let sum = 0;
      for (let i = 0; i < n; i++) {
        const d = x[i] - known[at + i];
        sum += d * d;
      }
      const distance2 = Math.max(sum * perUnit, 1e-200);
      product *= 1 / distance2 + 1;
      if (!withSlope) continue;
      const weight = (-2 * perUnit) / (distance2 * (1 + distance2));
      for (let i = 0; i < n; i++) slope[i] += weight * (x[i] - known[at + i]);
    }
    return product;
  }

  const { product } = problem;
  const deflated: Problem = {
    dimension: n,
    ...(problem.lower && problem.upper ? { lower: problem.lower, upper: problem.upper } : {}),
    residual(x, out) {
      problem.residual(x, out);
      const m = factors(x, false);
      for (let i = 0; i < n; i++) out[i] *= m;
    },
    jacobian(x, out) {
      problem.residual(x, r);
      problem.jacobian(x, out);
      const m = factors(x, true);
      for (let i = 0, p = 0; i < n; i++) {
        const ri = r[i];
        for (let j = 0; j < n; j++, p++) out[p] = m * (out[p] + ri * slope[j]);
      }
    },
    pullback(x, v, out) {
      problem.residual(x, r);
      problem.pullback(x, v, out);
      const m = factors(x, true);
      let inner = 0;
      for (let i = 0; i < n; i++) inner += r[i] * v[i];
      for (let j = 0; j < n; j++) out[j] = m * (out[j] + inner * slope[j]);
    },
    ...(product && {
      product(x, v, out) {
        problem.residual(x, r);
        product.call(problem, x, v, out);
        const m = factors(x, true);
        let inner = 0;
        for (let j = 0; j < n; j++) inner += slope[j] * v[j];
        for (let i = 0; i < n; i++) out[i] = m * (out[i] + r[i] * inner);
      },
    }),
  };
  return deflated;
}
