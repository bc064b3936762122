// The eigen-solver's entry points: Hessenberg reduction and QR iteration in one, and vectors.

import { Schur } from "./blocks";
import { formTransposedQ, hessenberg } from "./hessenberg";
import { iterate, schurScratch, schurWork } from "./schur";

export { triangularVectors } from "./triangularVectors";

/** Bytes between rows of the matrices: room for three numbers of padding, and an odd number of cache lines. */
export function schurStride(n: i32): i32 {
  const lines = (n + 3 + 7) / 8;
  return (lines | 1) * 64;
}

/** Bytes of `work` for {@link schur}. */
export function schurRoom(n: i32): i32 {
  return <i32>schurWork + <i32>schurScratch + (n + 64) * 64 * 8 + n * 8 + 256;
}

/**
 * Real Schur form of rows and columns [low, high] of `a` (rows as {@link schurStride}), in place. `q`: 0, or zeros that
 * become the transpose of the orthogonal matrix; the whole of `a` is then brought along. `vectors`: room for another
 * such matrix, zeros. `sweeps`: in, how many may be made; out, how many were. Returns -1, or the last row whose
 * eigenvalue was not found.
 */
export function schur(
  n: i32,
  a: usize,
  low: i32,
  high: i32,
  q: usize,
  vectors: usize,
  real: usize,
  imaginary: usize,
  sweeps: usize,
  work: usize,
): i32 {
  const stride = <usize>schurStride(n);
  const scratch = work;
  const taus = scratch + schurScratch;
  const panel = taus + (<usize>n << 3);
  const s = changetype<Schur>(panel + (<usize>(n + 64) << 9));
  hessenberg(n, a, stride, low, high, q != 0, vectors, taus, panel, scratch);
  if (q != 0) formTransposedQ(n, q, stride, low, high, vectors, taus, panel, scratch);
  for (let i = 0; i < n; i++) {
    f64.store(real + (<usize>i << 3), f64.load(a + <usize>i * stride + (<usize>i << 3)));
    f64.store(imaginary + (<usize>i << 3), 0);
  }
  s.n = n;
  s.columns = n;
  s.whole = q != 0;
  s.h = a;
  s.stride = stride;
  s.transformed = q;
  s.transformedStride = stride;
  s.real = real;
  s.imaginary = imaginary;
  s.work = changetype<usize>(s) + 256;
  s.scratch = scratch;
  s.sweeps = 0;
  s.budget = i32.load(sweeps);
  const failed = iterate(s, low, high, true);
  i32.store(sweeps, s.sweeps);
  return failed;
}
