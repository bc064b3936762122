import { blockSizes, type PackedBlocks } from "./gemm.js";

/** Packed blocks whose product is made in plain TypeScript. */
export function typescriptBlocks(): PackedBlocks {
  const [a, b, c] = blockSizes.map((size) => new Float64Array(size));
  return {
    packA: (...block) => pack(a, ...block),
    packB: (...block) => pack(b, ...block),
    c,
    multiply(rowPanels, columnPanels, depth) {
      const panel = 4 * depth;
      const row = 4 * columnPanels;
      for (let j = 0; j < columnPanels; j++)
        for (let i = 0; i < rowPanels; i++)
          tile(depth, a, i * panel, b, j * panel, c, 4 * (i * row + j), row);
    },
  };
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

/** See {@link Pack}. */
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
