// LU, Cholesky and QR factorisations of matrices with contiguous rows. LU and Cholesky halve the problem until it is
// small, so that nearly all the work is done by matrix products (Toledo 1997).

import { multiplyAdd, productScratch } from "./product";
import { addMultiple, dot } from "./vector";

/** Columns of a block that is eliminated one by one. */
const small = 8;

/** Bytes of `scratch` for all factorisations. */
export function factorRoom(): i32 {
  return <i32>productScratch;
}

/**
 * `P A = L U` in place with partial pivoting; `pivots[i]` is the row swapped with row i. Returns the sign of the
 * determinant, 0 when a pivot column is zero. O(2/3 n^3).
 */
export function luFactor(n: i32, a: usize, pivots: usize, scratch: usize): i32 {
  return n == 0 ? 1 : factorColumns(n, a, pivots, 0, n, scratch);
}

function factorColumns(n: i32, a: usize, pivots: usize, from: i32, to: i32, scratch: usize): i32 {
  if (to - from <= small) return eliminate(n, a, pivots, from, to);
  const row = <usize>n << 3;
  const half = from + (((to - from) / 2 + small - 1) / small) * small;
  let sign = factorColumns(n, a, pivots, from, half, scratch);
  const right = a + (<usize>half << 3);
  solveUnitLower(half - from, a + <usize>from * row + (<usize>from << 3), to - half, right + <usize>from * row, row, scratch);
  multiplyAdd(
    n - half,
    to - half,
    half - from,
    -1,
    a + <usize>half * row + (<usize>from << 3),
    row,
    8,
    right + <usize>from * row,
    row,
    8,
    right + <usize>half * row,
    row,
    scratch,
  );
  sign *= factorColumns(n, a, pivots, half, to, scratch);
  return sign;
}

/** Eliminates columns [from, to) within themselves; swaps whole rows. */
function eliminate(n: i32, a: usize, pivots: usize, from: i32, to: i32): i32 {
  const row = <usize>n << 3;
  let sign = 1;
  for (let j = from; j < to; j++) {
    const column = a + (<usize>j << 3);
    let pivotRow = j;
    let largest = abs(f64.load(column + <usize>j * row));
    for (let i = j + 1; i < n; i++) {
      const size = abs(f64.load(column + <usize>i * row));
      if (size > largest) {
        largest = size;
        pivotRow = i;
      }
    }
    i32.store(pivots + (<usize>j << 2), pivotRow);
    if (largest == 0) {
      sign = 0;
      continue;
    }
    const own = a + <usize>j * row;
    if (pivotRow != j) {
      swapRows(n, own, a + <usize>pivotRow * row);
      sign = -sign;
    }
    const pivot = f64.load(own + (<usize>j << 3));
    if (pivot < 0) sign = -sign;
    const rest = to - j - 1;
    const source = own + (<usize>(j + 1) << 3);
    for (let i = j + 1; i < n; i++) {
      const at = column + <usize>i * row;
      const factor = f64.load(at) / pivot;
      f64.store(at, factor);
      let to8 = at + 8;
      let from8 = source;
      let k = rest;
      const c = f64x2.splat(factor);
      for (; k >= 2; k -= 2, to8 += 16, from8 += 16)
        v128.store(to8, f64x2.sub(v128.load(to8), f64x2.mul(c, v128.load(from8))));
      if (k > 0) f64.store(to8, f64.load(to8) - factor * f64.load(from8));
    }
  }
  return sign;
}

function swapRows(n: i32, one: usize, other: usize): void {
  let k = n;
  for (; k >= 2; k -= 2, one += 16, other += 16) {
    const x = v128.load(one);
    v128.store(one, v128.load(other));
    v128.store(other, x);
  }
  if (k > 0) {
    const x = f64.load(one);
    f64.store(one, f64.load(other));
    f64.store(other, x);
  }
}

/** `B <- L^-1 B` for unit lower triangular L of order m and `columns` columns; rows of both `row` bytes apart. */
function solveUnitLower(m: i32, l: usize, columns: i32, b: usize, row: usize, scratch: usize): void {
  if (m <= small) {
    for (let i = 1; i < m; i++)
      for (let k = 0; k < i; k++)
        addMultiple(columns, -f64.load(l + <usize>i * row + (<usize>k << 3)), b + <usize>k * row, b + <usize>i * row);
    return;
  }
  const half = ((m / 2 + small - 1) / small) * small;
  const below = <usize>half * row;
  solveUnitLower(half, l, columns, b, row, scratch);
  multiplyAdd(m - half, columns, half, -1, l + below, row, 8, b, row, 8, b + below, row, scratch);
  solveUnitLower(m - half, l + below + (<usize>half << 3), columns, b + below, row, scratch);
}

/** `A = L L'` in the lower triangle; the upper one is spoilt. False when A is not positive definite. O(1/3 n^3). */
export function cholesky(n: i32, a: usize, scratch: usize): bool {
  return choleskyBlock(n, a, <usize>n << 3, scratch);
}

