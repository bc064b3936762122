/**
 * Reduction of a real square matrix to upper Hessenberg form by Householder reflections, `Q' A Q = H`.
 *
 * Each step applies its reflection from both sides as one rank-two update, so the matrix is read twice and
 * written once per column. `(10/3) n^3` operations; forming Q adds `(4/3) n^3`.
 * Golub & Van Loan 2013, section 7.4.3.
 */

/** The reflections of one reduction: H = I - tau v v', v stored below the subdiagonal. */
export interface Reflections {
  readonly tau: Float64Array;
  /** v[0] = 1 of reflection k sits at row k + 1; the rest is in column k of `vectors`, row-major n x n. */
  readonly vectors: Float64Array;
}

/**
 * Reduces rows and columns [low, high] of `a` in place; entries below the subdiagonal become zero.
 *
 * With `whole` false only the block [low, high] is updated: enough for eigenvalues.
 */
export function reduceToHessenberg(
  n: number,
  a: Float64Array,
  low: number,
  high: number,
  whole: boolean,
): Reflections {
  const tau = new Float64Array(n);
  const vectors = whole ? new Float64Array(n * n) : new Float64Array(0);
  const v = new Float64Array(n);
  const p = new Float64Array(n);
  const z = new Float64Array(n);
  const firstRow = whole ? 0 : low;
  const end = whole ? n : high + 1;
  for (let k = low; k < high - 1; k++) {
    const t = reflectColumn(n, a, k, high, v);
    tau[k] = t;
    if (t === 0) continue;
    if (whole) for (let i = k + 2; i <= high; i++) vectors[i * n + k] = v[i];
    applyRight(n, a, firstRow, k + 1, high, t, v);
    applyBoth(n, a, k + 1, high, end, t, v, p, z);
  }
  return { tau, vectors };
}

/** Chooses v (v[k + 1] = 1) and tau that reflect column k onto its subdiagonal entry; zeroes what is below. */
function reflectColumn(n: number, a: Float64Array, k: number, high: number, v: Float64Array): number {
  let largest = 0;
  for (let i = k + 2; i <= high; i++) largest = Math.max(largest, Math.abs(a[i * n + k]));
  if (largest === 0) return 0;
  const alpha = a[(k + 1) * n + k];
  largest = Math.max(largest, Math.abs(alpha));
  let square = 0;
  for (let i = k + 1; i <= high; i++) {
    const x = a[i * n + k] / largest;
    square += x * x;
  }
  // In units of the largest entry: the reflection is orthogonal however small the column is.
  const scaled = alpha / largest;
  const beta = scaled > 0 ? -Math.sqrt(square) : Math.sqrt(square);
  const pivot = scaled - beta;
  v.fill(0);
  v[k + 1] = 1;
  for (let i = k + 2; i <= high; i++) {
    v[i] = a[i * n + k] / largest / pivot;
    a[i * n + k] = 0;
  }
  a[(k + 1) * n + k] = beta * largest;
  return (beta - scaled) / beta;
}

/** Rows [firstRow, first) times the reflection. */
function applyRight(
  n: number,
  a: Float64Array,
  firstRow: number,
  first: number,
  high: number,
  tau: number,
  v: Float64Array,
): void {
  for (let i = firstRow; i < first; i++) {
    const row = i * n;
    let s0 = 0;
    let s1 = 0;
    let j = first;
    for (; j + 1 <= high; j += 2) {
      s0 += a[row + j] * v[j];
      s1 += a[row + j + 1] * v[j + 1];
    }
    if (j <= high) s0 += a[row + j] * v[j];
    const s = tau * (s0 + s1);
    for (j = first; j <= high; j++) a[row + j] -= s * v[j];
  }
}

/**
 * Rows [first, high], columns [first, end): the reflection from both sides, `A - v (z - tau (v'p) v)' - p v'`
 * with `p = tau A v` and `z = tau A' v`. v is zero beyond `high`, so columns there see the left side only.
 */
