import type { Vector } from "../core/system.js";

/** Row i of a row-major table of width n, as a view. */
export function rowOf(table: Float64Array, i: number, n: number): Vector {
  return table.subarray(i * n, (i + 1) * n);
}

/** Every row of a row-major table of width n as the start of a descent. */
export function descents(table: Float64Array, n: number): { x: Vector }[] {
  return Array.from({ length: table.length / n }, (_, i) => ({ x: table.slice(i * n, (i + 1) * n) }));
}

/** The rows of a row-major table of width n, `size` at a time, copied. */
export function rowGroups(table: Float64Array, n: number, size: number): Float64Array[] {
  return Array.from({ length: Math.ceil(table.length / (n * size)) }, (_, g) =>
    table.slice(g * size * n, (g + 1) * size * n),
  );
}

/** Euclidean norm. */
export function norm2(x: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i] * x[i];
  return Math.sqrt(sum);
}

/** a - b. */
export function difference(a: ArrayLike<number>, b: ArrayLike<number>): Float64Array {
  return Float64Array.from({ length: a.length }, (_, i) => a[i] - b[i]);
}
