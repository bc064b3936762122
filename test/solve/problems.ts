/** Small problems with known zeros and minima. */
import type { Problem } from "../../src/solve/problem.js";

/** A problem from its residual and Jacobian (rows). */
export function problemOf(
  dimension: number,
  residual: (x: Float64Array) => readonly number[],
  jacobian: (x: Float64Array) => readonly (readonly number[])[],
  box?: { lower: Float64Array; upper: Float64Array },
): Problem {
  return {
    dimension,
    residual: (x, out) => out.set(residual(x)),
    jacobian: (x, out) => out.set(jacobian(x).flat()),
    pullback(x, v, out) {
      const j = jacobian(x);
      for (let c = 0; c < dimension; c++) {
        out[c] = 0;
        for (let r = 0; r < dimension; r++) out[c] += j[r][c] * v[r];
      }
    },
    ...box,
  };
}

/** Rosenbrock's valley as equations: 10 (y - x^2) = 0, 1 - x = 0; zero at (1, 1). */
export const rosenbrock = problemOf(
  2,
  ([x, y]) => [10 * (y - x * x), 1 - x],
  ([x]) => [
    [-20 * x, 10],
    [-1, 0],
  ],
);

/** Powell's badly scaled function: 1e4 x y = 1, e^-x + e^-y = 1.0001. */
export const badlyScaled = problemOf(
  2,
  ([x, y]) => [1e4 * x * y - 1, Math.exp(-x) + Math.exp(-y) - 1.0001],
  ([x, y]) => [
    [1e4 * y, 1e4 * x],
    [-Math.exp(-x), -Math.exp(-y)],
  ],
);

/** A circle and a line: x^2 + y^2 = 1, x = y; zeros at +-(1, 1) / sqrt 2. */
export const circleAndLine = problemOf(
  2,
  ([x, y]) => [x * x + y * y - 1, x - y],
  ([x, y]) => [
    [2 * x, 2 * y],
    [1, -1],
  ],
);

/** r = A x - b without a zero in common: q is a quadratic with Hessian A'A. */
export function affine(rows: readonly (readonly number[])[], b: readonly number[]): Problem {
  return problemOf(
    b.length,
    (x) => rows.map((row, i) => row.reduce((s, a, j) => s + a * x[j], -b[i])),
    () => rows,
  );
}
