import type { ActivationName } from "../cells/spec.js";
import {
  erfCore,
  erfError,
  exp,
  expError,
  log1p,
  log1pError,
  tanhCore,
  tanhError,
  tanhNear,
} from "./elementary.js";
import { down, up } from "./rounding.js";

/**
 * Writes bounds of an activation and of its slope over [lower, upper] into `out`:
 * `[phi lower, phi upper, phi' lower, phi' upper]`. The slopes hold every one-sided derivative, and so every quotient
 * `(phi(a) - phi(b)) / (a - b)` within the interval: what a mean-value argument needs, kinks included.
 */
export type ActivationBounds = (lower: number, upper: number, out: Float64Array) => void;

/** The bounds of an activation by name: the best enclosures that monotone pieces allow, a few ulps wide. */
export function activationBounds(name: ActivationName): ActivationBounds {
  return catalogue[name];
}

const belowOne = 1 - 2 ** -53;

/** A lower bound of tanh a for a >= 0. */
function tanhLower(a: number): number {
  if (a >= 22) return belowOne;
  const t = tanhCore(a);
  return Math.max(down(a <= tanhNear ? t - 1.5 * tanhError * t : t - tanhError), 0);
}

/** An upper bound of tanh a for a >= 0. */
function tanhUpper(a: number): number {
  if (a >= 22) return 1;
  const t = tanhCore(a);
  return Math.min(up(a <= tanhNear ? t + 1.5 * tanhError * t : t + tanhError), 1, a);
}

/** Bounds of e^x. */
export function expLower(x: number): number {
  if (x > 709.7) return 1.6e308;
  const v = exp(x);
  return Math.max(down(v - expError * v), 0);
}

/** Bounds of e^x. */
export function expUpper(x: number): number {
  if (x > 709.7) return Infinity;
  const v = exp(x);
  return up(v + expError * v);
}

function sigmoidLower(x: number): number {
  if (x >= 0) return Math.max(down(1 / up(1 + expUpper(-x))), 0.5);
  const e = expLower(x);
  return Math.max(down(e / up(1 + e)), 0);
}

function sigmoidUpper(x: number): number {
  if (x >= 0) return Math.min(up(1 / down(1 + expLower(-x))), 1);
  const e = expUpper(x);
  return Math.min(up(e / down(1 + e)), 0.5);
}

/** s (1 - s) is even in x and falls with |x|. */
function sigmoidSlope(lower: number, upper: number, out: Float64Array) {
  const far = sigmoidLower(-Math.max(Math.abs(lower), Math.abs(upper)));
  const near = lower > 0 ? -lower : upper < 0 ? upper : 0;
  const s = sigmoidUpper(near);
  out[2] = Math.max(down(far * down(1 - far)), 0);
  out[3] = Math.min(up(s * up(1 - s)), 0.25);
}

function softplusLower(x: number): number {
  const e = Math.min(expLower(-Math.abs(x)), 1);
  const l = log1p(e);
  return down(Math.max(x, 0) + down(l - log1pError * l));
}

function softplusUpper(x: number): number {
  const e = Math.min(expUpper(-Math.abs(x)), 1);
  const l = log1p(e);
  return up(Math.max(x, 0) + up(l + log1pError * l));
}

function eluLower(x: number): number {
  return x >= 0 ? x : Math.max(down(expLower(x) - 1), -1);
}

function eluUpper(x: number): number {
  return x >= 0 ? x : Math.min(up(expUpper(x) - 1), 0);
}

function erfLower(x: number): number {
  if (x < 0) return -erfUpper(-x);
  if (x >= 6) return belowOne;
  const v = erfCore(x);
  return Math.max(down(v - erfError * v), 0);
}

function erfUpper(x: number): number {
  if (x < 0) return -erfLower(-x);
  if (x >= 6) return 1;
  const v = erfCore(x);
  return Math.min(up(v + erfError * v), 1);
}

const twoOverSqrtPi = [1.128379167095512, 1.128379167095513];
const inverseSqrt2 = [0.7071067811865474, 0.7071067811865477];
const inverseSqrt2Pi = [0.3989422804014326, 0.3989422804014329];

/** `scale e^(-rate x^2)`: even, falling with |x|; bounds over [lower, upper] into out[at], out[at + 1]. */
function bell(
  lower: number,
  upper: number,
  rate: number,
  scale: readonly number[],
  out: Float64Array,
  at: number,
) {
  const far = Math.max(Math.abs(lower), Math.abs(upper));
  const near = lower > 0 ? lower : upper < 0 ? -upper : 0;
  out[at] = Math.max(down(scale[0] * expLower(-up(rate * up(far * far)))), 0);
  out[at + 1] = up(scale[1] * Math.min(expUpper(-Math.max(down(rate * down(near * near)), 0)), 1));
}

/** Normal distribution function, bounds at one point. */
function normalLower(x: number): number {
  const a = x >= 0 ? down(x * inverseSqrt2[0]) : down(x * inverseSqrt2[1]);
  return Math.max(down(0.5 * down(1 + erfLower(a))), 0);
}

