import type { Matrix } from "../../core/system.js";
import { advance } from "./advance.js";
import type { MechanismSubject } from "./mechanismSubject.js";

/** How far z may be off at the end of a trial, and a trial length later. */
const failedBeyond = 0.1;
const asymptoticBeyond = 0.3;

/** Runs that went wrong, one entry each, 0 or 1. */
export interface EndFailures {
  readonly failed: Uint8Array;
  /** Failed, and still off after another trial length without input: not merely mistimed. */
  readonly asymptotic: Uint8Array;
}

/**
 * Which runs end with `|z - expected| > 0.1`, and of these which still have `|z - expected| > 0.3` when they have run
 * freely for another `steps`. Not finite counts as both. Only failed runs are carried on: O(failed steps density N^2).
 *
 * @param z - at the end, one per run
 * @param states - at the end, B x N
 */
export function endFailures(
  subject: MechanismSubject,
  z: ArrayLike<number>,
  states: Matrix,
  expected: ArrayLike<number>,
  steps: number,
): EndFailures {
  const n = subject.network.units;
  const failed = Uint8Array.from(z, (value, b) => (Math.abs(value - expected[b]) <= failedBeyond ? 0 : 1));
  const asymptotic = new Uint8Array(failed.length);
  const which = Array.from(failed, (_, b) => b).filter((b) => failed[b] === 1);
  if (which.length === 0) return { failed, asymptotic };
  const starts = new Float64Array(which.length * n);
  for (const [i, b] of which.entries()) starts.set(states.subarray(b * n, (b + 1) * n), i * n);
  const { outputs } = advance(subject, starts, { steps });
  for (const [i, b] of which.entries()) {
    const settled = outputs[3 * ((i + 1) * steps - 1)];
    asymptotic[b] = Math.abs(settled - expected[b]) <= asymptoticBeyond ? 0 : 1;
  }
  return { failed, asymptotic };
}
