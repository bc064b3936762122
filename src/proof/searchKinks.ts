import { activation } from "../cells/activation.js";
import type { Interval } from "../cells/interval.js";
import type { ActivationName } from "../cells/spec.js";
import type { DynamicalSystem, Vector } from "../core/system.js";
import { iterate } from "../systems/iterate.js";
import { approachZero } from "./approachZero.js";
import type { FoundPoints } from "./foundPoints.js";
import { encloser, isBounded, type KinkSystem, type Ranges } from "./kinkSystem.js";
import type { FarProof } from "./proofFormat.js";
import { margin } from "./zeroWithin.js";

/** What branching over kinks leaves; `tree` as in `KinksProof`. */
export interface KinkSearch {
  readonly tree: number[];
  readonly nodes: number;
  /** Parts that are not decided. */
  readonly left: number;
  /** Of those, parts without a kink inside whose equation is singular: they may hold a continuum. */
  readonly singular: number;
  readonly outOfBudget: boolean;
}

/** A part whose ranges shrank at least this much is enclosed once more before it is split. */
const worthAgain = 0.2;

/**
 * Branches over the sides of the kinks until every part is excluded or its solutions lie in the ball of a certificate;
 * points met on the way are certified. `within`: all arguments of unbounded activations are at most this large.
 * Depth first; the kink that most widens the enclosure first. O((S + D)^3) per part.
 */
export function searchKinks(
  cell: DynamicalSystem,
  system: KinkSystem,
  input: Vector,
  period: number,
  within: number,
  budget: number,
  found: FoundPoints,
): KinkSearch {
  const repeated = period === 1 ? cell : iterate(cell, period);
  const d = system.dimension;
  return branch(system, rootRanges(system, within), budget, undefined, (at, error, isDecided) => {
    const x: Interval = {
      lower: at.subarray(0, d).map((v, i) => v - error[i]),
      upper: at.subarray(0, d).map((v, i) => v + error[i]),
    };
    let ball = found.holding(x);
    if (ball < 0 && isDecided) {
      const state = approachZero(repeated, input, at.slice(0, d), 20) ?? at.slice(0, d);
      if (found.add(state)) ball = found.holding(x);
    }
    return ball;
  });
}

/**
 * A number that no argument of an unbounded activation exceeds at any fixed point, with the trees that show it; see
 * `FarProof`. Undefined where there seem to be fixed points arbitrarily far out, or the budget runs out.
 */
export function farBound(system: KinkSystem, budget: number): { far: FarProof; nodes: number } | undefined {
  const { names, constant } = system;
  const ends = names.flatMap((name, j) => sidesFarOut(name).map((side) => [j, side] as const));
  if (ends.length === 0) return { far: { size: null, faces: [] }, nodes: 0 };
  const scale = constant.centre.reduce((most, v) => Math.max(most, Math.abs(v)), 0) || 1;
  let nodes = 0;
  for (let size = 64 * scale; size < 1e8 * scale && nodes < budget; size *= 64) {
    const most = nodes + budget / 4;
    const faces: number[][] = [];
    for (const [j, side] of ends) {
      const ranges = rootRanges(system, 1);
      ranges.lower[j] = side;
      ranges.upper[j] = side;
      const face = branch(system, ranges, most - nodes, 1 / size, () => -1);
      nodes += face.nodes;
      if (face.left > 0) break;
      faces.push(face.tree);
    }
    if (faces.length === ends.length) return { far: { size, faces }, nodes };
  }
  return undefined;
}

/** The signs of arguments for which an activation has no bound: 1 for relu, -1 and 1 for leaky-relu, none of bounded ones. */
function sidesFarOut(name: ActivationName): number[] {
  if (name === "linear") return [];
  const [least, most] = activation(name).range;
  return [...(least === -Infinity ? [-1] : []), ...(most === Infinity ? [1] : [])];
}

/** Where an activation has no bound its argument is at most `size`. */
function rootRanges({ names }: KinkSystem, size: number): Ranges {
  const end = (side: number) => (name: ActivationName) =>
    sidesFarOut(name).includes(side) ? size : Infinity;
  return { lower: Float64Array.from(names, end(-1)).map((v) => -v), upper: Float64Array.from(names, end(1)) };
}

/**
 * The tree itself. `settle` says in which ball all solutions of a part lie, -1 for none; `isDecided`: no kink is inside
 * the ranges. With `far`, the constants shrink and the search ends at the first part that is not excluded.
 */
