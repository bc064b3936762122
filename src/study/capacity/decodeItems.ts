import type { Rows } from "../../core/check.js";
import { checkInteger, checkNumber, checkOneOf, checkRows, describe, fail } from "../../core/check.js";
import { resolveOptions } from "../../core/defaults.js";
import { createRandom } from "../../core/random.js";
import type { Matrix } from "../../core/system.js";
import { components } from "./components.js";
import { baselinesOf, type DecodingBaselines, type DecodingScores } from "./decodingScores.js";
import { type NeuralDecoding, neural } from "./neural.js";
import { createRecording, largestState, type Recording } from "./recording.js";
import { ridge, ridgeReadout } from "./ridge.js";
import { gapOf, type Split, splitSamples } from "./split.js";

/** "neural": two hidden layers; "softmax": none; "ridge": linear regression. */
export type DecoderName = "neural" | "softmax" | "ridge";

/** Options of {@link decodeItems}. */
export interface DecodingOptions {
  /** @defaultValue `"neural"` */
  readonly decoder?: DecoderName;
  /** X: how many samples ago the item was. @defaultValue `[0, 1, 2, 3, 4, 5]` */
  readonly lags?: readonly number[];
  /** K: items are numbers from 1 to K; 0: the largest there is. @defaultValue `0` */
  readonly values?: number;
  /** Shares of training, validation and test. @defaultValue `[0.7, 0.15, 0.15]` */
  readonly split?: readonly [number, number, number];
  /** Units of the hidden layers of "neural". @defaultValue `[128, 64]` */
  readonly hidden?: readonly number[];
  /** Principal directions that "neural" and "softmax" see. @defaultValue `128` */
  readonly components?: number;
  /** Standard deviations of the noise on their training inputs (mean square 1), chosen from by validation. @defaultValue `[0.5]` */
  readonly inputNoise?: readonly number[];
  /** @defaultValue `0.002` */
  readonly learningRate?: number;
  /** @defaultValue `128` */
  readonly batch?: number;
  /** At most so many. @defaultValue `300` */
  readonly epochs?: number;
  /** Epochs without a lower validation loss that end the training. @defaultValue `10` */
  readonly patience?: number;
  /** A lag beyond memory, for the baseline; 0: none. @defaultValue `0` */
  readonly beyond?: number;
  /** Of initial weights, batches, noise and shuffled labels. @defaultValue `0` */
  readonly seed?: number;
}

/** How well the item of one lag was decoded. */
export interface LagDecoding extends DecodingScores {
  readonly lag: number;
  /** Ridge: the penalties chosen, over the mean variance of a feature. */
  readonly penalties?: { readonly number: number; readonly name: number };
  /** Neural and softmax: how the training went. */
  readonly training?: Omit<NeuralDecoding, "scores"> & { readonly inputNoise: number };
}

/** What {@link decodeItems} returns: plain data. */
export interface DecodingReport {
  readonly lags: readonly LagDecoding[];
  /** Sum of r^2 over the lags. */
  readonly totalDetermination: number;
  /** Sum of information over the lags, bits: items being independent, a lower bound on what the state holds of them. */
  readonly totalInformation: number;
  readonly baselines: DecodingBaselines & {
    /** Labels shuffled, and a lag beyond memory (null: not asked for), decoded by ridge: what no memory looks like. */
    readonly shuffled: DecodingScores;
    readonly beyond: DecodingScores | null;
  };
  readonly features: {
    /** D, and how many of them are constant and were left out. */
    readonly count: number;
    readonly constant: number;
    /** (sum of variances along the principal axes)^2 / sum of their squares: how many directions the states fill. */
    readonly participationRatio: number;
    /** Whether the Gram matrix of the others has less than full rank to working precision. */
    readonly singular: boolean;
  };
  readonly samples: Split;
  readonly options: Required<DecodingOptions>;
}

export const decodingDefaults: Required<DecodingOptions> = {
  decoder: "neural",
  lags: [0, 1, 2, 3, 4, 5],
  values: 0,
  split: [0.7, 0.15, 0.15],
  hidden: [128, 64],
  components: 128,
  inputNoise: [0.5],
  learningRate: 0.002,
  batch: 128,
  epochs: 300,
  patience: 10,
  beyond: 0,
  seed: 0,
};

/** Largest K: a table of true and named items has K^2 cells. */
export const mostValues = 4096;

/** Inputs of a network below this share of the mean variance are rounding, not signal. */
const floor = 1e-3;

