import { spmSequence } from "../../tasks/spmSequence.js";
import { type ForceOptions, trainForce } from "../../train/force.js";
import type { ForceOutcome } from "../../train/forceCheckpoint.js";
import { createForceNetwork, type ForceNetwork } from "../../train/forceNetwork.js";
import type { MechanismGrid, MechanismGroup, MechanismParameters } from "./mechanismGrid.js";

/** What training made of the networks of a group, in their order: plain data. */
export interface TrainedGroup {
  readonly id: string;
  /** Which kernel trained it. */
  readonly kernel: string;
  readonly networks: readonly TrainedNetwork[];
}

/** What training made of one network. */
export interface TrainedNetwork {
  readonly id: string;
  readonly outcome: ForceOutcome;
  /** Index of the trial in which it overflowed; -1 when it did not. */
  readonly failedAt: number;
  /** w, 3 x N: readouts of z and of the two of z_d. */
  readonly weights: Float64Array;
  /** x, N, when training ended. */
  readonly state: Float64Array;
  /** Root mean square error before the updates, mean over the last tenth of the trials: z, z_d. */
  readonly lastErrors: readonly [number, number];
}

/** The network with these parameters before training. */
export function networkOf(parameters: MechanismParameters): ForceNetwork {
  const { units, density, gain, feedbackDivisor, inputDivisor, distribution, seed } = parameters;
  return createForceNetwork(
    { units, density, gain, feedbackDivisor, inputDivisor, distribution, inputs: 2, outputs: [1, 2] },
    seed,
  );
}

/** The task all networks of a grid are trained on; the seed of a network is that of its trials. */
export function taskOfGrid({ encoding, stimuli, trials }: Required<MechanismGrid>) {
  return { trainTrials: trials, encoding, source: stimuli };
}

/** Trains a group in lock-step by FORCE, restricted in time, as in Ghazizadeh & Ching (2021). */
export function trainGroup(
  group: MechanismGroup,
  grid: Required<MechanismGrid>,
  hooks: Pick<ForceOptions, "resume" | "checkpointEvery" | "onCheckpoint" | "onProgress"> = {},
): TrainedGroup {
  const [{ seed, trials }] = group.rows;
  const sequence = spmSequence(taskOfGrid(grid), seed);
  let made = -1;
  let trial = sequence.trial(0);
  const report = trainForce(
    group.rows.map(networkOf),
    (index) => {
      if (index !== made) trial = sequence.trial(index);
      made = index;
      return trial;
    },
    { trials, ...hooks },
  );
  const last = Math.max(1, Math.round(trials / 10));
  const meanOfLast = (errors: Float64Array) =>
    errors.subarray(-last).reduce((sum, error) => sum + error, 0) / last;
  return {
    id: group.id,
    kernel: report.options.kernel,
    networks: report.networks.map(({ outcome, failedAt, weights, state, errors }, b) => ({
      id: group.rows[b].id,
      outcome,
      failedAt,
      weights,
      state,
      lastErrors: [meanOfLast(errors[0]), meanOfLast(errors[1])],
    })),
  };
}
