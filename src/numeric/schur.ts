/**
 * Real Schur form of an upper Hessenberg matrix by the implicit double-shift QR iteration of Francis (1961).
 *
 * Deflation after Ahues & Tisseur (1997), exceptional shifts every tenth sweep, 2 x 2 blocks in standard form
 * (equal diagonal, off-diagonals of opposite sign): the rules of LAPACK's dlahqr (Anderson et al. 1999).
 *
 * During a sweep only the rows near the bulge are updated from the right; the sweep's reflections are kept and
 * run over every other row afterwards, one row at a time, so that no column is ever walked.
 */

import type { SchurResult } from "./kernel.js";

/** Anything smaller counts as zero: the matrix is scaled to a largest entry near 1 before. */
const tiny = 1e-290;
const ulp = 2 ** -52;

/**
 * Iterates on rows and columns [low, high] of the Hessenberg matrix `h` in place; the eigenvalues of the whole
 * matrix go to `real` and `imaginary` by row, the positive imaginary part of a pair first.
 *
 * With `q` the whole of `h` becomes quasi-triangular and `q` is multiplied from the right by the transformation;
 * without, only eigenvalues are computed. About `10 n^3` operations (`25 n^3` with `q`).
 * Stops with `failedAt >= 0` when all eigenvalues together took more than `budget` sweeps.
 */
export function realSchur(
  n: number,
  h: Float64Array,
  low: number,
  high: number,
  q: Float64Array | undefined,
  real: Float64Array,
  imaginary: Float64Array,
  budget: number,
): SchurResult {
  for (let i = 0; i < n; i++) {
    real[i] = h[i * n + i];
    imaginary[i] = 0;
  }
  const sweep: Sweep = {
    t1: new Float64Array(n),
    t2: new Float64Array(n),
    t3: new Float64Array(n),
    v2: new Float64Array(n),
    v3: new Float64Array(n),
    start: new Float64Array(3),
    shifts: new Float64Array(4),
  };
  let sweeps = 0;
  let top = low;
  let stuck = 0;
  for (let i = high; i >= low; ) {
    top = deflation(n, h, top, i, low, high);
    if (top > low) h[top * n + top - 1] = 0;
    if (top < i - 1) {
      if (sweeps++ >= budget) return { failedAt: i, sweeps: sweeps - 1 };
      chooseShifts(n, h, top, i, ++stuck, sweep.shifts);
      const m = startOfSweep(n, h, top, i, sweep);
      runSweep(n, h, q, low, high, top, m, i, sweep);
      continue;
    }
    if (top === i) {
      real[i] = h[i * n + i];
      imaginary[i] = 0;
    } else {
      standardise(n, h, q, i, real, imaginary);
    }
    i = top - 1;
    top = low;
    stuck = 0;
  }
  return { failedAt: -1, sweeps };
}

interface Sweep {
  /** Reflection k: I - [1, v2, v3]' [t1, t2, t3] on rows or columns k, k + 1, k + 2. */
  readonly t1: Float64Array;
  readonly t2: Float64Array;
  readonly t3: Float64Array;
  readonly v2: Float64Array;
  readonly v3: Float64Array;
  /** First column of the shifted product, three entries. */
  readonly start: Float64Array;
  /** Two shifts: real, imaginary, real, imaginary. */
  readonly shifts: Float64Array;
}

/** The smallest row in [top, i] from which the subdiagonal is not negligible. */
function deflation(n: number, h: Float64Array, top: number, i: number, low: number, high: number): number {
  let k = i;
  for (; k > top; k--) {
    const kk = k * n + k;
    const below = Math.abs(h[kk - 1]);
    if (below <= tiny) break;
    const d = h[kk];
    const up = h[kk - n - 1];
    let size = Math.abs(up) + Math.abs(d);
    if (size === 0) {
      if (k - 2 >= low) size += Math.abs(h[kk - n - 2]);
      if (k + 1 <= high) size += Math.abs(h[kk + n]);
    }
    if (below > ulp * size) continue;
    const above = Math.abs(h[kk - n]);
    const ab = Math.max(below, above);
    const ba = Math.min(below, above);
    const aa = Math.max(Math.abs(d), Math.abs(up - d));
    const bb = Math.min(Math.abs(d), Math.abs(up - d));
    const s = aa + ab;
    if (ba * (ab / s) <= Math.max(tiny, ulp * (bb * (aa / s)))) break;
  }
  return k;
}

