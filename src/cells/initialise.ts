import { checkInteger, checkNumber, checkOneOf, fail } from "../core/check.js";
import { resolveOptions } from "../core/defaults.js";
import { createRandom, type Random } from "../core/random.js";
import type { Matrix, Vector } from "../core/system.js";
import { cellKinds } from "./build.js";
import { checkActivation } from "./network.js";
import type {
  ActivationName,
  CellSpec,
  GruSpec,
  LowRankSpec,
  LstmSpec,
  PiecewiseLinearSpec,
  RateSpec,
  ReadoutSpec,
  StackedSpec,
  VanillaSpec,
} from "./spec.js";

/** The description each kind of network has. */
export interface SpecByKind {
  readonly vanilla: VanillaSpec;
  readonly rate: RateSpec;
  readonly "low-rank": LowRankSpec;
  readonly gru: GruSpec;
  readonly lstm: LstmSpec;
  readonly plrnn: PiecewiseLinearSpec;
  readonly stacked: StackedSpec;
}

/** Options of {@link randomSpec}; those a kind has no use for are ignored. */
export interface RandomSpecOptions {
  /** N, of every layer. @defaultValue `16` */
  readonly units?: number;
  /** M. @defaultValue `0` */
  readonly inputs?: number;
  /** K; 0 for no readout. @defaultValue `0` */
  readonly outputs?: number;
  /**
   * g. One-block networks: W has entries of standard deviation g / sqrt(density N), so g is the radius of its
   * spectrum; low-rank: the mean overlap n'm / N; GRU and LSTM: a factor on all weights. @defaultValue `1`
   */
  readonly gain?: number;
  /** Fraction of recurrent weights that are not zero (vanilla, rate, plrnn). @defaultValue `1` */
  readonly density?: number;
  /** Input weights are normal with this standard deviation (not GRU, LSTM). @defaultValue `1` */
  readonly inputScale?: number;
  /** Vanilla, rate and low-rank. @defaultValue `"tanh"` */
  readonly activation?: ActivationName;
  /** Adds output feedback, uniform on [-1, 1] (vanilla, rate; needs outputs). @defaultValue `false` */
  readonly feedback?: boolean;
  /** Rate and low-rank. @defaultValue `"continuous"` */
  readonly time?: "continuous" | "discrete";
  /** Rate. @defaultValue `"current"` */
  readonly state?: "current" | "rate";
  /** Rate and low-rank; discrete time only. @defaultValue `1` */
  readonly alpha?: number;
  /** R, low-rank. @defaultValue `1` */
  readonly rank?: number;
  /** GRU. @defaultValue `true` */
  readonly resetAfter?: boolean;
  /** Kinds of the layers, lowest first (stacked). @defaultValue `["gru", "gru"]` */
  readonly layers?: readonly ("vanilla" | "gru" | "lstm" | "plrnn")[];
}

const defaults: Required<RandomSpecOptions> = {
  units: 16,
  inputs: 0,
  outputs: 0,
  gain: 1,
  density: 1,
  inputScale: 1,
  activation: "tanh",
  feedback: false,
  time: "continuous",
  state: "current",
  alpha: 1,
  rank: 1,
  resetAfter: true,
  layers: ["gru", "gru"],
};

/**
 * A seeded, untrained network of any kind: the same arguments give the same weights on every machine.
 *
 * One-block networks as Sompolinsky, Crisanti & Sommers (1988): `W_ij ~ N(0, g^2 / (density N))`; input weights
 * normal; no bias. GRU, LSTM and all readouts as PyTorch: uniform on `+-1 / sqrt(N)`. Low-rank as
 * Mastrogiuseppe & Ostojic (2018): m normal, `n = g m + normal`, scale 1 / N. Piecewise-linear: diagonal
 * uniform on [0, 1), no self-coupling in W. Each tensor has its own random stream: adding a readout does not
 * change the recurrent weights. Throws on options out of range; O(N^2).
 *
 * @example
 * const chaotic = buildCell(randomSpec("rate", { units: 100, gain: 1.5 }, 7));
 * chaotic.dimension; // => 100
 */
export function randomSpec<K extends CellSpec["kind"]>(
  kind: K,
  options: RandomSpecOptions,
  seed: number,
): SpecByKind[K] {
  checkOneOf("randomSpec", "kind", kind, cellKinds);
  checkInteger("randomSpec", "seed", seed, -(2 ** 53), 2 ** 53);
  const resolved = resolveOptions("randomSpec", defaults, options);
  checkOptions(resolved);
  return specFor(kind, resolved, createRandom(seed)) as SpecByKind[K];
}

/** Which stream of the seed each tensor is drawn from. */
const streams = { recurrent: 0, input: 1, readout: 2, feedback: 3, bias: 4, other: 5, layers: 6 } as const;

