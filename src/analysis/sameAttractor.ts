import type { Vector } from "../core/system.js";
import type { Settled } from "./settled.js";

/** Distance, relative to 1e-6 + the size of the state, within which two polished states are one. */
const samePoint = 1e-5;
/** Distance to a curve, relative to the distance between its samples, that counts as on it. */
const onCurve = 0.5;
/** Samples of a cloud that are asked, and the share that must lie on the other. */
const asked = 64;
const enough = 0.75;

/**
 * Whether two descriptions are of one attractor, judged in state space: points and cycles of maps by their states,
 * closed curves and clouds by whether samples of one lie on the other. O(samples * D).
 */
export function sameAttractor(a: Settled, b: Settled): boolean {
  if (a.type !== b.type) return false;
  if (a.type === "unbounded" || a.type === "not-settled") return true;
  if (a.type === "fixed-point" || a.type === "cycle") {
    if (a.type === "cycle" && a.period !== b.period) return false;
    return distanceToStates(a.state, b.states) <= samePoint * (1e-6 + size(a.state));
  }
  if (a.type === "limit-cycle" && !(Math.abs(a.period - b.period) <= 1e-3 * a.period)) return false;
  return liesOn(a, b) && liesOn(b, a);
}

function liesOn(a: Settled, b: Settled): boolean {
  const n = a.state.length;
  const count = a.states.length / n;
  const tried = Math.min(asked, count);
  const reach = reachOf(b, n);
  let near = 0;
  for (let p = 0; p < tried; p++) {
    const k = Math.floor((p * count) / tried);
    if (distanceToStates(a.states.subarray(k * n, (k + 1) * n), b.states) <= reach) near++;
  }
  return near >= enough * tried;
}

/** How far apart samples of a set lie, where consecutive ones trace a curve; else typical nearest distances. */
function reachOf(set: Settled, n: number): number {
  const count = set.states.length / n;
  const extent = extentOf(set.states, n);
  const strides: number[] = [];
  const nearest: number[] = [];
  for (let p = 0; p < Math.min(asked, count - 1); p++) {
    const k = Math.floor((p * (count - 1)) / Math.min(asked, count - 1));
    const x = set.states.subarray(k * n, (k + 1) * n);
    strides.push(distanceBetween(x, set.states.subarray((k + 1) * n, (k + 2) * n)));
    let best = Number.POSITIVE_INFINITY;
    for (let j = 0; j < count; j++)
      if (j !== k) best = Math.min(best, distanceBetween(x, set.states.subarray(j * n, (j + 1) * n)));
    nearest.push(best);
  }
  const high = (values: number[]) => values.sort((p, q) => p - q)[Math.floor(0.95 * values.length)] ?? 0;
  const stride = high(strides);
  const traced = set.type === "limit-cycle" || stride < 0.1 * extent;
  return Math.max(2 * high(nearest), traced ? (onCurve + 0.1) * stride : 0, 1e-6 * extent);
}

/** Distance from x to the nearest of the rows. O(count * n). */
export function distanceToStates(x: Vector, states: Float64Array): number {
  const n = x.length;
  let best = Number.POSITIVE_INFINITY;
  for (let k = 0; k < states.length; k += n) {
    let sum = 0;
    for (let i = 0; i < n && sum < best; i++) sum += (states[k + i] - x[i]) ** 2;
    best = Math.min(best, sum);
  }
  return Math.sqrt(best);
}

/** Diagonal of the smallest box around the rows. */
export function extentOf(states: Float64Array, n: number): number {
  let sum = 0;
  for (let d = 0; d < n; d++) {
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let k = d; k < states.length; k += n) {
      low = Math.min(low, states[k]);
      high = Math.max(high, states[k]);
    }
    sum += (high - low) ** 2;
  }
  return Math.sqrt(sum);
}

function distanceBetween(a: Vector, b: Vector): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return Math.sqrt(sum);
}

function size(x: Vector): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i] * x[i];
  return Math.sqrt(sum);
}
