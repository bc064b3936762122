// The product of packed blocks (see ../gemm.ts): a 4 x 4 tile of it stays in accumulators.

import { plus } from "./fused";

/**
 * Packs `count` lines of `depth` numbers in panels of four, the inner index slowest; missing lines of the last panel
 * are zero. `line` and `inner` are the bytes between lines and along one.
 */
export function pack(
  count: i32,
  depth: i32,
  factor: f64,
  from: usize,
  line: usize,
  inner: usize,
  out: usize,
): void {
  const alpha = f64x2.splat(factor);
  let l = 0;
  for (; l + 4 <= count; l += 4, from += line << 2) {
    let x = from;
    if (line == 8) {
      for (let p = 0; p < depth; p++, x += inner, out += 32) {
        v128.store(out, f64x2.mul(alpha, v128.load(x)));
        v128.store(out, f64x2.mul(alpha, v128.load(x, 16)), 16);
      }
    } else {
      for (let p = 0; p < depth; p++, x += inner, out += 32) {
        const x2 = x + line + line;
        const low = v128.load64_lane(x + line, v128.load64_zero(x), 1);
        const high = v128.load64_lane(x2 + line, v128.load64_zero(x2), 1);
        v128.store(out, f64x2.mul(alpha, low));
        v128.store(out, f64x2.mul(alpha, high), 16);
      }
    }
  }
  if (l == count) return;
  for (let p = 0; p < depth; p++, from += inner, out += 32) {
    v128.store(out, f64x2.splat(0));
    v128.store(out, f64x2.splat(0), 16);
    let x = from;
    for (let r = l; r < count; r++, x += line)
      f64.store(out + (<usize>(r - l) << 3), factor * f64.load(x));
  }
}

/** The product of a panel of A and one of B: put into the 4 x 4 tile of C at `c`, or added to it. */
// @ts-ignore: decorator
@inline
export function tile(depth: i32, a: usize, b: usize, c: usize, stride: usize, add: bool): void {
  let c00 = f64x2.splat(0);
  let c01 = f64x2.splat(0);
  let c10 = f64x2.splat(0);
  let c11 = f64x2.splat(0);
  let c20 = f64x2.splat(0);
  let c21 = f64x2.splat(0);
  let c30 = f64x2.splat(0);
  let c31 = f64x2.splat(0);
  for (let p = 0; p < depth; p++, a += 32, b += 32) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let x = v128.load64_splat(a);
    c00 = plus(c00, x, b0);
    c01 = plus(c01, x, b1);
    x = v128.load64_splat(a, 8);
    c10 = plus(c10, x, b0);
    c11 = plus(c11, x, b1);
    x = v128.load64_splat(a, 16);
    c20 = plus(c20, x, b0);
    c21 = plus(c21, x, b1);
    x = v128.load64_splat(a, 24);
    c30 = plus(c30, x, b0);
    c31 = plus(c31, x, b1);
  }
  storeRow(c, c00, c01, add);
  storeRow(c + stride, c10, c11, add);
  storeRow(c + (stride << 1), c20, c21, add);
  storeRow(c + stride * 3, c30, c31, add);
}

// @ts-ignore: decorator
@inline
function storeRow(c: usize, left: v128, right: v128, add: bool): void {
  v128.store(c, add ? f64x2.add(v128.load(c), left) : left);
  v128.store(c, add ? f64x2.add(v128.load(c, 16), right) : right, 16);
}
