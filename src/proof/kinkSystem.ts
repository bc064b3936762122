import { activation } from "../cells/activation.js";
import type { ActivationName, CellSpec } from "../cells/spec.js";
import type { Vector } from "../core/system.js";
import { defaultKernel } from "../numeric/defaultKernel.js";
import type { Algebra } from "./algebra.js";
import { type Differentiated, dense, derivativeAlgebra } from "./derivativeAlgebra.js";
import { advance, dimensionOf, timeOf } from "./equation.js";
import { centreRadius } from "./intervalAlgebra.js";
import { type IntervalMatrix, productBounds, shiftEntry } from "./intervalMatrix.js";
import { approximateInverse } from "./inverse.js";
import { gamma, inflation, tiny } from "./rounding.js";
import { regionPieces } from "./searchRegions.js";
import { type Secant, secant } from "./secant.js";

/**
 * The fixed-point equation of a piecewise-linear network with the arguments of its activations as unknowns beside the
 * state: `L z + K phi(a) + c = 0` with z = (x, a), x of length D, a of length S. The first S rows say what the arguments
 * are, the last D that F^k(x) = x.
 */
export interface KinkSystem {
  readonly dimension: number;
  readonly names: readonly ActivationName[];
  /** (S + D) x (D + S). */
  readonly linear: IntervalMatrix;
  /** (S + D) x S. */
  readonly rates: IntervalMatrix;
  /** S + D. */
  readonly constant: IntervalMatrix;
}

/** The system of F^k, the input held; undefined for a network that is not piecewise linear or has more than `most` arguments. */
export function kinkSystem(
  spec: CellSpec,
  input: Vector,
  period: number,
  most: number,
): KinkSystem | undefined {
  const s = regionPieces(spec, input, period)?.length ?? Infinity;
  if (s > most) return undefined;
  const d = dimensionOf(spec);
  const width = d + s;
  const names: ActivationName[] = [];
  const args: Differentiated[] = [];
  const units = (offset: number, n: number): Differentiated => ({
    box: { lower: new Float64Array(n), upper: new Float64Array(n) },
    by: { kind: "diagonal", offset, centre: new Float64Array(n).fill(1), radius: new Float64Array(n) },
  });
  const algebra: Algebra<Differentiated> = {
    ...derivativeAlgebra(width),
    activate(name, a) {
      const n = a.box.lower.length;
      const from = d + names.length;
      for (let i = 0; i < n; i++) names.push(name);
      args.push(a);
      return units(from, n);
    },
  };
  const u = { box: { lower: input, upper: input } };
  let x = units(0, d);
  for (let k = 0; k < period; k++) x = advance(spec, algebra, x, u);

  const linear = { centre: new Float64Array(width * width), radius: new Float64Array(width * width) };
  const rates = { centre: new Float64Array(width * s), radius: new Float64Array(width * s) };
  const constant = { centre: new Float64Array(width), radius: new Float64Array(width) };
  const put = (part: Differentiated, from: number, sign: 1 | -1) => {
    const rows = part.box.lower.length;
    const by = dense(part.by, width, rows);
    const at = centreRadius(part.box);
    for (let i = 0; i < rows; i++) {
      const row = from + i;
      constant.centre[row] = sign * at.centre[i];
      constant.radius[row] = at.radius[i];
      for (let j = 0; j < width; j++) {
        const [to, p] = j < d ? [linear, row * width + j] : [rates, row * s + j - d];
        to.centre[p] = sign * by.centre[i * width + j];
        to.radius[p] = by.radius[i * width + j];
      }
    }
  };
  let row = 0;
  for (const arg of args) {
    put(arg, row, -1);
    for (let i = 0; i < arg.box.lower.length; i++, row++) linear.centre[row * width + d + row] = 1;
  }
  put(x, s, 1);
  if (timeOf(spec) === "discrete") for (let i = 0; i < d; i++) shiftEntry(linear, (s + i) * width + i, -1, 0);
  return { dimension: d, names, linear, rates, constant };
}

