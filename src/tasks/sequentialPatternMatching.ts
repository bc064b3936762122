import { buildSpmSequence, type SpmOptions, type SpmTrialSet } from "./spmSequence.js";

/**
 * Sequential pattern matching: two noisy digits, each 0 or 1, are shown one after the other; the first must be
 * remembered over a delay, and after a second delay the answer depends on their sum.
 *
 * Inputs (M = 2): a fresh point of the digit's class at every step of its stimulus, else 0. By default
 * `u = mean(digit) + sd(digit) * xi`, xi standard normal, with mean (1.9, -0.2), sd (0.55, 0.7) for digit 0 and
 * mean (-1.7, -1.6), sd (1, 0.7) for digit 1.
 * Targets (K = 3): output 0 is `z = encoding[first + second]` in the response window; outputs 1 and 2 are the memory
 * `z_d = mean(digit)`, of the first digit in delay 1 and of the second in delay 2. No other target, mask 0.
 *
 * | interval  | tau   | steps   | input  | target           |
 * |-----------|-------|---------|--------|------------------|
 * | stimulus1 | 0-10  | 0-99    | first  |                  |
 * | delay1    | 10-15 | 100-149 | 0      | outputs 1, 2     |
 * | stimulus2 | 15-25 | 150-249 | second |                  |
 * | delay2    | 25-30 | 250-299 | 0      | outputs 1, 2     |
 * | response  | 30-35 | 300-349 | 0      | output 0         |
 *
 * The four pairs of digits come equally often, in one random order; then the test trials, 5 of each, in an order of
 * their own. A trial starts where the one before ended: the network is not reset between them.
 * Throws where an option is wrong. Cost: O(trials T), 22 kB per trial of 350 steps; {@link spmSequence} makes them
 * one at a time.
 *
 * Source: Ghazizadeh & Ching (2021), PLoS Comput Biol 17(9): e1009366. There the stimuli are latent codes of
 * handwritten digits; the Gaussian classes stand in for them (`source` takes such codes).
 *
 * @example
 * ```ts
 * const { count, steps, labels } = sequentialPatternMatching({ trainTrials: 40, testTrials: 4 }, 7);
 * [count, steps]; // => [44, 350]
 * labels.filter(({ phase, sum }) => phase === "train" && sum === 1).length; // => 20
 * ```
 */
export function sequentialPatternMatching(options?: SpmOptions, seed = 0): SpmTrialSet {
  return buildSpmSequence("sequentialPatternMatching", options, seed).all();
}
