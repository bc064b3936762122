/**
 * exp, tanh and their kin with proven error bounds. `Math.exp` has none: the language leaves its accuracy to the
 * engine. Here only additions, multiplications, divisions and powers of two are used, whose rounding is fixed by
 * the standard; each bound counts the rounding of every step and the tail of the series (docs/proof.md has the sums),
 * and is then enlarged to a round number.
 */

const ln2High = 0.6931471803691238; // 21 zero bits at its end: k * ln2High is exact for |k| < 2^21
const ln2Low = 1.9082149292705877e-10;
/** 1 / n! for n = 0..13. */
const inverseFactorial = /* @__PURE__ */ (() => {
  const c = new Float64Array(14);
  let f = 1;
  for (let n = 0; n < 14; n++) {
    c[n] = 1 / f;
    f *= n + 1;
  }
  return c;
})();

/** |exp(x) (computed) - e^x| <= this times e^x, where the result is a normal number. */
export const expError = 1e-15;

/** e^x with relative error below {@link expError}; 0 below -745.2 and Infinity above 709.7 (see {@link expBounds}). */
export function exp(x: number): number {
  if (x > 709.7) return Infinity;
  if (x < -745.2) return 0;
  const k = Math.round(x * Math.LOG2E);
  const r = x - k * ln2High - k * ln2Low;
  const v = 1 + r * exponentialQuotient(r);
  // Two factors: 2^k alone may underflow or overflow where the result does not.
  const half = k >> 1;
  return v * 2 ** half * 2 ** (k - half);
}

/** `(e^r - 1) / r` for |r| <= 0.35 by its series; relative error below 5e-16. */
function exponentialQuotient(r: number): number {
  let p = inverseFactorial[13];
  for (let n = 12; n >= 1; n--) p = p * r + inverseFactorial[n];
  return p;
}

/** |tanh(x) (computed) - tanh x| <= this, and <= this times |tanh x| times 1.5 where |x| <= 0.173. */
export const tanhError = 1e-15;
/** Where {@link tanhCore} changes from one formula to the other. */
export const tanhNear = 0.173;

/** tanh |x| for |x| < 22: relative error 1.5e-15 up to 0.173, absolute error 1e-15 beyond. */
export function tanhCore(size: number): number {
  const y = size + size;
  if (size <= tanhNear) {
    const e = y * exponentialQuotient(y);
    return e / (2 + e);
  }
  return 1 - 2 / (exp(y) + 1);
}

/** `log(1 + y)` for y in [0, 1], relative error below 1.5e-15: `2 artanh(y / (2 + y))` by its series. */
export function log1p(y: number): number {
  const z = y / (2 + y);
  const t = z * z;
  let p = 1 / 37;
  for (let n = 35; n >= 1; n -= 2) p = p * t + 1 / n;
  return 2 * z * p;
}

/** Relative error of {@link log1p}. */
export const log1pError = 1.5e-15;

const twoOverSqrtPi = 1.1283791670955126;
/** Relative error of {@link erfCore}. */
export const erfError = 6e-14;

/** erf x for 0 <= x < 6: `2 / sqrt(pi) e^(-x^2) sum 2^n x^(2n+1) / (2n+1)!!`, all terms positive. */
export function erfCore(x: number): number {
  const t = 2 * x * x;
  let term = x;
  let sum = x;
  for (let n = 1; n < 400 && term > sum * 2 ** -60; n++) {
    term *= t / (2 * n + 1);
    sum += term;
  }
  return twoOverSqrtPi * exp(-x * x) * sum;
}
