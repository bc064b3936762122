import { checkInteger, checkNumber, describe, fail, type Rows } from "../../core/check.js";
import { resolveOptions } from "../../core/defaults.js";
import type { DynamicalSystem } from "../../core/system.js";
import { capacityOfTargets, leastSamples } from "./capacityOfTargets.js";
import { chiSquareQuantile } from "./chiSquare.js";
import {
  checkDriven,
  type DriveOptions,
  drawInput,
  driveDefaults,
  driveStates,
  type ResolvedDriveOptions,
  resolveDrive,
} from "./drive.js";
import { type Estimate, estimate } from "./estimate.js";
import { legendre } from "./legendre.js";
import { countOfTerms, type LegendreTerm, legendreTerms } from "./legendreTerms.js";
import { checkRecording } from "./recording.js";
import { whiten } from "./whiten.js";

/** Options of {@link informationProcessingCapacityOfStates}. */
export interface InformationProcessingCapacityOfStatesOptions {
  /**
   * Longest lag of the terms of each total degree: entry 0 for degree 1, and so on; its length is the highest degree.
   * Lag 0 is the input of the step into the state itself. @defaultValue `[60, 20, 10, 6]`
   */
  readonly lags?: readonly number[];
  /** How often a term that the state knows nothing of may pass as significant. @defaultValue `1e-4` */
  readonly falsePositive?: number;
  /** Directions whose standard deviation is below this part of the largest one's count as rounding. @defaultValue `1e-12` */
  readonly rankTolerance?: number;
}

/** {@link InformationProcessingCapacityOfStatesOptions} as they were used. */
export type ResolvedInformationProcessingCapacityOfStatesOptions =
  Required<InformationProcessingCapacityOfStatesOptions>;

/** Options of {@link informationProcessingCapacity}. */
export interface InformationProcessingCapacityOptions
  extends InformationProcessingCapacityOfStatesOptions,
    DriveOptions {
  /** Samples, T. @defaultValue 20 D, at least 20000 */
  readonly steps?: number;
}

/** {@link InformationProcessingCapacityOptions} as they were used. */
export interface ResolvedInformationProcessingCapacityOptions
  extends ResolvedInformationProcessingCapacityOfStatesOptions,
    ResolvedDriveOptions {
  readonly steps: number;
}

/** A term that was found in the state. */
export interface CapacityTerm extends LegendreTerm {
  /** Corrected for chance. */
  readonly capacity: number;
  readonly standardError: number;
}

/** All terms of one total degree. */
export interface DegreeCapacity {
  readonly degree: number;
  /** How many terms were tried. */
  readonly terms: number;
  /** How many of them are significant. */
  readonly significant: number;
  /** Sum over the significant terms. */
  readonly capacity: number;
  /** Sum over all terms: unbiased, where the one above misses what is spread thinly. */
  readonly unthresholded: Estimate;
}

/** What a state computes of its input. Every number is 0 unless the status is "ok". */
export interface InformationProcessingCapacityReport<Options = ResolvedInformationProcessingCapacityOptions> {
  /** "constant": no state variable changes. "not-finite": the run blew up. */
  readonly status: "ok" | "constant" | "not-finite";
  /** Sum over the significant terms of all degrees; at most `rank`, up to sampling error. */
  readonly total: number;
  /** Sum over all terms of all degrees. */
  readonly unthresholded: Estimate;
  readonly degrees: readonly DegreeCapacity[];
  /** The significant terms, largest capacity first. */
  readonly significant: readonly CapacityTerm[];
  /** In-sample capacity that a term must exceed, at least. */
  readonly threshold: number;
  /** Number of linearly independent state variables at working precision: the bound of the total. */
  readonly rank: number;
  readonly condition: number;
  readonly constantFeatures: number;
  readonly duplicateFeatures: number;
  readonly samples: number;
  readonly dimension: number;
  readonly options: Options;
}

const stateDefaults = {
  lags: [60, 20, 10, 6] as readonly number[],
  falsePositive: 1e-4,
  rankTolerance: 1e-12,
};

/** More terms than this are a mistake in `lags`. */
const mostTerms = 200_000;
const rowsAtOnce = 256;

