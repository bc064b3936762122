import type { Matrix } from "../../core/system.js";
import { type ForceRuns, runForce } from "../../train/runForce.js";
import type { MechanismSubject } from "./mechanismSubject.js";

/** What {@link advance} is told besides where to start. */
export interface AdvanceOptions {
  /** T. */
  readonly steps: number;
  /** T x 2 for all runs, or B x T x 2. @defaultValue zeros */
  readonly inputs?: Matrix;
  /** @defaultValue `"outputs"` */
  readonly record?: "outputs" | "all";
}

/**
 * Runs of the trained network from `starts` (B x N), all together. A start that is not finite gives a run that is NaN
 * throughout, so that trouble in one part of a trial shows in all later ones. O(B T density N^2).
 */
export function advance(
  { network, trained }: Pick<MechanismSubject, "network" | "trained">,
  starts: Matrix,
  options: AdvanceOptions,
): ForceRuns {
  const n = network.units;
  const lost: number[] = [];
  for (let b = 0; b * n < starts.length; b++)
    if (!starts.subarray(b * n, (b + 1) * n).every(Number.isFinite)) lost.push(b);
  if (lost.length === 0) return runForce(network, trained, { ...options, starts });

  const safe = starts.slice();
  for (const b of lost) safe.fill(0, b * n, (b + 1) * n);
  const runs = runForce(network, trained, { ...options, starts: safe });
  const outcomes = [...runs.outcomes];
  for (const b of lost) {
    for (const table of [runs.outputs, runs.states, runs.finalStates]) {
      const width = table.length / runs.count;
      table.fill(Number.NaN, b * width, (b + 1) * width);
    }
    outcomes[b] = "not-finite";
  }
  return { ...runs, outcomes };
}
