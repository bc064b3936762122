import { defaultKernel } from "./defaultKernel.js";

/**
 * Sign of the determinant of an n x n matrix: +1, -1, or 0 when it is singular to working precision, NaN when an
 * entry is not finite.
 *
 * Rows and columns are scaled by powers of two first (the sign does not see it); singular means that the reciprocal
 * condition number in the 1-norm, estimated by Hager's method (1984; Higham 1988), is below n times the
 * rounding unit: then a matrix equal up to rounding has determinant zero. `(2/3) n^3` operations.
 *
 * @example
 * ```ts
 * determinantSign(2, Float64Array.of(0, 1, 1, 0)); // => -1
 * ```
 */
export function determinantSign(n: number, a: Float64Array): number {
  if (n === 0) return 1;
  const lu = a.slice(0, n * n);
  if (!lu.every(Number.isFinite)) return Number.NaN;
  equilibrate(n, lu, n, 1);
  equilibrate(n, lu, 1, n);
  const norm = oneNorm(n, lu);
  const pivots = new Int32Array(n);
  const sign = defaultKernel.luFactor(n, lu, pivots);
  if (sign === 0 || Number.isNaN(sign)) return sign;
  const reciprocalCondition = 1 / (norm * inverseOneNorm(n, lu, pivots));
  return reciprocalCondition > n * Number.EPSILON ? sign : 0;
}

/** Scales every line (entries `inner` apart, lines `outer` apart) to a largest entry in [1, 2). */
function equilibrate(n: number, a: Float64Array, outer: number, inner: number): void {
  for (let i = 0; i < n; i++) {
    let largest = 0;
    for (let j = 0; j < n; j++) largest = Math.max(largest, Math.abs(a[i * outer + j * inner]));
    if (largest === 0) continue;
    const k = -Math.floor(Math.log2(largest));
    const half = 2 ** Math.trunc(k / 2);
    const rest = 2 ** (k - Math.trunc(k / 2));
    for (let j = 0; j < n; j++) a[i * outer + j * inner] = a[i * outer + j * inner] * half * rest;
  }
}

function oneNorm(n: number, a: Float64Array): number {
  let largest = 0;
  for (let j = 0; j < n; j++) {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += Math.abs(a[i * n + j]);
    if (sum > largest) largest = sum;
  }
  return largest;
}

/** Hager's lower estimate of the 1-norm of the inverse: climbs to the best column, at most five solves each way. */
function inverseOneNorm(n: number, lu: Float64Array, pivots: Int32Array): number {
  const x = new Float64Array(n).fill(1 / n);
  let estimate = 0;
  for (let round = 0; round < 5; round++) {
    defaultKernel.luSolve(n, lu, pivots, x);
    let size = 0;
    for (let i = 0; i < n; i++) size += Math.abs(x[i]);
    if (!(size > estimate)) return Number.isNaN(size) ? Infinity : estimate;
    estimate = size;
    for (let i = 0; i < n; i++) x[i] = x[i] < 0 ? -1 : 1;
    defaultKernel.luSolve(n, lu, pivots, x, true);
    let best = 0;
    for (let i = 1; i < n; i++) if (Math.abs(x[i]) > Math.abs(x[best])) best = i;
    x.fill(0);
    x[best] = 1;
  }
  return estimate;
}
