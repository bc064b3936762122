// C += alpha A B on packed panels (Goto & van de Geijn 2008): a 4 x 4 tile of C stays in accumulators.

import { plus } from "./fused";

/** Rows or columns in one panel; the packed operands are sequences of panels. */
const lines: i32 = 4;

/**
 * Packs `count` lines (rows of A, or columns of B) of `depth` numbers in panels of four, the inner index slowest;
 * missing lines of the last panel are zero. `line` and `inner` are the bytes between lines and along one.
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
  for (; l + lines <= count; l += lines, from += line << 2) {
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

/** C += A B from packed panels; C is m x n with rows `stride` bytes apart; `edge` is scratch of 16 numbers. */
export function multiplyPacked(
  m: i32,
  n: i32,
  depth: i32,
  a: usize,
  b: usize,
  c: usize,
  stride: usize,
  edge: usize,
): void {
  const panel = <usize>depth << 5;
  for (let j = 0; j < n; j += lines, b += panel) {
    let ai = a;
    for (let i = 0; i < m; i += lines, ai += panel) {
      const to = c + <usize>i * stride + (<usize>j << 3);
      if (i + lines <= m && j + lines <= n) {
        tile(depth, ai, b, to, stride);
        continue;
      }
      for (let e: usize = 0; e < 128; e += 16) v128.store(edge + e, f64x2.splat(0));
      tile(depth, ai, b, edge, 32);
      for (let r = 0; r < lines && i + r < m; r++)
        for (let s = 0; s < lines && j + s < n; s++) {
          const at = to + <usize>r * stride + (<usize>s << 3);
          f64.store(at, f64.load(at) + f64.load(edge + (<usize>(lines * r + s) << 3)));
        }
    }
  }
}

// @ts-ignore: decorator
@inline
function tile(depth: i32, a: usize, b: usize, c: usize, stride: usize): void {
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
  addRow(c, c00, c01);
  addRow(c + stride, c10, c11);
  addRow(c + (stride << 1), c20, c21);
  addRow(c + stride * 3, c30, c31);
}

// @ts-ignore: decorator
@inline
function addRow(c: usize, left: v128, right: v128): void {
  v128.store(c, f64x2.add(v128.load(c), left));
  v128.store(c, f64x2.add(v128.load(c, 16), right), 16);
}
