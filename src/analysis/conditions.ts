import {
  checkInteger,
  checkRows,
  checkVector,
  describe,
  fail,
  type Rows,
  type RowTable,
} from "../core/check.js";
import type { DynamicalSystem, Vector } from "../core/system.js";

/** One held input and the starts that are searched under it. */
export interface Condition {
  /** Its number: given by the caller, or counted from 0 in order of first appearance. */
  readonly id: number;
  readonly input: Vector;
  /** Row numbers of the starts. */
  readonly starts: readonly number[];
}

/**
 * Starts sorted by the input they are searched under.
 *
 * `input` is one vector for all starts, or one row per start; `ids` names the condition of each start
 * (starts that share an id must share their input), otherwise equal inputs make one condition.
 */
export function groupByCondition(
  where: string,
  system: DynamicalSystem,
  starts: RowTable,
  input: ArrayLike<number> | Rows | undefined,
  ids: ArrayLike<number> | undefined,
): Condition[] {
  const inputs = inputRows(where, system, starts.count, input);
  const m = system.inputDimension;
  if (ids !== undefined) {
    if (ids === null || ids.length !== starts.count)
      fail(where, `conditions has length ${ids?.length}, expected ${starts.count} (one per start)`);
    for (let i = 0; i < ids.length; i++)
      checkInteger(where, `conditions[${i}]`, ids[i], -(2 ** 31), 2 ** 31 - 1);
  }
  const only = inputs.length === m ? inputs.join() : undefined;
  const byKey = new Map<string, { id: number; input: Vector; starts: number[] }>();
  for (let i = 0; i < starts.count; i++) {
    const row = only === undefined ? inputs.subarray(i * m, (i + 1) * m) : inputs;
    const key = ids === undefined ? (only ?? row.join()) : String(ids[i]);
    const known = byKey.get(key);
    if (known === undefined) {
      byKey.set(key, { id: ids === undefined ? byKey.size : ids[i], input: row.slice(), starts: [i] });
    } else {
      if (ids !== undefined && known.input.some((v, j) => v !== row[j]))
        fail(where, `conditions: starts of condition ${key} have different inputs, expected one input`);
      known.starts.push(i);
    }
  }
  return [...byKey.values()];
}

function inputRows(
  where: string,
  system: DynamicalSystem,
  count: number,
  input: ArrayLike<number> | Rows | undefined,
): Float64Array {
  const m = system.inputDimension;
  if (input === undefined) return new Float64Array(m);
  if (!Array.isArray(input) && !ArrayBuffer.isView(input))
    fail(where, `input must be an array of numbers or rows of them, got ${describe(input)}`);
  const oneVector = typeof (input as ArrayLike<unknown>)[0] === "number" || input.length === 0;
  if (oneVector && (input.length === m || m === 0 || input.length !== count * m))
    return checkVector(where, "input", input as ArrayLike<number>, m, "the system's inputDimension");
  const rows = checkRows(where, "input", input as Rows, m, "the system's inputDimension");
  if (rows.count !== count) fail(where, `input has ${rows.count} rows, expected ${count} (one per start)`);
  return rows.data;
}

/** The starts of one condition, flat. O(size). */
export function rowsOf(table: RowTable, rows: readonly number[]): Float64Array {
  const { width, data } = table;
  const out = new Float64Array(rows.length * width);
  for (const [i, row] of rows.entries()) out.set(data.subarray(row * width, (row + 1) * width), i * width);
  return out;
}
