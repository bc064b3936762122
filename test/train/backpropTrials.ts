/** Trials for the tests of training, seeded. */
import { createRandom } from "../../src/core/random.js";
import type { TrainingTrials } from "../../src/train/trainingTrials.js";
import { normals } from "../cells/specs.js";

/** Trials without meaning: normal inputs and targets, a mask with gaps. */
export function randomTrials(
  count: number,
  steps: number,
  inputDimension: number,
  outputDimension: number,
  seed: number,
): TrainingTrials {
  const random = createRandom(seed);
  const length = count * steps * outputDimension;
  return {
    count,
    steps,
    inputDimension,
    outputDimension,
    inputs: normals(count * steps * inputDimension, seed + 1),
    targets: normals(length, seed + 2),
    mask: Float64Array.from({ length }, () => (random.uniform() < 0.3 ? 0 : 0.5 + random.uniform())),
  };
}

/** One-bit flip-flop: the target is the sign of the last pulse; the first pulse comes at once. */
export function flipFlop(count: number, steps: number, seed: number): TrainingTrials {
  const random = createRandom(seed);
  const inputs = new Float64Array(count * steps);
  const targets = new Float64Array(count * steps);
  for (let b = 0, p = 0; b < count; b++) {
    let bit = 0;
    for (let t = 0; t < steps; t++, p++) {
      if (t === 0 || random.uniform() < 0.2) inputs[p] = bit = random.uniform() < 0.5 ? -1 : 1;
      targets[p] = bit;
    }
  }
  const mask = new Float64Array(count * steps).fill(1);
  return { count, steps, inputDimension: 1, outputDimension: 1, inputs, targets, mask };
}
