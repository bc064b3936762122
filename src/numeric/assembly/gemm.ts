// The product of packed blocks (see ../gemm.ts): a 4 x 4 tile of it stays in accumulators.

import { plus } from "./fused";

/** C = A B, row-major; A of panels of four rows, B of panels of four columns, the inner index slowest in both. */
export function multiplyPacked(
  rowPanels: i32,
  columnPanels: i32,
  depth: i32,
  a: usize,
  b: usize,
  c: usize,
): void {
  const panel = <usize>depth << 5;
  const stride = <usize>columnPanels << 5;
  for (let j = 0; j < columnPanels; j++, b += panel) {
    let ai = a;
    let to = c + (<usize>j << 5);
    for (let i = 0; i < rowPanels; i++, ai += panel, to += stride << 2) tile(depth, ai, b, to, stride);
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
  storeRow(c, c00, c01);
  storeRow(c + stride, c10, c11);
  storeRow(c + (stride << 1), c20, c21);
  storeRow(c + stride * 3, c30, c31);
}

// @ts-ignore: decorator
@inline
function storeRow(c: usize, left: v128, right: v128): void {
  v128.store(c, left);
  v128.store(c, right, 16);
}
