import { checkInteger, checkNumber, checkOneOf, fail } from "../core/check.js";
import { resolveOptions } from "../core/defaults.js";
import { createRandom } from "../core/random.js";
import type { Matrix } from "../core/system.js";

/** Options of {@link itemStream}. Times in ms, like the network's tau. */
export interface ItemStreamOptions {
  /** How many items follow one another. @defaultValue `5000` */
  readonly items?: number;
  /** K: items are numbers from 1 to K. @defaultValue `20` */
  readonly values?: number;
  /** "one-hot": channel `item - 1` is 1. "magnitude": one channel, `item / K`. @defaultValue `"one-hot"` */
  readonly encoding?: "one-hot" | "magnitude";
  /** Time without input before the first item. @defaultValue `10` */
  readonly burnIn?: number;
  /** Time without input before each item. @defaultValue `0` */
  readonly interval?: number;
  /** How long each item is shown. @defaultValue `1` */
  readonly duration?: number;
  /** Length of a step. @defaultValue `0.1` */
  readonly dt?: number;
}

/** A stream of items: plain data. */
export interface ItemStream {
  /** Each item's number, 1 to K. */
  readonly items: Int32Array;
  /** First step of each item; it is shown for `shown` steps. */
  readonly starts: Int32Array;
  readonly shown: number;
  /** T. */
  readonly steps: number;
  /** M: K channels ("one-hot") or one ("magnitude"). */
  readonly inputDimension: number;
  readonly options: Required<ItemStreamOptions>;
  readonly seed: number;
}

const defaults: Required<ItemStreamOptions> = {
  items: 5000,
  values: 20,
  encoding: "one-hot",
  burnIn: 10,
  interval: 0,
  duration: 1,
  dt: 0.1,
};

/** Steps a stream may have. */
const most = 2 ** 30;

/**
 * A stream of items, one after the other, each drawn at random: what a network is to remember is the item X ago.
 *
 * Timeline: burn-in without input, then for each item the interval without input and the item itself. Durations become
 * whole numbers of steps by rounding (`round(duration / dt)`); an item lasts one step at least. Items are independent
 * and uniform on 1 .. K; they depend on the seed alone, not on the times. Throws where an option is wrong. O(items).
 *
 * Source: the input of the Neuromatch project "RNN working memory" (times in ms, dt 0.1 ms, tau 20 ms).
 *
 * @example
 * ```ts
 * const { items, starts, steps } = itemStream({ items: 3, values: 4 }, 7);
 * items.every((item) => item >= 1 && item <= 4); // => true
 * [...starts, steps]; // => [100, 110, 120, 130]
 * ```
 */
export function itemStream(options?: ItemStreamOptions, seed = 0): ItemStream {
  const where = "itemStream";
  const resolved = resolveOptions(where, defaults, options);
  const { values, encoding, dt } = resolved;
  checkInteger(where, "items", resolved.items, 1, 2 ** 26);
  checkInteger(where, "values", values, 2, 2 ** 16);
  checkOneOf(where, "encoding", encoding, ["one-hot", "magnitude"]);
  checkNumber(where, "dt", dt, 0);
  if (dt === 0) fail(where, "dt is 0, expected a positive number");
  checkInteger(where, "seed", seed, -(2 ** 53), 2 ** 53);
  const stepsOf = (name: "burnIn" | "interval" | "duration") => {
    const duration = resolved[name];
    checkNumber(where, name, duration, 0);
    return Math.round(duration / dt);
  };
  const burnIn = stepsOf("burnIn");
  const interval = stepsOf("interval");
  const shown = stepsOf("duration");
  if (shown < 1)
    fail(where, `duration is ${resolved.duration}, expected a step of dt = ${dt} or more: nothing is shown`);
  const steps = burnIn + resolved.items * (interval + shown);
  if (steps > most) fail(where, `items need ${steps} steps, expected at most ${most}`);
  const random = createRandom(seed);
  return {
    items: Int32Array.from({ length: resolved.items }, () => 1 + random.integer(values)),
    starts: Int32Array.from({ length: resolved.items }, (_, i) => burnIn + i * (interval + shown) + interval),
    shown,
    steps,
    inputDimension: encoding === "one-hot" ? values : 1,
    options: resolved,
    seed,
  };
}

/**
 * The input of a stream, step by step: T x M, row-major, the channel fastest. O(T M).
 *
 * @example
 * ```ts
 * const stream = itemStream({ items: 2, values: 4, encoding: "magnitude", burnIn: 0, duration: 0.2 }, 1);
 * itemInputs(stream).length; // => 4
 * itemInputs(stream)[0] === stream.items[0] / 4; // => true
 * ```
 */
export function itemInputs({ items, starts, shown, steps, inputDimension, options }: ItemStream): Matrix {
  const inputs = new Float64Array(steps * inputDimension);
  items.forEach((item, i) => {
    for (let s = starts[i]; s < starts[i] + shown; s++) {
      if (options.encoding === "one-hot") inputs[s * inputDimension + item - 1] = 1;
      else inputs[s] = item / options.values;
    }
  });
  return inputs;
}
