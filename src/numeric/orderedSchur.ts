import { defaultKernel as kernel } from "./defaultKernel.js";
import { exponentOfLargest, scaleByPowerOfTwo } from "./powerOfTwo.js";

/** A real Schur form `A = Q T Q'` whose leading eigenvalues are those asked for. All row-major. */
export interface OrderedSchur {
  /** False when the iteration gave up; then the rest means nothing. */
  readonly ok: boolean;
  /** Quasi-triangular, n x n. */
  readonly t: Float64Array;
  /** Orthogonal, n x n; its first columns span the invariant subspace of the leading eigenvalues. */
  readonly q: Float64Array;
  /** Where the diagonal blocks begin, and n at the end. */
  readonly starts: readonly number[];
  /** The eigenvalue of each block. */
  readonly blocks: readonly DiagonalBlock[];
}

/** One block on the diagonal: a real eigenvalue (size 1) or a conjugate pair (size 2). */
export interface DiagonalBlock {
  readonly size: 1 | 2;
  readonly real: number;
  /** Not negative. */
  readonly imaginary: number;
}

/** An exchange that leaves this much below the diagonal, relative to T, is not made. */
const acceptable = 1e-13;

/**
 * The real Schur form of a small dense matrix with its blocks in the order that `before` gives them: true when the
 * eigenvalue (or pair) of the first arguments belongs before that of the second.
 *
 * Neighbours are exchanged by orthogonal transformations. An exchange that rounding spoils (eigenvalues equal to the last
 * digits) is left out; the two count as equal.
 *
 * Cost: about 30 n^3. Source: Bai & Demmel (1993), Linear Algebra Appl. 186:73.
 *
 * @param a - n x n, finite; not changed
 */
export function orderedSchur(
  n: number,
  a: Float64Array,
  before: (real: number, imaginary: number, otherReal: number, otherImaginary: number) => boolean,
): OrderedSchur {
  const t = a.slice();
  const exponent = exponentOfLargest(t);
  scaleByPowerOfTwo(t, -exponent);
  const q = new Float64Array(n * n);
  const real = new Float64Array(n);
  const imaginary = new Float64Array(n);
  const ok = kernel.schur(n, t, 0, n - 1, q, real, imaginary, 30 * Math.max(10, n)).failedAt < 0;
  const blocks: DiagonalBlock[] = [];
  for (let i = 0; i < n; i += blocks[blocks.length - 1].size)
    blocks.push({ size: imaginary[i] > 0 ? 2 : 1, real: real[i], imaginary: Math.abs(imaginary[i]) });

  if (ok) {
    let size = 0;
    for (const v of t) size += v * v;
    const most = acceptable * Math.sqrt(size);
    // Insertion: every block climbs past those it belongs before.
    for (let b = 1; b < blocks.length; b++)
      for (let i = b; i > 0; i--) {
        const [above, below] = [blocks[i - 1], blocks[i]];
        if (!before(below.real, below.imaginary, above.real, above.imaginary)) break;
        let row = 0;
        for (let k = 0; k < i - 1; k++) row += blocks[k].size;
        if (!exchange(n, t, q, row, above.size, below.size, most)) break;
        blocks[i - 1] = below;
        blocks[i] = above;
      }
  }
  scaleByPowerOfTwo(t, exponent);
  const starts = [0];
  for (const { size } of blocks) starts.push(starts[starts.length - 1] + size);
  return { ok, t, q, starts, blocks };
}

/** Exchanges the diagonal blocks of sizes p and r that begin at `row`; false, and nothing done, where rounding forbids. */
function exchange(
  n: number,
  t: Float64Array,
  q: Float64Array,
  row: number,
  p: number,
  r: number,
  most: number,
): boolean {
  const m = p + r;
  const local = new Float64Array(m * m);
  for (let i = 0; i < m; i++) for (let j = 0; j < m; j++) local[i * m + j] = t[(row + i) * n + row + j];
  const x = sylvester(p, r, local);
  if (!x) return false;
  const g = rotation(p, r, x);
  const turned = similar(m, local, g);
  let below = 0;
  for (let i = r; i < m; i++) for (let j = 0; j < r; j++) below += turned[i * m + j] ** 2;
  if (!(Math.sqrt(below) <= most)) return false;
  const work = new Float64Array(m);
  // T <- G' T: rows.
  for (let j = row; j < n; j++) {
    for (let i = 0; i < m; i++) {
      work[i] = 0;
      for (let k = 0; k < m; k++) work[i] += g[k * m + i] * t[(row + k) * n + j];
    }
    for (let i = 0; i < m; i++) t[(row + i) * n + j] = work[i];
  }
  turnColumns(n, t, row, row + m, m, g, work);
  turnColumns(n, q, row, n, m, g, work);
  for (let i = r; i < m; i++) for (let j = 0; j < r; j++) t[(row + i) * n + row + j] = 0;
  return true;
}

