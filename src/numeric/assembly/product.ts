// Matrix product on sub-matrices of the module's memory (Goto & van de Geijn 2008): see ../gemm.ts.

import { pack, tile } from "./gemm";

const depth = 256;
const height = 64;
const width = 128;
const packedA: usize = height * depth * 8;
const packedB: usize = width * depth * 8;

/** Bytes of scratch that {@link multiplyAdd} needs: both packed blocks and one tile. */
export const productScratch: usize = packedA + packedB + 128;

/**
 * `C += alpha A B`: A is m x k, B is k x n, each with its two steps in bytes (a transpose swaps them); the rows of C are
 * `cRow` bytes apart. C must not overlap A or B.
 */
export function multiplyAdd(
  m: i32,
  n: i32,
  k: i32,
  alpha: f64,
  a: usize,
  aRow: usize,
  aColumn: usize,
  b: usize,
  bRow: usize,
  bColumn: usize,
  c: usize,
  cRow: usize,
  scratch: usize,
): void {
  const edge = scratch + packedA + packedB;
  for (let p = 0; p < k; p += depth) {
    const kb = min(depth, k - p);
    for (let j = 0; j < n; j += width) {
      const nb = min(width, n - j);
      const bPacked = scratch + packedA;
      pack(nb, kb, 1, b + <usize>p * bRow + <usize>j * bColumn, bColumn, bRow, bPacked);
      for (let i = 0; i < m; i += height) {
        const mb = min(height, m - i);
        pack(mb, kb, alpha, a + <usize>i * aRow + <usize>p * aColumn, aRow, aColumn, scratch);
        addTiles(mb, nb, kb, scratch, bPacked, c + <usize>i * cRow + (<usize>j << 3), cRow, edge);
      }
    }
  }
}

/**
 * `Y += X W'` for `count` rows of X (n numbers each) and of Y (`rows` numbers each), W packed by {@link packWeights}.
 * The sums of a row do not depend on the other rows.
 */
export function addPacked(count: i32, rows: i32, n: i32, x: usize, w: usize, y: usize, scratch: usize): void {
  const xRow = <usize>n << 3;
  const yRow = <usize>rows << 3;
  for (let i = 0; i < count; i += height, x += height * xRow, y += height * yRow) {
    const mb = min(height, count - i);
    let block = w;
    for (let p = 0; p < n; p += depth) {
      const kb = min(depth, n - p);
      pack(mb, kb, 1, x + (<usize>p << 3), xRow, 8, scratch);
      addTiles(mb, rows, kb, scratch, block, y, yRow, scratch + packedA);
      block += (<usize>kb << 5) * <usize>((rows + 3) >> 2);
    }
  }
}

/** Packs W (`rows` x n) for {@link addPacked}: `32 n ceil(rows / 4)` bytes. */
export function packWeights(rows: i32, n: i32, w: usize, out: usize): void {
  for (let p = 0; p < n; p += depth) {
    const kb = min(depth, n - p);
    pack(rows, kb, 1, w + (<usize>p << 3), <usize>n << 3, 8, out);
    out += (<usize>kb << 5) * <usize>((rows + 3) >> 2);
  }
}

/** Adds the product of packed blocks, mb x kb and kb x nb, to the corner of C; `edge` has room for one tile. */
// @ts-ignore: decorator
@inline
function addTiles(
  mb: i32,
  nb: i32,
  kb: i32,
  aPacked: usize,
  bPacked: usize,
  corner: usize,
  cRow: usize,
  edge: usize,
): void {
  const panel = <usize>kb << 5;
  for (let jj = 0; jj < nb; jj += 4) {
    const bAt = bPacked + <usize>(jj >> 2) * panel;
    for (let ii = 0; ii < mb; ii += 4) {
      const aAt = aPacked + <usize>(ii >> 2) * panel;
      const to = corner + <usize>ii * cRow + (<usize>jj << 3);
      if (ii + 4 <= mb && jj + 4 <= nb) tile(kb, aAt, bAt, to, cRow, true);
      else {
        tile(kb, aAt, bAt, edge, 32, false);
        for (let r = 0; r < min(4, mb - ii); r++)
          for (let q = 0; q < min(4, nb - jj); q++) {
            const at = to + <usize>r * cRow + (<usize>q << 3);
            f64.store(at, f64.load(at) + f64.load(edge + (<usize>(4 * r + q) << 3)));
          }
      }
    }
  }
}

/** What leaky units make of their drives Y (`count` rows of n numbers): `Y = keep X + gain Y`. */
export function leak(count: i32, n: i32, x: usize, y: usize, keep: usize, gain: usize): void {
  const bytes = <usize>n << 3;
  const pairs = bytes & ~15;
  for (; count > 0; count--, x += bytes, y += bytes) {
    let i: usize = 0;
    for (; i < pairs; i += 16) {
      const kept = f64x2.mul(v128.load(keep + i), v128.load(x + i));
      v128.store(y + i, f64x2.add(kept, f64x2.mul(v128.load(gain + i), v128.load(y + i))));
    }
    if (i < bytes)
      f64.store(y + i, f64.load(keep + i) * f64.load(x + i) + f64.load(gain + i) * f64.load(y + i));
  }
}
