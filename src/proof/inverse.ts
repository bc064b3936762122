import type { Matrix } from "../core/system.js";
import { defaultKernel } from "../numeric/defaultKernel.js";

/**
 * An approximate inverse, n x n: a preconditioner, nothing is claimed of it. Where A is singular to working
 * precision its diagonal is moved by 1e-12 of its size first. O(n^3); undefined for a matrix that is not finite.
 */
export function approximateInverse(n: number, a: Matrix): Matrix | undefined {
  const pivots = new Int32Array(n);
  const lu = a.slice();
  let sign = defaultKernel.luFactor(n, lu, pivots);
  if (sign === 0) {
    lu.set(a);
    const size = a.reduce((most, v) => Math.max(most, Math.abs(v)), 0) || 1;
    for (let i = 0; i < n; i++) lu[i * n + i] += 1e-12 * size;
    sign = defaultKernel.luFactor(n, lu, pivots);
  }
  if (!(Math.abs(sign) === 1)) return undefined;
  // All columns at once, by whole rows: P, then L, then U.
  const inverse = new Float64Array(n * n);
  const order = Int32Array.from({ length: n }, (_, i) => i);
  for (let i = 0; i < n; i++) {
    const held = order[i];
    order[i] = order[pivots[i]];
    order[pivots[i]] = held;
  }
  for (let i = 0; i < n; i++) inverse[i * n + order[i]] = 1;
  for (let i = 1; i < n; i++) for (let k = 0; k < i; k++) subtractRow(n, inverse, i, lu[i * n + k], k);
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) subtractRow(n, inverse, i, lu[i * n + k], k);
    const scale = 1 / lu[i * n + i];
    for (let p = i * n; p < (i + 1) * n; p++) inverse[p] *= scale;
  }
  return inverse.every(Number.isFinite) ? inverse : undefined;
}

/** Row i less f times row k. */
function subtractRow(n: number, a: Matrix, i: number, f: number, k: number) {
  if (f === 0) return;
  for (let p = i * n, q = k * n, end = p + n; p < end; p++, q++) a[p] -= f * a[q];
}