/** Columns [column, column + m) of the first `rows` rows times G. */
function turnColumns(
  n: number,
  a: Float64Array,
  column: number,
  rows: number,
  m: number,
  g: Float64Array,
  work: Float64Array,
): void {
  for (let i = 0; i < rows; i++) {
    const at = i * n + column;
    for (let j = 0; j < m; j++) {
      work[j] = 0;
      for (let k = 0; k < m; k++) work[j] += a[at + k] * g[k * m + j];
    }
    for (let j = 0; j < m; j++) a[at + j] = work[j];
  }
}

/** G' A G, all m x m. */
function similar(m: number, a: Float64Array, g: Float64Array): Float64Array {
  const half = a.slice();
  turnColumns(m, half, 0, m, m, g, new Float64Array(m));
  const out = new Float64Array(m * m);
  for (let i = 0; i < m; i++)
    for (let j = 0; j < m; j++) for (let k = 0; k < m; k++) out[i * m + j] += g[k * m + i] * half[k * m + j];
  return out;
}

/**
 * X (p x r) with `A11 X - X A22 = A12`: the columns of [-X; I] span the invariant subspace of A22. At most four
 * equations; undefined where they are singular.
 */
function sylvester(p: number, r: number, local: Float64Array): Float64Array | undefined {
  const m = p + r;
  const size = p * r;
  const a = new Float64Array(size * size);
  const x = new Float64Array(size);
  for (let i = 0; i < p; i++)
    for (let j = 0; j < r; j++) {
      const e = i * r + j;
      x[e] = local[i * m + p + j];
      for (let k = 0; k < p; k++) a[e * size + k * r + j] += local[i * m + k];
      for (let k = 0; k < r; k++) a[e * size + i * r + k] -= local[(p + k) * m + p + j];
    }
  const pivots = new Int32Array(size);
  if (!kernel.luFactor(size, a, pivots)) return undefined;
  kernel.luSolve(size, a, pivots, x);
  return x;
}

/** An orthogonal G, m x m, whose first r columns span those of [-X; I]: the Q of its Householder QR. */
function rotation(p: number, r: number, x: Float64Array): Float64Array {
  const m = p + r;
  const a = new Float64Array(m * r);
  for (let i = 0; i < p; i++) for (let j = 0; j < r; j++) a[i * r + j] = -x[i * r + j];
  for (let j = 0; j < r; j++) a[(p + j) * r + j] = 1;
  const g = new Float64Array(m * m);
  for (let i = 0; i < m; i++) g[i * m + i] = 1;
  const v = new Float64Array(m);
  for (let k = 0; k < r; k++) {
    let length = 0;
    for (let i = k; i < m; i++) length = Math.hypot(length, a[i * r + k]);
    v.fill(0);
    for (let i = k; i < m; i++) v[i] = a[i * r + k] / length;
    v[k] += v[k] < 0 ? -1 : 1;
    let square = 0;
    for (let i = k; i < m; i++) square += v[i] * v[i];
    for (let j = k; j < r; j++) {
      let inner = 0;
      for (let i = k; i < m; i++) inner += v[i] * a[i * r + j];
      for (let i = k; i < m; i++) a[i * r + j] -= ((2 * inner) / square) * v[i];
    }
    for (let i = 0; i < m; i++) {
      let inner = 0;
      for (let j = k; j < m; j++) inner += g[i * m + j] * v[j];
      for (let j = k; j < m; j++) g[i * m + j] -= ((2 * inner) / square) * v[j];
    }
  }
  return g;
}
