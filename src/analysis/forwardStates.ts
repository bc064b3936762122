import type { DynamicalSystem } from "../core/system.js";
import { DistinctStates } from "./distinct.js";

/**
 * Where a map carries each of many states in `steps` steps (rows in, distinct rows out).
 *
 * States that blow up are left out. Autonomous maps only. Cost: O(steps) rules per state.
 */
export function forwardStates(
  map: DynamicalSystem,
  states: Float64Array,
  steps: number,
  tolerance: number,
): Float64Array {
  const n = map.dimension;
  if (steps === 0) return new Float64Array(0);
  const none = new Float64Array(0);
  const distinct = new DistinctStates(tolerance);
  const count = states.length / n;
  let current = states.slice();
  let next = new Float64Array(count * n);
  const stepAll =
    map.ruleBatch?.bind(map) ??
    ((_count: number, from: Float64Array, _inputs: Float64Array, to: Float64Array) => {
      for (let k = 0; k < from.length; k += n) map.rule(from.subarray(k, k + n), none, to.subarray(k, k + n));
    });
  for (let t = 0; t < steps; t++) {
    stepAll(count, current, none, next);
    [current, next] = [next, current];
  }
  for (let k = 0; k < current.length; k += n) {
    const x = current.subarray(k, k + n);
    if (x.every((v) => Math.abs(v) < 1e150)) distinct.add(x, 0);
  }
  const out = new Float64Array(distinct.states.length * n);
  for (const [i, x] of distinct.states.entries()) out.set(x, i * n);
  return out;
}
