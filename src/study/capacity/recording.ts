import { fail } from "../../core/check.js";
import type { Matrix, Vector } from "../../core/system.js";
import { choleskySolveMany } from "../../numeric/choleskySolveMany.js";
import { defaultKernel as kernel } from "../../numeric/defaultKernel.js";
import type { Part, Split } from "./split.js";

/** States of a network, ready for decoders: the features that vary, less their mean over the training part. */
export interface Recording {
  /** Samples x features. */
  readonly features: Matrix;
  readonly samples: number;
  readonly width: number;
  readonly split: Split;
  /** Features that are constant (to rounding) over the training part; they are left out. */
  readonly constant: number;
  /** Gram matrix of the training part over its samples, features x features. */
  readonly gram: Matrix;
  /** Mean variance of a feature. */
  readonly variance: number;
  /** (trace G)^2 / |G|^2: how many directions the features fill; 0 without features. */
  readonly participationRatio: number;
  /** Whether the Gram matrix has full rank to working precision. */
  readonly singular: boolean;
}

/** A feature whose variance is below this share of its mean square, or of the largest variance squared, is constant. */
const negligible = 1e-26;

/** A state above this cannot be decoded: fourth powers, which the participation ratio sums, overflow. */
export const largestState = 1e70;

/** Numbers of one recording: 4 GB. */
const mostNumbers = 2 ** 29;

/** Refuses a recording that no memory holds. */
export function checkRecording(where: string, samples: number, units: number): void {
  if (samples * units > mostNumbers)
    fail(
      where,
      `${samples} samples of ${units} units are ${samples * units} numbers, expected at most ${mostNumbers}`,
    );
}

/** Prepares samples x n states. O(training samples n^2). */
export function createRecording(states: Matrix, n: number, split: Split): Recording {
  const samples = states.length / n;
  const { training } = split;
  const { means, variances } = momentsOf(states, n, training);
  const largest = variances.reduce((most, v) => Math.max(most, v), 0);
  const kept: number[] = [];
  for (let i = 0; i < n; i++)
    if (variances[i] > negligible * means[i] ** 2 && variances[i] > negligible * largest) kept.push(i);
  const width = kept.length;
  const features = new Float64Array(samples * width);
  for (let t = 0; t < samples; t++)
    for (let k = 0; k < width; k++) features[t * width + k] = states[t * n + kept[k]] - means[kept[k]];
  const count = training.to - training.from;
  const gram = new Float64Array(width * width);
  const rows = rowsOf(features, width, training);
  kernel.gemm(true, false, width, width, count, 1 / count, rows, rows, 0, gram);
  let variance = 0;
  for (let i = 0; i < width; i++) variance += gram[i * width + i] / width;
  const square = gram.reduce((sum, v) => sum + v * v, 0);
  return {
    features,
    samples,
    width,
    split,
    constant: n - width,
    gram,
    variance,
    participationRatio: width === 0 ? 0 : (variance * width) ** 2 / square,
    singular: isSingular(gram, width),
  };
}

/** Rows of a part. */
export function rowsOf(features: Matrix, width: number, { from, to }: Part): Matrix {
  return features.subarray(from * width, to * width);
}

/** Means and variances of n features over a part. */
function momentsOf(states: Matrix, n: number, { from, to }: Part): { means: Vector; variances: Vector } {
  const means = new Float64Array(n);
  const variances = new Float64Array(n);
  const count = to - from;
  for (let t = from; t < to; t++) for (let i = 0; i < n; i++) means[i] += states[t * n + i] / count;
  for (let t = from; t < to; t++)
    for (let i = 0; i < n; i++) variances[i] += (states[t * n + i] - means[i]) ** 2 / count;
  return { means, variances };
}

/** Whether a pivot of the Cholesky factorisation, features scaled to variance 1, is rounding. */
function isSingular(gram: Matrix, n: number): boolean {
  const a = gram.slice();
  const scale = Float64Array.from({ length: n }, (_, i) => 1 / Math.sqrt(gram[i * n + i]));
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) a[i * n + j] *= scale[i] * scale[j];
  if (!kernel.cholesky(n, a)) return true;
  for (let i = 0; i < n; i++) if (a[i * n + i] ** 2 < n * Number.EPSILON) return true;
  return false;
}

/**
 * `(G + penalty I)^-1 C` for many columns; undefined where that matrix is not positive definite to working precision.
 * O(n^2 (n / 3 + 2 columns)).
 */
export function penalisedSolve(
  { gram, width: n }: Recording,
  penalty: number,
  columns: number,
  c: Matrix,
): Matrix | undefined {
  const a = gram.slice();
  for (let i = 0; i < n; i++) a[i * n + i] += penalty;
  if (!kernel.cholesky(n, a)) return undefined;
  const x = c.slice();
  choleskySolveMany(kernel, n, a, columns, x);
  return x.every(Number.isFinite) ? x : undefined;
}