/**
 * Information processing capacity: which functions of the past input can be read linearly from the state now, and how
 * well; linear memory is its first degree.
 *
 * The channel is driven by `offset + amplitude * u_t`, u uniform on [-1, 1]. Products of Legendre polynomials
 * `z = prod_i sqrt(2 d_i + 1) P_{d_i}(u_{t - k_i})` are orthonormal, and `C[z] = 1 - min_w <(z - w'x)^2> / <z^2>`. Over all
 * z the C sum to at most the number of linearly independent state variables, and to exactly that if the input alone
 * determines the state (fading memory). What is missing from the rank lies beyond the lags and degrees tried, or in
 * state that the input does not determine.
 *
 * A term counts as significant when its in-sample C exceeds `quantile / T`: T C of a target that has nothing to do with
 * the state is chi-square distributed with `rank` degrees of freedom (for T much larger than the rank), and exceeds the
 * quantile with probability `falsePositive`. Where the recording shows that chance wins more than rank / T for a term
 * (neighbours in time that depend on each other), its threshold is higher by that factor. Dambre et al. threshold, too,
 * but this rule is ours. What is spread thinly over many terms stays below any threshold; `unthresholded` has none.
 *
 * Flows, systems without inputs, and options out of range throw; a run that blows up is a status.
 * Cost: O(T D^2 + T D K) for K terms; all share one factorisation, and come in blocks of 64 as matrix products.
 *
 * Source: Dambre, Verstraeten, Schrauwen & Massar (2012), Sci. Rep. 2:514.
 *
 * @example
 * ```ts
 * const square = map({ dimension: 2, inputDimension: 1, step: ([x], [u]) => [u, x * x] });
 * const { degrees, significant } = informationProcessingCapacity(square, { lags: [3, 3], steps: 2000 });
 * degrees.map(({ significant }) => significant); // => [1, 1]
 * significant[1].factors; // => [{ lag: 1, degree: 2 }]
 * ```
 */
export function informationProcessingCapacity(
  system: DynamicalSystem,
  options: InformationProcessingCapacityOptions = {},
): InformationProcessingCapacityReport {
  const where = "informationProcessingCapacity";
  checkDriven(where, system);
  const d = system.dimension;
  const given = resolveOptions(
    where,
    { ...driveDefaults, ...stateDefaults, steps: Math.max(20_000, 20 * d) },
    options,
  );
  const resolved = {
    ...resolveTerms(where, given),
    ...resolveDrive(where, system, given),
    steps: given.steps,
  };
  const { lags, steps, washout, seed } = resolved;
  checkInteger(where, "steps", steps, leastSamples(d, "adjusted", 0));

  const longest = Math.max(...lags);
  const draws = drawInput("uniform", washout + longest + steps, seed);
  const states = driveStates(system, draws, resolved);
  if (!states) return blank("not-finite", d, 0, resolved);
  return measure(d, states.subarray((washout + longest) * d), draws.subarray(washout), resolved);
}

/**
 * Information processing capacity, as {@link informationProcessingCapacity}, of states recorded elsewhere.
 *
 * The inputs are one channel, scaled to [-1, 1]; they must be uniform there and independent from step to step, or the terms
 * are not orthonormal. The first states, as many as the longest lag, are not scored.
 *
 * @param states - T x D: row t is the state after the step that `inputs[t]` drove; flat row-major, or rows
 * @param inputs - T numbers in [-1, 1]
 *
 * Rows and inputs that do not match, are too few, or leave [-1, 1] throw. Cost: O(T D^2 + T D K) for K terms.
 *
 * @example
 * ```ts
 * const inputs = Float64Array.from({ length: 500 }, (_, i) => Math.sin(78.233 * i * i));
 * const states = Array.from(inputs, (u) => [u + 1]);
 * informationProcessingCapacityOfStates(states, inputs, { lags: [2, 2] }).significant[0].capacity; // => 1.000
 * ```
 */
export function informationProcessingCapacityOfStates(
  states: Rows,
  inputs: ArrayLike<number>,
  options: InformationProcessingCapacityOfStatesOptions = {},
): InformationProcessingCapacityReport<ResolvedInformationProcessingCapacityOfStatesOptions> {
  const where = "informationProcessingCapacityOfStates";
  const { dimension, recorded, states: rows, series } = checkRecording(where, states, inputs);
  const outside = series.findIndex((u) => Math.abs(u) > 1);
  if (outside >= 0) fail(where, `inputs[${outside}] is ${series[outside]}, expected numbers in [-1, 1]`);
  const resolved = resolveTerms(where, resolveOptions(where, stateDefaults, options));
  const longest = Math.max(...resolved.lags);
  const least = leastSamples(dimension, "adjusted", 0);
  if (recorded - longest < least)
    fail(
      where,
      `states leaves ${recorded - longest} samples after ${longest} lags, expected at least ${least} for ${dimension} state variables`,
    );
  return measure(dimension, rows.subarray(longest * dimension), series, resolved);
}

