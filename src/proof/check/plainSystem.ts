import type { CellSpec } from "../../cells/spec.js";
import type { Matrix, Vector } from "../../core/system.js";
import { advance, dimensionOf, timeOf } from "../equation.js";
import { type Plain, plainAlgebra, plainVariable, product } from "./plainAlgebra.js";
import { above, below } from "./plainInterval.js";

/** G(x) = F^k(x) - x (maps) or F(x) (flows) over a box with its derivative, by the checker's own arithmetic. */
export interface PlainResidual {
  readonly lower: Vector;
  readonly upper: Vector;
  readonly by: { readonly lower: Matrix; readonly upper: Matrix };
}

/** F^k over a box, and its derivative. */
export function plainImage(spec: CellSpec, input: Vector, steps: number, lower: Vector, upper: Vector) {
  const d = dimensionOf(spec);
  const algebra = plainAlgebra(d);
  const u: Plain = { lower: input, upper: input };
  let x = plainVariable(lower, upper);
  for (let k = 0; k < steps; k++) x = advance(spec, algebra, x, u);
  const by = x.by ?? { lower: new Float64Array(d * d), upper: new Float64Array(d * d) };
  return { lower: x.lower, upper: x.upper, by };
}

/** The residual over a box: what has to vanish at a fixed point. */
export function plainResidual(
  spec: CellSpec,
  input: Vector,
  steps: number,
  lower: Vector,
  upper: Vector,
): PlainResidual {
  const image = plainImage(spec, input, steps, lower, upper);
  if (timeOf(spec) === "continuous") return image;
  const d = lower.length;
  const by = { lower: image.by.lower.slice(), upper: image.by.upper.slice() };
  for (let i = 0; i < d; i++) {
    by.lower[i * d + i] = below(by.lower[i * d + i] - 1);
    by.upper[i * d + i] = above(by.upper[i * d + i] - 1);
  }
  return {
    lower: image.lower.map((v, i) => below(v - upper[i])),
    upper: image.upper.map((v, i) => above(v - lower[i])),
    by,
  };
}

/** Whether a vector of intervals has a component without 0. */
export function excludesZero({ lower, upper }: { readonly lower: Vector; readonly upper: Vector }): boolean {
  return lower.some((low, i) => low > 0 || upper[i] < 0);
}

/** The middle of a matrix within bounds. */
export function middle({ lower, upper }: { readonly lower: Matrix; readonly upper: Matrix }): Matrix {
  return lower.map((low, i) => low + (upper[i] - low) / 2);
}

/** `A B` for an exact square A and a square B within bounds. */
export function preconditioned(n: number, a: Matrix, b: { readonly lower: Matrix; readonly upper: Matrix }) {
  return product(n, n, n, a, b.lower, b.upper);
}

/** An approximate inverse by Gauss-Jordan elimination with row pivoting; undefined when a pivot vanishes. */
export function plainInverse(n: number, matrix: Matrix): Matrix | undefined {
  const a = matrix.slice();
  const inverse = new Float64Array(n * n);
  for (let i = 0; i < n; i++) inverse[i * n + i] = 1;
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(a[i * n + k]) > Math.abs(a[pivot * n + k])) pivot = i;
    const scale = 1 / a[pivot * n + k];
    if (!Number.isFinite(scale)) return undefined;
    for (const m of [a, inverse])
      for (let j = 0; j < n; j++) {
        const held = m[pivot * n + j];
        m[pivot * n + j] = m[k * n + j];
        m[k * n + j] = held * scale;
      }
    for (let i = 0; i < n; i++) {
      const f = a[i * n + k];
      if (i === k || f === 0) continue;
      for (let j = 0; j < n; j++) {
        a[i * n + j] -= f * a[k * n + j];
        inverse[i * n + j] -= f * inverse[k * n + j];
      }
    }
  }
  return inverse;
}

/** An upper bound of the largest row sum of |B - s I|. */
export function plainNorm(
  n: number,
  { lower, upper }: { readonly lower: Matrix; readonly upper: Matrix },
  shift = 0,
) {
  let most = 0;
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let j = 0; j < n; j++) {
      const p = i * n + j;
      const s = i === j ? shift : 0;
      sum = above(sum + Math.max(Math.abs(below(lower[p] - s)), Math.abs(above(upper[p] - s))));
    }
    most = Math.max(most, sum); // NaN stays
  }
  return most;
}
