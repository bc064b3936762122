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
    }
  }
}
