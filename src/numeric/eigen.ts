import { balance, undoBalance } from "./balance.js";
import { defaultKernel } from "./defaultKernel.js";
import { biorthogonaliseClusters } from "./eigenClusters.js";
import type { Kernel } from "./kernel.js";
import { exponentOfLargest, scaleByPowerOfTwo } from "./powerOfTwo.js";
import { reversedTranspose } from "./quasiTriangularVectors.js";

/** Which eigenvectors {@link eigen} returns besides the eigenvalues. */
export type EigenVectors = "none" | "right" | "both";

/**
 * The eigen-decomposition of a real square matrix.
 *
 * Eigenvalues are ordered by decreasing modulus (ties: larger real part first); conjugate pairs are adjacent,
 * positive imaginary part first.
 * Vector j is column j: `rightReal[i * n + j] + i * rightImaginary[i * n + j]`. Right vectors have unit
 * Euclidean norm and their largest component is real and positive. Left vectors w satisfy w^H A = lambda w^H,
 * scaled so that w_j^H v_j = 1.
 */
export interface EigenDecomposition {
  readonly status: "ok" | "not-finite" | "not-converged";
  /** One sentence when the status is not "ok", else empty. */
  readonly message: string;
  readonly real: Float64Array;
  readonly imaginary: Float64Array;
  readonly rightReal?: Float64Array;
  readonly rightImaginary?: Float64Array;
  readonly leftReal?: Float64Array;
  readonly leftImaginary?: Float64Array;
  /**
   * Condition number of each eigenvalue, |w_j| |v_j| / |w_j^H v_j| >= 1; with "both" only. Infinity: defective
   * to working precision; the left vector then has unit norm.
   */
  readonly condition?: Float64Array;
}

/** Below this inner product of unit vectors (in the Schur basis) an eigenvalue counts as defective. */
const defectiveBelow = 8 * 2 ** -52;
/** Below this the inner product of unit vectors in the original coordinates cannot be divided by. */
const smallestProduct = 1e-300;
/** Eigenvalues closer than this times |T|_F are made biorthogonal together: rounding alone would not keep them so. */
const clusterGap = 1e-5;
/** Sweeps allowed for each eigenvalue, on average. */
const sweepsPerEigenvalue = 30;

/**
 * All eigenvalues of a real n x n matrix, with right or with right and left eigenvectors.
 *
 * `A v = lambda v` and `w^H A = lambda w^H`. The matrix is scaled and balanced by powers of two, reduced to
 * Hessenberg form, and iterated to real Schur form; right and left vectors come from the Schur form by
 * separate back substitutions, so left vectors of nearly defective matrices are as good as right ones. The vectors
 * of eigenvalues closer than 1e-5 |A| (a repeated one, above all) are made biorthogonal among themselves, except
 * those of nearly defective ones (condition above 1e5), where `w_i^H v_j` is small only relative to the conditions.
 *
 * Backward stable: the result belongs to a matrix that differs from A by about 1e-15 |A| after balancing.
 *
 * @param n - order; 0 gives empty arrays
 * @param a - n * n numbers, row-major; not changed
 * @param vectors - `"none"`, `"right"` (default) or `"both"`
 * @param kernel - who does the work; the fastest one by default
 * @returns Never throws. Status "not-finite" (every number NaN) when A has a NaN or infinity; "not-converged"
 * when the iteration gave up: the eigenvalues found are kept and come first, the others and all vectors are NaN.
 *
 * Cost: about `10 n^3` operations for eigenvalues, `25 n^3` with right, `30 n^3` with both; `5 n^2` numbers.
 *
 * Francis 1961; Braman, Byers & Mathias 2002; Golub & Van Loan 2013, chapter 7; Anderson et al. 1999 (LAPACK).
 *
 * @example
 * ```ts
 * const { real, imaginary } = eigen(2, Float64Array.of(0, -1, 1, 0), "none"); // real [0, 0], imaginary [1, -1]
 * ```
 */
