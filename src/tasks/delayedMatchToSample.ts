import { checkInteger } from "../core/check.js";
import { resolveOptions } from "../core/defaults.js";
import { timeline, wholeSteps } from "./timeline.js";
import { checkCommon, drawTrials, hold, type TrialSet, teach } from "./trials.js";

/** Options of {@link delayedMatchToSample}. Times in units of tau. */
export interface DelayedMatchToSampleOptions {
  /** B. @defaultValue `64` */
  readonly trials?: number;
  /** Number of different stimuli, at least 2. @defaultValue `2` */
  readonly patterns?: number;
  /** Length of a step. @defaultValue `0.2` */
  readonly dt?: number;
  /** Time before the sample. @defaultValue `1` */
  readonly fixation?: number;
  /** Duration of the sample. @defaultValue `2` */
  readonly sample?: number;
  /** Time over which the sample must be remembered. @defaultValue `6` */
  readonly delay?: number;
  /** Duration of the test stimulus. @defaultValue `2` */
  readonly test?: number;
  /** Duration of the response window. @defaultValue `2` */
  readonly response?: number;
}

/** What one trial of delayed match to sample is about. */
export interface DelayedMatchToSampleLabel {
  /** Index of the sample, to be remembered over the delay. */
  readonly sample: number;
  /** Index of the test stimulus. */
  readonly test: number;
  /** Whether they are the same. */
  readonly match: boolean;
}

/** Trials of delayed match to sample. */
export type DelayedMatchToSampleTrialSet = TrialSet<
  DelayedMatchToSampleLabel,
  Required<DelayedMatchToSampleOptions>
>;

const defaults: Required<DelayedMatchToSampleOptions> = {
  trials: 64,
  patterns: 2,
  dt: 0.2,
  fixation: 1,
  sample: 2,
  delay: 6,
  test: 2,
  response: 2,
};

/**
 * Delayed match to sample: a sample is shown, then, after a delay, a test stimulus: are they the same?
 *
 * Inputs (M = patterns): 1 on the channel of the sample while it is shown, 1 on that of the test while it is shown,
 * else 0. Target (K = 1): +1 for a match, -1 for none, in the response window; mask 0 before it. The sample is
 * uniform, a match has probability 1/2, and a test that does not match is uniform over the other patterns.
 * Timing: fixation 0-1 tau (steps 0-4), sample 1-3 (5-14), delay 3-9 (15-44), test 9-11 (45-54), response 11-13
 * (55-64).
 *
 * Trial k depends on the options, the seed and k only. Throws where an option is wrong. Cost: O(B T patterns).
 *
 * Source: the task of Miller, Erickson & Desimone (1996), J. Neurosci. 16, 5154-5167, without stimuli in the delay.
 *
 * @example
 * ```ts
 * const { steps, targets, labels } = delayedMatchToSample({ trials: 1, patterns: 4 }, 2);
 * const answer = targets[steps - 1];
 * answer === (labels[0]?.match ? 1 : -1); // => true
 * ```
 */
export function delayedMatchToSample(
  options?: DelayedMatchToSampleOptions,
  seed = 0,
): DelayedMatchToSampleTrialSet {
  const name = "delayedMatchToSample";
  const resolved = resolveOptions(name, defaults, options);
  const { trials, patterns, dt } = resolved;
  checkCommon(name, trials, dt, seed);
  checkInteger(name, "patterns", patterns, 2, 2 ** 30);
  const line = timeline([
    ["fixation", wholeSteps(name, "fixation", resolved.fixation, dt, 0)],
    ["sample", wholeSteps(name, "sample", resolved.sample, dt)],
    ["delay", wholeSteps(name, "delay", resolved.delay, dt, 0)],
    ["test", wholeSteps(name, "test", resolved.test, dt)],
    ["response", wholeSteps(name, "response", resolved.response, dt)],
  ]);
  const plan = {
    name,
    dt,
    count: trials,
    inputDimension: patterns,
    outputDimension: 1,
    timeline: line,
    options: resolved,
    seed,
  };
  return drawTrials(plan, (tables, random) => {
    const sample = random.integer(patterns);
    const match = random.uniform() < 0.5;
    const test = match ? sample : (sample + 1 + random.integer(patterns - 1)) % patterns;
    hold(tables.inputs, patterns, sample, line.at.sample, 1);
    hold(tables.inputs, patterns, test, line.at.test, 1);
    teach(tables, 1, 0, line.at.response, match ? 1 : -1);
    return { sample, test, match };
  });
}
