// Eigenvectors of a real Schur form by back substitution: see ../quasiTriangularVectors.ts, whose rules these are.

import { plus } from "./fused";
import { total } from "./vector";

const ulp: f64 = 2.220446049250313e-16;
const smallestDivisor: f64 = 1e-180;
const largestEntry: f64 = 1e100;

/** Two sums of {@link rowSums}. */
let sum0: f64 = 0;
let sum1: f64 = 0;

/**
 * Right eigenvectors of the n x n upper quasi-triangular `t` (rows contiguous) as rows of `out`, which begins as
 * zeros; a conjugate pair as real and imaginary part.
 */
export function triangularVectors(
  n: i32,
  t: usize,
  real: usize,
  imaginary: usize,
  tolerance: f64,
  out: usize,
): void {
  const row = <usize>n << 3;
  for (let j = n - 1; j >= 0; j--) {
    const jj = <usize>j << 3;
    const pair = f64.load(imaginary + jj) != 0;
    if (!pair) {
      f64.store(out + <usize>j * row + jj, 1);
      substitute(n, t, real, imaginary, j, j, tolerance, out + <usize>j * row, 0);
      continue;
    }
    const re = out + <usize>(j - 1) * row;
    const im = re + row;
    const b = f64.load(t + <usize>(j - 1) * row + jj);
    const c = f64.load(t + <usize>j * row + jj - 8);
    const w = abs(f64.load(imaginary + jj));
    if (abs(b) >= abs(c)) {
      f64.store(re + jj - 8, 1);
      f64.store(im + jj, w / b);
    } else {
      f64.store(re + jj - 8, -w / c);
      f64.store(im + jj, 1);
    }
    substitute(n, t, real, imaginary, j - 1, j, tolerance, re, im);
    j--;
  }
}

/** Solves `(T - lambda) x = 0` upwards from the block that begins in `firstRow` and ends in row j; im 0: a real x. */
function substitute(
  n: i32,
  t: usize,
  real: usize,
  imaginary: usize,
  firstRow: i32,
  j: i32,
  tolerance: f64,
  re: usize,
  im: usize,
): void {
  const stride = <usize>n << 3;
  const lambdaRe = f64.load(real + (<usize>j << 3));
  const lambdaIm = abs(f64.load(imaginary + (<usize>j << 3)));
  const floor = max(ulp * (abs(lambdaRe) + lambdaIm), smallestDivisor);
  let size: f64 = 1;
  for (let i = firstRow - 1; i >= 0; i--) {
    const ii = <usize>i << 3;
    const row = t + <usize>i * stride;
    const ownIm = f64.load(imaginary + ii);
    const block = ownIm != 0;
    const gap = abs(f64.load(real + ii) - lambdaRe) + abs(abs(ownIm) - lambdaIm);
    rowSums(row, i + 1, j, re, im);
    const sRe = -sum0;
    const sIm = -sum1;
    let numerator = max(abs(sRe), abs(sIm));
    if (!block) {
      if (gap <= tolerance && numerator <= tolerance * size) continue;
      let d = f64.load(row + ii) - lambdaRe;
      if (abs(d) + lambdaIm < floor) d = floor;
      f64.store(re + ii, divideRe(sRe, sIm, d, -lambdaIm));
      if (im != 0) f64.store(im + ii, divideIm(sRe, sIm, d, -lambdaIm));
      size = rescale(i, i, j, re, im, size);
      continue;
    }
    const above = row - stride;
    rowSums(above, i + 1, j, re, im);
    const rRe = -sum0;
    const rIm = -sum1;
    numerator = max(numerator, max(abs(rRe), abs(rIm)));
    if (!(gap <= tolerance && numerator <= tolerance * size)) {
      solveBlock(above + ii, row + ii, lambdaRe, lambdaIm, floor, rRe, rIm, sRe, sIm, re + ii, im == 0 ? 0 : im + ii);
      size = rescale(i - 1, i, j, re, im, size);
    }
    i--;
  }
}

