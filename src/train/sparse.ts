import { checkInteger, checkVector, describe, fail } from "../core/check.js";

/**
 * A square matrix by its non-zero entries, row by row (compressed sparse rows): row i holds the entries
 * `starts[i] .. starts[i + 1] - 1`, entry q the number `values[q]` in column `columns[q]`.
 */
export interface SparseMatrix {
  /** N; the matrix is N x N. */
  readonly size: number;
  /** N + 1 positions, rising from 0 to the number of entries. */
  readonly starts: Int32Array;
  /** Column of each entry, rising within a row. */
  readonly columns: Int32Array;
  readonly values: Float64Array;
}

/**
 * The non-zero entries of a square matrix.
 *
 * @param dense - N x N numbers, flat and row-major; copied
 * @returns Throws when the number of entries is not a square or one is not finite. O(N^2).
 *
 * @example
 * ```ts
 * toSparse([0, 2, 0, 3]).columns; // => [1, 1]
 * ```
 */
export function toSparse(dense: ArrayLike<number>): SparseMatrix {
  const size = Math.round(Math.sqrt(dense.length));
  if (size === 0 || size * size !== dense.length)
    fail("toSparse", `dense has ${dense.length} numbers, expected N x N`);
  const all = checkVector("toSparse", "dense", dense, size * size, "N x N");
  const count = all.reduce((n, v) => n + (v === 0 ? 0 : 1), 0);
  const starts = new Int32Array(size + 1);
  const columns = new Int32Array(count);
  const values = new Float64Array(count);
  let q = 0;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      const value = all[i * size + j];
      if (value === 0) continue;
      columns[q] = j;
      values[q++] = value;
    }
    starts[i + 1] = q;
  }
  return { size, starts, columns, values };
}

/** All N x N entries, row-major, times `factor`. O(N^2). */
export function toDense({ size, starts, columns, values }: SparseMatrix, factor = 1): Float64Array {
  const dense = new Float64Array(size * size);
  for (let i = 0; i < size; i++)
    for (let q = starts[i]; q < starts[i + 1]; q++) dense[i * size + columns[q]] += factor * values[q];
  return dense;
}

/** Whether two matrices have the same entries in the same places. */
export function sameMatrix(a: SparseMatrix, b: SparseMatrix): boolean {
  if (a === b) return true;
  return (
    a.size === b.size &&
    sameNumbers(a.starts, b.starts) &&
    sameNumbers(a.columns, b.columns) &&
    sameNumbers(a.values, b.values)
  );
}

/** Refuses a matrix whose parts do not fit together. */
export function checkSparse(where: string, name: string, matrix: SparseMatrix): void {
  if (typeof matrix !== "object" || matrix === null)
    fail(where, `${name} must be a sparse matrix (see toSparse), got ${describe(matrix)}`);
  const { size, starts, columns, values } = matrix;
  checkInteger(where, `${name}.size`, size, 1);
  const entries = checkVector(
    where,
    `${name}.values`,
    values,
    columns?.length,
    "one per column entry",
  ).length;
  if (!(starts instanceof Int32Array) || starts.length !== size + 1 || !(columns instanceof Int32Array))
    fail(where, `${name} needs starts and columns as Int32Arrays, starts of length ${size + 1} (N + 1)`);
  if (starts[0] !== 0 || starts[size] !== entries)
    fail(where, `${name}.starts runs from ${starts[0]} to ${starts[size]}, expected 0 to ${entries}`);
  for (let i = 0; i < size; i++) {
    if (starts[i + 1] < starts[i]) fail(where, `${name}.starts falls at ${i + 1}, expected it to rise`);
    for (let q = starts[i]; q < starts[i + 1]; q++)
      if (columns[q] < 0 || columns[q] >= size || (q > starts[i] && columns[q] <= columns[q - 1]))
        fail(where, `${name}.columns[${q}] is ${columns[q]}, expected rising columns in [0, ${size - 1}]`);
  }
}

function sameNumbers(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