export function eigen(
  n: number,
  a: Float64Array,
  vectors: EigenVectors = "right",
  kernel: Kernel = defaultKernel,
): EigenDecomposition {
  let poison = 0; // 0 * x is 0 for a finite x, NaN otherwise
  for (let i = 0; i < n * n; i++) poison += 0 * a[i];
  if (poison !== 0) {
    const i = a.findIndex((x) => !Number.isFinite(x));
    const where = `row ${Math.floor(i / n)}, column ${i % n}`;
    return blank(n, vectors, "not-finite", `The matrix is not finite: ${a[i]} in ${where}.`);
  }

  const withVectors = vectors !== "none";
  const t = a.slice(0, n * n);
  let exponent = exponentOfLargest(t);
  scaleByPowerOfTwo(t, -exponent);
  const balanced = balance(n, t);
  const again = exponentOfLargest(t);
  scaleByPowerOfTwo(t, -again);
  exponent += again;

  const { low, high } = balanced;
  const q = withVectors ? new Float64Array(n * n) : undefined;
  const real = new Float64Array(n);
  const imaginary = new Float64Array(n);
  const budget = sweepsPerEigenvalue * Math.max(10, high - low + 1);
  const { failedAt, sweeps } = kernel.schur(n, t, low, high, q, real, imaginary, budget);
  if (failedAt >= 0) {
    real.fill(Number.NaN, low, failedAt + 1);
    imaginary.fill(Number.NaN, low, failedAt + 1);
  }

  const order = byModulus(n, real, imaginary);
  const sorted = {
    real: scaledBack(n, real, order, exponent),
    imaginary: scaledBack(n, imaginary, order, exponent),
  };
  if (failedAt >= 0) {
    const message = `The QR iteration gave up at eigenvalue ${failedAt} of ${n} (row of the Schur form) after ${sweeps} sweeps; those found are kept.`;
    return { ...blank(n, vectors, "not-converged", message), ...sorted };
  }
  if (!q) return { status: "ok", message: "", ...sorted };

  const norm = frobeniusNorm(t);
  const tolerance = Math.max(10, n) * 2 ** -52 * norm;
  const x = new Float64Array(n * n);
  kernel.quasiTriangularVectors(n, t, real, imaginary, tolerance, x);
  const right = backTransform(kernel, n, q, x);
  undoBalance(n, balanced, right, "right");
  if (vectors === "right") {
    normalise(n, right, imaginary);
    const [rightReal, rightImaginary] = asColumns(n, right, imaginary, order);
    return { status: "ok", message: "", ...sorted, rightReal, rightImaginary };
  }

  const y = leftSchurVectors(kernel, n, t, real, imaginary, tolerance);
  biorthogonaliseClusters(n, real, imaginary, clusterGap * norm, x, y);
  const left = backTransform(kernel, n, q, y);
  undoBalance(n, balanced, left, "left");
  const condition = pairUp(n, x, y, right, left, imaginary);
  const [rightReal, rightImaginary] = asColumns(n, right, imaginary, order);
  const [leftReal, leftImaginary] = asColumns(n, left, imaginary, order);
  return {
    status: "ok",
    message: "",
    ...sorted,
    rightReal,
    rightImaginary,
    leftReal,
    leftImaginary,
    condition: Float64Array.from(order, (j) => condition[j]),
  };
}

/** A result of the right shape without an answer in it. */
function blank(
  n: number,
  vectors: EigenVectors,
  status: "not-finite" | "not-converged",
  message: string,
): EigenDecomposition {
  const nan = (size: number) => new Float64Array(size).fill(Number.NaN);
  return {
    status,
    message,
    real: nan(n),
    imaginary: nan(n),
    ...(vectors !== "none" && { rightReal: nan(n * n), rightImaginary: nan(n * n) }),
    ...(vectors === "both" && { leftReal: nan(n * n), leftImaginary: nan(n * n), condition: nan(n) }),
  };
}

