import { activation } from "../cells/activation.js";
import type { Interval } from "../cells/interval.js";
import type { ActivationName, CellSpec } from "../cells/spec.js";
import type { Vector } from "../core/system.js";
import { activationBounds } from "./activationBounds.js";
import type { Algebra } from "./algebra.js";
import { type Differentiated, dense, derivativeAlgebra, scaledBy, variable } from "./derivativeAlgebra.js";
import { advance, dimensionOf, timeOf } from "./equation.js";
import type { FoundPoints } from "./foundPoints.js";
import { centreRadius, intervalAlgebra } from "./intervalAlgebra.js";
import { type IntervalMatrix, normBound, productBounds, shiftEntry } from "./intervalMatrix.js";
import { approximateInverse } from "./inverse.js";
import { inflation, up } from "./rounding.js";
import { straight } from "./secant.js";
import { margin } from "./zeroWithin.js";

/** What a walk through all linear regions leaves; `verdicts` as in `RegionsProof`. */
export interface RegionSearch {
  readonly pieces: readonly number[];
  readonly verdicts: number[];
  /** Numbers of the regions that are not decided. */
  readonly left: number[];
  /** Regions whose equation is singular: they may hold a continuum of fixed points. */
  readonly singular: number;
}

/** One activation of one unit at one step: its pieces from the left. */
interface Slot {
  readonly pieces: readonly Piece[];
}

/** `phi(a) = slope a + offset` for a in [from, to]. */
interface Piece {
  readonly from: number;
  readonly to: number;
  readonly slope: readonly [number, number];
  readonly offset: readonly [number, number];
}

/** The numbers of pieces of all activations of F^k in order, or undefined for a network that is not piecewise linear. */
export function regionPieces(spec: CellSpec, input: Vector, period: number): number[] | undefined {
  return slotsOf(spec, input, period)?.map(({ pieces }) => pieces.length);
}

/**
 * Solves the linear system of every region of a piecewise-linear network, with bounds of the solution, and sees
 * whether it lies in its region. O(D^3) per region, whose number is the product of `regionPieces`.
 */
export function searchRegions(
  spec: CellSpec,
  input: Vector,
  period: number,
  found: FoundPoints,
): RegionSearch {
  const slots = slotsOf(spec, input, period)!;
  const pieces = slots.map((slot) => slot.pieces.length);
  const count = pieces.reduce((product, n) => product * n, 1);
  const digits = new Int32Array(slots.length);
  const verdicts: number[] = [];
  const left: number[] = [];
  let singular = 0;
  for (let region = 0; region < count; region++) {
    const chosen = slots.map((slot, i) => slot.pieces[digits[i]]);
    const verdict = judge(spec, input, period, chosen, found);
    if (verdict === "singular") singular++;
    const code = verdict === "singular" ? -2 : verdict;
    if (code === -2) left.push(region);
    verdicts.push(code);
    for (let i = 0; i < digits.length && ++digits[i] === pieces[i]; i++) digits[i] = 0;
  }
  return { pieces, verdicts, left, singular };
}

function slotsOf(spec: CellSpec, input: Vector, period: number): Slot[] | undefined {
  const slots: Slot[] = [];
  let isStraight = true;
  const counting: Algebra<Interval> = {
    ...intervalAlgebra,
    activate(name, a) {
      if (!straight.has(name)) isStraight = false;
      else for (let i = 0; i < a.lower.length; i++) slots.push({ pieces: piecesOf(name) });
      return a;
    },
  };
  const d = dimensionOf(spec);
  let x: Interval = { lower: new Float64Array(d), upper: new Float64Array(d) };
  for (let k = 0; k < period; k++) x = advance(spec, counting, x, { lower: input, upper: input });
  return isStraight ? slots : undefined;
}

function piecesOf(name: ActivationName): Piece[] {
  const kinks = activation(name).kinks;
  const out = new Float64Array(4);
  return Array.from({ length: kinks.length + 1 }, (_, i) => {
    const from = i === 0 ? -Infinity : kinks[i - 1];
    const to = i === kinks.length ? Infinity : kinks[i];
    const inside =
      i === 0 ? (kinks.length > 0 ? to - 1 : 0) : i === kinks.length ? from + 1 : (from + to) / 2;
    activationBounds(name)(inside, inside, out);
    const [least, most, low, high] = out;
    const at = { lower: Float64Array.of(inside), upper: Float64Array.of(inside) };
    const slope = { lower: Float64Array.of(low), upper: Float64Array.of(high) };
    const value = { lower: Float64Array.of(least), upper: Float64Array.of(most) };
    // Exact where the slope is 0 or 1: no rounding is let in.
    if (low === high && (low === 0 || inside === 0))
      return { from, to, slope: [low, high] as const, offset: [least, most] as const };
    if (low === 1 && high === 1 && least === inside)
      return { from, to, slope: [1, 1] as const, offset: [0, 0] as const };
    const offset = intervalAlgebra.subtract(value, intervalAlgebra.multiply(slope, at));
    return { from, to, slope: [low, high] as const, offset: [offset.lower[0], offset.upper[0]] as const };
  });
}

