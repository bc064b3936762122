// Small-bulge multishift QR sweeps (Braman, Byers & Mathias 2002): a chain of bulges, three rows apart, is chased down
// the diagonal window by window. Inside a window the entries that the next reflection needs are updated at once; all
// the rest gets the window's reflections together, four rows or columns at a time, while they are in registers.

import { entry, Schur, ulp } from "./blocks";
import { reflectFourColumns, reflectFourRows, reflection, reflectRow } from "./chain";

/** Most bulges of one sweep. */
export const mostBulges = 32;
/** Rows of the widest window. */
export const widestWindow = 6 * mostBulges + 32;

/** Memory of a sweep: four shifts' parts per bulge, then where each bulge stands, then the reflections. */
const shiftBytes: usize = mostBulges * 32;
const placeBytes: usize = mostBulges * 16;
const listBytes: usize = (widestWindow + 2) * reflection;
export const sweepBytes: usize = shiftBytes + placeBytes + mostBulges * listBytes;

// @ts-ignore: decorator
@inline
function place(work: usize, bulge: i32, field: usize): usize {
  return work + shiftBytes + (<usize>bulge << 4) + field;
}
/** Fields of a place: the next position, the first of this window, and how many in this window. */
const next: usize = 0;
const first: usize = 4;
const made: usize = 8;

/** Where the shifts of a bulge go: real, imaginary, real, imaginary. */
// @ts-ignore: decorator
@inline
export function shiftsOf(work: usize, bulge: i32): usize {
  return work + (<usize>bulge << 5);
}

/**
 * One sweep with `bulges` pairs of shifts over the active block [top, bottom] (three rows at least), from row `start`
 * (top, unless two subdiagonals in a row are small). A reflection at position k acts on rows k + 1 to k + 3 and
 * clears column k; position start - 1 brings a bulge in.
 */
export function sweep(s: Schur, top: i32, bottom: i32, start: i32, bulges: i32): void {
  const work = s.work;
  const last = bottom - 2;
  const width = 3 * bulges + max(24, 3 * bulges);
  const end = s.whole ? s.n : bottom + 1;
  const rowsAbove = s.whole ? 0 : top;
  for (let b = 0; b < bulges; b++) i32.store(place(work, b, next), start - 1);
  for (;;) {
    const tail = i32.load(place(work, bulges - 1, next));
    if (tail > last) return;
    const from = max(start, tail);
    const to = min(bottom, from + width - 1);
    for (let b = 0; b < bulges; b++) {
      let target = to == bottom ? last : to - 4;
      if (b > 0) {
        const ahead = i32.load(place(work, b - 1, next));
        if (ahead <= last) target = min(target, ahead - 4);
      }
      const begin = i32.load(place(work, b, next));
      const count = max(0, target - begin + 1);
      i32.store(place(work, b, first), begin);
      i32.store(place(work, b, made), count);
      if (count == 0) continue;
      chase(s, top, bottom, start, from, to, begin, target, shiftsOf(work, b), listOf(work, b));
      i32.store(place(work, b, next), target + 1);
    }
    for (let column = to + 1; column < end; column += 4)
      for (let b = 0; b < bulges; b++) {
        const count = i32.load(place(work, b, made));
        const k = i32.load(place(work, b, first));
        if (count > 0)
          reflectFourColumns(entry(s, k + 1, column), s.stride, listOf(work, b), count, k + count > last);
      }
    let row = rowsAbove;
    for (; row + 4 <= from; row += 4)
      for (let b = 0; b < bulges; b++) {
        const count = i32.load(place(work, b, made));
        const k = i32.load(place(work, b, first));
        if (count > 0) reflectFourRows(entry(s, row, k + 1), s.stride, listOf(work, b), count, k + count > last);
      }
    for (; row < from; row++)
      for (let b = 0; b < bulges; b++) {
        const count = i32.load(place(work, b, made));
        const k = i32.load(place(work, b, first));
        if (count > 0) reflectRow(entry(s, row, k + 1), listOf(work, b), count, k + count > last);
      }
    if (s.transformed != 0)
      for (let column = 0; column < s.columns; column += 4)
        for (let b = 0; b < bulges; b++) {
          const count = i32.load(place(work, b, made));
          const k = i32.load(place(work, b, first));
          if (count == 0) continue;
          const at = s.transformed + <usize>(k + 1) * s.transformedStride + (<usize>column << 3);
          reflectFourColumns(at, s.transformedStride, listOf(work, b), count, k + count > last);
        }
  }
}

