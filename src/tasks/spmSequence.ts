import { checkInteger, checkNumber, checkVector, fail } from "../core/check.js";
import { resolveOptions } from "../core/defaults.js";
import { createRandom, type Random } from "../core/random.js";
import {
  classesOf,
  type ResolvedStimulusSource,
  resolveSource,
  type StimulusSource,
} from "./stimulusSource.js";
import { type Interval, type Timeline, timeline, wholeSteps } from "./timeline.js";
import { checkSeed, makeTrials, type TrialSet, type TrialTables, teach } from "./trials.js";

/** Options of {@link sequentialPatternMatching}, {@link spmSequence} and {@link spmTrial}. Times in units of tau. */
export interface SpmOptions {
  /** Training trials, a multiple of 4. @defaultValue `3500` */
  readonly trainTrials?: number;
  /** Test trials, a multiple of 4; they follow the training trials. @defaultValue `20` */
  readonly testTrials?: number;
  /** Length of a step. @defaultValue `0.1` */
  readonly dt?: number;
  /** Duration of each of the two stimuli. @defaultValue `10` */
  readonly stimulus?: number;
  /** Duration of each of the two delays. @defaultValue `5` */
  readonly delay?: number;
  /** Duration of the response window. @defaultValue `5` */
  readonly response?: number;
  /**
   * Extra time without input between the end of delay 1 and the first sample of stimulus 2; nothing is taught in
   * it. It tests how long a network trained without it remembers. @defaultValue `0`
   */
  readonly extension?: number;
  /** The answer to each sum of the two digits: 0, 1, 2. @defaultValue `[1, 0.5, 1.5]` */
  readonly encoding?: ArrayLike<number>;
  /** What the stimuli are drawn from. @defaultValue `"gauss"` */
  readonly source?: StimulusSource;
  /** sigma of the noise added to stimulus 1: `u + mu + sigma U`, U uniform on [0, 1). @defaultValue `0` */
  readonly noiseSigma?: number;
  /**
   * mu of that noise. The default makes its mean zero; the original study has 0.5, so that its noise moves the
   * stimulus by `0.5 + sigma / 2` on both channels. @defaultValue `-noiseSigma / 2`
   */
  readonly noiseMu?: number;
  /** Seed of that noise, so that the same stimuli can be shown with other noise. @defaultValue `seed` */
  readonly noiseSeed?: number;
}

/** {@link SpmOptions} with every field set. */
export interface ResolvedSpmOptions extends Required<SpmOptions> {
  readonly encoding: readonly [number, number, number];
  readonly source: ResolvedStimulusSource;
}

/** A digit of a stimulus. */
export type SpmDigit = 0 | 1;

/** What one trial of sequential pattern matching is about. */
export interface SpmLabel {
  readonly phase: "train" | "test";
  /** The digit of stimulus 1, to be remembered in delay 1. */
  readonly first: SpmDigit;
  /** The digit of stimulus 2, to be remembered in delay 2. */
  readonly second: SpmDigit;
  /** first + second, which decides the answer. */
  readonly sum: 0 | 1 | 2;
  /** The answer, `encoding[sum]`. */
  readonly answer: number;
}

/** Trials of sequential pattern matching. */
export type SpmTrialSet = TrialSet<SpmLabel, ResolvedSpmOptions>;

/** A sequence of trials that are made when they are asked for. */
export interface SpmSequence extends Iterable<SpmTrialSet> {
  /** Training and test trials together. */
  readonly count: number;
  /** T, the steps of each trial. */
  readonly steps: number;
  readonly intervals: readonly Interval[];
  readonly options: ResolvedSpmOptions;
  readonly seed: number;
  /**
   * Trial `index` (training trials first), as a set of one. With `digits` it shows these instead of those the
   * sequence has there; all else that is random about it stays.
   */
  trial(index: number, digits?: readonly [SpmDigit, SpmDigit]): SpmTrialSet;
  /** All trials in one set. */
  all(): SpmTrialSet;
}

