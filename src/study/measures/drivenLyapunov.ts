import { largestExponentAlong } from "../../analysis/lyapunov.js";
import { checkInteger } from "../../core/check.js";
import { resolveOptions } from "../../core/defaults.js";
import type { DynamicalSystem } from "../../core/system.js";
import {
  checkDriven,
  checkLaw,
  type DriveOptions,
  drawInput,
  driveDefaults,
  type InputLaw,
  inputRows,
  type ResolvedDriveOptions,
  resolveDrive,
} from "./drive.js";
import { errorOfMeans, stretches } from "./estimate.js";

/** Options of {@link drivenLyapunov}. */
export interface DrivenLyapunovOptions extends DriveOptions {
  /** @defaultValue `"uniform"` */
  readonly law?: InputLaw;
  /** Steps that are averaged over, after the washout; at least 40. @defaultValue `5000` */
  readonly steps?: number;
}

/** {@link DrivenLyapunovOptions} as they were used. */
export interface ResolvedDrivenLyapunovOptions extends ResolvedDriveOptions {
  readonly law: InputLaw;
  readonly steps: number;
}

/** Whether neighbouring states come together or part under one input. */
export interface DrivenLyapunovReport {
  /** "collapses": a difference of states becomes exactly zero after finitely many steps. "not-finite": the run blew up. */
  readonly status: "ok" | "collapses" | "not-finite";
  /** In 1 / steps; -Infinity when it collapses, 0 when the run blew up. */
  readonly exponent: number;
  /** Of batch means over 20 stretches of the run. */
  readonly standardError: number;
  readonly options: ResolvedDrivenLyapunovOptions;
}

/**
 * Largest Lyapunov exponent of a driven map: the mean growth rate of a small difference between two states under the same
 * input. Negative: the start is forgotten, and what the state holds it has from the input. Positive: chaos, the start is
 * never forgotten.
 *
 * A statement about this input (its law, amplitude and offset): strong input can tame a network that is chaotic without.
 * One tangent vector is carried along the orbit of one run, from a washout on.
 * Flows, systems without inputs, and options out of range throw. Cost: O(steps) rules and Jacobian products.
 *
 * Source: Benettin, Galgani, Giorgilli & Strelcyn (1980); under input, Verstraeten, Schrauwen, D'Haene & Stroobandt
 * (2007), Neural Netw. 20:391.
 *
 * @example
 * ```ts
 * const leaky = map({ dimension: 1, inputDimension: 1, step: ([x], [u]) => [0.8 * x + u] });
 * drivenLyapunov(leaky).exponent; // => -0.22314
 * ```
 */
export function drivenLyapunov(
  system: DynamicalSystem,
  options: DrivenLyapunovOptions = {},
): DrivenLyapunovReport {
  const where = "drivenLyapunov";
  checkDriven(where, system);
  const given = resolveOptions(where, { ...driveDefaults, law: "uniform" as InputLaw, steps: 5000 }, options);
  checkLaw(where, given.law);
  checkInteger(where, "steps", given.steps, 2 * stretches);
  const resolved: ResolvedDrivenLyapunovOptions = { ...given, ...resolveDrive(where, system, given) };
  const { law, steps, washout, seed, initialState } = resolved;

  const m = system.inputDimension;
  const rows = inputRows(m, drawInput(law, washout + steps, seed), resolved);
  const x = initialState.slice();
  const tangent = new Float64Array(system.dimension).map((_, i) => 1 + (i % 5) / 5);
  const along = (from: number, count: number) =>
    largestExponentAlong(system, x, count, tangent, (t) => rows.subarray((from + t) * m, (from + t + 1) * m));
  const means = new Float64Array(stretches);
  let sum = 0;
  // The washout also turns the tangent vector into the direction that grows most.
  const early = along(0, washout);
  let failed = washout > 0 && !Number.isFinite(early) ? early : 0;
  for (let s = 0; s < stretches && failed === 0; s++) {
    const from = Math.floor((s * steps) / stretches);
    const count = Math.floor(((s + 1) * steps) / stretches) - from;
    means[s] = along(washout + from, count);
    sum += means[s] * count;
    if (!Number.isFinite(means[s])) failed = means[s];
  }
  const report = { standardError: 0, options: resolved };
  if (Number.isNaN(failed) || !x.every(Number.isFinite))
    return { status: "not-finite", exponent: 0, ...report };
  if (failed !== 0) return { status: "collapses", exponent: Number.NEGATIVE_INFINITY, ...report };
  return { status: "ok", exponent: sum / steps, ...report, standardError: errorOfMeans(means) };
}
