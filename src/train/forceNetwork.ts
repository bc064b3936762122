import { checkInteger, checkNumber, checkOneOf, checkVector, describe, fail } from "../core/check.js";
import { resolveOptions } from "../core/defaults.js";
import { createRandom, type Random } from "../core/random.js";
import type { Matrix, Vector } from "../core/system.js";
import { checkSparse, type SparseMatrix } from "./sparse.js";

/**
 * A rate network whose readouts are to be trained by FORCE, as plain data. N units, M inputs; learner l has
 * K_l outputs `z_l = w_l' r`, `r = tanh(x)`, which are fed back:
 *
 *   `tau dx/dt = -x + g J r + sum_l F_l z_l + W_in u`, in Euler steps of `dt`
 */
export interface ForceNetwork {
  /** N. */
  readonly units: number;
  /** M. */
  readonly inputs: number;
  /** K_l, one per learner. */
  readonly outputs: readonly number[];
  /** @defaultValue `1` */
  readonly tau: number;
  /** Euler step, in the unit of tau. @defaultValue `0.1` */
  readonly dt: number;
  /** g. */
  readonly gain: number;
  /** J, N x N. Networks with equal J are advanced by one product. */
  readonly coupling: SparseMatrix;
  /** F_l, N x K_l, one per learner. */
  readonly feedback: readonly Matrix[];
  /** W_in, N x M. */
  readonly input: Matrix;
  /** x(0), N. */
  readonly initialState: Vector;
}

/** Options of {@link createForceNetwork}; the defaults are those of Ghazizadeh & Ching (2021). */
export interface ForceNetworkOptions {
  /** N. @defaultValue `1000` */
  readonly units?: number;
  /** Fraction of J that is not zero; exactly `round(density N^2)` entries are not. @defaultValue `0.4` */
  readonly density?: number;
  /** g. @defaultValue `0.8` */
  readonly gain?: number;
  /** Feedback weights are drawn from the distribution and divided by this. @defaultValue `40` */
  readonly feedbackDivisor?: number;
  /** Input weights likewise. @defaultValue `50` */
  readonly inputDivisor?: number;
  /** Of x(0), feedback and input weights: N(0, 1) or U(-1, 1). J is normal always. @defaultValue `"gauss"` */
  readonly distribution?: "gauss" | "uniform";
  /** M. @defaultValue `2` */
  readonly inputs?: number;
  /** K_l, one per learner: task output, then memory. @defaultValue `[1, 2]` */
  readonly outputs?: readonly number[];
  /** Factor on x(0). @defaultValue `0.1` */
  readonly initialScale?: number;
  /** @defaultValue `1` */
  readonly tau?: number;
  /** @defaultValue `0.1` */
  readonly dt?: number;
}

const defaults: Required<ForceNetworkOptions> = {
  units: 1000,
  density: 0.4,
  gain: 0.8,
  feedbackDivisor: 40,
  inputDivisor: 50,
  distribution: "gauss",
  inputs: 2,
  outputs: [1, 2],
  initialScale: 0.1,
  tau: 1,
  dt: 0.1,
};

/** Which stream of the seed each tensor is drawn from; learner l draws its feedback from `feedback + l`. */
const streams = { places: 0, values: 1, state: 2, input: 3, feedback: 4 } as const;

/**
 * A seeded random network to be trained by FORCE: `J_ij ~ N(0, 1 / (density N))` at exactly
 * `round(density N^2)` random places, the diagonal not spared; x(0), feedback and input weights from the
 * distribution chosen.
 *
 * Each tensor has its own random stream: networks with the same seed, size and density share one J, x(0) and,
 * up to the divisors, the other weights, whatever their gain. Sussillo & Abbott (2009, Neuron 63:544);
 * Ghazizadeh & Ching (2021, PLoS Comput Biol 17:e1009366). Throws on options out of range. O(N^2).
 *
 * @example
 * ```ts
 * const network = createForceNetwork({ units: 50, density: 0.4, gain: 1.2 }, 7);
 * network.coupling.values.length; // => 1000
 * ```
 */