/** Ranges of the arguments. */
export interface Ranges {
  readonly lower: Vector;
  readonly upper: Vector;
}

/** Where the solutions with arguments in given ranges are: `z = at +- within`, and what each argument's kink costs. */
export interface Enclosed {
  readonly at: Vector;
  readonly within: Vector;
  /** S: how much of all widths is due to this activation not being one line. */
  readonly blame: Vector;
}

/**
 * Encloses all solutions whose arguments lie in the ranges: every activation is a line `t a + p`, give or take e; then
 * `(L + K T) z = -(c + K p + K e)`, and with an approximate inverse Y and `q = |I - Y M| < 1/2` the solutions lie within
 * `f + (row of q) max f / (1 - q)` of any z0, `f = |Y (M z0 + c + K p)| + |Y K| e`. Deviations stay apart until Y has
 * acted on them. `far`: the constants are multiplied by any number in [0, far], see `KinksProof`. Undefined where M may be
 * singular. O((S + D)^3).
 */
export function encloser({ dimension: d, names, linear, rates, constant }: KinkSystem) {
  const s = names.length;
  const n = d + s;
  const lines = new Map<ActivationName, Secant>();
  for (const name of names) if (!lines.has(name)) lines.set(name, lineOf(name));
  const along = names.map((name) => lines.get(name)!);
  const line = new Float64Array(3);
  const grow = inflation(2 * n + 8) * (1 + 2 ** -40);
  const round = gamma(2 * n + 8);

  return ({ lower, upper }: Ranges, far?: number): Enclosed | undefined => {
    const error = new Float64Array(s);
    const v = constant.centre.slice();
    const slack = constant.radius.slice();
    const size = new Float64Array(n);
    if (far !== undefined)
      for (let i = 0; i < n; i++) {
        v[i] *= far / 2;
        slack[i] *= far;
      }
    for (let i = 0; i < n; i++) size[i] = Math.abs(v[i]);
    const m = { centre: linear.centre.slice(), radius: linear.radius.slice() };
    for (let j = 0; j < s; j++) {
      if (far !== undefined && isBounded(names[j])) flat(names[j], far, line);
      else along[j](lower[j], upper[j], line);
      const [t, p, e] = line;
      error[j] = e;
      for (let i = 0, k = j, q = d + j; i < n; i++, k += s, q += n) {
        const w = rates.centre[k];
        const r = rates.radius[k];
        if (w === 0 && r === 0) continue;
        m.centre[q] += w * t;
        m.radius[q] += r * Math.abs(t) + (Math.abs(w * t) + Math.abs(m.centre[q])) * 2 ** -52 + tiny;
        v[i] += w * p;
        size[i] += Math.abs(w * p);
        slack[i] += r * (Math.abs(p) + e);
      }
    }
    const inverse = approximateInverse(n, m.centre);
    if (!inverse) return undefined;
    const defect = productBounds(n, n, n, inverse, m);
    for (let i = 0; i < n; i++) shiftEntry(defect, i * n + i, -1, 0);
    const at = new Float64Array(n);
    for (let i = 0, p = 0; i < n; i++) for (let j = 0; j < n; j++, p++) at[i] -= inverse[p] * v[j];
    // |M at + v|, with all roundings and radii
    const rest = new Float64Array(n);
    for (let i = 0, p = 0; i < n; i++) {
      let sum = v[i];
      let around = size[i];
      let loose = slack[i];
      for (let j = 0; j < n; j++, p++) {
        const term = m.centre[p] * at[j];
        sum += term;
        around += Math.abs(term);
        loose += m.radius[p] * Math.abs(at[j]);
      }
      rest[i] = (Math.abs(sum) + loose + around * round) * grow + tiny * n;
    }
    const shares = new Float64Array(n * s);
    defaultKernel.gemm(false, false, n, s, n, 1, inverse, rates.centre, 0, shares);
    const within = new Float64Array(n);
    const rows = new Float64Array(n);
    const blame = new Float64Array(s);
    let worst = 0;
    let most = 0;
    for (let i = 0; i < n; i++) {
      let f = 0;
      let q = 0;
      let scaled = 0;
      let absolute = 0;
      for (let j = 0, p = i * n; j < n; j++, p++) {
        f += Math.abs(inverse[p]) * rest[j];
        q += Math.abs(defect.centre[p]) + defect.radius[p];
        if (far === undefined) continue;
        scaled += inverse[p] * constant.centre[j];
        absolute += Math.abs(inverse[p] * constant.centre[j]);
      }
      if (far !== undefined) f += (far / 2) * (Math.abs(scaled) + absolute * round);
      for (let j = 0, p = i * s; j < s; j++, p++) {
        if (error[j] === 0) continue;
        const share = Math.abs(shares[p]) * error[j];
        f += share;
        if (i >= d && share > 0) blame[j] += Math.min(1, share / (upper[i - d] - lower[i - d] + tiny));
      }
      within[i] = f;
      rows[i] = q * grow;
      worst = Math.max(worst, f);
      most = Math.max(most, rows[i]);
    }
    if (!(most < 0.5)) return undefined;
    // What rounding took from Y K: |Y| |K| e gamma
    const loss = new Float64Array(n);
    for (let i = 0, p = 0; i < n; i++)
      for (let j = 0; j < s; j++, p++) loss[i] += Math.abs(rates.centre[p]) * error[j];
    for (let i = 0, p = 0; i < n; i++) {
      let sum = 0;
      for (let j = 0; j < n; j++, p++) sum += Math.abs(inverse[p]) * loss[j];
      within[i] = (within[i] + sum * round) * grow + tiny * n;
      worst = Math.max(worst, within[i]);
    }
    for (let i = 0; i < n; i++)
      within[i] = (within[i] + (rows[i] * worst) / (1 - most)) * grow + Math.abs(at[i]) * 2 ** -50 + tiny;
    return within.every(Number.isFinite) ? { at, within, blame } : undefined;
  };
}

