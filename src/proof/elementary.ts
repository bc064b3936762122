import { unitRoundoff } from "./rounding.js";

/**
 * exp, tanh and their kin with proven error bounds. `Math.exp` has none: the language leaves its accuracy to the
 * engine, and that of `2 ** k` too. Here only additions, multiplications and divisions are used, whose rounding is
 * fixed by the standard; each bound counts the rounding of every step and the tail of the series
 * (docs/proof-bounds.md has the sums), and is then enlarged to a whole number of units u = 2^-53.
 */

const ln2High = 0.6931471803691238; // 21 zero bits at its end: k * ln2High is exact for |k| < 2^21
const ln2Low = 1.9082149292705877e-10;
const mostPower = 540;
/** 2^k at `mostPower + k`. */
const powers = /* @__PURE__ */ (() => {
  const p = new Float64Array(2 * mostPower + 1);
  p[mostPower] = 1;
  for (let k = 1; k <= mostPower; k++) {
    p[mostPower + k] = 2 * p[mostPower + k - 1];
    p[mostPower - k] = p[mostPower - k + 1] / 2;
  }
  return p;
})();

/** |exp(x) (computed) - e^x| <= this times e^x, where the result is a normal number. */
export const expError = 3 * unitRoundoff;

/** e^x with relative error below {@link expError}; 0 below -745.2 and Infinity above 709.7. */
export function exp(x: number): number {
  if (x > 709.7) return Infinity;
  if (x < -745.2) return 0;
  const k = Math.round(x * Math.LOG2E);
  const r = x - k * ln2High - k * ln2Low;
  const v = 1 + r * exponentialQuotient(r);
  // Two factors: 2^k alone may underflow or overflow where the result does not.
  const half = k >> 1;
  return v * powers[mostPower + half] * powers[mostPower + k - half];
}

/** `(e^r - 1) / r` for |r| <= 0.3466 by its series; relative error below 1.5 u. */
function exponentialQuotient(r: number): number {
  // Written out: a loop over a table of 1 / n! takes twice as long.
  let p = 1 / 6227020800;
  p = p * r + 1 / 479001600;
  p = p * r + 1 / 39916800;
  p = p * r + 1 / 3628800;
  p = p * r + 1 / 362880;
  p = p * r + 1 / 40320;
  p = p * r + 1 / 5040;
  p = p * r + 1 / 720;
  p = p * r + 1 / 120;
  p = p * r + 1 / 24;
  p = p * r + 1 / 6;
  p = p * r + 1 / 2;
  return p * r + 1;
}

/** Relative error of {@link expm1}. */
export const expm1Error = 6 * unitRoundoff;

/** `e^x - 1` for x <= 44, without cancellation near 0. */
export function expm1(x: number): number {
  if (x < -40) return -1;
  const k = Math.round(x * Math.LOG2E);
  const r = x - k * ln2High - k * ln2Low;
  const q = r * exponentialQuotient(r);
  if (k === 0) return q;
  const p = powers[mostPower + k];
  return p * q + (p - 1);
}

/** Relative error of {@link tanhCore}. */
export const tanhError = 7 * unitRoundoff;

/** tanh x for 0 <= x <= 22: `e / (2 + e)`, `e = e^(2x) - 1`. */
export function tanhCore(x: number): number {
  const e = expm1(x + x);
  return e / (2 + e);
}

/** Relative error of {@link log1p}, where the result is a normal number. */
export const log1pError = 5 * unitRoundoff;

/** `log(1 + y)` for y in [0, 1]: `2 artanh(y / (2 + y))` by its series. */
export function log1p(y: number): number {
  const z = y / (2 + y);
  const t = z * z;
  let p = 1 / 37;
  for (let n = 35; n >= 1; n -= 2) p = p * t + 1 / n;
  return 2 * z * p;
}

const twoOverSqrtPi = 1.1283791670955126;

/** Relative error of {@link erfCore} at x. */
export function erfError(x: number): number {
  return (9 + 6 * x * x) * unitRoundoff;
}

/** erf x for 0 <= x <= 6: `2 / sqrt(pi) e^(-x^2) x (1 + t / 3 (1 + t / 5 (1 + ..)))`, t = 2 x^2: no term is negative. */
export function erfCore(x: number): number {
  const t = 2 * x * x;
  let sum = 1;
  for (let n = Math.ceil(2 * t) + 30; n >= 1; n--) sum = 1 + (sum * t) / (2 * n + 1);
  return twoOverSqrtPi * exp(-x * x) * (x * sum);
}
