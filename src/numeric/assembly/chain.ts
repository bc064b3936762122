// Chains of reflections. A chain acts on three rows (or columns) r, r + 1, r + 2, then on r + 1, r + 2, r + 3, and so
// on: as it runs, two of the three stay in registers. Reflection: I - [1, v2, v3]' tau [1, v2, v3]; in memory v2, v3,
// tau. The last of a chain may be a pair, on two rows only.

import { minus, plus } from "./fused";

/** Bytes of one reflection in memory. */
export const reflection: usize = 24;

/**
 * The chain on rows of four columns, from the left: `at` is where the first row meets the first column. What lies in
 * the four columns is changed, whether it belongs to the matrix or to the padding of its rows.
 */
export function reflectFourColumns(at: usize, stride: usize, list: usize, count: i32, pair: bool): void {
  let a0 = v128.load(at);
  let a1 = v128.load(at, 16);
  let b0 = v128.load(at + stride);
  let b1 = v128.load(at + stride, 16);
  let next = at + (stride << 1);
  const full = pair ? count - 1 : count;
  for (let i = 0; i < full; i++, list += reflection) {
    let c0 = v128.load(next);
    let c1 = v128.load(next, 16);
    const v2 = v128.load64_splat(list);
    const v3 = v128.load64_splat(list, 8);
    const tau = v128.load64_splat(list, 16);
    const s0 = f64x2.mul(tau, plus(plus(a0, v2, b0), v3, c0));
    const s1 = f64x2.mul(tau, plus(plus(a1, v2, b1), v3, c1));
    v128.store(at, f64x2.sub(a0, s0));
    v128.store(at, f64x2.sub(a1, s1), 16);
    a0 = minus(b0, v2, s0);
    a1 = minus(b1, v2, s1);
    b0 = minus(c0, v3, s0);
    b1 = minus(c1, v3, s1);
    at += stride;
    next += stride;
  }
  if (pair) {
    const v2 = v128.load64_splat(list);
    const tau = v128.load64_splat(list, 16);
    const s0 = f64x2.mul(tau, plus(a0, v2, b0));
    const s1 = f64x2.mul(tau, plus(a1, v2, b1));
    a0 = f64x2.sub(a0, s0);
    a1 = f64x2.sub(a1, s1);
    b0 = minus(b0, v2, s0);
    b1 = minus(b1, v2, s1);
  }
  v128.store(at, a0);
  v128.store(at, a1, 16);
  v128.store(at + stride, b0);
  v128.store(at + stride, b1, 16);
}

// @ts-ignore: decorator
@inline
function twoRows(at: usize, below: usize): v128 {
  return v128.load64_lane(below, v128.load64_zero(at), 1);
}

// @ts-ignore: decorator
@inline
function putTwoRows(at: usize, below: usize, x: v128): void {
  v128.store64_lane(at, x, 0);
  v128.store64_lane(below, x, 1);
}

/** The chain on columns of four rows, from the right: `at` is where the first row meets the first column. */
export function reflectFourRows(at: usize, stride: usize, list: usize, count: i32, pair: bool): void {
  let p0 = at;
  let p1 = at + stride;
  let p2 = p1 + stride;
  let p3 = p2 + stride;
  let a0 = twoRows(p0, p1);
  let a1 = twoRows(p2, p3);
  let b0 = twoRows(p0 + 8, p1 + 8);
  let b1 = twoRows(p2 + 8, p3 + 8);
  const full = pair ? count - 1 : count;
  for (let i = 0; i < full; i++, list += reflection) {
    const c0 = twoRows(p0 + 16, p1 + 16);
    const c1 = twoRows(p2 + 16, p3 + 16);
    const v2 = v128.load64_splat(list);
    const v3 = v128.load64_splat(list, 8);
    const tau = v128.load64_splat(list, 16);
    const s0 = f64x2.mul(tau, plus(plus(a0, v2, b0), v3, c0));
    const s1 = f64x2.mul(tau, plus(plus(a1, v2, b1), v3, c1));
    putTwoRows(p0, p1, f64x2.sub(a0, s0));
    putTwoRows(p2, p3, f64x2.sub(a1, s1));
    a0 = minus(b0, v2, s0);
    a1 = minus(b1, v2, s1);
    b0 = minus(c0, v3, s0);
    b1 = minus(c1, v3, s1);
    p0 += 8;
    p1 += 8;
    p2 += 8;
    p3 += 8;
  }
  if (pair) {
    const v2 = v128.load64_splat(list);
    const tau = v128.load64_splat(list, 16);
    const s0 = f64x2.mul(tau, plus(a0, v2, b0));
    const s1 = f64x2.mul(tau, plus(a1, v2, b1));
    a0 = f64x2.sub(a0, s0);
    a1 = f64x2.sub(a1, s1);
    b0 = minus(b0, v2, s0);
    b1 = minus(b1, v2, s1);
  }
  putTwoRows(p0, p1, a0);
  putTwoRows(p2, p3, a1);
  putTwoRows(p0 + 8, p1 + 8, b0);
  putTwoRows(p2 + 8, p3 + 8, b1);
}

/** The chain on columns of one row. */
export function reflectRow(at: usize, list: usize, count: i32, pair: bool): void {
  let a = f64.load(at);
  let b = f64.load(at, 8);
  const full = pair ? count - 1 : count;
  for (let i = 0; i < full; i++, list += reflection, at += 8) {
    const c = f64.load(at, 16);
    const v2 = f64.load(list);
    const v3 = f64.load(list, 8);
    const s = f64.load(list, 16) * (a + v2 * b + v3 * c);
    f64.store(at, a - s);
    a = b - v2 * s;
    b = c - v3 * s;
  }
  if (pair) {
    const v2 = f64.load(list);
    const s = f64.load(list, 16) * (a + v2 * b);
    a -= s;
    b -= v2 * s;
  }
  f64.store(at, a);
  f64.store(at, b, 8);
}
