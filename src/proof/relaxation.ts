import type { Interval } from "../cells/interval.js";
import type { ActivationName, CellSpec } from "../cells/spec.js";
import type { Matrix, Vector } from "../core/system.js";
import type { Algebra } from "./algebra.js";
import { advance, timeOf } from "./equation.js";
import { centreRadius, intervalAlgebra } from "./intervalAlgebra.js";
import { gamma, inflation, tiny } from "./rounding.js";
import { type Secant, secant } from "./secant.js";

/**
 * A function of the state over a box, between two parallel planes: `|v - centre - by y| <= error` for the state
 * `c + y`, c the centre of the box; besides, v lies in `box`. Entry by entry; `by` is n x D, absent for constants.
 */
export interface Relaxed {
  readonly box: Interval;
  readonly centre: Vector;
  readonly by?: Matrix;
  readonly error: Vector;
}

/** More than the rounding of the few operations on one entry, relative to their size. */
const few = 2 ** -49;

/**
 * The algebra of functions of the state over a box with half-widths `reach` (length D): first-order Taylor models
 * whose slope is that of the secant (Stolfi & de Figueiredo 1997, affine arithmetic; Comba & Stolfi 1993). An error
 * falls with the square of the width of the box, and stays within that of interval arithmetic.
 */
export function relaxationAlgebra(reach: Vector): Algebra<Relaxed> {
  const d = reach.length;
  const line = new Float64Array(5);
  const secants = new Map<ActivationName, Secant>();

  /** How far `by y` of row i goes, rounded up. */
  const spread = (by: Matrix | undefined, i: number) => {
    if (by === undefined) return 0;
    let sum = 0;
    for (let b = 0, p = i * d; b < d; b++, p++) sum += Math.abs(by[p]) * reach[b];
    return sum * (1 + few);
  };

  /** Bounds from the planes, and from `box` where it is narrower. */
  const bounded = (centre: Vector, by: Matrix | undefined, error: Vector, box: Interval): Relaxed => {
    const { lower, upper } = box;
    for (let i = 0; i < centre.length; i++) {
      const c = centre[i];
      const far = (spread(by, i) + error[i]) * (1 + few) + Math.abs(c) * few + tiny;
      if (c - far > lower[i]) lower[i] = c - far;
      if (c + far < upper[i]) upper[i] = c + far;
    }
    return { box, centre, error, ...(by && { by }) };
  };

  const combined = (a: Relaxed, b: Relaxed, sign: 1 | -1, box: Interval): Relaxed => {
    const n = a.centre.length;
    const centre = new Float64Array(n);
    const error = new Float64Array(n);
    const by = a.by || b.by ? new Float64Array(n * d) : undefined;
    for (let i = 0; i < n; i++) {
      centre[i] = a.centre[i] + sign * b.centre[i];
      let size = Math.abs(a.centre[i]) + Math.abs(b.centre[i]);
      if (by)
        for (let j = 0, p = i * d; j < d; j++, p++) {
          const x = a.by ? a.by[p] : 0;
          const y = b.by ? sign * b.by[p] : 0;
          by[p] = x + y;
          if (x !== 0 && y !== 0) size += (Math.abs(x) + Math.abs(y)) * reach[j];
        }
      error[i] = (a.error[i] + b.error[i] + size * 2 ** -52) * (1 + few) + tiny;
    }
    return bounded(centre, by, error, box);
  };

  return {
    constant(bounds) {
      const { centre, radius } = centreRadius(bounds);
      return { box: bounds, centre, error: radius };
    },
    affine(rows, columns, matrix, x) {
      const centre = new Float64Array(rows);
      const error = new Float64Array(rows);
      const by = x.by && new Float64Array(rows * d);
      const box = { lower: new Float64Array(rows), upper: new Float64Array(rows) };
      const round = gamma(columns + 2);
      const grow = inflation(columns + 4);
      const { centre: middle, radius } = centreRadius(x.box);
      // What a weight of 1 adds to the error, and to the half-width of the interval.
      const slack = new Float64Array(columns);
      for (let j = 0; j < columns; j++) {
        slack[j] = (x.error[j] + round * (Math.abs(x.centre[j]) + spread(x.by, j))) * (1 + few);
        radius[j] += round * Math.abs(middle[j]);
      }
      for (let i = 0, p = 0; i < rows; i++) {
        let c = 0;
        let e = 0;
        let m = 0;
        let r = 0;
        for (let j = 0; j < columns; j++, p++) {
          const w = matrix[p];
          const size = Math.abs(w);
          c += w * x.centre[j];
          e += size * slack[j];
          m += w * middle[j];
          r += size * radius[j];
        }
        centre[i] = c;
        error[i] = e * grow + (columns + 2) * tiny;
        r = r * grow + (columns + 2) * tiny;
        box.lower[i] = m - r - Math.abs(m) * few;
        box.upper[i] = m + r + Math.abs(m) * few;
        if (by && x.by)
          for (let b = 0; b < d; b++) {
            let sum = 0;
            for (let j = 0, q = i * columns, s = b; j < columns; j++, q++, s += d) sum += matrix[q] * x.by[s];
            by[i * d + b] = sum;
          }
      }
      return bounded(centre, by, error, box);
    },
    add: (a, b) => combined(a, b, 1, intervalAlgebra.add(a.box, b.box)),
    subtract: (a, b) => combined(a, b, -1, intervalAlgebra.subtract(a.box, b.box)),
    multiply(a, b) {
      const box = intervalAlgebra.multiply(a.box, b.box);
      const n = a.centre.length;
      const centre = new Float64Array(n);
      const error = new Float64Array(n);
      const by = a.by || b.by ? new Float64Array(n * d) : undefined;
      const { centre: am, radius: ar } = centreRadius(a.box);
      const { centre: bm, radius: br } = centreRadius(b.box);
      // a b = am b + bm a - am bm + (a - am) (b - bm)
      for (let i = 0; i < n; i++) {
        const s = am[i];
        const t = bm[i];
        const ts = t * a.centre[i];
        const st = s * b.centre[i];
        const fixed = s * t;
        centre[i] = ts + st - fixed;
        let size = Math.abs(ts) + Math.abs(st) + Math.abs(fixed);
        if (by)
          for (let j = 0, p = i * d; j < d; j++, p++) {
            const x = a.by ? t * a.by[p] : 0;
            const y = b.by ? s * b.by[p] : 0;
            by[p] = x + y;
            size += (Math.abs(x) + Math.abs(y)) * reach[j];
          }
        error[i] =
          (Math.abs(t) * a.error[i] + Math.abs(s) * b.error[i] + ar[i] * br[i] + size * 2 ** -50) *
            (1 + few) +
          tiny;
      }
      return bounded(centre, by, error, box);
    },
    activate(name, a) {
      let along = secants.get(name);
      if (!along) {
        along = secant(name);
        secants.set(name, along);
      }
      const n = a.centre.length;
      const centre = new Float64Array(n);
      const error = new Float64Array(n);
      const by = a.by && new Float64Array(n * d);
      const lower = new Float64Array(n);
      const upper = new Float64Array(n);
      for (let i = 0; i < n; i++) {
        const l = a.box.lower[i];
        const h = a.box.upper[i];
        along(l, h, line);
        const slope = line[0];
        const c = l + (h - l) / 2;
        const shift = slope * (a.centre[i] - c);
        centre[i] = line[1] + shift;
        let size = Math.abs(line[1]) + Math.abs(slope) * (Math.abs(a.centre[i]) + Math.abs(c));
        if (by && a.by)
          for (let j = 0, p = i * d; j < d; j++, p++) {
            const v = slope * a.by[p];
            by[p] = v;
            size += Math.abs(v) * reach[j];
          }
        error[i] = (line[2] + Math.abs(slope) * a.error[i] + size * 2 ** -50) * (1 + few) + tiny;
        lower[i] = line[3];
        upper[i] = line[4];
      }
      return bounded(centre, by, error, { lower, upper });
    },
    slice: (a, start, end) => ({
      box: intervalAlgebra.slice(a.box, start, end),
      centre: a.centre.subarray(start, end),
      error: a.error.subarray(start, end),
      ...(a.by && { by: a.by.subarray(start * d, end * d) }),
    }),
    concatenate(a, b) {
      const n = a.centre.length;
      const m = b.centre.length;
      const join = (x: Vector, y: Vector) => {
        const out = new Float64Array(x.length + y.length);
        out.set(x);
        out.set(y, x.length);
        return out;
      };
      const rows = (v: Relaxed, count: number) => v.by ?? new Float64Array(count * d);
      return {
        box: intervalAlgebra.concatenate(a.box, b.box),
        centre: join(a.centre, b.centre),
        error: join(a.error, b.error),
        ...((a.by || b.by) && { by: join(rows(a, n), rows(b, m)) }),
      };
    },
  };
}

