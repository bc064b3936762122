// Real Schur form of an upper Hessenberg matrix: multishift QR with aggressive early deflation for large active blocks
// (Braman, Byers & Mathias 2002), Francis's double shift (1961) for small ones.

import { entry, moveUp, readEigenvalues, Schur, standardise, tiny, ulp } from "./blocks";
import { hessenberg } from "./hessenberg";
import { multiplyAdd, productScratch } from "./product";
import { mostBulges, shiftsOf, startOfSweep, sweep, sweepBytes } from "./sweep";
import { addMultiple, dot } from "./vector";

/** Active blocks up to this size are left to the double shift. */
const smallBlock = 48;
/** Rows of the largest deflation window. */
const largestWindow = 96;
/** Rows of such a window are this many bytes apart. */
const windowStride: usize = (largestWindow + 8) * 8;
const windowBytes: usize = largestWindow * windowStride;
/** A deflation that takes this share of its window is so good that another follows at once. */
const goodShare: f64 = 0.14;

/** Bytes of `work`: a sweep's, the shifts found, two windows, their reflections, the struct of the inner problem. */
export const schurWork: usize =
  2 * sweepBytes + largestWindow * 64 + 3 * windowBytes + (largestWindow + 64) * 64 * 8 + 4096;

/**
 * Iterates rows and columns [low, high] to real Schur form; eigenvalues by row, the positive imaginary part of a pair
 * first. Returns -1, or the last row without an eigenvalue when the budget of sweeps is spent. `aggressive`: with
 * early deflation.
 */
export function iterate(s: Schur, low: i32, high: i32, aggressive: bool): i32 {
  const shifts = shiftsOf(s.work, 0);
  let stuck = 0;
  for (let bottom = high; bottom >= low; ) {
    const top = deflation(s, low, high, bottom);
    if (top > low) f64.store(entry(s, top, top - 1), 0);
    const size = bottom - top + 1;
    if (size <= 2) {
      if (size == 2) standardise(s, bottom);
      readEigenvalues(s, top, bottom);
      bottom = top - 1;
      stuck = 0;
      continue;
    }
    if (s.sweeps++ >= s.budget) return bottom;
    if (!aggressive || size <= smallBlock) {
      chooseShifts(s, top, bottom, ++stuck, shifts);
      const start = startOfSweep(s, top, bottom, shifts, shifts + 32);
      sweep(s, top, bottom, start, 1);
      continue;
    }
    stuck++;
    const wanted = bulgesFor(size);
    const window = min(stuck > 5 ? 2 * windowFor(size) : windowFor(size), min(largestWindow, size));
    const deflated = deflateEarly(s, top, bottom, window);
    bottom -= deflated;
    if (deflated > 0) stuck = 0;
    if (<f64>deflated > goodShare * <f64>window || bottom - top + 1 <= smallBlock) continue;
    let bulges = 0;
    if (stuck % 6 != 5) bulges = pairShifts(s, wanted);
    if (bulges == 0) {
      chooseShifts(s, top, bottom, 10 * (1 + stuck), shifts);
      bulges = 1;
    }
    sweep(s, top, bottom, top, bulges);
  }
  return -1;
}

function bulgesFor(size: i32): i32 {
  if (size < 60) return 2;
  if (size < 150) return 5;
  if (size < 600) return min(mostBulges, size / 18);
  return mostBulges;
}

function windowFor(size: i32): i32 {
  return min(largestWindow, 3 * bulgesFor(size));
}

/** The smallest row in [low, bottom] from which on no subdiagonal is negligible (Ahues & Tisseur 1997). */
function deflation(s: Schur, low: i32, high: i32, bottom: i32): i32 {
  let k = bottom;
  for (; k > low; k--) {
    const at = entry(s, k, k);
    const below = abs(f64.load(at - 8));
    if (below <= tiny) break;
    const d = f64.load(at);
    const up = f64.load(at - s.stride - 8);
    let size = abs(up) + abs(d);
    if (size == 0) {
      if (k - 2 >= low) size += abs(f64.load(at - s.stride - 16));
      if (k + 1 <= high) size += abs(f64.load(at + s.stride));
    }
    if (below > ulp * size) continue;
    const above = abs(f64.load(at - s.stride));
    const ab = max(below, above);
    const ba = min(below, above);
    const aa = max(abs(d), abs(up - d));
    const bb = min(abs(d), abs(up - d));
    const sum = aa + ab;
    if (ba * (ab / sum) <= max(tiny, ulp * (bb * (aa / sum)))) break;
  }
  return k;
}

