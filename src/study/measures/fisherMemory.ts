import { checkInteger, checkNumber, checkVector } from "../../core/check.js";
import { resolveOptions } from "../../core/defaults.js";
import { type DynamicalSystem, speed } from "../../core/system.js";
import { defaultKernel as kernel } from "../../numeric/defaultKernel.js";
import { discreteLyapunov } from "../../numeric/discreteLyapunov.js";
import { eigen } from "../../numeric/eigen.js";
import { checkDriven } from "./drive.js";
import { lagsFrom, longestLag } from "./lags.js";
import { linearisedMap } from "./linearisedMap.js";

/** Options of {@link fisherMemory}. */
export interface FisherMemoryOptions {
  /** Where the map is linearised, length D: a state at rest. @defaultValue zeros */
  readonly state?: ArrayLike<number>;
  /** What all inputs are held at there, length M. @defaultValue zeros */
  readonly held?: ArrayLike<number>;
  /** Which input carries the signal. @defaultValue `0` */
  readonly channel?: number;
  /** Longest lag of the curve. @defaultValue 2 D, but between 10 and 500 */
  readonly lags?: number;
  /** Variance of the noise that every state variable receives at every step. @defaultValue `1` */
  readonly noise?: number;
}

/** {@link FisherMemoryOptions} as they were used. */
export interface ResolvedFisherMemoryOptions {
  readonly state: Float64Array;
  readonly held: Float64Array;
  readonly channel: number;
  readonly lags: number;
  readonly noise: number;
}

/** Memory of a network with noise in its units. */
export interface FisherMemoryReport {
  /**
   * "unstable": spectral radius 1 or more, noise piles up without end. "not-finite": the Jacobians are.
   * "not-converged": no eigenvalues, or no covariance, were found. All numbers of the curve are then 0.
   */
  readonly status: "ok" | "unstable" | "not-finite" | "not-converged";
  /** 0 .. `lags`. */
  readonly lags: Float64Array;
  /** J(k), for an input vector of unit length. */
  readonly curve: Float64Array;
  /** Sum of J(k) over all k, to infinity. */
  readonly total: number;
  /** D / noise: no W does better. A normal W has 1 / noise. */
  readonly bound: number;
  /** Length of the input vector; J of the input as it is has a factor `inputLength^2`. */
  readonly inputLength: number;
  readonly spectralRadius: number;
  /** Speed at the state: the curve describes a state at rest only, where this is 0. */
  readonly speed: number;
  readonly dimension: number;
  readonly options: ResolvedFisherMemoryOptions;
}

const defaults = {
  state: undefined as ArrayLike<number> | undefined,
  held: undefined as ArrayLike<number> | undefined,
  channel: 0,
  lags: undefined as number | undefined,
  noise: 1,
};

/**
 * Fisher memory curve: how much the state now tells of a small signal k steps ago, when all units are noisy.
 *
 * Linearised at rest, `x_t = W x_{t-1} + v s_t + z_t`, z white with variance `noise` in each unit. The state has noise
 * covariance `C = noise * sum of W^k W^k'`, and `J(k) = v' W^k' C^-1 W^k v` is its Fisher information about s_{t-k}; v is
 * scaled to unit length. Noise-free memory counts directions; this asks whether the signal outgrows the noise on its way.
 * For any normal W the sum over k is 1 / noise, however slow its modes; for any W it is at most D / noise, and only a
 * non-normal W (a hidden chain with gain) comes near that. Averaged over all v it is 1 / noise.
 *
 * Flows, systems without inputs, and options out of range throw; instability is a status.
 * Cost: O(D^3 log(1 / (1 - radius)) + D^2 lags).
 *
 * Source: Ganguli, Huh & Sompolinsky (2008), PNAS 105:18970.
 *
 * @example
 * ```ts
 * const delayLine = map({ dimension: 3, inputDimension: 1, step: ([x, y], [u]) => [u, x, y] });
 * const { curve, total } = fisherMemory(delayLine, { lags: 3 });
 * curve; // => [1, 0.5, 0.3333, 0]
 * total; // => 1.8333
 * ```
 */
export function fisherMemory(system: DynamicalSystem, options: FisherMemoryOptions = {}): FisherMemoryReport {
  const where = "fisherMemory";
  checkDriven(where, system);
  const { dimension: d, inputDimension: m } = system;
  const given = resolveOptions(where, defaults, options);
  const resolved: ResolvedFisherMemoryOptions = {
    state: checkVector(where, "state", given.state ?? new Float64Array(d), d, "the system's dimension"),
    held: checkVector(where, "held", given.held ?? new Float64Array(m), m, "the system's inputs"),
    channel: given.channel,
    lags: given.lags ?? longestLag(d),
    noise: given.noise,
  };
  const { state, held, channel, lags, noise } = resolved;
  checkInteger(where, "channel", channel, 0, m - 1);
  checkInteger(where, "lags", lags, 0);
  checkNumber(where, "noise", noise, Number.MIN_VALUE);

  const { w, v } = linearisedMap(system, state, held, channel);
  const here = speed(system, state, held);
  const blank: FisherMemoryReport = {
    status: "not-finite",
    lags: lagsFrom(0, lags),
    curve: new Float64Array(lags + 1),
    total: 0,
    bound: d / noise,
    inputLength: 0,
    spectralRadius: 0,
    speed: Number.isFinite(here) ? here : 0,
    dimension: d,
    options: resolved,
  };
  if (![...w, ...v, here].every(Number.isFinite)) return blank;
  const { status, real, imaginary } = eigen(d, w, "none");
  if (status !== "ok") return { ...blank, status: "not-converged" };
  const inputLength = Math.hypot(...v);
  const known = { ...blank, inputLength, spectralRadius: Math.hypot(real[0], imaginary[0]) };
  if (known.spectralRadius >= 1) return { ...known, status: "unstable" };
  const identity = new Float64Array(d * d);
  for (let i = 0; i < d; i++) identity[i * d + i] = 1;
  const { status: solved, x: covariance } = discreteLyapunov(d, w, identity);
  const factor = covariance;
  if (solved !== "ok" || !kernel.cholesky(d, factor)) return { ...known, status: "not-converged" };
  if (inputLength === 0) return { ...known, status: "ok" };

  // J = sum of J(k) = v' X v, where X = W' X W + C^-1.
  for (let i = 0; i < d; i++) kernel.choleskySolve(d, factor, identity.subarray(i * d, (i + 1) * d));
  const backward = new Float64Array(d * d);
  for (let i = 0; i < d; i++) for (let j = 0; j < d; j++) backward[i * d + j] = w[j * d + i];
  const information = discreteLyapunov(d, backward, identity);
  if (information.status !== "ok") return { ...known, status: "not-converged" };
  const signal = v.map((x) => x / inputLength);
  const image = new Float64Array(d);
  kernel.gemv(d, d, information.x, signal, image);
  const total = dot(signal, image) / noise;

  const curve = new Float64Array(lags + 1);
  for (let k = 0; k <= lags; k++) {
    image.set(signal);
    kernel.choleskySolve(d, factor, image);
    curve[k] = dot(signal, image) / noise;
    kernel.gemv(d, d, w, signal, image);
    signal.set(image);
  }
  return { ...known, status: "ok", curve, total };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
