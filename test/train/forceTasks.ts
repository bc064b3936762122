import { createRandom } from "../../src/core/random.js";
import type { ForceTrial, ForceTrials } from "../../src/train/forceTrial.js";

/**
 * Sequential pattern matching with Gaussian stimuli: stimulus 1, delay 1, stimulus 2, delay 2, response. Outputs:
 * the answer, then the remembered class mean. Four trial types in turn, in an order drawn anew for every four.
 */
export function spm(seed: number, stimulus = 100, window = 50, spread = 0.6): ForceTrials {
  const means = [
    [1.9, -0.2],
    [-1.7, -1.6],
  ];
  const steps = 2 * stimulus + 3 * window;
  const made = new Map<number, ForceTrial>();
  const make = (index: number): ForceTrial => {
    const type = createRandom(seed)
      .stream(Math.floor(index / 4))
      .permutation(4)[index % 4];
    const random = createRandom(seed).stream(1_000_000).stream(index);
    const inputs = new Float64Array(steps * 2);
    const targets = new Float64Array(steps * 3);
    const mask = new Float64Array(steps * 3);
    [type >> 1, type & 1].forEach((digit, part) => {
      const from = part * (stimulus + window);
      for (let s = from; s < from + stimulus; s++)
        for (let i = 0; i < 2; i++) inputs[s * 2 + i] = means[digit][i] + spread * random.normal();
      for (let s = from + stimulus; s < from + stimulus + window; s++)
        for (let i = 0; i < 2; i++) {
          targets[s * 3 + 1 + i] = means[digit][i];
          mask[s * 3 + 1 + i] = 1;
        }
    });
    for (let s = 2 * (stimulus + window); s < steps; s++) {
      targets[s * 3] = [1, 0.5, 1.5][(type >> 1) + (type & 1)];
      mask[s * 3] = 1;
    }
    return { steps, inputs, targets, mask };
  };
  return (index) => {
    const trial = made.get(index) ?? make(index);
    made.set(index, trial);
    return trial;
  };
}

/** A sine of the given period, no input, one output. */
export function sine(steps: number, period: number): ForceTrials {
  return (index) => ({
    steps,
    inputs: new Float64Array(0),
    targets: Float64Array.from({ length: steps }, (_, s) =>
      Math.sin((2 * Math.PI * (index * steps + s)) / period),
    ),
  });
}
