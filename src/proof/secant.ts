import { activation } from "../cells/activation.js";
import type { ActivationName } from "../cells/spec.js";
import { activationBounds } from "./activationBounds.js";
import { exp, tanhCore } from "./elementary.js";
import { down, tiny, up } from "./rounding.js";

/**
 * A line along an activation over `[lower, upper]`: writes `[slope, value, deviation, least, most]` so that
 * `|phi(x) - value - slope (x - c)| <= deviation` and `least <= phi(x) <= most` there, c the number
 * `lower + (upper - lower) / 2`. The slope is about that of the secant, and the deviation about
 * `|phi''| (upper - lower)^2 / 16` where the interval is narrow: four times less than what the range of phi' gives.
 */
export type Secant = (lower: number, upper: number, out: Float64Array) => void;

/** The secant of an activation by name. */
export function secant(name: ActivationName): Secant {
  if (name === "tanh") return tanhSecant();
  return straight.has(name) ? straightSecant(name) : secantFromBounds(name);
}

/** Activations made of straight pieces, which are continuous. */
export const straight: ReadonlySet<ActivationName> = new Set([
  "linear",
  "relu",
  "leaky-relu",
  "clipped-relu",
  "hard-tanh",
  "hard-sigmoid",
]);

/** Straight pieces are furthest from their secant at a kink or an end. */
function straightSecant(name: ActivationName): Secant {
  const { value, kinks } = activation(name);
  // The slope between kinks; hard-sigmoid's 1 / 6 and leaky-relu's 0.01 x are off by an ulp.
  return (lower, upper, out) => {
    const atLower = value(lower);
    const atUpper = value(upper);
    const width = upper - lower;
    const slope = width > 0 ? (atUpper - atLower) / width : 0;
    let high = 0;
    let low = 0;
    for (let k = 0; k < kinks.length; k++) {
      const kink = kinks[k];
      if (kink <= lower || kink >= upper) continue;
      const off = value(kink) - atLower - slope * (kink - lower);
      if (off > high) high = off;
      if (off < low) low = off;
    }
    const size = Math.abs(atLower) + Math.abs(atUpper) + Math.abs(slope) * width;
    out[0] = slope;
    out[1] = atLower + slope * (width / 2) + (high + low) / 2;
    out[2] = (high - low) / 2 + size * 2 ** -48 + tiny;
    out[3] = down(down(atLower));
    out[4] = up(up(atUpper));
  };
}

/**
 * From bounds of phi at both ends and in the middle, and of phi' over both halves: phi lies in the parallelogram
 * that the two values and the range of the slope leave over each half.
 */
function secantFromBounds(name: ActivationName): Secant {
  const bounds = activationBounds(name);
  const at = new Float64Array(4);
  const left = new Float64Array(4);
  const right = new Float64Array(4);
  const span = new Float64Array(2);
  return (lower, upper, out) => {
    const c = lower + (upper - lower) / 2;
    bounds(lower, lower, at);
    const l0 = at[0];
    const l1 = at[1];
    bounds(upper, upper, at);
    const u0 = at[0];
    const u1 = at[1];
    bounds(c, c, at);
    const c0 = at[0];
    const c1 = at[1];
    bounds(lower, c, left);
    bounds(c, upper, right);
    const slope = secantSlope(lower, upper, l0, u0, Math.min(left[2], right[2]), Math.max(left[3], right[3]));
    span[0] = 0;
    span[1] = 0;
    // The left half is walked from the middle outward: its slopes change sign.
    widen(down(slope - left[3]), up(slope - left[2]), up(c - lower), l0, l1, c0, c1, -slope, span);
    widen(down(right[2] - slope), up(right[3] - slope), up(upper - c), u0, u1, c0, c1, slope, span);
    finish(slope, c0, c1, span, Math.min(left[0], right[0]), Math.max(left[1], right[1]), out);
  };
}

