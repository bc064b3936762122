import type { Interval } from "../cells/interval.js";
import type { CellSpec } from "../cells/spec.js";
import type { DynamicalSystem, Vector } from "../core/system.js";
import { iterate } from "../systems/iterate.js";
import { approachZero } from "./approachZero.js";
import { halves } from "./asymptote.js";
import type { FoundPoints } from "./foundPoints.js";
import { lowRankRelaxation } from "./lowRankRelaxation.js";
import { type RelaxedResidual, relaxResidual } from "./relaxation.js";
import { zeroWithin } from "./zeroWithin.js";

/** What a search by bisection leaves; `tree` as in `BoxesProof`. */
export interface BoxSearch {
  readonly tree: number[];
  readonly boxes: number;
  /** Boxes that are not decided. */
  readonly left: Interval[];
  readonly outOfBudget: boolean;
}

/** A side shorter than this part of the start box is not split: around degenerate points rounding leaves many of those. */
const smallest = 2 ** -26;

/**
 * Bisects a box until every part is excluded or its zeros lie in the ball of a certificate; zeros met on the way are
 * certified. Depth first, the side that is the largest part of the start box first: the same box gives the same tree. O(N R^2) per box (low-rank).
 */
export function searchBoxes(
  cell: DynamicalSystem,
  spec: CellSpec,
  input: Vector,
  period: number,
  start: Interval,
  budget: number,
  found: FoundPoints,
): BoxSearch {
  const system = period === 1 ? cell : iterate(cell, period);
  const relax =
    spec.kind === "low-rank" && period === 1
      ? lowRankRelaxation(spec, input)
      : (box: Interval) => relaxResidual(spec, input, period, box);
  const least = start.lower.map((l, i) => (start.upper[i] - l) * smallest);
  /** Nodes whose zeros, not they themselves, lie in a ball: their codes move up once the balls are counted. */
  const narrowed: number[] = [];
  const tree: number[] = [];
  const left: Interval[] = [];
  const stack: Interval[] = [start];
  let boxes = 0;
  let outOfBudget = false;

  while (stack.length > 0) {
    const box = stack.pop()!;
    const ball = found.holding(box);
    if (ball >= 0) {
      tree.push(-3 - ball);
      continue;
    }
    if (boxes >= budget) {
      outOfBudget = true;
      tree.push(-2);
      left.push(box);
      continue;
    }
    boxes++;
    const model = relax(box);
    const { excluded, offset, error } = zeroWithin(model);
    if (excluded) {
      tree.push(-1);
      continue;
    }
    if (offset && error) {
      const zeros = zerosOf(model, offset, error);
      let j = found.holding(zeros);
      if (j < 0 && isNear(model, offset, error)) {
        const x = approachZero(
          system,
          input,
          model.at.map((c, i) => c + offset[i]),
          20,
          (y) => y.every((v, i) => Math.abs(v - model.at[i]) <= 4 * model.reach[i]),
        );
        if (x && found.add(x)) j = found.holding(zeros);
      }
      if (j >= 0) {
        narrowed.push(tree.length);
        tree.push(-3 - j);
        continue;
      }
    }
    const along = widest(model.reach, least);
    if (along < 0) {
      tree.push(-2);
      left.push(box);
      continue;
    }
    tree.push(along);
    stack.push(...halves(box, along));
  }
  for (const node of narrowed) tree[node] -= found.certificates.length;
  return { tree, boxes, left, outOfBudget };
}

/** Where the zeros of a box are. */
function zerosOf({ at, reach }: RelaxedResidual, offset: Vector, error: Vector): Interval {
  const far = (i: number) => error[i] * (1 + 1e-9) + (Math.abs(at[i]) + reach[i]) * 1e-14;
  return {
    lower: at.map((c, i) => c + Math.max(-reach[i], offset[i] - far(i))),
    upper: at.map((c, i) => c + Math.min(reach[i], offset[i] + far(i))),
  };
}

/** Whether a zero, if there is one, is where the linear part says, and that is in the box or beside it. */
function isNear({ reach }: RelaxedResidual, offset: Vector, error: Vector): boolean {
  return reach.every((r, i) => Math.abs(offset[i]) <= 2 * r && error[i] <= r);
}

function widest(reach: Vector, least: Vector): number {
  let best = -1;
  for (let b = 0; b < reach.length; b++)
    if (2 * reach[b] > least[b] && (best < 0 || reach[b] * least[best] > reach[best] * least[b])) best = b;
  return best;
}
