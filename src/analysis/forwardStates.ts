import type { Vector } from "../core/system.js";
import { DistinctStates } from "./distinct.js";
import { type Plan, perform } from "./plan.js";
import { rowGroups } from "./rows.js";
import { carryForward } from "./statesAt.js";

/** Rows of states carried forward together. */
const together = 32;

/**
 * Where a map carries each of many states in `steps` steps (rows of n in, distinct rows out).
 *
 * States that blow up are left out. Cost: O(steps) rules per state.
 */
export function* forwardStates(
  n: number,
  { input, steps }: { readonly input: Vector; readonly steps: number },
  states: Float64Array,
  tolerance: number,
): Plan<Float64Array> {
  if (steps === 0) return new Float64Array(0);
  const distinct = new DistinctStates(tolerance);
  const carried = yield* perform(carryForward, { input, dt: 1, at: [steps] }, rowGroups(states, n, together));
  for (const [rows] of carried)
    for (let k = 0; k < rows.length; k += n) {
      const x = rows.subarray(k, k + n);
      if (x.every((v) => Math.abs(v) < 1e150)) distinct.add(x, 0);
    }
  const out = new Float64Array(distinct.states.length * n);
  for (const [i, x] of distinct.states.entries()) out.set(x, i * n);
  return out;
}
