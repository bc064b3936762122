// Hyperbolic tangent, logistic function and exponential, two numbers at a time.

import { minus, plus } from "./fused";

const log2e: f64 = 1.4426950408889634074;
/** ln 2 in two parts: the first has enough zeros at its end that small integers times it are exact. */
const ln2High: f64 = 6.93147180369123816490e-1;
const ln2Low: f64 = 1.90821492927058770002e-10;
/** Adding and taking away 1.5 * 2^52 rounds to an integer, which then stands in the lowest bits. */
const rounder: f64 = 6755399441055744.0;

// @ts-ignore: decorator
@inline
function horner(sum: v128, r: v128, next: f64): v128 {
  return plus(f64x2.splat(next), sum, r);
}

/** y / ln 2, rounded: the integer stands in the lowest bits, above those of `rounder`. */
// @ts-ignore: decorator
@inline
function halvings(y: v128): v128 {
  return f64x2.add(f64x2.mul(y, f64x2.splat(log2e)), f64x2.splat(rounder));
}

/** `r = y - k ln 2`, |r| <= 0.35, k as {@link halvings} gives it. */
// @ts-ignore: decorator
@inline
function rest(y: v128, shifted: v128): v128 {
  const k = f64x2.sub(shifted, f64x2.splat(rounder));
  return minus(minus(y, k, f64x2.splat(ln2High)), k, f64x2.splat(ln2Low));
}

/** `A(r) = r coth(r / 2)`, with which `e^r = (A + r) / (A - r)`: its series in r^2 to r^12, the rest 1e-17 of it. */
// @ts-ignore: decorator
@inline
function evenPart(r: v128): v128 {
  const t = f64x2.mul(r, r);
  let a = f64x2.splat(-691.0 / 653837184000.0);
  a = horner(a, t, 1.0 / 23950080.0);
  a = horner(a, t, -1.0 / 604800.0);
  a = horner(a, t, 1.0 / 15120.0);
  a = horner(a, t, -1.0 / 360.0);
  a = horner(a, t, 1.0 / 6.0);
  return horner(a, t, 2.0);
}

/** `e^r - 1` for |r| <= 0.35: Taylor's series to r^13, the rest 1e-17 of it. */
// @ts-ignore: decorator
@inline
function expRest(r: v128): v128 {
  let q = f64x2.splat(1.0 / 6227020800.0);
  q = horner(q, r, 1.0 / 479001600.0);
  q = horner(q, r, 1.0 / 39916800.0);
  q = horner(q, r, 1.0 / 3628800.0);
  q = horner(q, r, 1.0 / 362880.0);
  q = horner(q, r, 1.0 / 40320.0);
  q = horner(q, r, 1.0 / 5040.0);
  q = horner(q, r, 1.0 / 720.0);
  q = horner(q, r, 1.0 / 120.0);
  q = horner(q, r, 1.0 / 24.0);
  q = horner(q, r, 1.0 / 6.0);
  q = horner(q, r, 0.5);
  return plus(r, f64x2.mul(r, r), q);
}

/**
 * `e^y` for any y: `2^k (1 + (e^r - 1))`, 2^k in two factors because k may lie outside the exponents of normal numbers.
 * Above 710 it is infinite, below -746 it is 0. Not a number stays so.
 */
// @ts-ignore: decorator
@inline
function expPair(y: v128): v128 {
  const bounded = f64x2.pmax(f64x2.pmin(y, f64x2.splat(710.0)), f64x2.splat(-746.0));
  const shifted = halvings(bounded);
  const k = i64x2.sub(shifted, f64x2.splat(rounder));
  const half = i64x2.shr_s(k, 1);
  const one = i64x2.splat(0x3ff0000000000000);
  const first = i64x2.add(i64x2.shl(half, 52), one);
  const second = i64x2.add(i64x2.shl(i64x2.sub(k, half), 52), one);
  return f64x2.mul(plus(first, first, expRest(rest(bounded, shifted))), second);
}

