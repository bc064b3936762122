// The 1 x 1 and 2 x 2 diagonal blocks of a real Schur form: their standard form, and how two of them change places.

import { rotate, rotateColumns } from "./vector";

export const ulp: f64 = 2.220446049250313e-16;
/** Anything smaller counts as zero: the matrix is scaled to a largest entry near 1 before. */
export const tiny: f64 = 1e-290;

/**
 * A matrix on its way to Schur form: `n` rows, `stride` bytes apart and padded by three zeros at least. `transformed`
 * is the transpose of the matrix that gathers the transformations (0: none; likewise n rows, `transformedStride`
 * apart, `columns` long). `whole`: all of `h` is brought along, else only the active block.
 */
@unmanaged
export class Schur {
  n: i32;
  columns: i32;
  whole: bool;
  h: usize;
  stride: usize;
  transformed: usize;
  transformedStride: usize;
  /** Eigenvalues by row. */
  real: usize;
  imaginary: usize;
  /** Room for reflections, chains, shifts and small matrices; see {@link schurWork}. */
  work: usize;
  scratch: usize;
  /** Sweeps made, and how many may be. */
  sweeps: i32;
  budget: i32;
}

// @ts-ignore: decorator
@inline
export function entry(s: Schur, i: i32, j: i32): usize {
  return s.h + <usize>i * s.stride + (<usize>j << 3);
}

// @ts-ignore: decorator
@inline
function signed(size: f64, sign: f64): f64 {
  return sign < 0 ? -size : size;
}

/**
 * Makes the 2 x 2 block in rows i - 1, i upper triangular (real eigenvalues) or gives it an equal diagonal and
 * off-diagonals of opposite sign (a conjugate pair), by a rotation of the whole matrix (Bai & Demmel 1993).
 */
export function standardise(s: Schur, i: i32): void {
  const p = entry(s, i - 1, i - 1);
  const q = p + s.stride;
  let a = f64.load(p);
  let b = f64.load(p, 8);
  let c = f64.load(q);
  let d = f64.load(q, 8);
  let cosine: f64 = 1;
  let sine: f64 = 0;
  if (c == 0) return;
  if (b == 0) {
    const x = a;
    a = d;
    d = x;
    b = -c;
    c = 0;
    cosine = 0;
    sine = 1;
  } else if (a - d != 0 || b > 0 == c > 0) {
    const difference = a - d;
    const half = difference / 2;
    const larger = max(abs(b), abs(c));
    const smaller = signed(signed(min(abs(b), abs(c)), b), c);
    const scale = max(abs(half), larger);
    const discriminant = (half / scale) * half + (larger / scale) * smaller;
    if (discriminant >= 4 * ulp * scale) {
      const z = half + signed(sqrt(scale) * sqrt(discriminant), half);
      a = d + z;
      d -= (larger / z) * smaller;
      const tau = hypotenuse(c, z);
      cosine = z / tau;
      sine = c / tau;
      b -= c;
      c = 0;
    } else {
      // Conjugate, or real and nearly equal: make the diagonal equal.
      const sum = b + c;
      let tau = hypotenuse(sum, difference);
      cosine = sqrt((1 + abs(sum) / tau) / 2);
      sine = -(half / (tau * cosine)) * signed(1, sum);
      const aa = a * cosine + b * sine;
      const bb = b * cosine - a * sine;
      const cc = c * cosine + d * sine;
      const dd = d * cosine - c * sine;
      a = aa * cosine + cc * sine;
      b = bb * cosine + dd * sine;
      c = cc * cosine - aa * sine;
      d = dd * cosine - bb * sine;
      const mean = (a + d) / 2;
      a = mean;
      d = mean;
      if (c != 0) {
        if (b == 0) {
          b = -c;
          c = 0;
          const x = cosine;
          cosine = -sine;
          sine = x;
        } else if (b > 0 == c > 0) {
          // Same sign: two real eigenvalues after all.
          const rootB = sqrt(abs(b));
          const rootC = sqrt(abs(c));
          const shift = signed(rootB * rootC, c);
          tau = 1 / sqrt(abs(b + c));
          a = mean + shift;
          d = mean - shift;
          b -= c;
          c = 0;
          const c1 = rootB * tau;
          const s1 = rootC * tau;
          const x = cosine * c1 - sine * s1;
          sine = cosine * s1 + sine * c1;
          cosine = x;
        }
      }
    }
  } else return;
  f64.store(p, a);
  f64.store(p, b, 8);
  f64.store(q, c);
  f64.store(q, d, 8);
  if (s.whole) {
    rotate(s.n - i - 1, p + 16, q + 16, cosine, sine);
    rotateColumns(i - 1, s.h + (<usize>(i - 1) << 3), s.stride, cosine, sine);
  }
  if (s.transformed != 0) {
    const row = s.transformed + <usize>(i - 1) * s.transformedStride;
    rotate(s.columns, row, row + s.transformedStride, cosine, sine);
  }
}

