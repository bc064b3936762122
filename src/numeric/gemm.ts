/**
 * Matrix product on sub-matrices, the one routine behind every O(n^3) step.
 *
 * The classical scheme (Goto & van de Geijn 2008): blocks of both operands are packed into panels that stay in cache,
 * and a 4 x 4 tile of C is held in registers while the inner dimension runs. This is the plain form;
 * `assembly/product.ts` is the same in WebAssembly.
 */

/** Inner dimension of one packed block. */
const depth = 256;
/** Rows of A in one packed block. */
const height = 64;
/** Columns of B in one packed block. */
const width = 256;

/** Whether packing would cost more than it saves. */
export const isSmall = (m: number, n: number, k: number): boolean => m * n * k < 1500 || m < 3 || n < 3;

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

/** A {@link MultiplyAdd} with packed blocks of its own. */
export function createMultiplyAdd(): MultiplyAdd {
  const packedA = new Float64Array(height * depth);
  const packedB = new Float64Array(width * depth);
  const block = new Float64Array(height * width);
  return (m, n, k, alpha, a, aStart, aRow, aColumn, b, bStart, bRow, bColumn, c, cStart, cRow) => {
    if (isSmall(m, n, k)) {
      multiplyAddSmall(m, n, k, alpha, a, aStart, aRow, aColumn, b, bStart, bRow, bColumn, c, cStart, cRow);
      return;
    }
    for (let j = 0; j < n; j += width) {
      const nb = Math.min(width, n - j);
      for (let p = 0; p < k; p += depth) {
        const kb = Math.min(depth, k - p);
        pack(packedB, nb, kb, 1, b, bStart + p * bRow + j * bColumn, bColumn, bRow);
        for (let i = 0; i < m; i += height) {
          const mb = Math.min(height, m - i);
          pack(packedA, mb, kb, alpha, a, aStart + i * aRow + p * aColumn, aRow, aColumn);
          const row = 4 * Math.ceil(nb / 4);
          for (let q = 0; q < nb; q += 4)
            for (let r = 0; r < mb; r += 4)
              tile(kb, packedA, r * kb, packedB, q * kb, block, r * row + q, row);
          addBlock(mb, nb, block, row, c, cStart + i * cRow + j, cRow);
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

/** A 4 x 4 tile of the product, held in sixteen accumulators. */
function tile(
  kb: number,
  a: Float64Array,
  aAt: number,
  b: Float64Array,
  bAt: number,
  c: Float64Array,
  cAt: number,
  cRow: number,
): void {
  let c00 = 0;
  let c01 = 0;
  let c02 = 0;
  let c03 = 0;
  let c10 = 0;
  let c11 = 0;
  let c12 = 0;
  let c13 = 0;
  let c20 = 0;
  let c21 = 0;
  let c22 = 0;
  let c23 = 0;
  let c30 = 0;
  let c31 = 0;
  let c32 = 0;
  let c33 = 0;
  for (let p = 0; p < kb; p++) {
    const b0 = b[bAt];
    const b1 = b[bAt + 1];
    const b2 = b[bAt + 2];
    const b3 = b[bAt + 3];
    bAt += 4;
    let x = a[aAt];
    c00 += x * b0;
    c01 += x * b1;
    c02 += x * b2;
    c03 += x * b3;
    x = a[aAt + 1];
    c10 += x * b0;
    c11 += x * b1;
    c12 += x * b2;
    c13 += x * b3;
    x = a[aAt + 2];
    c20 += x * b0;
    c21 += x * b1;
    c22 += x * b2;
    c23 += x * b3;
    x = a[aAt + 3];
    c30 += x * b0;
    c31 += x * b1;
    c32 += x * b2;
    c33 += x * b3;
    aAt += 4;
  }
  c[cAt] = c00;
  c[cAt + 1] = c01;
  c[cAt + 2] = c02;
  c[cAt + 3] = c03;
  cAt += cRow;
  c[cAt] = c10;
  c[cAt + 1] = c11;
  c[cAt + 2] = c12;
  c[cAt + 3] = c13;
  cAt += cRow;
  c[cAt] = c20;
  c[cAt + 1] = c21;
  c[cAt + 2] = c22;
  c[cAt + 3] = c23;
  cAt += cRow;
  c[cAt] = c30;
  c[cAt + 1] = c31;
  c[cAt + 2] = c32;
  c[cAt + 3] = c33;
}

/**
 * Packs `lines` lines (rows of A, or columns of B) of `kb` numbers, times alpha, in panels of four with the inner
 * index slowest; missing lines of the last panel are zero. Number p of line l is `x[start + l * line + p * inner]`.
 */
function pack(
  out: Float64Array,
  lines: number,
  kb: number,
  alpha: number,
  x: Float64Array,
  start: number,
  line: number,
  inner: number,
): void {
  let o = 0;
  let l = 0;
  for (; l + 4 <= lines; l += 4) {
    let x0 = start + l * line;
    let x1 = x0 + line;
    let x2 = x1 + line;
    let x3 = x2 + line;
    for (let p = 0; p < kb; p++) {
      out[o] = alpha * x[x0];
      out[o + 1] = alpha * x[x1];
      out[o + 2] = alpha * x[x2];
      out[o + 3] = alpha * x[x3];
      o += 4;
      x0 += inner;
      x1 += inner;
      x2 += inner;
      x3 += inner;
    }
  }
  if (l === lines) return;
  out.fill(0, o, o + 4 * kb);
  for (let r = 0; l + r < lines; r++) {
    let xr = start + (l + r) * line;
    for (let p = 0; p < kb; p++) {
      out[o + 4 * p + r] = alpha * x[xr];
      xr += inner;
    }
  }
}
