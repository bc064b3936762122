import type { Vector } from "../core/system.js";
import { defaultKernel as kernel } from "../numeric/defaultKernel.js";
import { norm } from "./problem.js";

/** How a solution by {@link createGmres} ended, and what was reached. */
export interface GmresResult {
  /**
   * "ok": |b - A x| <= tolerance |b|. "not-converged": the products were spent, or rounding lets x get no better.
   * "breakdown": A is singular as far as these products show. "not-finite": a product, or b, has NaN or infinity.
   */
  readonly status: "ok" | "not-converged" | "breakdown" | "not-finite";
  /** |b - A x| / |b|, computed from x itself and not by the recurrence; 0 when b is 0; NaN when not finite. */
  readonly residual: number;
  /** Products with A made. */
  readonly products: number;
}

/** Solves A x = b from products with A; keeps its work space, so that one serves many systems of its size. */
export interface Gmres {
  /**
   * `x[n]` becomes the solution, from zero, as good as the status says. `product` writes `out = A v`. At most
   * `maxProducts` products build Krylov spaces; each space costs one more, which computes the residual of its x.
   */
  solve(
    product: (v: Vector, out: Vector) => void,
    b: Vector,
    x: Vector,
    tolerance: number,
    maxProducts: number,
  ): GmresResult;
}

/** A new direction this much shorter than the image it comes from is rounding: the Krylov space is invariant. */
const invariant = 1e-14;

/**
 * GMRES: the x in the Krylov space of b that makes |b - A x| smallest, for a square A known by its products only.
 *
 * `restart` is the largest dimension of a space; then x is kept and a new space begins. Directions are made orthogonal
 * twice (classical Gram-Schmidt, twice is enough), so the least-squares problem is the true one; it is solved by Givens
 * rotations as the space grows.
 *
 * Cost: for a space of dimension m, m + 1 products and 4 m^2 n operations; (m + 3) n numbers.
 * Source: Saad & Schultz (1986), SIAM J. Sci. Stat. Comput. 7:856; twice is enough: Giraud et al. (2005).
 *
 * @param n - the number of unknowns
 * @param restart - at least 1
 *
 * @example
 * ```ts
 * const x = new Float64Array(2);
 * createGmres(2, 2).solve((v, out) => out.set([2 * v[0], v[0] + v[1]]), Float64Array.of(2, 3), x, 1e-12, 2); // x = [1, 2]
 * ```
 */
export function createGmres(n: number, restart: number): Gmres {
  const most = Math.max(1, Math.min(restart, n));
  const basis = new Float64Array((most + 1) * n);
  const rows = Array.from({ length: most + 1 }, (_, k) => basis.subarray(k * n, (k + 1) * n));
  const residual = new Float64Array(n);
  const image = new Float64Array(n);
  // Column k of the triangular factor R, and the rotations that made it.
  const triangle = Array.from({ length: most }, () => new Float64Array(most + 1));
  const cosine = new Float64Array(most);
  const sine = new Float64Array(most);
  const target = new Float64Array(most + 1);
  const again = new Float64Array(most + 1);
  const weights = new Float64Array(most + 1);

  return {
    solve(product, b, x, tolerance, maxProducts) {
      x.fill(0);
      const size = norm(b);
      if (!(size < Infinity)) return { status: "not-finite", residual: Number.NaN, products: 0 };
      if (size === 0) return { status: "ok", residual: 0, products: 0 };
      residual.set(b);
      let length = size;
      let built = 0;
      let products = 0;
      for (;;) {
        const { grown, singular, finite } = grow(product, length, tolerance * size, maxProducts - built);
        built += grown;
        products += grown;
        if (!finite) return { status: "not-finite", residual: Number.NaN, products };
        combine(singular ? grown - 1 : grown, x);
        product(x, image);
        products++;
        for (let i = 0; i < n; i++) residual[i] = b[i] - image[i];
        const before = length;
        length = norm(residual);
        if (!(length < Infinity)) return { status: "not-finite", residual: Number.NaN, products };
        const end = (status: GmresResult["status"]) => ({ status, residual: length / size, products });
        if (length <= tolerance * size) return end("ok");
        if (singular) return end("breakdown");
        if (built >= maxProducts || !(length < 0.9 * before)) return end("not-converged");
      }
    },
  };

  /** Builds a Krylov space of `residual` until the least-squares residual is below `goal`, or it may grow no more. */
  function grow(
    product: (v: Vector, out: Vector) => void,
    length: number,
    goal: number,
    budget: number,
  ): { grown: number; singular: boolean; finite: boolean } {
    for (let i = 0; i < n; i++) basis[i] = residual[i] / length;
    target.fill(0);
    target[0] = length;
    for (let k = 0; k < Math.min(most, budget); k++) {
      const next = rows[k + 1];
      product(rows[k], next);
      const before = norm(next);
      if (!(before < Infinity)) return { grown: k + 1, singular: false, finite: false };
      const column = triangle[k];
      subtractProjection(k + 1, next, column);
      subtractProjection(k + 1, next, again);
      for (let i = 0; i <= k; i++) column[i] += again[i];
      let rest = norm(next);
      if (rest <= invariant * before) rest = 0;
      for (let i = 0; i < k; i++) {
        const upper = cosine[i] * column[i] + sine[i] * column[i + 1];
        column[i + 1] = cosine[i] * column[i + 1] - sine[i] * column[i];
        column[i] = upper;
      }
      const diagonal = Math.hypot(column[k], rest);
      if (!(diagonal > invariant * before)) return { grown: k + 1, singular: true, finite: true };
      cosine[k] = column[k] / diagonal;
      sine[k] = rest / diagonal;
      column[k] = diagonal;
      target[k + 1] = -sine[k] * target[k];
      target[k] *= cosine[k];
      if (rest === 0 || Math.abs(target[k + 1]) <= goal)
        return { grown: k + 1, singular: false, finite: true };
      for (let i = 0; i < n; i++) next[i] /= rest;
    }
    return { grown: Math.min(most, budget), singular: false, finite: true };
  }

  /** `w -= V V' w` with the first `count` directions as rows of V'; `out = V' w`. */
  function subtractProjection(count: number, w: Vector, out: Vector): void {
    kernel.gemv(count, n, basis, w, out);
    kernel.gemvTransposed(count, n, basis, out, image);
    for (let i = 0; i < n; i++) w[i] -= image[i];
  }

  /** `x += V y`, `R y = target` with the first `count` columns. */
  function combine(count: number, x: Vector): void {
    for (let k = count - 1; k >= 0; k--) {
      let sum = target[k];
      for (let j = k + 1; j < count; j++) sum -= triangle[j][k] * weights[j];
      weights[k] = sum / triangle[k][k];
    }
    kernel.gemvTransposed(count, n, basis, weights, image);
    for (let i = 0; i < n; i++) x[i] += image[i];
  }
}
