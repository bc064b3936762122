import type { CellSpec } from "../../cells/spec.js";
import type { Matrix, Vector } from "../../core/system.js";
import type { Algebra } from "../algebra.js";
import { advance, dimensionOf, timeOf } from "../equation.js";
import { type Bounds, plainActivation, plainKinks, plainPoint } from "./plainFunctions.js";
import { above, below, minus, type Pair, plus, times } from "./plainInterval.js";

/**
 * A first-order model over a box with centre c and half-widths `reach`: v = C + B y + e for the state c + y, with C and
 * B known within bounds and |e| <= error; besides, v lies in [lower, upper]. Entry by entry; B is n x D.
 */
export interface PlainModel {
  readonly lower: Vector;
  readonly upper: Vector;
  readonly centre: { readonly lower: Vector; readonly upper: Vector };
  readonly by: { readonly lower: Matrix; readonly upper: Matrix };
  readonly error: Vector;
}

/** The model of G over a box, and the error of the rates where the network is of low rank. */
export interface ResidualModel extends PlainModel {
  readonly at: Vector;
  readonly reach: Vector;
  readonly rateError: Vector | undefined;
}

/** G over a box, to first order: F^k(x) - x (maps), F(x) (flows). */
export function residualModel(
  spec: CellSpec,
  input: Vector,
  steps: number,
  lower: Vector,
  upper: Vector,
): ResidualModel {
  const d = dimensionOf(spec);
  const at = lower.map((l, i) => l + (upper[i] - l) / 2);
  const reach = at.map((c, i) => Math.max(above(upper[i] - c), above(c - lower[i])));
  let rateError: Vector | undefined;
  const plain = modelAlgebra(reach);
  const algebra: Algebra<PlainModel> =
    spec.kind === "low-rank" && steps === 1
      ? {
          ...plain,
          activate(name, a) {
            const out = plain.activate(name, a);
            rateError = out.error;
            return out;
          },
        }
      : plain;
  const identity = new Float64Array(d * d);
  for (let i = 0; i < d; i++) identity[i * d + i] = 1;
  const start: PlainModel = {
    lower,
    upper,
    centre: { lower: at, upper: at },
    by: { lower: identity, upper: identity },
    error: new Float64Array(d),
  };
  const u = algebra.constant({ lower: input, upper: input });
  let x = start;
  for (let k = 0; k < steps; k++) x = advance(spec, algebra, x, u);
  const g = timeOf(spec) === "continuous" ? x : algebra.subtract(x, start);
  return { ...g, at, reach, rateError };
}