/** The eigenvalues of the last 2 x 2 block, or exceptional shifts when the iteration makes no headway. */
function chooseShifts(
  n: number,
  h: Float64Array,
  top: number,
  i: number,
  stuck: number,
  shifts: Float64Array,
): void {
  const ii = i * n + i;
  let h11 = h[ii - n - 1];
  let h12 = h[ii - n];
  let h21 = h[ii - 1];
  let h22 = h[ii];
  if (stuck % 10 === 0) {
    const tt = top * n + top;
    const atBottom = stuck % 20 === 0;
    const s = atBottom
      ? Math.abs(h[ii - 1]) + Math.abs(h[ii - n - 2])
      : Math.abs(h[tt + n]) + Math.abs(h[tt + 2 * n + 1]);
    h11 = 0.75 * s + (atBottom ? h[ii] : h[tt]);
    h12 = -0.4375 * s;
    h21 = s;
    h22 = h11;
  }
  const s = Math.abs(h11) + Math.abs(h12) + Math.abs(h21) + Math.abs(h22);
  if (s === 0) {
    shifts.fill(0);
    return;
  }
  h11 /= s;
  h12 /= s;
  h21 /= s;
  h22 /= s;
  const centre = (h11 + h22) / 2;
  const determinant = (h11 - centre) * (h22 - centre) - h12 * h21;
  const root = Math.sqrt(Math.abs(determinant));
  if (determinant >= 0) {
    shifts[0] = shifts[2] = centre * s;
    shifts[1] = root * s;
    shifts[3] = -shifts[1];
    return;
  }
  const a = centre + root;
  const b = centre - root;
  shifts[0] = shifts[2] = (Math.abs(a - h22) <= Math.abs(b - h22) ? a : b) * s;
  shifts[1] = shifts[3] = 0;
}

/** The row where the sweep may start (two small subdiagonals in a row let it start late), and its first column. */
function startOfSweep(n: number, h: Float64Array, top: number, i: number, sweep: Sweep): number {
  const [r1, i1, r2, i2] = sweep.shifts;
  const start = sweep.start;
  let m = i - 2;
  for (; ; m--) {
    const mm = m * n + m;
    const h11 = h[mm];
    const h22 = h[mm + n + 1];
    const below = h[mm + n];
    let s = Math.abs(h11 - r2) + Math.abs(i2) + Math.abs(below);
    const b = below / s;
    let x = b * h[mm + 1] + (h11 - r1) * ((h11 - r2) / s) - i1 * (i2 / s);
    let y = b * (h11 + h22 - r1 - r2);
    let z = b * h[mm + 2 * n + 1];
    s = Math.abs(x) + Math.abs(y) + Math.abs(z);
    x /= s;
    y /= s;
    z /= s;
    start[0] = x;
    start[1] = y;
    start[2] = z;
    if (m === top) break;
    const neighbours = Math.abs(h[mm - n - 1]) + Math.abs(h11) + Math.abs(h22);
    if (Math.abs(h[mm - 1]) * (Math.abs(y) + Math.abs(z)) <= ulp * Math.abs(x) * neighbours) break;
  }
  return m;
}

