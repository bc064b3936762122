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

/** `e^r - 1` for r = y - k ln 2, |r| <= 0.35, k as {@link halvings} gives it: Taylor's series to r^13, the rest 1e-17 of it. */
// @ts-ignore: decorator
@inline
function expRest(y: v128, shifted: v128): v128 {
  const k = f64x2.sub(shifted, f64x2.splat(rounder));
  const r = minus(minus(y, k, f64x2.splat(ln2High)), k, f64x2.splat(ln2Low));
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

/** `e^y - 1` for y in [0, 44]: `2^k (e^r - 1) + (2^k - 1)`. Not a number stays so. */
// @ts-ignore: decorator
@inline
function expMinusOnePair(y: v128): v128 {
  const shifted = halvings(y);
  const scale = i64x2.add(i64x2.shl(shifted, 52), i64x2.splat(0x3ff0000000000000));
  return plus(f64x2.sub(scale, f64x2.splat(1.0)), scale, expRest(y, shifted));
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
  return f64x2.mul(plus(first, first, expRest(bounded, shifted)), second);
}

/** `tanh |x| = e / (e + 2)`, `e = e^(2 |x|) - 1`; beyond 22 it is 1. The sign is put back. */
// @ts-ignore: decorator
@inline
export function tanhPair(x: v128): v128 {
  const size = f64x2.pmin(f64x2.abs(x), f64x2.splat(22.0));
  const e = expMinusOnePair(f64x2.add(size, size));
  const t = f64x2.div(e, f64x2.add(e, f64x2.splat(2.0)));
  return v128.or(t, v128.and(x, f64x2.splat(-0.0)));
}

/** `1 / (1 + e^-|x|)` or, for negative x, `e^-|x| / (1 + e^-|x|)`: only a non-positive number is exponentiated. */
// @ts-ignore: decorator
@inline
function sigmoidPair(x: v128): v128 {
  const one = f64x2.splat(1.0);
  const e = expPair(f64x2.neg(f64x2.abs(x)));
  const above = f64x2.div(one, f64x2.add(one, e));
  const below = f64x2.div(e, f64x2.add(one, e));
  return v128.bitselect(below, above, f64x2.lt(x, f64x2.splat(0.0)));
}

/** `out = tanh(x)`, n numbers; `out` may be `x`. */
export function tanh(n: i32, x: usize, out: usize): void {
  const pairs = x + (<usize>(n >> 1) << 4);
  for (; x < pairs; x += 16, out += 16) v128.store(out, tanhPair(v128.load(x)));
  if (n & 1) f64.store(out, f64x2.extract_lane(tanhPair(v128.load64_zero(x)), 0));
}

/** `out = 1 / (1 + e^-x)`, n numbers, and one more where n is odd; `out` may be `x`. */
export function sigmoid(n: i32, x: usize, out: usize): void {
  const end = x + (<usize>n << 3);
  for (; x < end; x += 16, out += 16) v128.store(out, sigmoidPair(v128.load(x)));
}

/** `out = e^x`, n numbers, and one more where n is odd; `out` may be `x`. */
export function exp(n: i32, x: usize, out: usize): void {
  const end = x + (<usize>n << 3);
  for (; x < end; x += 16, out += 16) v128.store(out, expPair(v128.load(x)));
}