/** An argument of an activation as a function of the state: its value at 0 and its derivative. */
interface Argument {
  readonly at: Interval;
  readonly by: IntervalMatrix;
}

function judge(
  spec: CellSpec,
  input: Vector,
  period: number,
  chosen: readonly Piece[],
  found: FoundPoints,
): number | "singular" {
  const d = dimensionOf(spec);
  const args: Argument[] = [];
  let slot = 0;
  const plain = derivativeAlgebra(d);
  const linear: Algebra<Differentiated> = {
    ...plain,
    activate(_name, a) {
      const n = a.box.lower.length;
      args.push({ at: a.box, by: dense(a.by, d, n) });
      const part = chosen.slice(slot, slot + n);
      slot += n;
      const slope = {
        lower: Float64Array.from(part, (p) => p.slope[0]),
        upper: Float64Array.from(part, (p) => p.slope[1]),
      };
      const offset = {
        lower: Float64Array.from(part, (p) => p.offset[0]),
        upper: Float64Array.from(part, (p) => p.offset[1]),
      };
      const box = intervalAlgebra.add(intervalAlgebra.multiply(slope, a.box), offset);
      return scaledBy(slope, a, d, box);
    },
  };
  const u = { box: { lower: input, upper: input } };
  let x = variable({ lower: new Float64Array(d), upper: new Float64Array(d) });
  for (let k = 0; k < period; k++) x = advance(spec, linear, x, u);
  const by = dense(x.by, d, d);
  if (timeOf(spec) === "discrete") for (let i = 0; i < d; i++) shiftEntry(by, i * d + i, -1, 0);

  const solution = solve(d, by, x.box);
  if (!solution) return "singular";
  let i = 0;
  for (const arg of args) {
    const value = intervalAlgebra.add(arg.at, times(arg.by, solution));
    for (let j = 0; j < value.lower.length; j++, i++) {
      const { from, to } = chosen[i];
      const slack = margin * (1e-3 + Math.abs(value.lower[j]) + Math.abs(value.upper[j]));
      if (value.lower[j] > to + slack || value.upper[j] < from - slack) return -1;
    }
  }
  let ball = found.holding(solution);
  if (ball < 0) {
    const { centre } = centreRadius(solution);
    found.add(centre);
    ball = found.holding(solution);
  }
  return ball >= 0 ? -3 - ball : -2;
}

/** A box that holds the solution of `M x + v = 0` for all members; undefined where M may be singular. */
function solve(d: number, m: IntervalMatrix, v: Interval): Interval | undefined {
  const inverse = approximateInverse(d, m.centre);
  if (!inverse) return undefined;
  const defect = productBounds(d, d, d, inverse, m);
  for (let i = 0; i < d; i++) shiftEntry(defect, i * d + i, -1, 0);
  const q = normBound(d, d, defect);
  if (!(q < 0.5)) return undefined;
  const guess = new Float64Array(d);
  const { centre } = centreRadius(v);
  for (let i = 0, p = 0; i < d; i++) for (let j = 0; j < d; j++, p++) guess[i] -= inverse[p] * centre[j];
  const exact = { lower: guess, upper: guess };
  const rest = intervalAlgebra.affine(d, d, inverse, intervalAlgebra.add(times(m, exact), v));
  let far = 0;
  for (let i = 0; i < d; i++) far = Math.max(far, Math.abs(rest.lower[i]), Math.abs(rest.upper[i]));
  const radius = up(up(far / (1 - q)) * (1 + 2 ** -40));
  if (!Number.isFinite(radius)) return undefined;
  return { lower: guess.map((c) => -up(radius - c)), upper: guess.map((c) => up(c + radius)) };
}

/** `M x`, M known within bounds. */
function times({ centre, radius }: IntervalMatrix, x: Interval): Interval {
  const columns = x.lower.length;
  const rows = centre.length / columns;
  const exact = intervalAlgebra.affine(rows, columns, centre, x);
  const grow = inflation(2 * columns);
  for (let i = 0, p = 0; i < rows; i++) {
    let width = 0;
    for (let j = 0; j < columns; j++, p++)
      width += radius[p] * Math.max(Math.abs(x.lower[j]), Math.abs(x.upper[j]));
    exact.lower[i] = -up(up(width * grow) - exact.lower[i]);
    exact.upper[i] = up(exact.upper[i] + up(width * grow));
  }
  return exact;
}