/** Chases the bulge from row m to row i of the active block [top, i]. */
function runSweep(
  n: number,
  h: Float64Array,
  q: Float64Array | undefined,
  low: number,
  high: number,
  top: number,
  m: number,
  i: number,
  sweep: Sweep,
): void {
  const { t1, t2, t3, v2, v3, start } = sweep;
  const end = q ? n : i + 1;
  for (let k = m; k < i; k++) {
    const three = k < i - 1;
    const kk = k * n + k;
    let x = start[0];
    let y = start[1];
    let z = three ? start[2] : 0;
    if (k > m) {
      x = h[kk - 1];
      y = h[kk + n - 1];
      z = three ? h[kk + 2 * n - 1] : 0;
    }
    // Householder reflection of (x, y, z) onto its first entry.
    const scale = Math.abs(x) + Math.abs(y) + Math.abs(z);
    let tau = 0;
    let a = 0;
    let b = 0;
    if (y !== 0 || z !== 0) {
      const xs = x / scale;
      const ys = y / scale;
      const zs = z / scale;
      const norm = Math.sqrt(xs * xs + ys * ys + zs * zs);
      const beta = xs > 0 ? -norm : norm;
      tau = (beta - xs) / beta;
      a = ys / (xs - beta);
      b = zs / (xs - beta);
      x = beta * scale;
    }
    if (k > m) {
      h[kk - 1] = x;
      h[kk + n - 1] = 0;
      if (three) h[kk + 2 * n - 1] = 0;
    } else if (m > top) {
      h[kk - 1] *= 1 - tau;
    }
    const ta = tau * a;
    const tb = tau * b;
    t1[k] = tau;
    t2[k] = ta;
    t3[k] = tb;
    v2[k] = a;
    v3[k] = b;
    const r0 = k * n;
    const r1 = r0 + n;
    if (three) {
      const r2 = r1 + n;
      for (let j = k; j < end; j++) {
        const h0 = h[r0 + j];
        const h1 = h[r1 + j];
        const h2 = h[r2 + j];
        const s = h0 + a * h1 + b * h2;
        h[r0 + j] = h0 - s * tau;
        h[r1 + j] = h1 - s * ta;
        h[r2 + j] = h2 - s * tb;
      }
      const last = Math.min(k + 3, i);
      for (let r = k + 1; r <= last; r++) {
        const at = r * n + k;
        const h0 = h[at];
        const h1 = h[at + 1];
        const h2 = h[at + 2];
        const s = h0 + a * h1 + b * h2;
        h[at] = h0 - s * tau;
        h[at + 1] = h1 - s * ta;
        h[at + 2] = h2 - s * tb;
      }
    } else {
      for (let j = k; j < end; j++) {
        const h0 = h[r0 + j];
        const h1 = h[r1 + j];
        const s = h0 + a * h1;
        h[r0 + j] = h0 - s * tau;
        h[r1 + j] = h1 - s * ta;
      }
      const h0 = h[r1 + k];
      const h1 = h[r1 + k + 1];
      const s = h0 + a * h1;
      h[r1 + k] = h0 - s * tau;
      h[r1 + k + 1] = h1 - s * ta;
    }
  }
  // What the right-hand side still owes: rows above the sweep all of it, row r inside it from reflection r on.
  const above = q ? 0 : top;
  reflectRows(n, h, above, m, m, i, sweep);
  for (let r = m; r < i; r += 2) {
    const at = r * n + r;
    if (r + 1 === i) {
      reflectRows(n, h, r, r + 1, r, i, sweep);
      break;
    }
    const s = h[at] + v2[r] * h[at + 1] + v3[r] * h[at + 2];
    h[at] -= s * t1[r];
    h[at + 1] -= s * t2[r];
    h[at + 2] -= s * t3[r];
    reflectRows(n, h, r, r + 2, r + 1, i, sweep);
  }
  if (q) reflectRows(n, q, low, high + 1, m, i, sweep);
}

/** Rows [from, to) times reflections first .. i - 1, two rows at a time, each walked once from left to right. */
function reflectRows(
  n: number,
  x: Float64Array,
  from: number,
  to: number,
  first: number,
  i: number,
  sweep: Sweep,
): void {
  const { t1, t2, t3, v2, v3 } = sweep;
  let r = from;
  for (; r + 1 < to; r += 2) {
    let p = r * n + first;
    let o = p + n;
    let p0 = x[p];
    let p1 = x[p + 1];
    let o0 = x[o];
    let o1 = x[o + 1];
    for (let k = first; k < i - 1; k++) {
      const a = v2[k];
      const b = v3[k];
      const c = t1[k];
      const d = t2[k];
      const e = t3[k];
      const p2 = x[p + 2];
      const o2 = x[o + 2];
      const s = p0 + b * p2 + a * p1;
      const u = o0 + b * o2 + a * o1;
      x[p++] = p0 - s * c;
      x[o++] = o0 - u * c;
      p0 = p1 - s * d;
      o0 = o1 - u * d;
      p1 = p2 - s * e;
      o1 = o2 - u * e;
    }
    const s = p0 + v2[i - 1] * p1;
    const u = o0 + v2[i - 1] * o1;
    x[p] = p0 - s * t1[i - 1];
    x[o] = o0 - u * t1[i - 1];
    x[p + 1] = p1 - s * t2[i - 1];
    x[o + 1] = o1 - u * t2[i - 1];
  }
  for (; r < to; r++) {
    let p = r * n + first;
    let p0 = x[p];
    let p1 = x[p + 1];
    for (let k = first; k < i - 1; k++) {
      const p2 = x[p + 2];
      const s = p0 + v3[k] * p2 + v2[k] * p1;
      x[p++] = p0 - s * t1[k];
      p0 = p1 - s * t2[k];
      p1 = p2 - s * t3[k];
    }
    const s = p0 + v2[i - 1] * p1;
    x[p] = p0 - s * t1[i - 1];
    x[p + 1] = p1 - s * t2[i - 1];
  }
}

