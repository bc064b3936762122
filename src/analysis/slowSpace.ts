import { exponent, type Time, type Vector } from "../core/system.js";
import type { Linearization } from "./linearize.js";
import { norm2 } from "./rows.js";

/** The slow modes of a linearisation, and the gap behind them. Times in steps or units of time. */
export interface SlowSpace {
  /** Number of slow modes: those that decay less than e-fold within the delay, or grow; at least the slowest one. */
  readonly dimension: number;
  /** Whether they are that slow, or only the slowest there is. */
  readonly isSlow: boolean;
  /** Decay time of each slow mode; Infinity for one that does not decay. */
  readonly timeConstants: readonly number[];
  /** Decay rate of the slowest of the other modes over that of the fastest slow one; Infinity: no slow one decays; NaN: no other. */
  readonly gap: number;
  /** Positions of the slow modes among the eigenvalues. */
  readonly positions: readonly number[];
}

/** The slow eigenspace of a linearisation for memories that must last for `delay`. A conjugate pair is kept whole. O(D log D). */
export function slowSpace(at: Pick<Linearization, "time" | "eigenvalues">, delay: number): SlowSpace {
  const { real, imaginary } = at.eigenvalues;
  const rates = decayRates(at.time, real, imaginary);
  const order = Array.from(rates, (_, j) => j).sort((i, j) => rates[i] - rates[j] || i - j);
  let dimension = order.findIndex((j) => rates[j] * delay > 1);
  if (dimension < 0) dimension = order.length;
  const isSlow = dimension > 0;
  if (!isSlow) dimension = Math.min(order.length, imaginary[order[0]] !== 0 ? 2 : 1);
  const positions = order.slice(0, dimension);
  const fastestSlow = rates[order[dimension - 1]];
  const next = dimension < order.length ? rates[order[dimension]] : Number.NaN;
  return {
    dimension,
    isSlow,
    timeConstants: positions.map((j) => (rates[j] > 0 ? 1 / rates[j] : Number.POSITIVE_INFINITY)),
    gap: Number.isNaN(next) ? next : fastestSlow > 0 ? next / fastestSlow : Number.POSITIVE_INFINITY,
    positions,
  };
}

/** How fast each mode decays: minus the real part of its exponent. */
function decayRates(time: Time, real: Float64Array, imaginary: Float64Array): Float64Array {
  return real.map((re, j) => -exponent(time, re, imaginary[j])[0]);
}

/**
 * Share of a deviation that lies in the slow eigenspace: `|P d| / (|P d| + |d - P d|)` with the spectral projector
 * `P = sum v w^H` over the slow modes, v right and w left vectors. In [0, 1]; NaN for d = 0. O(dimension * D).
 */
export function slowShare(at: Linearization, slow: SlowSpace, deviation: Vector): number {
  const d = deviation.length;
  const inside = new Float64Array(d);
  for (const j of slow.positions) addProjection(at, j, deviation, inside);
  let outside = 0;
  for (let i = 0; i < d; i++) outside += (deviation[i] - inside[i]) ** 2;
  const size = norm2(inside);
  return size / (size + Math.sqrt(outside));
}

/**
 * How much of a deviation each mode carries, `|w^H d| |v| / |d|`: 1 for a deviation along the mode, 0 for one it does
 * not listen to; may exceed 1 where modes are not orthogonal. O(D^2).
 */
export function participation(at: Linearization, deviation: Vector): Float64Array {
  const d = deviation.length;
  const size = norm2(deviation);
  const { real, imaginary } = at.leftVectors;
  return Float64Array.from({ length: d }, (_, j) => {
    let [re, im] = [0, 0];
    for (let i = 0; i < d; i++) {
      re += real[i * d + j] * deviation[i];
      im -= imaginary[i * d + j] * deviation[i];
    }
    return Math.hypot(re, im) / size;
  });
}

/** inside += Re(v_j (w_j^H d)); the conjugate partner adds the other half. */
function addProjection(at: Linearization, j: number, deviation: Vector, inside: Float64Array): void {
  const d = deviation.length;
  const { leftVectors: w, rightVectors: v } = at;
  let [re, im] = [0, 0];
  for (let i = 0; i < d; i++) {
    re += w.real[i * d + j] * deviation[i];
    im -= w.imaginary[i * d + j] * deviation[i];
  }
  for (let i = 0; i < d; i++) inside[i] += v.real[i * d + j] * re - v.imaginary[i * d + j] * im;
}
