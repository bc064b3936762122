import type { Random } from "../core/random.js";
import { defaultKernel as kernel } from "./defaultKernel.js";
import { eigen } from "./eigen.js";
import { orderedSchur } from "./orderedSchur.js";

/** `out = A v` of a real n x n operator. */
export type Product = (v: Float64Array, out: Float64Array) => void;

/** Which eigenvalues come first: those of largest modulus, or of largest real part. */
export type Leading = "modulus" | "real";

/** An invariant subspace: `A V = V T`, as well as `status` and `residual` say. */
export interface InvariantSubspace {
  /** "not-converged": the products were spent; the subspace is the best seen. "not-finite": a product had NaN or infinity. */
  readonly status: "ok" | "not-converged" | "not-finite";
  /** Its dimension: the number asked for, or one more where that would part a conjugate pair; 0 when not finite. */
  readonly count: number;
  /** count x n: an orthonormal basis, one vector per row. */
  readonly basis: Float64Array;
  /** count x count, quasi-triangular, row-major. */
  readonly t: Float64Array;
  /** Largest |A v| seen for a unit v: the size of A as far as is known. */
  readonly size: number;
  /** Products made. */
  readonly products: number;
}

/** What {@link krylovSchur} is asked for. */
export interface KrylovSchurRequest {
  readonly count: number;
  readonly leading: Leading;
  /** An eigenpair has converged when |A v - lambda v| is at most this times the size of A. */
  readonly tolerance: number;
  /** Products allowed. */
  readonly maxProducts: number;
  /** Draws the starting vectors. */
  readonly random: Random;
}

/** A direction this much shorter than the images seen so far is rounding: the space is invariant. */
const invariant = 1e-14;
/** Eigenvalues closer than this, relative to the largest, are ranked as equal. */
const tie = 1e-9;

/**
 * The leading invariant subspace of a real operator known by its products: Krylov-Schur, that is Arnoldi's method with
 * thick restarts. Conjugate pairs stay together and all arithmetic is real.
 *
 * A space grows to some 60 directions, its projection is brought to ordered Schur form, and the best half goes on. Where
 * the space becomes invariant it grows on from a fresh random direction. When all wanted pairs have converged they are
 * locked and one more space is grown, orthogonal to them: it shows copies of repeated eigenvalues, which the first spaces
 * cannot see. (It is a search, not a proof: a copy close to others may still be missed.)
 *
 * Cost: for a basis of m, each restart m / 2 products and about 4 m^2 n operations; (2 m + 1) n numbers.
 * Source: Stewart (2001), SIAM J. Matrix Anal. Appl. 23:601; restarts, Wu & Simon (2000).
 */
