import type { Vector } from "../core/system.js";

/**
 * What a trajectory ends on.
 *
 * "fixed-point", "cycle" (a map's, of at most `maxPeriod` steps) and "limit-cycle" (a flow's) are refined by
 * Newton's method. They attract, with one exception that their multipliers show: a start that lies on an
 * unstable state to the last bit (a zero start of an odd network, say) stays there. "quasi-periodic": returns
 * again and again, no exponential separation: a closed curve of a map, a torus, or a cycle longer than
 * `maxPeriod`. "chaotic": nearby orbits part exponentially. "unbounded": the state grew without limit, or the
 * rule returned NaN. "not-settled": still on its way when the steps ran out (a slow manifold, usually).
 */
export type AttractorType =
  | "fixed-point"
  | "cycle"
  | "limit-cycle"
  | "quasi-periodic"
  | "chaotic"
  | "unbounded"
  | "not-settled";

/** An attractor as first met. */
export interface Settled {
  readonly type: AttractorType;
  /** A state on it (the last one reached, if it is none of the settled kinds). */
  readonly state: Vector;
  /** Its states, row-major: the orbit of a cycle, samples of a limit cycle or cloud, else one. */
  readonly states: Float64Array;
  /** Steps (map) or time (flow) after which it returns; NaN where that has no meaning. */
  readonly period: number;
  readonly multipliers?: { readonly real: Float64Array; readonly imaginary: Float64Array };
  /** Largest Lyapunov exponent, per step or per unit of time; NaN when not measured. */
  readonly lyapunovExponent: number;
}
