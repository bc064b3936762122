import type { CellSpec } from "../cells/spec.js";
import { checkNumber, checkOneOf } from "../core/check.js";
import { resolveOptions } from "../core/defaults.js";
import { defaultKernel } from "../numeric/defaultKernel.js";
import type { Kernel } from "../numeric/kernel.js";
import { type TrainingLossName, trainingLosses } from "./losses.js";
import { createObjective } from "./objective.js";
import { byName, createParameters, type ParameterInfo } from "./parameters.js";
import { trainableCell } from "./trainable.js";
import { checkTrainingTrials, type TrainingTrials } from "./trainingTrials.js";

/** Options of {@link backpropGradient}; as in `BackpropOptions`. */
export interface BackpropGradientOptions {
  /** @defaultValue `"mean-squared-error"` */
  readonly loss?: TrainingLossName;
  /** @defaultValue `0` */
  readonly l2?: number;
  /** @defaultValue `0` */
  readonly rateCost?: number;
  /** @defaultValue all tensors but the initial state */
  readonly train?: readonly string[];
  /** @defaultValue `[]` */
  readonly freeze?: readonly string[];
  /** @defaultValue `false` */
  readonly learnInitialState?: boolean;
  /** Euler step; needed by, and only by, a network in continuous time. */
  readonly dt?: number;
  /** @defaultValue `defaultKernel` */
  readonly kernel?: Kernel;
}

/** What {@link backpropGradient} returns: plain data. */
export interface BackpropGradient {
  /** Mean loss over the trials, without penalties. */
  readonly loss: number;
  /** With penalties: what the gradient is of. */
  readonly objective: number;
  /** Euclidean length of the whole gradient. */
  readonly gradientNorm: number;
  /** The tensors, in order. */
  readonly parameters: readonly ParameterInfo[];
  /** Gradient of each tensor, flat, by its name. */
  readonly gradient: Readonly<Record<string, Float64Array>>;
}

/**
 * Loss of a network on trials and its exact gradient by every trained tensor, by backpropagation through time.
 *
 * All trials are one batch. A network in continuous time is the Euler map of step `dt`. Nothing is modified.
 * Wrong arguments throw; states that overflow show as a loss or gradient that is not finite.
 * Cost: about three times the forward pass, O(T B weights); memory O(T B D).
 * Source: Rumelhart, Hinton & Williams (1986); Werbos (1990, Proc. IEEE 78:1550).
 *
 * @example
 * ```ts
 * const spec = { kind: "vanilla", activation: "linear", recurrent: [[0]], input: [[1]], readout: { weight: [[3]] } } as const;
 * const one = Float64Array.of(1);
 * const trials = { count: 1, steps: 1, inputDimension: 1, outputDimension: 1, inputs: one, targets: one, mask: one };
 * const { loss, gradient } = backpropGradient(spec, trials);
 * loss; // => 4
 * gradient["readout.weight"]; // => [4]
 * gradient.input; // => [12]
 * ```
 */
export function backpropGradient(
  spec: CellSpec,
  trials: TrainingTrials,
  options: BackpropGradientOptions = {},
): BackpropGradient {
  const where = "backpropGradient";
  const given = resolveOptions(where, defaults, options);
  checkOneOf(where, "loss", given.loss, Object.keys(trainingLosses));
  checkNumber(where, "l2", given.l2, 0);
  checkNumber(where, "rateCost", given.rateCost, 0);
  const cell = trainableCell(where, spec, given.dt);
  checkTrainingTrials(where, trials, cell);
  trainingLosses[given.loss].check(where, trials);
  const parameters = createParameters(where, cell, given);
  const all = Int32Array.from({ length: trials.count }, (_, i) => i);
  const value = createObjective(cell, parameters, { ...given, noise: 0 }).gradient(trials, all, undefined);
  return {
    ...value,
    gradientNorm: Math.sqrt(parameters.gradient.reduce((sum, g) => sum + g * g, 0)),
    parameters: parameters.trained,
    gradient: byName(parameters.trained, parameters.gradient),
  };
}

const defaults = {
  loss: "mean-squared-error" as TrainingLossName,
  l2: 0,
  rateCost: 0,
  train: undefined as readonly string[] | undefined,
  freeze: [] as readonly string[],
  learnInitialState: false,
  dt: undefined as number | undefined,
  kernel: defaultKernel as Kernel,
};
