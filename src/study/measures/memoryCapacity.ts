import { checkInteger, checkNumber, checkOneOf, fail, type Rows } from "../../core/check.js";
import { resolveOptions } from "../../core/defaults.js";
import type { DynamicalSystem } from "../../core/system.js";
import { type CapacityEstimator, capacityOfTargets, leastSamples } from "./capacityOfTargets.js";
import {
  checkDriven,
  checkLaw,
  type DriveOptions,
  drawInput,
  driveDefaults,
  driveStates,
  type InputLaw,
  type ResolvedDriveOptions,
  resolveDrive,
} from "./drive.js";
import { type Estimate, estimate } from "./estimate.js";
import { lagsFrom, longestLag } from "./lags.js";
import { checkRecording } from "./recording.js";
import { whiten } from "./whiten.js";

/** Options of {@link memoryCapacityOfStates}. */
export interface MemoryCapacityOfStatesOptions {
  /** Longest lag, in steps. @defaultValue 2 D, but between 10 and 500, and at most a quarter of the recording */
  readonly lags?: number;
  /** Lag 0 is the input of the step into the state itself; Jaeger's sum starts at 1. @defaultValue `0` */
  readonly firstLag?: 0 | 1;
  /** @defaultValue `"adjusted"` */
  readonly estimator?: CapacityEstimator;
  /** Directions whose standard deviation is below this part of the largest one's count as rounding. @defaultValue `1e-12` */
  readonly rankTolerance?: number;
}

/** {@link MemoryCapacityOfStatesOptions} as they were used. */
export type ResolvedMemoryCapacityOfStatesOptions = Required<MemoryCapacityOfStatesOptions>;

/** Options of {@link memoryCapacity}. */
export interface MemoryCapacityOptions extends MemoryCapacityOfStatesOptions, DriveOptions {
  /** @defaultValue `"uniform"` */
  readonly law?: InputLaw;
  /** Samples, T. @defaultValue 20 D, at least 5000 */
  readonly steps?: number;
}

/** {@link MemoryCapacityOptions} as they were used. */
export interface ResolvedMemoryCapacityOptions
  extends ResolvedMemoryCapacityOfStatesOptions,
    ResolvedDriveOptions {
  readonly law: InputLaw;
  readonly steps: number;
}

/** Linear memory of a recording. Every number is 0 unless the status is "ok". */
export interface MemoryCapacityReport<Options = ResolvedMemoryCapacityOptions> {
  /** "constant": no state variable changes. "not-finite": the run blew up. */
  readonly status: "ok" | "constant" | "not-finite";
  /** `firstLag` .. `lags`. */
  readonly lags: Float64Array;
  /** C_k of each lag; 0 to 1, and a little outside it where noise or the correction takes it. */
  readonly capacities: Float64Array;
  /** Of each C_k. */
  readonly standardErrors: Float64Array;
  /** C_k on the samples the fit has seen, uncorrected. */
  readonly inSample: Float64Array;
  /** Sum of the C_k. */
  readonly total: Estimate;
  /** What an input that leaves no trace gets in-sample: `rank / (samples - 1)`. */
  readonly chance: number;
  /** Number of linearly independent state variables at working precision; bounds the total. */
  readonly rank: number;
  /** Condition number of the covariance of the standardised state variables, in the directions that count. */
  readonly condition: number;
  /** State variables that never change. */
  readonly constantFeatures: number;
  /** State variables that repeat another one. */
  readonly duplicateFeatures: number;
  /** T: states that were used. */
  readonly samples: number;
  readonly dimension: number;
  readonly options: Options;
}

const stateDefaults = {
  lags: undefined as number | undefined,
  firstLag: 0 as 0 | 1,
  estimator: "adjusted" as CapacityEstimator,
  rankTolerance: 1e-12,
};

/**
 * Linear memory capacity: how well the inputs of the last steps can be read, each by its own linear readout, from the
 * state now. `C_k = max over w of corr^2(w'x_t, u_{t-k})`, `MC = sum over k of C_k <= D`.
 *
 * The system steps as `x_t = F(x_{t-1}, u_t)`: lag 0 is the input that made x_t, lag 1 the one before. One channel is
 * driven by independent draws, all others are held. Each C_k is 1 - (unexplained variance) / (variance) of a regression
 * on the whitened states. In-sample it has a chance level of about rank / T, which summed over many lags is no memory but
 * looks like one; the default estimator takes it out. It uses every sample, and so varies less than "held-out", which is
 * too low by about as much as the other was too high. Neither is clipped, so that sums stay unbiased.
 *
 * The value depends on the amplitude of the input unless the system is linear: report it over a range of amplitudes
 * (Ballarin, Grigoryeva & Ortega 2025).
 *
 * A flow, a system without inputs, too few steps for the dimension, or options out of range throw. States that blow up,
 * or do not change, are a status.
 *
 * Cost: O(T rule + T D^2 + T D lags); memory 24 T D bytes and more.
 *
 * Source: Jaeger (2001), GMD report 152.
 *
 * @example
 * ```ts
 * const leaky = map({ dimension: 1, inputDimension: 1, step: ([x], [u]) => [0.8 * x + u] });
 * const { total, capacities } = memoryCapacity(leaky, { lags: 40 });
 * capacities[0]; // => 0.36
 * total.value; // => 1.0
 * ```
 */
