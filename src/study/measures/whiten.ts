import { defaultKernel as kernel } from "../../numeric/defaultKernel.js";
import { symmetricEigen } from "../../numeric/symmetricEigen.js";

/** Features made uncorrelated: what every capacity of one recording shares. */
export interface Whitened {
  /** T. */
  readonly samples: number;
  /** r: how many directions of the features vary, to working precision. */
  readonly rank: number;
  /** T x r; columns of mean 0, mean of squares 1, uncorrelated. Spans the centred features. */
  readonly q: Float64Array;
  /** Largest over smallest variance of a direction that counts, features standardised first; 0 without any. */
  readonly condition: number;
  /** Features that do not change, beyond rounding. */
  readonly constant: number;
  /** Features that are another one again: shifted, scaled or mirrored. */
  readonly duplicate: number;
}

/** One pass keeps directions whose standard deviation is at least this part of the largest one's. */
const perPass = 1e-4;
/** A correlation this near to 1 means the same feature. */
const same = 1e-12;

/**
 * Whitens T x n features (rows of `x`; not changed).
 *
 * Features are centred and standardised; their Gram matrix (n x n) gives directions by its eigenvectors. A Gram matrix
 * squares the condition, so that only directions with a standard deviation down to about 1e-8 of the largest could be
 * had from one. So directions are taken in passes: those above 1e-4 of the largest, which have eight digits to spare, are
 * projected out, and the Gram matrix of what remains is formed anew, until nothing above `tolerance` (relative
 * standard deviation) remains.
 *
 * Cost: O(T n^2 + n^3) per pass, fewer columns in each; one pass per four decades of the features' condition.
 */
export function whiten(samples: number, n: number, x: Float64Array, tolerance: number): Whitened {
  const { width, table } = standardise(samples, n, x);
  const blocks: { columns: number; q: Float64Array }[] = [];
  let rest = table;
  let columns = width;
  let largest = 0;
  let smallest = 0;
  let duplicate = 0;
  for (let pass = 0; columns > 0; pass++) {
    const gram = new Float64Array(columns * columns);
    kernel.gemm(true, false, columns, columns, samples, 1 / samples, rest, rest, 0, gram);
    if (pass === 0) duplicate = duplicatesOf(columns, gram);
    const { values, vectors } = symmetricEigen(columns, gram);
    const top = values[columns - 1];
    if (pass === 0) largest = top;
    const floor = Math.max(top * perPass ** 2, largest * tolerance ** 2);
    let first = columns;
    while (first > 0 && values[first - 1] > floor) first--;
    const kept = columns - first;
    if (kept === 0) break;
    smallest = values[first];

    // Columns of `rest` in the eigenbasis, largest variance last: the kept ones scaled, the others left to the next pass.
    const turned = new Float64Array(samples * columns);
    kernel.gemm(false, false, samples, columns, columns, 1, rest, vectors, 0, turned);
    const q = new Float64Array(samples * kept);
    const next = new Float64Array(samples * first);
    for (let t = 0; t < samples; t++) {
      for (let j = 0; j < kept; j++)
        q[t * kept + j] = turned[t * columns + first + j] / Math.sqrt(values[first + j]);
      for (let j = 0; j < first; j++) next[t * first + j] = turned[t * columns + j];
    }
    blocks.push({ columns: kept, q });
    // Eigenvectors separate the two up to rounding of the Gram matrix; this makes it rounding of the features.
    for (const block of blocks) removeSpan(samples, block.columns, block.q, first, next);
    rest = next;
    columns = first;
  }
  const rank = blocks.reduce((sum, block) => sum + block.columns, 0);
  return {
    samples,
    rank,
    q: besides(samples, rank, blocks),
    condition: rank > 0 ? largest / smallest : 0,
    constant: n - width,
    duplicate,
  };
}

/** Features that vary, as columns of mean 0 and mean of squares 1. */
function standardise(samples: number, n: number, x: Float64Array) {
  // About the first row, so that what is constant stays exactly so.
  const mean = x.slice(0, n);
  const size = new Float64Array(n);
  const square = new Float64Array(n);
  for (let t = 0; t < samples; t++)
    for (let i = 0; i < n; i++) {
      mean[i] += (x[t * n + i] - x[i]) / samples;
      size[i] = Math.max(size[i], Math.abs(x[t * n + i]));
    }
  for (let t = 0; t < samples; t++)
    for (let i = 0; i < n; i++) square[i] += (x[t * n + i] - mean[i]) ** 2 / samples;
  const deviation = square.map(Math.sqrt);
  const moving = [...deviation.keys()].filter((i) => deviation[i] > 16 * Number.EPSILON * size[i]);
  const width = moving.length;
  const table = new Float64Array(samples * width);
  for (let t = 0; t < samples; t++)
    for (let j = 0; j < width; j++) {
      const i = moving[j];
      table[t * width + j] = (x[t * n + i] - mean[i]) / deviation[i];
    }
  return { width, table };
}

function duplicatesOf(n: number, gram: Float64Array): number {
  let count = 0;
  for (let i = 0; i < n; i++) {
    let known = false;
    for (let j = 0; j < i && !known; j++) known = Math.abs(gram[i * n + j]) > 1 - same;
    if (known) count++;
  }
  return count;
}

/** `Y <- Y - Q Q' Y / T`. */
function removeSpan(samples: number, r: number, q: Float64Array, columns: number, y: Float64Array): void {
  if (columns === 0) return;
  const inner = new Float64Array(r * columns);
  kernel.gemm(true, false, r, columns, samples, 1 / samples, q, y, 0, inner);
  kernel.gemm(false, false, samples, columns, r, -1, q, inner, 1, y);
}

function besides(
  samples: number,
  rank: number,
  blocks: readonly { columns: number; q: Float64Array }[],
): Float64Array {
  if (blocks.length === 1) return blocks[0].q;
  const all = new Float64Array(samples * rank);
  let at = 0;
  for (const { columns, q } of blocks) {
    for (let t = 0; t < samples; t++)
      for (let j = 0; j < columns; j++) all[t * rank + at + j] = q[t * columns + j];
    at += columns;
  }
  return all;
}
