import { checkInteger, checkNumber, describe, fail } from "../../core/check.js";
import { resolveOptions } from "../../core/defaults.js";
import { defaultExtensions } from "./forgetting.js";
import { defaultFractions } from "./interruption.js";
import { defaultSigmas } from "./noise.js";

/** How each network of the mechanisms study is tested. */
export interface MeasureOptions {
  /** Seeds of the stimuli of the success test; the first is that of all others. @defaultValue `1001 ... 1010` */
  readonly stimulusSeeds?: readonly number[];
  /** A run succeeds when its root mean square error is below this. @defaultValue `0.1` */
  readonly threshold?: number;
  /**
   * The task is solved when at least this share of runs succeeds. What counted as solved in the original study is not
   * known. @defaultValue `0.9`
   */
  readonly share?: number;
  /**
   * A network that does not solve the task is measured in full all the same, for readers with another gate, when at
   * least this share of its mean answers is nearest the right one. It gets no mechanism. @defaultValue `0.9`
   */
  readonly fullFrom?: number;
  /** See `forgetting`. @defaultValue `1, 2, 5, 10, 15, 25, 35, 50, 100, 120, 150, 199.5, 400` */
  readonly extensions?: readonly number[];
  /** See `noise`. @defaultValue `0, 1, 2, 5, 10` */
  readonly biased?: readonly number[];
  /** @defaultValue `2, 5, 10, 20, 40, 80` */
  readonly zeroMean?: readonly number[];
  /** @defaultValue `1, 2, 3` */
  readonly noiseSeeds?: readonly number[];
  /** See `interruption`. @defaultValue `0.1, 0.2 ... 0.9` */
  readonly fractions?: readonly number[];
  /** Noisy copies of zero and of each trial end, for landscape and original rule (there 20). @defaultValue `4` */
  readonly copies?: number;
  /** How long memories are followed by the classification, in tau. @defaultValue `1000` */
  readonly horizon?: number;
  /** Whether delay 2 is classified too; it doubles the cost of the classification. @defaultValue `false` */
  readonly delay2?: boolean;
  /** Short lists by default, for a first look. @defaultValue `false` */
  readonly quick?: boolean;
}

/** {@link MeasureOptions} with every field set. */
export type ResolvedMeasureOptions = Required<MeasureOptions>;

const defaults: ResolvedMeasureOptions = {
  stimulusSeeds: [1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009, 1010],
  threshold: 0.1,
  share: 0.9,
  fullFrom: 0.9,
  extensions: defaultExtensions,
  biased: defaultSigmas.biased,
  zeroMean: defaultSigmas.zeroMean,
  noiseSeeds: [1, 2, 3],
  fractions: defaultFractions,
  copies: 4,
  horizon: 1000,
  delay2: false,
  quick: false,
};

const quick: Partial<ResolvedMeasureOptions> = {
  stimulusSeeds: [1001],
  extensions: [10, 50],
  biased: [1],
  zeroMean: [10],
  noiseSeeds: [1],
  fractions: [0.5],
  copies: 1,
};

/** The options with their defaults, those of a quick look where that is asked for. */
export function resolveMeasureOptions(
  where: string,
  options: MeasureOptions | undefined,
): ResolvedMeasureOptions {
  const resolved = resolveOptions(where, options?.quick ? { ...defaults, ...quick } : defaults, options);
  const { threshold, share, fullFrom, copies, horizon } = resolved;
  checkNumber(where, "threshold", threshold, Number.MIN_VALUE);
  checkNumber(where, "share", share, 0, 1);
  checkNumber(where, "fullFrom", fullFrom, 0);
  checkInteger(where, "copies", copies, 0, 10_000);
  checkNumber(where, "horizon", horizon, 0, 1e6);
  for (const name of ["quick", "delay2"] as const)
    if (typeof resolved[name] !== "boolean")
      fail(where, `${name} is ${describe(resolved[name])}, expected true or false`);
  checkList(where, "extensions", resolved.extensions, (value, at) => {
    checkNumber(where, at, value, 0.1, 1e5);
    if (Math.abs(value - Math.round(10 * value) / 10) > 1e-9)
      fail(where, `${at} is ${value}, expected a whole number of steps of 0.1 tau`);
  });
  if (resolved.extensions.some((value, i) => i > 0 && value <= resolved.extensions[i - 1]))
    fail(where, `extensions is ${resolved.extensions.join(", ")}, expected rising values`);
  for (const name of ["biased", "zeroMean"] as const)
    checkList(where, name, resolved[name], (value, at) => checkNumber(where, at, value, 0, 1e9));
  checkList(where, "fractions", resolved.fractions, (value, at) => checkNumber(where, at, value, 0, 1));
  for (const name of ["stimulusSeeds", "noiseSeeds"] as const)
    checkList(where, name, resolved[name], (value, at) => checkInteger(where, at, value, 0, 2 ** 32 - 1));
  for (const name of ["stimulusSeeds", "noiseSeeds"] as const)
    if (resolved[name].length === 0) fail(where, `${name} is empty, expected at least one seed`);
  return resolved;
}

function checkList(
  where: string,
  name: string,
  list: readonly number[],
  check: (value: number, at: string) => void,
): void {
  if (!Array.isArray(list)) fail(where, `${name} must be a list of numbers, got ${describe(list)}`);
  list.forEach((value, i) => check(value, `${name}[${i}]`));
  if (new Set(list).size < list.length)
    fail(where, `${name} is ${list.join(", ")}, expected each value once`);
}