function branch(
  system: KinkSystem,
  root: Ranges,
  budget: number,
  far: number | undefined,
  settle: (at: Vector, within: Vector, isDecided: boolean) => number,
): KinkSearch {
  const { names, dimension: d } = system;
  const s = names.length;
  const enclose = encloser(system);
  // Far out the kinks of bounded activations are not where they were, and their lines are flat.
  const kinks = names.map((name) => (far !== undefined && isBounded(name) ? [] : activation(name).kinks));
  const tree: number[] = [];
  const stack: Ranges[] = [root];
  let nodes = 0;
  let left = 0;
  let singular = 0;
  let outOfBudget = false;
  while (stack.length > 0) {
    const ranges = stack.pop()!;
    if (nodes >= budget) {
      outOfBudget = true;
      tree.push(-2);
      left++;
      if (far !== undefined) break;
      continue;
    }
    nodes++;
    const where = enclose(ranges, far);
    const next = where && narrowed(ranges, d, where.at, where.within);
    if (where && !next) {
      tree.push(-1);
      continue;
    }
    const isDecided = worstKink(ranges, kinks) < 0;
    const ball = where ? settle(where.at, where.within, isDecided) : -1;
    if (ball >= 0) {
      tree.push(-3 - ball);
      continue;
    }
    const split = next ? worstKink(next, kinks, where.blame) : worstKink(ranges, kinks);
    if (next && (split < 0 ? !isDecided : shrinkage(ranges, next) > worthAgain)) {
      tree.push(2 * s);
      stack.push(next);
      continue;
    }
    if (split < 0) {
      tree.push(-2);
      left++;
      if (!where) singular++;
      if (far !== undefined) break;
      continue;
    }
    tree.push(split);
    const { lower, upper } = next ?? ranges;
    const j = split >> 1;
    const above = lower.slice();
    const below = upper.slice();
    above[j] = kinks[j][split & 1];
    below[j] = above[j];
    stack.push({ lower: above, upper }, { lower, upper: below });
  }
  return { tree, nodes, left, singular, outOfBudget };
}

/** The ranges cut down to an enclosure of the arguments, a little loosely; undefined where nothing is left. */
function narrowed(
  { lower, upper }: Ranges,
  d: number,
  at: Vector,
  within: Vector,
): { lower: Float64Array<ArrayBuffer>; upper: Float64Array<ArrayBuffer> } | undefined {
  const low = Float64Array.from(lower);
  const high = Float64Array.from(upper);
  for (let j = 0; j < low.length; j++) {
    const a = at[d + j];
    const far = within[d + j];
    const slack = margin * (1e-3 + Math.abs(a) + far);
    if (a - far > high[j] + slack || a + far < low[j] - slack) return undefined;
    low[j] = Math.min(Math.max(low[j], a - far - slack), high[j]);
    high[j] = Math.max(Math.min(high[j], a + far + slack), low[j]);
  }
  return { lower: low, upper: high };
}

/** The largest part by which a range became narrower. */
function shrinkage(from: Ranges, to: Ranges): number {
  let most = 0;
  for (let j = 0; j < from.lower.length; j++) {
    const before = from.upper[j] - from.lower[j];
    const after = to.upper[j] - to.lower[j];
    if (after < before) most = Math.max(most, before === Infinity ? 1 : 1 - after / before);
  }
  return most;
}

/** `2 j + k`: kink k of argument j lies inside its range, and is to blame the most; -1 where none does. */
function worstKink({ lower, upper }: Ranges, kinks: readonly (readonly number[])[], blame?: Vector): number {
  let best = -1;
  let most = -1;
  for (let j = 0; j < kinks.length; j++)
    for (let k = 0; k < kinks[j].length; k++) {
      const inside = Math.min(kinks[j][k] - lower[j], upper[j] - kinks[j][k]);
      if (!(inside > 0)) continue;
      // Of two kinks inside the one farther from both ends.
      const other = kinks[j].length > 1 ? kinks[j][1 - k] : undefined;
      const rival = other === undefined ? 0 : Math.min(other - lower[j], upper[j] - other);
      const weight = (blame ? blame[j] : 0) * (inside >= rival ? 1 : 0.5);
      if (weight > most) {
        most = weight;
        best = 2 * j + k;
      }
    }
  return best;
}
