import { createRandom, type Random } from "../../core/random.js";
import type { Matrix } from "../../core/system.js";
import { defaultKernel as kernel } from "../../numeric/defaultKernel.js";
import { type DecodingScores, scoresOf } from "./decodingScores.js";
import type { LinearReadout } from "./ridge.js";
import type { Split } from "./split.js";

/** How a network is trained to name items. */
export interface NeuralSettings {
  /** Units of the hidden layers; none: softmax regression. */
  readonly hidden: readonly number[];
  /** Standard deviation of the noise on each training input, whose mean square is 1: it is what keeps the weights small. */
  readonly inputNoise: number;
  readonly learningRate: number;
  readonly batch: number;
  readonly epochs: number;
  /** Training ends after so many epochs without a lower validation loss. */
  readonly patience: number;
  readonly seed: number;
  /** The linear readout that training begins from. */
  readonly start: LinearReadout;
}

/** What became of it. */
export interface NeuralDecoding {
  readonly scores: DecodingScores;
  /** Epochs run, and the one after which the weights were kept; 0: the linear readout it began from was best. */
  readonly epochs: number;
  readonly bestEpoch: number;
  /** "converged": the validation loss had stopped falling; "out-of-epochs"; "not-finite". */
  readonly outcome: "converged" | "out-of-epochs" | "not-finite";
  /** Per epoch: mean cross-entropy, nats, of the training batches (with noise) and of the validation part. */
  readonly curve: readonly { readonly training: number; readonly validation: number }[];
}

/** One layer: weights inputs x outputs, biases in the last row. */
interface Layer {
  readonly inputs: number;
  readonly outputs: number;
  readonly weights: Matrix;
  readonly gradient: Matrix;
  readonly first: Matrix;
  readonly second: Matrix;
}

const decay = { first: 0.9, second: 0.999, tiny: 1e-8 };

/** Numbers in the table the input noise is read from. */
const noiseTable = 1 << 16;

/** A validation loss must fall by this to count as lower. */
const improvement = 1e-4;

/**
 * Trains a network of ReLU layers and a softmax to name items, from a linear readout on: cross-entropy, Adam, fresh noise
 * on every input, early stopping on the validation part, the best weights kept. The number decoded is the posterior mean, sum of c p_c.
 *
 * `inputs`: samples x `width`, mean square 1; `target`: an item 1 .. K per sample. O(epochs samples weights).
 */
export function neural(
  inputs: Matrix,
  width: number,
  split: Split,
  target: Int32Array,
  values: number,
  settings: NeuralSettings,
): NeuralDecoding {
  const { inputNoise, learningRate, batch, epochs, patience, seed } = settings;
  const random = createRandom(seed);
  const sizes = [width, ...settings.hidden, values];
  const layers = sizes.slice(1).map((outputs, l) => createLayer(sizes[l], outputs, random.stream(l)));
  beginLinear(layers, settings.start, values);
  const { from, to } = split.training;
  const count = to - from;
  const orders = random.stream(100);
  const noise = createNoise(random.stream(101));
  const shifts = random.stream(102);
  const work = createWork(batch, sizes);
  const curve: { training: number; validation: number }[] = [];
  let best = {
    loss: lossOf(split.validation),
    epoch: -1,
    weights: layers.map(({ weights }) => weights.slice()),
  };
  let step = 0;
  let finite = true;

  for (let epoch = 0; epoch < epochs && finite; epoch++) {
    const order = orders.permutation(count);
    let sum = 0;
    for (let begin = 0; begin < count; begin += batch) {
      const size = Math.min(batch, count - begin);
      const x = work[0].subarray(0, size * width);
      for (let b = 0; b < size; b++) {
        const row = (from + order[begin + b]) * width;
        let at = shifts.integer(noiseTable);
        for (let i = 0; i < width; i++) {
          x[b * width + i] = inputs[row + i] + inputNoise * noise[at];
          at = (at + 1) & (noiseTable - 1);
        }
      }
      forward(layers, work, size);
      sum += lossAndError(work[layers.length], size, values, (b) => target[from + order[begin + b]] - 1);
      backward(layers, work, size);
      step++;
      for (const layer of layers) adam(layer, learningRate, step);
    }
    const validation = lossOf(split.validation);
    curve.push({ training: sum / count, validation });
    if (!Number.isFinite(validation)) finite = false;
    else if (validation < best.loss - improvement)
      best = { loss: validation, epoch, weights: layers.map(({ weights }) => weights.slice()) };
    else if (epoch - best.epoch >= patience) break;
  }

  layers.forEach(({ weights }, l) => {
    weights.set(best.weights[l]);
  });
  const probabilities = posterior(split.test);
  const truth = target.subarray(split.test.from, split.test.to);
  const numbers = Float64Array.from(truth, (_, t) => {
    let mean = 0;
    for (let c = 0; c < values; c++) mean += (c + 1) * probabilities[t * values + c];
    return mean;
  });
  return {
    scores: scoresOf(truth, numbers, probabilities, values),
    epochs: curve.length,
    bestEpoch: best.epoch + 1,
    outcome: !finite
      ? "not-finite"
      : curve.length - 1 - best.epoch >= patience
        ? "converged"
        : "out-of-epochs",
    curve,
  };

  function posterior(part: { readonly from: number; readonly to: number }): Matrix {
    const out = new Float64Array((part.to - part.from) * values);
    for (let begin = part.from; begin < part.to; begin += batch) {
      const size = Math.min(batch, part.to - begin);
      work[0].set(inputs.subarray(begin * width, (begin + size) * width));
      forward(layers, work, size);
      const logits = work[layers.length];
      for (let b = 0; b < size; b++) softmax(logits, b * values, values);
      out.set(logits.subarray(0, size * values), (begin - part.from) * values);
    }
    return out;
  }

  function lossOf(part: { readonly from: number; readonly to: number }): number {
    const probabilities = posterior(part);
    let sum = 0;
    for (let t = part.from; t < part.to; t++)
      sum -= Math.log(Math.max(probabilities[(t - part.from) * values + target[t] - 1], Number.MIN_VALUE));
    return sum / (part.to - part.from);
  }
}