/** The eigenvalues of the last 2 x 2 block; every tenth time in vain exceptional ones. */
function chooseShifts(s: Schur, top: i32, bottom: i32, stuck: i32, shifts: usize): void {
  const at = entry(s, bottom, bottom);
  let h11 = f64.load(at - s.stride - 8);
  let h12 = f64.load(at - s.stride);
  let h21 = f64.load(at - 8);
  let h22 = f64.load(at);
  if (stuck % 10 == 0) {
    const atTop = entry(s, top, top);
    const low = stuck % 20 == 0;
    const size = low
      ? abs(h21) + abs(f64.load(at - s.stride - 16))
      : abs(f64.load(atTop + s.stride)) + abs(f64.load(atTop + (s.stride << 1), 8));
    h11 = 0.75 * size + (low ? h22 : f64.load(atTop));
    h12 = -0.4375 * size;
    h21 = size;
    h22 = h11;
  }
  blockShifts(h11, h12, h21, h22, shifts);
}

/** Both eigenvalues of a 2 x 2 block as a pair of shifts; of two real ones the nearer to d, twice. */
function blockShifts(a: f64, b: f64, c: f64, d: f64, shifts: usize): void {
  const size = abs(a) + abs(b) + abs(c) + abs(d);
  memory.fill(shifts, 0, 32);
  if (size == 0) return;
  a /= size;
  b /= size;
  c /= size;
  d /= size;
  const centre = (a + d) / 2;
  const determinant = (a - centre) * (d - centre) - b * c;
  const root = sqrt(abs(determinant));
  if (determinant >= 0) {
    f64.store(shifts, centre * size);
    f64.store(shifts, root * size, 8);
    f64.store(shifts, centre * size, 16);
    f64.store(shifts, -root * size, 24);
    return;
  }
  const nearer = (abs(centre + root - d) <= abs(centre - root - d) ? centre + root : centre - root) * size;
  f64.store(shifts, nearer);
  f64.store(shifts, nearer, 16);
}

// ---- Aggressive early deflation

/** How many shifts the last deflation found; real and imaginary parts lie in `foundShifts`. */
let found = 0;

// @ts-ignore: decorator
@inline
function foundShifts(s: Schur): usize {
  return s.work + sweepBytes;
}

/** Pairs the shifts found, the last ones first, for up to `wanted` bulges; returns how many bulges there are. */
function pairShifts(s: Schur, wanted: i32): i32 {
  const list = foundShifts(s);
  let bulges = 0;
  let waiting = -1;
  for (let i = found - 1; i >= 0 && bulges < wanted; i--) {
    const at = list + (<usize>i << 4);
    const out = shiftsOf(s.work, bulges);
    const re = f64.load(at);
    const im = f64.load(at, 8);
    if (im != 0) {
      // The second of a conjugate pair comes first here.
      f64.store(out, re);
      f64.store(out, im, 8);
      f64.store(out, re, 16);
      f64.store(out, -im, 24);
      bulges++;
      i--;
    } else if (waiting < 0) waiting = i;
    else {
      f64.store(out, re);
      f64.store(out, 0, 8);
      f64.store(out, f64.load(list + (<usize>waiting << 4)), 16);
      f64.store(out, 0, 24);
      waiting = -1;
      bulges++;
    }
  }
  if (bulges == 0 && waiting >= 0) {
    const out = shiftsOf(s.work, 0);
    const re = f64.load(list + (<usize>waiting << 4));
    f64.store(out, re);
    f64.store(out, 0, 8);
    f64.store(out, re, 16);
    f64.store(out, 0, 24);
    return 1;
  }
  return bulges;
}

/**
 * Looks for converged eigenvalues at the lower end of the active block: the Schur form of its last `size` rows turns
 * the entry left of them into a spike; where the spike is negligible an eigenvalue is found, the others are moved out
 * of the way. Returns how many rows were deflated; the eigenvalues that were not are the next shifts.
 */
