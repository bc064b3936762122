// The hot primitives of FORCE training; see ForceKernel for what each one computes. Arguments are addresses.

import { minus, plus } from "./fused";
import { tanhPair } from "./tanh";

/**
 * Y = A X, A sparse, X and Y with an even number of columns. Columns are served 8, 4 or 2 at a time, each sum in its
 * own accumulator: the order of a sum does not depend on the width.
 */
export function sparseMultiply(
  rows: i32,
  width: i32,
  starts: usize,
  offsets: usize,
  values: usize,
  x: usize,
  y: usize,
): void {
  const row = <usize>width << 3;
  let begin = <usize>load<i32>(starts);
  for (let i = 0; i < rows; i++, y += row) {
    const end = <usize>load<i32>(starts + 4 * <usize>(i + 1));
    const first = offsets + (begin << 2);
    const last = offsets + (end << 2);
    const value = values + (begin << 3);
    begin = end;
    let column: usize = 0;
    for (; column + 64 <= row; column += 64) eight(first, last, value, x + column, y + column);
    for (; column + 32 <= row; column += 32) four(first, last, value, x + column, y + column);
    for (; column < row; column += 16) two(first, last, value, x + column, y + column);
  }
}

// @ts-ignore: decorator
@inline
function eight(first: usize, last: usize, value: usize, x: usize, y: usize): void {
  let s0 = f64x2.splat(0);
  let s1 = f64x2.splat(0);
  let s2 = f64x2.splat(0);
  let s3 = f64x2.splat(0);
  for (let q = first; q < last; q += 4, value += 8) {
    const a = v128.load64_splat(value);
    const at = x + (<usize>load<i32>(q) << 3);
    s0 = plus(s0, a, v128.load(at));
    s1 = plus(s1, a, v128.load(at + 16));
    s2 = plus(s2, a, v128.load(at + 32));
    s3 = plus(s3, a, v128.load(at + 48));
  }
  v128.store(y, s0);
  v128.store(y, s1, 16);
  v128.store(y, s2, 32);
  v128.store(y, s3, 48);
}

// @ts-ignore: decorator
@inline
function four(first: usize, last: usize, value: usize, x: usize, y: usize): void {
  let s0 = f64x2.splat(0);
  let s1 = f64x2.splat(0);
  for (let q = first; q < last; q += 4, value += 8) {
    const a = v128.load64_splat(value);
    const at = x + (<usize>load<i32>(q) << 3);
    s0 = plus(s0, a, v128.load(at));
    s1 = plus(s1, a, v128.load(at + 16));
  }
  v128.store(y, s0);
  v128.store(y, s1, 16);
}

// @ts-ignore: decorator
@inline
function two(first: usize, last: usize, value: usize, x: usize, y: usize): void {
  let s0 = f64x2.splat(0);
  for (let q = first; q < last; q += 4, value += 8)
    s0 = plus(s0, v128.load64_splat(value), v128.load(x + (<usize>load<i32>(q) << 3)));
  v128.store(y, s0);
}

/**
 * One Euler step of one network: `drive = gain * (column of product) + sum_l coefficients[l] * (row l of weights)`,
 * `x <- x + rate (drive - x)`, `r = tanh(x)`, r also into the column of the panel. `drive` is scratch. `stride` is
 * the number of bytes between rows of both panels.
 */
export function advance(
  n: i32,
  stride: usize,
  product: usize,
  gain: f64,
  rows: i32,
  coefficients: usize,
  weights: usize,
  rate: f64,
  drive: usize,
  state: usize,
  rates: usize,
  panel: usize,
): void {
  const bytes = <usize>n << 3;
  const pairs = bytes & ~15;
  for (let i: usize = 0; i < bytes; i += 8, product += stride) f64.store(drive + i, gain * f64.load(product));
  for (let l = 0; l < rows; l++, weights += bytes) {
    const c = f64.load(coefficients + (<usize>l << 3));
    if (c == 0) continue;
    const factor = f64x2.splat(c);
    let i: usize = 0;
    for (; i < pairs; i += 16) v128.store(drive + i, plus(v128.load(drive + i), factor, v128.load(weights + i)));
    if (i < bytes) f64.store(drive + i, f64.load(drive + i) + c * f64.load(weights + i));
  }
  const step = f64x2.splat(rate);
  let i: usize = 0;
  for (; i < pairs; i += 16) {
    let x = v128.load(state + i);
    x = plus(x, step, f64x2.sub(v128.load(drive + i), x));
    v128.store(state + i, x);
    const r = tanhPair(x);
    v128.store(rates + i, r);
    f64.store(panel, f64x2.extract_lane(r, 0));
    f64.store(panel + stride, f64x2.extract_lane(r, 1));
    panel += stride << 1;
  }
  if (i < bytes) {
    let x = f64.load(state + i);
    x += rate * (f64.load(drive + i) - x);
    f64.store(state + i, x);
    const r = f64x2.extract_lane(tanhPair(f64x2.splat(x)), 0);
    f64.store(rates + i, r);
    f64.store(panel, r);
  }
}

