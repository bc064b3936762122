import type { Interval } from "../cells/interval.js";
import type { ActivationName } from "../cells/spec.js";
import type { Matrix } from "../core/system.js";
import { activationBounds } from "./activationBounds.js";
import type { Algebra } from "./algebra.js";
import { down, gamma, inflation, tiny, up } from "./rounding.js";

/**
 * Boxes: every operation returns a box that holds all results of the operation on members of its boxes.
 * `A x` costs three products per weight and is the smallest box up to rounding.
 */
export const intervalAlgebra: Algebra<Interval> = {
  constant: (bounds) => bounds,
  affine: affineImage,
  add: (a, b) =>
    entrywise(a, b, (al, ah, bl, bh, out) => {
      out[0] = al + bl;
      out[1] = ah + bh;
    }),
  subtract: (a, b) =>
    entrywise(a, b, (al, ah, bl, bh, out) => {
      out[0] = al - bh;
      out[1] = ah - bl;
    }),
  multiply: (a, b) =>
    entrywise(a, b, (al, ah, bl, bh, out) => {
      const p = al * bl;
      const q = al * bh;
      const r = ah * bl;
      const s = ah * bh;
      out[0] = Math.min(p, q, r, s);
      out[1] = Math.max(p, q, r, s);
    }),
  activate: (name, a) => activateBox(name, a).value,
  slice: (a, start, end) => ({ lower: a.lower.subarray(start, end), upper: a.upper.subarray(start, end) }),
  concatenate: (a, b) => ({ lower: joined(a.lower, b.lower), upper: joined(a.upper, b.upper) }),
};

function entrywise(
  a: Interval,
  b: Interval,
  combine: (al: number, ah: number, bl: number, bh: number, out: Float64Array) => void,
): Interval {
  const n = a.lower.length;
  const lower = new Float64Array(n);
  const upper = new Float64Array(n);
  const out = new Float64Array(2);
  for (let i = 0; i < n; i++) {
    combine(a.lower[i], a.upper[i], b.lower[i], b.upper[i], out);
    lower[i] = down(out[0]);
    upper[i] = up(out[1]);
  }
  return { lower, upper };
}

/** The image of a box under an activation, and bounds of its slope there. O(n). */
export function activateBox(name: ActivationName, a: Interval): { value: Interval; slope: Interval } {
  const n = a.lower.length;
  const value = { lower: new Float64Array(n), upper: new Float64Array(n) };
  const slope = { lower: new Float64Array(n), upper: new Float64Array(n) };
  const bounds = activationBounds(name);
  const out = new Float64Array(4);
  for (let i = 0; i < n; i++) {
    bounds(a.lower[i], a.upper[i], out);
    value.lower[i] = out[0];
    value.upper[i] = out[1];
    slope.lower[i] = out[2];
    slope.upper[i] = out[3];
  }
  return { value, slope };
}

/** The centre of a box, and how far it reaches to either side, rounded up. O(n). */
export function centreRadius(box: Interval): { centre: Float64Array; radius: Float64Array } {
  const n = box.lower.length;
  const centre = new Float64Array(n);
  const radius = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const l = box.lower[i];
    const h = box.upper[i];
    const c = l === h ? l : l + (h - l) / 2;
    centre[i] = c;
    radius[i] = l === h ? 0 : Math.max(up(h - c), up(c - l));
  }
  return { centre, radius };
}

/** `A x` for x in a box: A c with A exact, widened by |A| radius and by the rounding of the sums. O(rows columns). */
function affineImage(rows: number, columns: number, matrix: Matrix, x: Interval): Interval {
  const { centre, radius } = centreRadius(x);
  const lower = new Float64Array(rows);
  const upper = new Float64Array(rows);
  const error = gamma(columns + 2);
  const grow = inflation(columns + 4);
  // |A| (radius + error |c|): one sum for both. A large weight would magnify what underflows here: hence tiny.
  const reach = radius;
  for (let j = 0; j < columns; j++) reach[j] += error * Math.abs(centre[j]) + tiny;
  for (let i = 0, p = 0; i < rows; i++) {
    let sum = 0;
    let width = 0;
    for (let j = 0; j < columns; j++, p++) {
      const w = matrix[p];
      sum += w * centre[j];
      width += Math.abs(w) * reach[j];
    }
    width = width * grow + (columns + 2) * tiny;
    lower[i] = down(sum - width);
    upper[i] = up(sum + width);
  }
  return { lower, upper };
}

function joined(a: Float64Array, b: Float64Array): Float64Array {
  const out = new Float64Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}
