import type { DynamicalSystem, Vector } from "../core/system.js";
import { limitCycleThrough } from "./limitCycle.js";
import { largestExponentAlong } from "./lyapunov.js";
import type { Settled } from "./settled.js";

/** How many states of an orbit are kept. */
const sampleCount = 2000;
/** Steps the tangent vector is given to turn toward the fastest direction. */
const alignment = 1000;
/** Nearby orbits have parted for good once their distance has grown by this factor (its logarithm). */
const parted = 12;
/** Growth after which the exponent is known well enough, and the most steps spent on it. */
const enough = 60;
const mostSteps = 32_000;
/** Steps between samples that are tried, one after the other, to see a flow return. */
const strides = [1, 8];

/**
 * Says what motion goes on at `x`, a state that settles on neither a point nor a short cycle.
 *
 * "chaotic": a tangent vector keeps growing: by e^12 at least, and a fair share of it late. (Along a closed
 * curve or a torus its growth is bounded or logarithmic in time.) "limit-cycle" and "quasi-periodic": it
 * returns. "not-settled": none of these, or it hardly moves; "unbounded": it blows up.
 *
 * `step` is the system, or one integrator step of length `perStep` of the flow; `scale`: the size of the state.
 * Cost: 2000 to 32000 rules and products.
 */
export function describeMotion(
  system: DynamicalSystem,
  step: DynamicalSystem,
  perStep: number,
  x: Vector,
  scale: number,
): Settled {
  const isMap = system.time === "discrete";
  const still = (type: Settled["type"], exponent: number): Settled => ({
    type,
    state: x.slice(),
    states: x.slice(),
    period: Number.NaN,
    lyapunovExponent: exponent / perStep,
  });
  const at = x.slice();
  const { exponent, chaotic, steps } = measureGrowth(step, at);
  if (!at.every(Number.isFinite)) return still("unbounded", Number.NaN);
  const moves = extentOf(sampleOrbit(step, at, 1), x.length) > 1e-3 * scale;
  if (!moves) return still("not-settled", exponent);
  const cloud = (type: Settled["type"], samples: Float64Array, period: number): Settled => ({
    type,
    state: at.slice(),
    states: samples,
    period,
    lyapunovExponent: exponent / perStep,
  });
  if (chaotic) {
    const stride = isMap ? 1 : Math.max(1, Math.floor(steps / sampleCount));
    return cloud("chaotic", sampleOrbit(step, at, stride), Number.NaN);
  }
  for (const stride of isMap ? [1] : strides) {
    const samples = sampleOrbit(step, at, stride);
    const period = returnSteps(samples, x.length) * stride * perStep;
    if (!(period > 0)) continue;
    const cycle = isMap ? undefined : limitCycleThrough(system, at, period, perStep);
    return cycle ?? cloud("quasi-periodic", samples, period);
  }
  return still("not-settled", exponent);
}

/** The growth of a tangent vector along the orbit from `x`, which ends as the last state. */
function measureGrowth(step: DynamicalSystem, x: Vector) {
  const tangent = new Float64Array(x.length).fill(1);
  for (let i = 0; i < x.length; i++) tangent[i] += (i % 5) / 5;
  largestExponentAlong(step, x, alignment, tangent);
  let steps = alignment;
  let last = largestExponentAlong(step, x, steps, tangent) * steps;
  let growth = last;
  // Doubling: what grows for ever keeps its share of the growth in each new half.
  while (steps < mostSteps && growth < enough && last > 0.3 && last > 0.15 * growth) {
    last = largestExponentAlong(step, x, steps, tangent) * steps;
    growth += last;
    steps *= 2;
  }
  return { exponent: growth / steps, chaotic: growth >= parted && last >= 0.25 * growth, steps };
}

/** States of the orbit from x, every `stride` steps, as rows. */
function sampleOrbit(step: DynamicalSystem, x: Vector, stride: number): Float64Array {
  const n = x.length;
  const none = new Float64Array(0);
  const samples = new Float64Array(sampleCount * n);
  const current = x.slice();
  const next = new Float64Array(n);
  for (let t = 0; t < sampleCount; t++) {
    samples.set(current, t * n);
    for (let s = 0; s < stride; s++) {
      step.rule(current, none, next);
      current.set(next);
    }
  }
  return samples;
}

/** Mean number of samples between returns to the first one's neighbourhood; NaN when it never returns. */
function returnSteps(samples: Float64Array, n: number): number {
  const far = (t: number) => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += (samples[i] - samples[t * n + i]) ** 2;
    return Math.sqrt(sum);
  };
  // A step of a map may take it right across the set: a twentieth of its size is near at most.
  const near = Math.min(3 * far(1), 0.05 * extentOf(samples, n));
  let left = false;
  let returns = 0;
  let last = 0;
  for (let t = 1; t * n < samples.length; t++) {
    const distance = far(t);
    if (distance > 2 * near) left = true;
    else if (left && distance <= near) {
      returns++;
      last = t;
      left = false;
    }
  }
  return returns > 0 ? last / returns : Number.NaN;
}

/** Diagonal of the smallest box around the rows. */
function extentOf(samples: Float64Array, n: number): number {
  let sum = 0;
  for (let d = 0; d < n; d++) {
    let [lo, hi] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let k = d; k < samples.length; k += n) {
      lo = Math.min(lo, samples[k]);
      hi = Math.max(hi, samples[k]);
    }
    sum += (hi - lo) ** 2;
  }
  return Math.sqrt(sum);
}