export function krylovSchur(n: number, product: Product, request: KrylovSchurRequest): InvariantSubspace {
  const { leading, tolerance, maxProducts, random } = request;
  const wanted = Math.min(request.count, n);
  const m = Math.min(n, Math.max(60, 3 * wanted + 1));
  let basis = new Float64Array((m + 1) * n);
  let spare = new Float64Array((m + 1) * n);
  const s = new Float64Array(m * m);
  const spike = new Float64Array(m);
  const inner = new Float64Array(m + 1);
  const image = new Float64Array(n);
  let size = 0;
  let products = 0;
  let kept = 0;
  let locked: { count: number; real: number; imaginary: number } | undefined;

  const row = (k: number) => basis.subarray(k * n, (k + 1) * n);

  /** Takes the first `count` directions out of row `count`, twice; adds what was taken to `taken`. Returns what is left. */
  function orthogonalise(count: number, taken?: Float64Array): number {
    const w = row(count);
    for (let round = 0; round < 2; round++) {
      kernel.gemv(count, n, basis, w, inner);
      kernel.gemvTransposed(count, n, basis, inner, image);
      for (let i = 0; i < n; i++) w[i] -= image[i];
      if (taken) for (let i = 0; i < count; i++) taken[i] += inner[i];
    }
    return length(w);
  }

  /** A random unit vector orthogonal to the first `count` directions, in row `count`. */
  function freshDirection(count: number): void {
    const w = row(count);
    for (let i = 0; i < n; i++) w[i] = random.normal();
    divide(w, orthogonalise(count));
    divide(w, orthogonalise(count));
  }

  /** Grows the space from `kept` directions to m. Returns |rest| of the last one; NaN when not finite. */
  function grow(): number {
    const column = new Float64Array(m);
    let rest = 0;
    for (let j = kept; j < m; j++) {
      const next = row(j + 1);
      product(row(j), next);
      products++;
      const before = length(next);
      if (!(before < Infinity)) return Number.NaN;
      size = Math.max(size, before);
      column.fill(0);
      rest = orthogonalise(j + 1, column);
      for (let i = 0; i <= j; i++) s[i * m + j] = column[i];
      if (j + 1 === n) rest = 0;
      else if (rest <= invariant * size) {
        rest = 0;
        freshDirection(j + 1);
      } else divide(next, rest);
      if (j + 1 < m) s[(j + 1) * m + j] = rest;
    }
    return rest;
  }

  freshDirection(0);
  for (;;) {
    const rest = grow();
    const before = ranking(leading, tie * size);
    const schur = Number.isNaN(rest) ? undefined : orderedSchur(m, s, before);
    if (!schur?.ok)
      return {
        status: schur ? "not-converged" : "not-finite",
        count: 0,
        basis: new Float64Array(0),
        t: new Float64Array(0),
        size,
        products,
      };
    const { t, q, starts, blocks } = schur;
    for (let i = 0; i < m; i++) spike[i] = rest * q[(m - 1) * m + i];
    const count = starts.find((k) => k >= wanted)!;
    const converged = largestResidual(m, count, t, spike) <= tolerance * size;
    const worst = blocks[starts.indexOf(count) - 1];
    const unchanged =
      locked?.count === count && !before(worst.real, worst.imaginary, locked.real, locked.imaginary);
    const done = products >= maxProducts || (converged && (m === n || unchanged));
    // The best directions: the first `kept` columns of Q.
    kept = done || converged ? count : starts.findLast((k) => k <= (count + m) / 2)!;
    const turn = new Float64Array(kept * m);
    for (let i = 0; i < m; i++) for (let j = 0; j < kept; j++) turn[j * m + i] = q[i * m + j];
    kernel.gemm(false, false, kept, n, m, 1, turn, basis.subarray(0, m * n), 0, spare);
    if (done) {
      const leadingT = new Float64Array(count * count);
      for (let i = 0; i < count; i++) for (let j = 0; j < count; j++) leadingT[i * count + j] = t[i * m + j];
      return {
        status: converged ? "ok" : "not-converged",
        count,
        basis: spare.slice(0, count * n),
        t: leadingT,
        size,
        products,
      };
    }
    spare.set(row(m), kept * n);
    [basis, spare] = [spare, basis];
    s.fill(0);
    for (let i = 0; i < kept; i++) for (let j = 0; j < kept; j++) s[i * m + j] = t[i * m + j];
    if (converged) {
      locked = { count, real: worst.real, imaginary: worst.imaginary };
      freshDirection(kept);
    } else {
      for (let j = 0; j < kept; j++) s[kept * m + j] = spike[j];
    }
  }
}

/** Which of two eigenvalues leads; differences below `close` do not count, then the larger real part leads. */
function ranking(leading: Leading, close: number) {
  return (real: number, imaginary: number, otherReal: number, otherImaginary: number): boolean => {
    const difference =
      leading === "real"
        ? real - otherReal
        : Math.hypot(real, imaginary) - Math.hypot(otherReal, otherImaginary);
    if (Math.abs(difference) > close) return difference > 0;
    if (Math.abs(real - otherReal) > close) return real > otherReal;
    return imaginary > otherImaginary + close;
  };
}

/** |A v - lambda v| is |spike . y| for v = V y: the largest over the first `count` eigenvectors. */
function largestResidual(m: number, count: number, t: Float64Array, spike: Float64Array): number {
  const block = new Float64Array(count * count);
  for (let i = 0; i < count; i++) for (let j = 0; j < count; j++) block[i * count + j] = t[i * m + j];
  const { status, rightReal, rightImaginary } = eigen(count, block, "right");
  if (status !== "ok") return Number.POSITIVE_INFINITY;
  let most = 0;
  for (let j = 0; j < count; j++) {
    let real = 0;
    let imaginary = 0;
    for (let i = 0; i < count; i++) {
      real += spike[i] * rightReal![i * count + j];
      imaginary += spike[i] * rightImaginary![i * count + j];
    }
    most = Math.max(most, Math.hypot(real, imaginary));
  }
  return most;
}

function divide(v: Float64Array, by: number): void {
  for (let i = 0; i < v.length; i++) v[i] /= by;
}

function length(v: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < v.length; i++) sum += v[i] * v[i];
  return Math.sqrt(sum);
}
