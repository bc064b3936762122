/**
 * Outward rounding without rounding modes.
 *
 * Every operation of binary64 returns the exact result times `1 + d`, |d| <= u = 2^-53, plus at most 2^-1075 where it
 * underflows (IEEE 754, round to nearest). Moving a result by `2^-52 |x| + 2^-1070` therefore passes the exact
 * value, and a sum of n products in any order, fused or not, is off by at most `gamma(n) sum |a_i b_i|`
 * (Higham 2002, section 3.1).
 *
 * A bound of Infinity or -Infinity is no bound on its side, NaN is an unknown one: both come of overflow, spread, and
 * pass no comparison that a proof needs. Only additions, products, quotients and numbers that the standard defines
 * exactly are used here: `2 ** n` is left to the engine by the language.
 */

/** Unit roundoff u = 2^-53. */
export const unitRoundoff = Number.EPSILON / 2;
/** 2^-1070: more than any underflow of a few operations loses. */
export const tiny = 16 * Number.MIN_VALUE;

/** A number not below the exact result that was rounded to x. */
export function up(x: number): number {
  return x + (Math.abs(x) * Number.EPSILON + tiny);
}

/** A number not above the exact result that was rounded to x. */
export function down(x: number): number {
  return x - (Math.abs(x) * Number.EPSILON + tiny);
}

/** At least `n u / (1 - n u)`, for n below 2^40. */
export function gamma(n: number): number {
  return (n + 1) * unitRoundoff * (1 + 1 / 1024);
}

/**
 * The factor by which a sum of n products of numbers that are not negative, computed in floating point, has to be
 * enlarged to be an upper bound whatever the order of summation. Add `n tiny` for underflow.
 */
export function inflation(n: number): number {
  return 1 + gamma(2 * n + 8);
}