/** Whether an activation has bounds; those of straight pieces that have none are homogeneous: `phi(r a) = r phi(a)`, r > 0. */
export function isBounded(name: ActivationName): boolean {
  return activation(name).range.every(Number.isFinite);
}

/** All values of `r phi(a / r)`, r in (0, far], of a bounded activation: [t, p, e] of a flat line. */
function flat(name: ActivationName, far: number, out: Float64Array) {
  const [least, most] = activation(name).range;
  const low = Math.min(least, 0);
  const high = Math.max(most, 0);
  out[0] = 0;
  out[1] = (far * (low + high)) / 2;
  out[2] = ((far * (high - low)) / 2) * (1 + 2 ** -40);
}

/** `t a + p`, give or take e, as [t, p, e] over a range that may have no end where the activation is bounded. */
function lineOf(name: ActivationName): Secant {
  if (name === "linear")
    return (_lower, _upper, out) => {
      out[0] = 1;
      out[1] = 0;
      out[2] = 0;
    };
  const { range, value } = activation(name);
  const over = secant(name);
  const whole = new Float64Array(5);
  return (lower, upper, out) => {
    if (Number.isFinite(lower) && Number.isFinite(upper)) {
      over(lower, upper, whole);
      const [slope, at, deviation] = whole;
      const centre = lower + (upper - lower) / 2;
      out[0] = slope;
      out[1] = at - slope * centre;
      out[2] = deviation + (Math.abs(at) + Math.abs(slope * centre)) * 2 ** -50 + tiny;
      return;
    }
    const from = lower === -Infinity ? range[0] : value(lower);
    const to = upper === Infinity ? range[1] : value(upper);
    out[0] = 0;
    out[1] = from + (to - from) / 2;
    out[2] = ((to - from) / 2) * (1 + 2 ** -40) + 2 ** -40;
  };
}
