import type { DynamicalSystem } from "../core/system.js";
import { discretize } from "../systems/discretize.js";

/** An autonomous system as a clock with equal ticks: one step of a map, or one rk4 step of a flow. */
export interface March {
  /** The map of one tick. */
  readonly step: DynamicalSystem;
  /** Time of one tick: 1 for a map, dt for a flow. */
  readonly perStep: number;
  /** The states (rows of D) `steps` ticks later; `states` is not changed. O(steps) rules per row. */
  advance(states: Float64Array, steps: number): Float64Array;
}

/** Prepares to carry many states of an autonomous system forward together. `dt` matters to flows only. */
export function march(system: DynamicalSystem, dt: number): March {
  const isMap = system.time === "discrete";
  const step = isMap ? system : discretize(system, { dt, method: "rk4" });
  const n = system.dimension;
  const none = new Float64Array(0);
  return {
    step,
    perStep: isMap ? 1 : dt,
    advance(states, steps) {
      const rows = states.length / n;
      let current: Float64Array = states.slice();
      if (rows === 0 || steps === 0) return current;
      let other: Float64Array = new Float64Array(current.length);
      for (let t = 0; t < steps; t++) {
        if (step.ruleBatch) step.ruleBatch(rows, current, none, other);
        else
          for (let k = 0; k < current.length; k += n)
            step.rule(current.subarray(k, k + n), none, other.subarray(k, k + n));
        [current, other] = [other, current];
      }
      return current;
    },
  };
}