function hypotenuse(x: f64, y: f64): f64 {
  const larger = max(abs(x), abs(y));
  if (larger == 0) return 0;
  const ratio = min(abs(x), abs(y)) / larger;
  return larger * sqrt(1 + ratio * ratio);
}

/** Writes down the eigenvalues of the standard blocks in rows [from, to]. */
export function readEigenvalues(s: Schur, from: i32, to: i32): void {
  for (let i = from; i <= to; i++) {
    const d = f64.load(entry(s, i, i));
    f64.store(s.real + (<usize>i << 3), d);
    f64.store(s.imaginary + (<usize>i << 3), 0);
    if (i == to) return;
    const c = f64.load(entry(s, i + 1, i));
    if (c == 0) continue;
    const beat = sqrt(abs(c)) * sqrt(abs(f64.load(entry(s, i, i + 1))));
    f64.store(s.imaginary + (<usize>i << 3), beat);
    f64.store(s.real + (<usize>(i + 1) << 3), f64.load(entry(s, i + 1, i + 1)));
    f64.store(s.imaginary + (<usize>(i + 1) << 3), -beat);
    i++;
  }
}

/**
 * Moves the block that begins in row `from` up to row `to`, past one block at a time. Returns the row where it ended:
 * further down when a swap would have spoiled the eigenvalues, or the block fell apart.
 */
export function moveUp(s: Schur, from: i32, to: i32, work: usize): i32 {
  let here = from;
  while (here > to) {
    const size = here + 1 < s.n && f64.load(entry(s, here + 1, here)) != 0 ? 2 : 1;
    const above = here - 2 >= to && f64.load(entry(s, here - 1, here - 2)) != 0 ? 2 : 1;
    if (!swapBlocks(s, here - above, above, size, work)) return here;
    here -= above;
    if (size == 2 && f64.load(entry(s, here + 1, here)) == 0) return here;
  }
  return here;
}

/**
 * Swaps the neighbouring blocks of p and q rows that begin in row j, by an orthogonal matrix; false, and nothing
 * changed, when that would not leave the lower left corner negligible (Bai & Demmel 1993).
 */
