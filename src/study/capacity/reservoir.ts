import type { CellSpec } from "../../cells/spec.js";
import { checkInteger, checkNumber, checkOneOf, fail } from "../../core/check.js";
import { resolveOptions } from "../../core/defaults.js";
import { createRandom, type Random } from "../../core/random.js";
import type { Matrix, Vector } from "../../core/system.js";
import { type SparseMatrix, toDense } from "../../train/sparse.js";

/** Which equation a reservoir obeys; with kappa = exp(-dt / tau) and v = J r + J_in u. */
export type ReservoirVariant = "nma" | "rate-ode" | "leaky-esn" | "linear";

/** Options of {@link reservoirSpec}. */
export interface ReservoirOptions {
  /** @defaultValue `"nma"` */
  readonly variant?: ReservoirVariant;
  /** N. @defaultValue `1000` */
  readonly units?: number;
  /** g. @defaultValue `0.95` */
  readonly gain?: number;
  /** gIn. @defaultValue `10` */
  readonly inputGain?: number;
  /** Share of J that is not zero (the original's "sparsity" sp). @defaultValue `0.25` */
  readonly density?: number;
  /** Share of J_in that is not zero (spIn). @defaultValue `0.05` */
  readonly inputDensity?: number;
  /** Number of input channels. @defaultValue `20` */
  readonly channels?: number;
  /** ms. @defaultValue `20` */
  readonly tau?: number;
  /** ms. @defaultValue `0.1` */
  readonly dt?: number;
}

export const reservoirDefaults: Required<ReservoirOptions> = {
  variant: "nma",
  units: 1000,
  gain: 0.95,
  inputGain: 10,
  density: 0.25,
  inputDensity: 0.05,
  channels: 20,
  tau: 20,
  dt: 0.1,
};

/** Largest N: J takes 8 N^2 bytes as a cell. */
const mostUnits = 20_000;

/** Options with every field set; throws where one is wrong. */
export function resolveReservoir(where: string, options?: ReservoirOptions): Required<ReservoirOptions> {
  const o = resolveOptions(where, reservoirDefaults, options);
  checkOneOf(where, "variant", o.variant, ["nma", "rate-ode", "leaky-esn", "linear"]);
  checkInteger(where, "units", o.units, 1, mostUnits);
  checkNumber(where, "gain", o.gain, 0, 1e6);
  checkNumber(where, "inputGain", o.inputGain, 0, 1e6);
  checkInteger(where, "channels", o.channels, 1, 2 ** 16);
  for (const name of ["density", "inputDensity"] as const) {
    checkNumber(where, name, o[name], 0, 1);
    if (o[name] === 0) fail(where, `${name} is 0, expected a share above 0 (no weight would be left)`);
  }
  for (const name of ["tau", "dt"] as const) {
    checkNumber(where, name, o[name], 0);
    if (o[name] === 0) fail(where, `${name} is 0, expected a positive number`);
  }
  if (o.dt > o.tau) fail(where, `dt is ${o.dt}, expected at most tau = ${o.tau}`);
  return o;
}

/** Which stream of the seed each tensor is drawn from. */
const streams = { recurrent: 0, mask: 1, input: 2, inputMask: 3, rates: 4, noise: 5 } as const;

/**
 * J / g: `n_ij b_ij / sqrt(N density)`, n standard normal, b Bernoulli. An entry is there when its uniform number is at
 * most the density: with one seed, a sparser matrix has a subset of the entries of a denser one. O(N^2) draws.
 */
export function drawRecurrent(units: number, density: number, seed: number): SparseMatrix {
  const random = createRandom(seed);
  const [normals, uniforms] = [random.stream(streams.recurrent), random.stream(streams.mask)];
  const scale = 1 / Math.sqrt(units * density);
  const starts = new Int32Array(units + 1);
  const columns: number[] = [];
  const values: number[] = [];
  for (let i = 0; i < units; i++) {
    for (let j = 0; j < units; j++) {
      const value = scale * normals.normal();
      if (uniforms.uniform() > density) continue;
      columns.push(j);
      values.push(value);
    }
    starts[i + 1] = columns.length;
  }
  return { size: units, starts, columns: Int32Array.from(columns), values: Float64Array.from(values) };
}