function choleskyBlock(n: i32, a: usize, row: usize, scratch: usize): bool {
  if (n <= small << 1) {
    for (let i = 0; i < n; i++) {
      const own = a + <usize>i * row;
      for (let j = 0; j < i; j++) {
        const other = a + <usize>j * row;
        const at = own + (<usize>j << 3);
        f64.store(at, (f64.load(at) - dot(j, own, other)) / f64.load(other + (<usize>j << 3)));
      }
      const at = own + (<usize>i << 3);
      const rest = f64.load(at) - dot(i, own, own);
      if (!(rest > 0) || rest == Infinity) return false;
      f64.store(at, sqrt(rest));
    }
    return true;
  }
  const half = ((n / 2 + small - 1) / small) * small;
  const below = a + <usize>half * row;
  const corner = below + (<usize>half << 3);
  if (!choleskyBlock(half, a, row, scratch)) return false;
  solveLowerTransposed(half, a, n - half, below, row, scratch);
  subtractSquare(n - half, half, below, corner, row, scratch);
  return choleskyBlock(n - half, corner, row, scratch);
}

/** `C -= B B'` in the lower triangle of C (and a little above its diagonal): B is n x k. */
function subtractSquare(n: i32, k: i32, b: usize, c: usize, row: usize, scratch: usize): void {
  const step = 64;
  for (let j = 0; j < n; j += step) {
    const from = b + <usize>j * row;
    const to = c + <usize>j * row + (<usize>j << 3);
    multiplyAdd(n - j, min(step, n - j), k, -1, from, row, 8, from, 8, row, to, row, scratch);
  }
}

/** `B <- B L^-T` for lower triangular L of order m and `rows` rows of B. */
function solveLowerTransposed(m: i32, l: usize, rows: i32, b: usize, row: usize, scratch: usize): void {
  if (m <= small << 1) {
    for (let i = 0; i < rows; i++) {
      const own = b + <usize>i * row;
      for (let j = 0; j < m; j++) {
        const other = l + <usize>j * row;
        const at = own + (<usize>j << 3);
        f64.store(at, (f64.load(at) - dot(j, own, other)) / f64.load(other + (<usize>j << 3)));
      }
    }
    return;
  }
  const half = ((m / 2 + small - 1) / small) * small;
  const right = <usize>half << 3;
  const below = l + <usize>half * row;
  solveLowerTransposed(half, l, rows, b, row, scratch);
  multiplyAdd(rows, m - half, half, -1, b, row, 8, below, 8, row, b + right, row, scratch);
  solveLowerTransposed(m - half, below + right, rows, b + right, row, scratch);
}

/**
 * Least squares by Householder reflections: A is m x n with m >= n, B is m x k; both are overwritten, the first n rows
 * of B by the X that makes |A X - B| least. `work`: m + max(n, k) numbers. Returns the least |R_ii| over the greatest: 0
 * when a column depends on those before it (X is then not filled in). O(2 m n (n + k)).
 */
export function leastSquares(m: i32, n: i32, k: i32, a: usize, b: usize, work: usize): f64 {
  const aRow = <usize>n << 3;
  const bRow = <usize>k << 3;
  const v = work;
  const w = work + (<usize>m << 3);
  let least: f64 = Infinity;
  let greatest: f64 = 0;
  for (let j = 0; j < n; j++) {
    const column = a + (<usize>j << 3);
    let largest: f64 = 0;
    for (let i = j; i < m; i++) largest = max(largest, abs(f64.load(column + <usize>i * aRow)));
    if (largest == 0) return 0;
    let square: f64 = 0;
    for (let i = j; i < m; i++) {
      const x = f64.load(column + <usize>i * aRow) / largest;
      f64.store(v + (<usize>i << 3), x);
      square += x * x;
    }
    const alpha = f64.load(v + (<usize>j << 3));
    const beta = alpha > 0 ? -sqrt(square) : sqrt(square);
    const size = abs(beta * largest);
    least = min(least, size);
    greatest = max(greatest, size);
    f64.store(column + <usize>j * aRow, beta * largest);
    const tau = (beta - alpha) / beta;
    f64.store(v + (<usize>j << 3), 1);
    for (let i = j + 1; i < m; i++) f64.store(v + (<usize>i << 3), f64.load(v + (<usize>i << 3)) / (alpha - beta));
    reflectBelow(j, m, n - j - 1, column + 8, aRow, v, tau, w);
    reflectBelow(j, m, k, b, bRow, v, tau, w);
  }
  for (let i = n - 1; i >= 0; i--) {
    const own = b + <usize>i * bRow;
    const row = a + <usize>i * aRow;
    for (let l = i + 1; l < n; l++) addMultiple(k, -f64.load(row + (<usize>l << 3)), b + <usize>l * bRow, own);
    const pivot = f64.load(row + (<usize>i << 3));
    for (let c: usize = 0; c < bRow; c += 8) f64.store(own + c, f64.load(own + c) / pivot);
  }
  return n == 0 ? 1 : least / greatest;
}

/** `X <- (I - tau v v') X` on rows [from, m) of `columns` numbers. */
function reflectBelow(from: i32, m: i32, columns: i32, x: usize, row: usize, v: usize, tau: f64, w: usize): void {
  memory.fill(w, 0, <usize>columns << 3);
  for (let i = from; i < m; i++) addMultiple(columns, f64.load(v + (<usize>i << 3)), x + <usize>i * row, w);
  for (let i = from; i < m; i++)
    addMultiple(columns, -tau * f64.load(v + (<usize>i << 3)), w, x + <usize>i * row);
}
