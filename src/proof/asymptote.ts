import type { Interval } from "../cells/interval.js";
import type { ActivationName, LowRankSpec } from "../cells/spec.js";
import type { Matrix, Vector } from "../core/system.js";
import { lowRankCurrent } from "./equation.js";
import { intervalAlgebra } from "./intervalAlgebra.js";
import { lowRankRelaxation } from "./lowRankRelaxation.js";
import type { AsymptoteStart } from "./proofFormat.js";
import { margin } from "./zeroWithin.js";

/** What an activation comes to far out: a homogeneous one, and how far it ever is from that. */
const farOut: Partial<
  Record<ActivationName, readonly [name: "relu" | "leaky-relu" | "linear", gap: number]>
> = {
  relu: ["relu", 0],
  "leaky-relu": ["leaky-relu", 0],
  linear: ["linear", 0],
  softplus: ["relu", 0.6932],
  elu: ["relu", 1],
  gelu: ["relu", 0.17],
};

/**
 * A box that holds every fixed point of a low-rank network whose activation has no bounds.
 *
 * Far out its equation `k = T(k)` becomes the homogeneous `k = T0(k)`, biases and inputs left out: the two differ by
 * at most `distance` = |s| |n|' (|W_in u + b| + gap). If on the whole surface of the unit cube some component has
 * `|T0(k) - k| >= epsilon distance`, a fixed point of max norm t needs `t epsilon <= 1`. The surface is searched box by
 * box. Undefined where the homogeneous equation seems to have a ray of fixed points, or the budget runs out.
 */
export function asymptoteBox(
  spec: LowRankSpec,
  input: Vector,
  budget: number,
): { start: AsymptoteStart; boxes: number } | undefined {
  const far = farOut[spec.activation];
  if (!far) return undefined;
  const r = spec.rank!;
  const distance = distanceFromHomogeneous(spec, input, far[1]);
  const { input: _input, bias: _bias, ...factors } = spec;
  const relax = lowRankRelaxation({ ...factors, activation: far[0] }, new Float64Array(0));

  /** `max |T0 - k| / distance`, at the centre of a box and at least over all of it. */
  const gaps = (box: Interval) => {
    const { centre, by, error, reach } = relax(box);
    let middle = 0;
    let least = 0;
    for (let a = 0; a < r; a++) {
      let sum = error[a];
      for (let b = 0; b < r; b++) sum += Math.abs(by[a * r + b]) * reach[b];
      middle = Math.max(middle, (Math.abs(centre[a]) - error[a]) / distance[a]);
      least = Math.max(least, (Math.abs(centre[a]) - sum * (1 + margin)) / distance[a]);
    }
    return { middle, least };
  };
  const faces = Array.from({ length: 2 * r }, (_, f): Interval => {
    const lower = new Float64Array(r).fill(-1);
    const upper = new Float64Array(r).fill(1);
    lower[f >> 1] = f % 2 === 0 ? -1 : 1;
    upper[f >> 1] = lower[f >> 1];
    return { lower, upper };
  });

  let boxes = 0;
  let epsilon = Infinity;
  for (const face of faces)
    for (const part of grid(face, r === 2 ? 64 : r === 3 ? 12 : 5)) {
      boxes++;
      epsilon = Math.min(epsilon, gaps(part).middle);
    }
  for (epsilon /= 2; epsilon > 1e-9 && boxes < budget; epsilon /= 8) {
    const most = boxes + budget / 4;
    const trees: number[][] = [];
    for (const face of faces) {
      const tree: number[] = [];
      const stack = [face];
      while (stack.length > 0 && boxes < most) {
        const box = stack.pop()!;
        boxes++;
        const { least } = gaps(box);
        if (least >= epsilon * (1 + margin)) {
          tree.push(-1);
          continue;
        }
        let along = 0;
        for (let b = 1; b < r; b++)
          if (box.upper[b] - box.lower[b] > box.upper[along] - box.lower[along]) along = b;
        if (box.upper[along] - box.lower[along] < 1e-9) break;
        tree.push(along);
        stack.push(...halves(box, along));
      }
      if (!isWhole(tree)) break;
      trees.push(tree);
    }
    if (trees.length === faces.length) {
      const size = (1 + 1e-6) / epsilon;
      const start: AsymptoteStart = {
        why: "asymptote",
        lower: new Array<number>(r).fill(-size),
        upper: new Array<number>(r).fill(size),
        homogeneous: far[0],
        gap: far[1],
        epsilon,
        faces: trees,
      };
      return { start, boxes };
    }
  }
  return undefined;
}

/** The two halves of a box along a coordinate, the upper one first: a stack gives them back lower first. */
export function halves(box: Interval, along: number): [Interval, Interval] {
  const middle = box.lower[along] + (box.upper[along] - box.lower[along]) / 2;
  const low = { lower: box.lower, upper: box.upper.slice() };
  const high = { lower: box.lower.slice(), upper: box.upper };
  low.upper[along] = middle;
  high.lower[along] = middle;
  return [high, low];
}

/** Whether a preorder list of splits (>= 0) and leaves (< 0) is a whole binary tree. */
function isWhole(tree: readonly number[]): boolean {
  let open = 1;
  for (const code of tree) open += code >= 0 ? 1 : -1;
  return open === 0;
}

function distanceFromHomogeneous(spec: LowRankSpec, input: Vector, gap: number): Vector {
  const r = spec.rank!;
  const zero = { lower: new Float64Array(r), upper: new Float64Array(r) };
  const drive = lowRankCurrent(spec, intervalAlgebra, zero, { lower: input, upper: input });
  const right = spec.right as Matrix;
  const distance = new Float64Array(r);
  for (let u = 0, p = 0; u < drive.lower.length; u++) {
    const size = Math.max(Math.abs(drive.lower[u]), Math.abs(drive.upper[u])) + gap;
    for (let a = 0; a < r; a++, p++) distance[a] += Math.abs(right[p]) * size;
  }
  const scale = Math.abs(spec.scale ?? 1) * (1 + 1e-9);
  let most = 0;
  for (let a = 0; a < r; a++) {
    distance[a] *= scale;
    most = Math.max(most, distance[a]);
  }
  // No component of no size at all: its bound could not be divided by.
  const floor = most === 0 ? 1e-6 : 1e-6 * most;
  return distance.map((v) => v + floor);
}

/** Points of a grid of a face, as boxes without extent. */
function* grid(face: Interval, count: number): Generator<Interval> {
  const free = [...face.lower.keys()].filter((a) => face.upper[a] > face.lower[a]);
  const total = count ** free.length;
  for (let k = 0; k < total; k++) {
    const point = face.lower.slice();
    let rest = k;
    for (const a of free) {
      point[a] = -1 + (2 * ((rest % count) + 0.5)) / count;
      rest = Math.floor(rest / count);
    }
    yield { lower: point, upper: point };
  }
}