/** J_in / gIn, one row of N per channel: `n_ij b_ij / sqrt(channels density)`, drawn as J is. O(N channels). */
export function drawInput(units: number, channels: number, density: number, seed: number): Matrix {
  const random = createRandom(seed);
  const [normals, uniforms] = [random.stream(streams.input), random.stream(streams.inputMask)];
  const scale = 1 / Math.sqrt(channels * density);
  const input = new Float64Array(channels * units);
  for (let i = 0; i < units; i++)
    for (let c = 0; c < channels; c++) {
      const value = scale * normals.normal();
      if (uniforms.uniform() <= density) input[c * units + i] = value;
    }
  return input;
}

/** Rates at the start, uniform on [0, 0.1). */
export function drawRates(units: number, seed: number): Vector {
  const random = createRandom(seed).stream(streams.rates);
  return Float64Array.from({ length: units }, () => 0.1 * random.uniform());
}

/** Where the noise of a network is drawn from. */
export function noiseOf(seed: number): Random {
  return createRandom(seed).stream(streams.noise);
}

/**
 * The random network of the working-memory capacity study, as the description of an ordinary network: give it to
 * `buildCell`, and every analysis works on it.
 *
 * With kappa = exp(-dt / tau), v = J r + J_in u:
 *
 * - "nma", as published: `r <- tanh(kappa r + (1 - kappa) v)`. The tanh is around the whole state: every step contracts
 *   it a little more, alone r -> tanh(r), and there is no limit of small dt.
 * - "rate-ode": `tau dr/dt = -r + tanh(v)`, a flow in units of ms.
 * - "leaky-esn": `r <- (1 - a) r + a tanh(v)`, a = dt / tau.
 * - "linear": `r <- kappa r + (1 - kappa) v`.
 *
 * `J_ij = g n_ij b_ij / sqrt(N density)`, `J_in,ij = gIn n_ij b_ij / sqrt(channels inputDensity)` (the scale has the
 * number of channels in it, not N), n standard normal, b Bernoulli; the diagonal is kept; rates start uniform on
 * [0, 0.1). Gains scale what one seed draws: networks that differ in gains alone share n and b. Throws where an option is
 * out of range. O(N^2).
 *
 * Source: the Neuromatch project "The working memory capacity of RNN"; leaky networks, Jaeger et al. (2007).
 *
 * @example
 * ```ts
 * const network = buildCell(reservoirSpec({ units: 50 }, 1));
 * const { points } = findFixedPoints(network, [new Float64Array(50)]);
 * points[0].stability; // => "stable"
 * ```
 */
export function reservoirSpec(options?: ReservoirOptions, seed = 0): CellSpec {
  const where = "reservoirSpec";
  const o = resolveReservoir(where, options);
  checkInteger(where, "seed", seed, -(2 ** 53), 2 ** 53);
  const { units: n, channels, variant, tau, dt } = o;
  const kappa = Math.exp(-dt / tau);
  const inMap = variant === "nma" || variant === "linear";
  const share = inMap ? 1 - kappa : 1;
  const recurrent = toDense(drawRecurrent(n, o.density, seed), share * o.gain);
  if (inMap) for (let i = 0; i < n; i++) recurrent[i * n + i] += kappa;
  const rows = drawInput(n, channels, o.inputDensity, seed);
  const input = new Float64Array(n * channels);
  for (let c = 0; c < channels; c++)
    for (let i = 0; i < n; i++) input[i * channels + c] = share * o.inputGain * rows[c * n + i];
  const common = { recurrent, input, initialState: drawRates(n, seed) };
  if (inMap) return { kind: "vanilla", activation: variant === "linear" ? "linear" : "tanh", ...common };
  return {
    kind: "rate",
    state: "rate",
    activation: "tanh",
    ...(variant === "rate-ode" ? { time: "continuous", tau } : { time: "discrete", alpha: dt / tau }),
    ...common,
  };
}
