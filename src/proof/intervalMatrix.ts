import type { Matrix } from "../core/system.js";
import { defaultKernel } from "../numeric/defaultKernel.js";
import { gamma, inflation, tiny, unitRoundoff } from "./rounding.js";

/** A matrix known to lie entry by entry within `radius` of `centre`; row-major. */
export interface IntervalMatrix {
  readonly centre: Matrix;
  readonly radius: Matrix;
}

/**
 * `A B` for an exact A (rows x inner) and B (inner x columns) known within bounds: centre A B_c, radius
 * `|A| (B_r + gamma |B_c|)` enlarged for its own rounding: two matrix products on the kernel (Rump 1999, BIT 39:534).
 */
export function productBounds(
  rows: number,
  inner: number,
  columns: number,
  a: Matrix,
  b: IntervalMatrix,
): IntervalMatrix {
  const centre = new Float64Array(rows * columns);
  const radius = new Float64Array(rows * columns);
  const error = gamma(inner + 2);
  const reach = new Float64Array(inner * columns);
  for (let i = 0; i < reach.length; i++) reach[i] = b.radius[i] + error * Math.abs(b.centre[i]) + tiny;
  defaultKernel.gemm(false, false, rows, columns, inner, 1, a, b.centre, 0, centre);
  defaultKernel.gemm(false, false, rows, columns, inner, 1, a.map(Math.abs), reach, 0, radius);
  const grow = inflation(inner + 4);
  for (let i = 0; i < radius.length; i++) radius[i] = radius[i] * grow + (inner + 2) * tiny;
  return { centre, radius };
}

/** Adds B to A in place, entry by entry. */
export function addBounds(a: { centre: Matrix; radius: Matrix }, b: IntervalMatrix): void {
  for (let i = 0; i < a.centre.length; i++) {
    const c = a.centre[i] + b.centre[i];
    a.centre[i] = c;
    a.radius[i] = (a.radius[i] + b.radius[i] + unitRoundoff * Math.abs(c)) * (1 + 4 * Number.EPSILON) + tiny;
  }
}

/** A shift of one entry by a number known within a radius, in place. */
export function shiftEntry(
  a: { centre: Matrix; radius: Matrix },
  at: number,
  by: number,
  within: number,
): void {
  const c = a.centre[at] + by;
  a.centre[at] = c;
  a.radius[at] = (a.radius[at] + within + unitRoundoff * Math.abs(c)) * (1 + 4 * Number.EPSILON) + tiny;
}

/** The largest row sum of |A| over all members: an upper bound of the infinity norm. */
export function normBound(rows: number, columns: number, { centre, radius }: IntervalMatrix): number {
  let most = 0;
  for (let i = 0, p = 0; i < rows; i++) {
    let sum = 0;
    for (let j = 0; j < columns; j++, p++) sum += Math.abs(centre[p]) + radius[p];
    most = Math.max(most, sum); // NaN, an unknown entry, wins
  }
  return most * inflation(2 * columns);
}