// @ts-ignore: decorator
@inline
function listOf(work: usize, bulge: i32): usize {
  return work + shiftBytes + placeBytes + <usize>bulge * listBytes;
}

/** One bulge through positions [begin, target] of the window [from, to]; its reflections go to `list`. */
function chase(
  s: Schur,
  top: i32,
  bottom: i32,
  start: i32,
  from: i32,
  to: i32,
  begin: i32,
  target: i32,
  shifts: usize,
  list: usize,
): void {
  const last = bottom - 2;
  for (let k = begin; k <= target; k++) {
    const pair = k == last;
    const out = list + <usize>(k - begin) * reflection;
    const row0 = entry(s, k + 1, 0);
    const row1 = row0 + s.stride;
    const row2 = row1 + s.stride;
    const column = <usize>k << 3;
    if (k < start) {
      firstColumn(s, start, shifts, out);
      const tau = reflect(f64.load(out), f64.load(out, 8), f64.load(out, 16), out);
      if (start > top) {
        const at = entry(s, start, start - 1);
        f64.store(at, f64.load(at) * (1 - tau));
      }
    } else {
      const x = f64.load(row0 + column);
      const y = f64.load(row1 + column);
      const z = pair ? 0 : f64.load(row2 + column);
      reflect(x, y, z, out);
      f64.store(row0 + column, reflected);
      f64.store(row1 + column, 0);
      if (!pair) f64.store(row2 + column, 0);
    }
    const v2 = f64.load(out);
    const v3 = f64.load(out, 8);
    const tau = f64.load(out, 16);
    if (tau == 0) continue;
    // From the left, the columns of the window.
    const t2 = tau * v2;
    const t3 = tau * v3;
    const across = to - k;
    let j = <usize>(k + 1) << 3;
    const stop = j + (<usize>across << 3);
    if (pair) {
      for (; j < stop; j += 8) {
        const x = f64.load(row0 + j);
        const y = f64.load(row1 + j);
        const sum = x + v2 * y;
        f64.store(row0 + j, x - sum * tau);
        f64.store(row1 + j, y - sum * t2);
      }
    } else {
      const a2 = f64x2.splat(v2);
      const a3 = f64x2.splat(v3);
      const at = f64x2.splat(tau);
      for (; j + 16 <= stop; j += 16) {
        const x = v128.load(row0 + j);
        const y = v128.load(row1 + j);
        const z = v128.load(row2 + j);
        const sum = f64x2.mul(at, f64x2.add(f64x2.add(x, f64x2.mul(a2, y)), f64x2.mul(a3, z)));
        v128.store(row0 + j, f64x2.sub(x, sum));
        v128.store(row1 + j, f64x2.sub(y, f64x2.mul(a2, sum)));
        v128.store(row2 + j, f64x2.sub(z, f64x2.mul(a3, sum)));
      }
      if (j < stop) {
        const x = f64.load(row0 + j);
        const y = f64.load(row1 + j);
        const z = f64.load(row2 + j);
        const sum = x + v2 * y + v3 * z;
        f64.store(row0 + j, x - sum * tau);
        f64.store(row1 + j, y - sum * t2);
        f64.store(row2 + j, z - sum * t3);
      }
    }
    // From the right, the rows of the group of four that row k + 1 is in, and those below.
    const lowest = min(k + 4, bottom);
    for (let i = from + ((k + 1 - from) & ~3); i <= lowest; i++) {
      const at = entry(s, i, k + 1);
      const x = f64.load(at);
      const y = f64.load(at, 8);
      if (pair) {
        const sum = x + v2 * y;
        f64.store(at, x - sum * tau);
        f64.store(at, y - sum * t2, 8);
        continue;
      }
      const z = f64.load(at, 16);
      const sum = x + v2 * y + v3 * z;
      f64.store(at, x - sum * tau);
      f64.store(at, y - sum * t2, 8);
      f64.store(at, z - sum * t3, 16);
    }
  }
  // The groups of rows that were left behind.
  for (let row = from; row + 3 <= target; row += 4) {
    const k = max(begin, row + 3);
    const at = entry(s, row, k + 1);
    reflectFourRows(at, s.stride, list + <usize>(k - begin) * reflection, target - k + 1, target == last);
  }
}

