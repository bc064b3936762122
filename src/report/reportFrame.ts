import { checkInteger, checkRows, fail, type Rows } from "../core/check.js";
import { type PrincipalAxes, principalAxes } from "./principalAxes.js";

/** Principal axes of some states, to look along. */
export interface ReportFrame extends PrincipalAxes {
  /** Standard deviation of each state variable, length D. */
  readonly deviations: Float64Array;
}

/** Principal axes, at most. */
const most = 5;

/**
 * The principal axes of rows of states, as the option `frame` of {@link makeReportData} takes them: reports of one network
 * under several inputs, made with one frame, show the same places in the same place.
 *
 * `states`: rows of length `dimension`, of which up to 4096 are looked at. Throws only for wrong arguments.
 * O(rows D^2 + D^3). Source: principal component analysis, Pearson (1901).
 *
 * @example
 * const frame = reportFrame([[-2, 0], [2, 0], [0, 1], [0, -1]], 2);
 * frame.vectors[0]; // => [1, 0]
 * frame.shares; // => [0.8, 0.2]
 */
export function reportFrame(states: Rows, dimension: number): ReportFrame {
  const where = "reportFrame";
  checkInteger(where, "dimension", dimension, 1);
  const { data, count } = checkRows(where, "states", states, dimension, "the dimension");
  if (count === 0) fail(where, "states is empty, expected at least one row");
  return frameOf(data, dimension);
}

/** {@link reportFrame} of checked rows. */
export function frameOf(rows: Float64Array, d: number): ReportFrame {
  return { ...principalAxes(rows, d, most), deviations: spread(rows, d) };
}

/** Standard deviation of each column. */
function spread(rows: Float64Array, d: number): Float64Array {
  const n = rows.length / d;
  const mean = new Float64Array(d);
  const variance = new Float64Array(d);
  for (let k = 0; k < rows.length; k++) mean[k % d] += rows[k] / n;
  for (let k = 0; k < rows.length; k++) variance[k % d] += (rows[k] - mean[k % d]) ** 2 / n;
  return variance.map(Math.sqrt);
}
