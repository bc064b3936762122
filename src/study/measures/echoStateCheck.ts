import { simulate } from "../../analysis/simulate.js";
import { checkInteger, checkNumber } from "../../core/check.js";
import { resolveOptions } from "../../core/defaults.js";
import { createRandom } from "../../core/random.js";
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

/** Options of {@link echoStateCheck}. */
export interface EchoStateCheckOptions extends Omit<DriveOptions, "washout"> {
  /** @defaultValue `"uniform"` */
  readonly law?: InputLaw;
  /** @defaultValue `2000` */
  readonly steps?: number;
  /** Initial states; the first is `initialState`. @defaultValue `5` */
  readonly starts?: number;
  /** The others are normal about it with this standard deviation in each variable. @defaultValue `1` */
  readonly spread?: number;
  /** Forgotten is what falls below this part of the first distance, and stays there. @defaultValue `1e-9` */
  readonly tolerance?: number;
}

/** {@link EchoStateCheckOptions} as they were used. */
export interface ResolvedEchoStateCheckOptions extends Omit<ResolvedDriveOptions, "washout"> {
  readonly law: InputLaw;
  readonly steps: number;
  readonly starts: number;
  readonly spread: number;
  readonly tolerance: number;
}

/** What several starts under one input come to. */
export interface EchoStateReport {
  readonly verdict: "forgets" | "does not forget" | "undecided";
  /** "not-finite": a run blew up; the verdict is then "undecided". */
  readonly status: "ok" | "not-finite";
  /** Largest distance between two of the states, before the first step and after each one: `steps + 1` numbers. */
  readonly distances: Float64Array;
  /**
   * Slope of the logarithm of the distance, in 1 / steps: up to where it is forgotten, else over the second half of the
   * run. 0 when it is exactly zero within three steps.
   */
  readonly rate: number;
  /** After how many steps the distance is below the tolerance for good; `steps + 1` when it never is. */
  readonly forgottenAfter: number;
  readonly options: ResolvedEchoStateCheckOptions;
}

const { washout: _washout, ...echoDefaults } = driveDefaults;

/** Standard errors of the slope count stretches of the second half, not steps: neighbours in time are not independent. */
const pieces = 20;

/**
 * Echo-state check: do different initial states under the same input come to the same trajectory?
 *
 * "forgets": the largest distance fell below `tolerance` times the first one, and stayed there to the end.
 * "does not forget": it did not, and in the second half of the run its logarithm has no downward trend: the slope is not
 * below 0 by more than two standard errors, which are small enough to have seen a fall to a tenth. "undecided": anything
 * else, above all a decay that is too slow for the run; take more steps.
 *
 * An experiment with these starts and this input, no proof: a network may forget from here and have another attractor
 * elsewhere. Flows, systems without inputs, and options out of range throw; a run that blows up is a status.
 * Cost: O(starts * steps * rule + starts^2 * steps * D).
 *
 * Source: Jaeger (2001), GMD report 148; Manjunath & Jaeger (2013), Neural Comput. 25:671, for its dependence on input.
 *
 * @example
 * ```ts
 * const leaky = map({ dimension: 1, inputDimension: 1, step: ([x], [u]) => [0.8 * x + u] });
 * const { verdict, rate } = echoStateCheck(leaky);
 * verdict; // => "forgets"
 * rate; // => -0.22314
 * ```
 */