function specFor(kind: CellSpec["kind"], o: Required<RandomSpecOptions>, random: Random): CellSpec {
  const n = o.units;
  const readout = o.outputs > 0 ? { readout: randomReadout(o, random) } : {};
  const input =
    o.inputs > 0
      ? { input: filled(n * o.inputs, random.stream(streams.input), (r) => o.inputScale * r.normal()) }
      : {};
  const feedback = o.feedback
    ? { feedback: filled(n * o.outputs, random.stream(streams.feedback), (r) => 2 * r.uniform() - 1) }
    : {};
  switch (kind) {
    case "vanilla":
      return {
        kind,
        activation: o.activation,
        recurrent: coupling(o, random),
        ...input,
        ...feedback,
        ...readout,
      };
    case "rate":
      return {
        kind,
        time: o.time,
        state: o.state,
        activation: o.activation,
        ...(o.time === "discrete" && { alpha: o.alpha }),
        recurrent: coupling(o, random),
        ...input,
        ...feedback,
        ...readout,
      };
    case "low-rank": {
      const left = filled(n * o.rank, random.stream(streams.recurrent), (r) => r.normal());
      const noise = random.stream(streams.other);
      return {
        kind,
        time: o.time,
        activation: o.activation,
        ...(o.time === "discrete" && { alpha: o.alpha }),
        scale: 1 / n,
        rank: o.rank,
        left,
        right: left.map((m) => o.gain * m + noise.normal()),
        ...input,
        ...readout,
      };
    }
    case "gru":
      return { kind, resetAfter: o.resetAfter, ...gates(3, o, random), ...readout };
    case "lstm":
      return { kind, ...gates(4, o, random), ...readout };
    case "plrnn": {
      const recurrent = coupling(o, random);
      for (let i = 0; i < n; i++) recurrent[i * n + i] = 0;
      const diagonal = filled(n, random.stream(streams.other), (r) => r.uniform());
      const bias = filled(n, random.stream(streams.bias), (r) => r.normal());
      return { kind, diagonal, recurrent, ...input, bias, ...readout };
    }
    case "stacked": {
      const source = random.stream(streams.layers);
      const layers = o.layers.map((layer, l) => {
        const inputs = l === 0 ? o.inputs : n;
        return specFor(layer, { ...o, inputs, outputs: 0, feedback: false }, source.stream(l));
      });
      return { kind, layers, ...readout };
    }
  }
}

/** W of a one-block network. */
function coupling(o: Required<RandomSpecOptions>, random: Random): Matrix {
  const source = random.stream(streams.recurrent);
  const size = o.gain / Math.sqrt(o.density * o.units);
  return filled(o.units ** 2, source, (r) => {
    const weight = size * r.normal();
    return o.density === 1 || r.uniform() < o.density ? weight : 0;
  });
}

/** The tensors of a gated network, uniform on `+-gain / sqrt(N)`. */
function gates(blocks: number, o: Required<RandomSpecOptions>, random: Random) {
  const n = o.units;
  const size = o.gain / Math.sqrt(n);
  const draw = (length: number, stream: number) =>
    filled(length, random.stream(stream), (r) => size * (2 * r.uniform() - 1));
  return {
    recurrent: draw(blocks * n * n, streams.recurrent),
    ...(o.inputs > 0 && { input: draw(blocks * n * o.inputs, streams.input) }),
    inputBias: draw(blocks * n, streams.bias),
    recurrentBias: draw(blocks * n, streams.other),
  };
}

function randomReadout(o: Required<RandomSpecOptions>, random: Random): ReadoutSpec {
  const size = 1 / Math.sqrt(o.units);
  const draw = (r: Random) => size * (2 * r.uniform() - 1);
  const source = random.stream(streams.readout);
  return { weight: filled(o.outputs * o.units, source, draw), bias: filled(o.outputs, source, draw) };
}

function filled(length: number, source: Random, draw: (random: Random) => number): Vector {
  return Float64Array.from({ length }, () => draw(source));
}

function checkOptions(o: Required<RandomSpecOptions>): void {
  const where = "randomSpec";
  checkInteger(where, "units", o.units, 1);
  checkInteger(where, "inputs", o.inputs, 0);
  checkInteger(where, "outputs", o.outputs, 0);
  checkInteger(where, "rank", o.rank, 1, o.units);
  checkNumber(where, "gain", o.gain, 0);
  checkNumber(where, "density", o.density, 0, 1);
  checkNumber(where, "inputScale", o.inputScale, 0);
  checkNumber(where, "alpha", o.alpha, 0);
  if (o.density === 0 || o.alpha === 0) fail(where, "density and alpha must be positive");
  checkActivation(where, "activation", o.activation);
  checkOneOf(where, "time", o.time, ["continuous", "discrete"]);
  checkOneOf(where, "state", o.state, ["current", "rate"]);
  if (!Array.isArray(o.layers) || o.layers.length === 0)
    fail(where, "layers must be a list of at least one kind");
  for (const layer of o.layers) checkOneOf(where, "layers", layer, ["vanilla", "gru", "lstm", "plrnn"]);
  if (o.feedback && o.outputs === 0)
    fail(where, "feedback is true and outputs is 0, expected outputs to feed back");
}
