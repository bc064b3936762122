import { exponent, type Time } from "../core/system.js";

/**
 * Time constant of each mode, -1 / growth rate: steps (map) or units of time (flow) of an e-fold decay.
 *
 * Negative for a growing mode, Infinity for a neutral one (within `tolerance` of zero), 0 for one that dies
 * in one step. O(n).
 */
export function timeConstants(
  time: Time,
  real: Float64Array,
  imaginary: Float64Array,
  tolerance = 1e-9,
): Float64Array {
  return real.map((re, i) => {
    const [rate] = exponent(time, re, imaginary[i]);
    if (Math.abs(rate) <= tolerance) return Number.POSITIVE_INFINITY;
    return rate === Number.NEGATIVE_INFINITY ? 0 : -1 / rate;
  });
}
