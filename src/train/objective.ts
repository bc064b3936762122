import type { Cell } from "../cells/cell.js";
import type { Random } from "../core/random.js";
import type { Kernel } from "../numeric/kernel.js";
import { type TrainingLossName, trainingLosses } from "./losses.js";
import type { Parameters } from "./parameters.js";
import type { TrainingTrials } from "./trainingTrials.js";
import { type Unrolled, unroll } from "./unroll.js";

/** What is minimised: `loss + rateCost mean(rate^2) + l2 / 2 sum(weight^2)`. */
export interface ObjectiveOptions {
  readonly loss: TrainingLossName;
  /** On all trained tensors with rows and columns. */
  readonly l2: number;
  readonly rateCost: number;
  /** Standard deviation of what is added to each state variable after each step. */
  readonly noise: number;
  readonly dt: number | undefined;
  readonly kernel: Kernel;
}

/** The objective on one mini-batch. */
export interface ObjectiveValue {
  /** Without penalties. */
  readonly loss: number;
  /** With penalties. */
  readonly objective: number;
}

/** The objective of a network as a function of its parameters. */
export interface Objective {
  /** Value on the trials of these indices; fills the gradient of the parameters. Noise is drawn from `random`. */
  gradient(trials: TrainingTrials, indices: Int32Array, random: Random | undefined): ObjectiveValue;
  /** The loss on all trials, without noise or penalties, `batchSize` trials at a time. */
  loss(trials: TrainingTrials, batchSize: number): number;
}

/** Unrolled networks kept for reuse: a full mini-batch, the last one of an epoch, and one to spare. */
const kept = 3;

/** The objective of a network. Memory is allocated at the first use of each mini-batch size. */
export function createObjective(cell: Cell, parameters: Parameters, options: ObjectiveOptions): Objective {
  const { l2, rateCost, noise } = options;
  const loss = trainingLosses[options.loss];
  const k = cell.outputDimension;
  const machines: Machine[] = [];

  function machineFor(batch: number, steps: number): Machine {
    const found = machines.find((machine) => machine.batch === batch && machine.steps === steps);
    if (found) return found;
    if (machines.length === kept) machines.shift();
    const { kernel, dt } = options;
    const machine = {
      batch,
      steps,
      unrolled: unroll(cell, parameters, { batch, steps, kernel, dt, noisy: noise > 0 }),
      targets: new Float64Array(batch * steps * k),
      mask: new Float64Array(batch * steps * k),
    };
    machines.push(machine);
    return machine;
  }

  /** Runs the chosen trials forward; returns the sum of the loss and what to divide it by. */
  function forward(trials: TrainingTrials, indices: Int32Array, random: Random | undefined) {
    const { steps, inputDimension: m } = trials;
    const machine = machineFor(indices.length, steps);
    const { unrolled, targets, mask } = machine;
    gather(trials.inputs, indices, steps, m, unrolled.inputs);
    gather(trials.targets, indices, steps, k, targets);
    gather(trials.mask, indices, steps, k, mask);
    for (const values of unrolled.noise)
      if (random) for (let p = 0; p < values.length; p++) values[p] = noise * random.normal();
      else values.fill(0);
    unrolled.forward();
    const weight = loss.weight(k, mask);
    const scale = weight > 0 ? 1 / weight : 0;
    const sum = loss.sum(k, unrolled.outputs, targets, mask, scale, unrolled.outputGradient);
    return { unrolled, sum, weight };
  }

  return {
    gradient(trials, indices, random) {
      const { unrolled, sum, weight } = forward(trials, indices, random);
      const value = weight > 0 ? sum / weight : 0;
      const { trained, vector, gradient } = parameters;
      gradient.fill(0);
      unrolled.backward(rateCost);
      let objective = value;
      if (rateCost !== 0) objective += rateCost * unrolled.meanSquaredRate();
      if (l2 !== 0)
        for (const { shape, offset, length } of trained) {
          if (shape.length < 2) continue;
          for (let p = offset; p < offset + length; p++) {
            objective += (l2 / 2) * vector[p] * vector[p];
            gradient[p] += l2 * vector[p];
          }
        }
      return { loss: value, objective };
    },
    loss(trials, batchSize) {
      let total = 0;
      let totalWeight = 0;
      for (let start = 0; start < trials.count; start += batchSize) {
        const length = Math.min(batchSize, trials.count - start);
        const indices = Int32Array.from({ length }, (_, i) => start + i);
        const { sum, weight } = forward(trials, indices, undefined);
        total += sum;
        totalWeight += weight;
      }
      return total / totalWeight;
    },
  };
}

interface Machine {
  readonly batch: number;
  readonly steps: number;
  readonly unrolled: Unrolled;
  readonly targets: Float64Array;
  readonly mask: Float64Array;
}

/** From trials (B x T x width) to time-major rows (T x b x width) of the chosen ones. */
function gather(from: Float64Array, indices: Int32Array, steps: number, width: number, to: Float64Array) {
  const batch = indices.length;
  for (let t = 0; t < steps; t++)
    for (let b = 0; b < batch; b++) {
      const source = (indices[b] * steps + t) * width;
      const target = (t * batch + b) * width;
      for (let i = 0; i < width; i++) to[target + i] = from[source + i];
    }
}
