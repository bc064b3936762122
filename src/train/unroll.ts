import type { Cell } from "../cells/cell.js";
import type { Kernel } from "../numeric/kernel.js";
import type { Layer } from "./gradients/layer.js";
import { addOuter, addRowSum, fillRows } from "./gradients/rows.js";
import { gradientModules } from "./gradients/table.js";
import { networkLayers } from "./layers.js";
import type { Parameters } from "./parameters.js";

/** A network unrolled over T steps and B trials, with its memory. Rows are time-major: row `t * B + b`. */
export interface Unrolled {
  /** T B x M, to be filled before `forward`. */
  readonly inputs: Float64Array;
  /** T B x K. */
  readonly outputs: Float64Array;
  /** T B x K, to be filled before `backward`. */
  readonly outputGradient: Float64Array;
  /** T B x D of each layer, lowest first: what is added to the state after each step. Empty without noise. */
  readonly noise: readonly Float64Array[];
  /** Fills `outputs`. */
  forward(): void;
  /** Mean squared activity of all units, steps and trials of the last `forward`. */
  meanSquaredRate(): number;
  /** Adds to the gradients of the parameters; `rateCost` weighs the gradient of `meanSquaredRate`. */
  backward(rateCost: number): void;
}

/** What {@link unroll} needs to know. */
export interface UnrollOptions {
  /** B. */
  readonly batch: number;
  /** T. */
  readonly steps: number;
  readonly kernel: Kernel;
  readonly dt: number | undefined;
  readonly noisy: boolean;
}

/**
 * Unrolls a network. Layers run one after the other, each over all steps, so that everything that does not feed
 * back (inputs, readout, weight gradients) is one matrix product over T B rows. Memory O(T B D).
 */
export function unroll(cell: Cell, parameters: Parameters, options: UnrollOptions): Unrolled {
  const { batch, steps, kernel, dt, noisy } = options;
  const rows = batch * steps;
  const parts = networkLayers(cell);
  const initialState = parameters.tensor("initialState")!;
  const initialStateGradient = parameters.gradientOf("initialState");
  const lowest = initialStateGradient ? 0 : lowestTrained(parts, parameters);
  const inputs = new Float64Array(rows * cell.inputDimension);
  const layers: Layer[] = [];
  const noise: Float64Array[] = [];
  let at = 0;
  for (const [l, { prefix, cell: layer }] of parts.entries()) {
    const { kind } = layer.spec;
    if (kind === "stacked") continue;
    const below = layers.at(-1);
    const d = layer.dimension;
    if (noisy) noise.push(new Float64Array(rows * d));
    layers.push(
      gradientModules[kind].unroll({
        cell: layer,
        batch,
        steps,
        kernel,
        dt,
        tensor: (name) => parameters.tensor(prefix + name),
        gradient: (name) => parameters.gradientOf(prefix + name),
        initialState: initialState.subarray(at, at + d),
        initialStateGradient: initialStateGradient?.subarray(at, at + d),
        inputs: below ? below.outputs : inputs,
        inputGradient: below && l > lowest ? below.outputGradient : undefined,
        noise: noise[l],
      }),
    );
    at += d;
  }
  const last = layers[layers.length - 1];
  const k = cell.outputDimension;
  const width = last.outputs.length / rows;
  const weight = parameters.tensor("readout.weight")!;
  const bias = parameters.tensor("readout.bias");
  const weightGradient = parameters.gradientOf("readout.weight");
  const biasGradient = parameters.gradientOf("readout.bias");
  const outputs = new Float64Array(rows * k);
  const outputGradient = new Float64Array(rows * k);
  const rateCount = layers.reduce((sum, { rates }) => sum + rates.length, 0);

  return {
    inputs,
    outputs,
    outputGradient,
    noise,
    forward() {
      for (const layer of layers) layer.forward();
      fillRows(bias, outputs);
      kernel.gemm(false, true, rows, k, width, 1, last.outputs, weight, 1, outputs);
    },
    meanSquaredRate() {
      let sum = 0;
      for (const { rates } of layers) for (let p = 0; p < rates.length; p++) sum += rates[p] * rates[p];
      return sum / rateCount;
    },
    backward(rateCost) {
      addOuter(kernel, rows, outputGradient, k, last.outputs, width, weightGradient);
      if (biasGradient) addRowSum(outputGradient, biasGradient);
      for (const layer of layers) {
        layer.outputGradient.fill(0);
        layer.rateGradient.fill(0);
      }
      kernel.gemm(false, false, rows, width, k, 1, outputGradient, weight, 0, last.outputGradient);
      for (let l = layers.length - 1; l >= lowest; l--) {
        const { rates, rateGradient } = layers[l];
        const factor = (2 * rateCost) / rateCount;
        if (rateCost !== 0) for (let p = 0; p < rates.length; p++) rateGradient[p] += factor * rates[p];
        layers[l].backward();
      }
    },
  };
}

/** The lowest layer that has something to train; one above the last when only the readout is trained. */
function lowestTrained(parts: ReturnType<typeof networkLayers>, parameters: Parameters): number {
  const found = parts.findIndex(({ prefix, cell: { spec } }) =>
    parameters.trained.some(({ name }) => {
      if (!name.startsWith(prefix)) return false;
      const own = name.slice(prefix.length);
      return own.startsWith("readout.") ? "feedback" in spec : true;
    }),
  );
  return found < 0 ? parts.length : found;
}