type SpmInterval = "stimulus1" | "delay1" | "extension" | "stimulus2" | "delay2" | "response";

const name = "sequentialPatternMatching";

const defaults = {
  trainTrials: 3500,
  testTrials: 20,
  dt: 0.1,
  stimulus: 10,
  delay: 5,
  response: 5,
  extension: 0,
  encoding: [1, 0.5, 1.5] as ArrayLike<number>,
  source: "gauss" as StimulusSource,
  noiseSigma: 0,
  noiseMu: undefined as number | undefined,
  noiseSeed: undefined as number | undefined,
};

/** Which random stream is used for what; each of them but the orders has a stream per trial. */
const streams = { train: { order: 0, samples: 2, noise: 4 }, test: { order: 1, samples: 3, noise: 5 } };

/**
 * The trials of {@link sequentialPatternMatching} one at a time, for sequences too long to keep: a network that is
 * never reset sees trial after trial.
 *
 * Trial k is the same whether it is made alone, in any order, or with all others. Which digits it shows comes from
 * one permutation of all training (test) trials, so each type comes equally often; its samples depend on the seed and k only, those of test trial k
 * not on the number of training trials either. Throws where an option is wrong. Cost: O(trials) once, then O(T) a
 * trial.
 *
 * @example
 * ```ts
 * const sequence = spmSequence({ trainTrials: 8, testTrials: 4 }, 3);
 * sequence.count; // => 12
 * let zeros = 0;
 * for (const trial of sequence) if (trial.labels[0]?.first === 0) zeros++;
 * zeros; // => 6
 * ```
 */
export function spmSequence(options?: SpmOptions, seed = 0): SpmSequence {
  return buildSpmSequence("spmSequence", options, seed);
}

/** As {@link spmSequence}, for the public function `where`, which failures name. */
export function buildSpmSequence(where: string, options: SpmOptions | undefined, seed: number): SpmSequence {
  const resolved = resolve(where, options, seed);
  const { dt, trainTrials, testTrials } = resolved;
  const line = timelineOf(where, resolved);
  const phases = {
    train: phaseOf("train", trainTrials, seed, resolved.noiseSeed),
    test: phaseOf("test", testTrials, seed, resolved.noiseSeed),
  };
  const write = trialWriter(resolved, line);
  const common = { name, dt, inputDimension: 2, outputDimension: 3, timeline: line, options: resolved, seed };
  const count = trainTrials + testTrials;

  const fill = (tables: TrialTables, index: number, digits?: readonly [SpmDigit, SpmDigit]): SpmLabel => {
    const phase = index < trainTrials ? "train" : "test";
    const { digitsOf, samples, noise } = phases[phase];
    const k = phase === "train" ? index : index - trainTrials;
    const [first, second] = digits ?? digitsOf(k);
    const answer = write(tables, first, second, samples.stream(k), noise.stream(k));
    return { phase, first, second, sum: (first + second) as 0 | 1 | 2, answer };
  };
  const sequence: SpmSequence = {
    count,
    steps: line.steps,
    intervals: line.intervals,
    options: resolved,
    seed,
    trial(index, digits) {
      checkInteger(where, "index", index, 0, count - 1);
      if (digits !== undefined) checkDigits(where, digits);
      return makeTrials({ ...common, count: 1 }, (tables) => fill(tables, index, digits));
    },
    all: () => makeTrials({ ...common, count }, (tables, k) => fill(tables, k)),
    *[Symbol.iterator]() {
      for (let k = 0; k < count; k++) yield sequence.trial(k);
    },
  };
  return sequence;
}