function deflateEarly(s: Schur, top: i32, bottom: i32, size: i32): i32 {
  const first = bottom - size + 1;
  const spike = first == top ? 0 : f64.load(entry(s, first, first - 1));
  const shiftBytes = <usize>largestWindow * 32;
  const t = foundShifts(s) + shiftBytes;
  const v = t + windowBytes;
  const vectors = v + windowBytes;
  const taus = vectors + windowBytes;
  const v0 = taus + (largestWindow << 3);
  const innerWork = v0 + (largestWindow << 3);
  const inner = changetype<Schur>(innerWork);
  const reduceWork = innerWork + 256;
  const innerSweep = reduceWork + (largestWindow + 64) * 64 * 8;
  memory.fill(t, 0, windowBytes);
  memory.fill(v, 0, windowBytes);
  for (let i = 0; i < size; i++) {
    const from = max(0, i - 1);
    memory.copy(
      t + <usize>i * windowStride + (<usize>from << 3),
      entry(s, first + i, first + from),
      <usize>(size - from) << 3,
    );
    f64.store(v + <usize>i * windowStride + (<usize>i << 3), 1);
  }
  inner.n = size;
  inner.columns = size;
  inner.whole = true;
  inner.h = t;
  inner.stride = windowStride;
  inner.transformed = v;
  inner.transformedStride = windowStride;
  inner.real = v0;
  inner.imaginary = taus;
  inner.work = innerSweep;
  inner.scratch = s.scratch;
  inner.sweeps = 0;
  inner.budget = 30 * size;
  const begin = iterate(inner, 0, size - 1, false) + 1;

  let keep = size;
  let nextKept = begin;
  while (nextKept < keep) {
    const at = entry(inner, keep - 1, keep - 1);
    const left = keep > 1 ? abs(f64.load(at - 8)) : 0;
    const isPair = left != 0;
    let magnitude = abs(f64.load(at));
    let reach = abs(spike * f64.load(v + <usize>(keep - 1) * windowStride));
    if (isPair) {
      magnitude += sqrt(left) * sqrt(abs(f64.load(at - inner.stride)));
      reach = max(reach, abs(spike * f64.load(v + <usize>(keep - 2) * windowStride)));
    }
    if (magnitude == 0) magnitude = abs(spike);
    const rows = isPair ? 2 : 1;
    if (reach <= max(tiny, ulp * magnitude)) keep -= rows;
    else nextKept = moveUp(inner, keep - rows, nextKept, reduceWork) + rows;
  }
  readEigenvalues(inner, begin, size - 1);
  found = 0;
  const list = foundShifts(s);
  for (let i = begin; i < keep; i++, found++) {
    f64.store(list + (<usize>found << 4), f64.load(inner.real + (<usize>i << 3)));
    f64.store(list + (<usize>found << 4), f64.load(inner.imaginary + (<usize>i << 3)), 8);
  }
  if (keep == size && spike != 0) return 0;

  let corner = spike * f64.load(v);
  if (keep == 0) corner = 0;
  if (keep > 1 && spike != 0) {
    // Fold the spike back into one entry, and the rows it stood on into Hessenberg form.
    const tau = reflectSpike(v, keep, v0);
    corner = spike * f64.load(v0);
    f64.store(v0, 1);
    reflectRows(keep, t, windowStride, size, v0, tau, reduceWork);
    for (let i = 0; i < keep; i++) {
      const row = t + <usize>i * windowStride;
      addMultiple(keep, -tau * dot(keep, row, v0), v0, row);
    }
    reflectRows(keep, v, windowStride, size, v0, tau, reduceWork);
    memory.fill(vectors, 0, windowBytes);
    hessenberg(size, t, windowStride, 0, keep - 1, true, vectors, taus, reduceWork, s.scratch);
    for (let k = 0; k < keep - 2; k++) {
      for (let i = k + 1; i < keep; i++)
        f64.store(v0 + (<usize>(i - k - 1) << 3), f64.load(vectors + <usize>i * windowStride + (<usize>k << 3)));
      reflectRows(
        keep - k - 1,
        v + <usize>(k + 1) * windowStride,
        windowStride,
        size,
        v0,
        f64.load(taus + (<usize>k << 3)),
        reduceWork,
      );
    }
  }
  if (first > top) f64.store(entry(s, first, first - 1), corner);
  for (let i = 0; i < size; i++)
    memory.copy(entry(s, first + i, first), t + <usize>i * windowStride, <usize>size << 3);
  readEigenvalues(s, first + keep, bottom);
  spread(s, top, first, bottom, size, v);
  return size - keep;
}

