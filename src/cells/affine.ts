import type { Matrix, Vector } from "../core/system.js";

/**
 * `out = A x + B u + bias` in one pass: A is rows x n, B is rows x m. O(rows (n + m)).
 *
 * The one hot loop of every cell's rule. Four rows at a time, so that four sums run at once and x is read
 * once for them; `x` may be longer than n (an LSTM's [h; c]).
 */
export function affine(
  rows: number,
  n: number,
  a: Matrix,
  x: Vector,
  m: number,
  b: Matrix,
  u: Vector,
  bias: Vector,
  out: Vector,
): void {
  let i = 0;
  for (; i + 3 < rows; i += 4) {
    let s0 = bias[i];
    let s1 = bias[i + 1];
    let s2 = bias[i + 2];
    let s3 = bias[i + 3];
    let p = i * n;
    for (let j = 0; j < n; j++, p++) {
      const xj = x[j];
      s0 += a[p] * xj;
      s1 += a[p + n] * xj;
      s2 += a[p + 2 * n] * xj;
      s3 += a[p + 3 * n] * xj;
    }
    p = i * m;
    for (let j = 0; j < m; j++, p++) {
      const uj = u[j];
      s0 += b[p] * uj;
      s1 += b[p + m] * uj;
      s2 += b[p + 2 * m] * uj;
      s3 += b[p + 3 * m] * uj;
    }
    out[i] = s0;
    out[i + 1] = s1;
    out[i + 2] = s2;
    out[i + 3] = s3;
  }
  for (; i < rows; i++) {
    let sum = bias[i];
    for (let j = 0, p = i * n; j < n; j++, p++) sum += a[p] * x[j];
    for (let j = 0, p = i * m; j < m; j++, p++) sum += b[p] * u[j];
    out[i] = sum;
  }
}

/** `out += A' v`; A is rows x n. Four rows at a time, `out` is read once for them. O(rows n). */
export function addTransposed(rows: number, n: number, a: Matrix, v: Vector, out: Vector): void {
  let i = 0;
  for (; i + 3 < rows; i += 4) {
    const v0 = v[i];
    const v1 = v[i + 1];
    const v2 = v[i + 2];
    const v3 = v[i + 3];
    for (let j = 0, p = i * n; j < n; j++, p++)
      out[j] += a[p] * v0 + a[p + n] * v1 + a[p + 2 * n] * v2 + a[p + 3 * n] * v3;
  }
  for (; i < rows; i++) {
    const vi = v[i];
    for (let j = 0, p = i * n; j < n; j++, p++) out[j] += a[p] * vi;
  }
}

/** `out += A x`; A is rows x n. O(rows n). */
export function addProduct(rows: number, n: number, a: Matrix, x: Vector, out: Vector): void {
  for (let i = 0, p = 0; i < rows; i++) {
    let sum = 0;
    for (let j = 0; j < n; j++, p++) sum += a[p] * x[j];
    out[i] += sum;
  }
}
