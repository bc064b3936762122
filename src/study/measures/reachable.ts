import { defaultKernel as kernel } from "../../numeric/defaultKernel.js";

/** What an input can reach through a linear map. */
export interface Reachable {
  /** r: dimension of the span of v, W v, W^2 v, ... */
  readonly rank: number;
  /** r x r, upper Hessenberg: W restricted to that space, in an orthonormal basis. */
  readonly restricted: Float64Array;
  /** Least new part of a basis vector that was kept, relative to |W|; 1 when r is 0 or 1. */
  readonly margin: number;
}

/**
 * The reachable (controllable) subspace of `x <- W x + v u`, and W on it.
 *
 * The Krylov vectors v, W v, W^2 v, ... themselves are parallel to rounding after a few steps. Arnoldi's process makes
 * each orthogonal to the others before it is multiplied on; twice, so that the basis is orthonormal to rounding. It ends
 * where a new vector is, relative to |W|, below `tolerance`: then the space is invariant, for W and within that distance
 * of it. This is the staircase form of a single input.
 *
 * Cost: O(n^2 r).
 *
 * Source: Arnoldi (1951); Paige (1981), IEEE Trans. Autom. Control 26:130, for the staircase.
 */
export function reachable(n: number, w: Float64Array, v: Float64Array, tolerance: number): Reachable {
  const size = norm(w);
  const start = norm(v);
  if (start === 0) return { rank: 0, restricted: new Float64Array(0), margin: 1 };
  const basis = new Float64Array(n * n); // rows
  const h = new Float64Array(n * n);
  for (let i = 0; i < n; i++) basis[i] = v[i] / start;
  const image = new Float64Array(n);
  let rank = 1;
  let margin = 1;
  for (; ; rank++) {
    const last = rank - 1;
    kernel.gemv(n, n, w, basis.subarray(last * n, rank * n), image);
    const known = basis.subarray(0, rank * n);
    const part = new Float64Array(rank);
    for (let twice = 0; twice < 2; twice++) {
      kernel.gemv(rank, n, known, image, part);
      for (let j = 0; j < rank; j++) {
        h[j * n + last] += part[j];
        for (let i = 0; i < n; i++) image[i] -= part[j] * basis[j * n + i];
      }
    }
    const fresh = norm(image);
    if (rank === n || fresh <= tolerance * size) break;
    margin = Math.min(margin, fresh / size);
    h[rank * n + last] = fresh;
    for (let i = 0; i < n; i++) basis[rank * n + i] = image[i] / fresh;
  }
  const restricted = new Float64Array(rank * rank);
  for (let i = 0; i < rank; i++) for (let j = 0; j < rank; j++) restricted[i * rank + j] = h[i * n + j];
  return { rank, restricted, margin };
}

function norm(x: Float64Array): number {
  let largest = 0;
  for (const v of x) largest = Math.max(largest, Math.abs(v));
  if (largest === 0) return 0;
  let sum = 0;
  for (const v of x) sum += (v / largest) ** 2;
  return largest * Math.sqrt(sum);
}
