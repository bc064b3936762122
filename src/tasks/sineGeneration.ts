import { checkInteger, checkNumber, fail } from "../core/check.js";
import { resolveOptions } from "../core/defaults.js";
import { timeline, wholeSteps } from "./timeline.js";
import { checkCommon, drawTrials, hold, type TrialSet } from "./trials.js";

/** Options of {@link sineGeneration}. Times in units of tau. */
export interface SineGenerationOptions {
  /** B. @defaultValue `64` */
  readonly trials?: number;
  /** J, the number of different frequencies. @defaultValue `51` */
  readonly levels?: number;
  /** The lowest angular frequency, radians per tau. @defaultValue `0.3` */
  readonly lowest?: number;
  /** The highest, radians per tau; less than pi per step. @defaultValue `1.5` */
  readonly highest?: number;
  /** Length of a step. @defaultValue `0.2` */
  readonly dt?: number;
  /** Time at the start of a trial in which no error is imposed. @defaultValue `0` */
  readonly settle?: number;
  /** Time after that, in which the sine is asked for. @defaultValue `30` */
  readonly duration?: number;
}

/** What one trial of sine generation is about. */
export interface SineGenerationLabel {
  /** j, of the frequency. */
  readonly level: number;
  /** Angular frequency, radians per tau. */
  readonly frequency: number;
  /** The input that stands for it. */
  readonly input: number;
}

/** Trials of sine generation. */
export type SineGenerationTrialSet = TrialSet<SineGenerationLabel, Required<SineGenerationOptions>>;

const defaults: Required<SineGenerationOptions> = {
  trials: 64,
  levels: 51,
  lowest: 0.3,
  highest: 1.5,
  dt: 0.2,
  settle: 0,
  duration: 30,
};

/**
 * Sine generation: a constant input says how fast the output must oscillate.
 *
 * Input (M = 1): `j / J + 0.25` during the whole trial, j = 0 .. J - 1 uniform. Target (K = 1): `sin(w_j s dt)` at
 * step s, the frequencies w_j evenly spaced from `lowest` (j = 0) to `highest` (j = J - 1); mask 0 while the
 * network settles. Timing: settle, none by default; run 0-30 tau, steps 0-149.
 *
 * Trial k depends on the options, the seed and k only. Throws where an option is wrong. Cost: O(B T).
 *
 * Source: Sussillo & Barak (2013), Neural Computation 25, 626-649; frequencies and times are ours.
 *
 * @example
 * ```ts
 * const { targets, labels } = sineGeneration({ trials: 1, levels: 1, lowest: 0.5, dt: 0.1 }, 0);
 * labels; // => [{ level: 0, frequency: 0.5, input: 0.25 }]
 * targets[10]; // => 0.4794
 * ```
 */
export function sineGeneration(options?: SineGenerationOptions, seed = 0): SineGenerationTrialSet {
  const name = "sineGeneration";
  const resolved = resolveOptions(name, defaults, options);
  const { trials, levels, lowest, highest, dt } = resolved;
  checkCommon(name, trials, dt, seed);
  checkInteger(name, "levels", levels, 1, 2 ** 30);
  checkNumber(name, "lowest", lowest, 0);
  checkNumber(name, "highest", highest, lowest);
  if (highest * dt >= Math.PI)
    fail(
      name,
      `highest is ${highest}, expected less than pi / dt = ${Math.PI / dt} (a sine needs its steps)`,
    );
  const line = timeline([
    ["settle", wholeSteps(name, "settle", resolved.settle, dt, 0)],
    ["run", wholeSteps(name, "duration", resolved.duration, dt)],
  ]);
  const plan = {
    name,
    dt,
    count: trials,
    inputDimension: 1,
    outputDimension: 1,
    timeline: line,
    options: resolved,
    seed,
  };
  const { start, end } = line.at.run;
  return drawTrials(plan, ({ inputs, targets, mask }, random) => {
    const level = random.integer(levels);
    const frequency = levels === 1 ? lowest : lowest + ((highest - lowest) * level) / (levels - 1);
    const input = level / levels + 0.25;
    inputs.fill(input);
    for (let s = start; s < end; s++) targets[s] = Math.sin(frequency * s * dt);
    hold(mask, 1, 0, line.at.run, 1);
    return { level, frequency, input };
  });
}