/** y = A x, A m x n. */
export function gemv(m: i32, n: i32, a: usize, x: usize, y: usize): void {
  const bytes = <usize>n << 3;
  const fours = bytes & ~31;
  for (let l = 0; l < m; l++, a += bytes, y += 8) {
    let s0 = f64x2.splat(0);
    let s1 = f64x2.splat(0);
    let i: usize = 0;
    for (; i < fours; i += 32) {
      s0 = plus(s0, v128.load(a + i), v128.load(x + i));
      s1 = plus(s1, v128.load(a + i, 16), v128.load(x + i, 16));
    }
    s0 = f64x2.add(s0, s1);
    let sum = f64x2.extract_lane(s0, 0) + f64x2.extract_lane(s0, 1);
    for (; i < bytes; i += 8) sum += f64.load(a + i) * f64.load(x + i);
    f64.store(y, sum);
  }
}

/** P <- P - c k k', then out = P r, P packed as its lower triangle: four rows and two columns at a time. */
export function symmetricStep(n: i32, p: usize, c: f64, k: usize, r: usize, out: usize): void {
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const at = <usize>i << 3;
    let row0 = p;
    let row1 = row0 + at + 8;
    let row2 = row1 + at + 16;
    let row3 = row2 + at + 24;
    p = row3 + at + 32;
    const c0 = f64x2.splat(c * f64.load(k + at));
    const c1 = f64x2.splat(c * f64.load(k + at, 8));
    const c2 = f64x2.splat(c * f64.load(k + at, 16));
    const c3 = f64x2.splat(c * f64.load(k + at, 24));
    const r0 = v128.load64_splat(r + at);
    const r1 = v128.load64_splat(r + at, 8);
    const r2 = v128.load64_splat(r + at, 16);
    const r3 = v128.load64_splat(r + at, 24);
    let s0 = f64x2.splat(0);
    let s1 = f64x2.splat(0);
    let s2 = f64x2.splat(0);
    let s3 = f64x2.splat(0);
    for (let j: usize = 0; j < at; j += 16) {
      const kj = v128.load(k + j);
      const rj = v128.load(r + j);
      const p0 = minus(v128.load(row0), c0, kj);
      const p1 = minus(v128.load(row1), c1, kj);
      v128.store(row0, p0);
      v128.store(row1, p1);
      s0 = plus(s0, p0, rj);
      s1 = plus(s1, p1, rj);
      let o = plus(plus(v128.load(out + j), p0, r0), p1, r1);
      const p2 = minus(v128.load(row2), c2, kj);
      const p3 = minus(v128.load(row3), c3, kj);
      v128.store(row2, p2);
      v128.store(row3, p3);
      s2 = plus(s2, p2, rj);
      s3 = plus(s3, p3, rj);
      o = plus(plus(o, p2, r2), p3, r3);
      v128.store(out + j, o);
      row0 += 16;
      row1 += 16;
      row2 += 16;
      row3 += 16;
    }
    f64.store(out + at, total(s0));
    f64.store(out + at, total(s1), 8);
    f64.store(out + at, total(s2), 16);
    f64.store(out + at, total(s3), 24);
    corner(row0, c, k, r, out, at, 0);
    corner(row1, c, k, r, out, at, 1);
    corner(row2, c, k, r, out, at, 2);
    corner(row3, c, k, r, out, at, 3);
  }
  for (; i < n; i++) {
    const at = <usize>i << 3;
    f64.store(out + at, 0);
    corner(p, c, k, r, out, 0, i);
    p += at + 8;
  }
}

// @ts-ignore: decorator
@inline
function total(pair: v128): f64 {
  return f64x2.extract_lane(pair, 0) + f64x2.extract_lane(pair, 1);
}

/** The entries `first .. first + last` of the row whose diagonal comes last; `at` is where `first` stands in k, r and out. */
function corner(row: usize, c: f64, k: usize, r: usize, out: usize, at: usize, last: i32): void {
  const end = at + (<usize>last << 3);
  const ci = c * f64.load(k + end);
  const ri = f64.load(r + end);
  let sum = f64.load(out + end);
  for (let j = at; j < end; j += 8, row += 8) {
    const a = f64.load(row) - ci * f64.load(k + j);
    f64.store(row, a);
    sum += a * f64.load(r + j);
    f64.store(out + j, f64.load(out + j) + a * ri);
  }
  const a = f64.load(row) - ci * f64.load(k + end);
  f64.store(row, a);
  f64.store(out + end, sum + a * ri);
}
