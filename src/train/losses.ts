import { fail } from "../core/check.js";
import type { TrainingTrials } from "./trainingTrials.js";

/** Names of the losses. */
export type TrainingLossName = "mean-squared-error" | "cross-entropy";

/**
 * A loss of outputs against targets: a masked sum over rows (trial and step) divided by the sum of the weights.
 * All arrays are rows x K.
 */
export interface TrainingLoss {
  readonly name: TrainingLossName;
  /** Throws where the loss makes no sense of the trials. */
  check(where: string, trials: TrainingTrials): void;
  /** What the sum is divided by. */
  weight(outputs: number, mask: Float64Array): number;
  /** The sum; writes `scale` times its gradient by the outputs. */
  sum(
    outputs: number,
    values: Float64Array,
    targets: Float64Array,
    mask: Float64Array,
    scale: number,
    gradient: Float64Array,
  ): number;
}

/** `sum mask (y - target)^2 / sum mask`. */
const meanSquaredError: TrainingLoss = {
  name: "mean-squared-error",
  check() {},
  weight(_, mask) {
    let total = 0;
    for (let p = 0; p < mask.length; p++) total += mask[p];
    return total;
  },
  sum(_, values, targets, mask, scale, gradient) {
    let sum = 0;
    for (let p = 0; p < values.length; p++) {
      const error = values[p] - targets[p];
      const weighted = mask[p] * error;
      sum += weighted * error;
      gradient[p] = 2 * scale * weighted;
    }
    return sum;
  },
};

/** `sum_rows mask (-sum_k target_k log softmax(y)_k) / sum_rows mask`. */
const crossEntropy: TrainingLoss = {
  name: "cross-entropy",
  check(where, { outputDimension: k, targets, mask }) {
    if (k < 2)
      fail(where, `trials.outputDimension is ${k}, expected at least 2 classes for the cross-entropy`);
    for (let p = 0; p < mask.length; p += k) {
      let total = 0;
      for (let j = 0; j < k; j++) {
        if (mask[p + j] !== mask[p])
          fail(
            where,
            `trials.mask[${p + j}] is ${mask[p + j]}, expected ${mask[p]}: one weight for all classes`,
          );
        if (mask[p] > 0 && targets[p + j] < 0)
          fail(where, `trials.targets[${p + j}] is ${targets[p + j]}, expected a probability`);
        total += targets[p + j];
      }
      if (mask[p] > 0 && Math.abs(total - 1) > 1e-9)
        fail(where, `trials.targets[${p}] to [${p + k - 1}] sum to ${total}, expected 1 (probabilities)`);
    }
  },
  weight(k, mask) {
    let total = 0;
    for (let p = 0; p < mask.length; p += k) total += mask[p];
    return total;
  },
  sum(k, values, targets, mask, scale, gradient) {
    let sum = 0;
    for (let p = 0; p < values.length; p += k) {
      const weight = mask[p];
      if (weight === 0) {
        for (let j = 0; j < k; j++) gradient[p + j] = 0;
        continue;
      }
      let largest = values[p];
      for (let j = 1; j < k; j++) largest = Math.max(largest, values[p + j]);
      let total = 0;
      for (let j = 0; j < k; j++) total += Math.exp(values[p + j] - largest);
      const logTotal = largest + Math.log(total);
      for (let j = 0; j < k; j++) {
        const logProbability = values[p + j] - logTotal;
        sum -= weight * targets[p + j] * logProbability;
        gradient[p + j] = scale * weight * (Math.exp(logProbability) - targets[p + j]);
      }
    }
    return sum;
  },
};

/**
 * The losses by name. "mean-squared-error": `sum mask (y - target)^2 / sum mask`, over all outputs.
 * "cross-entropy": of softmax(y) against target probabilities, averaged over steps; natural logarithm.
 * A mini-batch is divided by its own weights. O(rows K).
 */
export const trainingLosses: Readonly<Record<TrainingLossName, TrainingLoss>> = {
  "mean-squared-error": meanSquaredError,
  "cross-entropy": crossEntropy,
};
