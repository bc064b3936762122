import { nearestNeighbourAccuracy } from "../../analysis/separability.js";
import { fail } from "../../core/check.js";
import { resolveOptions } from "../../core/defaults.js";
import type { Matrix } from "../../core/system.js";
import { wholeSteps } from "../../tasks/timeline.js";
import { advance } from "./advance.js";
import { endFailures } from "./endFailures.js";
import { checkSubject, type MechanismSubject } from "./mechanismSubject.js";
import { finite, responsesOf, shareOf } from "./response.js";
import { caseStarts, cutSteps, joined, type SpmCases, spmCases } from "./spmCases.js";
import type { TrialEnds } from "./trialEnds.js";

/** Options of {@link forgetting}. */
export interface ForgettingOptions {
  /** How much longer delay 1 lasts, in tau: rising, each a whole number of steps; 0 need not be among them. @defaultValue `1, 2, 5, 10, 15, 25, 35, 50, 100, 120, 150, 199.5, 400` */
  readonly extensions?: readonly number[];
  /** Of the stimuli. @defaultValue `1001` */
  readonly seed?: number;
}

/** How the 16 cases fare when delay 1 lasts longer. Shares are of the cases. */
export interface Forgetting {
  /** In tau. */
  readonly extension: number;
  /** Share whose last z is farther than 0.1 from that without extension. */
  readonly failed: number;
  /** Share that failed and whose z is still farther than 0.3 from it when the network has run freely for another trial length. */
  readonly asymptotic: number;
  /** Share whose mean answer is nearest the right one of the three. */
  readonly decided: number;
  /** Mean over the cases of |z - z without extension| at the last step. */
  readonly change: number | null;
  /** Share whose memory z_d, when the longer delay ends, is nearer the mean of the class shown than the other one. */
  readonly kept: number;
  /** Mean distance of z_d then from the mean of the class shown. */
  readonly memoryError: number | null;
  /**
   * Share of the 16 states then whose nearest neighbour was shown the same class in stimulus 1, at whatever distance:
   * 1, some readout could still tell; about 0.5, none can, even where no two states meet (phases on one cycle).
   */
  readonly neighbours: number | null;
}

/** What {@link forgetting} returns: plain data. */
export interface ForgettingReport {
  /** The trial as trained. */
  readonly nominal: Pick<Forgetting, "decided" | "kept" | "memoryError" | "neighbours">;
  /** One entry per extension. */
  readonly extended: readonly Forgetting[];
}

/** The extensions of {@link ForgettingOptions} unless others are given. */
export const defaultExtensions: readonly number[] = [1, 2, 5, 10, 15, 25, 35, 50, 100, 120, 150, 199.5, 400];

const defaults = { extensions: defaultExtensions, seed: 1001 };

/**
 * Forgetting: what an input-free stretch inserted at the end of delay 1 does to memory and answer, in 16 cases
 * (4 starts x 4 trial types). The delay is run once, up to the longest extension, and left at each of them.
 *
 * Throws for wrong arguments only. Cost: 16 runs of the longest extension, 16 of 20 tau per extension, and one trial
 * length more for each run that failed. Source: Ghazizadeh & Ching (2021), code of the robustness tests; there one
 * sample of stimulus 2 precedes the extension and the two last z are a step apart, here not.
 *
 * @example
 * ```ts
 * const network = createForceNetwork({ units: 20 }, 1);
 * const untrained = { network, trained: { weights: new Float64Array(60) } };
 * const { extended } = forgetting(untrained, trialEnds(untrained), { extensions: [10] });
 * extended[0].failed; // => 0
 * ```
 */
export function forgetting(
  subject: MechanismSubject,
  ends: TrialEnds,
  options?: ForgettingOptions,
): ForgettingReport {
  const where = "forgetting";
  checkSubject(where, subject);
  const { extensions, seed } = resolveOptions(where, defaults, options);
  const cases = spmCases(subject, seed);
  const { steps, at, inputs } = cases;
  const lengths = [0, ...checkExtensions(where, extensions, cases.dt)];

  const toDelay = { steps: at.delay1.end, inputs: cutSteps(inputs, steps, 0, at.delay1.end) };
  let delayed = advance(subject, caseStarts(ends.states), toDelay);
  const starts: Matrix[] = [];
  const kept: Pick<Forgetting, "kept" | "memoryError" | "neighbours">[] = [];
  const shown = Int32Array.from(cases.cases, ({ first }) => first);
  for (const [i, length] of lengths.entries()) {
    const more = i > 0 ? length - lengths[i - 1] : 0;
    if (more > 0) delayed = advance(subject, delayed.finalStates, { steps: more });
    starts.push(delayed.finalStates);
    const { outputs, steps: run, finalStates } = delayed;
    const neighbours = nearestNeighbourAccuracy(finalStates, subject.network.units, shown);
    kept.push({ ...memoryOf(cases, outputs, run), neighbours });
  }

  const left = steps - at.delay1.end;
  const rest = cutSteps(inputs, steps, at.delay1.end, steps);
  const runs = advance(subject, joined(starts), { steps: left, inputs: joined(starts.map(() => rest)) });
  const responses = responsesOf(cases, runs.outputs, left);
  const z = Float64Array.from(responses, ({ end }) => end);
  const nominal = Float64Array.from(z, (_, b) => z[b % 16]);
  const { failed, asymptotic } = endFailures(subject, z, runs.finalStates, nominal, steps);
  const among = <T>(table: ArrayLike<T>, i: number, holds: (entry: T) => boolean) =>
    shareOf(table, holds, 16 * i, 16 * (i + 1));
  const decided = (i: number) => among(responses, i, (r) => r.decided);
  return {
    nominal: { decided: decided(0), ...kept[0] },
    extended: extensions.map((extension, k) => {
      const i = k + 1;
      let change = 0;
      for (let c = 0; c < 16; c++) change += Math.abs(z[16 * i + c] - z[c]) / 16;
      return {
        extension,
        failed: among(failed, i, (v) => v === 1),
        asymptotic: among(asymptotic, i, (v) => v === 1),
        decided: decided(i),
        change: finite(change),
        ...kept[i],
      };
    }),
  };
}

/** Steps of each extension. */
function checkExtensions(where: string, extensions: readonly number[], dt: number): number[] {
  if (!Array.isArray(extensions)) fail(where, "extensions must be a list of times in tau");
  const lengths = extensions.map((extension, i) => wholeSteps(where, `extensions[${i}]`, extension, dt, 0));
  lengths.forEach((length, i) => {
    if (i > 0 && !(length > lengths[i - 1]))
      fail(where, `extensions[${i}] is ${extensions[i]}, expected more than ${extensions[i - 1]}`);
  });
  return lengths;
}

/** How near z_d at the last of `steps` is to the mean of the class shown, and to that of the other. */
function memoryOf(
  { cases, memories }: SpmCases,
  outputs: Float64Array,
  steps: number,
): Pick<Forgetting, "kept" | "memoryError"> {
  let kept = 0;
  let error = 0;
  for (const [c, { first }] of cases.entries()) {
    const last = 3 * ((c + 1) * steps - 1);
    const [right, wrong] = [memories[first], memories[1 - first]].map(([x, y]) =>
      Math.hypot(outputs[last + 1] - x, outputs[last + 2] - y),
    );
    if (right < wrong) kept++;
    error += right / cases.length;
  }
  return { kept: kept / cases.length, memoryError: finite(error) };
}