function swapBlocks(s: Schur, j: i32, p: i32, q: i32, work: usize): bool {
  if (p == 1 && q == 1) {
    const at = entry(s, j, j);
    const below = at + s.stride;
    const t11 = f64.load(at);
    const t22 = f64.load(below, 8);
    const x = f64.load(at, 8);
    const y = t22 - t11;
    const size = hypotenuse(x, y);
    if (size == 0) return true;
    const cosine = x / size;
    const sine = y / size;
    rotate(s.n - j - 2, at + 16, below + 16, cosine, sine);
    rotateColumns(j, s.h + (<usize>j << 3), s.stride, cosine, sine);
    f64.store(at, t22);
    f64.store(below, t11, 8);
    const row = s.transformed + <usize>j * s.transformedStride;
    rotate(s.columns, row, row + s.transformedStride, cosine, sine);
    return true;
  }
  const n = p + q;
  const block = work; // n x n, rows 32 bytes apart
  const u = work + 128; // the orthogonal matrix, likewise
  const x = work + 256; // n x q: the right half spans the wanted subspace
  let largest: f64 = 0;
  for (let i = 0; i < n; i++)
    for (let k = 0; k < n; k++) {
      const value = f64.load(entry(s, j + i, j + k));
      f64.store(block + (<usize>(4 * i + k) << 3), value);
      largest = max(largest, abs(value));
    }
  const threshold = max(10 * ulp * largest, tiny);
  sylvester(block, p, q, x, work + 384);
  // Householder reflections on [-X; I] leave its image in the first q coordinates; u gathers them.
  memory.fill(u, 0, 128);
  for (let i = 0; i < n; i++) f64.store(u + (<usize>(5 * i) << 3), 1);
  for (let k = 0; k < q; k++) {
    let square: f64 = 0;
    for (let i = k; i < n; i++) {
      const v = f64.load(x + (<usize>(4 * i + k) << 3));
      square += v * v;
    }
    const alpha = f64.load(x + (<usize>(5 * k) << 3));
    const beta = alpha > 0 ? -sqrt(square) : sqrt(square);
    if (beta == 0) return false;
    const v = work + 384;
    f64.store(v + (<usize>k << 3), 1);
    for (let i = k + 1; i < n; i++)
      f64.store(v + (<usize>i << 3), f64.load(x + (<usize>(4 * i + k) << 3)) / (alpha - beta));
    const tau = (beta - alpha) / beta;
    reflectSmall(x, q, v, k, n, tau);
    reflectSmall(u, n, v, k, n, tau);
  }
  // Now u is Q' (rows are the new basis vectors): what would be left below?
  multiplySmall(u, block, n, x, false);
  multiplySmall(x, u, n, block, true);
  for (let i = q; i < n; i++)
    for (let k = 0; k < q; k++) if (!(abs(f64.load(block + (<usize>(4 * i + k) << 3))) <= threshold)) return false;

  const rows = entry(s, j, j);
  applySmall(u, n, rows, s.stride, s.n - j);
  for (let i = 0; i < j + n; i++) applySmallRow(u, n, entry(s, i, j));
  applySmall(u, n, s.transformed + <usize>j * s.transformedStride, s.transformedStride, s.columns);
  for (let i = q; i < n; i++) for (let k = 0; k < q; k++) f64.store(entry(s, j + i, j + k), 0);
  if (q == 2) standardise(s, j + 1);
  if (p == 2) standardise(s, j + q + 1);
  return true;
}

/** x (n x q, rows 32 bytes apart): [-X; I], where `A X - X B = C` for the blocks [[A, C], [0, B]]. */
function sylvester(block: usize, p: i32, q: i32, x: usize, work: usize): void {
  const n = p * q;
  const m = work; // n x (n + 1), rows 40 bytes apart: the equations for X[i, k] at i * q + k
  const order = work + 160;
  memory.fill(m, 0, 160);
  let largest: f64 = 0;
  for (let i = 0; i < p; i++)
    for (let k = 0; k < q; k++) {
      const row = m + <usize>(i * q + k) * 40;
      for (let l = 0; l < p; l++) add(row + (<usize>(l * q + k) << 3), f64.load(block + (<usize>(4 * i + l) << 3)));
      for (let l = 0; l < q; l++)
        add(row + (<usize>(i * q + l) << 3), -f64.load(block + (<usize>(4 * (p + l) + p + k) << 3)));
      f64.store(row + (<usize>n << 3), f64.load(block + (<usize>(4 * i + p + k) << 3)));
    }
  for (let i = 0; i < n; i++) {
    i32.store(order + (<usize>i << 2), i);
    for (let k = 0; k < n; k++) largest = max(largest, abs(f64.load(m + <usize>i * 40 + (<usize>k << 3))));
  }
  const floor = max(ulp * largest, tiny);
  for (let k = 0; k < n; k++) {
    let pi = k;
    let pk = k;
    let size: f64 = -1;
    for (let i = k; i < n; i++)
      for (let l = k; l < n; l++) {
        const value = abs(f64.load(m + <usize>i * 40 + (<usize>l << 3)));
        if (value > size) {
          size = value;
          pi = i;
          pk = l;
        }
      }
    for (let l = 0; l <= n; l++) exchange(m + <usize>k * 40 + (<usize>l << 3), m + <usize>pi * 40 + (<usize>l << 3));
    for (let i = 0; i < n; i++) exchange(m + <usize>i * 40 + (<usize>k << 3), m + <usize>i * 40 + (<usize>pk << 3));
    const swapped = i32.load(order + (<usize>k << 2));
    i32.store(order + (<usize>k << 2), i32.load(order + (<usize>pk << 2)));
    i32.store(order + (<usize>pk << 2), swapped);
    const pivotAt = m + <usize>k * 40 + (<usize>k << 3);
    if (abs(f64.load(pivotAt)) < floor) f64.store(pivotAt, floor);
    for (let i = k + 1; i < n; i++) {
      const factor = f64.load(m + <usize>i * 40 + (<usize>k << 3)) / f64.load(pivotAt);
      for (let l = k; l <= n; l++)
        add(m + <usize>i * 40 + (<usize>l << 3), -factor * f64.load(m + <usize>k * 40 + (<usize>l << 3)));
    }
  }
  memory.fill(x, 0, 128);
  for (let i = n - 1; i >= 0; i--) {
    let value = f64.load(m + <usize>i * 40 + (<usize>n << 3));
    for (let l = i + 1; l < n; l++)
      value -= f64.load(m + <usize>i * 40 + (<usize>l << 3)) * f64.load(m + <usize>l * 40 + (<usize>n << 3));
    value /= f64.load(m + <usize>i * 40 + (<usize>i << 3));
    f64.store(m + <usize>i * 40 + (<usize>n << 3), value);
    const unknown = i32.load(order + (<usize>i << 2));
    f64.store(x + (<usize>(4 * (unknown / q) + (unknown % q)) << 3), -value);
  }
  for (let k = 0; k < q; k++) f64.store(x + (<usize>(4 * (p + k) + k) << 3), 1);
}