export function createForceNetwork(options: ForceNetworkOptions, seed: number): ForceNetwork {
  const where = "createForceNetwork";
  checkInteger(where, "seed", seed, -(2 ** 53), 2 ** 53);
  const o = resolveOptions(where, defaults, options);
  checkInteger(where, "units", o.units, 1, 30_000);
  checkInteger(where, "inputs", o.inputs, 0);
  checkOutputs(where, o.outputs);
  checkNumber(where, "density", o.density, 0, 1);
  for (const name of ["gain", "initialScale"] as const) checkNumber(where, name, o[name]);
  for (const name of ["feedbackDivisor", "inputDivisor", "tau", "dt"] as const)
    checkPositive(where, name, o[name]);
  checkOneOf(where, "distribution", o.distribution, ["gauss", "uniform"]);

  const random = createRandom(seed);
  const n = o.units;
  const draw = (length: number, stream: number, factor: number) => {
    const source = random.stream(stream);
    const one = o.distribution === "gauss" ? () => source.normal() : () => 2 * source.uniform() - 1;
    return Float64Array.from({ length }, () => factor * one());
  };
  return {
    units: n,
    inputs: o.inputs,
    outputs: [...o.outputs],
    tau: o.tau,
    dt: o.dt,
    gain: o.gain,
    coupling: randomCoupling(n, o.density, random),
    feedback: o.outputs.map((k, l) => draw(n * k, streams.feedback + l, 1 / o.feedbackDivisor)),
    input: draw(n * o.inputs, streams.input, 1 / o.inputDivisor),
    initialState: draw(n, streams.state, o.initialScale),
  };
}

/** Selection sampling (Knuth, TAOCP 2, algorithm 3.4.2 S): exactly so many places, in order, each set equally likely. */
function randomCoupling(n: number, density: number, random: Random): SparseMatrix {
  const places = random.stream(streams.places);
  const source = random.stream(streams.values);
  const count = Math.round(density * n * n);
  const size = count === 0 ? 0 : 1 / Math.sqrt(density * n);
  const starts = new Int32Array(n + 1);
  const columns = new Int32Array(count);
  const values = new Float64Array(count);
  let q = 0;
  let left = n * n;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++, left--) {
      if (places.uniform() * left >= count - q) continue;
      columns[q] = j;
      let value = 0;
      while (value === 0) value = size * source.normal();
      values[q++] = value;
    }
    starts[i + 1] = q;
  }
  return { size: n, starts, columns, values };
}

/** Refuses a network whose parts do not fit together; `name` says which. */
export function checkForceNetwork(where: string, name: string, network: ForceNetwork): void {
  if (typeof network !== "object" || network === null)
    fail(where, `${name} must be a network (see createForceNetwork), got ${describe(network)}`);
  const { units, inputs, outputs, feedback } = network;
  checkInteger(where, `${name}.units`, units, 1);
  checkInteger(where, `${name}.inputs`, inputs, 0);
  checkOutputs(where, outputs, `${name}.outputs`);
  checkPositive(where, `${name}.tau`, network.tau);
  checkPositive(where, `${name}.dt`, network.dt);
  checkNumber(where, `${name}.gain`, network.gain);
  checkSparse(where, `${name}.coupling`, network.coupling);
  if (network.coupling.size !== units)
    fail(where, `${name}.coupling has size ${network.coupling.size}, expected ${units} (the units)`);
  if (!Array.isArray(feedback) || feedback.length !== outputs.length)
    fail(
      where,
      `${name}.feedback has ${feedback?.length} matrices, expected ${outputs.length} (one per learner)`,
    );
  feedback.forEach((matrix: Matrix, l: number) => {
    checkVector(where, `${name}.feedback[${l}]`, matrix, units * outputs[l], "N x K");
  });
  checkVector(where, `${name}.input`, network.input, units * inputs, "N x M");
  checkVector(where, `${name}.initialState`, network.initialState, units, "N, the units");
}

function checkOutputs(where: string, outputs: readonly number[], name = "outputs"): void {
  if (!Array.isArray(outputs) || outputs.length === 0)
    fail(where, `${name} must be a list of at least one number of outputs, got ${describe(outputs)}`);
  outputs.forEach((k, l) => {
    checkInteger(where, `${name}[${l}]`, k, 1);
  });
}

function checkPositive(where: string, name: string, value: number): void {
  checkNumber(where, name, value);
  if (value <= 0) fail(where, `${name} is ${value}, expected a positive number`);
}
