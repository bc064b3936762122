import { checkInteger, checkNumber, checkOneOf } from "../../core/check.js";
import { resolveOptions } from "../../core/defaults.js";
import type { Matrix } from "../../core/system.js";
import { type ItemStreamOptions, itemStream } from "../../tasks/itemStream.js";
import { checkRecording } from "./recording.js";
import {
  drawInput,
  drawRates,
  drawRecurrent,
  noiseOf,
  type ReservoirOptions,
  resolveReservoir,
} from "./reservoir.js";
import { runReservoirs } from "./runReservoirs.js";

/** Options of {@link reservoirStates}. */
export interface ReservoirStatesOptions {
  /** The network; its channels are those of the stream. */
  readonly network?: Omit<ReservoirOptions, "channels">;
  /** The items; `dt` is the network's. */
  readonly stream?: Omit<ItemStreamOptions, "dt">;
  /** Standard deviation the noise alone would give a linear unit. @defaultValue `0` */
  readonly noise?: number;
  /** "item-end": after the last step of each item; "every-step": after each step that shows one. @defaultValue `"item-end"` */
  readonly sample?: "item-end" | "every-step";
  /** Of weights, items and noise. @defaultValue `0` */
  readonly seed?: number;
}

/** What {@link reservoirStates} returns: plain data. */
export interface ReservoirRecording {
  /** Samples x N, row-major. */
  readonly states: Matrix;
  /** The item shown at each sample, 1 .. K. */
  readonly items: Int32Array;
  readonly kernel: string;
}

/**
 * The states of one random network under a stream of random items, as the capacity study records them: ready for
 * `decodeItems`.
 *
 * The network is `reservoirSpec`'s with the same options and seed, J kept sparse; the input of step s drives the state
 * after it. Noise: each step adds `noise sqrt(1 - kappa^2) xi` to each unit, inside the tanh of "nma". "rate-ode" is
 * integrated by the classical Runge-Kutta method in steps of dt. States that overflow come back as they are (not finite).
 * Throws for wrong options. Cost per step: 2 density N^2 operations.
 *
 * @example
 * ```ts
 * const { states, items } = reservoirStates({ network: { units: 100 }, stream: { items: 800, values: 4 } });
 * const { lags } = decodeItems(states, items, { decoder: "ridge", lags: [0, 1] });
 * lags[0].accuracy > 0.95 && lags[1].accuracy > 0.5; // => true
 * ```
 */
export function reservoirStates(options?: ReservoirStatesOptions): ReservoirRecording {
  const where = "reservoirStates";
  const o = resolveOptions(
    where,
    { network: {}, stream: {}, noise: 0, sample: "item-end", seed: 0 } as Required<ReservoirStatesOptions>,
    options,
  );
  checkNumber(where, "noise", o.noise, 0, 1e6);
  checkOneOf(where, "sample", o.sample, ["item-end", "every-step"]);
  checkInteger(where, "seed", o.seed, -(2 ** 53), 2 ** 53);
  const network = resolveReservoir(`${where}: network`, o.network);
  const stream = itemStream({ ...o.stream, dt: network.dt }, o.seed);
  const { units, gain, inputGain, variant, tau, dt } = network;
  checkRecording(where, stream.items.length * (o.sample === "item-end" ? 1 : stream.shown), units);
  const { states, kernel } = runReservoirs(
    { variant, tau, dt, recurrent: drawRecurrent(units, network.density, o.seed), stream, sample: o.sample },
    [
      {
        gain,
        inputGain,
        input: drawInput(units, stream.inputDimension, network.inputDensity, o.seed),
        initialRates: drawRates(units, o.seed),
        noise: o.noise,
        random: noiseOf(o.seed),
      },
    ],
  );
  const perItem = o.sample === "item-end" ? 1 : stream.shown;
  return {
    states: states[0],
    items: Int32Array.from(
      { length: stream.items.length * perItem },
      (_, t) => stream.items[Math.floor(t / perItem)],
    ),
    kernel,
  };
}
