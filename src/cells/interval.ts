import type { Domain, Matrix, Time, Vector } from "../core/system.js";
import type { Activation } from "./activation.js";

/** A vector known only to lie between two others, entry by entry. */
export interface Interval {
  readonly lower: Vector;
  readonly upper: Vector;
}

/**
 * Bounds of `bias + A x` for x anywhere in a box, safe against rounding: each bound is moved outward by
 * more than the rounding error of any order of summation. A is rows x n. Infinite bounds are allowed.
 * O(rows n).
 */
export function affineBounds(rows: number, n: number, a: Matrix, x: Interval, bias: Interval): Interval {
  const lower = new Float64Array(rows);
  const upper = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    let low = bias.lower[i];
    let high = bias.upper[i];
    let size = Math.max(Math.abs(low), Math.abs(high));
    for (let j = 0; j < n; j++) {
      const w = a[i * n + j];
      if (w === 0) continue;
      const atLower = w * x.lower[j];
      const atUpper = w * x.upper[j];
      low += Math.min(atLower, atUpper);
      high += Math.max(atLower, atUpper);
      size += Math.max(Math.abs(atLower), Math.abs(atUpper));
    }
    const slack = (n + 4) * Number.EPSILON * size;
    lower[i] = low - slack;
    upper[i] = high + slack;
  }
  return { lower, upper };
}

/** The same number everywhere: `[lower, upper]` repeated `n` times, moved outward by a few ulps. */
export function constantInterval(n: number, lower: number, upper: number): Interval {
  return {
    lower: new Float64Array(n).fill(lower - outward(lower)),
    upper: new Float64Array(n).fill(upper + outward(upper)),
  };
}

/** How far a bound is moved outward: eight units in the last place of `1 + |bound|`. */
export function outward(bound: number): number {
  return 8 * Number.EPSILON * (1 + Math.abs(bound));
}

/** A copy of an interval as a box that the rule maps into itself. */
export function invariantBox(interval: Interval): Domain {
  return { lower: interval.lower.slice(), upper: interval.upper.slice(), invariant: true };
}

/** How a leaky unit forgets: `x <- keep x + gain r`, or `dx/dt = keep x + gain r` with keep = -gain. */
export interface Leaking {
  readonly time: Time;
  readonly keep: Vector;
  readonly gain: Vector;
}

/**
 * Where `x` settles while its drive r stays within bounds: centre `gain c / (1 - keep)` and half-width
 * `|gain| w / (1 - |keep|)` in a map (the bounds of r themselves when 0 < alpha <= 1), the bounds of r in a
 * flow. Moved outward by a few ulps.
 */
export function settled({ time, keep, gain }: Leaking, r: Interval): Interval {
  const lower = r.lower.slice();
  const upper = r.upper.slice();
  for (let i = 0; i < lower.length; i++) {
    let forgetting = 1;
    if (time === "discrete") {
      const k = keep[i];
      const g = gain[i];
      forgetting = 1 - Math.abs(k);
      if (k >= 0 && g > 0) {
        lower[i] *= g / (1 - k);
        upper[i] *= g / (1 - k);
      } else {
        const center = (g / (1 - k)) * 0.5 * (r.lower[i] + r.upper[i]);
        const half = (Math.abs(g) / forgetting) * 0.5 * (r.upper[i] - r.lower[i]);
        lower[i] = center - half;
        upper[i] = center + half;
      }
    }
    const pad = outward(Math.max(Math.abs(lower[i]), Math.abs(upper[i]))) / forgetting;
    lower[i] -= pad;
    upper[i] += pad;
  }
  return { lower, upper };
}

/** The image of an interval under an activation; the bounded ones never decrease. */
export function image({ value }: Activation, argument: Interval): Interval {
  const lower = argument.lower.map((a) => value(a));
  const upper = argument.upper.map((a) => value(a));
  for (let i = 0; i < lower.length; i++) {
    lower[i] -= outward(lower[i]);
    upper[i] += outward(upper[i]);
  }
  return { lower, upper };
}

/** The part of an interval that lies in another. */
export function within(interval: Interval, bounds: Interval): Interval {
  return {
    lower: interval.lower.map((v, i) => Math.max(v, bounds.lower[i])),
    upper: interval.upper.map((v, i) => Math.min(v, bounds.upper[i])),
  };
}