function modelAlgebra(reach: Vector): Algebra<PlainModel> {
  const d = reach.length;
  const entry = ({ centre }: PlainModel, i: number): Pair => [centre.lower[i], centre.upper[i]];
  const slope = ({ by }: PlainModel, p: number): Pair => [by.lower[p], by.upper[p]];
  const range = (v: PlainModel, i: number): Pair => [v.lower[i], v.upper[i]];
  const blank = (n: number) => ({
    lower: new Float64Array(n),
    upper: new Float64Array(n),
    centre: { lower: new Float64Array(n), upper: new Float64Array(n) },
    by: { lower: new Float64Array(n * d), upper: new Float64Array(n * d) },
    error: new Float64Array(n),
  });
  type Draft = ReturnType<typeof blank>;
  const put = (out: { lower: Vector; upper: Vector }, i: number, [l, h]: Pair) => {
    out.lower[i] = l;
    out.upper[i] = h;
  };
  /** Narrows the range of entry i to what the model allows. */
  const narrow = (out: Draft, i: number, natural: Pair) => {
    let far = out.error[i];
    for (let j = 0, p = i * d; j < d; j++, p++)
      far = above(far + above(Math.max(Math.abs(out.by.lower[p]), Math.abs(out.by.upper[p])) * reach[j]));
    out.lower[i] = Math.max(natural[0], below(out.centre.lower[i] - far));
    out.upper[i] = Math.min(natural[1], above(out.centre.upper[i] + far));
  };
  const middle = ([l, h]: Pair) => l + (h - l) / 2;
  const radius = ([l, h]: Pair, m: number) => Math.max(above(h - m), above(m - l), 0);

  const entrywise = (
    a: PlainModel,
    b: PlainModel,
    linear: (x: Pair, y: Pair, i: number) => Pair,
    error: (i: number) => number,
    natural: (x: Pair, y: Pair) => Pair,
    constant: (i: number) => Pair = () => [0, 0],
  ): PlainModel => {
    const n = a.error.length;
    const out = blank(n);
    for (let i = 0; i < n; i++) {
      put(out.centre, i, plus(linear(entry(a, i), entry(b, i), i), constant(i)));
      for (let p = i * d; p < (i + 1) * d; p++) put(out.by, p, linear(slope(a, p), slope(b, p), i));
      out.error[i] = error(i);
      narrow(out, i, natural(range(a, i), range(b, i)));
    }
    return out;
  };

  return {
    constant(bounds) {
      const out = blank(bounds.lower.length);
      out.lower.set(bounds.lower);
      out.upper.set(bounds.upper);
      return { ...out, centre: bounds };
    },
    affine(rows, columns, matrix, x) {
      const out = blank(rows);
      const natural: Pair[] = [];
      for (let i = 0; i < rows; i++) {
        // One row of sums, term by term with outward steps; written out, because a proof has thousands of boxes.
        let cl = 0;
        let ch = 0;
        let rl = 0;
        let rh = 0;
        let e = 0;
        for (let j = 0; j < columns; j++) {
          const w = matrix[i * columns + j];
          if (w === 0) continue;
          const isUp = w > 0;
          cl = below(cl + below(w * (isUp ? x.centre.lower[j] : x.centre.upper[j])));
          ch = above(ch + above(w * (isUp ? x.centre.upper[j] : x.centre.lower[j])));
          rl = below(rl + below(w * (isUp ? x.lower[j] : x.upper[j])));
          rh = above(rh + above(w * (isUp ? x.upper[j] : x.lower[j])));
          e = above(e + above(Math.abs(w) * x.error[j]));
          const from = isUp ? x.by.lower : x.by.upper;
          const to = isUp ? x.by.upper : x.by.lower;
          for (let b = 0, p = i * d, q = j * d; b < d; b++, p++, q++) {
            out.by.lower[p] = below(out.by.lower[p] + below(w * from[q]));
            out.by.upper[p] = above(out.by.upper[p] + above(w * to[q]));
          }
        }
        put(out.centre, i, [cl, ch]);
        out.error[i] = e;
        natural.push([rl, rh]);
      }
      for (let i = 0; i < rows; i++) narrow(out, i, natural[i]);
      return out;
    },
    add: (a, b) => entrywise(a, b, plus, (i) => above(a.error[i] + b.error[i]), plus),
    subtract: (a, b) => entrywise(a, b, minus, (i) => above(a.error[i] + b.error[i]), minus),
    multiply(a, b) {
      // a b = m b + n a - m n + (a - m)(b - n), m and n numbers
      const m = a.error.map((_, i) => middle(range(a, i)));
      const n = b.error.map((_, i) => middle(range(b, i)));
      return entrywise(
        a,
        b,
        (x, y, i) => plus(times([m[i], m[i]], y), times([n[i], n[i]], x)),
        (i) =>
          above(
            above(above(Math.abs(m[i]) * b.error[i]) + above(Math.abs(n[i]) * a.error[i])) +
              above(radius(range(a, i), m[i]) * radius(range(b, i), n[i])),
          ),
        times,
        (i) => minus([0, 0], times([m[i], m[i]], [n[i], n[i]])),
      );
    },
    activate(name, a) {
      const n = a.error.length;
      const out = blank(n);
      for (let i = 0; i < n; i++) {
        const [l, h] = range(a, i);
        // Three points serve every bound below.
        const at = remembered(plainPoint(name));
        const over = (x: Pair) => plainActivation(name, x, at);
        const { value, slope: slopes } = over([l, h]);
        const s = secantSlope(over, l, h, slopes);
        const kinks = plainKinks(name);
        const rest = kinks ? alongPieces(over, l, h, s, kinks) : aroundSecant(over, l, h, s);
        const g = middle(rest);
        put(out.centre, i, plus(times([s, s], entry(a, i)), [g, g]));
        for (let p = i * d; p < (i + 1) * d; p++) put(out.by, p, times([s, s], slope(a, p)));
        out.error[i] = above(above(Math.abs(s) * a.error[i]) + radius(rest, g));
        narrow(out, i, value);
      }
      return out;
    },
    slice: (a, start, end) => ({
      lower: a.lower.subarray(start, end),
      upper: a.upper.subarray(start, end),
      centre: { lower: a.centre.lower.subarray(start, end), upper: a.centre.upper.subarray(start, end) },
      by: { lower: a.by.lower.subarray(start * d, end * d), upper: a.by.upper.subarray(start * d, end * d) },
      error: a.error.subarray(start, end),
    }),
    concatenate(a, b) {
      const join = (x: Vector, y: Vector) => Float64Array.from([...x, ...y]);
      return {
        lower: join(a.lower, b.lower),
        upper: join(a.upper, b.upper),
        centre: { lower: join(a.centre.lower, b.centre.lower), upper: join(a.centre.upper, b.centre.upper) },
        by: { lower: join(a.by.lower, b.by.lower), upper: join(a.by.upper, b.by.upper) },
        error: join(a.error, b.error),
      };
    },
  };
}

