import type { ActivationName } from "../cells/spec.js";
import {
  erfCore,
  erfError,
  exp,
  expError,
  expm1,
  expm1Error,
  log1p,
  log1pError,
  tanhCore,
  tanhError,
} from "./elementary.js";
import { down, unitRoundoff, up } from "./rounding.js";

/**
 * Writes bounds of an activation and of its slope over [lower, upper] into `out`:
 * `[phi lower, phi upper, phi' lower, phi' upper]`. The slopes hold every one-sided derivative, and so every quotient
 * `(phi(a) - phi(b)) / (a - b)` within the interval: what a mean-value argument needs, kinks included.
 *
 * An end that is infinite, or NaN, is no bound on its side: what is written then holds for every number beyond, or is
 * NaN. A value is never bounded on a side by an unknown end.
 */
export type ActivationBounds = (lower: number, upper: number, out: Float64Array) => void;

/** The bounds of an activation by name: the best enclosures that monotone pieces allow, a few ulps wide. */
export function activationBounds(name: ActivationName): ActivationBounds {
  return catalogue[name];
}

const belowOne = 1 - unitRoundoff;

/** A lower bound of tanh a for a >= 0, from t = tanhCore(a). */
function tanhLower(a: number, t: number): number {
  if (a >= 22) return belowOne;
  return Math.max(down(t - tanhError * t), 0);
}

/** An upper bound of tanh a for a >= 0, from t = tanhCore(a). */
function tanhUpper(a: number, t: number): number {
  if (a >= 22) return 1;
  return Math.min(up(t + tanhError * t), 1, a);
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
  const tail = Math.max(down(l - log1pError * l), 0);
  return x > 0 ? Math.max(down(x + tail), x) : tail;
}

function softplusUpper(x: number): number {
  const e = Math.min(expUpper(-Math.abs(x)), 1);
  const l = log1p(e);
  const tail = up(l + log1pError * l);
  return x > 0 ? up(x + tail) : tail;
}

/** e^x - 1 is at least x, and negative where x is. */
function eluLower(x: number): number {
  if (x >= 0) return x;
  const v = expm1(x);
  return Math.max(down(v + expm1Error * v), x, -1);
}

function eluUpper(x: number): number {
  if (x >= 0) return x;
  const v = expm1(x);
  return Math.min(up(v - expm1Error * v), 0);
}

function erfLower(x: number): number {
  if (x < 0) return -erfUpper(-x);
  if (x >= 6) return belowOne;
  const v = erfCore(x);
  return Math.max(down(v - erfError(x) * v), 0);
}

function erfUpper(x: number): number {
  if (x < 0) return -erfLower(-x);
  if (x >= 6) return 1;
  const v = erfCore(x);
  return Math.min(up(v + erfError(x) * v), 1);
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
  // Beyond 40 nothing is left to say, and squares would overflow.
  const near = Math.min(lower > 0 ? lower : upper < 0 ? -upper : 0, 40);
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
  const p = Math.min(up(0.5 * up(1 + erfUpper(a))), 1);
  if (x >= 0) return p;
  // P(x) <= e^(-x^2 / 2) / 2: small where 1 + erf is only rounding.
  const b = Math.max(x, -40);
  return Math.min(p, up(0.5 * expUpper(-down(0.5 * down(b * b)))));
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

/** gelu is nowhere below -0.16997121 (at -0.7518), its slope nowhere outside [-0.12890415, 1.12890415] (at -+sqrt 2). */
const geluDeepest = 0.169972;
const geluSteepest = 0.128905;

const flat = [0, 0] as const;
const unit = [1, 1] as const;
const hundredth = [0.009999999999999998, 0.010000000000000002] as const; // 1/100 and the number 0.01
const sixth = [0.16666666666666663, 0.1666666666666667] as const;

function tanhBounds(lower: number, upper: number, out: Float64Array) {
  const a = Math.abs(lower);
  const b = Math.abs(upper);
  const atA = a >= 22 ? 1 : tanhCore(a);
  const atB = lower === upper ? atA : b >= 22 ? 1 : tanhCore(b);
  const lowA = tanhLower(a, atA);
  const highA = tanhUpper(a, atA);
  const lowB = tanhLower(b, atB);
  const highB = tanhUpper(b, atB);
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
    if (lower <= upper && upper < 0) {
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
    out[2] = Math.max(down(least + out[0]), -geluSteepest);
    out[3] = Math.min(up(most + out[1]), 1 + geluSteepest);
    product(lower, upper, least, most, out, 0);
    out[0] = Math.max(out[0], -geluDeepest);
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