function resolve(where: string, options: SpmOptions | undefined, seed: number): ResolvedSpmOptions {
  const o = resolveOptions(where, defaults, options);
  checkNumber(where, "dt", o.dt, Number.MIN_VALUE);
  checkSeed(where, "seed", seed);
  for (const which of ["trainTrials", "testTrials"] as const) {
    checkInteger(where, which, o[which], 0, 2 ** 24);
    if (o[which] % 4 !== 0)
      fail(where, `${which} is ${o[which]}, expected a multiple of 4 (as many trials of each type)`);
  }
  checkNumber(where, "noiseSigma", o.noiseSigma, 0);
  const noiseMu = o.noiseMu ?? 0 - o.noiseSigma / 2;
  checkNumber(where, "noiseMu", noiseMu);
  const noiseSeed = o.noiseSeed ?? seed;
  checkSeed(where, "noiseSeed", noiseSeed);
  const [zero, one, two] = checkVector(where, "encoding", o.encoding, 3, "the sums 0, 1, 2");
  return {
    ...o,
    encoding: [zero, one, two],
    source: resolveSource(where, o.source),
    noiseMu,
    noiseSeed,
  };
}

function checkDigits(where: string, digits: readonly number[]): void {
  if (!Array.isArray(digits) || digits.length !== 2)
    fail(where, "digits must be [first, second], each 0 or 1");
  checkInteger(where, "digits[0]", digits[0], 0, 1);
  checkInteger(where, "digits[1]", digits[1], 0, 1);
}

function timelineOf(where: string, { dt, ...o }: ResolvedSpmOptions): Timeline<SpmInterval> {
  const stimulus = wholeSteps(where, "stimulus", o.stimulus, dt);
  const delay = wholeSteps(where, "delay", o.delay, dt);
  return timeline([
    ["stimulus1", stimulus],
    ["delay1", delay],
    ["extension", wholeSteps(where, "extension", o.extension, dt, 0)],
    ["stimulus2", stimulus],
    ["delay2", delay],
    ["response", wholeSteps(where, "response", o.response, dt)],
  ]);
}

/** The digits of each of a phase's trials, equally many of each pair in random order, and its streams. */
function phaseOf(phase: "train" | "test", count: number, seed: number, noiseSeed: number) {
  const of = streams[phase];
  const root = createRandom(seed);
  let order: Int32Array | undefined; // made when first asked for: a trial of given digits does without
  return {
    digitsOf(k: number): readonly [SpmDigit, SpmDigit] {
      order ??= root.stream(of.order).permutation(count);
      return [((order[k] >> 1) & 1) as SpmDigit, (order[k] & 1) as SpmDigit];
    },
    samples: root.stream(of.samples),
    noise: createRandom(noiseSeed).stream(of.noise),
  };
}

/** Fills the tables of a trial that shows two digits; returns the answer. */
function trialWriter(o: ResolvedSpmOptions, { at }: Timeline<SpmInterval>) {
  const { means, sample } = classesOf(o.source);
  const noisy = o.noiseSigma !== 0 || o.noiseMu !== 0;
  return (tables: TrialTables, first: SpmDigit, second: SpmDigit, samples: Random, noise: Random) => {
    const { inputs } = tables;
    const stimulus1 = inputs.subarray(2 * at.stimulus1.start, 2 * at.stimulus1.end);
    const stimulus2 = inputs.subarray(2 * at.stimulus2.start, 2 * at.stimulus2.end);
    // A stream each: what stimulus 2 shows does not depend on the digit before it.
    sample(first, samples.stream(0), stimulus1);
    sample(second, samples.stream(1), stimulus2);
    if (noisy)
      for (let i = 0; i < stimulus1.length; i++) stimulus1[i] += o.noiseMu + o.noiseSigma * noise.uniform();
    const answer = o.encoding[first + second];
    teach(tables, 3, 0, at.response, answer);
    for (let i = 0; i < 2; i++) {
      teach(tables, 3, 1 + i, at.delay1, means[first][i]);
      teach(tables, 3, 1 + i, at.delay2, means[second][i]);
    }
    return answer;
  };
}
