import type { Matrix } from "../../core/system.js";

/** How well items were decoded. */
export interface DecodingScores {
  /** Pearson's r of the true and the decoded number of the item: the study's capacity. 0 where one of them is constant. */
  readonly correlation: number;
  /** r^2. */
  readonly determination: number;
  /** Share of items named right. */
  readonly accuracy: number;
  /** Mutual information of true and named item in bits, less the bias of its estimate (Miller & Madow); 0 at the least. */
  readonly information: number;
  /** The same without correction: too high by about (K - 1)^2 / (2 T ln 2) bits. */
  readonly rawInformation: number;
  /** Mean squared error of the decoded number. */
  readonly meanSquaredError: number;
}

/** What needs no decoder. Errors are mean squared errors of the item's number over the same test samples. */
export interface DecodingBaselines {
  /** Always the mean of the training items. */
  readonly constantError: number;
  /** Always 0, as an untrained network would answer. */
  readonly zeroError: number;
  /** A random draw from the items: twice the variance. */
  readonly drawError: number;
  /** Share of the most frequent training item in the test. */
  readonly majorityAccuracy: number;
  /** 1 / K. */
  readonly chanceAccuracy: number;
}

/**
 * Scores of decoded items: `weights` holds, row by row, K numbers per sample; the item named is the one with the
 * largest, the number decoded is `numbers`. True items run from 1 to K. O(T K + K^2).
 */
export function scoresOf(
  truth: Int32Array,
  numbers: Float64Array,
  weights: Matrix,
  values: number,
): DecodingScores {
  const count = truth.length;
  const confusion = new Float64Array(values * values);
  let right = 0;
  let error = 0;
  for (let t = 0; t < count; t++) {
    let best = 0;
    for (let c = 1; c < values; c++) if (weights[t * values + c] > weights[t * values + best]) best = c;
    confusion[(truth[t] - 1) * values + best]++;
    if (best === truth[t] - 1) right++;
    error += (numbers[t] - truth[t]) ** 2;
  }
  const correlation = pearson(truth, numbers);
  return {
    correlation,
    determination: correlation * correlation,
    accuracy: right / count,
    ...informationOf(confusion, values, count),
    meanSquaredError: error / count,
  };
}

/** What a decoder is to be compared with. O(T). */
export function baselinesOf(training: Int32Array, test: Int32Array, values: number): DecodingBaselines {
  const mean = (of: Int32Array) => of.reduce((sum, v) => sum + v, 0) / of.length;
  const about = (centre: number) => test.reduce((sum, v) => sum + (v - centre) ** 2, 0) / test.length;
  const counts = new Int32Array(values + 1);
  for (const item of training) counts[item]++;
  const majority = counts.indexOf(Math.max(...counts));
  return {
    constantError: about(mean(training)),
    zeroError: about(0),
    drawError: 2 * about(mean(test)),
    majorityAccuracy: test.reduce((n, item) => n + (item === majority ? 1 : 0), 0) / test.length,
    chanceAccuracy: 1 / values,
  };
}

/** Pearson's correlation; 0 where one side is constant or not finite. O(T). */
export function pearson(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const count = a.length;
  let meanA = 0;
  let meanB = 0;
  for (let t = 0; t < count; t++) {
    meanA += a[t] / count;
    meanB += b[t] / count;
  }
  let ab = 0;
  let aa = 0;
  let bb = 0;
  for (let t = 0; t < count; t++) {
    ab += (a[t] - meanA) * (b[t] - meanB);
    aa += (a[t] - meanA) ** 2;
    bb += (b[t] - meanB) ** 2;
  }
  const r = ab / Math.sqrt(aa * bb);
  const tiny = count * Number.EPSILON;
  if (!Number.isFinite(r) || aa <= tiny * meanA * meanA || bb <= tiny * meanB * meanB) return 0;
  return Math.max(-1, Math.min(1, r));
}

/** Mutual information of a table of counts, in bits. */
function informationOf(counts: Float64Array, size: number, total: number) {
  const rows = new Float64Array(size);
  const columns = new Float64Array(size);
  for (let i = 0; i < size; i++)
    for (let j = 0; j < size; j++) {
      rows[i] += counts[i * size + j];
      columns[j] += counts[i * size + j];
    }
  let raw = 0;
  for (let i = 0; i < size; i++)
    for (let j = 0; j < size; j++) {
      const n = counts[i * size + j];
      if (n > 0) raw += (n / total) * Math.log2((n * total) / (rows[i] * columns[j]));
    }
  const used = (of: Float64Array) => of.reduce((n, v) => n + (v > 0 ? 1 : 0), 0);
  const cells = used(counts);
  // H(rows) + H(columns) - H(cells): each entropy is too low by (cells in use - 1) / (2 T).
  const bias = (cells - used(rows) - used(columns) + 1) / (2 * total * Math.LN2);
  return { information: Math.max(0, raw - bias), rawInformation: raw };
}
