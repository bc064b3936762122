import type { Random } from "../../core/random.js";
import type { Matrix, Vector } from "../../core/system.js";
import type { ItemStream } from "../../tasks/itemStream.js";
import { createForceKernel, type ForceKernelChoice } from "../../train/createForceKernel.js";
import { bytesOfDoubles, bytesOfIntegers, type ForceKernel } from "../../train/forceKernel.js";
import type { SparseMatrix } from "../../train/sparse.js";
import type { ReservoirVariant } from "./reservoir.js";

/** One network of a lock-step run. */
export interface ReservoirLane {
  /** g: a factor on J. */
  readonly gain: number;
  /** gIn: a factor on `input`. */
  readonly inputGain: number;
  /** One row of N per channel. */
  readonly input: Matrix;
  readonly initialRates: Vector;
  /** Standard deviation of the noise: see {@link runReservoirs}. */
  readonly noise: number;
  /** Where the noise is drawn from, one number per unit and step; not used up without noise. */
  readonly random: Random;
}

/** What the lanes of a run share. */
export interface ReservoirRun {
  readonly variant: ReservoirVariant;
  readonly tau: number;
  readonly dt: number;
  /** J / g. */
  readonly recurrent: SparseMatrix;
  readonly stream: ItemStream;
  /** "item-end": the state after the last step of each item; "every-step": after each step that shows an item. */
  readonly sample: "item-end" | "every-step";
  readonly kernel?: ForceKernelChoice;
  readonly onProgress?: (step: number, steps: number) => void;
}

/** What came of a run. */
export interface ReservoirStates {
  /** Per lane: samples x N. */
  readonly states: readonly Matrix[];
  /** Which kernel did the arithmetic. */
  readonly kernel: string;
}

/** Lanes side by side: with eight, the rates of N = 500 stay in a first-level cache. */
const panelLanes = 8;

/** Steps between two calls of `onProgress`. */
const progressEvery = 1000;

/**
 * Runs networks that share J under one stream of items, in lock-step: an entry of J is loaded once for eight of them.
 * A lane comes out with the bits it would have alone. The input of step s drives the state after it.
 *
 * Noise: each step adds `noise sqrt(1 - kappa^2) xi` to each unit, xi standard normal: alone, a linear unit with this
 * leak would fluctuate with the standard deviation `noise`. It goes inside the tanh of "nma". "rate-ode" is integrated by
 * the classical Runge-Kutta method in steps of dt (four products), with the noise added after the step.
 *
 * Cost per step and lane: 2 density N^2 operations, O(N) besides. Nothing is checked; states may overflow.
 */
export function runReservoirs(run: ReservoirRun, lanes: readonly ReservoirLane[]): ReservoirStates {
  const { recurrent, stream } = run;
  const n = recurrent.size;
  const panels = Math.ceil(lanes.length / panelLanes);
  const width = 2 * Math.ceil(Math.min(panelLanes, lanes.length) / 2);
  const entries = recurrent.values.length;
  const kernel = createForceKernel(
    bytesOfDoubles(entries) +
      bytesOfIntegers(entries) +
      bytesOfIntegers(n + 1) +
      9 * bytesOfDoubles(n * width) +
      stream.inputDimension * bytesOfDoubles(n * width),
    run.kernel ?? "auto",
  );
  const matrix = {
    starts: kernel.integers(n + 1),
    offsets: kernel.integers(entries),
    values: kernel.doubles(entries),
  };
  matrix.starts.set(recurrent.starts);
  matrix.values.set(recurrent.values);
  for (let q = 0; q < entries; q++) matrix.offsets[q] = recurrent.columns[q] * width;
  const panel = createPanel(run, kernel, matrix, n, width);
  const states: Matrix[] = [];
  const steps = panels * stream.steps;
  for (let p = 0; p < panels; p++) {
    const members = lanes.slice(p * panelLanes, (p + 1) * panelLanes);
    states.push(...panel(members, (step) => run.onProgress?.(p * stream.steps + step, steps)));
  }
  return { states, kernel: kernel.name };
}

