import { checkRows, checkVector, fail, type Rows } from "../../core/check.js";

/** States recorded elsewhere, T x D, and the T inputs of one channel that drove them. */
export function checkRecording(where: string, states: Rows, inputs: ArrayLike<number>) {
  const recorded = inputs?.length ?? 0;
  if (recorded === 0) fail(where, "inputs is empty, expected one number per state");
  const series = checkVector(where, "inputs", inputs, recorded, "its own length");
  const width = ArrayBuffer.isView(states)
    ? states.length / recorded
    : Array.isArray(states) && states.length > 0
      ? (states[0]?.length ?? 0)
      : 0;
  if (!(Number.isInteger(width) && width >= 1))
    fail(where, `states does not fill ${recorded} rows (one per input) of equal length`);
  const table = checkRows(where, "states", states, width, "the length of the first row");
  if (table.count !== recorded)
    fail(where, `states has ${table.count} rows, expected ${recorded} (one per input)`);
  return { dimension: width, recorded, states: table.data, series };
}
