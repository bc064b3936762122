import { evenRows } from "../analysis/evenRows.js";
import { symmetricEigen } from "../numeric/symmetricEigen.js";

/** Directions of the largest variance. */
export interface PrincipalAxes {
  /** Length D. */
  readonly mean: Float64Array;
  /** Unit vectors, by falling variance; each with its largest entry positive. */
  readonly vectors: readonly Float64Array[];
  /** Share of the variance along each. */
  readonly shares: readonly number[];
}

/** Rows looked at, at most; fewer where rows are long. */
const mostRows = 4096;
const mostOfLong = 512;

/**
 * The first `count` principal axes of rows of D numbers, from evenly chosen rows when there are many. Directions
 * without variance are left out. O(rows D^2 + D^3), or with rows in place of D where that is less.
 */
export function principalAxes(rows: Float64Array, d: number, count: number): PrincipalAxes {
  const chosen = evenRows(rows, d, d > mostOfLong ? mostOfLong : mostRows).slice();
  const n = chosen.length / d;
  const mean = new Float64Array(d);
  for (let k = 0; k < chosen.length; k++) mean[k % d] += chosen[k] / n;
  for (let k = 0; k < chosen.length; k++) chosen[k] -= mean[k % d];
  // Eigenvectors of X'X, or through those of XX' where these are smaller.
  const byRows = n < d;
  const size = byRows ? n : d;
  const matrix = new Float64Array(size * size);
  if (byRows) {
    for (let i = 0; i < n; i++)
      for (let j = 0; j <= i; j++) {
        let sum = 0;
        for (let k = 0; k < d; k++) sum += chosen[i * d + k] * chosen[j * d + k];
        matrix[i * n + j] = matrix[j * n + i] = sum;
      }
  } else {
    for (let r = 0; r < n; r++)
      for (let i = 0; i < d; i++) {
        const v = chosen[r * d + i];
        for (let j = 0; j <= i; j++) matrix[i * d + j] += v * chosen[r * d + j];
      }
    for (let i = 0; i < d; i++) for (let j = 0; j < i; j++) matrix[j * d + i] = matrix[i * d + j];
  }
  const { values, vectors } = symmetricEigen(size, matrix);
  const total = values.reduce((sum, v) => sum + Math.max(0, v), 0);
  const found: Float64Array[] = [];
  const shares: number[] = [];
  for (let k = size - 1; k >= 0 && found.length < count; k--) {
    if (!(values[k] > 1e-14 * total)) break;
    const axis = new Float64Array(d);
    for (let i = 0; i < size; i++) {
      const weight = vectors[i * size + k];
      if (byRows) for (let j = 0; j < d; j++) axis[j] += weight * chosen[i * d + j];
      else axis[i] = weight;
    }
    const largest = axis.reduce((best, v) => (Math.abs(v) > Math.abs(best) ? v : best), 0);
    const unit = Math.sign(largest) / Math.hypot(...axis);
    found.push(axis.map((v) => v * unit));
    shares.push(values[k] / total);
  }
  return { mean, vectors: found, shares };
}
