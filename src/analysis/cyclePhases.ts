import type { March } from "./march.js";
import { distanceToStates, extentOf } from "./sameAttractor.js";
import { rowDistance } from "./separability.js";
import type { Settled } from "./settled.js";

/** Phases of states that end on one cycle. Entries are in the order of the given rows. */
export interface CyclePhases {
  /** Rows with the same number move together for ever. */
  readonly group: Int32Array;
  /** Largest distance over one turn between two states, relative to the size of the cycle, K x K. */
  readonly apart: Float64Array;
  /** Position on the cycle at a common time, in turns from the attractor's `state`; NaN for a closed curve of a map. */
  readonly phase: Float64Array;
}

/** Distance, relative to the size of the cycle, up to which two states move together: integration error. */
const together = 1e-3;
/** Looks during the turn that is compared. */
const looks = 64;
/** Turns given to converge, and ticks where the length of a turn is unknown. */
const mostTurns = 100;
const unknownTurn = 2000;

/**
 * Tells states (rows) that end on one cycle apart by their asymptotic phase: all are followed until they are on the
 * cycle, at most `steps`, and compared at equal times over one more turn.
 *
 * Cost: the rules of one convergence, at most 100 turns, and O(K^2 D) per look.
 */
export function cyclePhases(cycle: Settled, rows: Float64Array, clock: March, steps: number): CyclePhases {
  const n = cycle.state.length;
  const count = rows.length / n;
  const turn =
    cycle.period > 0 ? Math.max(1, Math.round(cycle.period / clock.perStep)) : Math.min(unknownTurn, steps);
  const settling = Math.max(turn, Math.min(steps, turnsToConverge(cycle) * turn));
  let current = clock.advance(rows, settling);
  const phase = Float64Array.from({ length: count }, (_, i) =>
    cycle.type === "quasi-periodic" ? Number.NaN : phaseOf(cycle, current.subarray(i * n, (i + 1) * n)),
  );
  const extent = Math.max(extentOf(cycle.states, n), Number.MIN_VALUE);
  const apart = new Float64Array(count * count);
  const stride = Math.max(1, Math.round(turn / looks));
  for (let t = 0; t < turn; t += stride) {
    for (let i = 0; i < count; i++)
      for (let j = i + 1; j < count; j++) {
        const d = rowDistance(current, i, j, n) / extent;
        if (d > apart[i * count + j]) apart[i * count + j] = apart[j * count + i] = d;
      }
    current = clock.advance(current, stride);
  }
  const group = Int32Array.from({ length: count }, (_, i) => i);
  for (let i = 0; i < count; i++)
    for (let j = 0; j < i; j++)
      if (apart[i * count + j] <= together && group[i] !== group[j]) {
        const [from, to] = [Math.max(group[i], group[j]), Math.min(group[i], group[j])];
        for (let k = 0; k < count; k++) if (group[k] === from) group[k] = to;
      }
  return { group, apart, phase };
}

/** Turns after which a thousandth of a part in a million of the deviation is left. */
function turnsToConverge({ multipliers }: Settled): number {
  if (!multipliers) return mostTurns;
  let slowest = 0;
  for (let i = 0; i < multipliers.real.length; i++)
    slowest = Math.max(slowest, Math.hypot(multipliers.real[i], multipliers.imaginary[i]));
  if (!(slowest < 1)) return mostTurns;
  return Math.max(3, Math.min(mostTurns, Math.ceil(Math.log(1e-9) / Math.log(Math.max(slowest, 1e-9)))));
}

/** Place among the cycle's samples, which cover one turn evenly. */
function phaseOf(cycle: Settled, x: Float64Array): number {
  const n = x.length;
  const count = cycle.states.length / n;
  let best = 0;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (let k = 0; k < count; k++) {
    const d = distanceToStates(x, cycle.states.subarray(k * n, (k + 1) * n));
    if (d < bestDistance) {
      bestDistance = d;
      best = k;
    }
  }
  return best / count;
}
