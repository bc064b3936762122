import type { Kernel } from "./kernel.js";

/** Rows solved one by one; the rest is matrix products. */
const block = 64;

/**
 * Solves `L L' X = B` in place for many right-hand sides; L lower triangular, n x n (from `kernel.cholesky`), B n x
 * `columns`, row-major. O(n^2 columns), nearly all of it in `gemm`.
 */
export function choleskySolveMany(
  kernel: Kernel,
  n: number,
  l: Float64Array,
  columns: number,
  b: Float64Array,
): void {
  const rows = (from: number, to: number) => b.subarray(from * columns, to * columns);
  for (let from = 0; from < n; from += block) {
    const to = Math.min(n, from + block);
    if (from > 0)
      kernel.gemm(
        false,
        false,
        to - from,
        columns,
        from,
        -1,
        panel(l, n, from, to, 0, from),
        b,
        1,
        rows(from, to),
      );
    for (let i = from; i < to; i++) {
      for (let k = from; k < i; k++) addRow(b, columns, i, -l[i * n + k], k);
      divideRow(b, columns, i, l[i * n + i]);
    }
  }
  for (let to = n; to > 0; to -= to % block || block) {
    const from = to - (to % block || block);
    if (to < n)
      kernel.gemm(
        true,
        false,
        to - from,
        columns,
        n - to,
        -1,
        panel(l, n, to, n, from, to),
        rows(to, n),
        1,
        rows(from, to),
      );
    for (let i = to - 1; i >= from; i--) {
      for (let k = i + 1; k < to; k++) addRow(b, columns, i, -l[k * n + i], k);
      divideRow(b, columns, i, l[i * n + i]);
    }
  }
}

/** A copy of rows [top, bottom) and columns [left, right) of an n x n matrix. */
function panel(a: Float64Array, n: number, top: number, bottom: number, left: number, right: number) {
  const out = new Float64Array((bottom - top) * (right - left));
  for (let i = top, at = 0; i < bottom; i++, at += right - left)
    out.set(a.subarray(i * n + left, i * n + right), at);
  return out;
}

function addRow(b: Float64Array, columns: number, to: number, factor: number, from: number): void {
  if (factor === 0) return;
  for (let c = 0, i = to * columns, k = from * columns; c < columns; c++, i++, k++) b[i] += factor * b[k];
}

function divideRow(b: Float64Array, columns: number, row: number, by: number): void {
  for (let c = 0, i = row * columns; c < columns; c++, i++) b[i] /= by;
}