/** He's initialisation; biases zero. */
function createLayer(inputs: number, outputs: number, random: Random): Layer {
  const size = (inputs + 1) * outputs;
  const scale = Math.sqrt(2 / Math.max(1, inputs));
  return {
    inputs,
    outputs,
    weights: Float64Array.from({ length: size }, (_, k) =>
      k < inputs * outputs ? scale * random.normal() : 0,
    ),
    gradient: new Float64Array(size),
    first: new Float64Array(size),
    second: new Float64Array(size),
  };
}

/**
 * Makes the untrained network the linear decoder: logits `K (readout - 1 / K)`, which for weak signals are the log
 * posterior up to a constant. A hidden layer carries K numbers z in 2 K of its units, as the positive parts of z and -z;
 * its other units are random and begin without a voice in the logits. Where a layer has fewer units, all stays random.
 */
function beginLinear(
  layers: readonly Layer[],
  { weights: readout, means }: LinearReadout,
  values: number,
): void {
  const last = layers[layers.length - 1];
  if (layers.some(({ outputs }, l) => l + 1 < layers.length && outputs < 2 * values)) return;
  layers.forEach((layer, l) => {
    const { inputs, outputs, weights } = layer;
    const carried = layer === last ? values : 2 * values;
    const sign = (unit: number) => (unit < values ? 1 : -1);
    for (let j = 0; j < carried; j++) {
      const c = j % values;
      const own = layer === last ? 1 : sign(j);
      for (let i = 0; i < inputs; i++)
        weights[i * outputs + j] =
          l === 0
            ? own * values * readout[i * values + c]
            : i < 2 * values && i % values === c
              ? own * sign(i)
              : 0;
      weights[inputs * outputs + j] = l === 0 ? own * values * (means[c] - 1 / values) : 0;
    }
  });
}

/** Activities of every layer, and behind them the errors, for one batch. */
function createWork(batch: number, sizes: readonly number[]): Matrix[] {
  return [...sizes, ...sizes].map((size) => new Float64Array(batch * size));
}

/** Fills the activities from the inputs in `work[0]`; the last layer's are logits. */
function forward(layers: readonly Layer[], work: readonly Matrix[], size: number): void {
  layers.forEach(({ inputs, outputs, weights }, l) => {
    const out = work[l + 1].subarray(0, size * outputs);
    const bias = inputs * outputs;
    for (let b = 0; b < size; b++) for (let j = 0; j < outputs; j++) out[b * outputs + j] = weights[bias + j];
    kernel.gemm(false, false, size, outputs, inputs, 1, work[l], weights, 1, out);
    if (l + 1 < layers.length) for (let k = 0; k < out.length; k++) if (out[k] < 0) out[k] = 0;
  });
}

/** The sum of cross-entropies; replaces the logits by the gradient of their mean. */
function lossAndError(logits: Matrix, size: number, values: number, itemOf: (b: number) => number): number {
  let sum = 0;
  for (let b = 0; b < size; b++) {
    softmax(logits, b * values, values);
    const at = b * values + itemOf(b);
    sum -= Math.log(Math.max(logits[at], Number.MIN_VALUE));
    logits[at] -= 1;
    for (let c = 0; c < values; c++) logits[b * values + c] /= size;
  }
  return sum;
}

function softmax(x: Matrix, from: number, count: number): void {
  let most = -Infinity;
  for (let c = 0; c < count; c++) most = Math.max(most, x[from + c]);
  let sum = 0;
  for (let c = 0; c < count; c++) sum += x[from + c] = Math.exp(x[from + c] - most);
  for (let c = 0; c < count; c++) x[from + c] /= sum;
}

/** Gradients of all layers from the error in the place of the logits. */
function backward(layers: readonly Layer[], work: readonly Matrix[], size: number): void {
  const errors = layers.length + 1;
  let error = work[layers.length];
  for (let l = layers.length - 1; l >= 0; l--) {
    const { inputs, outputs, weights, gradient } = layers[l];
    kernel.gemm(true, false, inputs, outputs, size, 1, work[l], error, 0, gradient);
    const bias = inputs * outputs;
    gradient.fill(0, bias);
    for (let b = 0; b < size; b++)
      for (let j = 0; j < outputs; j++) gradient[bias + j] += error[b * outputs + j];
    if (l === 0) return;
    const below = work[errors + l].subarray(0, size * inputs);
    kernel.gemm(false, true, size, inputs, outputs, 1, error, weights, 0, below);
    for (let k = 0; k < below.length; k++) if (work[l][k] === 0) below[k] = 0;
    error = below;
  }
}

function adam({ weights, gradient, first, second }: Layer, rate: number, step: number): void {
  const size = (rate * Math.sqrt(1 - decay.second ** step)) / (1 - decay.first ** step);
  for (let k = 0; k < weights.length; k++) {
    const g = gradient[k];
    first[k] += (1 - decay.first) * (g - first[k]);
    second[k] += (1 - decay.second) * (g * g - second[k]);
    weights[k] -= (size * first[k]) / (Math.sqrt(second[k]) + decay.tiny);
  }
}

function createNoise(random: Random): Float64Array {
  return Float64Array.from({ length: noiseTable }, () => random.normal());
}
