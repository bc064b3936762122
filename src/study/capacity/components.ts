import { createRandom } from "../../core/random.js";
import type { Matrix } from "../../core/system.js";
import { defaultKernel as kernel } from "../../numeric/defaultKernel.js";
import { symmetricEigen } from "../../numeric/symmetricEigen.js";
import type { Recording } from "./recording.js";

/** Products with the Gram matrix: directions beyond the wanted ones are damped by their ratio of eigenvalues each time. */
const rounds = 6;

/** Directions carried along besides the wanted ones. */
const spare = 10;

/**
 * The features along the leading principal directions, each divided by (variance + floor)^(1/4), the whole scaled to a
 * mean square of 1: samples x components. Halfway between raw scores, where the small directions that hold the older
 * items are lost, and whitened ones, where noise weighs as much as signal. `floor` is a share of the mean variance.
 *
 * The directions come from subspace iteration on the Gram matrix (Halko, Martinsson & Tropp 2011), exact where the
 * components are all there are. O(rounds n^2 components + samples n components).
 */
export function components(
  { features, gram, width: n, samples, variance, split }: Recording,
  most: number,
  floor: number,
): { scores: Matrix; count: number } {
  const count = Math.min(most, n);
  if (count === 0) return { scores: new Float64Array(0), count };
  const basis = leadingDirections(gram, n, count);
  const scores = new Float64Array(samples * count);
  kernel.gemm(false, false, samples, count, n, 1, features, basis, 0, scores);
  const { from, to } = split.training;
  let meanSquare = 0;
  for (let k = 0; k < count; k++) {
    let square = 0;
    for (let t = from; t < to; t++) square += scores[t * count + k] ** 2 / (to - from);
    const scale = (square + floor * variance) ** -0.25;
    for (let t = 0; t < samples; t++) scores[t * count + k] *= scale;
    meanSquare += (square * scale * scale) / count;
  }
  const overall = 1 / Math.sqrt(meanSquare);
  for (let k = 0; k < scores.length; k++) scores[k] *= overall;
  return { scores, count };
}

/** Orthonormal columns, n x count, that span the leading eigenvectors of a symmetric matrix; largest first. */
function leadingDirections(gram: Matrix, n: number, count: number): Matrix {
  const carried = Math.min(n, count + spare);
  const random = createRandom(0);
  let basis: Matrix = Float64Array.from({ length: n * carried }, () => random.normal());
  let image: Matrix = new Float64Array(n * carried);
  orthonormalise(basis, n, carried, random);
  for (let round = 0; round < rounds; round++) {
    kernel.gemm(false, false, n, carried, n, 1, gram, basis, 0, image);
    [basis, image] = [image, basis];
    orthonormalise(basis, n, carried, random);
  }
  kernel.gemm(false, false, n, carried, n, 1, gram, basis, 0, image);
  const small = new Float64Array(carried * carried);
  kernel.gemm(true, false, carried, carried, n, 1, basis, image, 0, small);
  const { vectors } = symmetricEigen(carried, small);
  const turn = new Float64Array(carried * count);
  for (let k = 0; k < count; k++)
    for (let i = 0; i < carried; i++) turn[i * count + k] = vectors[i * carried + (carried - 1 - k)];
  const out = new Float64Array(n * count);
  kernel.gemm(false, false, n, count, carried, 1, basis, turn, 0, out);
  return out;
}

/** Gram-Schmidt, each column twice; one that depends on those before it is drawn anew. */
function orthonormalise(basis: Matrix, n: number, columns: number, random: { normal(): number }): void {
  const rows = new Float64Array(columns * n);
  for (let k = 0; k < columns; k++) for (let i = 0; i < n; i++) rows[k * n + i] = basis[i * columns + k];
  for (let k = 0; k < columns; k++) {
    const own = rows.subarray(k * n, (k + 1) * n);
    for (let attempt = 0; attempt < 3; attempt++) {
      const before = Math.sqrt(dot(own, own));
      for (let pass = 0; pass < 2; pass++)
        for (let j = 0; j < k; j++) {
          const other = rows.subarray(j * n, (j + 1) * n);
          const along = dot(own, other);
          for (let i = 0; i < n; i++) own[i] -= along * other[i];
        }
      const length = Math.sqrt(dot(own, own));
      if (length > 1e-12 * before && length > 0) {
        for (let i = 0; i < n; i++) own[i] /= length;
        break;
      }
      for (let i = 0; i < n; i++) own[i] = random.normal();
    }
  }
  for (let k = 0; k < columns; k++) for (let i = 0; i < n; i++) basis[i * columns + k] = rows[k * n + i];
}

function dot(a: Float64Array, b: Float64Array): number {
  let s0 = 0;
  let s1 = 0;
  let i = 0;
  for (; i + 2 <= a.length; i += 2) {
    s0 += a[i] * b[i];
    s1 += a[i + 1] * b[i + 1];
  }
  if (i < a.length) s0 += a[i] * b[i];
  return s0 + s1;
}
