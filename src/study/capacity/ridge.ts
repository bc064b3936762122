import type { Matrix } from "../../core/system.js";
import { defaultKernel as kernel } from "../../numeric/defaultKernel.js";
import { type DecodingScores, scoresOf } from "./decodingScores.js";
import { penalisedSolve, type Recording, rowsOf } from "./recording.js";
import type { Part } from "./split.js";

/** What a ridge decoder made of one target. */
export interface RidgeDecoding {
  readonly scores: DecodingScores;
  /** Penalties chosen by validation, over the mean variance of a feature: for the item's number, and for naming it. */
  readonly numberPenalty: number;
  readonly namePenalty: number;
}

/** A linear readout: `means[c] + sum_i x_i weights[i K + c]` for each item value c. */
export interface LinearReadout {
  /** Features x K. */
  readonly weights: Matrix;
  readonly means: Float64Array;
}

/** log10 of the penalties tried first, over the mean variance of a feature. */
const coarse = [-9, -7, -5, -3, -1, 1];

/**
 * Ridge regression of every target on the features: one linear readout per item value (1 where the item is that value),
 * with an intercept. The item named is the one with the largest readout; the number decoded is the sum of value times
 * readout, which is the ridge regression of the number itself. Each of the two has its penalty chosen by its squared
 * error on the validation part, to the decade.
 *
 * `targets`: per target, one item 1 .. K per sample. All share one Gram matrix: O(n^3 / 3 + n^2 K targets) per penalty.
 */
export function ridge(recording: Recording, targets: readonly Int32Array[], values: number): RidgeDecoding[] {
  const { test } = recording.split;
  const fits = createFits(recording, targets, values);
  return targets.map((target, k) => {
    const number = fits.choose(k, numberError);
    const name = fits.choose(k, nameError);
    const truth = target.subarray(test.from, test.to);
    const readouts = part(fits.at(name)!.test, fits.columns, k, values);
    const numbers = numbersOf(part(fits.at(number)!.test, fits.columns, k, values), values);
    return {
      scores: scoresOf(truth, numbers, readouts, values),
      numberPenalty: 10 ** number,
      namePenalty: 10 ** name,
    };
  });
}

/** The ridge readout of one target, its penalty chosen for naming items. */
export function ridgeReadout(recording: Recording, target: Int32Array, values: number): LinearReadout {
  const fits = createFits(recording, [target], values);
  const { weights } = fits.at(fits.choose(0, nameError))!;
  return { weights, means: fits.means };
}

/** Fits of all targets by penalty, made when asked for. */
function createFits(recording: Recording, targets: readonly Int32Array[], values: number) {
  const { split, width, variance } = recording;
  const { validation, test } = split;
  const columns = targets.length * values;
  const { sums, means } = classSums(recording, targets, values);
  const judged = [validation, test].map((part) => rowsOf(recording.features, width, part));
  const made = new Map<number, { weights: Matrix; validation: Matrix; test: Matrix } | undefined>();
  const at = (exponent: number) => {
    if (!made.has(exponent)) made.set(exponent, solve(variance * 10 ** exponent));
    return made.get(exponent);
  };
  const solve = (penalty: number) => {
    const weights = width === 0 ? new Float64Array(0) : penalisedSolve(recording, penalty, columns, sums);
    if (weights === undefined) return undefined;
    const predict = (rows: Matrix, { from, to }: Part) => {
      const out = new Float64Array((to - from) * columns);
      for (let t = 0; t < to - from; t++) out.set(means, t * columns);
      kernel.gemm(false, false, to - from, columns, width, 1, rows, weights, 1, out);
      return out;
    };
    return { weights, validation: predict(judged[0], validation), test: predict(judged[1], test) };
  };
  return {
    columns,
    means,
    at,
    /** The exponent with the least error on the validation part: of the coarse ones, then of its neighbours. */
    choose(target: number, error: typeof numberError): number {
      const errorAt = (exponent: number) => {
        const there = at(exponent);
        return there
          ? error(there.validation, columns, target, values, targets[target], validation)
          : Infinity;
      };
      const best = coarse.reduce((a, b) => (errorAt(b) < errorAt(a) ? b : a), coarse[coarse.length - 1]);
      return [best - 1, best + 1].reduce((a, b) => (errorAt(b) < errorAt(a) ? b : a), best);
    },
  };
}

/** Covariances of the features with "the item is c", n x (targets K), and the share of each c in the training part. */
function classSums({ features, width, split }: Recording, targets: readonly Int32Array[], values: number) {
  const { from, to } = split.training;
  const columns = targets.length * values;
  const rows = new Float64Array(columns * width);
  const means = new Float64Array(columns);
  targets.forEach((target, k) => {
    for (let t = from; t < to; t++) {
      const column = k * values + target[t] - 1;
      means[column] += 1 / (to - from);
      const at = column * width;
      const source = t * width;
      for (let i = 0; i < width; i++) rows[at + i] += features[source + i];
    }
  });
  const sums = new Float64Array(columns * width);
  for (let c = 0; c < columns; c++)
    for (let i = 0; i < width; i++) sums[i * columns + c] = rows[c * width + i] / (to - from);
  return { sums, means };
}

/** The columns of one target. */
function part(all: Matrix, columns: number, target: number, values: number): Matrix {
  const count = all.length / columns;
  const out = new Float64Array(count * values);
  for (let t = 0; t < count; t++)
    out.set(all.subarray(t * columns + target * values, t * columns + (target + 1) * values), t * values);
  return out;
}

/** The item's number: the sum of value times readout. */
function numbersOf(readouts: Matrix, values: number): Float64Array {
  return Float64Array.from({ length: readouts.length / values }, (_, t) => {
    let sum = 0;
    for (let c = 0; c < values; c++) sum += (c + 1) * readouts[t * values + c];
    return sum;
  });
}

function numberError(
  all: Matrix,
  columns: number,
  target: number,
  values: number,
  truth: Int32Array,
  { from, to }: Part,
): number {
  let error = 0;
  for (let t = from; t < to; t++) {
    const at = (t - from) * columns + target * values;
    let number = 0;
    for (let c = 0; c < values; c++) number += (c + 1) * all[at + c];
    error += (number - truth[t]) ** 2;
  }
  return error;
}

function nameError(
  all: Matrix,
  columns: number,
  target: number,
  values: number,
  truth: Int32Array,
  { from, to }: Part,
): number {
  let error = 0;
  for (let t = from; t < to; t++) {
    const at = (t - from) * columns + target * values;
    for (let c = 0; c < values; c++) error += (all[at + c] - (truth[t] === c + 1 ? 1 : 0)) ** 2;
  }
  return error;
}