/** Brings the block of rows i - 1, i to standard form by a rotation; stores its two eigenvalues. */
function standardise(
  n: number,
  h: Float64Array,
  q: Float64Array | undefined,
  i: number,
  real: Float64Array,
  imaginary: Float64Array,
): void {
  const r0 = (i - 1) * n;
  const r1 = i * n;
  const block = standardBlock(h[r0 + i - 1], h[r0 + i], h[r1 + i - 1], h[r1 + i]);
  h[r0 + i - 1] = block.a;
  h[r0 + i] = block.b;
  h[r1 + i - 1] = block.c;
  h[r1 + i] = block.d;
  real[i - 1] = block.a;
  real[i] = block.d;
  const beat = block.c === 0 ? 0 : Math.sqrt(Math.abs(block.b)) * Math.sqrt(Math.abs(block.c));
  imaginary[i - 1] = beat;
  imaginary[i] = -beat;
  if (block.c === 0) imaginary[i] = 0;
  if (!q) return;
  const { cosine, sine } = block;
  for (let j = i + 1; j < n; j++) {
    const x = h[r0 + j];
    const y = h[r1 + j];
    h[r0 + j] = cosine * x + sine * y;
    h[r1 + j] = cosine * y - sine * x;
  }
  rotateColumns(n, h, i - 1, i - 1, cosine, sine);
  rotateColumns(n, q, n, i - 1, cosine, sine);
}

/** Columns j and j + 1 of rows [0, rows) times the rotation. */
function rotateColumns(
  n: number,
  x: Float64Array,
  rows: number,
  j: number,
  cosine: number,
  sine: number,
): void {
  for (let r = 0; r < rows; r++) {
    const at = r * n + j;
    const x0 = x[at];
    const x1 = x[at + 1];
    x[at] = cosine * x0 + sine * x1;
    x[at + 1] = cosine * x1 - sine * x0;
  }
}

interface Block {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
  readonly cosine: number;
  readonly sine: number;
}

/**
 * The rotation that makes [[a, b], [c, d]] upper triangular (real eigenvalues) or gives it equal diagonal and
 * off-diagonals of opposite sign (a conjugate pair). Bai & Demmel 1993.
 */
export function standardBlock(a: number, b: number, c: number, d: number): Block {
  if (c === 0) return { a, b, c, d, cosine: 1, sine: 0 };
  if (b === 0) return { a: d, b: -c, c: 0, d: a, cosine: 0, sine: 1 };
  if (a === d && b > 0 !== c > 0) return { a, b, c, d, cosine: 1, sine: 0 };
  const difference = a - d;
  const half = difference / 2;
  const larger = Math.max(Math.abs(b), Math.abs(c));
  const smaller = Math.min(Math.abs(b), Math.abs(c)) * Math.sign(b) * Math.sign(c);
  const scale = Math.max(Math.abs(half), larger);
  const discriminant = (half / scale) * half + (larger / scale) * smaller;
  if (discriminant >= 4 * ulp * scale) {
    const z = half + (half < 0 ? -1 : 1) * Math.sqrt(scale) * Math.sqrt(discriminant);
    const tau = Math.hypot(c, z);
    return { a: d + z, b: b - c, c: 0, d: d - (larger / z) * smaller, cosine: z / tau, sine: c / tau };
  }
  // Conjugate, or real and nearly equal: make the diagonal equal.
  const sum = b + c;
  const tau = Math.hypot(sum, difference);
  let cosine = Math.sqrt((1 + Math.abs(sum) / tau) / 2);
  let sine = -(half / (tau * cosine)) * (sum < 0 ? -1 : 1);
  const aa = a * cosine + b * sine;
  const bb = b * cosine - a * sine;
  const cc = c * cosine + d * sine;
  const dd = d * cosine - c * sine;
  const mean = (aa * cosine + cc * sine + (dd * cosine - bb * sine)) / 2;
  let upper = bb * cosine + dd * sine;
  let lower = cc * cosine - aa * sine;
  if (lower === 0) return { a: mean, b: upper, c: 0, d: mean, cosine, sine };
  if (upper === 0) {
    upper = -lower;
    return { a: mean, b: upper, c: 0, d: mean, cosine: -sine, sine: cosine };
  }
  if (upper > 0 !== lower > 0) return { a: mean, b: upper, c: lower, d: mean, cosine, sine };
  // Same sign: two real eigenvalues after all.
  const rootUpper = Math.sqrt(Math.abs(upper));
  const rootLower = Math.sqrt(Math.abs(lower));
  const p = (lower < 0 ? -1 : 1) * rootUpper * rootLower;
  const t = 1 / Math.sqrt(Math.abs(upper + lower));
  const c1 = rootUpper * t;
  const s1 = rootLower * t;
  const turned = cosine * c1 - sine * s1;
  sine = cosine * s1 + sine * c1;
  cosine = turned;
  upper -= lower;
  lower = 0;
  return { a: mean + p, b: upper, c: lower, d: mean - p, cosine, sine };
}
