import { checkInteger, checkNumber, checkVector, fail } from "../../core/check.js";
import { resolveOptions } from "../../core/defaults.js";
import { createRandom } from "../../core/random.js";
import type { DynamicalSystem } from "../../core/system.js";
import { eigen } from "../../numeric/eigen.js";
import { allpassCapacities } from "./allpassCapacities.js";
import { checkDriven } from "./drive.js";
import { lagsFrom, longestLag } from "./lags.js";
import { linearisedMap } from "./linearisedMap.js";
import { reachable } from "./reachable.js";

/** Options of {@link linearMemoryCapacity}. */
export interface LinearMemoryCapacityOptions {
  /** Which input varies. @defaultValue `0` */
  readonly channel?: number;
  /** What all inputs are held at where the system is linearised, length M. @defaultValue zeros */
  readonly held?: ArrayLike<number>;
  /** Longest lag of the curve. @defaultValue 2 D, but between 10 and 500 */
  readonly lags?: number;
  /** Lag 0 is the input of the step into the state itself; Jaeger's sum starts at 1. @defaultValue `0` */
  readonly firstLag?: 0 | 1;
  /** What of a new Krylov direction, relative to |W|, counts as rounding. @defaultValue `1e-10` */
  readonly rankTolerance?: number;
  /** Jacobians may differ by this part of their size from state to state. @defaultValue `1e-8` */
  readonly linearTolerance?: number;
  /** Seed of the states at which linearity is checked. @defaultValue `0` */
  readonly seed?: number;
}

/** {@link LinearMemoryCapacityOptions} as they were used. */
export interface ResolvedLinearMemoryCapacityOptions extends Required<LinearMemoryCapacityOptions> {
  readonly held: Float64Array;
}

/** Exact linear memory of a linear map. */
export interface LinearMemoryCapacityReport {
  /**
   * "unstable": spectral radius 1 or more, so that there is no stationary state; capacities and totals are 0.
   * "not-finite", "not-converged": the Jacobian is not finite, or its eigenvalues were not found; all numbers are 0.
   */
  readonly status: "ok" | "unstable" | "not-finite" | "not-converged";
  /** `firstLag` .. `lags`. */
  readonly lags: Float64Array;
  /** MC_k of each lag. */
  readonly capacities: Float64Array;
  /** Sum over all lags from `firstLag` to infinity: the rank, less MC_0 when that is left out. */
  readonly total: number;
  /** Sum of the lags listed. */
  readonly listed: number;
  /** Dimension of the span of v, W v, W^2 v, ... */
  readonly rank: number;
  /** Least new part of a Krylov direction that was counted, relative to |W|: near `rankTolerance`, the rank is a close call. */
  readonly rankMargin: number;
  readonly spectralRadius: number;
  readonly dimension: number;
  readonly options: ResolvedLinearMemoryCapacityOptions;
}

const defaults = {
  channel: 0,
  held: undefined as ArrayLike<number> | undefined,
  lags: undefined as number | undefined,
  firstLag: 0 as 0 | 1,
  rankTolerance: 1e-10,
  linearTolerance: 1e-8,
  seed: 0,
};

/** At how many states the Jacobians are compared. */
const probes = 3;

/**
 * Linear memory capacity of a linear (or affine) map, exactly: no samples, no chance level.
 *
 * For `x <- W x + v u` with independent inputs, `MC_k = c_k' G^-1 c_k` with `c_k = W^k v` and G the stationary covariance,
 * `G = W G W' + v v'`. The total over all lags is the rank of [v, W v, W^2 v, ...] (Gonon, Grigoryeva & Ortega 2020): a
 * generic W has all D, whatever its weights; how the total is spread over lags is what networks differ in. G is
 * hopelessly conditioned (Ballarin, Grigoryeva & Ortega 2023), so it is not used: the curve depends only on the
 * eigenvalues that the input reaches, through an orthonormal basis known in closed form (see `allpassCapacities`).
 *
 * Flows, systems without inputs, and systems whose Jacobian is not the same at three random states throw; instability is
 * a status.
 *
 * Cost: O(D^3 + D lags) and four Jacobians; 0.4 s at D = 300.
 *
 * Source: Jaeger (2001), GMD report 152; White, Lee & Sompolinsky (2004), Phys. Rev. Lett. 92:148102.
 *
 * @example
 * ```ts
 * const delayLine = map({ dimension: 3, inputDimension: 1, step: ([x, y], [u]) => [u, x, y] });
 * const { capacities, total } = linearMemoryCapacity(delayLine, { lags: 4 });
 * total; // => 3
 * capacities; // => [1, 1, 1, 0, 0]
 * ```
 */
