import type { CellSpec } from "../cells/spec.js";
import type { Vector } from "../core/system.js";
import { boxAround, type Certificate } from "./certify.js";
import { advance } from "./equation.js";
import { intervalAlgebra } from "./intervalAlgebra.js";

/** A cycle: its period, and its points by number, in the order in which they are visited. */
export interface Orbit {
  readonly period: number;
  readonly points: readonly number[];
}

/**
 * Sorts points of F^k into cycles: point j follows point i where F takes the whole ball of existence of i into the
 * ball in which j is alone. Cycles that do not close with proof are left out. O(points^2 + points rule).
 */
export function orbits(spec: CellSpec, input: Vector, points: readonly Certificate[]): Orbit[] {
  const u = { lower: input, upper: input };
  const next = points.map(({ state, radius }) => {
    const image = advance(spec, intervalAlgebra, boxAround(state, radius), u);
    return points.findIndex((other) => {
      const ball = boxAround(other.state, other.uniqueWithin * (1 - 1e-9));
      return image.lower.every((l, i) => l >= ball.lower[i] && image.upper[i] <= ball.upper[i]);
    });
  });
  const out: Orbit[] = [];
  const seen = new Set<number>();
  points.forEach((point, first) => {
    if (seen.has(first) || point.leastPeriod === null) return;
    const members: number[] = [];
    let i = first;
    do {
      members.push(i);
      i = next[i];
    } while (i >= 0 && i !== first && members.length < point.leastPeriod);
    if (i !== first || members.length !== point.leastPeriod) return;
    for (const m of members) seen.add(m);
    out.push({ period: members.length, points: members });
  });
  return out;
}
