import { checkInteger, checkRows, fail, type Rows } from "../../core/check.js";
import { resolveOptions } from "../../core/defaults.js";
import { defaultKernel as kernel } from "../../numeric/defaultKernel.js";

/** Options of {@link participationRatio}. */
export interface ParticipationRatioOptions {
  /** D, for a flat array of states, which does not tell. @defaultValue the length of the first row */
  readonly dimension?: number;
}

/** How many directions a cloud of states fills. */
export interface ParticipationRatioReport {
  /** "constant": all states are the same; the ratio is then 0. */
  readonly status: "ok" | "constant";
  /** 1 for a line, D for a cloud that is as wide in every direction. */
  readonly participationRatio: number;
  /** Sum of the variances of all state variables. */
  readonly variance: number;
  readonly samples: number;
  readonly dimension: number;
}

/**
 * Participation ratio: the effective number of dimensions that states fill, `(sum l_i)^2 / sum l_i^2` with l_i the
 * eigenvalues of their covariance. No threshold, and no eigenvalues needed: it is `tr(C)^2 / |C|_F^2`.
 *
 * With T samples it is at most T - 1, and too low while T is not much larger than the ratio. No rows, rows of unequal
 * length, or numbers that are not finite throw. Cost: O(T D min(T, D)).
 *
 * Source: the measure of localisation of Bell & Dean (1970); for neural dimensionality, Gao et al. (2017), bioRxiv 214262.
 *
 * @param states - T x D rows, or flat row-major with `dimension`
 *
 * @example
 * ```ts
 * participationRatio([[1, 0], [-1, 0], [0, 1], [0, -1]]).participationRatio; // => 2
 * ```
 */
export function participationRatio(
  states: Rows,
  options: ParticipationRatioOptions = {},
): ParticipationRatioReport {
  const where = "participationRatio";
  const { dimension } = resolveOptions(where, { dimension: undefined as number | undefined }, options);
  const first = Array.isArray(states) ? states[0]?.length : undefined;
  const d = dimension ?? first;
  if (d === undefined) fail(where, "dimension is not given, expected it for states in a flat array");
  checkInteger(where, "dimension", d, 1);
  const { count, data } = checkRows(where, "states", states, d, "the dimension");
  if (count === 0) fail(where, "states is empty, expected at least one row");

  let variance = 0;
  let size = 0;
  for (let i = 0; i < d; i++) {
    let mean = data[i];
    for (let t = 0; t < count; t++) mean += (data[t * d + i] - data[i]) / count;
    for (let t = 0; t < count; t++) {
      size = Math.max(size, Math.abs(data[t * d + i]));
      data[t * d + i] -= mean;
      variance += data[t * d + i] ** 2 / count;
    }
  }
  const report = { variance, samples: count, dimension: d };
  if (!(Math.sqrt(variance) > 16 * Number.EPSILON * size))
    return { status: "constant", participationRatio: 0, ...report };
  // Of the covariance X'X / T or of X X' / T, whichever is smaller: their eigenvalues are the same.
  const n = Math.min(count, d);
  const gram = new Float64Array(n * n);
  if (d <= count) kernel.gemm(true, false, d, d, count, 1 / count, data, data, 0, gram);
  else kernel.gemm(false, true, count, count, d, 1 / count, data, data, 0, gram);
  let square = 0;
  for (const x of gram) square += (x / variance) ** 2;
  return { status: "ok", participationRatio: 1 / square, ...report };
}