export function echoStateCheck(
  system: DynamicalSystem,
  options: EchoStateCheckOptions = {},
): EchoStateReport {
  const where = "echoStateCheck";
  checkDriven(where, system);
  const given = resolveOptions(
    where,
    { ...echoDefaults, law: "uniform" as InputLaw, steps: 2000, starts: 5, spread: 1, tolerance: 1e-9 },
    options,
  );
  checkLaw(where, given.law);
  checkInteger(where, "steps", given.steps, 4 * pieces);
  checkInteger(where, "starts", given.starts, 2);
  checkNumber(where, "spread", given.spread, Number.MIN_VALUE);
  checkNumber(where, "tolerance", given.tolerance, Number.MIN_VALUE, 0.5);
  const drive = resolveDrive(where, system, { ...given, washout: 0 });
  const { washout: _, ...echoed } = drive;
  const resolved: ResolvedEchoStateCheckOptions = { ...given, ...echoed };
  const { law, steps, starts, spread, seed, tolerance, initialState } = resolved;

  const d = system.dimension;
  const random = createRandom(seed).stream(1);
  const initial = new Float64Array(starts * d);
  for (let b = 0; b < starts; b++)
    for (let i = 0; i < d; i++)
      initial[b * d + i] = initialState[i] + (b === 0 ? 0 : spread * random.normal());
  const inputs = inputRows(system.inputDimension, drawInput(law, steps, seed), drive);
  const { states, outcomes } = simulate(system, initial, { inputs, steps });
  const distances = new Float64Array(steps + 1);
  const report = { distances, forgottenAfter: steps + 1, rate: 0, options: resolved };
  if (outcomes.some((outcome) => outcome !== "ok"))
    return { status: "not-finite", verdict: "undecided", ...report };
  distances[0] = diameter(starts, d, initial, 0, d);
  for (let t = 0; t < steps; t++) distances[t + 1] = diameter(starts, d, states, t * d, steps * d);

  const limit = tolerance * distances[0];
  let after = steps + 1;
  while (after > 0 && distances[after - 1] <= limit) after--;
  if (after <= steps) {
    const rate = slopeOfLog(distances, 0, after + 1).slope;
    return { status: "ok", verdict: "forgets", ...report, rate, forgottenAfter: after };
  }
  const half = Math.floor(steps / 2);
  const { slope, standardError } = slopeOfLog(distances, half, steps + 1);
  const span = steps - half;
  const still = slope + 2 * standardError >= -1e-6 / span;
  const seen = 2 * standardError * span < Math.log(10);
  return { status: "ok", verdict: still && seen ? "does not forget" : "undecided", ...report, rate: slope };
}

/** Largest distance between two rows of length d, `stride` apart. */
function diameter(count: number, d: number, x: Float64Array, start: number, stride: number): number {
  let largest = 0;
  for (let a = 0; a < count; a++)
    for (let b = 0; b < a; b++) {
      let square = 0;
      for (let i = 0; i < d; i++) square += (x[start + a * stride + i] - x[start + b * stride + i]) ** 2;
      largest = Math.max(largest, square);
    }
  return Math.sqrt(largest);
}

/** Least-squares slope of log distance over steps [from, to), distances of 0 left out; its error from means of pieces. */
function slopeOfLog(distances: Float64Array, from: number, to: number) {
  const count = Math.min(pieces, to - from);
  const times: number[] = [];
  const values: number[] = [];
  for (let p = 0; p < count; p++) {
    const first = from + Math.floor((p * (to - from)) / count);
    const last = from + Math.floor(((p + 1) * (to - from)) / count);
    let time = 0;
    let sum = 0;
    let used = 0;
    for (let t = first; t < last; t++) {
      if (distances[t] === 0) continue;
      time += t;
      sum += Math.log(distances[t]);
      used++;
    }
    if (used === 0) continue;
    times.push(time / used);
    values.push(sum / used);
  }
  const n = times.length;
  if (n < 3) return { slope: 0, standardError: Number.POSITIVE_INFINITY };
  const mean = (x: number[]) => x.reduce((sum, v) => sum + v, 0) / n;
  const [time, value] = [mean(times), mean(values)];
  let spread = 0;
  let product = 0;
  for (let p = 0; p < n; p++) {
    spread += (times[p] - time) ** 2;
    product += (times[p] - time) * (values[p] - value);
  }
  const slope = product / spread;
  let missed = 0;
  for (let p = 0; p < n; p++) missed += (values[p] - value - slope * (times[p] - time)) ** 2;
  return { slope, standardError: Math.sqrt(missed / (n - 2) / spread) };
}