function applyBoth(
  n: number,
  a: Float64Array,
  first: number,
  high: number,
  end: number,
  tau: number,
  v: Float64Array,
  p: Float64Array,
  z: Float64Array,
): void {
  z.fill(0, first, end);
  let i = first;
  for (; i + 3 <= high; i += 4) {
    const r0 = i * n;
    const r1 = r0 + n;
    const r2 = r1 + n;
    const r3 = r2 + n;
    const v0 = v[i];
    const v1 = v[i + 1];
    const v2 = v[i + 2];
    const v3 = v[i + 3];
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let j = first; j < end; j++) {
      const vj = v[j];
      const a0 = a[r0 + j];
      const a1 = a[r1 + j];
      const a2 = a[r2 + j];
      const a3 = a[r3 + j];
      s0 += a0 * vj;
      s1 += a1 * vj;
      s2 += a2 * vj;
      s3 += a3 * vj;
      z[j] += a0 * v0 + a1 * v1 + (a2 * v2 + a3 * v3);
    }
    p[i] = tau * s0;
    p[i + 1] = tau * s1;
    p[i + 2] = tau * s2;
    p[i + 3] = tau * s3;
  }
  for (; i <= high; i++) {
    const row = i * n;
    const vi = v[i];
    let s = 0;
    for (let j = first; j < end; j++) {
      s += a[row + j] * v[j];
      z[j] += a[row + j] * vi;
    }
    p[i] = tau * s;
  }
  let vp = 0;
  for (i = first; i <= high; i++) vp += v[i] * p[i];
  for (let j = first; j < end; j++) z[j] = tau * (z[j] - vp * v[j]);
  i = first;
  for (; i + 1 <= high; i += 2) {
    const r0 = i * n;
    const r1 = r0 + n;
    const v0 = v[i];
    const v1 = v[i + 1];
    const p0 = p[i];
    const p1 = p[i + 1];
    for (let j = first; j < end; j++) {
      const zj = z[j];
      const vj = v[j];
      a[r0 + j] -= v0 * zj + p0 * vj;
      a[r1 + j] -= v1 * zj + p1 * vj;
    }
  }
  if (i <= high) {
    const row = i * n;
    for (let j = first; j < end; j++) a[row + j] -= v[i] * z[j] + p[i] * v[j];
  }
}

/** The orthogonal Q of the reduction, n x n: the reflections multiplied together, last one first. */
export function formQ(n: number, low: number, high: number, reflections: Reflections): Float64Array {
  const { tau, vectors } = reflections;
  const q = new Float64Array(n * n);
  for (let i = 0; i < n; i++) q[i * n + i] = 1;
  const z = new Float64Array(n);
  for (let k = high - 2; k >= low; k--) {
    const t = tau[k];
    if (t === 0) continue;
    const first = k + 1;
    vectors[first * n + k] = 1;
    z.fill(0, first, high + 1);
    let i = first;
    for (; i + 1 <= high; i += 2) {
      const r0 = i * n;
      const r1 = r0 + n;
      const v0 = vectors[r0 + k];
      const v1 = vectors[r1 + k];
      for (let j = first; j <= high; j++) z[j] += v0 * q[r0 + j] + v1 * q[r1 + j];
    }
    for (; i <= high; i++) {
      const v0 = vectors[i * n + k];
      for (let j = first; j <= high; j++) z[j] += v0 * q[i * n + j];
    }
    for (i = first; i + 1 <= high; i += 2) {
      const r0 = i * n;
      const r1 = r0 + n;
      const s0 = t * vectors[r0 + k];
      const s1 = t * vectors[r1 + k];
      for (let j = first; j <= high; j++) {
        const zj = z[j];
        q[r0 + j] -= s0 * zj;
        q[r1 + j] -= s1 * zj;
      }
    }
    for (; i <= high; i++) {
      const s = t * vectors[i * n + k];
      for (let j = first; j <= high; j++) q[i * n + j] -= s * z[j];
    }
    vectors[first * n + k] = 0;
  }
  return q;
}
