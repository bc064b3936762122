// Reduction to upper Hessenberg form by blocked Householder reflections (Dongarra, Sorensen & Hammarling 1989).

import { multiplyAdd } from "./product";
import { addMultiple, dot, rowProducts } from "./vector";

/** Reflections of one block. */
export const panelWidth = 32;
/** With fewer columns to go, one reflection at a time is faster. */
const unblockedBelow = 64;

/**
 * `H = Q' A Q` in place, on rows and columns [low, high]; below the subdiagonal H is zero. Rows are `stride` bytes
 * apart. Reflection k is `I - tau_k v v'`, v[k + 1] = 1: v is column k of `vectors` (which begins as zeros), tau is
 * in `taus`. `whole`: rows above and columns beyond [low, high] are brought along.
 *
 * `work`: (n + 64) * 64 numbers, `scratch` as for {@link multiplyAdd}.
 */
export function hessenberg(
  n: i32,
  a: usize,
  stride: usize,
  low: i32,
  high: i32,
  whole: bool,
  vectors: usize,
  taus: usize,
  work: usize,
  scratch: usize,
): void {
  const top = whole ? 0 : low;
  const end = whole ? n : high + 1;
  let k = low;
  for (; high - 1 - k > unblockedBelow; k += panelWidth)
    reducePanel(n, a, stride, k, high, top, end, vectors, taus, work, scratch);
  for (; k < high - 1; k++) {
    const v = work;
    const tau = reflectColumn(a, stride, k, high, vectors, v);
    f64.store(taus + (<usize>k << 3), tau);
    if (tau == 0) continue;
    const count = high - k;
    for (let r = top; r <= high; r++) {
      const row = a + <usize>r * stride + (<usize>(k + 1) << 3);
      addMultiple(count, -tau * dot(count, row, v), v, row);
    }
    const w = work + (<usize>n << 3);
    const columns = end - k - 1;
    memory.fill(w, 0, <usize>columns << 3);
    const first = a + <usize>(k + 1) * stride + (<usize>(k + 1) << 3);
    for (let r = 0; r < count; r++)
      addMultiple(columns, f64.load(v + (<usize>r << 3)), first + <usize>r * stride, w);
    for (let r = 0; r < count; r++)
      addMultiple(columns, -tau * f64.load(v + (<usize>r << 3)), w, first + <usize>r * stride);
  }
}

/**
 * Reflects column k onto its subdiagonal entry: the column is left reduced, v goes to column k of `vectors` and, from
 * its leading 1 on, to `v`. Returns tau; 0 when there is nothing to do (v is then still stored, and not to be used).
 */
function reflectColumn(a: usize, stride: usize, k: i32, high: i32, vectors: usize, v: usize): f64 {
  const column = a + (<usize>k << 3);
  const out = vectors + (<usize>k << 3);
  const first = <usize>(k + 1) * stride;
  let largest: f64 = 0;
  for (let r = k + 2; r <= high; r++) largest = max(largest, abs(f64.load(column + <usize>r * stride)));
  const alpha = f64.load(column + first);
  f64.store(v, 1);
  f64.store(out + first, 1);
  if (largest == 0) {
    memory.fill(v + 8, 0, <usize>(high - k - 1) << 3);
    return 0;
  }
  largest = max(largest, abs(alpha));
  let square: f64 = 0;
  for (let r = k + 1; r <= high; r++) {
    const x = f64.load(column + <usize>r * stride) / largest;
    square += x * x;
  }
  // In units of the largest entry: the reflection is orthogonal however small the column is.
  const scaled = alpha / largest;
  const beta = scaled > 0 ? -sqrt(square) : sqrt(square);
  const pivot = scaled - beta;
  let at = v + 8;
  for (let r = k + 2; r <= high; r++, at += 8) {
    const row = <usize>r * stride;
    const x = f64.load(column + row) / largest / pivot;
    f64.store(at, x);
    f64.store(out + row, x);
    f64.store(column + row, 0);
  }
  f64.store(column + first, beta * largest);
  return (beta - scaled) / beta;
}

/** Column i of T: `-tau T w` above its diagonal entry tau, w = V' v of the reflections so far. */
function appendToTriangle(t: usize, i: i32, tau: f64, w: usize): void {
  const width: usize = panelWidth << 3;
  const column = t + (<usize>i << 3);
  for (let p = 0; p < i; p++) {
    const row = t + <usize>p * width;
    let sum: f64 = 0;
    for (let j = p; j < i; j++) sum += f64.load(row + (<usize>j << 3)) * f64.load(w + (<usize>j << 3));
    f64.store(column + <usize>p * width, -tau * sum);
  }
  f64.store(column + <usize>i * width, tau);
}

