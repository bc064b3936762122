/**
 * Right eigenvectors of an upper quasi-triangular matrix (a real Schur form) by back substitution.
 *
 * Left eigenvectors are the right ones of {@link reversedTranspose}, with the order of rows reversed.
 */

const ulp = 2 ** -52;
/** No divisor is smaller; the matrix is scaled to a largest entry near 1 before. */
const smallestDivisor = 1e-180;
/** A vector that grows beyond is scaled down, so that nothing overflows. */
const largestEntry = 1e100;

/**
 * Row j of the result is the vector of the real eigenvalue j; a pair in rows (j - 1, j) has the real and the
 * imaginary part of the vector of the eigenvalue with positive imaginary part there.
 *
 * Where an eigenvalue coincides with an earlier one and the equation reads 0 = 0, both to within `tolerance`
 * (absolute; the rounding error of the Schur form), the component is free and is set to zero: the vectors of a
 * repeated eigenvalue then stay independent.
 * `(2/3) n^3` operations.
 */
export function quasiTriangularVectors(
  n: number,
  t: Float64Array,
  real: Float64Array,
  imaginary: Float64Array,
  tolerance: number,
): Float64Array {
  const out = new Float64Array(n * n);
  const re = new Float64Array(n);
  const im = new Float64Array(n);
  const sums = new Float64Array(4);
  for (let j = n - 1; j >= 0; j--) {
    const pair = imaginary[j] !== 0;
    re.fill(0);
    im.fill(0);
    if (pair) {
      // [[-i w, b], [c, -i w]] (x, y) = 0 with w = sqrt(|b c|)
      const b = t[(j - 1) * n + j];
      const c = t[j * n + j - 1];
      const w = Math.abs(imaginary[j]);
      if (Math.abs(b) >= Math.abs(c)) {
        re[j - 1] = 1;
        im[j] = w / b;
      } else {
        re[j - 1] = -w / c;
        im[j] = 1;
      }
    } else {
      re[j] = 1;
    }
    const firstRow = pair ? j - 1 : j;
    substitute(n, t, real, imaginary, firstRow, j, tolerance, re, im, sums);
    if (pair) {
      out.set(re, (j - 1) * n);
      out.set(im, j * n);
      j--;
    } else {
      out.set(re, j * n);
    }
  }
  return out;
}

/** Solves `(T - lambda) x = 0` upwards from the block that ends in row j. */
function substitute(
  n: number,
  t: Float64Array,
  real: Float64Array,
  imaginary: Float64Array,
  firstRow: number,
  j: number,
  tolerance: number,
  re: Float64Array,
  im: Float64Array,
  sums: Float64Array,
): void {
  const lambdaRe = real[j];
  const lambdaIm = Math.abs(imaginary[j]);
  const floor = Math.max(ulp * (Math.abs(lambdaRe) + lambdaIm), smallestDivisor);
  let size = 1;
  for (let i = firstRow - 1; i >= 0; i--) {
    const block = imaginary[i] !== 0;
    const gap = Math.abs(real[i] - lambdaRe) + Math.abs(Math.abs(imaginary[i]) - lambdaIm);
    rowSum(n, t, i, i + 1, j, re, im, sums, 0);
    let numerator = Math.max(Math.abs(sums[0]), Math.abs(sums[1]));
    if (block) {
      rowSum(n, t, i - 1, i + 1, j, re, im, sums, 2);
      numerator = Math.max(numerator, Math.abs(sums[2]), Math.abs(sums[3]));
    }
    if (gap <= tolerance && numerator <= tolerance * size) {
      if (block) i--;
      continue;
    }
    if (block) {
      solveBlock(n, t, i, lambdaRe, lambdaIm, floor, re, im, sums);
      size = rescale(i - 1, i, j, re, im, size);
      i--;
    } else {
      let d = t[i * n + i] - lambdaRe;
      if (Math.abs(d) + lambdaIm < floor) d = floor;
      re[i] = divideRe(-sums[0], -sums[1], d, -lambdaIm);
      im[i] = divideIm(-sums[0], -sums[1], d, -lambdaIm);
      size = rescale(i, i, j, re, im, size);
    }
  }
}

