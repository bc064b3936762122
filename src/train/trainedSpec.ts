import type { RateSpec } from "../cells/spec.js";
import { checkVector } from "../core/check.js";
import type { Matrix, Vector } from "../core/system.js";
import { checkForceNetwork, type ForceNetwork } from "./forceNetwork.js";
import { toDense } from "./sparse.js";

/** What FORCE changes in a network; an entry of a {@link ForceReport} is one. */
export interface ForceWeights {
  /** w, K x N, K counting the outputs of all learners. */
  readonly weights: Matrix;
  /** Becomes the initial state. @defaultValue the network's own */
  readonly state?: Vector;
}

/**
 * The trained network as a flow to be analysed, feedback closed:
 * `tau dx/dt = -x + J_T tanh(x) + W_in u`, `J_T = g J + sum_l F_l w_l'`; the readout shows `w' tanh(x)`.
 *
 * Without `trained` the readouts are zero: the network before training. Throws when the parts do not fit.
 * O(N^2 K).
 *
 * @example
 * ```ts
 * const network = createForceNetwork({ units: 30, gain: 0.8 }, 1);
 * const cell = buildCell(trainedSpec(network));
 * [cell.time, cell.dimension, cell.outputDimension]; // => ["continuous", 30, 3]
 * ```
 */
export function trainedSpec(network: ForceNetwork, trained?: ForceWeights): RateSpec {
  const where = "trainedSpec";
  checkForceNetwork(where, "network", network);
  const { units: n, outputs, feedback, gain, coupling } = network;
  const k = outputs.reduce((sum, each) => sum + each, 0);
  const weight = trained
    ? checkVector(where, "trained.weights", trained.weights, k * n, "K x N")
    : new Float64Array(k * n);
  const state = checkVector(
    where,
    "trained.state",
    trained?.state ?? network.initialState,
    n,
    "N, the units",
  );
  const recurrent = toDense(coupling, gain);
  let first = 0;
  outputs.forEach((width, l) => {
    for (let i = 0; i < n; i++)
      for (let q = 0; q < width; q++) {
        const strength = feedback[l][i * width + q];
        const row = (first + q) * n;
        for (let j = 0; j < n; j++) recurrent[i * n + j] += strength * weight[row + j];
      }
    first += width;
  });
  return {
    kind: "rate",
    time: "continuous",
    state: "current",
    activation: "tanh",
    tau: network.tau,
    recurrent,
    ...(network.inputs > 0 && { input: network.input.slice() }),
    readout: { weight, of: "rate" },
    initialState: state,
  };
}
