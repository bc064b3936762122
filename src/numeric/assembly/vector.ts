// The few loops over one or two stretches of numbers. Counts are of numbers, everything else is an address.

import { plus } from "./fused";

// @ts-ignore: decorator
@inline
export function total(pair: v128): f64 {
  return f64x2.extract_lane(pair, 0) + f64x2.extract_lane(pair, 1);
}

/** `x . y` */
export function dot(n: i32, x: usize, y: usize): f64 {
  let s0 = f64x2.splat(0);
  let s1 = f64x2.splat(0);
  const bytes = <usize>n << 3;
  const fours = bytes & ~31;
  let i: usize = 0;
  for (; i < fours; i += 32) {
    s0 = plus(s0, v128.load(x + i), v128.load(y + i));
    s1 = plus(s1, v128.load(x + i, 16), v128.load(y + i, 16));
  }
  let sum = total(f64x2.add(s0, s1));
  for (; i < bytes; i += 8) sum += f64.load(x + i) * f64.load(y + i);
  return sum;
}

/** `y += c x` */
export function addMultiple(n: i32, c: f64, x: usize, y: usize): void {
  const factor = f64x2.splat(c);
  const bytes = <usize>n << 3;
  const fours = bytes & ~31;
  let i: usize = 0;
  for (; i < fours; i += 32) {
    v128.store(y + i, plus(v128.load(y + i), factor, v128.load(x + i)));
    v128.store(y + i, plus(v128.load(y + i, 16), factor, v128.load(x + i, 16)), 16);
  }
  for (; i < bytes; i += 8) f64.store(y + i, f64.load(y + i) + c * f64.load(x + i));
}

/** `y_r = (row r of A) . x` for `rows` rows of n numbers, `stride` bytes apart: four rows share the loads of x. */
export function rowProducts(rows: i32, n: i32, a: usize, stride: usize, x: usize, y: usize): void {
  const bytes = <usize>n << 3;
  const twos = bytes & ~15;
  let r = 0;
  for (; r + 4 <= rows; r += 4, a += stride << 2, y += 32) {
    const a1 = a + stride;
    const a2 = a1 + stride;
    const a3 = a2 + stride;
    let s0 = f64x2.splat(0);
    let s1 = f64x2.splat(0);
    let s2 = f64x2.splat(0);
    let s3 = f64x2.splat(0);
    let i: usize = 0;
    for (; i < twos; i += 16) {
      const xi = v128.load(x + i);
      s0 = plus(s0, v128.load(a + i), xi);
      s1 = plus(s1, v128.load(a1 + i), xi);
      s2 = plus(s2, v128.load(a2 + i), xi);
      s3 = plus(s3, v128.load(a3 + i), xi);
    }
    let t0 = total(s0);
    let t1 = total(s1);
    let t2 = total(s2);
    let t3 = total(s3);
    if (i < bytes) {
      const xi = f64.load(x + i);
      t0 += f64.load(a + i) * xi;
      t1 += f64.load(a1 + i) * xi;
      t2 += f64.load(a2 + i) * xi;
      t3 += f64.load(a3 + i) * xi;
    }
    f64.store(y, t0);
    f64.store(y, t1, 8);
    f64.store(y, t2, 16);
    f64.store(y, t3, 24);
  }
  for (; r < rows; r++, a += stride, y += 8) f64.store(y, dot(n, a, x));
}

/** `(x, y) <- (c x + s y, c y - s x)` for two stretches of n numbers. */
export function rotate(n: i32, x: usize, y: usize, c: f64, s: f64): void {
  const cc = f64x2.splat(c);
  const ss = f64x2.splat(s);
  const bytes = <usize>n << 3;
  const twos = bytes & ~15;
  let i: usize = 0;
  for (; i < twos; i += 16) {
    const a = v128.load(x + i);
    const b = v128.load(y + i);
    v128.store(x + i, f64x2.add(f64x2.mul(cc, a), f64x2.mul(ss, b)));
    v128.store(y + i, f64x2.sub(f64x2.mul(cc, b), f64x2.mul(ss, a)));
  }
  if (i < bytes) {
    const a = f64.load(x + i);
    const b = f64.load(y + i);
    f64.store(x + i, c * a + s * b);
    f64.store(y + i, c * b - s * a);
  }
}

/** The same for two columns next to each other in `rows` rows, `stride` bytes apart. */
export function rotateColumns(rows: i32, at: usize, stride: usize, c: f64, s: f64): void {
  for (let r = 0; r < rows; r++, at += stride) {
    const a = f64.load(at);
    const b = f64.load(at, 8);
    f64.store(at, c * a + s * b);
    f64.store(at, c * b - s * a, 8);
  }
}

/** Whether all n numbers are finite: 0 times anything else is not 0. */
export function isFinite(n: i32, x: usize): bool {
  const zero = f64x2.splat(0);
  let s0 = zero;
  let s1 = zero;
  for (; n >= 4; n -= 4, x += 32) {
    s0 = f64x2.add(s0, f64x2.mul(zero, v128.load(x)));
    s1 = f64x2.add(s1, f64x2.mul(zero, v128.load(x, 16)));
  }
  let sum = total(f64x2.add(s0, s1));
  for (; n > 0; n--, x += 8) sum += 0 * f64.load(x);
  return sum == 0;
}
