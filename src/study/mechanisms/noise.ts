import { checkNumber, fail } from "../../core/check.js";
import { resolveOptions } from "../../core/defaults.js";
import { advance } from "./advance.js";
import { endFailures } from "./endFailures.js";
import { checkSubject, type MechanismSubject, type StimulusNoise } from "./mechanismSubject.js";
import { type Response, responsesOf, shareOf } from "./response.js";
import { caseStarts, spmCases } from "./spmCases.js";
import { checkSeeds } from "./success.js";
import type { TrialEnds } from "./trialEnds.js";

/**
 * Kind of noise on stimulus 1, `u + mu + sigma U` with U uniform on [0, 1), independent for each step and channel.
 * "biased": mu = 0.5 as in the original study, so that the stimulus moves by `0.5 + sigma / 2` on both channels;
 * "zero-mean": mu = -sigma / 2.
 */
export type NoiseKind = "biased" | "zero-mean";

/** Options of {@link noise}. */
export interface NoiseOptions {
  /** Sizes of the biased noise; 0 shows the bias alone. @defaultValue `0, 1, 2, 5, 10` */
  readonly biased?: readonly number[];
  /** Sizes of the zero-mean noise. @defaultValue `2, 5, 10, 20, 40, 80` */
  readonly zeroMean?: readonly number[];
  /** Of the noise; 16 runs each and size. @defaultValue `1, 2, 3` */
  readonly noiseSeeds?: readonly number[];
  /** Of the stimuli. @defaultValue `1001` */
  readonly seed?: number;
}

/** How runs fare against the answer asked for. Shares are of the runs. */
export interface NoiseFailures {
  /** Share whose last z is farther than 0.1 from the answer. */
  readonly failed: number;
  /** Share that failed and whose z is farther than 0.3 from it when the network has run freely for another trial length. */
  readonly asymptotic: number;
  /** Share whose mean answer is nearest the right one of the three. */
  readonly decided: number;
}

/** One kind and size of noise. */
export interface NoiseLevel extends NoiseFailures {
  readonly kind: NoiseKind;
  readonly sigma: number;
  readonly mu: number;
}

/** What {@link noise} returns: plain data. */
export interface NoiseReport {
  /** The same cases without noise: what the levels are to be measured against. */
  readonly noiseFree: NoiseFailures;
  /** Biased levels first. */
  readonly levels: readonly NoiseLevel[];
}

/** The sizes of {@link NoiseOptions} unless others are given. */
export const defaultSigmas = { biased: [0, 1, 2, 5, 10], zeroMean: [2, 5, 10, 20, 40, 80] } as const;

const defaults = {
  biased: defaultSigmas.biased as readonly number[],
  zeroMean: defaultSigmas.zeroMean as readonly number[],
  noiseSeeds: [1, 2, 3] as readonly number[],
  seed: 1001,
};

const originalBias = 0.5;

/**
 * Robustness to noise on stimulus 1, in 16 cases (4 starts x 4 trial types) per noise seed. Stimuli and noise seeds
 * are the same for all sizes.
 *
 * Throws for wrong arguments only. Cost: 16 trials per size and noise seed, and a trial length more for each run that
 * failed. Source: Ghazizadeh & Ching (2021), code of the robustness tests, whose noise is the biased kind.
 *
 * @example
 * ```ts
 * const network = createForceNetwork({ units: 20 }, 1);
 * const untrained = { network, trained: { weights: new Float64Array(60) } };
 * const { levels } = noise(untrained, trialEnds(untrained), { biased: [], zeroMean: [2] });
 * levels[0].failed; // => 1
 * ```
 */
export function noise(subject: MechanismSubject, ends: TrialEnds, options?: NoiseOptions): NoiseReport {
  const where = "noise";
  checkSubject(where, subject);
  const { biased, zeroMean, noiseSeeds, seed } = resolveOptions(where, defaults, options);
  checkSizes(where, "biased", biased);
  checkSizes(where, "zeroMean", zeroMean);
  checkSeeds(where, "noiseSeeds", noiseSeeds);

  const measure = (noises: readonly (StimulusNoise | undefined)[]): NoiseFailures => {
    const responses: Response[] = [];
    const failures = noises.map((one) => {
      const cases = spmCases(subject, seed, one);
      const { steps, inputs } = cases;
      const runs = advance(subject, caseStarts(ends.states), { steps, inputs });
      const found = responsesOf(cases, runs.outputs, steps);
      responses.push(...found);
      const answers = cases.cases.map(({ answer }) => answer);
      const z = found.map(({ end }) => end);
      return endFailures(subject, z, runs.finalStates, answers, steps);
    });
    const share = (which: "failed" | "asymptotic") =>
      failures.reduce((sum, one) => sum + shareOf(one[which], (v) => v === 1) / failures.length, 0);
    return {
      failed: share("failed"),
      asymptotic: share("asymptotic"),
      decided: shareOf(responses, ({ decided }) => decided),
    };
  };
  const level = (kind: NoiseKind, sigma: number): NoiseLevel => {
    const mu = kind === "biased" ? originalBias : 0 - sigma / 2;
    return { kind, sigma, mu, ...measure(noiseSeeds.map((one) => ({ sigma, mu, seed: one }))) };
  };
  return {
    noiseFree: measure([undefined]),
    levels: [...biased.map((s) => level("biased", s)), ...zeroMean.map((s) => level("zero-mean", s))],
  };
}

function checkSizes(where: string, name: string, sizes: readonly number[]): void {
  if (!Array.isArray(sizes)) fail(where, `${name} must be a list of sizes`);
  sizes.forEach((sigma, i) => checkNumber(where, `${name}[${i}]`, sigma, 0));
}
