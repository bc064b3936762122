import { defaultKernel } from "./defaultKernel.js";

/** Below this inner product of unit vectors an eigenvalue of a cluster is nearly defective, and left alone. */
const defectiveBelow = 1e-5;

/**
 * Makes the left vectors of each cluster of eigenvalues biorthogonal to its right vectors, in place. A cluster is a set
 * of eigenvalues linked by distances of at most `gap`.
 *
 * Separate back substitutions leave `w_i^H v_j` of about `eps |T| / |lambda_i - lambda_j|` instead of 0: nothing to
 * speak of, except in a cluster. There the wanted vectors are `G^-1 Y'` with `G = Y' X`; what this mixes into
 * a left vector disturbs its equation by the rounding error only. Rows are packed as by `quasiTriangularVectors` (a
 * pair as real and imaginary parts, for which `w^H v = 1` and `w^H conj(v) = 0` read `Y' X = 1/2`).
 * O(n^2), and O(k^2 n) for a cluster of k.
 */
export function biorthogonaliseClusters(
  n: number,
  real: Float64Array,
  imaginary: Float64Array,
  gap: number,
  x: Float64Array,
  y: Float64Array,
): void {
  const seen = new Uint8Array(n);
  for (let first = 0; first < n; first++) {
    if (seen[first] || imaginary[first] < 0) continue;
    seen[first] = 1;
    const blocks = [first];
    for (let next = 0; next < blocks.length; next++)
      for (let i = first + 1; i < n; i++) {
        if (seen[i] || imaginary[i] < 0) continue;
        const j = blocks[next];
        if (Math.abs(real[i] - real[j]) + Math.abs(imaginary[i] - imaginary[j]) > gap) continue;
        seen[i] = 1;
        blocks.push(i);
      }
    if (blocks.length === 1) continue;
    const sound = blocks.filter((i) => alignment(n, i, imaginary[i] > 0, x, y) > defectiveBelow);
    const rows = sound.flatMap((i) => (imaginary[i] > 0 ? [i, i + 1] : [i]));
    if (sound.length > 1) biorthogonalise(n, rows, imaginary, x, y);
  }
}

function biorthogonalise(
  n: number,
  rows: readonly number[],
  imaginary: Float64Array,
  x: Float64Array,
  y: Float64Array,
): void {
  const k = rows.length;
  const gram = new Float64Array(k * k);
  for (let a = 0; a < k; a++)
    for (let b = 0; b < k; b++) gram[a * k + b] = dot(n, y, rows[a] * n, x, rows[b] * n);
  const pivots = new Int32Array(k);
  if (!(Math.abs(defaultKernel.luFactor(k, gram, pivots)) === 1)) return;
  const column = new Float64Array(k);
  const solved = new Float64Array(k * n);
  for (let j = 0; j < n; j++) {
    for (let a = 0; a < k; a++) column[a] = y[rows[a] * n + j];
    defaultKernel.luSolve(k, gram, pivots, column);
    for (let a = 0; a < k; a++) solved[a * n + j] = imaginary[rows[a]] === 0 ? column[a] : column[a] / 2;
  }
  if (solved.every(Number.isFinite))
    rows.forEach((row, a) => y.set(solved.subarray(a * n, (a + 1) * n), row * n));
}

/** |w^H v| of the unit left and right vectors of a block. */
function alignment(n: number, i: number, pair: boolean, x: Float64Array, y: Float64Array): number {
  const at = i * n;
  const next = at + n;
  let re = dot(n, y, at, x, at);
  let im = 0;
  let xx = dot(n, x, at, x, at);
  let yy = dot(n, y, at, y, at);
  if (pair) {
    re += dot(n, y, next, x, next);
    im = dot(n, y, at, x, next) - dot(n, y, next, x, at);
    xx += dot(n, x, next, x, next);
    yy += dot(n, y, next, y, next);
  }
  return Math.hypot(re, im) / (Math.sqrt(xx) * Math.sqrt(yy));
}

function dot(n: number, x: Float64Array, xAt: number, y: Float64Array, yAt: number): number {
  let sum = 0;
  for (let k = 0; k < n; k++) sum += x[xAt + k] * y[yAt + k];
  return sum;
}
