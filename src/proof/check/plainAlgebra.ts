import type { Matrix } from "../../core/system.js";
import type { Algebra } from "../algebra.js";
import { plainActivation } from "./plainFunctions.js";
import { above, below, minus, type Pair, plus, times } from "./plainInterval.js";

/** A vector within bounds and its derivative by the state, rows x D, likewise; both as lower and upper ends. */
export interface Plain {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  readonly by?: { readonly lower: Matrix; readonly upper: Matrix };
}

/** The state itself, over a box. */
export function plainVariable(lower: Float64Array, upper: Float64Array): Plain {
  const n = lower.length;
  const identity = new Float64Array(n * n);
  for (let i = 0; i < n; i++) identity[i * n + i] = 1;
  return { lower, upper, by: { lower: identity, upper: identity } };
}

/** Boxes with derivatives, operation by operation with outward steps: slower than the prover's and apart from it. */
export function plainAlgebra(d: number): Algebra<Plain> {
  const pair = (v: Plain, i: number): Pair => [v.lower[i], v.upper[i]];
  const empty = (rows: number) => ({ lower: new Float64Array(rows), upper: new Float64Array(rows) });
  const slot = (by: Plain["by"], p: number): Pair => (by ? [by.lower[p], by.upper[p]] : [0, 0]);

  /** Entry by entry: the value from both values, the derivative from both values and derivatives. */
  const combine = (
    a: Plain,
    b: Plain,
    value: (x: Pair, y: Pair) => Pair,
    slope: (x: Pair, y: Pair, dx: Pair, dy: Pair) => Pair,
  ): Plain => {
    const rows = a.lower.length;
    const out = empty(rows);
    const by = a.by || b.by ? empty(rows * d) : undefined;
    for (let i = 0; i < rows; i++) {
      const x = pair(a, i);
      const y = pair(b, i);
      [out.lower[i], out.upper[i]] = value(x, y);
      if (by)
        for (let p = i * d; p < (i + 1) * d; p++)
          [by.lower[p], by.upper[p]] = slope(x, y, slot(a.by, p), slot(b.by, p));
    }
    return by ? { ...out, by } : out;
  };

  return {
    constant: ({ lower, upper }) => ({ lower, upper }),
    affine(rows, columns, matrix, x) {
      const value = product(rows, columns, 1, matrix, x.lower, x.upper);
      return x.by ? { ...value, by: product(rows, columns, d, matrix, x.by.lower, x.by.upper) } : value;
    },
    add: (a, b) => combine(a, b, plus, (_x, _y, dx, dy) => plus(dx, dy)),
    subtract: (a, b) => combine(a, b, minus, (_x, _y, dx, dy) => minus(dx, dy)),
    multiply: (a, b) => combine(a, b, times, (x, y, dx, dy) => plus(times(dx, y), times(x, dy))),
    activate(name, a) {
      const rows = a.lower.length;
      const out = empty(rows);
      const by = a.by && empty(rows * d);
      for (let i = 0; i < rows; i++) {
        const { value, slope } = plainActivation(name, pair(a, i));
        [out.lower[i], out.upper[i]] = value;
        if (by)
          for (let p = i * d; p < (i + 1) * d; p++) [by.lower[p], by.upper[p]] = times(slope, slot(a.by, p));
      }
      return by ? { ...out, by } : out;
    },
    slice: (a, start, end) => ({
      lower: a.lower.subarray(start, end),
      upper: a.upper.subarray(start, end),
      ...(a.by && {
        by: {
          lower: a.by.lower.subarray(start * d, end * d),
          upper: a.by.upper.subarray(start * d, end * d),
        },
      }),
    }),
    concatenate(a, b) {
      const join = (p: Float64Array, q: Float64Array) => Float64Array.from([...p, ...q]);
      const value = { lower: join(a.lower, b.lower), upper: join(a.upper, b.upper) };
      if (!a.by && !b.by) return value;
      const p = a.by ?? empty(a.lower.length * d);
      const q = b.by ?? empty(b.lower.length * d);
      return { ...value, by: { lower: join(p.lower, q.lower), upper: join(p.upper, q.upper) } };
    },
  };
}

/** `A B`, A exact (rows x inner), B within bounds (inner x columns). */
export function product(
  rows: number,
  inner: number,
  columns: number,
  a: Matrix,
  lower: Matrix,
  upper: Matrix,
): { lower: Matrix; upper: Matrix } {
  const outLower = new Float64Array(rows * columns);
  const outUpper = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++)
    for (let k = 0; k < inner; k++) {
      const w = a[i * inner + k];
      if (w === 0) continue;
      const from = w > 0 ? lower : upper;
      const to = w > 0 ? upper : lower;
      for (let j = 0, p = i * columns, s = k * columns; j < columns; j++, p++, s++) {
        // A zero stays one: most derivatives are sparse.
        if (from[s] === 0 && to[s] === 0) continue;
        outLower[p] = below(outLower[p] + below(w * from[s]));
        outUpper[p] = above(outUpper[p] + above(w * to[s]));
      }
    }
  return { lower: outLower, upper: outUpper };
}
