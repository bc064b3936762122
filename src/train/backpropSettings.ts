import type { LearningRateSchedule } from "./learningRate.js";
import type { TrainingLossName } from "./losses.js";

/** The part of the options of `trainBackprop` that is plain data. */
export interface BackpropSettings {
  /** How often all trials are shown. @defaultValue `100` */
  readonly epochs?: number;
  /** Trials per update; the last mini-batch of an epoch may be smaller. @defaultValue `32` */
  readonly batchSize?: number;
  /** Of the first update. @defaultValue `0.005` */
  readonly learningRate?: number;
  /** How the learning rate falls from the first to the last update. @defaultValue `"constant"` */
  readonly schedule?: LearningRateSchedule;
  /** Of the last update, unless the schedule is constant. @defaultValue `learningRate / 100` */
  readonly finalLearningRate?: number;
  /** Adam's memory of the gradient. @defaultValue `0.9` */
  readonly beta1?: number;
  /** Adam's memory of the squared gradient. @defaultValue `0.999` */
  readonly beta2?: number;
  /** Adam's epsilon. @defaultValue `1e-8` */
  readonly epsilon?: number;
  /** A longer gradient (of all trained tensors together) is scaled down to this; `Infinity`: never. @defaultValue `1` */
  readonly clipNorm?: number;
  /** Masked mean squared error, or the cross-entropy of softmax(outputs). @defaultValue `"mean-squared-error"` */
  readonly loss?: TrainingLossName;
  /** Adds l2 / 2 times the sum of squares of all trained matrices (not vectors). @defaultValue `0` */
  readonly l2?: number;
  /** Adds this times the mean squared activity of all units: phi(x) where the state is a current. @defaultValue `0` */
  readonly rateCost?: number;
  /**
   * Standard deviation of Gaussian noise added to every state variable after every step, anew in each update. For
   * noise of strength s in the drive of a rate network that is s sqrt(2 dt / tau). @defaultValue `0`
   */
  readonly noise?: number;
  /** Tensors to train, by name or group: "recurrent", "readout", "layers.0". @defaultValue all but the initial state */
  readonly train?: readonly string[];
  /** Tensors to leave out of those. @defaultValue `[]` */
  readonly freeze?: readonly string[];
  /** Trains the initial state as well (one for all trials). @defaultValue `false` */
  readonly learnInitialState?: boolean;
  /** Euler step, in the unit of tau; needed by, and only by, a network in continuous time. */
  readonly dt?: number;
  /** Ends the training after an epoch whose mean loss is at or below this. @defaultValue `0` */
  readonly targetLoss?: number;
  /** Seed of the order of trials and of the noise. @defaultValue `0` */
  readonly seed?: number;
}

/** {@link BackpropSettings} as used, and the kernel by name. */
export interface ResolvedBackpropOptions extends Required<Omit<BackpropSettings, "train" | "dt">> {
  /** `undefined`: all but the initial state. */
  readonly train: readonly string[] | undefined;
  /** `undefined`: the network is a map. */
  readonly dt: number | undefined;
  readonly kernel: string;
}
