import { checkInteger, checkNumber, fail } from "../../core/check.js";
import { resolveOptions } from "../../core/defaults.js";
import { advance } from "./advance.js";
import { checkSubject, type MechanismSubject } from "./mechanismSubject.js";
import { finite, type Response, responsesOf, shareOf } from "./response.js";
import { caseStarts, spmCases } from "./spmCases.js";
import type { TrialEnds } from "./trialEnds.js";

/** Options of {@link success}. */
export interface SuccessOptions {
  /** Seeds of the stimuli; 16 runs each. @defaultValue `1001 ... 1010` */
  readonly seeds?: readonly number[];
  /** A run succeeds when its root mean square error is below this. @defaultValue `0.1` */
  readonly threshold?: number;
  /**
   * The task is solved when at least this share of runs succeeds. What counted as solved in the original study is not
   * known. @defaultValue `0.9`
   */
  readonly share?: number;
}

/** What {@link success} returns: plain data. Errors of the answer z over the response window. */
export interface SuccessReport {
  readonly runs: number;
  /** Whether the share of runs below the threshold reaches the one asked for. */
  readonly solved: boolean;
  /** Share of runs whose root mean square error is below the threshold. */
  readonly share: number;
  /** Share of runs whose mean answer is nearest the right one of the three. */
  readonly decided: number;
  /** Root mean square errors over the runs; null where a run is not finite. */
  readonly meanRmse: number | null;
  readonly medianRmse: number | null;
  readonly worstRmse: number | null;
  /** For other gates: share of runs below each of these errors. */
  readonly below: readonly { readonly rmse: number; readonly share: number }[];
  /**
   * The measure of the original study: share of runs with `sqrt(sum of squared errors / 160) > epsilon`. Its divisor
   * is the number of runs and not of steps: epsilon is 0.56 of a root mean square error over 50 steps.
   */
  readonly original: readonly { readonly epsilon: number; readonly failed: number }[];
}

const defaults = {
  seeds: Array.from({ length: 10 }, (_, i) => 1001 + i) as readonly number[],
  threshold: 0.1,
  share: 0.9,
};

/** Root mean square errors by which other gates may go. 0.25 is half-way between two answers. */
const gates = [0.02, 0.05, 0.1, 0.15, 0.2, 0.25];
const epsilons = [0.005, 0.01, 0.05, 0.1];
/** The divisor of the original measure, for whatever number of runs. */
const originalDivisor = 160;

/**
 * Success: whether a trained network solves sequential pattern matching, from 4 starts x 4 trial types for each of
 * some stimulus seeds. A run that is not finite fails.
 *
 * Throws for wrong arguments only. Cost: 16 runs of one trial per seed, O(T density N^2) each.
 * Source: Ghazizadeh & Ching (2021), `error_rate` of their code; which rate counted as learned there is not known.
 *
 * @example
 * ```ts
 * const network = createForceNetwork({ units: 20 }, 1);
 * const untrained = { network, trained: { weights: new Float64Array(60) } };
 * const { solved, meanRmse } = success(untrained, trialEnds(untrained), { seeds: [1] });
 * solved; // => false
 * meanRmse; // => 0.875
 * ```
 */
export function success(subject: MechanismSubject, ends: TrialEnds, options?: SuccessOptions): SuccessReport {
  const where = "success";
  checkSubject(where, subject);
  const { seeds, threshold, share } = resolveOptions(where, defaults, options);
  checkSeeds(where, "seeds", seeds);
  checkNumber(where, "threshold", threshold, 0);
  checkNumber(where, "share", share, 0, 1);
  const responses: Response[] = [];
  for (const seed of seeds) {
    const cases = spmCases(subject, seed);
    const { steps, inputs } = cases;
    const { outputs } = advance(subject, caseStarts(ends.states), { steps, inputs });
    responses.push(...responsesOf(cases, outputs, steps));
  }
  const errors = Float64Array.from(responses, ({ rmse }) => rmse);
  const below = (limit: number) => shareOf(errors, (e) => e < limit);
  const sorted = errors.slice().sort();
  const half = sorted.length / 2;
  return {
    runs: errors.length,
    solved: below(threshold) >= share,
    share: below(threshold),
    decided: shareOf(responses, ({ decided }) => decided),
    meanRmse: finite(errors.reduce((sum, e) => sum + e / errors.length, 0)),
    medianRmse: finite((sorted[Math.ceil(half) - 1] + sorted[Math.floor(half)]) / 2),
    worstRmse: finite(errors.reduce((most, e) => Math.max(most, e), 0)),
    below: gates.map((rmse) => ({ rmse, share: below(rmse) })),
    original: epsilons.map((epsilon) => ({
      epsilon,
      failed: shareOf(responses, ({ squares }) => !(Math.sqrt(squares / originalDivisor) <= epsilon)),
    })),
  };
}

/** Refuses a list of seeds that is empty or holds something else. */
export function checkSeeds(where: string, name: string, seeds: readonly number[]): void {
  if (!Array.isArray(seeds) || seeds.length === 0) fail(where, `${name} must be a list of at least one seed`);
  seeds.forEach((seed, i) => {
    checkInteger(where, `${name}[${i}]`, seed, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  });
}
