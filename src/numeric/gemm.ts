/**
 * Matrix product on sub-matrices, the one routine behind every O(n^3) step.
 *
 * The classical scheme (Goto & van de Geijn 2008): blocks of both operands are packed into panels that stay in cache,
 * and a 4 x 4 tile of C is held in registers while the inner dimension runs. This is the plain form, the packed blocks a
 * parameter; `assembly/product.ts` is the same in WebAssembly.
 */

/** Inner dimension of one packed block. */
const depth = 256;
/** Rows of A in one packed block. */
const height = 64;
/** Columns of B in one packed block. */
const width = 256;

/** Whether packing would cost more than it saves. */
export const isSmall = (m: number, n: number, k: number): boolean => m * n * k < 1500 || m < 3 || n < 3;

/** Room for one packed block of A, of B and of their product, in that order. */
export const blockSizes = [height * depth, width * depth, height * width] as const;

/**
 * Packs `lines` lines (rows of A, or columns of B) of `depth` numbers, times alpha, in panels of four with the inner
 * index slowest; missing lines of the last panel are zero. Number p of line l is `x[start + l * line + p * inner]`.
 */
export type Pack = (
  lines: number,
  depth: number,
  alpha: number,
  x: Float64Array,
  start: number,
  line: number,
  inner: number,
) => void;

/** Packed blocks, and their product. */
export interface PackedBlocks {
  /** Rows of A. */
  readonly packA: Pack;
  /** Columns of B. */
  readonly packB: Pack;
  /** The product, row-major, `4 columnPanels` numbers per row. */
  readonly c: Float64Array;
  /** Fills c: `4 rowPanels` x `4 columnPanels`, inner dimension `depth`. */
  multiply(rowPanels: number, columnPanels: number, depth: number): void;
}

/**
 * `C += alpha * A * B` on views: `A[i, p] = a[aStart + i * aRow + p * aColumn]`, likewise B (k x n), and C
 * (m x n) with rows `cRow` apart. A transpose is a swap of the two steps. C must not overlap A or B.
 *
 * Entries that are not finite spread as IEEE arithmetic says. O(m n k), no allocation.
 */
export type MultiplyAdd = (
  m: number,
  n: number,
  k: number,
  alpha: number,
  a: Float64Array,
  aStart: number,
  aRow: number,
  aColumn: number,
  b: Float64Array,
  bStart: number,
  bRow: number,
  bColumn: number,
  c: Float64Array,
  cStart: number,
  cRow: number,
) => void;

/** A {@link MultiplyAdd} on the given blocks. */
export function createMultiplyAdd(blocks: PackedBlocks): MultiplyAdd {
  return (m, n, k, alpha, a, aStart, aRow, aColumn, b, bStart, bRow, bColumn, c, cStart, cRow) => {
    if (isSmall(m, n, k)) {
      multiplyAddSmall(m, n, k, alpha, a, aStart, aRow, aColumn, b, bStart, bRow, bColumn, c, cStart, cRow);
      return;
    }
    for (let j = 0; j < n; j += width) {
      const nb = Math.min(width, n - j);
      for (let p = 0; p < k; p += depth) {
        const kb = Math.min(depth, k - p);
        blocks.packB(nb, kb, 1, b, bStart + p * bRow + j * bColumn, bColumn, bRow);
        for (let i = 0; i < m; i += height) {
          const mb = Math.min(height, m - i);
          blocks.packA(mb, kb, alpha, a, aStart + i * aRow + p * aColumn, aRow, aColumn);
          const columnPanels = Math.ceil(nb / 4);
          blocks.multiply(Math.ceil(mb / 4), columnPanels, kb);
          addBlock(mb, nb, blocks.c, 4 * columnPanels, c, cStart + i * cRow + j, cRow);
        }
      }
    }
  };
}

function addBlock(
  mb: number,
  nb: number,
  block: Float64Array,
  blockRow: number,
  c: Float64Array,
  cStart: number,
  cRow: number,
): void {
  for (let r = 0; r < mb; r++) {
    const from = r * blockRow;
    const to = cStart + r * cRow;
    for (let s = 0; s < nb; s++) c[to + s] += block[from + s];
  }
}

function multiplyAddSmall(
  m: number,
  n: number,
  k: number,
  alpha: number,
  a: Float64Array,
  aStart: number,
  aRow: number,
  aColumn: number,
  b: Float64Array,
  bStart: number,
  bRow: number,
  bColumn: number,
  c: Float64Array,
  cStart: number,
  cRow: number,
): void {
  if (bColumn <= bRow) {
    for (let i = 0; i < m; i++) {
      const ci = cStart + i * cRow;
      for (let p = 0; p < k; p++) {
        const x = alpha * a[aStart + i * aRow + p * aColumn];
        let bp = bStart + p * bRow;
        for (let j = 0; j < n; j++, bp += bColumn) c[ci + j] += x * b[bp];
      }
    }
    return;
  }
  for (let i = 0; i < m; i++) {
    const ci = cStart + i * cRow;
    for (let j = 0; j < n; j++) {
      let sum = 0;
      let ap = aStart + i * aRow;
      let bp = bStart + j * bColumn;
      for (let p = 0; p < k; p++, ap += aColumn, bp += bRow) sum += alpha * a[ap] * b[bp];
      c[ci + j] += sum;
    }
  }
}
