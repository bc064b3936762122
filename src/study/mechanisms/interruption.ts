import { checkNumber, fail } from "../../core/check.js";
import { resolveOptions } from "../../core/defaults.js";
import { advance } from "./advance.js";
import { endFailures } from "./endFailures.js";
import { checkSubject, type MechanismSubject } from "./mechanismSubject.js";
import { responsesOf, shareOf } from "./response.js";
import { caseStarts, cutSteps, joined, spmCases } from "./spmCases.js";
import type { TrialEnds } from "./trialEnds.js";

/** Options of {@link interruption}. */
export interface InterruptionOptions {
  /** Fractions of the units that do not see stimulus 1. @defaultValue `0.1, 0.2 ... 0.9` */
  readonly fractions?: readonly number[];
  /** Of the stimuli. @defaultValue `1001` */
  readonly seed?: number;
}

/** How the 16 cases fare against the answer asked for. */
export interface Interruption {
  readonly fraction: number;
  /** Share whose last z is farther than 0.1 from the answer. */
  readonly failed: number;
  /** Share that failed and whose z is farther than 0.3 from it after another trial length. */
  readonly asymptotic: number;
  /** Share whose mean answer is nearest the right one of the three. */
  readonly decided: number;
}

/** The fractions of {@link InterruptionOptions} unless others are given. */
export const defaultFractions: readonly number[] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

const defaults = { fractions: defaultFractions, seed: 1001 };

/**
 * Interruption: during stimulus 1 the input weights of the first `round(fraction N)` units are zero; afterwards all
 * are as they were. The subject itself is not changed.
 *
 * Throws for wrong arguments only. Cost: 16 trials per fraction, and a trial length more for each run that failed.
 * Source: Ghazizadeh & Ching (2021), code of the robustness tests; there the weights stay zero for good, by mistake.
 *
 * @example
 * ```ts
 * const network = createForceNetwork({ units: 20 }, 1);
 * const untrained = { network, trained: { weights: new Float64Array(60) } };
 * interruption(untrained, trialEnds(untrained), { fractions: [0.5] })[0].failed; // => 1
 * ```
 */
export function interruption(
  subject: MechanismSubject,
  ends: TrialEnds,
  options?: InterruptionOptions,
): Interruption[] {
  const where = "interruption";
  checkSubject(where, subject);
  const { fractions, seed } = resolveOptions(where, defaults, options);
  if (!Array.isArray(fractions)) fail(where, "fractions must be a list of numbers in [0, 1]");
  fractions.forEach((fraction, i) => checkNumber(where, `fractions[${i}]`, fraction, 0, 1));
  if (fractions.length === 0) return [];

  const cases = spmCases(subject, seed);
  const { steps, at, inputs } = cases;
  const shown = at.stimulus1.end;
  const left = steps - shown;
  const first = { steps: shown, inputs: cutSteps(inputs, steps, 0, shown) };
  const rest = cutSteps(inputs, steps, shown, steps);
  const { network, trained } = subject;
  const starts = caseStarts(ends.states);
  const interrupted = fractions.map((fraction) => {
    const input = network.input.slice().fill(0, 0, 2 * Math.round(fraction * network.units));
    return advance({ network: { ...network, input }, trained }, starts, first).finalStates;
  });
  const runs = advance(subject, joined(interrupted), {
    steps: left,
    inputs: joined(interrupted.map(() => rest)),
  });
  const responses = responsesOf(cases, runs.outputs, left);
  const z = responses.map(({ end }) => end);
  const answers = z.map((_, b) => cases.cases[b % 16].answer);
  const { failed, asymptotic } = endFailures(subject, z, runs.finalStates, answers, steps);
  const ofFraction = <T>(table: ArrayLike<T>, i: number, holds: (entry: T) => boolean) =>
    shareOf(table, holds, 16 * i, 16 * (i + 1));
  return fractions.map((fraction, i) => ({
    fraction,
    failed: ofFraction(failed, i, (v) => v === 1),
    asymptotic: ofFraction(asymptotic, i, (v) => v === 1),
    decided: ofFraction(responses, i, (r) => r.decided),
  }));
}