export function linearMemoryCapacity(
  system: DynamicalSystem,
  options: LinearMemoryCapacityOptions = {},
): LinearMemoryCapacityReport {
  const where = "linearMemoryCapacity";
  checkDriven(where, system);
  const { dimension: d, inputDimension: m } = system;
  const given = resolveOptions(where, defaults, options);
  const resolved: ResolvedLinearMemoryCapacityOptions = {
    ...given,
    held: checkVector(where, "held", given.held ?? new Float64Array(m), m, "the system's inputs"),
    lags: given.lags ?? longestLag(d),
  };
  const { channel, held, lags, firstLag, rankTolerance, linearTolerance, seed } = resolved;
  checkInteger(where, "channel", channel, 0, m - 1);
  if (firstLag !== 0 && firstLag !== 1) fail(where, `firstLag is ${firstLag}, expected 0 or 1`);
  checkInteger(where, "lags", lags, firstLag);
  checkNumber(where, "rankTolerance", rankTolerance, 0, 1);
  checkNumber(where, "linearTolerance", linearTolerance, 0);
  checkInteger(where, "seed", seed, -(2 ** 53), 2 ** 53);

  const blank: LinearMemoryCapacityReport = {
    status: "not-finite",
    lags: lagsFrom(firstLag, lags),
    capacities: new Float64Array(lags - firstLag + 1),
    total: 0,
    listed: 0,
    rank: 0,
    rankMargin: 1,
    spectralRadius: 0,
    dimension: d,
    options: resolved,
  };
  const { w, v } = linearisedMap(system, new Float64Array(d), held, channel);
  if (!w.every(Number.isFinite) || !v.every(Number.isFinite)) return blank;
  checkLinear(where, system, w, v, resolved);
  const whole = eigen(d, w, "none");
  if (whole.status !== "ok") return { ...blank, status: "not-converged" };
  const spectralRadius = Math.hypot(whole.real[0], whole.imaginary[0]);
  const { rank, restricted, margin } = reachable(d, w, v, rankTolerance);
  const known = { ...blank, spectralRadius, rank, rankMargin: margin };
  if (spectralRadius >= 1) return { ...known, status: "unstable" };
  const modes = rank === d ? whole : eigen(rank, restricted, "none");
  if (modes.status !== "ok") return { ...known, status: "not-converged" };
  const all = allpassCapacities(modes.real, modes.imaginary, lags + 1);
  const capacities = all.subarray(firstLag).slice();
  return {
    ...known,
    status: "ok",
    capacities,
    total: rank - (firstLag === 1 ? all[0] : 0),
    listed: capacities.reduce((sum, c) => sum + c, 0),
  };
}

/** The Jacobians at random states and inputs must be those at the origin. */
function checkLinear(
  where: string,
  system: DynamicalSystem,
  w: Float64Array,
  v: Float64Array,
  { seed, held, channel, linearTolerance }: ResolvedLinearMemoryCapacityOptions,
): void {
  const random = createRandom(seed);
  for (let probe = 0; probe < probes; probe++) {
    const state = Float64Array.from({ length: system.dimension }, () => random.normal());
    const input = held.slice();
    input[channel] += random.normal();
    const there = linearisedMap(system, state, input, channel);
    const change = Math.max(furthest(w, there.w), furthest(v, there.v));
    if (!(change <= linearTolerance))
      fail(
        where,
        `system has a Jacobian that changes by ${change.toPrecision(2)} of its size between two states, expected a linear map; use memoryCapacity`,
      );
  }
}

/** Largest difference, relative to the largest entry. */
function furthest(a: Float64Array, b: Float64Array): number {
  let difference = 0;
  let size = 0;
  for (let i = 0; i < a.length; i++) {
    const change = Math.abs(a[i] - b[i]);
    if (!(change <= difference)) difference = change;
    size = Math.max(size, Math.abs(a[i]), Math.abs(b[i]));
  }
  return size > 0 ? difference / size : 0;
}
