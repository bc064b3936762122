import type { Activation } from "../../cells/activation.js";
import type { Kernel } from "../../numeric/kernel.js";

/** Views of equal parts of an array, `size` numbers each. */
export function parts(array: Float64Array, count: number, size: number): Float64Array[] {
  return Array.from({ length: count }, (_, i) => array.subarray(i * size, (i + 1) * size));
}

/** Every row of `out` becomes `row` (zeros when absent). */
export function fillRows(row: Float64Array | undefined, out: Float64Array): void {
  if (!row) {
    out.fill(0);
    return;
  }
  for (let p = 0; p < out.length; p += row.length) out.set(row, p);
}

/** `out += the sum of the rows of a`, rows as long as `out`. */
export function addRowSum(a: Float64Array, out: Float64Array): void {
  const n = out.length;
  for (let p = 0; p < a.length; p += n) for (let i = 0; i < n; i++) out[i] += a[p + i];
}

/** `out += x`. */
export function add(x: Float64Array, out: Float64Array): void {
  for (let p = 0; p < out.length; p++) out[p] += x[p];
}

/** `out *= phi'(a)`, elementwise, given `value = phi(a)`. */
export function timesSlope(phi: Activation, a: Float64Array, value: Float64Array, out: Float64Array): void {
  if (phi.name === "tanh") for (let p = 0; p < a.length; p++) out[p] *= 1 - value[p] * value[p];
  else for (let p = 0; p < a.length; p++) out[p] *= phi.slope(a[p], value[p]);
}

/**
 * `gradient += left' right`: what a matrix `A` in `left = right A'` gets, from the adjoint of `left`. One product
 * for all steps and trials: rows is T B.
 */
export function addOuter(
  kernel: Kernel,
  rows: number,
  left: Float64Array,
  leftWidth: number,
  right: Float64Array,
  rightWidth: number,
  gradient: Float64Array | undefined,
): void {
  if (!gradient || rightWidth === 0) return;
  kernel.gemm(true, false, leftWidth, rightWidth, rows, 1, left, right, 1, gradient);
}
