import type { Interval } from "../cells/interval.js";
import type { CellSpec } from "../cells/spec.js";
import type { DynamicalSystem, Vector } from "../core/system.js";
import { residual, residualJacobian } from "../core/system.js";
import { iterate } from "../systems/iterate.js";
import { boxAround, type Certificate, certify } from "./certify.js";
import { lowRankRelaxation } from "./lowRankRelaxation.js";
import { type RelaxedResidual, relaxResidual } from "./relaxation.js";
import { zeroWithin } from "./zeroWithin.js";

export interface BoxSearch {
  readonly certificates: Certificate[];
  readonly tree: number[];
  readonly boxes: number;
  readonly left: Interval[];
  /** Why boxes are left: the budget, or boxes too small to split. */
  readonly outOfBudget: boolean;
}

/** Boxes are split until they are this fraction of the start box. */
const smallest = 2 ** -36;

export function searchBoxes(
  cell: DynamicalSystem,
  spec: CellSpec,
  rest: CellSpec,
  input: Vector,
  period: number,
  start: Interval,
  budget: number,
): BoxSearch {
  const d = start.lower.length;
  const system = period === 1 ? cell : iterate(cell, period);
  const certificates: Certificate[] = [];
  const balls: Interval[] = [];
  const tree: number[] = [];
  const left: Interval[] = [];
  const least = start.lower.map((l, i) => (start.upper[i] - l) * smallest);
  const stack: Interval[] = [start];
  let boxes = 0;
  let outOfBudget = false;

  const relax =
    rest.kind === "low-rank" && period === 1
      ? lowRankRelaxation(rest, input)
      : (box: Interval) => relaxResidual(rest, input, period, box);
  const held = (box: Interval) =>
    balls.findIndex((ball) => box.lower.every((l, i) => l >= ball.lower[i] && box.upper[i] <= ball.upper[i]));

  const tryRoot = (relaxed: RelaxedResidual, offset: Vector) => {
    const x = newton(system, input, relaxed.at.map((c, i) => c + offset[i]), relaxed);
    if (!x) return;
    if (balls.some((ball) => x.every((v, i) => v >= ball.lower[i] && v <= ball.upper[i]))) return;
    const certificate = certify(cell, x, { input, period });
    if (certificate.status !== "certified") return;
    certificates.push(certificate);
    balls.push(boxAround(certificate.state, certificate.uniqueWithin * (1 - 1e-9)));
  };

  while (stack.length > 0) {
    const box = stack.pop()!;
    let j = held(box);
    if (j >= 0) {
      tree.push(-3 - j);
      continue;
    }
    if (boxes >= budget) {
      outOfBudget = true;
      tree.push(-2);
      left.push(box);
      continue;
    }
    boxes++;
    const relaxed = relax(box);
    const { excluded, offset, halfWidth } = zeroWithin(relaxed);
    if (excluded) {
      tree.push(-1);
      continue;
    }
    const narrowed = offset && halfWidth && zerosIn(relaxed, offset, halfWidth);
    j = narrowed ? held(narrowed) : -1;
    if (j >= 0) {
      tree.push(-3 - j);
      continue;
    }
    if (offset && halfWidth && relaxed.reach.every((r, i) => Math.abs(offset[i]) <= 2 * r && halfWidth[i] <= r)) {
      tryRoot(relaxed, offset);
      j = held(narrowed!);
      if (j >= 0) {
        tree.push(-3 - j);
        continue;
      }
    }
    const along = direction(relaxed, least);
    if (along < 0) {
      tree.push(-2);
      left.push(box);
      continue;
    }
    tree.push(along);
    const middle = box.lower[along] + (box.upper[along] - box.lower[along]) / 2;
    const low = { lower: box.lower, upper: box.upper.slice() };
    low.upper[along] = middle;
    const high = { lower: box.lower.slice(), upper: box.upper };
    high.lower[along] = middle;
    stack.push(high, low);
  }
  return { certificates, tree, boxes, left, outOfBudget };
}

/** Where the zeros of a box are. */
function zerosIn({ at, reach }: RelaxedResidual, offset: Vector, halfWidth: Vector): Interval {
  const far = (i: number) => halfWidth[i] * (1 + 1e-9) + (Math.abs(at[i]) + reach[i]) * 1e-14;
  return {
    lower: at.map((c, i) => c + Math.max(-reach[i], offset[i] - far(i))),
    upper: at.map((c, i) => c + Math.min(reach[i], offset[i] + far(i))),
  };
}

function direction({ reach }: RelaxedResidual, least: Vector): number {
  const d = reach.length;
  let best = -1;
  let most = -1;
  for (let b = 0; b < d; b++) {
    if (2 * reach[b] <= least[b]) continue;
    const smear = reach[b];
    if (smear > most) {
      most = smear;
      best = b;
    }
  }
  return best;
}

function newton(system: DynamicalSystem, u: Vector, x: Vector, box: RelaxedResidual): Vector | undefined {
  const d = x.length;
  const r = new Float64Array(d);
  const jacobian = new Float64Array(d * d);
  let last = Infinity;
  for (let k = 0; k < 20; k++) {
    residual(system, x, u, r);
    residualJacobian(system, x, u, jacobian);
    const step = solveSmall(d, jacobian, r);
    if (!step) return undefined;
    let size = 0;
    for (let i = 0; i < d; i++) {
      x[i] -= step[i];
      size = Math.max(size, Math.abs(step[i]));
      if (!(Math.abs(x[i] - box.at[i]) <= 3 * box.reach[i])) return undefined;
    }
    if (size === 0 || (size < 1e-10 * (1 + Math.abs(x[0])) && size >= last / 2)) return x;
    last = size;
  }
  return undefined;
}

function solveSmall(d: number, a: Float64Array, b: Vector): Vector | undefined {
  const m = a.slice();
  const x = b.slice();
  for (let c = 0; c < d; c++) {
    let pivot = c;
    for (let i = c + 1; i < d; i++) if (Math.abs(m[i * d + c]) > Math.abs(m[pivot * d + c])) pivot = i;
    if (pivot !== c) {
      for (let j = c; j < d; j++) [m[c * d + j], m[pivot * d + j]] = [m[pivot * d + j], m[c * d + j]];
      [x[c], x[pivot]] = [x[pivot], x[c]];
    }
    if (!(Math.abs(m[c * d + c]) > 0)) return undefined;
    for (let i = c + 1; i < d; i++) {
      const f = m[i * d + c] / m[c * d + c];
      for (let j = c; j < d; j++) m[i * d + j] -= f * m[c * d + j];
      x[i] -= f * x[c];
    }
  }
  for (let i = d - 1; i >= 0; i--) {
    for (let j = i + 1; j < d; j++) x[i] -= m[i * d + j] * x[j];
    x[i] /= m[i * d + i];
  }
  return x;
}