/** `sums[at], sums[at + 1] = sum over k in [from, to] of T[row, k] x[k]`. */
function rowSum(
  n: number,
  t: Float64Array,
  row: number,
  from: number,
  to: number,
  re: Float64Array,
  im: Float64Array,
  sums: Float64Array,
  at: number,
): void {
  const start = row * n;
  let s0 = 0;
  let s1 = 0;
  for (let k = from; k <= to; k++) {
    const x = t[start + k];
    s0 += x * re[k];
    s1 += x * im[k];
  }
  sums[at] = s0;
  sums[at + 1] = s1;
}

/** The 2 x 2 block in rows i - 1, i: elimination with partial pivoting, complex. */
function solveBlock(
  n: number,
  t: Float64Array,
  i: number,
  lambdaRe: number,
  lambdaIm: number,
  floor: number,
  re: Float64Array,
  im: Float64Array,
  sums: Float64Array,
): void {
  const b = t[(i - 1) * n + i];
  const c = t[i * n + i - 1];
  const dRe = t[i * n + i] - lambdaRe;
  const dIm = -lambdaIm;
  // First row [d, b | r], second row [c, d | s].
  const rRe = -sums[2];
  const rIm = -sums[3];
  const sRe = -sums[0];
  const sIm = -sums[1];
  if (Math.abs(dRe) + Math.abs(dIm) >= Math.abs(c)) {
    const lRe = divideRe(c, 0, dRe, dIm);
    const lIm = divideIm(c, 0, dRe, dIm);
    let uRe = dRe - lRe * b;
    const uIm = dIm - lIm * b;
    if (Math.abs(uRe) + Math.abs(uIm) < floor) uRe = floor;
    const yRe = sRe - (lRe * rRe - lIm * rIm);
    const yIm = sIm - (lRe * rIm + lIm * rRe);
    re[i] = divideRe(yRe, yIm, uRe, uIm);
    im[i] = divideIm(yRe, yIm, uRe, uIm);
    const zRe = rRe - b * re[i];
    const zIm = rIm - b * im[i];
    re[i - 1] = divideRe(zRe, zIm, dRe, dIm);
    im[i - 1] = divideIm(zRe, zIm, dRe, dIm);
    return;
  }
  const lRe = dRe / c;
  const lIm = dIm / c;
  let uRe = b - (lRe * dRe - lIm * dIm);
  const uIm = -(lRe * dIm + lIm * dRe);
  if (Math.abs(uRe) + Math.abs(uIm) < floor) uRe = floor;
  const yRe = rRe - (lRe * sRe - lIm * sIm);
  const yIm = rIm - (lRe * sIm + lIm * sRe);
  re[i] = divideRe(yRe, yIm, uRe, uIm);
  im[i] = divideIm(yRe, yIm, uRe, uIm);
  re[i - 1] = (sRe - (dRe * re[i] - dIm * im[i])) / c;
  im[i - 1] = (sIm - (dRe * im[i] + dIm * re[i])) / c;
}

/** The size of the vector so far, after scaling it down if one of the new entries [first, last] has grown too large. */
function rescale(
  first: number,
  last: number,
  j: number,
  re: Float64Array,
  im: Float64Array,
  size: number,
): number {
  let entry = 0;
  for (let k = first; k <= last; k++) entry = Math.max(entry, Math.abs(re[k]), Math.abs(im[k]));
  if (entry <= largestEntry) return Math.max(size, entry);
  for (let k = first; k <= j; k++) {
    re[k] /= entry;
    im[k] /= entry;
  }
  return 1;
}

/** Real part of `(a + i b) / (c + i d)`, without needless overflow (Smith 1962). */
function divideRe(a: number, b: number, c: number, d: number): number {
  if (d === 0) return a / c;
  if (Math.abs(c) >= Math.abs(d)) {
    const r = d / c;
    return (a + b * r) / (c + d * r);
  }
  const r = c / d;
  return (a * r + b) / (c * r + d);
}

/** Imaginary part of `(a + i b) / (c + i d)`. */
function divideIm(a: number, b: number, c: number, d: number): number {
  return divideRe(b, -a, c, d);
}

/** `J T' J`, J the reversal of the order: upper quasi-triangular again, for the left eigenvectors of T. */
export function reversedTranspose(n: number, t: Float64Array): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) out[(n - 1 - j) * n + (n - 1 - i)] = t[i * n + j];
  return out;
}
