/** `sum + a b`: rounded once where the engine has relaxed SIMD (and the machine fused multiply-add), else twice. */
// @ts-ignore: decorator
@inline
export function plus(sum: v128, a: v128, b: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f64x2.relaxed_madd(a, b, sum);
  return f64x2.add(sum, f64x2.mul(a, b));
}

/** `sum - a b`, likewise. */
// @ts-ignore: decorator
@inline
export function minus(sum: v128, a: v128, b: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f64x2.relaxed_nmadd(a, b, sum);
  return f64x2.sub(sum, f64x2.mul(a, b));
}
