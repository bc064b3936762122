import type { Vector } from "../core/system.js";
import { withInput } from "../systems/withInput.js";
import { DistinctStates } from "./distinct.js";
import { march } from "./march.js";
import { type Plan, perform, type Task } from "./plan.js";
import { rowGroups } from "./rows.js";

/** How far states are carried, and under which input. */
interface Forward {
  readonly input: Vector;
  readonly steps: number;
}

/** Rows of states carried forward together. */
const together = 32;

/** Carries rows forward. */
export const carryForward: Task<Forward, Float64Array, Float64Array> = {
  name: "carry forward",
  prepare(system, { input, steps }) {
    const clock = march(withInput(system, input), 1);
    return (rows) => clock.advance(rows, steps);
  },
};

/**
 * Where a map carries each of many states in `steps` steps (rows of n in, distinct rows out).
 *
 * States that blow up are left out. Cost: O(steps) rules per state.
 */
export function* forwardStates(
  n: number,
  forward: Forward,
  states: Float64Array,
  tolerance: number,
): Plan<Float64Array> {
  if (forward.steps === 0) return new Float64Array(0);
  const distinct = new DistinctStates(tolerance);
  const carried = yield* perform(carryForward, forward, rowGroups(states, n, together));
  for (const rows of carried)
    for (let k = 0; k < rows.length; k += n) {
      const x = rows.subarray(k, k + n);
      if (x.every((v) => Math.abs(v) < 1e150)) distinct.add(x, 0);
    }
  const out = new Float64Array(distinct.states.length * n);
  for (const [i, x] of distinct.states.entries()) out.set(x, i * n);
  return out;
}