/** `sum over k in [from, to] of T[row, k] x[k]`, real and imaginary part. */
function rowSums(row: usize, from: i32, to: i32, re: usize, im: usize): void {
  let at = <usize>from << 3;
  const end = <usize>(to + 1) << 3;
  let r0 = f64x2.splat(0);
  let r1 = f64x2.splat(0);
  if (im == 0) {
    for (; at + 32 <= end; at += 32) {
      r0 = plus(r0, v128.load(row + at), v128.load(re + at));
      r1 = plus(r1, v128.load(row + at, 16), v128.load(re + at, 16));
    }
    let sum = total(f64x2.add(r0, r1));
    for (; at < end; at += 8) sum += f64.load(row + at) * f64.load(re + at);
    sum0 = sum;
    sum1 = 0;
    return;
  }
  let i0 = f64x2.splat(0);
  let i1 = f64x2.splat(0);
  for (; at + 32 <= end; at += 32) {
    const a = v128.load(row + at);
    const b = v128.load(row + at, 16);
    r0 = plus(r0, a, v128.load(re + at));
    i0 = plus(i0, a, v128.load(im + at));
    r1 = plus(r1, b, v128.load(re + at, 16));
    i1 = plus(i1, b, v128.load(im + at, 16));
  }
  let re1 = total(f64x2.add(r0, r1));
  let im1 = total(f64x2.add(i0, i1));
  for (; at < end; at += 8) {
    const a = f64.load(row + at);
    re1 += a * f64.load(re + at);
    im1 += a * f64.load(im + at);
  }
  sum0 = re1;
  sum1 = im1;
}

/**
 * The 2 x 2 block whose second diagonal entry is at `below` (`above`: the entry over it): elimination with partial
 * pivoting. First equation [d, b | r], second [c, d | s]; the answer goes to the entries at and before re and im.
 */
function solveBlock(
  above: usize,
  below: usize,
  lambdaRe: f64,
  lambdaIm: f64,
  floor: f64,
  rRe: f64,
  rIm: f64,
  sRe: f64,
  sIm: f64,
  re: usize,
  im: usize,
): void {
  const b = f64.load(above);
  const c = f64.load(below - 8);
  const dRe = f64.load(below) - lambdaRe;
  const dIm = -lambdaIm;
  let x1Re: f64;
  let x1Im: f64;
  let x0Re: f64;
  let x0Im: f64;
  if (abs(dRe) + abs(dIm) >= abs(c)) {
    const lRe = divideRe(c, 0, dRe, dIm);
    const lIm = divideIm(c, 0, dRe, dIm);
    let uRe = dRe - lRe * b;
    const uIm = dIm - lIm * b;
    if (abs(uRe) + abs(uIm) < floor) uRe = floor;
    const yRe = sRe - (lRe * rRe - lIm * rIm);
    const yIm = sIm - (lRe * rIm + lIm * rRe);
    x1Re = divideRe(yRe, yIm, uRe, uIm);
    x1Im = divideIm(yRe, yIm, uRe, uIm);
    const zRe = rRe - b * x1Re;
    const zIm = rIm - b * x1Im;
    x0Re = divideRe(zRe, zIm, dRe, dIm);
    x0Im = divideIm(zRe, zIm, dRe, dIm);
  } else {
    const lRe = dRe / c;
    const lIm = dIm / c;
    let uRe = b - (lRe * dRe - lIm * dIm);
    const uIm = -(lRe * dIm + lIm * dRe);
    if (abs(uRe) + abs(uIm) < floor) uRe = floor;
    const yRe = rRe - (lRe * sRe - lIm * sIm);
    const yIm = rIm - (lRe * sIm + lIm * sRe);
    x1Re = divideRe(yRe, yIm, uRe, uIm);
    x1Im = divideIm(yRe, yIm, uRe, uIm);
    x0Re = (sRe - (dRe * x1Re - dIm * x1Im)) / c;
    x0Im = (sIm - (dRe * x1Im + dIm * x1Re)) / c;
  }
  f64.store(re, x1Re);
  f64.store(re - 8, x0Re);
  if (im == 0) return;
  f64.store(im, x1Im);
  f64.store(im - 8, x0Im);
}

/** The size of the vector so far, after scaling it down if one of the new entries [first, last] has grown too large. */
function rescale(first: i32, last: i32, j: i32, re: usize, im: usize, size: f64): f64 {
  const begin = <usize>first << 3;
  let largest: f64 = 0;
  for (let k = begin; k <= <usize>last << 3; k += 8) {
    largest = max(largest, abs(f64.load(re + k)));
    if (im != 0) largest = max(largest, abs(f64.load(im + k)));
  }
  if (largest <= largestEntry) return max(size, largest);
  const end = <usize>(j + 1) << 3;
  for (let k = begin; k < end; k += 8) {
    f64.store(re + k, f64.load(re + k) / largest);
    if (im != 0) f64.store(im + k, f64.load(im + k) / largest);
  }
  return 1;
}

/** Real part of `(a + i b) / (c + i d)`, without needless overflow (Smith 1962). */
function divideRe(a: f64, b: f64, c: f64, d: f64): f64 {
  if (d == 0) return a / c;
  if (abs(c) >= abs(d)) {
    const r = d / c;
    return (a + b * r) / (c + d * r);
  }
  const r = c / d;
  return (a * r + b) / (c * r + d);
}

/** Imaginary part of `(a + i b) / (c + i d)`. */
function divideIm(a: f64, b: f64, c: f64, d: f64): f64 {
  return divideRe(b, -a, c, d);
}