// @ts-ignore: decorator
@inline
function add(at: usize, value: f64): void {
  f64.store(at, f64.load(at) + value);
}

function exchange(one: usize, other: usize): void {
  const x = f64.load(one);
  f64.store(one, f64.load(other));
  f64.store(other, x);
}

/** `x <- (I - tau v v') x` for a matrix of rows 32 bytes apart; v from entry `from` on. */
function reflectSmall(x: usize, columns: i32, v: usize, from: i32, n: i32, tau: f64): void {
  for (let k = 0; k < columns; k++) {
    let sum: f64 = 0;
    for (let i = from; i < n; i++) sum += f64.load(v + (<usize>i << 3)) * f64.load(x + (<usize>(4 * i + k) << 3));
    for (let i = from; i < n; i++) add(x + (<usize>(4 * i + k) << 3), -tau * sum * f64.load(v + (<usize>i << 3)));
  }
}

/** `c = a b`, or `a b'`; rows 32 bytes apart. */
function multiplySmall(a: usize, b: usize, n: i32, c: usize, transpose: bool): void {
  for (let i = 0; i < n; i++)
    for (let k = 0; k < n; k++) {
      let sum: f64 = 0;
      for (let l = 0; l < n; l++)
        sum +=
          f64.load(a + (<usize>(4 * i + l) << 3)) *
          f64.load(b + (<usize>(transpose ? 4 * k + l : 4 * l + k) << 3));
      f64.store(c + (<usize>(4 * i + k) << 3), sum);
    }
}

/** u times n rows of `columns` numbers. */
function applySmall(u: usize, n: i32, at: usize, stride: usize, columns: i32): void {
  const p1 = stride;
  const p2 = stride << 1;
  const p3 = p1 + p2;
  for (let k = 0; k < columns; k++, at += 8) {
    const x0 = f64.load(at);
    const x1 = f64.load(at + p1);
    const x2 = f64.load(at + p2);
    const x3 = n == 4 ? f64.load(at + p3) : 0;
    for (let i = 0; i < n; i++) {
      const row = u + (<usize>i << 5);
      f64.store(
        at + <usize>i * stride,
        f64.load(row) * x0 + f64.load(row, 8) * x1 + f64.load(row, 16) * x2 + f64.load(row, 24) * x3,
      );
    }
  }
}

/** One row of n numbers times u'. */
function applySmallRow(u: usize, n: i32, at: usize): void {
  applySmall(u, n, at, 8, 1);
}
