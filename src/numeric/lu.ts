/**
 * LU factorisation with partial pivoting, `P A = L U`, in place on a row-major matrix.
 *
 * Right-looking and blocked: a panel of columns is factorised, the rows of U to its right are solved for,
 * and the trailing matrix is updated by one matrix product (Golub & Van Loan 2013, section 3.4).
 */
import type { MultiplyAdd } from "./gemm.js";

/** Columns of one panel. */
const panelWidth = 32;
/** Below this size the plain row-oriented loop is faster. */
const blockedFrom = 96;

/**
 * Factorises in place; see `Kernel.luFactor` for the layout. Returns the sign of the determinant, 0 when a
 * pivot column is exactly zero, NaN when an entry of A (or, after overflow, of U) is not finite.
 * `(2/3) n^3` operations.
 */
export function luFactor(multiplyAdd: MultiplyAdd, n: number, a: Float64Array, pivots: Int32Array): number {
  let poison = 0; // 0 * x is 0 for a finite x, NaN otherwise
  for (let i = 0; i < n * n; i++) poison += 0 * a[i];
  if (poison !== 0) return Number.NaN;
  let sign = 1;
  const step = n < blockedFrom ? n : panelWidth;
  for (let start = 0; start < n; start += step) {
    const end = Math.min(start + step, n);
    sign *= factorPanel(n, a, pivots, start, end);
    if (end === n) break;
    solvePanelRows(n, a, start, end);
    const rest = n - end;
    const below = end * n;
    multiplyAdd(
      rest,
      rest,
      end - start,
      -1,
      a,
      below + start,
      n,
      1,
      a,
      start * n + end,
      n,
      1,
      a,
      below + end,
      n,
    );
  }
  for (let i = 0; i < n; i++) if (!Number.isFinite(a[i * n + i])) return Number.NaN;
  return sign === 0 ? 0 : sign; // never -0
}

/** Eliminates columns [start, end) over all rows below; swaps whole rows. Returns the sign of its pivots. */
function factorPanel(n: number, a: Float64Array, pivots: Int32Array, start: number, end: number): number {
  let sign = 1;
  for (let s = start; s < end; s += 4) {
    const e = Math.min(s + 4, end);
    sign *= factorColumns(n, a, pivots, s, e);
    if (e < end) updateByFour(n, a, s, end);
  }
  return sign;
}

/**
 * After columns s .. s + 3: solves for these four rows of U and subtracts their multiples from the rows
 * below, in columns [s + 4, end). Four at once, so that an entry of the matrix is loaded and stored once
 * for eight operations.
 */
function updateByFour(n: number, a: Float64Array, s: number, end: number): void {
  const u0 = s * n;
  const u1 = u0 + n;
  const u2 = u1 + n;
  const u3 = u2 + n;
  const l10 = a[u1 + s];
  const l20 = a[u2 + s];
  const l21 = a[u2 + s + 1];
  const l30 = a[u3 + s];
  const l31 = a[u3 + s + 1];
  const l32 = a[u3 + s + 2];
  const first = s + 4;
  for (let k = first; k < end; k++) {
    const x0 = a[u0 + k];
    const x1 = a[u1 + k] - l10 * x0;
    const x2 = a[u2 + k] - l20 * x0 - l21 * x1;
    a[u1 + k] = x1;
    a[u2 + k] = x2;
    a[u3 + k] -= l30 * x0 + l31 * x1 + l32 * x2;
  }
  let i = first;
  for (; i + 2 <= n; i += 2) {
    const r = i * n;
    const t = r + n;
    const a0 = a[r + s];
    const a1 = a[r + s + 1];
    const a2 = a[r + s + 2];
    const a3 = a[r + s + 3];
    const b0 = a[t + s];
    const b1 = a[t + s + 1];
    const b2 = a[t + s + 2];
    const b3 = a[t + s + 3];
    for (let k = first; k < end; k++) {
      const x0 = a[u0 + k];
      const x1 = a[u1 + k];
      const x2 = a[u2 + k];
      const x3 = a[u3 + k];
      a[r + k] -= a0 * x0 + a1 * x1 + a2 * x2 + a3 * x3;
      a[t + k] -= b0 * x0 + b1 * x1 + b2 * x2 + b3 * x3;
    }
  }
  if (i < n) {
    const r = i * n;
    const a0 = a[r + s];
    const a1 = a[r + s + 1];
    const a2 = a[r + s + 2];
    const a3 = a[r + s + 3];
    for (let k = first; k < end; k++)
      a[r + k] -= a0 * a[u0 + k] + a1 * a[u1 + k] + a2 * a[u2 + k] + a3 * a[u3 + k];
  }
}

