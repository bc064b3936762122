import { checkInteger, checkNumber, checkOneOf, describe, fail } from "../../core/check.js";
import { resolveOptions } from "../../core/defaults.js";
import type { StimulusSource } from "../../tasks/stimulusSource.js";
import type { SweepGroup } from "../sweepStudy.js";

/** Which networks the mechanisms study trains: every combination of the lists. */
export interface MechanismGrid {
  /** N. @defaultValue `1000` */
  readonly units?: number;
  /** Training trials, a multiple of 4. @defaultValue `3500` */
  readonly trials?: number;
  /** g. @defaultValue `[0.8, 0.9, 1.1, 1.2, 1.3, 1.4, 1.5]` */
  readonly gains?: readonly number[];
  /** Share of J that is not zero (the original's pg). @defaultValue `[0.4, 0.6, 0.7, 0.9]` */
  readonly densities?: readonly number[];
  /** Feedback weights are divided by these (the original's fb): 40 is weak, 1 strong. @defaultValue `[40, 30, 20, 10, 5, 1]` */
  readonly feedbackDivisors?: readonly number[];
  /** Input weights are divided by these (the original's inp). @defaultValue `[50]` */
  readonly inputDivisors?: readonly number[];
  /** Of x(0), feedback and input weights. @defaultValue `["gauss"]` */
  readonly distributions?: readonly ("gauss" | "uniform")[];
  /** Of networks and of the trials they are trained on. @defaultValue `[0, 1, 2, 3]` */
  readonly seeds?: readonly number[];
  /** Answers to the sums 0, 1 and 2. @defaultValue `[1, 0.5, 1.5]` */
  readonly encoding?: readonly [number, number, number];
  /** Where stimuli come from: see `sequentialPatternMatching`. @defaultValue `"gauss"` */
  readonly stimuli?: StimulusSource;
  /** Networks trained in lock-step, at most; only those of one seed, density and distribution share a J. @defaultValue `42` */
  readonly batch?: number;
}

/** Parameters of one network of the study. */
export interface MechanismParameters {
  /** Tells it from all others of its grid: distribution, seed, density, gain, feedback and input divisor. */
  readonly id: string;
  readonly units: number;
  readonly trials: number;
  readonly distribution: "gauss" | "uniform";
  readonly seed: number;
  readonly density: number;
  readonly gain: number;
  readonly feedbackDivisor: number;
  readonly inputDivisor: number;
}

/** Networks that share one J and one sequence of trials, to be trained in lock-step. */
export type MechanismGroup = SweepGroup<MechanismParameters>;

export const mechanismGridDefaults: Required<MechanismGrid> = {
  units: 1000,
  trials: 3500,
  gains: [0.8, 0.9, 1.1, 1.2, 1.3, 1.4, 1.5],
  densities: [0.4, 0.6, 0.7, 0.9],
  feedbackDivisors: [40, 30, 20, 10, 5, 1],
  inputDivisors: [50],
  distributions: ["gauss"],
  seeds: [0, 1, 2, 3],
  encoding: [1, 0.5, 1.5],
  stimuli: "gauss",
  batch: 42,
};

/**
 * The networks of a grid, in the groups they are trained in; seeds outermost, so that a study broken off has all
 * parameters of its first seeds. Throws where a list is empty, repeats itself or holds what cannot be.
 */
export function mechanismGroups(where: string, grid: MechanismGrid): MechanismGroup[] {
  const o = resolveOptions(where, mechanismGridDefaults, grid);
  checkInteger(where, "units", o.units, 1);
  checkInteger(where, "trials", o.trials, 4);
  if (o.trials % 4 !== 0) fail(where, `trials is ${o.trials}, expected a multiple of 4 (the trial types)`);
  checkInteger(where, "batch", o.batch, 1);
  checkList(where, "gains", o.gains, 0);
  checkList(where, "densities", o.densities, 0, 1);
  checkList(where, "feedbackDivisors", o.feedbackDivisors, Number.MIN_VALUE);
  checkList(where, "inputDivisors", o.inputDivisors, Number.MIN_VALUE);
  checkList(where, "seeds", o.seeds, 0);
  for (const seed of o.seeds) checkInteger(where, "seeds", seed, 0, 2 ** 32 - 1);
  if (!Array.isArray(o.distributions) || o.distributions.length === 0)
    fail(where, `distributions is ${describe(o.distributions)}, expected a list of "gauss" and "uniform"`);
  for (const each of o.distributions) checkOneOf(where, "distributions", each, ["gauss", "uniform"]);
  if (new Set(o.distributions).size < o.distributions.length)
    fail(where, `distributions is ${o.distributions.join(", ")}, expected each value once`);
  const groups: MechanismGroup[] = [];
  for (const seed of o.seeds)
    for (const distribution of o.distributions)
      for (const density of o.densities) {
        const common = { units: o.units, trials: o.trials, distribution, seed, density };
        const networks: MechanismParameters[] = [];
        for (const inputDivisor of o.inputDivisors)
          for (const gain of o.gains)
            for (const feedbackDivisor of o.feedbackDivisors) {
              const id = `${distribution}-s${seed}-p${density}-g${gain}-f${feedbackDivisor}-i${inputDivisor}`;
              networks.push({ id, ...common, gain, feedbackDivisor, inputDivisor });
            }
        for (let from = 0; from < networks.length; from += o.batch) {
          const part = networks.length > o.batch ? `-${from / o.batch + 1}` : "";
          groups.push({
            id: `${distribution}-s${seed}-p${density}${part}`,
            rows: networks.slice(from, from + o.batch),
          });
        }
      }
  return groups;
}

function checkList(
  where: string,
  name: string,
  values: readonly number[],
  lower: number,
  upper?: number,
): void {
  if (!Array.isArray(values) || values.length === 0)
    fail(where, `${name} is ${describe(values)}, expected a list of at least one number`);
  values.forEach((value, i) => {
    checkNumber(where, `${name}[${i}]`, value, lower, upper);
  });
  if (new Set(values).size < values.length)
    fail(where, `${name} is ${values.join(", ")}, expected each value once`);
}
