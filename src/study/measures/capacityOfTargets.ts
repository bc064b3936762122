import { defaultKernel as kernel } from "../../numeric/defaultKernel.js";
import { errorOfMeans, stretches } from "./estimate.js";
import type { Whitened } from "./whiten.js";

/**
 * How a capacity is had from samples.
 *
 * - "adjusted": fitted and scored on all samples, less what the fit wins by chance, which is estimated from the same fit.
 * - "in-sample": without that correction; too high by about `(1 - C) r / T`.
 * - "held-out": fitted on the first two thirds, scored on the last third, with a gap of the longest lag between them;
 *   what a readout trained so would reach, too low by about `(1 - C) 3 r / (2 T)`.
 */
export type CapacityEstimator = "adjusted" | "in-sample" | "held-out";

/** Targets as columns: `fill` writes numbers `first` .. `first + count - 1` of them to `out`, T x count. */
export interface Targets {
  readonly count: number;
  fill(first: number, count: number, out: Float64Array): void;
}

/** One entry per target. */
export interface Capacities {
  /** By the estimator asked for. */
  readonly value: Float64Array;
  readonly standardError: Float64Array;
  /** On the samples the fit has seen. */
  readonly inSample: Float64Array;
  /** Estimate of what of `inSample` is chance; about `(1 - C) r / T`. Zeros unless the estimator is "adjusted". */
  readonly chance: Float64Array;
  /** Standard error of the sum over each group of targets. */
  readonly groupError: Float64Array;
  /** Standard error of the sum over all targets. */
  readonly totalError: number;
}

/** Targets in one product. */
const batch = 64;
/** A target whose standard deviation is below this part of its mean is constant, up to rounding: its capacity is 0. */
const flat = 1e-12;

/**
 * How much of each target a linear readout of the features gets: `C = 1 - min_w <(z - w'x)^2> / var z`.
 *
 * One factorisation serves all targets; they come in batches, as columns of one matrix. Standard errors are those of
 * `((1 - C) z^2 - e^2) / var z`, the influence of one sample on C (the fit itself adds nothing at first order), averaged
 * over stretches of the recording, but never less than what chance alone varies by; those of a group keep what its
 * targets have in common.
 *
 * Cost: O(T r) per target, beside O(T r^2 + r^3) once; `2 * 64 T` numbers.
 *
 * @param gap - samples between the two parts of "held-out"
 * @param groupOf - the group (0, 1, ...) of each target
 */
export function capacityOfTargets(
  features: Whitened,
  targets: Targets,
  estimator: CapacityEstimator,
  gap: number,
  groups: number,
  groupOf: (target: number) => number,
): Capacities {
  const { samples } = features;
  const split = splitOf(samples, estimator, gap);
  const regress = createRegression(features, split.fit);
  const scored = samples - split.from;
  const value = new Float64Array(targets.count);
  const standardError = new Float64Array(targets.count);
  const inSample = new Float64Array(targets.count);
  const chance = new Float64Array(targets.count);
  const sums = new Float64Array(groups * stretches);
  const means = new Float64Array(stretches);
  const lent = {
    z: new Float64Array(samples * Math.min(batch, targets.count)),
    guess: new Float64Array(scored * Math.min(batch, targets.count)),
  };

  for (let first = 0; first < targets.count; first += batch) {
    const count = Math.min(batch, targets.count - first);
    const z = lent.z.subarray(0, samples * count);
    const guess = lent.guess.subarray(0, scored * count);
    targets.fill(first, count, z);
    const { mean, explained } = regress(count, z, split.from, guess);
    const seen = new Float64Array(count);
    for (let t = 0; t < split.fit; t++)
      for (let c = 0; c < count; c++) seen[c] += (z[t * count + c] - mean[c]) ** 2;
    const { all, missed, total, residual } = score(
      count,
      scored,
      z.subarray(split.from * count),
      mean,
      guess,
    );
    // `guess` now holds the residuals.
    const shares =
      estimator === "adjusted" ? chanceShares(features, count, guess) : new Float64Array(stretches * count);
    for (let c = 0; c < count; c++) {
      const least = (flat * mean[c]) ** 2;
      if (seen[c] > split.fit * least) inSample[first + c] = (explained[c] / seen[c]) * split.fit;
      if (all[c] <= scored * least) continue;
      const raw = 1 - missed[c] / all[c];
      const group = groupOf(first + c) * stretches;
      for (let s = 0; s < stretches; s++) {
        const share = shares[s * count + c] / all[c];
        chance[first + c] += share / stretches;
        const influence = (1 - raw) * total[s * count + c] - residual[s * count + c];
        means[s] = (stretches * influence) / all[c] - share;
        sums[group + s] += means[s];
      }
      value[first + c] = raw - chance[first + c];
      // Where C is near 0 its influence is, too, and what chance wins varies as a chi-square over T.
      const byChance = chance[first + c] * Math.sqrt(2 / features.rank);
      standardError[first + c] = Math.max(errorOfMeans(means), byChance);
    }
  }
  const groupError = Float64Array.from({ length: groups }, (_, g) =>
    errorOfMeans(sums.subarray(g * stretches, (g + 1) * stretches)),
  );
  means.fill(0);
  for (let i = 0; i < sums.length; i++) means[i % stretches] += sums[i];
  return { value, standardError, inSample, chance, groupError, totalError: errorOfMeans(means) };
}