/** Eliminates columns [start, end), at most four, within themselves. */
function factorColumns(n: number, a: Float64Array, pivots: Int32Array, start: number, end: number): number {
  let sign = 1;
  for (let j = start; j < end; j++) {
    const rowJ = j * n;
    let pivotRow = j;
    let largest = Math.abs(a[rowJ + j]);
    for (let i = j + 1; i < n; i++) {
      const size = Math.abs(a[i * n + j]);
      if (size > largest) {
        largest = size;
        pivotRow = i;
      }
    }
    pivots[j] = pivotRow;
    if (largest === 0) {
      sign = 0;
      continue;
    }
    if (pivotRow !== j) {
      const rowP = pivotRow * n;
      for (let k = 0; k < n; k++) {
        const t = a[rowJ + k];
        a[rowJ + k] = a[rowP + k];
        a[rowP + k] = t;
      }
      sign = -sign;
    }
    const pivot = a[rowJ + j];
    if (pivot < 0) sign = -sign;
    eliminate(n, a, j, end, pivot);
  }
  return sign;
}

/** Subtracts multiples of row j from the rows below, columns (j, end); keeps the multipliers in column j. */
function eliminate(n: number, a: Float64Array, j: number, end: number, pivot: number): void {
  const rowJ = j * n;
  let i = j + 1;
  for (; i + 2 <= n; i += 2) {
    const r0 = i * n;
    const r1 = r0 + n;
    const l0 = a[r0 + j] / pivot;
    const l1 = a[r1 + j] / pivot;
    a[r0 + j] = l0;
    a[r1 + j] = l1;
    for (let k = j + 1; k < end; k++) {
      const u = a[rowJ + k];
      a[r0 + k] -= l0 * u;
      a[r1 + k] -= l1 * u;
    }
  }
  if (i < n) {
    const r0 = i * n;
    const l0 = a[r0 + j] / pivot;
    a[r0 + j] = l0;
    for (let k = j + 1; k < end; k++) a[r0 + k] -= l0 * a[rowJ + k];
  }
}

/** Rows [start, end) of U to the right of the panel: unit lower triangular solve, row by row. */
function solvePanelRows(n: number, a: Float64Array, start: number, end: number): void {
  for (let i = start + 1; i < end; i++) {
    const rowI = i * n;
    let p = start;
    for (; p + 2 <= i; p += 2) {
      const l0 = a[rowI + p];
      const l1 = a[rowI + p + 1];
      const r0 = p * n;
      const r1 = r0 + n;
      for (let k = end; k < n; k++) a[rowI + k] -= l0 * a[r0 + k] + l1 * a[r1 + k];
    }
    if (p < i) {
      const l0 = a[rowI + p];
      const r0 = p * n;
      for (let k = end; k < n; k++) a[rowI + k] -= l0 * a[r0 + k];
    }
  }
}

/** Solves `A x = b`, or `A' x = b`, in place from {@link luFactor}; `2 n^2` operations. */
export function luSolve(
  n: number,
  lu: Float64Array,
  pivots: Int32Array,
  b: Float64Array,
  transpose = false,
): void {
  if (transpose) {
    for (let i = 0; i < n; i++) {
      const row = i * n;
      const x = (b[i] /= lu[row + i]);
      for (let k = i + 1; k < n; k++) b[k] -= lu[row + k] * x;
    }
    for (let i = n - 1; i > 0; i--) {
      const row = i * n;
      const x = b[i];
      for (let k = 0; k < i; k++) b[k] -= lu[row + k] * x;
    }
    for (let i = n - 1; i >= 0; i--) swap(b, i, pivots[i]);
    return;
  }
  for (let i = 0; i < n; i++) swap(b, i, pivots[i]);
  for (let i = 0; i < n; i += 4) {
    const end = Math.min(i + 4, n);
    subtractRows(n, lu, b, i, end, 0, i);
    for (let j = i + 1; j < end; j++) for (let k = i; k < j; k++) b[j] -= lu[j * n + k] * b[k];
  }
  for (let i = (n - 1) & ~3; i >= 0; i -= 4) {
    const end = Math.min(i + 4, n);
    subtractRows(n, lu, b, i, end, end, n);
    for (let j = end - 1; j >= i; j--) {
      for (let k = j + 1; k < end; k++) b[j] -= lu[j * n + k] * b[k];
      b[j] /= lu[j * n + j];
    }
  }
}

/** `b_i -= lu[i, from .. to) . b` for rows i to `end`; four at once where there are four: one sum alone waits for each addition. */
function subtractRows(
  n: number,
  lu: Float64Array,
  b: Float64Array,
  i: number,
  end: number,
  from: number,
  to: number,
): void {
  if (end < i + 4) {
    for (; i < end; i++) for (let k = from; k < to; k++) b[i] -= lu[i * n + k] * b[k];
    return;
  }
  let p = i * n + from;
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  for (let k = from; k < to; k++, p++) {
    const x = b[k];
    s0 += lu[p] * x;
    s1 += lu[p + n] * x;
    s2 += lu[p + 2 * n] * x;
    s3 += lu[p + 3 * n] * x;
  }
  b[i] -= s0;
  b[i + 1] -= s1;
  b[i + 2] -= s2;
  b[i + 3] -= s3;
}

function swap(b: Float64Array, i: number, j: number): void {
  const t = b[i];
  b[i] = b[j];
  b[j] = t;
}
