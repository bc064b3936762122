import type { Cell } from "../cells/cell.js";
import { checkNumber, checkRows, checkVector, describe, fail, type Rows } from "../core/check.js";
import type { Vector } from "../core/system.js";
import type { Tensor } from "./tensor.js";

/** A stored trajectory: `states[t]` is the state after `inputs[t]` was seen. */
export interface Trajectory {
  /**
   * T x M rows, or a tensor of shape [T, M] or [trials, T, M]. Needed unless the cell has no input.
   */
  readonly inputs?: Rows | Tensor;
  /**
   * T x D rows, or a tensor of shape [T, D] or [trials, T, D]. One row more than inputs: the first is the
   * state before the first input.
   */
  readonly states: Rows | Tensor;
  /** Length D. @defaultValue the first of T + 1 states, else the cell's initial state */
  readonly initialState?: ArrayLike<number>;
  /** Time from row to row; needed for a flow, which is stepped by Euler's rule `x + dt F(x, u)`. */
  readonly dt?: number;
}

/** How far a re-simulation strays from what was stored. */
export interface TrajectoryReport {
  readonly trials: number;
  /** Steps of each trial. */
  readonly steps: number;
  /** Largest |simulated - stored| of a free run from the initial state; `Infinity` if the run blew up. */
  readonly largestDeviation: number;
  /** Where it was: trial, step (0 is the first update) and state variable; -1 when there are no steps. */
  readonly atTrial: number;
  readonly atStep: number;
  readonly atUnit: number;
  /** Largest deviation of a single step taken from the stored state before it: chaos cannot blow it up. */
  readonly largestStepDeviation: number;
}

/**
 * Re-simulates a stored trajectory and reports the largest deviation: the test that weights, equation,
 * gate order and initial state were all read as the network was trained.
 *
 * `x[t] = F(x[t - 1], u[t])` for a map; `x[t] = x[t - 1] + dt F(x[t - 1], u[t])` (Euler's rule) for a flow.
 * Expect about 1e-14 where the trajectory was computed in float64, 1e-6 in float32, and more in chaos,
 * where `largestStepDeviation` is the one to look at.
 *
 * Failure: an ArgumentError for wrong shapes or numbers that are not finite. O(trials T rule).
 *
 * @param cell - the network
 * @param trajectory - inputs and states as stored
 * @example
 * ```ts
 * import { buildCell } from "rnn-dynamics";
 * import { checkTrajectory } from "rnn-dynamics/io";
 * const cell = buildCell({ kind: "vanilla", activation: "linear", recurrent: [[0.5]], initialState: [1] });
 * checkTrajectory(cell, { states: [[0.5], [0.25]] }).largestDeviation; // => 0
 * ```
 */
export function checkTrajectory(cell: Cell, trajectory: Trajectory): TrajectoryReport {
  const where = "checkTrajectory";
  const { dimension: D, inputDimension: M, time } = cell;
  const { dt } = trajectory;
  if (dt !== undefined) checkNumber(where, "dt", dt, 0);
  if (time === "continuous" && dt === undefined)
    fail(where, "dt is missing, expected the time between rows: this network is a flow");
  const states = readTrials(where, "states", trajectory.states, D, "D, the cell's dimension");
  const trials = states.trials;
  let rows = states.count;
  let inputs: Trials | undefined;
  if (M > 0) {
    if (trajectory.inputs === undefined)
      fail(where, `inputs are missing, expected T x ${M} (the cell's inputs)`);
    inputs = readTrials(where, "inputs", trajectory.inputs, M, "M, the cell's inputs");
    if (inputs.trials !== trials)
      fail(where, `inputs have ${inputs.trials} trials, expected ${trials} as states`);
    rows = inputs.count;
    if (states.count !== rows && states.count !== rows + 1)
      fail(where, `states have ${states.count} rows per trial, expected ${rows} (as inputs) or one more`);
  }
  const leading = states.count - rows;
  const given =
    trajectory.initialState === undefined
      ? undefined
      : checkVector(where, "initialState", trajectory.initialState, D, "D, the cell's dimension");

  const step = stepper(cell, time === "continuous" ? dt : undefined);
  const [x, before, next] = [new Float64Array(D), new Float64Array(D), new Float64Array(D)];
  const u = new Float64Array(M);
  let [largest, atTrial, atStep, atUnit, largestStep] = [trials * rows > 0 ? -1 : 0, -1, -1, -1, 0];
  for (let trial = 0; trial < trials; trial++) {
    const row = (t: number) =>
      states.data.subarray((trial * states.count + t) * D, (trial * states.count + t + 1) * D);
    x.set(given ?? (leading === 1 ? row(0) : cell.initialState));
    before.set(x);
    for (let t = 0; t < rows; t++) {
      if (inputs) u.set(inputs.data.subarray((trial * rows + t) * M, (trial * rows + t + 1) * M));
      const stored = row(t + leading);
      step(before, u, next);
      for (let i = 0; i < D; i++) largestStep = Math.max(largestStep, gap(next[i], stored[i]));
      before.set(stored);
      step(x, u, next);
      x.set(next);
      for (let i = 0; i < D; i++) {
        const deviation = gap(x[i], stored[i]);
        if (deviation > largest) [largest, atTrial, atStep, atUnit] = [deviation, trial, t, i];
      }
    }
  }
  return {
    trials,
    steps: rows,
    largestDeviation: largest,
    atTrial,
    atStep,
    atUnit,
    largestStepDeviation: largestStep,
  };
}

/** One step from row to row. */
function stepper(cell: Cell, dt: number | undefined): (x: Vector, u: Vector, out: Vector) => void {
  if (dt === undefined) return (x, u, out) => cell.rule(x, u, out);
  return (x, u, out) => {
    cell.rule(x, u, out);
    for (let i = 0; i < out.length; i++) out[i] = x[i] + dt * out[i];
  };
}

/** |a - b|, infinite where a run has left the numbers. */
function gap(a: number, b: number): number {
  const difference = Math.abs(a - b);
  return Number.isNaN(difference) ? Infinity : difference;
}

interface Trials {
  readonly trials: number;
  /** Rows of each trial. */
  readonly count: number;
  readonly data: Float64Array;
}

function readTrials(
  where: string,
  name: string,
  value: Rows | Tensor,
  width: number,
  meaning: string,
): Trials {
  if (value === undefined || value === null) fail(where, `${name} are ${describe(value)}, expected rows`);
  if (!("shape" in value)) {
    const { count, data } = checkRows(where, name, value, width, meaning);
    return { trials: 1, count, data };
  }
  const { shape } = value;
  if (!Array.isArray(shape) || (shape.length !== 2 && shape.length !== 3) || shape.at(-1) !== width)
    fail(
      where,
      `${name} have shape [${shape}], expected [T, ${width}] or [trials, T, ${width}] (${meaning})`,
    );
  const { data } = checkRows(where, name, value.data, width, meaning);
  const [trials, count] = shape.length === 3 ? (shape as [number, number]) : [1, shape[0] as number];
  if (trials * count * width !== data.length)
    fail(
      where,
      `${name} hold ${data.length} numbers, expected ${trials * count * width} for shape [${shape}]`,
    );
  return { trials, count, data };
}
