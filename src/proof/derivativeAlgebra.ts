import type { Interval } from "../cells/interval.js";
import type { Matrix } from "../core/system.js";
import type { Algebra } from "./algebra.js";
import { activateBox, centreRadius, intervalAlgebra } from "./intervalAlgebra.js";
import { addBounds, type IntervalMatrix, productBounds } from "./intervalMatrix.js";
import { tiny, unitRoundoff } from "./rounding.js";

/**
 * A box together with the derivative of its members by the state, known within bounds.
 *
 * Most derivatives on the way are diagonal (an activation of the state): kept as such, a product with a weight
 * matrix is a scaling of its columns and no matrix product.
 */
export interface Differentiated {
  readonly box: Interval;
  /** Absent: does not depend on the state. */
  readonly by?: Derivative;
}

type Derivative =
  /** Row i has one entry, in column `offset + i`. */
  | ({ readonly kind: "diagonal"; readonly offset: number } & IntervalMatrix)
  /** rows x D. */
  | ({ readonly kind: "dense" } & IntervalMatrix);

/** The state itself, of dimension D: derivative the identity. */
export function variable(box: Interval): Differentiated {
  const n = box.lower.length;
  return {
    box,
    by: { kind: "diagonal", offset: 0, centre: new Float64Array(n).fill(1), radius: new Float64Array(n) },
  };
}

/** The algebra of boxes with derivatives by a state of dimension d. */
export function derivativeAlgebra(d: number): Algebra<Differentiated> {
  const boxes = intervalAlgebra;
  return {
    constant: (bounds) => ({ box: bounds }),
    affine(rows, columns, matrix, x) {
      const box = boxes.affine(rows, columns, matrix, x.box);
      if (!x.by) return { box };
      if (x.by.kind === "dense")
        return { box, by: { kind: "dense", ...productBounds(rows, columns, d, matrix, x.by) } };
      return { box, by: { kind: "dense", ...scaledColumns(rows, columns, d, matrix, x.by) } };
    },
    add: (a, b) => ({ box: boxes.add(a.box, b.box), ...sum(a.by, b.by, d) }),
    subtract: (a, b) => ({ box: boxes.subtract(a.box, b.box), ...sum(a.by, b.by && negated(b.by), d) }),
    multiply: (a, b) => ({
      box: boxes.multiply(a.box, b.box),
      ...sum(a.by && scaledRows(b.box, a.by, d), b.by && scaledRows(a.box, b.by, d), d),
    }),
    activate(name, a) {
      const { value, slope } = activateBox(name, a.box);
      return { box: value, ...(a.by && { by: scaledRows(slope, a.by, d) }) };
    },
    slice: (a, start, end) => ({
      box: boxes.slice(a.box, start, end),
      ...(a.by && { by: sliced(a.by, start, end, d) }),
    }),
    concatenate(a, b) {
      const box = boxes.concatenate(a.box, b.box);
      if (!a.by && !b.by) return { box };
      const rows = box.lower.length;
      const split = a.box.lower.length;
      const centre = new Float64Array(rows * d);
      const radius = new Float64Array(rows * d);
      for (const [part, at] of [
        [a.by, 0],
        [b.by, split],
      ] as const) {
        if (!part) continue;
        const whole = dense(part, d);
        centre.set(whole.centre, at * d);
        radius.set(whole.radius, at * d);
      }
      return { box, by: { kind: "dense", centre, radius } };
    },
  };
}

/** A function whose slope lies within bounds, of a value with derivative; its box is left as it was. */
export function scaledBy(slope: Interval, a: Differentiated, d: number, box = a.box): Differentiated {
  return { box, ...(a.by && { by: scaledRows(slope, a.by, d) }) };
}

