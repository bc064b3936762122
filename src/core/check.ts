/**
 * Guards for the public doors. Each failure names the function, the argument, what was given and what
 * was expected, in one line.
 */

/** A wrong argument: the message says which, what it was, and what was expected. */
export class ArgumentError extends Error {
  override readonly name = "ArgumentError";
}

/** Rows as users write them: a flat row-major array, or one array per row. */
export type Rows = Float64Array | Float32Array | readonly ArrayLike<number>[];

/** Rows as the library uses them. */
export interface RowTable {
  readonly count: number;
  readonly width: number;
  /** `data[i * width + j]`: a fresh copy, never the caller's array. */
  readonly data: Float64Array;
}

/** Throws `where: message`. */
export function fail(where: string, message: string): never {
  throw new ArgumentError(`${where}: ${message}`);
}

/** A finite vector of the given length, copied. `meaning` says what the length is. */
export function checkVector(
  where: string,
  name: string,
  value: ArrayLike<number>,
  length: number,
  meaning: string,
): Float64Array {
  if (!isNumberArray(value)) fail(where, `${name} must be an array of numbers, got ${describe(value)}`);
  if (value.length !== length)
    fail(where, `${name} has length ${value.length}, expected ${length} (${meaning})`);
  const copy = Float64Array.from(value);
  const bad = copy.findIndex((v) => !Number.isFinite(v));
  if (bad >= 0) fail(where, `${name}[${bad}] is ${copy[bad]}, expected a finite number`);
  return copy;
}

/** Finite rows of the given width, copied into one row-major table. */
export function checkRows(where: string, name: string, rows: Rows, width: number, meaning: string): RowTable {
  if (rows instanceof Float64Array || rows instanceof Float32Array) {
    if (rows.length % width !== 0)
      fail(where, `${name} has ${rows.length} numbers, expected a multiple of ${width} (${meaning})`);
    return finiteTable(where, name, { count: rows.length / width, width, data: Float64Array.from(rows) });
  }
  if (!Array.isArray(rows)) fail(where, `${name} must be rows of numbers, got ${describe(rows)}`);
  const data = new Float64Array(rows.length * width);
  rows.forEach((row, i) => {
    if (!isNumberArray(row)) fail(where, `${name}[${i}] must be an array of numbers, got ${describe(row)}`);
    if (row.length !== width)
      fail(where, `${name} has rows of length ${row.length}, expected ${width} (${meaning})`);
    data.set(row, i * width);
  });
  return finiteTable(where, name, { count: rows.length, width, data });
}

/** A finite number within [lower, upper]. */
export function checkNumber(where: string, name: string, value: number, lower = -Infinity, upper = Infinity) {
  if (typeof value !== "number" || !Number.isFinite(value) || value < lower || value > upper)
    fail(where, `${name} is ${describe(value)}, expected a finite number${range(lower, upper)}`);
}

/** An integer within [lower, upper]. */
export function checkInteger(
  where: string,
  name: string,
  value: number,
  lower = -Infinity,
  upper = Infinity,
) {
  if (!Number.isInteger(value) || value < lower || value > upper)
    fail(where, `${name} is ${describe(value)}, expected an integer${range(lower, upper)}`);
}

/** One of the given names. */
export function checkOneOf(where: string, name: string, value: unknown, allowed: readonly string[]) {
  if (!allowed.includes(value as string))
    fail(where, `${name} is ${describe(value)}, expected one of ${allowed.join(", ")}`);
}

/** A short description of any value, for messages. */
export function describe(value: unknown): string {
  if (typeof value === "string")
    return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}...` : value);
  if (typeof value === "number" || typeof value === "boolean" || value == null) return String(value);
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (ArrayBuffer.isView(value)) return `a ${value.constructor.name}`;
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function isNumberArray(value: unknown): value is ArrayLike<number> {
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return true;
  return Array.isArray(value) && value.every((v) => typeof v === "number");
}

function finiteTable(where: string, name: string, table: RowTable): RowTable {
  const bad = table.data.findIndex((v) => !Number.isFinite(v));
  if (bad >= 0) {
    const [i, j] = [Math.floor(bad / table.width), bad % table.width];
    fail(where, `${name}[${i}][${j}] is ${table.data[bad]}, expected a finite number`);
  }
  return table;
}

function range(lower: number, upper: number): string {
  if (lower > -Infinity && upper < Infinity) return ` in [${lower}, ${upper}]`;
  if (lower > -Infinity) return ` of at least ${lower}`;
  if (upper < Infinity) return ` of at most ${upper}`;
  return "";
}
