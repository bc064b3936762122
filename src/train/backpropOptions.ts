import { checkInteger, checkNumber, checkOneOf, describe, fail } from "../core/check.js";
import { resolveOptions } from "../core/defaults.js";
import { defaultKernel } from "../numeric/defaultKernel.js";
import type { Kernel } from "../numeric/kernel.js";
import type { BackpropCheckpoint, BackpropEpoch } from "./backpropReport.js";
import type { BackpropSettings, ResolvedBackpropOptions } from "./backpropSettings.js";
import type { LearningRateSchedule } from "./learningRate.js";
import { type TrainingLossName, trainingLosses } from "./losses.js";

/** Options of `trainBackprop`. */
export interface BackpropOptions extends BackpropSettings {
  /** Called after each epoch. */
  readonly onProgress?: (epoch: BackpropEpoch, epochs: number) => void;
  /** Called with a checkpoint every `checkpointEvery` epochs and after the last one. */
  readonly onCheckpoint?: (checkpoint: BackpropCheckpoint) => void;
  /** Epochs between checkpoints. @defaultValue `10` */
  readonly checkpointEvery?: number;
  /** A checkpoint of a run with the same network, trials and options (only `epochs` may grow): goes on from there. */
  readonly resume?: BackpropCheckpoint;
  /** Linear algebra. @defaultValue `defaultKernel` */
  readonly kernel?: Kernel;
}

/** What stays beside the plain options. */
export interface BackpropHooks {
  readonly onProgress: BackpropOptions["onProgress"];
  readonly onCheckpoint: BackpropOptions["onCheckpoint"];
  readonly checkpointEvery: number;
  readonly resume: BackpropCheckpoint | undefined;
  readonly kernel: Kernel;
}

const defaults = {
  epochs: 100,
  batchSize: 32,
  learningRate: 0.005,
  schedule: "constant" as LearningRateSchedule,
  finalLearningRate: undefined as number | undefined,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  clipNorm: 1,
  loss: "mean-squared-error" as TrainingLossName,
  l2: 0,
  rateCost: 0,
  noise: 0,
  train: undefined as readonly string[] | undefined,
  freeze: [] as readonly string[],
  learnInitialState: false,
  dt: undefined as number | undefined,
  targetLoss: 0,
  seed: 0,
  onProgress: undefined as BackpropOptions["onProgress"],
  onCheckpoint: undefined as BackpropOptions["onCheckpoint"],
  checkpointEvery: 10,
  resume: undefined as BackpropCheckpoint | undefined,
  kernel: defaultKernel as Kernel,
};

/** Options with every field set and checked, in two parts: plain data and the rest. */
export function resolveBackpropOptions(
  where: string,
  given: BackpropOptions | undefined,
): { options: ResolvedBackpropOptions; hooks: BackpropHooks } {
  const { onProgress, onCheckpoint, checkpointEvery, resume, kernel, finalLearningRate, ...plain } =
    resolveOptions(where, defaults, given);
  checkInteger(where, "epochs", plain.epochs, 0);
  checkInteger(where, "batchSize", plain.batchSize, 1);
  checkInteger(where, "checkpointEvery", checkpointEvery, 1);
  checkInteger(where, "seed", plain.seed, -(2 ** 53), 2 ** 53);
  checkNumber(where, "learningRate", plain.learningRate, Number.MIN_VALUE);
  if (finalLearningRate !== undefined)
    checkNumber(where, "finalLearningRate", finalLearningRate, Number.MIN_VALUE);
  checkOneOf(where, "schedule", plain.schedule, ["constant", "cosine", "exponential"]);
  checkOneOf(where, "loss", plain.loss, Object.keys(trainingLosses));
  for (const name of ["beta1", "beta2"] as const) {
    checkNumber(where, name, plain[name], 0, 1);
    if (plain[name] === 1) fail(where, `${name} is 1, expected a number below 1`);
  }
  for (const name of ["epsilon", "l2", "rateCost", "noise", "targetLoss"] as const)
    checkNumber(where, name, plain[name], 0);
  if (plain.clipNorm !== Number.POSITIVE_INFINITY)
    checkNumber(where, "clipNorm", plain.clipNorm, Number.MIN_VALUE);
  if (typeof plain.learnInitialState !== "boolean")
    fail(where, `learnInitialState is ${describe(plain.learnInitialState)}, expected true or false`);
  return {
    options: {
      ...plain,
      train: plain.train && [...plain.train],
      freeze: [...plain.freeze],
      finalLearningRate: finalLearningRate ?? plain.learningRate / 100,
      kernel: kernel.name,
    },
    hooks: { onProgress, onCheckpoint, checkpointEvery, resume, kernel },
  };
}
