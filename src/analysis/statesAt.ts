import type { Vector } from "../core/system.js";
import { withInput } from "../systems/withInput.js";
import { march } from "./march.js";
import { type Plan, perform, type Task } from "./plan.js";

/** How states are carried: under which input, by which step of a flow, and after how many steps they are looked at. */
export interface Forward {
  readonly input: Vector;
  readonly dt: number;
  /** Ascending. */
  readonly at: readonly number[];
}

/** Carries rows forward: the states at each look. */
export const carryForward: Task<Forward, Float64Array, Float64Array[]> = {
  name: "carry forward",
  prepare(system, { input, dt, at }) {
    const clock = march(withInput(system, input), dt);
    return (rows) => {
      let [current, done] = [rows, 0];
      return at.map((steps) => {
        current = clock.advance(current, steps - done);
        done = steps;
        return current;
      });
    };
  },
};

/**
 * Rows carried together, at least: so many that a step costs more than the call, and that products with one input or
 * more stay large enough (`isSmall` in numeric/gemm.ts) to give a row the same bits in every group.
 */
const leastRows = (n: number): number => Math.max(16, Math.ceil(1500 / n), Math.ceil(64_000 / n ** 2));

/** States (rows of n) at each look, all rows in one table per look; rows go in groups. O(last look) rules per row. */
export function* statesAt(n: number, forward: Forward, states: Float64Array): Plan<Float64Array[]> {
  if (states.length === 0) return forward.at.map(() => states);
  const count = states.length / n;
  const groups = Math.max(1, Math.floor(count / leastRows(n)));
  const bounds = Array.from({ length: groups + 1 }, (_, g) => n * Math.floor((g * count) / groups));
  const jobs = bounds.slice(1).map((end, g) => states.slice(bounds[g], end));
  const carried = yield* perform(carryForward, forward, jobs);
  return forward.at.map((_, k) => {
    const table = new Float64Array(states.length);
    for (const [g, looks] of carried.entries()) table.set(looks[k], bounds[g]);
    return table;
  });
}
