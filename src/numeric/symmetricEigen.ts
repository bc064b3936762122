import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { exponentOfLargest, scaleByPowerOfTwo } from "./powerOfTwo.js";

/**
 * Eigenvalues (ascending) and orthonormal eigenvectors of a symmetric n x n matrix, `A = V diag(values) V'`.
 *
 * Vector j is column j: `vectors[i * n + j]`. The matrix is scaled by a power of two first, so that very large or
 * small entries are safe; the decomposition is ml-matrix's (Householder tridiagonalisation and QL iteration).
 * Every number is NaN when an entry is not finite. Only the symmetric part `(A + A') / 2` is seen. O(n^3).
 *
 * Source: Bowdler, Martin, Reinsch & Wilkinson (1968).
 *
 * @example
 * ```ts
 * symmetricEigen(2, Float64Array.of(2, 1, 1, 2)).values; // => [1.000, 3.000]
 * ```
 */
export function symmetricEigen(n: number, a: Float64Array): { values: Float64Array; vectors: Float64Array } {
  const nan = (size: number) => new Float64Array(size).fill(Number.NaN);
  const scaled = a.slice(0, n * n);
  if (!scaled.every(Number.isFinite)) return { values: nan(n), vectors: nan(n * n) };
  if (n === 0) return { values: scaled, vectors: scaled.slice() };
  const exponent = exponentOfLargest(scaled);
  scaleByPowerOfTwo(scaled, -exponent);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < i; j++)
      scaled[i * n + j] = scaled[j * n + i] = (scaled[i * n + j] + scaled[j * n + i]) / 2;
  const decomposition = new EigenvalueDecomposition(Matrix.from1DArray(n, n, scaled), {
    assumeSymmetric: true,
  });
  const values = Float64Array.from(decomposition.realEigenvalues);
  scaleByPowerOfTwo(values, exponent);
  return { values, vectors: Float64Array.from(decomposition.eigenvectorMatrix.to1DArray()) };
}