/**
 * `tanh |x| = (e^y - 1) / (e^y + 1)`, y = 2 |x|, with `e^y = 2^k (A + r) / (A - r)`: one division in all. Beyond 22 it is
 * 1. The sign is put back.
 */
// @ts-ignore: decorator
@inline
export function tanhPair(x: v128): v128 {
  const size = f64x2.pmin(f64x2.abs(x), f64x2.splat(22.0));
  const y = f64x2.add(size, size);
  const shifted = halvings(y);
  const r = rest(y, shifted);
  const a = evenPart(r);
  const scale = i64x2.add(i64x2.shl(shifted, 52), i64x2.splat(0x3ff0000000000000));
  const up = f64x2.add(scale, f64x2.splat(1.0));
  const down = f64x2.sub(scale, f64x2.splat(1.0));
  const quotient = f64x2.div(plus(f64x2.mul(up, r), down, a), plus(f64x2.mul(down, r), up, a));
  // Rounding may carry it beyond 1.
  const t = f64x2.pmin(quotient, f64x2.splat(1.0));
  return v128.or(t, v128.and(x, f64x2.splat(-0.0)));
}

/** `1 / (1 + e^-|x|)` or, for negative x, `e^-|x| / (1 + e^-|x|)`: only a non-positive number is exponentiated. */
// @ts-ignore: decorator
@inline
function sigmoidPair(x: v128): v128 {
  const y = f64x2.pmax(f64x2.neg(f64x2.abs(x)), f64x2.splat(-746.0));
  const shifted = halvings(y);
  const r = rest(y, shifted);
  const a = evenPart(r);
  // 2^k in two factors: k may lie below the exponents of normal numbers.
  const k = i64x2.sub(shifted, f64x2.splat(rounder));
  const half = i64x2.shr_s(k, 1);
  const one = i64x2.splat(0x3ff0000000000000);
  const first = i64x2.add(i64x2.shl(half, 52), one);
  const second = i64x2.add(i64x2.shl(i64x2.sub(k, half), 52), one);
  const low = f64x2.sub(a, r);
  const high = f64x2.mul(f64x2.add(a, r), first);
  const sum = plus(low, high, second);
  const negative = f64x2.lt(x, f64x2.splat(0.0));
  const t = f64x2.div(v128.bitselect(high, low, negative), sum);
  return v128.bitselect(f64x2.mul(t, second), t, negative);
}

/** `out = tanh(x)`, n numbers, and one more where n is odd; `out` may be `x`. Four pairs share the constants. */
export function tanh(n: i32, x: usize, out: usize): void {
  const end = x + (<usize>n << 3);
  for (; x + 64 <= end; x += 64, out += 64) {
    const a = tanhPair(v128.load(x));
    const b = tanhPair(v128.load(x, 16));
    const c = tanhPair(v128.load(x, 32));
    const d = tanhPair(v128.load(x, 48));
    v128.store(out, a);
    v128.store(out, b, 16);
    v128.store(out, c, 32);
    v128.store(out, d, 48);
  }
  for (; x < end; x += 16, out += 16) v128.store(out, tanhPair(v128.load(x)));
}

/** `out = 1 / (1 + e^-x)`, likewise. */
export function sigmoid(n: i32, x: usize, out: usize): void {
  const end = x + (<usize>n << 3);
  for (; x + 64 <= end; x += 64, out += 64) {
    const a = sigmoidPair(v128.load(x));
    const b = sigmoidPair(v128.load(x, 16));
    const c = sigmoidPair(v128.load(x, 32));
    const d = sigmoidPair(v128.load(x, 48));
    v128.store(out, a);
    v128.store(out, b, 16);
    v128.store(out, c, 32);
    v128.store(out, d, 48);
  }
  for (; x < end; x += 16, out += 16) v128.store(out, sigmoidPair(v128.load(x)));
}

/** `out = e^x`, n numbers, and one more where n is odd; `out` may be `x`. */
export function exp(n: i32, x: usize, out: usize): void {
  const end = x + (<usize>n << 3);
  for (; x < end; x += 16, out += 16) v128.store(out, expPair(v128.load(x)));
}
