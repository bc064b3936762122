import { exponent, type Time } from "../core/system.js";

/**
 * What a state at rest does to its neighbours: "stable", every mode decays; "unstable", at least one mode grows
 * and none decays; "saddle", some grow and some decay; "marginal", no mode grows but at least one neither grows
 * nor decays, so that the linearisation alone does not decide.
 */
export type Stability = "stable" | "saddle" | "unstable" | "marginal";

/**
 * Stability from the eigenvalues of dF/dx. O(n).
 *
 * A mode grows when the real part of its exponent (`log lambda` for a map, `lambda` for a flow) exceeds
 * `tolerance`, decays when it is below `-tolerance`, and is neutral in between; so is a mode whose eigenvalue is
 * NaN. One growing mode is enough to make a state unstable, whatever the neutral ones do (Lyapunov 1892).
 *
 * @param real - real parts of the eigenvalues
 * @param imaginary - imaginary parts, as many
 * @param tolerance - per step or per unit of time; the rounding of an eigenvalue of size 1 is about 1e-14, that of
 * one whose condition number is 1e5 about 1e-9
 *
 * @example
 * ```ts
 * stabilityOf("discrete", Float64Array.of(1.2, 0.5), Float64Array.of(0, 0)).stability; // => "saddle"
 * ```
 */
export function stabilityOf(
  time: Time,
  real: Float64Array,
  imaginary: Float64Array,
  tolerance = 1e-9,
): { stability: Stability; unstableDimension: number } {
  let growing = 0;
  let decaying = 0;
  for (let i = 0; i < real.length; i++) {
    const [rate] = exponent(time, real[i], imaginary[i]);
    if (rate > tolerance) growing++;
    else if (rate < -tolerance) decaying++;
  }
  return { stability: verdict(growing, decaying, real.length), unstableDimension: growing };
}

function verdict(growing: number, decaying: number, all: number): Stability {
  if (growing > 0) return decaying > 0 ? "saddle" : "unstable";
  return decaying === all ? "stable" : "marginal";
}