/**
 * How much of past items the present state holds: decodes from the state at sample t the item of sample t - X, for each
 * lag X, and scores it on samples the decoder has not seen.
 *
 * `states`: one row of length D per sample; `items`: one number 1 .. K per sample. Decoders:
 *
 * - "neural": ReLU layers of 128 and 64 units and a softmax, on the leading principal directions, half whitened;
 *   cross-entropy, Adam, noise on the inputs, trained until the validation loss no longer falls. Widths, activation and
 *   training are ours: the original study has published none.
 * - "softmax": the same without hidden layers; the noise is its penalty.
 * - "ridge": one linear readout per item value, penalties chosen by validation.
 *
 * Training, validation and test are contiguous parts, with a gap of the longest lag before each. The study's capacity is
 * `correlation`: Pearson's r of the true and the decoded number. Numbers of one-hot items are arbitrary labels, so
 * accuracy and information stand beside it. Throws for wrong arguments and too few samples; constant features are left out
 * and counted, a singular Gram matrix is reported.
 *
 * Cost: O(T D^2 + D^3) once; ridge O(D^2 K) per lag and penalty; neural about 0.1 s per epoch, lag and 3500 samples.
 *
 * @example
 * ```ts
 * import { decodeItems } from "rnn-dynamics/study";
 *
 * // A delay line of two places holds the present item and the one before, and nothing else.
 * const items = Int32Array.from({ length: 400 }, (_, t) => 1 + ((t * t + 3 * t) % 7 + t % 3) % 5);
 * const states = Array.from(items, (item, t) => [item, items[Math.max(0, t - 1)]]);
 * const { lags } = decodeItems(states, items, { decoder: "ridge", lags: [0, 1] });
 * lags.map(({ correlation }) => correlation.toFixed(2)); // => ["1.00", "1.00"]
 * ```
 */
export function decodeItems(
  states: Rows,
  items: ArrayLike<number>,
  options?: DecodingOptions,
): DecodingReport {
  const where = "decodeItems";
  const count = items?.length;
  if (!Number.isInteger(count) || count === 0)
    fail(where, `items is ${describe(items)}, expected a list of numbers, one per row of states`);
  const width =
    states instanceof Float64Array || states instanceof Float32Array
      ? states.length / count
      : (states as readonly ArrayLike<number>[])?.[0]?.length;
  if (!Number.isInteger(width) || width < 1)
    fail(where, `states has ${describe(states)}, expected ${count} rows (one per item)`);
  const table = checkRows(where, "states", states, width, "the first row's length");
  if (table.count !== count) fail(where, `states has ${table.count} rows, expected ${count} (one per item)`);
  const large = table.data.findIndex((x) => Math.abs(x) > largestState);
  if (large >= 0)
    fail(
      where,
      `states has ${table.data[large]}, expected a size of at most ${largestState} (powers overflow)`,
    );
  const o = resolveDecoding(where, options);
  for (let t = 0; t < count; t++) checkInteger(where, `items[${t}]`, items[t], 1, o.values || mostValues);
  const values =
    o.values ||
    Math.max(
      2,
      Array.from(items).reduce((a, b) => Math.max(a, b)),
    );
  const decoders = [{ name: o.decoder, lags: o.lags }];
  return decodeWith(where, table.data, Int32Array.from(items), width, { ...o, values }, decoders)[0];
}

/** Options with every field set; throws where one is wrong. */
export function resolveDecoding(where: string, options?: DecodingOptions): Required<DecodingOptions> {
  const o = resolveOptions(where, decodingDefaults, options);
  checkOneOf(where, "decoder", o.decoder, ["neural", "softmax", "ridge"]);
  if (!Array.isArray(o.lags) || o.lags.length === 0)
    fail(where, `lags is ${describe(o.lags)}, expected a list of at least one lag`);
  for (const lag of [...o.lags, o.beyond]) checkInteger(where, "a lag", lag, 0, 2 ** 30);
  if (new Set(o.lags).size < o.lags.length)
    fail(where, `lags is ${o.lags.join(", ")}, expected each value once`);
  checkInteger(where, "values", o.values, 0, mostValues);
  if (!Array.isArray(o.split) || o.split.length !== 3)
    fail(where, "split must be three shares, expected for example [0.7, 0.15, 0.15]");
  for (const share of o.split) {
    checkNumber(where, "split", share, 0);
    if (share === 0) fail(where, "split has a share of 0, expected positive numbers");
  }
  if (!Array.isArray(o.hidden)) fail(where, `hidden is ${describe(o.hidden)}, expected a list of widths`);
  for (const size of o.hidden) checkInteger(where, "hidden", size, 1, 2 ** 16);
  if (!Array.isArray(o.inputNoise) || o.inputNoise.length === 0)
    fail(where, `inputNoise is ${describe(o.inputNoise)}, expected a list of at least one number`);
  for (const noise of o.inputNoise) checkNumber(where, "inputNoise", noise, 0);
  checkNumber(where, "learningRate", o.learningRate, Number.MIN_VALUE);
  for (const name of ["components", "batch", "epochs", "patience"] as const)
    checkInteger(where, name, o[name], 1, 2 ** 20);
  checkInteger(where, "seed", o.seed, -(2 ** 53), 2 ** 53);
  return o;
}