type Over = (x: Pair) => Bounds;

/** A function that looks a few points up rather than computing them again. */
function remembered(at: (x: number) => Pair): (x: number) => Pair {
  const points: number[] = [];
  const values: Pair[] = [];
  return (x) => {
    const k = points.indexOf(x);
    if (k >= 0) return values[k];
    const value = at(x);
    points.push(x);
    values.push(value);
    return value;
  };
}

/** The slope of the secant, kept within the slopes there are. Any number would be right. */
function secantSlope(over: Over, l: number, h: number, [least, most]: Pair): number {
  if (!(h > l)) return (least + most) / 2;
  const rise = over([h, h]).value[0] - over([l, l]).value[0];
  return Math.min(Math.max(rise / (h - l), least), most);
}

/** Bounds of `phi(a) - s a` for a in [l, h] where phi is straight between kinks: it is extreme at an end or a kink. */
function alongPieces(over: Over, l: number, h: number, s: number, kinks: readonly number[]): Pair {
  let [least, most]: Pair = [Infinity, -Infinity];
  for (const a of [l, ...kinks.filter((k) => k > l && k < h), h]) {
    const [low, high] = minus(over([a, a]).value, times([s, s], [a, a]));
    least = Math.min(least, low);
    most = Math.max(most, high);
  }
  return [least, most];
}

/** Bounds of `phi(a) - s a` for a in [l, h]: on each half the ends and the slopes are known. */
function aroundSecant(over: Over, l: number, h: number, s: number): Pair {
  const at = (a: number) => minus(over([a, a]).value, times([s, s], [a, a]));
  if (!(h > l)) return at(l);
  const m = l + (h - l) / 2;
  const ends = [at(l), at(m), at(h)];
  const [p, q] = [half(over, l, m, s, ends[0], ends[1]), half(over, m, h, s, ends[1], ends[2])];
  return [Math.min(p[0], q[0]), Math.max(p[1], q[1])];
}

/** A function with known ends and slopes between `least` and `most` stays in a parallelogram. */
function half(over: Over, l: number, h: number, s: number, from: Pair, to: Pair): Pair {
  const [least, most] = minus(over([l, h]).slope, [s, s]);
  const w = above(h - l);
  // Where the two upper lines (and the two lower ones) meet; any place would do.
  const meet = (a: number, b: number, rising: number, falling: number) => {
    const t = (b - a - falling * w) / (rising - falling);
    return t >= 0 && t <= w ? t : w / 2;
  };
  const t = most > least ? meet(from[1], to[1], most, least) : w;
  const r = most > least ? meet(from[0], to[0], least, most) : w;
  const rest = (v: number) => above(w - v);
  return [
    Math.min(
      from[0],
      below(from[0] + below(Math.min(least, 0) * above(r))),
      to[0],
      below(to[0] - above(Math.max(most, 0) * rest(r))),
    ),
    Math.max(
      from[1],
      above(from[1] + above(Math.max(most, 0) * above(t))),
      to[1],
      above(to[1] - below(Math.min(least, 0) * rest(t))),
    ),
  ];
}