/**
 * `G(c + y) = centre + by y`, give or take `error`, for every `c + y` in a box with centre c and half-widths `reach`:
 * G = F^k(x) - x of a map, G = F of a flow.
 */
export interface RelaxedResidual {
  readonly centre: Vector;
  /** D x D. */
  readonly by: Matrix;
  readonly error: Vector;
  /** c. */
  readonly at: Vector;
  readonly reach: Vector;
  /** The error of row i of `C (centre + by y)`: at most `|C| error`, and less where errors cancel. */
  readonly errorAfter?: (c: Matrix, i: number) => number;
}

/** The residual of a network with its input held, or of k steps of a map, relaxed over a box. */
export function relaxResidual(spec: CellSpec, input: Vector, steps: number, box: Interval): RelaxedResidual {
  const { centre: at, radius: reach } = centreRadius(box);
  const d = at.length;
  const algebra = relaxationAlgebra(reach);
  const identity = new Float64Array(d * d);
  for (let i = 0; i < d; i++) identity[i * d + i] = 1;
  const start: Relaxed = {
    box: { lower: box.lower.slice(), upper: box.upper.slice() },
    centre: at,
    by: identity,
    error: new Float64Array(d),
  };
  const u = algebra.constant({ lower: input, upper: input });
  let x = start;
  for (let k = 0; k < steps; k++) x = advance(spec, algebra, x, u);
  const g = timeOf(spec) === "continuous" ? x : algebra.subtract(x, start);
  return { centre: g.centre, error: g.error, by: g.by ?? new Float64Array(d * d), at, reach };
}
