import { buildCell } from "../../cells/build.js";
import { speed } from "../../core/system.js";
import { trainedSpec } from "../../train/trainedSpec.js";
import type { FreeRuns } from "./freeRuns.js";
import type { MechanismSubject } from "./mechanismSubject.js";
import { finite } from "./response.js";

/** Speed of the free network, on its way from the four trial ends. */
export interface Depth {
  /** Trial lengths after the end of the trial. */
  readonly trials: number;
  /** `|F|` = tau |dx/dt| from x_00, x_01, x_10 and x_11. */
  readonly speeds: readonly (number | null)[];
  /** Their geometric mean; 0 when one of them is. */
  readonly mean: number | null;
}

/**
 * Depth: how fast the network still moves, `|F(x(t))|`, when it has run freely from the trial ends for so many trial
 * lengths. A straight line on a logarithmic axis is one slow mode, its slope the rate.
 *
 * Never throws for numbers; what is not finite is null. O(N^2) per speed. Source: Ghazizadeh & Ching (2021),
 * `asymp_trial_end` of their code.
 */
export function depth(subject: MechanismSubject, runs: FreeRuns): Depth[] {
  const { network, trained } = subject;
  const cell = buildCell(trainedSpec(network, trained));
  const n = network.units;
  const none = new Float64Array(network.inputs);
  return runs.looks.map((trials, k) => {
    const speeds = [0, 1, 2, 3].map(
      (b) => network.tau * speed(cell, runs.states[k].subarray(b * n, (b + 1) * n), none),
    );
    return {
      trials,
      speeds: speeds.map(finite),
      mean: finite(Math.exp(speeds.reduce((sum, v) => sum + Math.log(v) / 4, 0))),
    };
  });
}
