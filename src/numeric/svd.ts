import { Matrix, SingularValueDecomposition } from "ml-matrix";
import { exponentOfLargest, scaleByPowerOfTwo } from "./powerOfTwo.js";

/**
 * The min(m, n) singular values of an m x n matrix, descending: the square roots of the eigenvalues of `A' A`.
 *
 * Row-major. The matrix is scaled by a power of two first, so that very large or small entries are safe; the
 * decomposition is ml-matrix's (Golub & Kahan). Every value is NaN when an entry is not finite. O(m n min(m, n)).
 *
 * Source: Golub & Reinsch (1970).
 *
 * @example
 * ```ts
 * singularValues(2, 2, Float64Array.of(0, 3, -1, 0)); // => [3.000, 1.000]
 * ```
 */
export function singularValues(m: number, n: number, a: Float64Array): Float64Array {
  const count = Math.min(m, n);
  const scaled = a.slice(0, m * n);
  if (!scaled.every(Number.isFinite)) return new Float64Array(count).fill(Number.NaN);
  if (count === 0) return new Float64Array(0);
  const exponent = exponentOfLargest(scaled);
  scaleByPowerOfTwo(scaled, -exponent);
  const decomposition = new SingularValueDecomposition(Matrix.from1DArray(m, n, scaled), {
    computeLeftSingularVectors: false,
    computeRightSingularVectors: false,
    autoTranspose: true,
  });
  const values = Float64Array.from(decomposition.diagonal.slice(0, count)).sort().reverse();
  scaleByPowerOfTwo(values, exponent);
  return values;
}
