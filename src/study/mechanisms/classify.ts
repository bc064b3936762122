import { classifyMechanism } from "../../analysis/mechanism.js";
import type { MechanismReport } from "../../analysis/mechanismReport.js";
import { checkNumber } from "../../core/check.js";
import { resolveOptions } from "../../core/defaults.js";
import type { Matrix } from "../../core/system.js";
import { freeMap } from "./freeMap.js";
import { checkSubject, type MechanismSubject, taskOf } from "./mechanismSubject.js";

/** Options of {@link classifyDelay}. */
export interface ClassifyDelayOptions {
  /** Whether the network solves the task; a network that does not is never given a mechanism. @defaultValue `true` */
  readonly solved?: boolean;
  /** How long memories are followed, in tau. @defaultValue `1000` */
  readonly horizon?: number;
}

/**
 * By which mechanism a trained network remembers during a delay: `classifyMechanism` on the map it was trained as,
 * with the states in which the delay begins and what each is the memory of. The report counts in steps of the map.
 *
 * Throws for wrong arguments only. Cost: see `classifyMechanism`.
 *
 * @param states - P x N
 */
export function classifyDelay(
  subject: MechanismSubject,
  states: Matrix,
  labels: readonly number[],
  options?: ClassifyDelayOptions,
): MechanismReport {
  const where = "classifyDelay";
  checkSubject(where, subject);
  const { solved, horizon } = resolveOptions(where, { solved: true, horizon: 1000 }, options);
  const { at, dt } = taskOf(subject, 4, 0);
  checkNumber(where, "horizon", horizon, 0);
  const delay = at.delay1.end - at.delay1.start;
  return classifyMechanism(
    freeMap(subject),
    { states, labels },
    {
      delay,
      solved,
      horizon: Math.max(delay, Math.round(horizon / dt)),
    },
  );
}
