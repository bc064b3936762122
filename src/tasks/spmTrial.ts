import { buildSpmSequence, type SpmDigit, type SpmOptions, type SpmTrialSet } from "./spmSequence.js";

/**
 * One trial of {@link sequentialPatternMatching}, as a set of one: the same bytes as row `index` of the whole set.
 *
 * With `digits` the trial shows these two instead of those the sequence has there, and what is random about it
 * depends on the seed and `index` only: the way to show a trained network each type, longer delays, noise.
 * Throws where an argument is wrong. Cost: O(T) with `digits`, else O(trials + T): for many trials of one sequence use {@link spmSequence}.
 *
 * @example
 * ```ts
 * const usual = spmTrial({}, 1, 0, [1, 0]);
 * const longer = spmTrial({ extension: 20 }, 1, 0, [1, 0]);
 * [usual.steps, longer.steps]; // => [350, 550]
 * usual.labels; // => [{ phase: "train", first: 1, second: 0, sum: 1, answer: 0.5 }]
 * ```
 */
export function spmTrial(
  options: SpmOptions | undefined,
  seed: number,
  index: number,
  digits?: readonly [SpmDigit, SpmDigit],
): SpmTrialSet {
  return buildSpmSequence("spmTrial", options, seed).trial(index, digits);
}
