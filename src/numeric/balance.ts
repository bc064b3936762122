/** What {@link balance} did to a matrix, so that vectors can be carried back. */
export interface Balance {
  /** Rows and columns outside [low, high] are triangular already: their eigenvalues are on the diagonal. */
  readonly low: number;
  readonly high: number;
  /** The row swapped with row i, for i outside [low, high]. */
  readonly swaps: Int32Array;
  /** Row i was divided, column i multiplied, by `2^exponents[i]`. */
  readonly exponents: Int32Array;
}

/**
 * Balances a real square matrix in place: permutes isolated eigenvalues to the ends, then scales by powers of
 * two until each row of the rest is about as large as its column. Exact: no entry is rounded.
 *
 * O(n^2) per sweep, few sweeps. Parlett & Reinsch 1969; the 2-norm of James, Langou & Lowery 2014.
 */
export function balance(n: number, a: Float64Array): Balance {
  const swaps = Int32Array.from({ length: n }, (_, i) => i);
  const exponents = new Int32Array(n);
  let low = 0;
  let high = n - 1;
  for (let row = isolatedRow(n, a, high); row >= 0 && high >= 0; row = isolatedRow(n, a, high)) {
    swapRowAndColumn(n, a, row, high);
    swaps[high--] = row;
  }
  for (let column = isolatedColumn(n, a, low, high); column >= 0; column = isolatedColumn(n, a, low, high)) {
    swapRowAndColumn(n, a, column, low);
    swaps[low++] = column;
  }
  if (low < high) scale(n, a, low, high, exponents);
  return { low, high, swaps, exponents };
}

/** The last row that is zero off the diagonal within [0, high], or -1. */
function isolatedRow(n: number, a: Float64Array, high: number): number {
  for (let i = high; i >= 0; i--) {
    let j = 0;
    while (j <= high && (j === i || a[i * n + j] === 0)) j++;
    if (j > high) return i;
  }
  return -1;
}

/** The first column that is zero off the diagonal within [low, high], or -1. */
function isolatedColumn(n: number, a: Float64Array, low: number, high: number): number {
  for (let j = low; j <= high; j++) {
    let i = low;
    while (i <= high && (i === j || a[i * n + j] === 0)) i++;
    if (i > high) return j;
  }
  return -1;
}

function swapRowAndColumn(n: number, a: Float64Array, i: number, j: number): void {
  if (i === j) return;
  for (let k = 0; k < n; k++) {
    const t = a[i * n + k];
    a[i * n + k] = a[j * n + k];
    a[j * n + k] = t;
  }
  for (let k = 0; k < n; k++) {
    const t = a[k * n + i];
    a[k * n + i] = a[k * n + j];
    a[k * n + j] = t;
  }
}

/** Beyond this power of two a scale factor would endanger the range of the numbers. */
const limit = 500;
/** Each step shrinks a row and its column by 5 % at least: a few sweeps are the rule, this many never needed. */
const sweepLimit = 100;
/** Sums of squares below this have lost digits to underflow. */
const safeSquare = 1e-280;

function scale(n: number, a: Float64Array, low: number, high: number, exponents: Int32Array): void {
  let again = true;
  for (let sweep = 0; again && sweep < sweepLimit; sweep++) {
    again = false;
    for (let i = low; i <= high; i++) {
      let columnSquare = 0;
      let rowSquare = 0;
      for (let k = low; k <= high; k++) {
        const c = a[k * n + i];
        const r = a[i * n + k];
        columnSquare += c * c;
        rowSquare += r * r;
      }
      const column = columnSquare > safeSquare ? Math.sqrt(columnSquare) : largestOf(a, low, high, i, n);
      const row = rowSquare > safeSquare ? Math.sqrt(rowSquare) : largestOf(a, low, high, i * n, 1);
      if (column === 0 || row === 0) continue;
      // The power of two f nearest to sqrt(row / column): column f and row / f are then closest.
      const wanted = Math.round((Math.log2(row) - Math.log2(column)) / 2);
      const k = Math.max(-limit, Math.min(limit, exponents[i] + wanted)) - exponents[i];
      if (k === 0) continue;
      const f = 2 ** k;
      if (column * f + row / f >= 0.95 * (column + row)) continue;
      for (let j = 0; j < n; j++) a[i * n + j] /= f;
      for (let j = 0; j < n; j++) a[j * n + i] *= f;
      exponents[i] += k;
      again = true;
    }
  }
}

/** The largest entry of a row or column within [low, high]: its norm, to a factor, where squares underflow. */
function largestOf(a: Float64Array, low: number, high: number, start: number, step: number): number {
  let size = 0;
  for (let k = low; k <= high; k++) size = Math.max(size, Math.abs(a[start + k * step]));
  return size;
}

/** Carries the rows of `vectors` (one vector of length n per row) from the balanced matrix back to the original. */
export function undoBalance(
  n: number,
  balanced: Balance,
  vectors: Float64Array,
  side: "right" | "left",
): void {
  const sign = side === "right" ? 1 : -1;
  for (let v = 0; v < vectors.length; v += n) {
    for (let i = balanced.low; i <= balanced.high; i++)
      if (balanced.exponents[i] !== 0) vectors[v + i] *= 2 ** (sign * balanced.exponents[i]);
    for (let i = balanced.low - 1; i >= 0; i--) swap(vectors, v + i, v + balanced.swaps[i]);
    for (let i = balanced.high + 1; i < n; i++) swap(vectors, v + i, v + balanced.swaps[i]);
  }
}

function swap(x: Float64Array, i: number, j: number): void {
  const t = x[i];
  x[i] = x[j];
  x[j] = t;
}
