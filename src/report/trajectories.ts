import { evenRows } from "../analysis/evenRows.js";
import { type Simulation, simulate } from "../analysis/simulate.js";
import { suggestedStep } from "../analysis/suggestedStep.js";
import { checkInteger, checkNumber, checkRows, checkVector, fail, type Rows } from "../core/check.js";
import { resolveOptions } from "../core/defaults.js";
import { type DynamicalSystem, residual } from "../core/system.js";
import { withInput } from "../systems/withInput.js";

/** Options of {@link sampleTrajectories}. */
export interface SampleTrajectoriesOptions {
  /** The input held, length M. @defaultValue zeros */
  readonly input?: ArrayLike<number>;
  /** Trajectories, from starts chosen evenly over the list. @defaultValue `100` */
  readonly count?: number;
  /** Steps (flow: samples) at most. @defaultValue `500` */
  readonly maxSteps?: number;
  /** Flow: time between samples. @defaultValue four times a step that follows its fastest mode */
  readonly dt?: number;
}

const defaults = {
  input: undefined as ArrayLike<number> | undefined,
  count: 100,
  maxSteps: 500,
  dt: undefined as number | undefined,
};

/** A run shorter than this shows little. */
const shortest = 25;

/** Below this share of the typical speed at the starts a trajectory has settled, to the eye. */
const settledShare = 1e-3;

/**
 * Trajectories to look at: from some of the starts, as long as nineteen of twenty need to come to rest, at most
 * `maxSteps`. Where they end on cycles they never rest, and take that many.
 *
 * Returns a `Simulation`; one trajectory that fails is NaN from there on. Throws only for wrong arguments.
 * O(count maxSteps rule).
 *
 * @example
 * ```ts
 * const bistable = map({ dimension: 1, step: (x, u, out) => { out[0] = Math.tanh(2 * x[0]); } });
 * const { count, steps } = sampleTrajectories(bistable, [[-1], [0.1], [1]]);
 * [count, steps]; // => [3, 25]
 * ```
 */
export function sampleTrajectories(
  system: DynamicalSystem,
  starts: Rows,
  options?: SampleTrajectoriesOptions,
): Simulation {
  const where = "sampleTrajectories";
  const given = resolveOptions(where, defaults, options);
  const { dimension: d, inputDimension: m } = system;
  const table = checkRows(where, "starts", starts, d, "the system's dimension");
  if (table.count === 0) fail(where, "starts is empty, expected at least one row");
  checkInteger(where, "count", given.count, 1);
  checkInteger(where, "maxSteps", given.maxSteps, 1);
  if (given.dt !== undefined) checkNumber(where, "dt", given.dt, Number.MIN_VALUE);
  const input = checkVector(where, "input", given.input ?? new Float64Array(m), m, "the system's inputs");
  const chosen = evenRows(table.data, d, given.count).slice();
  const states = Array.from({ length: chosen.length / d }, (_, i) => chosen.subarray(i * d, (i + 1) * d));
  const dt =
    given.dt ?? (system.time === "continuous" ? 4 * suggestedStep(withInput(system, input), chosen) : 1);
  const usual = median(states.map((x) => speedAt(system, x, input)));
  const run = { input, dt, relativeTolerance: 1e-6, absoluteTolerance: 1e-8 };

  let steps = Math.min(shortest, given.maxSteps);
  while (steps < given.maxSteps) {
    const { finalStates } = simulate(system, states, { ...run, steps, record: "final" });
    let moving = 0;
    for (let i = 0; i < states.length; i++)
      if (speedAt(system, finalStates.subarray(i * d, (i + 1) * d), input) > settledShare * usual) moving++;
    if (moving <= states.length / 20) break;
    steps = Math.min(2 * steps, given.maxSteps);
  }
  return simulate(system, states, { ...run, steps });
}

/** |residual|, NaN where the rule fails. */
function speedAt(system: DynamicalSystem, x: Float64Array, u: Float64Array): number {
  const r = new Float64Array(x.length);
  residual(system, x, u, r);
  return Math.hypot(...r);
}

function median(values: readonly number[]): number {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  return sorted.length > 0 ? sorted[sorted.length >> 1] : 0;
}
