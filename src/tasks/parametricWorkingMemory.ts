import { describe, fail } from "../core/check.js";
import { resolveOptions } from "../core/defaults.js";
import { timeline, wholeSteps } from "./timeline.js";
import { checkCommon, drawTrials, hold, type TrialSet, teach } from "./trials.js";

/** Options of {@link parametricWorkingMemory}. Times in units of tau. */
export interface ParametricWorkingMemoryOptions {
  /** B. @defaultValue `64` */
  readonly trials?: number;
  /** The frequencies, in Hz: at least 2, positive, no two alike. @defaultValue `[10, 14, 18, 22, 26, 30, 34]` */
  readonly frequencies?: ArrayLike<number>;
  /** Length of a step. @defaultValue `0.2` */
  readonly dt?: number;
  /** Time before the first stimulus. @defaultValue `1` */
  readonly fixation?: number;
  /** Duration of each of the two stimuli. @defaultValue `2` */
  readonly stimulus?: number;
  /** Time over which f1 must be remembered. @defaultValue `10` */
  readonly delay?: number;
  /** Duration of the response window. @defaultValue `2` */
  readonly response?: number;
}

/** {@link ParametricWorkingMemoryOptions} with every field set. */
export interface ResolvedParametricWorkingMemoryOptions extends Required<ParametricWorkingMemoryOptions> {
  readonly frequencies: readonly number[];
}

/** What one trial of parametric working memory is about. */
export interface ParametricWorkingMemoryLabel {
  /** The first frequency, Hz, to be remembered over the delay. */
  readonly f1: number;
  /** The second frequency, Hz. */
  readonly f2: number;
  /** +1 where f1 > f2, -1 where f1 < f2. */
  readonly answer: 1 | -1;
}

/** Trials of parametric working memory. */
export type ParametricWorkingMemoryTrialSet = TrialSet<
  ParametricWorkingMemoryLabel,
  ResolvedParametricWorkingMemoryOptions
>;

const defaults: Required<ParametricWorkingMemoryOptions> = {
  trials: 64,
  frequencies: [10, 14, 18, 22, 26, 30, 34],
  dt: 0.2,
  fixation: 1,
  stimulus: 2,
  delay: 10,
  response: 2,
};

/**
 * Parametric working memory: two vibrations, one after the other; which of them was faster?
 *
 * Input (M = 1): `f1 / fmax` during the first stimulus, `f2 / fmax` during the second, else 0; fmax is the largest
 * frequency. Target (K = 1): +1 where f1 > f2, -1 where f1 < f2, in the response window; mask 0 before it. f1 is
 * uniform over the frequencies, f2 over the others: the extreme ones give the answer away.
 * Timing: fixation 0-1 tau (steps 0-4), stimulus1 1-3 (5-14), delay 3-13 (15-64), stimulus2 13-15 (65-74), response
 * 15-17 (75-84).
 *
 * Trial k depends on the options, the seed and k only. Throws where an option is wrong. Cost: O(B T).
 *
 * Source: Romo, Brody, Hernandez & Lemus (1999), Nature 399, 470-473; as a task for networks: Barak, Sussillo, Romo,
 * Tsodyks & Abbott (2013), Prog. Neurobiol. 103, 214-222.
 *
 * @example
 * ```ts
 * const { labels } = parametricWorkingMemory({ trials: 100 }, 1);
 * labels.every(({ f1, f2, answer }) => answer === Math.sign(f1 - f2)); // => true
 * ```
 */
export function parametricWorkingMemory(
  options?: ParametricWorkingMemoryOptions,
  seed = 0,
): ParametricWorkingMemoryTrialSet {
  const name = "parametricWorkingMemory";
  const given = resolveOptions(name, defaults, options);
  const { trials, dt } = given;
  checkCommon(name, trials, dt, seed);
  const frequencies = checkFrequencies(name, given.frequencies);
  const stimulus = wholeSteps(name, "stimulus", given.stimulus, dt);
  const line = timeline([
    ["fixation", wholeSteps(name, "fixation", given.fixation, dt, 0)],
    ["stimulus1", stimulus],
    ["delay", wholeSteps(name, "delay", given.delay, dt, 0)],
    ["stimulus2", stimulus],
    ["response", wholeSteps(name, "response", given.response, dt)],
  ]);
  const plan = {
    name,
    dt,
    count: trials,
    inputDimension: 1,
    outputDimension: 1,
    timeline: line,
    options: { ...given, frequencies },
    seed,
  };
  const n = frequencies.length;
  const largest = frequencies.reduce((a, b) => Math.max(a, b));
  return drawTrials(plan, (tables, random) => {
    const i = random.integer(n);
    const f1 = frequencies[i];
    const f2 = frequencies[(i + 1 + random.integer(n - 1)) % n];
    const answer = f1 > f2 ? 1 : -1;
    hold(tables.inputs, 1, 0, line.at.stimulus1, f1 / largest);
    hold(tables.inputs, 1, 0, line.at.stimulus2, f2 / largest);
    teach(tables, 1, 0, line.at.response, answer);
    return { f1, f2, answer };
  });
}

function checkFrequencies(where: string, given: ArrayLike<number>): number[] {
  const frequencies = Array.isArray(given) || ArrayBuffer.isView(given) ? Array.from(given) : [];
  const positive = frequencies.every((f) => typeof f === "number" && Number.isFinite(f) && f > 0);
  if (!positive || frequencies.length < 2 || new Set(frequencies).size < frequencies.length)
    fail(where, `frequencies is ${describe(given)}, expected at least 2 positive numbers, no two alike`);
  return frequencies;
}
