import { exponentOfLargest, scaleByPowerOfTwo } from "./powerOfTwo.js";

/** QL sweeps allowed to one eigenvalue; two are usual. */
const mostSweeps = 60;
/** After so many, what is left off the diagonal counts as zero where it is rounding of the whole matrix. */
const patientSweeps = 8;

/**
 * Eigenvalues (ascending) and orthonormal eigenvectors of a symmetric n x n matrix, `A = V diag(values) V'`.
 *
 * Vector j is column j: `vectors[i * n + j]`. Householder reduction to tridiagonal form, then implicit QL
 * with Wilkinson's shift; the matrix is scaled by a power of two first, so that very large or small entries
 * are safe. Only the symmetric part `(A + A') / 2` is seen. Every number is NaN when an entry is not finite
 * (or, which has not been observed, when the iteration does not converge). About `9 n^3` operations.
 *
 * Source: Parlett, The Symmetric Eigenvalue Problem (1998), chapters 7 and 8.
 *
 * @example
 * ```ts
 * symmetricEigen(2, Float64Array.of(2, 1, 1, 2)).values; // => [1.000, 3.000]
 * ```
 */
export function symmetricEigen(n: number, a: Float64Array): { values: Float64Array; vectors: Float64Array } {
  const failed = () => ({
    values: new Float64Array(n).fill(Number.NaN),
    vectors: new Float64Array(n * n).fill(Number.NaN),
  });
  const work = a.slice(0, n * n);
  if (!work.every(Number.isFinite)) return failed();
  const exponent = exponentOfLargest(work);
  scaleByPowerOfTwo(work, -exponent);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < i; j++) work[i * n + j] = work[j * n + i] = work[i * n + j] / 2 + work[j * n + i] / 2;
  const diagonal = new Float64Array(n);
  const beside = new Float64Array(n);
  // Rows of `basis` become the eigenvectors: rotations then touch two contiguous rows.
  const basis = tridiagonalise(n, work, diagonal, beside);
  if (!diagonalise(n, diagonal, beside, basis)) return failed();
  const order = Array.from(diagonal.keys()).sort((i, j) => diagonal[i] - diagonal[j]);
  const values = Float64Array.from(order, (k) => diagonal[k]);
  const vectors = new Float64Array(n * n);
  for (const [j, k] of order.entries()) for (let i = 0; i < n; i++) vectors[i * n + j] = basis[k * n + i];
  scaleByPowerOfTwo(values, exponent);
  return { values, vectors };
}

/**
 * `A = Q T Q'` with T tridiagonal: fills its diagonal and `beside[i] = T[i + 1, i]`, returns Q', destroys A.
 * Column k is reduced by the reflection `I - 2 w w'`, w zero up to k.
 */
function tridiagonalise(n: number, a: Float64Array, diagonal: Float64Array, beside: Float64Array) {
  const basis = new Float64Array(n * n);
  for (let i = 0; i < n; i++) basis[i * n + i] = 1;
  const w = new Float64Array(n);
  const p = new Float64Array(n);
  const reflections: Float64Array[] = [];
  for (let k = 0; k + 2 < n; k++) {
    let tail = 0;
    for (let i = k + 1; i < n; i++) tail += a[i * n + k] ** 2;
    const size = Math.sqrt(tail);
    const first = a[(k + 1) * n + k];
    if (size === Math.abs(first)) {
      beside[k] = first;
      reflections.push(new Float64Array(0));
      continue;
    }
    const target = first > 0 ? -size : size;
    w.fill(0);
    for (let i = k + 1; i < n; i++) w[i] = a[i * n + k];
    w[k + 1] -= target;
    const length = Math.sqrt(2 * size * (size + Math.abs(first)));
    for (let i = k + 1; i < n; i++) w[i] /= length;
    beside[k] = target;
    // A <- A - 2 w q' - 2 q w' with p = A w, q = p - (w' p) w, on the trailing block.
    let inner = 0;
    for (let i = k + 1; i < n; i++) {
      let sum = 0;
      for (let j = k + 1; j < n; j++) sum += a[i * n + j] * w[j];
      p[i] = sum;
      inner += sum * w[i];
    }
    for (let i = k + 1; i < n; i++) p[i] = 2 * (p[i] - inner * w[i]);
    for (let i = k + 1; i < n; i++) for (let j = k + 1; j < n; j++) a[i * n + j] -= w[i] * p[j] + p[i] * w[j];
    reflections.push(w.slice(k + 1));
  }
  if (n > 1) beside[n - 2] = a[(n - 1) * n + n - 2];
  for (let i = 0; i < n; i++) diagonal[i] = a[i * n + i];
  // Q' = H_last ... H_first, from the last on: only trailing rows and columns are touched.
  for (let k = reflections.length - 1; k >= 0; k--) {
    const v = reflections[k];
    if (v.length === 0) continue;
    for (let i = k + 1; i < n; i++) {
      let sum = 0;
      for (let j = k + 1; j < n; j++) sum += basis[i * n + j] * v[j - k - 1];
      for (let j = k + 1; j < n; j++) basis[i * n + j] -= 2 * sum * v[j - k - 1];
    }
  }
  return basis;
}

/** Implicit QL on a tridiagonal matrix, its rotations applied to the rows of `basis`; false when stuck. */
function diagonalise(n: number, d: Float64Array, e: Float64Array, basis: Float64Array): boolean {
  // A diagonal that falls far below the norm and keeps being fed rounding from large entries would never deflate by
  // the relative test alone (a covariance of low rank).
  let largest = 0;
  for (let i = 0; i < n; i++) largest = Math.max(largest, Math.abs(d[i]), Math.abs(e[i]));
  for (let l = 0; l < n; l++) {
    for (let sweep = 0; ; sweep++) {
      const floor = sweep < patientSweeps ? 0 : largest;
      let m = l;
      while (
        m + 1 < n &&
        Math.abs(e[m]) > Number.EPSILON * Math.max(floor, Math.abs(d[m]) + Math.abs(d[m + 1]))
      )
        m++;
      if (m === l) break;
      if (sweep === mostSweeps) return false;
      const half = (d[l + 1] - d[l]) / (2 * e[l]);
      const root = Math.hypot(half, 1);
      let g = d[m] - d[l] + e[l] / (half + (half < 0 ? -root : root));
      let s = 1;
      let c = 1;
      let shift = 0;
      for (let i = m - 1; i >= l; i--) {
        const f = s * e[i];
        const b = c * e[i];
        const r = Math.hypot(f, g);
        e[i + 1] = r;
        if (r === 0) {
          d[i + 1] -= shift;
          e[m] = 0;
          break;
        }
        s = f / r;
        c = g / r;
        g = d[i + 1] - shift;
        const t = (d[i] - g) * s + 2 * c * b;
        shift = s * t;
        d[i + 1] = g + shift;
        g = c * t - b;
        const upper = (i + 1) * n;
        const lower = i * n;
        for (let k = 0; k < n; k++) {
          const x = basis[upper + k];
          basis[upper + k] = s * basis[lower + k] + c * x;
          basis[lower + k] = c * basis[lower + k] - s * x;
        }
        if (i === l) {
          d[l] -= shift;
          e[l] = g;
          e[m] = 0;
        }
      }
    }
  }
  return true;
}
