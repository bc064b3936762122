import type { Interval } from "../cells/interval.js";
import type { CellSpec } from "../cells/spec.js";
import type { Vector } from "../core/system.js";
import { activationBounds } from "./activationBounds.js";
import type { Algebra } from "./algebra.js";
import { type Differentiated, dense, derivativeAlgebra, scaledBy, variable } from "./derivativeAlgebra.js";
import { advance, dimensionOf, timeOf } from "./equation.js";
import { type IntervalMatrix, shiftEntry } from "./intervalMatrix.js";
import { margin } from "./zeroWithin.js";

/**
 * Weights w > 0 with `|M_ii| w_i > sum_(j != i) |M_ij| w_j` for every member M of dG/dx over a box, or over the whole
 * space (no box; networks without products of states): then no two zeros of G lie there, because they differ by an x
 * with M x = 0. Undefined where none are found. One derivative and some products, O(k N^2 D).
 */
export function dominanceWeights(
  spec: CellSpec,
  input: Vector,
  period: number,
  box: Interval | undefined,
): Vector | undefined {
  const d = dimensionOf(spec);
  const matrix = derivative(spec, input, period, box);
  const diagonal = new Float64Array(d);
  const size = new Float64Array(d * d);
  for (let i = 0, p = 0; i < d; i++)
    for (let j = 0; j < d; j++, p++) {
      const c = Math.abs(matrix.centre[p]);
      if (i === j) diagonal[i] = c - matrix.radius[p];
      else size[p] = c + matrix.radius[p];
    }
  if (!diagonal.every((v) => v > 0)) return undefined;
  const sums = (w: Vector) => {
    const out = new Float64Array(d);
    for (let i = 0, p = 0; i < d; i++) for (let j = 0; j < d; j++, p++) out[i] += size[p] * w[j];
    return out;
  };
  // Towards the weights that are best in all rows at once; the 1 keeps those of rows that depend on nothing positive.
  let w: Vector = new Float64Array(d).fill(1);
  for (let k = 0; k < 200; k++) {
    const s = sums(w);
    if (s.every((v, i) => diagonal[i] * w[i] > v * (1 + 4 * margin) + diagonal[i] * w[i] * 1e-7)) return w;
    let most = 0;
    const next = s.map((v, i) => v / diagonal[i] + 1e-6 * w[i]);
    for (const v of next) most = Math.max(most, v);
    if (!(most > 0 && Number.isFinite(most))) return undefined;
    w = next.map((v, i) => 0.5 * (v / most + w[i]) + 1e-9);
  }
  return undefined;
}

function derivative(
  spec: CellSpec,
  input: Vector,
  period: number,
  box: Interval | undefined,
): IntervalMatrix {
  const d = dimensionOf(spec);
  const plain = derivativeAlgebra(d);
  const algebra: Algebra<Differentiated> = box
    ? plain
    : {
        ...plain,
        // Every slope the activation has; the values do not matter to a derivative without products.
        activate(name, a) {
          const [least, most] = allSlopes(name);
          const n = a.box.lower.length;
          const slope = { lower: new Float64Array(n).fill(least), upper: new Float64Array(n).fill(most) };
          return scaledBy(slope, a, d);
        },
      };
  const somewhere = { lower: new Float64Array(d), upper: new Float64Array(d) };
  let x = variable(box ?? somewhere);
  const u = { box: { lower: input, upper: input } };
  for (let k = 0; k < period; k++) x = advance(spec, algebra, x, u);
  const by = dense(x.by, d, d);
  if (timeOf(spec) === "discrete") for (let i = 0; i < d; i++) shiftEntry(by, i * d + i, -1, 0);
  return by;
}

/** Bounds of phi' over all numbers: beyond 64 every slope is within 1e-9 of its limit. */
function allSlopes(name: Parameters<typeof activationBounds>[0]): [number, number] {
  const out = new Float64Array(4);
  let least = Infinity;
  let most = -Infinity;
  // gelu needs narrow pieces: its bounds are products of intervals.
  for (let i = -257; i <= 256; i++) {
    activationBounds(name)(i === -257 ? -64 : i / 16, i === 256 ? 64 : (i + 1) / 16, out);
    least = Math.min(least, out[2]);
    most = Math.max(most, out[3]);
  }
  return [least - 1e-9, most + 1e-9];
}

/** Kinds of networks whose derivative depends on the state through slopes of activations only. */
export function hasNoProducts(spec: CellSpec): boolean {
  return spec.kind === "stacked"
    ? spec.layers.every(hasNoProducts)
    : spec.kind !== "gru" && spec.kind !== "lstm";
}
