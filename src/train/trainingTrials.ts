import type { Cell } from "../cells/cell.js";
import { checkInteger, describe, fail } from "../core/check.js";

/**
 * What a network is trained on: B trials of T steps, all of one length. `inputs[(b * T + t) * M + i]`; `targets`
 * and `mask` likewise with K. The target of step t is what the readout should show after the step that takes in
 * `inputs` of step t. A mask weighs each target; 0 leaves it out.
 */
export interface TrainingTrials {
  /** B. */
  readonly count: number;
  /** T. */
  readonly steps: number;
  /** M. */
  readonly inputDimension: number;
  /** K. */
  readonly outputDimension: number;
  /** B x T x M. */
  readonly inputs: Float64Array;
  /** B x T x K. */
  readonly targets: Float64Array;
  /** B x T x K, none negative. */
  readonly mask: Float64Array;
}

/** Throws unless the trials are whole, finite and fit the network. O(B T (M + K)). */
export function checkTrainingTrials(where: string, trials: TrainingTrials, cell: Cell): void {
  if (typeof trials !== "object" || trials === null)
    fail(where, `trials must be an object, got ${describe(trials)}`);
  const { count, steps, inputDimension: m, outputDimension: k } = trials;
  checkInteger(where, "trials.count", count, 1);
  checkInteger(where, "trials.steps", steps, 1);
  if (m !== cell.inputDimension)
    fail(where, `trials.inputDimension is ${m}, expected ${cell.inputDimension} (the network's inputs)`);
  if (k !== cell.outputDimension)
    fail(where, `trials.outputDimension is ${k}, expected ${cell.outputDimension} (the network's readout)`);
  checkNumbers(where, "inputs", trials.inputs, count * steps * m, "B x T x M");
  checkNumbers(where, "targets", trials.targets, count * steps * k, "B x T x K");
  checkNumbers(where, "mask", trials.mask, count * steps * k, "B x T x K");
  let total = 0;
  for (let i = 0; i < trials.mask.length; i++) {
    const weight = trials.mask[i];
    if (weight < 0) fail(where, `trials.mask[${i}] is ${weight}, expected no negative number`);
    total += weight;
  }
  if (total === 0) fail(where, "trials.mask is zero everywhere, expected at least one target that counts");
}

function checkNumbers(where: string, name: string, value: Float64Array, length: number, meaning: string) {
  if (!(value instanceof Float64Array))
    fail(where, `trials.${name} must be a Float64Array, got ${describe(value)}`);
  if (value.length !== length)
    fail(where, `trials.${name} has ${value.length} numbers, expected ${length} (${meaning})`);
  for (let i = 0; i < length; i++)
    if (!Number.isFinite(value[i]))
      fail(where, `trials.${name}[${i}] is ${value[i]}, expected a finite number`);
}