/** Reduces columns [k, k + panelWidth): the rest of the matrix is touched once per block, by matrix products. */
function reducePanel(
  n: i32,
  a: usize,
  stride: usize,
  k: i32,
  high: i32,
  top: i32,
  end: i32,
  vectors: usize,
  taus: usize,
  work: usize,
  scratch: usize,
): void {
  const width: usize = panelWidth << 3;
  const t = work;
  const y = t + panelWidth * width; // row r of Y at y + r * width
  const v = y + <usize>n * width;
  const w = v + (<usize>n << 3);
  const first = k + 1;
  const rows = high - k;
  const panelV = vectors + (<usize>k << 3);
  memory.fill(t, 0, panelWidth * width);
  for (let i = 0; i < panelWidth; i++) {
    const c = k + i;
    const done = i;
    const column = a + (<usize>c << 3);
    if (i > 0) {
      // From the right: column c loses Y (row c of V)'. From the left: (I - V T V')' on it.
      const rowOfV = panelV + <usize>c * stride;
      memory.fill(w, 0, width);
      for (let r = first; r <= high; r++) {
        const at = column + <usize>r * stride;
        const x = f64.load(at) - dot(done, y + <usize>r * width, rowOfV);
        f64.store(at, x);
        addMultiple(done, x, panelV + <usize>r * stride, w);
      }
      // w <- T' w, from the last entry up.
      for (let j = done - 1; j >= 0; j--) {
        let sum: f64 = 0;
        for (let p = 0; p <= j; p++)
          sum += f64.load(t + <usize>p * width + (<usize>j << 3)) * f64.load(w + (<usize>p << 3));
        f64.store(w + (<usize>j << 3), sum);
      }
      for (let r = first; r <= high; r++) {
        const at = column + <usize>r * stride;
        f64.store(at, f64.load(at) - dot(done, panelV + <usize>r * stride, w));
      }
    }
    const tau = reflectColumn(a, stride, c, high, vectors, v);
    f64.store(taus + (<usize>c << 3), tau);
    // Column i of Y = tau (A v - Y (V' v)), of T = -tau T (V' v).
    const count = high - c;
    const product = w + width;
    rowProducts(rows, count, a + <usize>first * stride + (<usize>(c + 1) << 3), stride, v, product);
    memory.fill(w, 0, width);
    for (let r = 0; r < count; r++)
      addMultiple(done, f64.load(v + (<usize>r << 3)), panelV + <usize>(c + 1 + r) * stride, w);
    for (let r = 0; r < rows; r++) {
      const row = y + <usize>(first + r) * width;
      f64.store(row + (<usize>i << 3), tau * (f64.load(product + (<usize>r << 3)) - dot(done, row, w)));
    }
    appendToTriangle(t, i, tau, w);
  }

  const firstV = panelV + <usize>first * stride;
  const next = k + panelWidth;
  // The rows above: Y = A V T, by way of A V.
  const above = first - top;
  const upper = a + <usize>top * stride + (<usize>first << 3);
  const av = y + <usize>n * width;
  memory.fill(av, 0, <usize>above * width);
  multiplyAdd(above, panelWidth, rows, 1, upper, stride, 8, firstV, stride, 8, av, width, scratch);
  memory.fill(y + <usize>top * width, 0, <usize>above * width);
  multiplyAdd(above, panelWidth, panelWidth, 1, av, width, 8, t, width, 8, y + <usize>top * width, width, scratch);
  // A -= Y V'
  multiplyAdd(above, rows, panelWidth, -1, y + <usize>top * width, width, 8, firstV, 8, stride, upper, stride, scratch);
  multiplyAdd(
    rows,
    high + 1 - next,
    panelWidth,
    -1,
    y + <usize>first * width,
    width,
    8,
    panelV + <usize>next * stride,
    8,
    stride,
    a + <usize>first * stride + (<usize>next << 3),
    stride,
    scratch,
  );
  // A -= V T' (V' A), the columns from `next` on: V' A and T' (V' A) have `columns` columns.
  const columns = end - next;
  const wide = <usize>columns << 3;
  const va = y;
  const tva = va + panelWidth * wide;
  const rest = a + <usize>first * stride + (<usize>next << 3);
  memory.fill(va, 0, panelWidth * wide * 2);
  multiplyAdd(panelWidth, columns, rows, 1, firstV, 8, stride, rest, stride, 8, va, wide, scratch);
  multiplyAdd(panelWidth, columns, panelWidth, 1, t, 8, width, va, wide, 8, tva, wide, scratch);
  multiplyAdd(rows, columns, panelWidth, -1, firstV, stride, 8, tva, wide, 8, rest, stride, scratch);
}

/**
 * `Q'` of a reduction, n x n, rows `stride` bytes apart: begins as the identity, and takes in the reflections a block
 * at a time, the last ones first. `work` and `scratch` as for {@link hessenberg}.
 */
export function formTransposedQ(
  n: i32,
  q: usize,
  stride: usize,
  low: i32,
  high: i32,
  vectors: usize,
  taus: usize,
  work: usize,
  scratch: usize,
): void {
  const width: usize = panelWidth << 3;
  const t = work;
  const w = t + panelWidth * width;
  const x = w + width;
  const y = x + <usize>n * width;
  for (let i = 0; i < n; i++) f64.store(q + <usize>i * stride + (<usize>i << 3), 1);
  const total = high - 1 - low;
  if (total <= 0) return;
  for (let k = low + ((total - 1) / panelWidth) * panelWidth; k >= low; k -= panelWidth) {
    const count = min(panelWidth, high - 1 - k);
    const first = k + 1;
    const rows = high - k;
    const panelV = vectors + (<usize>k << 3);
    const firstV = panelV + <usize>first * stride;
    // T column by column: T[:i, i] = -tau T (V' v_i).
    memory.fill(t, 0, panelWidth * width);
    for (let i = 0; i < count; i++) {
      const tau = f64.load(taus + (<usize>(k + i) << 3));
      memory.fill(w, 0, width);
      for (let r = first + i; r <= high; r++) {
        const row = panelV + <usize>r * stride;
        addMultiple(i, f64.load(row + (<usize>i << 3)), row, w);
      }
      appendToTriangle(t, i, tau, w);
    }
    // Q' -= (Q' V) T' V', on the rows and columns from `first` on.
    const corner = q + <usize>first * stride + (<usize>first << 3);
    memory.fill(x, 0, <usize>rows * width);
    memory.fill(y, 0, <usize>rows * width);
    multiplyAdd(rows, count, rows, 1, corner, stride, 8, firstV, stride, 8, x, width, scratch);
    multiplyAdd(rows, count, count, 1, x, width, 8, t, 8, width, y, width, scratch);
    multiplyAdd(rows, rows, count, -1, y, width, 8, firstV, 8, stride, corner, stride, scratch);
  }
}
