import { checkNumber, describe, fail } from "../core/check.js";
import { resolveOptions } from "../core/defaults.js";
import { timeline, wholeSteps } from "./timeline.js";
import { checkCommon, drawTrials, hold, type TrialSet, teach } from "./trials.js";

/** Options of {@link contextIntegration}. Times in units of tau. */
export interface ContextIntegrationOptions {
  /** B. @defaultValue `64` */
  readonly trials?: number;
  /** Strengths of the evidence, none of them 0. @defaultValue `[-0.4, -0.2, -0.1, 0.1, 0.2, 0.4]` */
  readonly coherences?: ArrayLike<number>;
  /** Standard deviation of the noise on each evidence channel, integrated over one tau. @defaultValue `0.2` */
  readonly noise?: number;
  /** Length of a step. @defaultValue `0.2` */
  readonly dt?: number;
  /** Time with the context alone, before the evidence. @defaultValue `1` */
  readonly fixation?: number;
  /** Duration of the evidence. @defaultValue `8` */
  readonly stimulus?: number;
  /** Time between the evidence and the response. @defaultValue `1` */
  readonly delay?: number;
  /** Duration of the response window. @defaultValue `2` */
  readonly response?: number;
}

/** {@link ContextIntegrationOptions} with every field set. */
export interface ResolvedContextIntegrationOptions extends Required<ContextIntegrationOptions> {
  readonly coherences: readonly number[];
}

/** What one trial of context-dependent integration is about. */
export interface ContextIntegrationLabel {
  /** Which evidence channel counts. */
  readonly context: 0 | 1;
  /** Mean evidence on channels 0 and 1. */
  readonly coherences: readonly [number, number];
  /** The sign of the coherence that counts: what is integrated, then remembered until the response. */
  readonly answer: 1 | -1;
}

/** Trials of context-dependent integration. */
export type ContextIntegrationTrialSet = TrialSet<ContextIntegrationLabel, ResolvedContextIntegrationOptions>;

const defaults: Required<ContextIntegrationOptions> = {
  trials: 64,
  coherences: [-0.4, -0.2, -0.1, 0.1, 0.2, 0.4],
  noise: 0.2,
  dt: 0.2,
  fixation: 1,
  stimulus: 8,
  delay: 1,
  response: 2,
};

/**
 * Context-dependent integration: two streams of noisy evidence at once; the context says which of them to sum up and
 * which to ignore.
 *
 * Inputs (M = 4): channels 0 and 1 carry the evidence, `c + noise * xi / sqrt(dt)` at every step of the stimulus (xi
 * standard normal), else 0; channels 2 and 3 the context, 1 on channel 2 + context during the whole trial, 0 on the
 * other. Target (K = 1): the sign of the coherence c of the channel that counts, in the response window; mask 0
 * before it. Both coherences are drawn uniformly from the list, the context is 0 or 1 with probability 1/2.
 * Timing: fixation 0-1 tau (steps 0-4), stimulus 1-9 (5-44), delay 9-10 (45-49), response 10-12 (50-59).
 *
 * Trial k depends on the options, the seed and k only. Throws where an option is wrong. Cost: O(B T).
 *
 * Source: Mante, Sussillo, Shenoy & Newsome (2013), Nature 503, 78-84; coherences, noise and times are ours.
 *
 * @example
 * ```ts
 * const { labels } = contextIntegration({ trials: 100 }, 1);
 * labels.every(({ context, coherences, answer }) => answer === Math.sign(coherences[context])); // => true
 * ```
 */
export function contextIntegration(
  options?: ContextIntegrationOptions,
  seed = 0,
): ContextIntegrationTrialSet {
  const name = "contextIntegration";
  const given = resolveOptions(name, defaults, options);
  const { trials, noise, dt } = given;
  checkCommon(name, trials, dt, seed);
  checkNumber(name, "noise", noise, 0);
  const coherences = checkCoherences(name, given.coherences);
  const line = timeline([
    ["fixation", wholeSteps(name, "fixation", given.fixation, dt, 0)],
    ["stimulus", wholeSteps(name, "stimulus", given.stimulus, dt)],
    ["delay", wholeSteps(name, "delay", given.delay, dt, 0)],
    ["response", wholeSteps(name, "response", given.response, dt)],
  ]);
  const plan = {
    name,
    dt,
    count: trials,
    inputDimension: 4,
    outputDimension: 1,
    timeline: line,
    options: { ...given, coherences },
    seed,
  };
  const whole = { name: "whole", start: 0, end: line.steps };
  const { start, end } = line.at.stimulus;
  const deviation = noise / Math.sqrt(dt);
  return drawTrials(plan, (tables, random) => {
    const context = random.uniform() < 0.5 ? 0 : 1;
    const drawn: [number, number] = [
      coherences[random.integer(coherences.length)],
      coherences[random.integer(coherences.length)],
    ];
    const { inputs } = tables;
    for (let s = start; s < end; s++)
      for (let i = 0; i < 2; i++) inputs[4 * s + i] = drawn[i] + deviation * random.normal();
    hold(inputs, 4, 2 + context, whole, 1);
    const answer = drawn[context] > 0 ? 1 : -1;
    teach(tables, 1, 0, line.at.response, answer);
    return { context, coherences: drawn, answer };
  });
}

function checkCoherences(where: string, given: ArrayLike<number>): number[] {
  const coherences = Array.isArray(given) || ArrayBuffer.isView(given) ? Array.from(given) : [];
  const right = coherences.every((c) => typeof c === "number" && Number.isFinite(c) && c !== 0);
  if (!right || coherences.length === 0)
    fail(where, `coherences is ${describe(given)}, expected at least 1 finite number, none of them 0`);
  return coherences;
}