/** Reflects the spike, column 0 of v in its first `keep` rows, onto its first entry, which goes to v0[0]. */
function reflectSpike(v: usize, keep: i32, v0: usize): f64 {
  let largest: f64 = 0;
  for (let i = 0; i < keep; i++) largest = max(largest, abs(f64.load(v + <usize>i * windowStride)));
  f64.store(v0, 0);
  if (largest == 0) return 0;
  let square: f64 = 0;
  for (let i = 0; i < keep; i++) {
    const x = f64.load(v + <usize>i * windowStride) / largest;
    f64.store(v0 + (<usize>i << 3), x);
    square += x * x;
  }
  const alpha = f64.load(v0);
  f64.store(v0, f64.load(v));
  if (square == alpha * alpha) return 0;
  const beta = alpha > 0 ? -sqrt(square) : sqrt(square);
  for (let i = 1; i < keep; i++) f64.store(v0 + (<usize>i << 3), f64.load(v0 + (<usize>i << 3)) / (alpha - beta));
  f64.store(v0, beta * largest);
  return (beta - alpha) / beta;
}

/** `X <- (I - tau v v') X` for `rows` rows of `columns` numbers. */
function reflectRows(rows: i32, x: usize, stride: usize, columns: i32, v: usize, tau: f64, work: usize): void {
  if (tau == 0) return;
  memory.fill(work, 0, <usize>columns << 3);
  for (let i = 0; i < rows; i++) addMultiple(columns, f64.load(v + (<usize>i << 3)), x + <usize>i * stride, work);
  for (let i = 0; i < rows; i++)
    addMultiple(columns, -tau * f64.load(v + (<usize>i << 3)), work, x + <usize>i * stride);
}

/** Brings the rest of the matrix along: rows [first, bottom] times `v` from the left, the columns by its transpose. */
function spread(s: Schur, top: i32, first: i32, bottom: i32, size: i32, v: usize): void {
  const above = s.whole ? 0 : top;
  const end = s.whole ? s.n : bottom + 1;
  const room = s.scratch + productRoom;
  const step = widest;
  for (let row = above; row < first; row += step) {
    const rows = min(step, first - row);
    const wide = <usize>size << 3;
    const at = entry(s, row, first);
    memory.fill(room, 0, <usize>rows * wide);
    multiplyAdd(rows, size, size, 1, at, s.stride, 8, v, 8, windowStride, room, wide, s.scratch);
    for (let i = 0; i < rows; i++) memory.copy(at + <usize>i * s.stride, room + <usize>i * wide, wide);
  }
  for (let column = bottom + 1; column < end; column += step)
    turnRows(s.h, s.stride, first, size, column, min(step, end - column), v, room, s.scratch);
  if (s.transformed == 0) return;
  for (let column = 0; column < s.columns; column += step)
    turnRows(s.transformed, s.transformedStride, first, size, column, min(step, s.columns - column), v, room, s.scratch);
}

function turnRows(
  x: usize,
  stride: usize,
  first: i32,
  size: i32,
  column: i32,
  columns: i32,
  v: usize,
  room: usize,
  scratch: usize,
): void {
  const wide = <usize>columns << 3;
  const at = x + <usize>first * stride + (<usize>column << 3);
  memory.fill(room, 0, <usize>size * wide);
  multiplyAdd(size, columns, size, 1, v, windowStride, 8, at, stride, 8, room, wide, scratch);
  for (let i = 0; i < size; i++) memory.copy(at + <usize>i * stride, room + <usize>i * wide, wide);
}

/** Columns or rows that {@link spread} turns at a time. */
const widest = 256;
const productRoom: usize = productScratch;
/** Bytes of `scratch`: that of the products, and room for one result. */
export const schurScratch: usize = productScratch + largestWindow * widest * 8;