function normalUpper(x: number): number {
  const a = x >= 0 ? up(x * inverseSqrt2[1]) : up(x * inverseSqrt2[0]);
  return Math.min(up(0.5 * up(1 + erfUpper(a))), 1);
}

/** Products of two intervals, rounded outward, into out[at], out[at + 1]. */
function product(a: number, b: number, c: number, d: number, out: Float64Array, at: number) {
  const p = a * c;
  const q = a * d;
  const r = b * c;
  const s = b * d;
  out[at] = down(Math.min(p, q, r, s));
  out[at + 1] = up(Math.max(p, q, r, s));
}

/** A function made of straight pieces between kinks: slopes[i] left of kinks[i], the last one beyond. */
function pieces(
  value: (a: number) => number,
  kinks: readonly number[],
  slopes: readonly (readonly [number, number])[],
  exact: boolean,
): ActivationBounds {
  return (lower, upper, out) => {
    const low = value(lower);
    const high = value(upper);
    out[0] = exact ? low : down(low);
    out[1] = exact ? high : up(high);
    let least = Infinity;
    let most = -Infinity;
    for (let i = 0; i < slopes.length; i++) {
      // Piece i is (kinks[i - 1], kinks[i]); its closure counts, as a one-sided derivative does.
      if ((i > 0 && upper < kinks[i - 1]) || (i < kinks.length && lower > kinks[i])) continue;
      least = Math.min(least, slopes[i][0]);
      most = Math.max(most, slopes[i][1]);
    }
    out[2] = least;
    out[3] = most;
  };
}

const flat = [0, 0] as const;
const unit = [1, 1] as const;
const hundredth = [0.01, 0.01] as const;
const sixth = [0.16666666666666663, 0.1666666666666667] as const;

function tanhBounds(lower: number, upper: number, out: Float64Array) {
  const a = Math.abs(lower);
  const b = Math.abs(upper);
  const lowA = tanhLower(a);
  const highA = tanhUpper(a);
  const lowB = lower === upper ? lowA : tanhLower(b);
  const highB = lower === upper ? highA : tanhUpper(b);
  out[0] = lower < 0 ? -highA : lowA;
  out[1] = upper < 0 ? -lowB : highB;
  const far = Math.max(highA, highB);
  const near = lower > 0 ? lowA : upper < 0 ? lowB : 0;
  out[2] = Math.max(down(1 - up(far * far)), 0);
  out[3] = Math.min(up(1 - down(near * near)), 1);
}

const hardSigmoidPieces = pieces(
  (a) => Math.min(Math.max((a + 3) / 6, 0), 1),
  [-3, 3],
  [flat, sixth, flat],
  false,
);

const catalogue: Readonly<Record<ActivationName, ActivationBounds>> = {
  tanh: tanhBounds,
  retanh(lower, upper, out) {
    if (upper < 0) {
      out.fill(0, 0, 4);
      return;
    }
    tanhBounds(Math.max(lower, 0), upper, out);
    if (lower <= 0) out[2] = 0;
  },
  sigmoid(lower, upper, out) {
    out[0] = sigmoidLower(lower);
    out[1] = sigmoidUpper(upper);
    sigmoidSlope(lower, upper, out);
  },
  softplus(lower, upper, out) {
    out[0] = softplusLower(lower);
    out[1] = softplusUpper(upper);
    out[2] = sigmoidLower(lower);
    out[3] = sigmoidUpper(upper);
  },
  elu(lower, upper, out) {
    out[0] = eluLower(lower);
    out[1] = eluUpper(upper);
    out[2] = lower >= 0 ? 1 : Math.min(expLower(lower), 1);
    out[3] = upper >= 0 ? 1 : Math.min(expUpper(upper), 1);
  },
  erf(lower, upper, out) {
    out[0] = erfLower(lower);
    out[1] = erfUpper(upper);
    bell(lower, upper, 1, twoOverSqrtPi, out, 2);
  },
  gelu(lower, upper, out) {
    // x P(x); slope P(x) + x p(x), P and p the normal distribution function and density.
    bell(lower, upper, 0.5, inverseSqrt2Pi, out, 2);
    const least = normalLower(lower);
    const most = normalUpper(upper);
    product(lower, upper, out[2], out[3], out, 0);
    out[2] = down(least + out[0]);
    out[3] = up(most + out[1]);
    product(lower, upper, least, most, out, 0);
  },
  linear: pieces((a) => a, [], [unit], true),
  relu: pieces((a) => Math.max(a, 0), [0], [flat, unit], true),
  "leaky-relu": pieces((a) => (a > 0 ? a : 0.01 * a), [0], [hundredth, unit], false),
  "clipped-relu": pieces((a) => Math.min(Math.max(a, 0), 1), [0, 1], [flat, unit, flat], true),
  "hard-tanh": pieces((a) => Math.min(Math.max(a, -1), 1), [-1, 1], [flat, unit, flat], true),
  "hard-sigmoid"(lower, upper, out) {
    hardSigmoidPieces(lower, upper, out);
    out[0] = Math.max(down(out[0]), 0);
    out[1] = Math.min(up(out[1]), 1);
  },
};
