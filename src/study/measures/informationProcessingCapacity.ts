import { checkInteger, checkNumber, describe, fail } from "../../core/check.js";
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
import { whiten } from "./whiten.js";

/** Options of {@link informationProcessingCapacity}. */
export interface InformationProcessingCapacityOptions extends DriveOptions {
  /**
   * Longest lag of the terms of each total degree: entry 0 for degree 1, and so on; its length is the highest degree.
   * Lag 0 is the input of the step into the state itself. @defaultValue `[60, 20, 10, 6]`
   */
  readonly lags?: readonly number[];
  /** Samples, T. @defaultValue 20 D, at least 20000 */
  readonly steps?: number;
  /** How often a term that the state knows nothing of may pass as significant. @defaultValue `1e-4` */
  readonly falsePositive?: number;
  /** Directions whose standard deviation is below this part of the largest one's count as rounding. @defaultValue `1e-12` */
  readonly rankTolerance?: number;
}

/** {@link InformationProcessingCapacityOptions} as they were used. */
export interface ResolvedInformationProcessingCapacityOptions extends ResolvedDriveOptions {
  readonly lags: readonly number[];
  readonly steps: number;
  readonly falsePositive: number;
  readonly rankTolerance: number;
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
export interface InformationProcessingCapacityReport {
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
  readonly options: ResolvedInformationProcessingCapacityOptions;
}

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
    {
      ...driveDefaults,
      lags: [60, 20, 10, 6] as readonly number[],
      steps: Math.max(20_000, 20 * d),
      falsePositive: 1e-4,
      rankTolerance: 1e-12,
    },
    options,
  );
  const resolved = { ...given, ...resolveDrive(where, system, given), lags: checkLags(where, given.lags) };
  const { lags, steps, falsePositive, rankTolerance, washout, seed } = resolved;
  checkInteger(where, "steps", steps, leastSamples(d, "adjusted", 0));
  checkNumber(where, "falsePositive", falsePositive, Number.MIN_VALUE, 0.5);
  checkNumber(where, "rankTolerance", rankTolerance, 0, 1);

  const longest = Math.max(...lags);
  const draws = drawInput("uniform", washout + longest + steps, seed);
  const states = driveStates(system, draws, resolved);
  const terms = lags.flatMap((lag, i) => legendreTerms(i + 1, lag));
  if (!states) return reportOf("not-finite", terms, resolved, d);
  const features = whiten(steps, d, states.subarray((washout + longest) * d), rankTolerance);
  const counts = {
    rank: features.rank,
    condition: features.condition,
    constantFeatures: features.constant,
    duplicateFeatures: features.duplicate,
  };
  if (features.rank === 0) return { ...reportOf("constant", terms, resolved, d), ...counts };

  const powers = lags.map((_, i) => {
    const values = new Float64Array(longest + steps);
    legendre(i + 1, draws.subarray(washout), values);
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
    ...reportOf("ok", terms, resolved, d),
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

function checkLags(where: string, lags: readonly number[]): readonly number[] {
  if (!Array.isArray(lags) || lags.length === 0)
    fail(where, `lags is ${describe(lags)}, expected one lag per degree, at least one`);
  for (const [i, lag] of lags.entries()) checkInteger(where, `lags[${i}]`, lag, 0, 1e6);
  const terms = lags.reduce((sum, lag, i) => sum + countOfTerms(i + 1, lag), 0);
  if (terms > mostTerms) fail(where, `lags asks for ${terms} terms, expected at most ${mostTerms}`);
  return [...lags];
}

/** A report with zeros for what is measured. */
function reportOf(
  status: InformationProcessingCapacityReport["status"],
  terms: readonly LegendreTerm[],
  options: ResolvedInformationProcessingCapacityOptions,
  dimension: number,
): InformationProcessingCapacityReport {
  return {
    status,
    total: 0,
    unthresholded: estimate(0, 0),
    degrees: options.lags.map((_, i) => ({
      degree: i + 1,
      terms: terms.filter(({ degree }) => degree === i + 1).length,
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
    samples: status === "not-finite" ? 0 : options.steps,
    dimension,
    options,
  };
}
