import { type DynamicalSystem, residual, type Vector } from "../core/system.js";
import { eigen } from "../numeric/eigen.js";
import type { March } from "./march.js";
import { norm2, rowOf } from "./rows.js";
import type { Settled } from "./settled.js";
import { stabilityOf } from "./stability.js";

/** Places on the arc between two points from which states are let go. */
const places = 24;
/** Largest gap between neighbouring rests, as a share of the distance, that still makes a continuum. */
const largestGap = 0.25;
/** Steps a state is given to come to rest, and speed relative to the size of the set at which it has. */
const mostSteps = 4096;
const atRest = 1e-8;

/**
 * Which fixed points belong to one continuous set of rest states, such as a line or ring attractor.
 *
 * Two marginal points (a neutral mode, no growing one) are joined when states let go along an arc between them come
 * to rest without leaving a gap. The arc bows out along a neutral direction, so that a ring is seen as one too.
 * Returns a group number per attractor; everything else is a group of its own.
 * Cost: at most one pass of 24 states over 4096 steps per pair of groups.
 */
export function restContinua(
  system: DynamicalSystem,
  attractors: readonly Settled[],
  clock: March,
): Int32Array {
  const group = Int32Array.from(attractors, (_, a) => a);
  const marginal = attractors.map((_, a) => a).filter((a) => isMarginal(system, attractors[a]));
  for (const [k, a] of marginal.entries())
    for (const b of marginal.slice(0, k))
      if (group[a] !== group[b] && areJoined(system, attractors[a].state, attractors[b].state, clock)) {
        const [from, to] = [Math.max(group[a], group[b]), Math.min(group[a], group[b])];
        for (let i = 0; i < group.length; i++) if (group[i] === from) group[i] = to;
      }
  return group;
}

function isMarginal(system: DynamicalSystem, { type, multipliers }: Settled): boolean {
  if (type !== "fixed-point" || !multipliers) return false;
  return stabilityOf(system.time, multipliers.real, multipliers.imaginary, 1e-7).stability === "marginal";
}

function areJoined(system: DynamicalSystem, a: Vector, b: Vector, clock: March): boolean {
  const chord = Float64Array.from(b, (v, i) => v - a[i]);
  const length = norm2(chord);
  if (length === 0) return true;
  for (const bow of bows(system, a, chord, length))
    if (leavesNoGap(system, a, b, chord, length, bow, clock)) return true;
  return false;
}

/** Straight, and bowed to each side along the neutral directions at `a`, across the chord. */
function bows(system: DynamicalSystem, a: Vector, chord: Vector, length: number): Float64Array[] {
  const n = a.length;
  const out = [new Float64Array(n)];
  const jacobian = new Float64Array(n * n);
  system.jacobian(a, new Float64Array(0), jacobian);
  const { status, real, imaginary, rightReal } = eigen(n, jacobian, "right");
  if (status !== "ok") return out;
  const neutral = system.time === "discrete" ? 1 : 0;
  for (let j = 0; j < n; j++) {
    if (imaginary[j] !== 0 || Math.abs(real[j] - neutral) > 1e-6) continue;
    const across = new Float64Array(n);
    let along = 0;
    for (let i = 0; i < n; i++) along += (rightReal![i * n + j] * chord[i]) / length;
    for (let i = 0; i < n; i++) across[i] = rightReal![i * n + j] - (along * chord[i]) / length;
    const size = norm2(across);
    if (size < 0.1) continue;
    for (const side of [1, -1]) out.push(across.map((v) => (side * 0.5 * length * v) / size));
  }
  return out;
}

function leavesNoGap(
  system: DynamicalSystem,
  a: Vector,
  b: Vector,
  chord: Vector,
  length: number,
  bow: Vector,
  clock: March,
): boolean {
  const n = a.length;
  let states = new Float64Array(places * n);
  for (let p = 0; p < places; p++) {
    const t = (p + 1) / (places + 1);
    for (let i = 0; i < n; i++) states[p * n + i] = a[i] + t * chord[i] + Math.sin(Math.PI * t) * bow[i];
  }
  for (let done = 0; done < mostSteps && !allRest(system, states, length, clock.perStep); done += 256)
    states = Float64Array.from(clock.advance(states, 256));
  if (!allRest(system, states, length, clock.perStep)) return false;
  let previous: Vector = a;
  for (let p = 0; p <= places; p++) {
    const next = p < places ? rowOf(states, p, n) : b;
    let gap = 0;
    for (let i = 0; i < n; i++) gap += (next[i] - previous[i]) ** 2;
    if (!(Math.sqrt(gap) <= largestGap * length)) return false;
    previous = next;
  }
  return true;
}

function allRest(system: DynamicalSystem, states: Float64Array, length: number, perStep: number): boolean {
  const n = system.dimension;
  const none = new Float64Array(0);
  const r = new Float64Array(n);
  for (let k = 0; k < states.length; k += n) {
    residual(system, states.subarray(k, k + n), none, r);
    if (!(norm2(r) * perStep <= atRest * length)) return false;
  }
  return true;
}