/** What {@link reflect} makes of the first number. */
let reflected: f64 = 0;

/** The Householder reflection of (x, y, z) onto its first entry, written to `out`; returns tau. */
function reflect(x: f64, y: f64, z: f64, out: usize): f64 {
  reflected = x;
  f64.store(out, 0);
  f64.store(out, 0, 8);
  f64.store(out, 0, 16);
  if (y == 0 && z == 0) return 0;
  const scale = abs(x) + abs(y) + abs(z);
  const xs = x / scale;
  const ys = y / scale;
  const zs = z / scale;
  const norm = sqrt(xs * xs + ys * ys + zs * zs);
  const beta = xs > 0 ? -norm : norm;
  const pivot = xs - beta;
  const tau = -pivot / beta;
  f64.store(out, ys / pivot);
  f64.store(out, zs / pivot, 8);
  f64.store(out, tau, 16);
  reflected = beta * scale;
  return tau;
}

/** The first column of `(H - r1)(H - r2)` of the block that begins in row m, scaled, to `out`. */
export function firstColumn(s: Schur, m: i32, shifts: usize, out: usize): void {
  const r1 = f64.load(shifts);
  const i1 = f64.load(shifts, 8);
  const r2 = f64.load(shifts, 16);
  const i2 = f64.load(shifts, 24);
  const at = entry(s, m, m);
  const h11 = f64.load(at);
  const h22 = f64.load(at + s.stride, 8);
  const below = f64.load(at + s.stride);
  let size = abs(h11 - r2) + abs(i2) + abs(below);
  if (size == 0) size = 1;
  const b = below / size;
  const x = b * f64.load(at, 8) + (h11 - r1) * ((h11 - r2) / size) - i1 * (i2 / size);
  const y = b * (h11 + h22 - r1 - r2);
  const z = b * f64.load(at + (s.stride << 1), 8);
  size = abs(x) + abs(y) + abs(z);
  if (size == 0) size = 1;
  f64.store(out, x / size);
  f64.store(out, y / size, 8);
  f64.store(out, z / size, 16);
}

/** Two subdiagonals whose product is larger than this share of their neighbours' are not small. */
const worthATest: f64 = 1e-10;

/** The row where a sweep may start: two small subdiagonals in a row let it start late. */
export function startOfSweep(s: Schur, top: i32, bottom: i32, shifts: usize, scratch: usize): i32 {
  for (let m = bottom - 2; m > top; m--) {
    const at = entry(s, m, m);
    const neighbours = abs(f64.load(at - s.stride - 8)) + abs(f64.load(at)) + abs(f64.load(at + s.stride, 8));
    if (abs(f64.load(at - 8)) * abs(f64.load(at + s.stride)) > worthATest * neighbours * neighbours) continue;
    firstColumn(s, m, shifts, scratch);
    const spill = abs(f64.load(at - 8)) * (abs(f64.load(scratch, 8)) + abs(f64.load(scratch, 16)));
    if (spill <= ulp * abs(f64.load(scratch)) * neighbours) return m;
  }
  return top;
}
