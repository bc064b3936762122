// Matrix product on sub-matrices of the module's memory (Goto & van de Geijn 2008): see ../gemm.ts.

import { plus } from "./fused";
import { pack } from "./gemm";

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
  const tile = scratch + packedA + packedB;
  for (let p = 0; p < k; p += depth) {
    const kb = min(depth, k - p);
    const panel = <usize>kb << 5;
    for (let j = 0; j < n; j += width) {
      const nb = min(width, n - j);
      const bPacked = scratch + packedA;
      pack(nb, kb, 1, b + <usize>p * bRow + <usize>j * bColumn, bColumn, bRow, bPacked);
      for (let i = 0; i < m; i += height) {
        const mb = min(height, m - i);
        pack(mb, kb, alpha, a + <usize>i * aRow + <usize>p * aColumn, aRow, aColumn, scratch);
        const corner = c + <usize>i * cRow + (<usize>j << 3);
        for (let jj = 0; jj < nb; jj += 4) {
          const bAt = bPacked + <usize>(jj >> 2) * panel;
          for (let ii = 0; ii < mb; ii += 4) {
            const aAt = scratch + <usize>(ii >> 2) * panel;
            const to = corner + <usize>ii * cRow + (<usize>jj << 3);
            if (ii + 4 <= mb && jj + 4 <= nb) addTile(kb, aAt, bAt, to, cRow);
            else {
              memory.fill(tile, 0, 128);
              addTile(kb, aAt, bAt, tile, 32);
              for (let r = 0; r < min(4, mb - ii); r++)
                for (let q = 0; q < min(4, nb - jj); q++) {
                  const at = to + <usize>r * cRow + (<usize>q << 3);
                  f64.store(at, f64.load(at) + f64.load(tile + (<usize>(4 * r + q) << 3)));
                }
            }
          }
        }
      }
    }
  }
}

/** Adds a 4 x 4 tile of the product of two packed panels. */
// @ts-ignore: decorator
@inline
function addTile(kb: i32, a: usize, b: usize, c: usize, stride: usize): void {
  let c00 = f64x2.splat(0);
  let c01 = f64x2.splat(0);
  let c10 = f64x2.splat(0);
  let c11 = f64x2.splat(0);
  let c20 = f64x2.splat(0);
  let c21 = f64x2.splat(0);
  let c30 = f64x2.splat(0);
  let c31 = f64x2.splat(0);
  for (let p = 0; p < kb; p++, a += 32, b += 32) {
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