/** As {@link secantFromBounds}, with two exponentials: `e^(2 (c +- r)) = e^(2 c) e^(+- 2 r)`. */
function tanhSecant(): Secant {
  const span = new Float64Array(2);
  return (lower, upper, out) => {
    const c = lower + (upper - lower) / 2;
    // A product or quotient of two exponentials is off by 2.3e-15 of itself, times y / (1 + y)^2 <= 1 / 4 and 2, plus
    // the last three operations; and by what the exponents 2 c +- (upper - lower) are off the ends.
    const error = 3e-15 + (Math.abs(c) + (upper - lower)) * 2 ** -52;
    const slack = 4 * error;
    let tl: number;
    let tc: number;
    let tu: number;
    if (lower > -18 && upper < 18) {
      const e = exp(2 * c);
      const f = exp(upper - lower);
      tl = 1 - (2 * f) / (e + f);
      tc = 1 - 2 / (e + 1);
      tu = 1 - 2 / (e * f + 1);
    } else {
      tl = tanh(lower);
      tc = tanh(c);
      tu = tanh(upper);
    }
    const sl = 1 - tl * tl;
    const sc = 1 - tc * tc;
    const su = 1 - tu * tu;
    // tanh' falls with |x|; the slack is more than what the squares are off by.
    const leftLeast = Math.max(Math.min(sl, sc) - slack, 0);
    const leftMost = lower < 0 && c > 0 ? 1 : Math.min(Math.max(sl, sc) + slack, 1);
    const rightLeast = Math.max(Math.min(sc, su) - slack, 0);
    const rightMost = c < 0 && upper > 0 ? 1 : Math.min(Math.max(sc, su) + slack, 1);
    const slope = secantSlope(
      lower,
      upper,
      tl,
      tu,
      Math.min(leftLeast, rightLeast),
      Math.max(leftMost, rightMost),
    );
    span[0] = 0;
    span[1] = 0;
    const c0 = tc - error;
    const c1 = tc + error;
    widen(
      down(slope - leftMost),
      up(slope - leftLeast),
      up(c - lower),
      tl - error,
      tl + error,
      c0,
      c1,
      -slope,
      span,
    );
    widen(
      down(rightLeast - slope),
      up(rightMost - slope),
      up(upper - c),
      tu - error,
      tu + error,
      c0,
      c1,
      slope,
      span,
    );
    finish(slope, c0, c1, span, Math.max(tl - error, -1), Math.min(tu + error, 1), out);
  };
}

/** tanh with an absolute error below 1.5e-15. */
function tanh(x: number): number {
  if (x < 0) return x <= -22 ? -1 : -tanhCore(-x);
  return x >= 22 ? 1 : tanhCore(x);
}

function secantSlope(
  lower: number,
  upper: number,
  atLower: number,
  atUpper: number,
  least: number,
  most: number,
): number {
  const slope = upper > lower ? (atUpper - atLower) / (upper - lower) : least;
  return Math.min(Math.max(slope, least), most);
}

/**
 * Widens `span` by the values of a function g on [0, length] with g(0) = 0, slopes within [p, q], and g(length) the
 * difference of the two values less `slope length`. With p < 0 < q, `g <= max(q s, g(length) - p (length - s))` for
 * every s: s where both are equal is best, and any rounding of s is allowed.
 */
function widen(
  p: number,
  q: number,
  length: number,
  e0: number,
  e1: number,
  c0: number,
  c1: number,
  slope: number,
  span: Float64Array,
) {
  const along = slope * length;
  const slack = (Math.abs(along) + Math.abs(e1) + Math.abs(c1)) * 2 ** -50;
  const most = e1 - c0 - along + slack;
  const least = e0 - c1 - along - slack;
  let high: number;
  let low: number;
  if (p >= 0) {
    high = most;
    low = 0;
  } else if (q <= 0) {
    high = 0;
    low = least;
  } else {
    const s = Math.min(Math.max((most - p * length) / (q - p), 0), length);
    high = Math.max(up(q * s), up(most - down(p * down(length - s))));
    const t = Math.min(Math.max((q * length - least) / (q - p), 0), length);
    low = Math.min(down(p * t), down(least - up(q * up(length - t))));
  }
  if (!(high <= span[1])) span[1] = high;
  if (!(low >= span[0])) span[0] = low;
}

function finish(
  slope: number,
  c0: number,
  c1: number,
  span: Float64Array,
  least: number,
  most: number,
  out: Float64Array,
) {
  const low = c0 + span[0];
  const high = c1 + span[1];
  out[0] = slope;
  out[1] = low + (high - low) / 2;
  out[2] = ((high - low) / 2) * (1 + 2 ** -50) + (Math.abs(low) + Math.abs(high)) * 2 ** -52 + 2 ** -1000;
  out[3] = least;
  out[4] = most;
}
