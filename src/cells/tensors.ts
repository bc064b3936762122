import { checkVector, describe, fail } from "../core/check.js";
import type { Matrix, Vector } from "../core/system.js";
import type { MatrixLike, VectorLike } from "./spec.js";

const where = "buildCell";

/** A matrix with its shape. */
export interface Tensor {
  readonly rows: number;
  readonly columns: number;
  readonly data: Matrix;
}

/**
 * A finite matrix from rows or from one flat row-major array, copied.
 *
 * A number as `rows` or `columns` is demanded; `undefined` is taken from the value. `meaning` names the
 * expected shape in letters, e.g. "3N x M".
 */
export function readMatrix(
  name: string,
  value: MatrixLike,
  rows: number | undefined,
  columns: number | undefined,
  meaning: string,
): Tensor {
  const shape = shapeOf(name, value);
  const wanted = `${rows ?? meaning.split(" x ")[0]} x ${columns ?? meaning.split(" x ")[1]} (${meaning})`;
  let tensor: Tensor;
  if ("rows" in shape) {
    if ((rows ?? shape.rows) !== shape.rows || (columns ?? shape.columns) !== shape.columns)
      fail(where, `${name} has ${shape.rows} x ${shape.columns} numbers, expected ${wanted}`);
    tensor = { rows: shape.rows, columns: shape.columns, data: flatten(name, value, shape.columns) };
  } else {
    const r = rows ?? shape.length / columns!;
    const c = columns ?? shape.length / r;
    if (!Number.isInteger(r) || !Number.isInteger(c) || r * c !== shape.length)
      fail(where, `${name} has ${shape.length} numbers, expected ${wanted}`);
    tensor = { rows: r, columns: c, data: Float64Array.from(value as ArrayLike<number>) };
  }
  checkFinite(name, tensor);
  return tensor;
}

/** The recurrent matrix of `blocks` gates, `blocks N x N`; N is read off its shape. */
export function readRecurrent(name: string, value: MatrixLike, blocks: number): Tensor {
  const letters = blocks === 1 ? "N x N" : `${blocks}N x N`;
  const shape = shapeOf(name, value);
  let units: number;
  if ("rows" in shape) {
    units = shape.columns;
  } else {
    units = Math.round(Math.sqrt(shape.length / blocks));
    if (blocks * units * units !== shape.length)
      fail(where, `${name} has ${shape.length} numbers, expected ${letters} for a whole N`);
  }
  if (units === 0) fail(where, `${name} is empty, expected ${letters} with N at least 1`);
  return readMatrix(name, value, blocks * units, units, letters);
}

/** The input matrix, `rows x M`; absent: M = 0. */
export function readInput(name: string, value: MatrixLike | undefined, rows: number, meaning: string) {
  if (value === undefined) return { rows, columns: 0, data: new Float64Array(0) } satisfies Tensor;
  return readMatrix(name, value, rows, undefined, meaning);
}

/** A finite vector, copied; `undefined` stays so. */
export function readOptionalVector(
  name: string,
  value: VectorLike | undefined,
  length: number,
  meaning: string,
): Vector | undefined {
  return value === undefined ? undefined : checkVector(where, name, value, length, meaning);
}

/** Refuses fields the description does not have, so that a misspelt tensor is never silently zero. */
export function checkFields(label: string, spec: object, known: readonly string[]): void {
  for (const field of Object.keys(spec))
    if (!known.includes(field))
      fail(
        where,
        `${label} has the unknown field ${JSON.stringify(field)}, expected some of ${known.join(", ")}`,
      );
}

/** An object without its `undefined` fields, as JSON would keep it. */
export function compact<T extends object>(value: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as T;
}

type Shape = { readonly rows: number; readonly columns: number } | { readonly length: number };

function shapeOf(name: string, value: MatrixLike): Shape {
  if (isRow(value) && !(Array.isArray(value) && isRow(value[0]))) return { length: value.length };
  if (!Array.isArray(value)) fail(where, `${name} must be a matrix of numbers, got ${describe(value)}`);
  const rows = value as readonly ArrayLike<number>[];
  const columns = rows[0].length;
  rows.forEach((row, i) => {
    if (!isRow(row)) fail(where, `${name}[${i}] must be a row of numbers, got ${describe(row)}`);
    if (row.length !== columns)
      fail(where, `${name} has rows of length ${columns} and ${row.length} (row ${i}), expected equal rows`);
  });
  return { rows: rows.length, columns };
}

function isRow(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

function flatten(name: string, value: MatrixLike, columns: number): Matrix {
  const rows = value as readonly ArrayLike<number>[];
  const data = new Float64Array(rows.length * columns);
  rows.forEach((row, i) => {
    for (let j = 0; j < columns; j++) data[i * columns + j] = toNumber(`${name}[${i}][${j}]`, row[j]);
  });
  return data;
}

function checkFinite(name: string, { columns, data }: Tensor): void {
  const bad = data.findIndex((v) => !Number.isFinite(v));
  if (bad < 0) return;
  const [i, j] = [Math.floor(bad / columns), bad % columns];
  fail(where, `${name}[${i}][${j}] is ${data[bad]}, expected a finite number`);
}

function toNumber(name: string, value: unknown): number {
  if (typeof value !== "number") fail(where, `${name} is ${describe(value)}, expected a finite number`);
  return value;
}
