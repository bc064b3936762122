import { activityProfile } from "../../analysis/activityProfile.js";
import { checkInteger } from "../../core/check.js";
import { resolveOptions } from "../../core/defaults.js";
import type { Matrix } from "../../core/system.js";
import { advance } from "./advance.js";
import { checkSubject, type MechanismSubject } from "./mechanismSubject.js";
import { finite } from "./response.js";
import { caseStarts, cutSteps, spmCases } from "./spmCases.js";
import type { TrialEnds } from "./trialEnds.js";

/** Options of {@link activity}. */
export interface ActivityOptions {
  /** Of the stimuli. @defaultValue `1001` */
  readonly seed?: number;
}

/** What {@link activity} returns: plain data, save the states. N units, 16 cases. */
export interface ActivityReport {
  /** Share of units whose rate, averaged over delay 1, is beyond 0.8 in size; mean over the cases. */
  readonly saturationDelay: number;
  /** The same over the response window. */
  readonly saturationResponse: number;
  /** Mean standard deviation of a rate within delay 1, over the mean size of a rate: 0 is tonic. */
  readonly phasicIndex: number | null;
  /** The same in delay 2. */
  readonly phasicIndexDelay2: number | null;
  /** The memories: states when stimulus 1 ends, 16 x N. */
  readonly afterStimulus1: Matrix;
  /** States when stimulus 2 ends, 16 x N. */
  readonly afterStimulus2: Matrix;
}

const saturated = 0.8;

/**
 * Activity of the units in the 16 cases as trained: saturation and phasic index, and the states the delays begin with.
 *
 * Throws for wrong arguments only. Cost: 16 runs of one trial, O(T density N^2) each. Source: Ghazizadeh & Ching
 * (2021), `saturation_percentage` of their code; the phasic index is ours.
 *
 * @example
 * ```ts
 * const network = createForceNetwork({ units: 20 }, 1);
 * const untrained = { network, trained: { weights: new Float64Array(60) } };
 * activity(untrained, trialEnds(untrained)).saturationDelay; // => 0
 * ```
 */
export function activity(
  subject: MechanismSubject,
  ends: TrialEnds,
  options?: ActivityOptions,
): ActivityReport {
  checkSubject("activity", subject);
  const { seed } = resolveOptions("activity", { seed: 1001 }, options);
  checkInteger("activity", "seed", seed, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  const { steps, at, inputs } = spmCases(subject, seed);
  const n = subject.network.units;
  const part = (starts: Matrix, from: number, to: number, record: "outputs" | "all") =>
    advance(subject, starts, { steps: to - from, inputs: cutSteps(inputs, steps, from, to), record });

  const stimulus1 = part(caseStarts(ends.states), 0, at.stimulus1.end, "outputs").finalStates;
  const delay1 = part(stimulus1, at.delay1.start, at.delay1.end, "all");
  const stimulus2 = part(delay1.finalStates, at.stimulus2.start, at.stimulus2.end, "outputs").finalStates;
  const delay2 = part(stimulus2, at.delay2.start, at.delay2.end, "all");
  const response = part(delay2.finalStates, at.response.start, at.response.end, "all");
  return {
    saturationDelay: meanSaturation(delay1.states, delay1.steps, n),
    saturationResponse: meanSaturation(response.states, response.steps, n),
    phasicIndex: phasic(delay1.states, delay1.steps, n),
    phasicIndexDelay2: phasic(delay2.states, delay2.steps, n),
    afterStimulus1: stimulus1,
    afterStimulus2: stimulus2,
  };
}

/** Share of units, over runs, whose rate averaged over time is beyond 0.8. `states` is B x T x N. */
function meanSaturation(states: Matrix, steps: number, n: number): number {
  const runs = states.length / (steps * n);
  const mean = new Float64Array(n);
  let high = 0;
  for (let b = 0; b < runs; b++) {
    mean.fill(0);
    for (let s = 0; s < steps; s++) {
      const row = (b * steps + s) * n;
      for (let i = 0; i < n; i++) mean[i] += Math.tanh(states[row + i]);
    }
    for (let i = 0; i < n; i++) if (Math.abs(mean[i]) > saturated * steps) high++;
  }
  return high / (runs * n);
}

/** Of B x T x N states. */
function phasic(states: Matrix, steps: number, n: number): number | null {
  const runs = states.length / (steps * n);
  const perTime = Array.from({ length: steps }, (_, s) => {
    const rates = new Float64Array(runs * n);
    for (let b = 0; b < runs; b++)
      for (let i = 0; i < n; i++) rates[b * n + i] = Math.tanh(states[(b * steps + s) * n + i]);
    return rates;
  });
  return finite(activityProfile(perTime).phasicIndex);
}