/** Positions by decreasing modulus, then real part; a pair moves as one. NaN last. */
function byModulus(n: number, real: Float64Array, imaginary: Float64Array): Int32Array {
  const modulus = new Float64Array(n);
  const blocks: number[] = [];
  for (let i = 0; i < n; i++) {
    const [x, y] = [Math.abs(real[i]), Math.abs(imaginary[i])];
    const size = Math.max(x, y);
    const ratio = size > 0 ? Math.min(x, y) / size : 0;
    modulus[i] = size * Math.sqrt(1 + ratio * ratio);
    if (imaginary[i] >= 0 || Number.isNaN(size)) blocks.push(i);
  }
  const missing = (i: number) => (Number.isNaN(modulus[i]) ? 1 : 0);
  blocks.sort((i, j) => modulus[j] - modulus[i] || real[j] - real[i] || missing(i) - missing(j) || i - j);
  const order = new Int32Array(n);
  let count = 0;
  for (const i of blocks) {
    order[count++] = i;
    if (imaginary[i] > 0) order[count++] = i + 1;
  }
  return order;
}

function scaledBack(n: number, values: Float64Array, order: Int32Array, exponent: number): Float64Array {
  const out = new Float64Array(n);
  for (let i = 0; i < n; i++) out[i] = values[order[i]];
  scaleByPowerOfTwo(out, exponent);
  return out;
}

/** Left vectors of the Schur form, packed like the right ones: `y^H T = lambda y^H`. */
function leftSchurVectors(
  kernel: Kernel,
  n: number,
  t: Float64Array,
  real: Float64Array,
  imaginary: Float64Array,
  tolerance: number,
): Float64Array {
  const mirrored = new Float64Array(n * n);
  kernel.quasiTriangularVectors(
    n,
    reversedTranspose(n, t),
    real.slice().reverse(),
    imaginary.slice().reverse(),
    tolerance,
    mirrored,
  );
  // Row j of the mirrored set is row n - 1 - j here, entries reversed. In a pair the real part must come first,
  // and w^H A = lambda w^H is A' w = conj(lambda) w: the imaginary part changes sign.
  const out = mirrored.reverse();
  for (let j = 0; j < n; j++) {
    if (imaginary[j] <= 0) continue;
    for (let k = 0; k < n; k++) {
      const im = out[j * n + k];
      out[j * n + k] = out[(j + 1) * n + k];
      out[(j + 1) * n + k] = -im;
    }
  }
  return out;
}

/** Rows times Q': vectors of the Schur form become vectors of the balanced matrix. */
function backTransform(kernel: Kernel, n: number, q: Float64Array, rows: Float64Array): Float64Array {
  const out = new Float64Array(n * n);
  kernel.gemm(false, true, n, n, n, 1, rows, q, 1, out);
  return out;
}

/** Unit norm, and the largest component real and positive. Real rows alone, pairs of rows as one complex vector. */
function normalise(n: number, rows: Float64Array, imaginary: Float64Array): void {
  const factor = new Float64Array(2);
  for (let j = 0; j < n; j++) {
    const pair = imaginary[j] > 0;
    unitFactor(n, rows, j, pair, factor);
    multiplyRow(n, rows, j, pair, factor[0], factor[1]);
    if (pair) j++;
  }
}

/**
 * The complex number that makes vector j a unit vector with its largest component real and positive. The row is
 * scaled by its largest entry first, so that squares stay in range.
 */
function unitFactor(n: number, rows: Float64Array, j: number, pair: boolean, factor: Float64Array): void {
  const at = j * n;
  const end = at + (pair ? 2 * n : n);
  let largest = 0;
  for (let k = at; k < end; k++) largest = Math.max(largest, Math.abs(rows[k]));
  for (let k = at; k < end; k++) rows[k] /= largest;
  let square = 0;
  let largestSquare = 0;
  for (let k = at; k < at + n; k++) {
    const size = rows[k] * rows[k] + (pair ? rows[k + n] * rows[k + n] : 0);
    square += size;
    if (size > largestSquare) largestSquare = size;
  }
  // The first of the components that are largest up to rounding, so that ties do not depend on it.
  let k = at;
  while (rows[k] * rows[k] + (pair ? rows[k + n] * rows[k + n] : 0) < 0.999999 * largestSquare) k++;
  const re = rows[k];
  const im = pair ? rows[k + n] : 0;
  const size = Math.hypot(re, im) * Math.sqrt(square);
  factor[0] = re / size;
  factor[1] = -im / size;
}