/** A function that runs the stream for up to `width` lanes. */
function createPanel(
  run: ReservoirRun,
  kernel: ForceKernel,
  matrix: { starts: Int32Array; offsets: Int32Array; values: Float64Array },
  n: number,
  width: number,
): (lanes: readonly ReservoirLane[], onStep: (step: number) => void) => Matrix[] {
  const { variant, tau, dt, stream, sample } = run;
  const size = n * width;
  const kappa = Math.exp(-dt / tau);
  const rates = kernel.doubles(size);
  const product = kernel.doubles(size);
  const gains = kernel.doubles(size);
  const drive = kernel.doubles(size);
  const stages = variant === "rate-ode" ? [0, 1, 2, 3].map(() => kernel.doubles(size)) : [];
  const trial = kernel.doubles(size);
  const inputs = Array.from({ length: stream.inputDimension }, () => kernel.doubles(size));
  const noises = new Float64Array(width);
  const { items, starts, shown, options } = stream;
  const perItem = sample === "item-end" ? 1 : shown;
  let randoms: readonly Random[] = [];
  let noisy = false;

  /** `drive = v` of these rates; item 0: no input. */
  function drives(x: Float64Array, item: number): void {
    kernel.sparseMultiply(n, width, matrix.starts, matrix.offsets, matrix.values, x, product);
    if (item === 0) {
      for (let k = 0; k < size; k++) drive[k] = gains[k] * product[k];
      return;
    }
    const oneHot = options.encoding === "one-hot";
    const input = inputs[oneHot ? item - 1 : 0];
    const size1 = oneHot ? 1 : item / options.values;
    for (let k = 0; k < size; k++) drive[k] = gains[k] * product[k] + size1 * input[k];
  }

  function addNoise(x: Float64Array): void {
    if (!noisy) return;
    for (let b = 0; b < randoms.length; b++) {
      if (noises[b] === 0) continue;
      for (let k = b; k < size; k += width) x[k] += noises[b] * randoms[b].normal();
    }
  }

  function step(item: number): void {
    if (variant === "rate-ode") {
      rungeKutta(item);
      return;
    }
    drives(rates, item);
    if (variant === "leaky-esn") {
      const a = dt / tau;
      kernel.tanh(drive, drive);
      for (let k = 0; k < size; k++) rates[k] += a * (drive[k] - rates[k]);
      addNoise(rates);
      return;
    }
    const argument = variant === "linear" ? rates : drive;
    for (let k = 0; k < size; k++) argument[k] = kappa * rates[k] + (1 - kappa) * drive[k];
    addNoise(argument);
    if (variant === "nma") kernel.tanh(argument, rates);
  }

  function rungeKutta(item: number): void {
    const [k1, k2, k3, k4] = stages;
    const slope = (x: Float64Array, out: Float64Array) => {
      drives(x, item);
      kernel.tanh(drive, drive);
      for (let k = 0; k < size; k++) out[k] = (drive[k] - x[k]) / tau;
    };
    const move = (by: number, along: Float64Array) => {
      for (let k = 0; k < size; k++) trial[k] = rates[k] + by * along[k];
    };
    slope(rates, k1);
    move(dt / 2, k1);
    slope(trial, k2);
    move(dt / 2, k2);
    slope(trial, k3);
    move(dt, k3);
    slope(trial, k4);
    for (let k = 0; k < size; k++) rates[k] += (dt / 6) * (k1[k] + 2 * (k2[k] + k3[k]) + k4[k]);
    addNoise(rates);
  }

  return (lanes, onStep) => {
    for (const each of [rates, gains, ...inputs]) each.fill(0);
    lanes.forEach((lane, b) => {
      for (let i = 0, k = b; i < n; i++, k += width) {
        rates[k] = lane.initialRates[i];
        gains[k] = lane.gain;
        for (let c = 0; c < inputs.length; c++) inputs[c][k] = lane.inputGain * lane.input[c * n + i];
      }
    });
    lanes.forEach(({ noise }, b) => {
      noises[b] = noise * Math.sqrt(1 - kappa * kappa);
    });
    noisy = lanes.some(({ noise }) => noise > 0);
    randoms = lanes.map(({ random }) => random);
    const states = lanes.map(() => new Float64Array(items.length * perItem * n));
    let at = 0;
    for (let i = 0; i < items.length; i++) {
      for (; at < starts[i]; at++) step(0);
      for (let s = 0; s < shown; s++, at++) {
        step(items[i]);
        const row = sample === "every-step" ? i * shown + s : s + 1 === shown ? i : -1;
        if (row >= 0)
          for (let b = 0; b < lanes.length; b++) {
            const out = states[b];
            for (let k = b, to = row * n; k < size; k += width, to++) out[to] = rates[k];
          }
        if (at % progressEvery === 0) onStep(at);
      }
    }
    onStep(stream.steps);
    return states;
  };
}