/** `series` begins as many steps before the first state as the longest lag has. */
function measure<Options extends ResolvedInformationProcessingCapacityOfStatesOptions>(
  d: number,
  states: Float64Array,
  series: Float64Array,
  options: Options,
): InformationProcessingCapacityReport<Options> {
  const { lags, falsePositive, rankTolerance } = options;
  const longest = Math.max(...lags);
  const steps = states.length / d;
  const terms = lags.flatMap((lag, i) => legendreTerms(i + 1, lag));
  const features = whiten(steps, d, states, rankTolerance);
  const counts = {
    rank: features.rank,
    condition: features.condition,
    constantFeatures: features.constant,
    duplicateFeatures: features.duplicate,
  };
  if (features.rank === 0) return { ...blank("constant", d, steps, options), ...counts };

  const powers = lags.map((_, i) => {
    const values = new Float64Array(longest + steps);
    legendre(i + 1, series, values);
    return values;
  });
  const capacities = capacityOfTargets(
    features,
    {
      count: terms.length,
      fill: (first, count, out) => fillTerms(terms, powers, longest, first, count, out),
    },
    "adjusted",
    0,
    lags.length,
    (i) => terms[i].degree - 1,
  );
  const threshold = chiSquareQuantile(falsePositive, features.rank) / steps;
  // Where residuals depend on each other in time, chance wins more than rank / T.
  const inflation = (i: number) => Math.max(1, (capacities.chance[i] * steps) / features.rank);
  const passes = [...terms.keys()].filter((i) => capacities.inSample[i] > threshold * inflation(i));
  const found = passes
    .map((i) => ({
      ...terms[i],
      capacity: capacities.value[i],
      standardError: capacities.standardError[i],
    }))
    .sort((a, b) => b.capacity - a.capacity);
  const sums = new Float64Array(lags.length);
  for (const [i, { degree }] of terms.entries()) sums[degree - 1] += capacities.value[i];
  return {
    ...blank("ok", d, steps, options),
    total: found.reduce((sum, { capacity }) => sum + capacity, 0),
    unthresholded: estimate(
      sums.reduce((sum, c) => sum + c, 0),
      capacities.totalError,
    ),
    degrees: lags.map((lag, i) => {
      const own = found.filter(({ degree }) => degree === i + 1);
      return {
        degree: i + 1,
        terms: countOfTerms(i + 1, lag),
        significant: own.length,
        capacity: own.reduce((sum, { capacity }) => sum + capacity, 0),
        unthresholded: estimate(sums[i], capacities.groupError[i]),
      };
    }),
    significant: found,
    threshold,
    ...counts,
  };
}

/** Columns `first` .. of the targets: row t belongs to the input `longest + t`. */
function fillTerms(
  terms: readonly LegendreTerm[],
  powers: readonly Float64Array[],
  longest: number,
  first: number,
  count: number,
  out: Float64Array,
): void {
  const samples = out.length / count;
  out.fill(1);
  // A few rows at a time stay in cache while their columns are gone through.
  for (let from = 0; from < samples; from += rowsAtOnce) {
    const to = Math.min(samples, from + rowsAtOnce);
    for (let c = 0; c < count; c++)
      for (const { lag, degree } of terms[first + c].factors) {
        const values = powers[degree - 1];
        for (let t = from; t < to; t++) out[t * count + c] *= values[longest + t - lag];
      }
  }
}

function resolveTerms(
  where: string,
  { lags, falsePositive, rankTolerance }: typeof stateDefaults,
): ResolvedInformationProcessingCapacityOfStatesOptions {
  if (!Array.isArray(lags) || lags.length === 0)
    fail(where, `lags is ${describe(lags)}, expected one lag per degree, at least one`);
  for (const [i, lag] of lags.entries()) checkInteger(where, `lags[${i}]`, lag, 0, 1e6);
  const terms = lags.reduce((sum, lag, i) => sum + countOfTerms(i + 1, lag), 0);
  if (terms > mostTerms) fail(where, `lags asks for ${terms} terms, expected at most ${mostTerms}`);
  checkNumber(where, "falsePositive", falsePositive, Number.MIN_VALUE, 0.5);
  checkNumber(where, "rankTolerance", rankTolerance, 0, 1);
  return { lags: [...lags], falsePositive, rankTolerance };
}

/** A report with zeros for what is measured. */
function blank<Options extends ResolvedInformationProcessingCapacityOfStatesOptions>(
  status: InformationProcessingCapacityReport["status"],
  dimension: number,
  samples: number,
  options: Options,
): InformationProcessingCapacityReport<Options> {
  return {
    status,
    total: 0,
    unthresholded: estimate(0, 0),
    degrees: options.lags.map((lag, i) => ({
      degree: i + 1,
      terms: countOfTerms(i + 1, lag),
      significant: 0,
      capacity: 0,
      unthresholded: estimate(0, 0),
    })),
    significant: [],
    threshold: 0,
    rank: 0,
    condition: 0,
    constantFeatures: 0,
    duplicateFeatures: 0,
    samples,
    dimension,
    options,
  };
}