/** Vector j times the complex number re + i im. */
function multiplyRow(n: number, rows: Float64Array, j: number, pair: boolean, re: number, im: number): void {
  const at = j * n;
  if (!pair) {
    for (let k = at; k < at + n; k++) rows[k] *= re;
    return;
  }
  for (let k = at; k < at + n; k++) {
    const x = rows[k];
    const y = rows[k + n];
    rows[k] = x * re - y * im;
    rows[k + n] = x * im + y * re;
  }
}

/**
 * Normalises right vectors, scales left ones to `w^H v = 1`, and returns the condition numbers. The inner products
 * are taken in the Schur basis (x, y), where a simple eigenvalue has only its own entries in common.
 */
function pairUp(
  n: number,
  x: Float64Array,
  y: Float64Array,
  right: Float64Array,
  left: Float64Array,
  imaginary: Float64Array,
): Float64Array {
  const condition = new Float64Array(n);
  const rightFactor = new Float64Array(2);
  const leftFactor = new Float64Array(2);
  for (let j = 0; j < n; j++) {
    const pair = imaginary[j] > 0;
    const at = j * n;
    let gRe = 0;
    let gIm = 0;
    let xx = 0;
    let yy = 0;
    for (let k = at; k < at + n; k++) {
      gRe += y[k] * x[k];
      xx += x[k] * x[k];
      yy += y[k] * y[k];
      if (!pair) continue;
      gRe += y[k + n] * x[k + n];
      gIm += y[k] * x[k + n] - y[k + n] * x[k];
      xx += x[k + n] * x[k + n];
      yy += y[k + n] * y[k + n];
    }
    const defective = Math.hypot(gRe, gIm) <= defectiveBelow * Math.sqrt(xx) * Math.sqrt(yy);
    let scale = 1 / largestOf(right, at, pair ? 2 * n : n);
    unitFactor(n, right, j, pair, rightFactor);
    multiplyRow(n, right, j, pair, rightFactor[0], rightFactor[1]);
    scale /= largestOf(left, at, pair ? 2 * n : n);
    unitFactor(n, left, j, pair, leftFactor);
    multiplyRow(n, left, j, pair, leftFactor[0], leftFactor[1]);
    // The inner product of the unit vectors: conj(leftFactor) * rightFactor * scale * g.
    const fRe = leftFactor[0] * rightFactor[0] + leftFactor[1] * rightFactor[1];
    const fIm = leftFactor[0] * rightFactor[1] - leftFactor[1] * rightFactor[0];
    const hRe = (fRe * gRe - fIm * gIm) * scale;
    const hIm = (fRe * gIm + fIm * gRe) * scale;
    const product = Math.hypot(hRe, hIm);
    if (defective || !(product > smallestProduct)) {
      condition[j] = Infinity;
    } else {
      multiplyRow(n, left, j, pair, hRe / product / product, hIm / product / product);
      condition[j] = 1 / product;
    }
    if (pair) condition[++j] = condition[j - 1];
  }
  return condition;
}

function largestOf(x: Float64Array, at: number, count: number): number {
  let largest = 0;
  for (let k = at; k < at + count; k++) largest = Math.max(largest, Math.abs(x[k]));
  return largest;
}

function rowNorm(x: Float64Array, at: number, count: number): number {
  const largest = largestOf(x, at, count);
  if (largest === 0 || largest === Infinity) return largest;
  let square = 0;
  for (let k = at; k < at + count; k++) square += (x[k] / largest) ** 2;
  return largest * Math.sqrt(square);
}

function frobeniusNorm(x: Float64Array): number {
  return rowNorm(x, 0, x.length);
}

/** Packed rows to columns in the final order, real and imaginary parts apart; the second of a pair is conjugate. */
function asColumns(
  n: number,
  rows: Float64Array,
  imaginary: Float64Array,
  order: Int32Array,
): [real: Float64Array, imaginary: Float64Array] {
  const re = new Float64Array(n * n);
  const im = new Float64Array(n * n);
  for (let c = 0; c < n; c++) {
    const j = order[c];
    const sign = Math.sign(imaginary[j]);
    const reAt = (sign < 0 ? j - 1 : j) * n;
    for (let k = 0; k < n; k++) re[k * n + c] = rows[reAt + k];
    if (sign !== 0) for (let k = 0; k < n; k++) im[k * n + c] = sign * rows[reAt + n + k];
  }
  return [re, im];
}