/** The derivative as a full matrix, rows x D, in arrays of its own; `rows` for a constant. */
export function dense(by: Derivative | undefined, d: number, rows = 0): { centre: Matrix; radius: Matrix } {
  if (by?.kind === "dense") return { centre: by.centre.slice(), radius: by.radius.slice() };
  const count = by ? by.centre.length : rows;
  const centre = new Float64Array(count * d);
  const radius = new Float64Array(count * d);
  if (by)
    for (let i = 0; i < count; i++) {
      centre[i * d + by.offset + i] = by.centre[i];
      radius[i * d + by.offset + i] = by.radius[i];
    }
  return { centre, radius };
}

function sum(a: Derivative | undefined, b: Derivative | undefined, d: number): { by?: Derivative } {
  if (!a || !b) return a ? { by: a } : b ? { by: b } : {};
  if (a.kind === "diagonal" && b.kind === "diagonal" && a.offset === b.offset) {
    const total = { centre: a.centre.slice(), radius: a.radius.slice() };
    addBounds(total, b);
    return { by: { kind: "diagonal", offset: a.offset, ...total } };
  }
  const [full, other] = a.kind === "dense" ? [a, b] : [b, a];
  const total = dense(full, d);
  if (other.kind === "dense") {
    addBounds(total, other);
  } else {
    for (let i = 0; i < other.centre.length; i++) {
      const p = i * d + other.offset + i;
      const c = total.centre[p] + other.centre[i];
      total.centre[p] = c;
      total.radius[p] =
        (total.radius[p] + other.radius[i] + unitRoundoff * Math.abs(c)) * (1 + 4 * Number.EPSILON) + tiny;
    }
  }
  return { by: { kind: "dense", ...total } };
}

function negated(by: Derivative): Derivative {
  return { ...by, centre: by.centre.map((v) => -v) };
}

function sliced(by: Derivative, start: number, end: number, d: number): Derivative {
  const width = by.kind === "dense" ? d : 1;
  const part = {
    centre: by.centre.subarray(start * width, end * width),
    radius: by.radius.subarray(start * width, end * width),
  };
  return by.kind === "dense"
    ? { kind: "dense", ...part }
    : { kind: "diagonal", offset: by.offset + start, ...part };
}

/** Row i times a number known to lie in the i-th interval of `by`. */
function scaledRows(factors: Interval, of: Derivative, d: number): Derivative {
  const { centre: s, radius: t } = centreRadius(factors);
  const width = of.kind === "dense" ? d : 1;
  const centre = new Float64Array(of.centre.length);
  const radius = new Float64Array(of.centre.length);
  for (let i = 0, p = 0; i < s.length; i++) {
    const si = s[i];
    const size = Math.abs(si);
    const ti = t[i];
    for (let j = 0; j < width; j++, p++) {
      const c = of.centre[p];
      const r = of.radius[p];
      const v = si * c;
      centre[p] = v;
      radius[p] =
        (size * r + ti * (Math.abs(c) + r) + unitRoundoff * Math.abs(v)) * (1 + 8 * Number.EPSILON) +
        8 * tiny;
    }
  }
  return of.kind === "dense"
    ? { kind: "dense", centre, radius }
    : { kind: "diagonal", offset: of.offset, centre, radius };
}

/** `A diag(s)`, put into columns [offset, offset + columns) of rows x d. */
function scaledColumns(
  rows: number,
  columns: number,
  d: number,
  matrix: Matrix,
  { offset, centre: s, radius: t }: { readonly offset: number } & IntervalMatrix,
): IntervalMatrix {
  const centre = new Float64Array(rows * d);
  const radius = new Float64Array(rows * d);
  for (let i = 0, p = 0; i < rows; i++) {
    const row = i * d + offset;
    for (let j = 0; j < columns; j++, p++) {
      const w = matrix[p];
      const v = w * s[j];
      centre[row + j] = v;
      radius[row + j] =
        t[j] === 0 && (s[j] === 1 || w === 0)
          ? 0
          : (Math.abs(w) * t[j] + unitRoundoff * Math.abs(v)) * (1 + 4 * Number.EPSILON) + 2 * tiny;
    }
  }
  return { centre, radius };
}