/**
 * One report per decoder; all share the features, their Gram matrix and the baselines. `perItem`: how many samples in a
 * row show the same item; no item is in two parts, and shuffling keeps its samples together.
 */
export function decodeWith(
  where: string,
  states: Matrix,
  items: Int32Array,
  width: number,
  o: Required<DecodingOptions>,
  decoders: readonly { readonly name: DecoderName; readonly lags: readonly number[] }[],
  perItem = 1,
): DecodingReport[] {
  const longest = Math.max(o.beyond, ...decoders.flatMap(({ lags }) => lags));
  if (longest >= items.length)
    fail(where, `a lag is ${longest}, expected less than the ${items.length} samples of the stream`);
  const split = splitSamples(where, items.length, o.split, gapOf(longest, perItem));
  const recording = createRecording(states, width, split);
  const { values } = o;
  const random = createRandom(o.seed);
  const order = random.stream(1).permutation(items.length / perItem);
  const shuffled = items.map((_, t) => items[order[Math.floor(t / perItem)] * perItem]);
  // Samples before the lag have no item: they are in no part, whatever stands there.
  const ago = (lag: number) => items.map((_, t) => items[Math.max(0, t - lag)]);
  const ridgeLags = [...new Set(decoders.flatMap(({ name, lags }) => (name === "ridge" ? lags : [])))];
  const targets = [shuffled, ...(o.beyond > 0 ? [ago(o.beyond)] : []), ...ridgeLags.map(ago)];
  const linear = ridge(recording, targets, values);
  const beyond = o.beyond > 0 ? linear[1].scores : null;
  const ofLag = new Map(ridgeLags.map((lag, k) => [lag, linear[k + targets.length - ridgeLags.length]]));
  let inputs: Recording | undefined;
  const train = (name: DecoderName, lag: number): LagDecoding => {
    inputs ??= createInputs(recording, o.components);
    const { features, width: count } = inputs;
    const target = ago(lag);
    const start = ridgeReadout(inputs, target, values);
    const made = o.inputNoise.map((inputNoise) => ({
      inputNoise,
      ...neural(features, count, split, target, values, {
        start,
        hidden: name === "neural" ? o.hidden : [],
        inputNoise,
        learningRate: o.learningRate,
        batch: o.batch,
        epochs: o.epochs,
        patience: o.patience,
        seed: o.seed,
      }),
    }));
    const lossOf = ({ curve, bestEpoch }: (typeof made)[number]) =>
      bestEpoch > 0 ? curve[bestEpoch - 1].validation : Infinity;
    const { scores, ...training } = made.reduce((a, b) => (lossOf(b) < lossOf(a) ? b : a));
    return { lag, ...scores, training };
  };
  const { training, test } = split;
  const baselines = {
    ...baselinesOf(items.slice(training.from, training.to), items.slice(test.from, test.to), values),
    shuffled: linear[0].scores,
    beyond,
  };
  return decoders.map(({ name, lags }) => {
    const decoded = lags.map((lag): LagDecoding => {
      if (name !== "ridge") return train(name, lag);
      const { scores, numberPenalty, namePenalty } = ofLag.get(lag)!;
      return { lag, ...scores, penalties: { number: numberPenalty, name: namePenalty } };
    });
    return {
      lags: decoded,
      totalDetermination: decoded.reduce((sum, { determination }) => sum + determination, 0),
      totalInformation: decoded.reduce((sum, { information }) => sum + information, 0),
      baselines,
      features: {
        count: width,
        constant: recording.constant,
        participationRatio: recording.participationRatio,
        singular: recording.singular,
      },
      samples: split,
      options: { ...o, decoder: name, lags },
    };
  });
}

/** What networks see of a recording: its leading directions. */
function createInputs(recording: Recording, most: number): Recording {
  const { scores, count } = components(recording, most, floor);
  return createRecording(scores, count, recording.split);
}
