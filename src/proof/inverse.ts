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
  const inverse = new Float64Array(n * n);
  // Row i of the inverse solves A' x = e_i.
  for (let i = 0; i < n; i++) {
    const row = inverse.subarray(i * n, (i + 1) * n);
    row[i] = 1;
    defaultKernel.luSolve(n, lu, pivots, row, true);
  }
  return inverse.every(Number.isFinite) ? inverse : undefined;
}
