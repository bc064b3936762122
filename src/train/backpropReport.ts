import type { CellSpec } from "../cells/spec.js";
import type { ResolvedBackpropOptions } from "./backpropSettings.js";
import type { ParameterInfo } from "./parameters.js";

/** One epoch of training. */
export interface BackpropEpoch {
  /** 1 for the first. */
  readonly epoch: number;
  /** Mean over the updates of the loss before each, with noise, without penalties. */
  readonly loss: number;
  /** The same with penalties. */
  readonly objective: number;
  /** Mean length of the gradient before clipping. */
  readonly gradientNorm: number;
  /** Of the last update. */
  readonly learningRate: number;
  /** `"diverged"`: a loss or gradient was not finite, and the update was not made. */
  readonly status: "ok" | "diverged";
}

/** All that is needed to go on later: plain data. */
export interface BackpropCheckpoint {
  /** Epochs done. */
  readonly epoch: number;
  /** The trained tensors as they lie in the vectors below. */
  readonly parameters: readonly ParameterInfo[];
  /** P numbers each: parameters, Adam's means and variances. */
  readonly vector: ArrayLike<number>;
  readonly mean: ArrayLike<number>;
  readonly variance: ArrayLike<number>;
  /** Updates made. */
  readonly updates: number;
  /** The parameters from which the epoch of least loss so far began, what a run that diverges returns. */
  readonly best: { readonly loss: number; readonly vector: ArrayLike<number> };
  readonly epochs: readonly BackpropEpoch[];
  readonly options: ResolvedBackpropOptions;
}

/** How a training run ended. */
export type BackpropStatus = "trained" | "target-reached" | "diverged";

/** What `trainBackprop` returns: plain data. */
export interface BackpropReport<S extends CellSpec = CellSpec> {
  /** The trained network, tensors flat; what was not trained is as given. */
  readonly spec: S;
  /**
   * `"trained"`: all epochs done; `"target-reached"`: stopped early at `targetLoss`; `"diverged"`: stopped at a loss
   * or gradient that is not finite, and `spec` is the network from which the epoch of least loss began (as given, if
   * none).
   */
  readonly status: BackpropStatus;
  /** Loss of `spec` on the trials (of the last epoch), without noise or penalties. */
  readonly loss: number;
  readonly epochs: readonly BackpropEpoch[];
  readonly updates: number;
  /** The tensors that were trained. */
  readonly parameters: readonly ParameterInfo[];
  readonly options: ResolvedBackpropOptions;
}