export function memoryCapacity(
  system: DynamicalSystem,
  options: MemoryCapacityOptions = {},
): MemoryCapacityReport {
  const where = "memoryCapacity";
  checkDriven(where, system);
  const d = system.dimension;
  const given = resolveOptions(
    where,
    {
      ...stateDefaults,
      ...driveDefaults,
      law: "uniform" as InputLaw,
      steps: Math.max(5000, 20 * d),
    },
    options,
  );
  checkInteger(where, "steps", given.steps, 1);
  checkLaw(where, given.law);
  const resolved: ResolvedMemoryCapacityOptions = {
    ...resolveMeasure(where, given, d, given.steps),
    ...resolveDrive(where, system, given),
    law: given.law,
    steps: given.steps,
  };
  const { washout, lags, law, seed, steps } = resolved;
  const draws = drawInput(law, washout + lags + steps, seed);
  const states = driveStates(system, draws, resolved);
  if (!states) return blank("not-finite", d, 0, resolved);
  return measure(d, states.subarray((washout + lags) * d), draws.subarray(washout), resolved);
}

/**
 * Linear memory capacity, as {@link memoryCapacity}, of states recorded elsewhere.
 *
 * The inputs are one channel; they must be independent from step to step, or the capacities of neighbouring lags count
 * the same memory twice. The first `lags` states are not scored: their input is not known that far back.
 *
 * @param states - T x D: row t is the state after the step that `inputs[t]` drove; flat row-major, or rows
 * @param inputs - T numbers
 *
 * Rows and inputs that do not match, or are too few, throw. Cost: O(T D^2 + T D lags).
 *
 * @example
 * ```ts
 * const inputs = Float64Array.from({ length: 600 }, (_, i) => Math.sin(78.233 * i * i));
 * const states = Array.from(inputs, (u, t) => [u, t > 0 ? inputs[t - 1] : 0]);
 * memoryCapacityOfStates(states, inputs, { lags: 3 }).total.value; // => 2.0
 * ```
 */
export function memoryCapacityOfStates(
  states: Rows,
  inputs: ArrayLike<number>,
  options: MemoryCapacityOfStatesOptions = {},
): MemoryCapacityReport<ResolvedMemoryCapacityOfStatesOptions> {
  const where = "memoryCapacityOfStates";
  const { dimension, recorded, states: rows, series } = checkRecording(where, states, inputs);
  const given = resolveOptions(where, stateDefaults, options);
  const resolved = resolveMeasure(where, given, dimension, recorded, recorded);
  return measure(dimension, rows.subarray(resolved.lags * dimension), series, resolved);
}

/** `samples` is given where lags are beside it, `recorded` where they are taken from it. */
function resolveMeasure(
  where: string,
  given: typeof stateDefaults,
  d: number,
  samples: number,
  recorded?: number,
): ResolvedMemoryCapacityOfStatesOptions {
  const { firstLag, estimator, rankTolerance } = given;
  const lags = given.lags ?? Math.min(longestLag(d), Math.floor(samples / 4));
  if (firstLag !== 0 && firstLag !== 1) fail(where, `firstLag is ${firstLag}, expected 0 or 1`);
  checkInteger(where, "lags", lags, firstLag);
  checkOneOf(where, "estimator", estimator, ["adjusted", "in-sample", "held-out"]);
  checkNumber(where, "rankTolerance", rankTolerance, 0, 1);
  const left = recorded === undefined ? samples : samples - lags;
  const least = leastSamples(d, estimator, lags);
  if (left < least)
    fail(
      where,
      recorded === undefined
        ? `steps is ${samples}, expected at least ${least} for ${d} state variables`
        : `states leaves ${left} samples after ${lags} lags, expected at least ${least} for ${d} state variables`,
    );
  return { lags, firstLag, estimator, rankTolerance };
}

/** `series` begins `options.lags` steps before the first state. */
function measure<Options extends ResolvedMemoryCapacityOfStatesOptions>(
  d: number,
  states: Float64Array,
  series: Float64Array,
  options: Options,
): MemoryCapacityReport<Options> {
  const { firstLag, lags, estimator, rankTolerance } = options;
  const samples = states.length / d;
  const features = whiten(samples, d, states, rankTolerance);
  const counts = {
    rank: features.rank,
    condition: features.condition,
    constantFeatures: features.constant,
    duplicateFeatures: features.duplicate,
  };
  if (features.rank === 0) return { ...blank("constant", d, samples, options), ...counts };
  const count = lags - firstLag + 1;
  const capacities = capacityOfTargets(
    features,
    {
      count,
      fill(first, width, out) {
        for (let t = 0; t < samples; t++)
          for (let c = 0; c < width; c++) out[t * width + c] = series[lags + t - firstLag - first - c];
      },
    },
    estimator,
    lags,
    1,
    () => 0,
  );
  return {
    status: "ok",
    lags: lagsFrom(firstLag, lags),
    capacities: capacities.value,
    standardErrors: capacities.standardError,
    inSample: capacities.inSample,
    total: estimate(
      capacities.value.reduce((sum, c) => sum + c, 0),
      capacities.totalError,
    ),
    chance: features.rank / (samples - 1),
    ...counts,
    samples,
    dimension: d,
    options,
  };
}

function blank<Options extends ResolvedMemoryCapacityOfStatesOptions>(
  status: "constant" | "not-finite",
  dimension: number,
  samples: number,
  options: Options,
): MemoryCapacityReport<Options> {
  const lags = lagsFrom(options.firstLag, options.lags);
  return {
    status,
    lags,
    capacities: new Float64Array(lags.length),
    standardErrors: new Float64Array(lags.length),
    inSample: new Float64Array(lags.length),
    total: estimate(0, 0),
    chance: 0,
    rank: 0,
    condition: 0,
    constantFeatures: 0,
    duplicateFeatures: 0,
    samples,
    dimension,
    options,
  };
}
