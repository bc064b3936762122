import { checkInteger, checkRows, checkVector, fail, type Rows } from "../core/check.js";
import { resolveOptions } from "../core/defaults.js";
import type { Matrix } from "../core/system.js";
import { createForceKernel, type ForceKernelChoice } from "./createForceKernel.js";
import { checkForceNetwork, type ForceNetwork } from "./forceNetwork.js";
import { bytesOfLanes, createLanes } from "./lanes.js";
import type { ForceWeights } from "./trainedSpec.js";

/** Options of {@link runForce}. */
export interface RunForceOptions {
  /** States to start from, B rows of N. @defaultValue the state training ended in, else the network's own: one row */
  readonly starts?: Rows;
  /**
   * T rows of M, the same for all runs, or B T rows (all steps of run 0, then of run 1, ...). @defaultValue zeros
   */
  readonly inputs?: Rows;
  /** T. Needed without inputs, and with inputs that differ between runs. @defaultValue the number of rows of `inputs` */
  readonly steps?: number;
  /** `"all"` also keeps the states of every step. @defaultValue `"outputs"` */
  readonly record?: "outputs" | "all";
  /** As in {@link trainForce}. @defaultValue `"auto"` */
  readonly kernel?: ForceKernelChoice;
}

/** Test runs of one trained network: B of them, T steps, N units, K outputs of all learners. */
export interface ForceRuns {
  readonly count: number;
  readonly steps: number;
  /** B x T x K: z after step s of run b begins at `(b * T + s) * K`. */
  readonly outputs: Float64Array;
  /** B x T x N with `record: "all"`, else empty. */
  readonly states: Float64Array;
  /** B x N. */
  readonly finalStates: Matrix;
  /** "not-finite" where a final state is not finite; one per run. */
  readonly outcomes: readonly ("ok" | "not-finite")[];
}

/**
 * Test trials: runs a trained network from one or many states with its readouts held, in the Euler steps it was
 * trained with, the outputs fed back. The outputs before the first step are those of the state started from.
 *
 * Wrong arguments throw; a run that stops being finite says so. O(B T (density N^2 + (K + M) N)); the runs are
 * advanced together and each has the bits it would have alone.
 *
 * @example
 * ```ts
 * const network = createForceNetwork({ units: 20, outputs: [1, 2] }, 1);
 * const { outputs } = runForce(network, { weights: new Float64Array(60) }, { steps: 5 });
 * outputs.length; // => 15
 * ```
 */
export function runForce(
  network: ForceNetwork,
  trained: ForceWeights,
  options: RunForceOptions = {},
): ForceRuns {
  const where = "runForce";
  checkForceNetwork(where, "network", network);
  const { units: n, inputs: m } = network;
  const k = network.outputs.reduce((sum, each) => sum + each, 0);
  const weights = checkVector(where, "trained.weights", trained.weights, k * n, "K x N");
  const given = resolveOptions(
    where,
    {
      starts: [trained.state ?? network.initialState] as Rows,
      inputs: undefined as Rows | undefined,
      steps: undefined as number | undefined,
      record: "outputs" as "outputs" | "all",
      kernel: "auto" as ForceKernelChoice,
    },
    options,
  );
  const starts = checkRows(where, "starts", given.starts, n, "N, the units");
  const count = starts.count;
  if (count === 0) fail(where, "starts is empty, expected at least one state");
  if (given.inputs !== undefined && m === 0)
    fail(where, "inputs is given, expected none: the network has no inputs");
  const table =
    given.inputs === undefined ? undefined : checkRows(where, "inputs", given.inputs, m, "M, the inputs");
  const steps = given.steps ?? table?.count;
  if (steps === undefined) fail(where, "neither steps nor inputs is given, expected one of them");
  checkInteger(where, "steps", steps, 0);
  if (table && table.count !== steps && table.count !== count * steps)
    fail(
      where,
      `inputs has ${table.count} rows, expected ${steps} (steps) or ${count * steps} (runs x steps)`,
    );
  const perRun = table !== undefined && table.count !== steps;

  const runs = Array.from({ length: count }, (_, b) => ({
    ...network,
    initialState: starts.data.subarray(b * n, (b + 1) * n),
  }));
  const kernel = createForceKernel(bytesOfLanes(runs), given.kernel);
  const { lanes, panels } = createLanes(runs, kernel, "shared");
  lanes[0].weights.set(weights);
  for (const lane of lanes) kernel.gemv(k, n, lane.weights, lane.rates, lane.outputs);
  const outputs = new Float64Array(count * steps * k);
  const states = new Float64Array(given.record === "all" ? count * steps * n : 0);
  // A panel at a time to the end: what it works on stays in cache.
  for (const panel of panels)
    for (let s = 0; s < steps; s++) {
      if (table)
        for (const b of panel.lanes)
          for (let i = 0; i < m; i++) lanes[b].input[i] = table.data[(perRun ? b * steps + s : s) * m + i];
      panel.step();
      for (const b of panel.lanes) {
        outputs.set(lanes[b].outputs, (b * steps + s) * k);
        if (given.record === "all") states.set(lanes[b].state, (b * steps + s) * n);
      }
    }
  const finalStates = new Float64Array(count * n);
  lanes.forEach((lane, b) => {
    finalStates.set(lane.state, b * n);
  });
  return {
    count,
    steps,
    outputs,
    states,
    finalStates,
    outcomes: lanes.map(({ state }) => (state.every(Number.isFinite) ? "ok" : "not-finite")),
  };
}