/** Least samples that `n` features need: twice as many as there are unknowns, and two per stretch. */
export function leastSamples(n: number, estimator: CapacityEstimator, gap: number): number {
  const least = 2 * n + 2 * stretches;
  return estimator === "held-out" ? Math.max(Math.ceil(1.5 * least), 6 * stretches) + gap : least;
}

/** Rows [0, fit) are fitted, rows from `from` on are scored. */
function splitOf(samples: number, estimator: CapacityEstimator, gap: number) {
  if (estimator !== "held-out") return { fit: samples, from: 0 };
  const fit = Math.floor(((samples - gap) * 2) / 3);
  return { fit, from: fit + gap };
}

/** Regression on the first `rows` of the features, with a constant. Their Gram matrix is near I: its Cholesky is safe. */
function createRegression({ samples, rank, q }: Whitened, rows: number) {
  const center = new Float64Array(rank);
  for (let t = 0; t < rows; t++) for (let j = 0; j < rank; j++) center[j] += q[t * rank + j] / rows;
  const seen = q.subarray(0, rows * rank);
  const gram = new Float64Array(rank * rank);
  kernel.gemm(true, false, rank, rank, rows, 1 / rows, seen, seen, 0, gram);
  for (let i = 0; i < rank; i++) for (let j = 0; j < rank; j++) gram[i * rank + j] -= center[i] * center[j];
  // What does not vary among the rows fitted can say nothing there: rather a readout without it than none at all.
  if (!kernel.cholesky(rank, gram)) regularise(rows, rank, seen, center, gram);

  return (count: number, z: Float64Array, from: number, guess: Float64Array) => {
    const mean = new Float64Array(count);
    for (let t = 0; t < rows; t++) for (let c = 0; c < count; c++) mean[c] += z[t * count + c] / rows;
    const weights = new Float64Array(count * rank);
    kernel.gemm(true, false, count, rank, rows, 1 / rows, z, q, 0, weights);
    const explained = new Float64Array(count);
    const offset = new Float64Array(count);
    for (let c = 0; c < count; c++) {
      const w = weights.subarray(c * rank, (c + 1) * rank);
      for (let j = 0; j < rank; j++) w[j] -= mean[c] * center[j];
      const moment = w.slice();
      kernel.choleskySolve(rank, gram, w);
      for (let j = 0; j < rank; j++) {
        explained[c] += moment[j] * w[j];
        offset[c] += w[j] * center[j];
      }
    }
    const scored = samples - from;
    kernel.gemm(false, true, scored, count, rank, 1, q.subarray(from * rank), weights, 0, guess);
    for (let t = 0; t < scored; t++) for (let c = 0; c < count; c++) guess[t * count + c] -= offset[c];
    return { mean, explained };
  };
}

function regularise(
  rows: number,
  rank: number,
  seen: Float64Array,
  center: Float64Array,
  gram: Float64Array,
): void {
  for (let ridge = 1e-12; ; ridge *= 10) {
    kernel.gemm(true, false, rank, rank, rows, 1 / rows, seen, seen, 0, gram);
    for (let i = 0; i < rank; i++) {
      for (let j = 0; j < rank; j++) gram[i * rank + j] -= center[i] * center[j];
      gram[i * rank + i] += ridge;
    }
    if (kernel.cholesky(rank, gram)) return;
  }
}

/**
 * Sums of squares of each column about its mean, and of what `guess` leaves of it: in all, and by stretch (rows of
 * `total` and `residual`). Overwrites `guess` with what it leaves.
 */
function score(count: number, rows: number, z: Float64Array, mean: Float64Array, guess: Float64Array) {
  const total = new Float64Array(stretches * count);
  const residual = new Float64Array(stretches * count);
  for (let t = 0; t < rows; t++) {
    const s = Math.floor((t * stretches) / rows) * count;
    for (let c = 0; c < count; c++) {
      const d = z[t * count + c] - mean[c];
      const e = d - guess[t * count + c];
      guess[t * count + c] = e;
      total[s + c] += d * d;
      residual[s + c] += e * e;
    }
  }
  const all = new Float64Array(count);
  const missed = new Float64Array(count);
  for (let s = 0; s < stretches; s++)
    for (let c = 0; c < count; c++) {
      all[c] += total[s * count + c];
      missed[c] += residual[s * count + c];
    }
  return { all, missed, total, residual };
}

/**
 * What a fit wins by chance, times the target's sum of squares, by stretch: their mean over stretches estimates it.
 *
 * The fit wins `tr(Gram^-1 Omega) / T`, Omega the long-run covariance of (feature x residual). Were residuals independent
 * in time this would be Ezekiel's `(1 - C) r / T`; residuals of neighbouring lags of one input are not. So Omega is taken
 * from sums over stretches (which the fit makes add up to zero: hence 20 / 19).
 */
function chanceShares({ samples, rank, q }: Whitened, count: number, residuals: Float64Array): Float64Array {
  const shares = new Float64Array(stretches * count);
  const sums = new Float64Array(count * rank);
  const factor = ((stretches / (stretches - 1)) * stretches) / (samples - rank - 1);
  for (let s = 0; s < stretches; s++) {
    const from = Math.ceil((s * samples) / stretches);
    const to = Math.ceil(((s + 1) * samples) / stretches);
    kernel.gemm(
      true,
      false,
      count,
      rank,
      to - from,
      1,
      residuals.subarray(from * count),
      q.subarray(from * rank),
      0,
      sums,
    );
    for (let c = 0; c < count; c++) {
      let square = 0;
      for (let j = 0; j < rank; j++) square += sums[c * rank + j] ** 2;
      shares[s * count + c] = factor * square;
    }
  }
  return shares;
}
