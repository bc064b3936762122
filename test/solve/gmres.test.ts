import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRandom } from "../../src/core/random.js";
import { typescriptKernel as kernel } from "../../src/numeric/typescript.js";
import { createGmres } from "../../src/solve/gmres.js";

const seeded = { seed: 1986, numRuns: 60 };
const size = fc.integer({ min: 1, max: 30 });
const seed = fc.integer({ min: 0, max: 1e6 });

const normals = (count: number, s: number) => {
  const random = createRandom(s);
  return Float64Array.from({ length: count }, () => random.normal());
};

/** Products with a matrix, counted. */
function times(n: number, a: Float64Array) {
  const count = { products: 0 };
  const product = (v: Float64Array, out: Float64Array) => {
    count.products++;
    kernel.gemv(n, n, a, v, out);
  };
  return { product, count };
}

/** |b - A x| / |b|, computed here. */
function residualOf(n: number, a: Float64Array, x: Float64Array, b: Float64Array): number {
  const image = new Float64Array(n);
  kernel.gemv(n, n, a, x, image);
  return Math.hypot(...b.map((v, i) => v - image[i])) / Math.hypot(...b);
}

describe("GMRES", () => {
  test("solves any well-conditioned system in n products, and reports the residual its x has", () => {
    fc.assert(
      fc.property(size, seed, (n, s) => {
        const a = normals(n * n, s).map((v, k) => v / (4 * Math.sqrt(n)) + (k % (n + 1) === 0 ? 2 : 0));
        const b = normals(n, s + 1);
        const x = new Float64Array(n).fill(Number.NaN);
        const { product, count } = times(n, a);
        const result = createGmres(n, n).solve(product, b, x, 1e-12, n);
        expect(result.status).toBe("ok");
        expect(result.residual).toBeLessThanOrEqual(1e-12);
        expect(Math.abs(result.residual - residualOf(n, a, x, b))).toBeLessThan(1e-15);
        expect(result.products).toBe(count.products);
        expect(result.products).toBeLessThanOrEqual(n + 1);
        const exact = b.slice();
        const lu = a.slice();
        const pivots = new Int32Array(n);
        kernel.luFactor(n, lu, pivots);
        kernel.luSolve(n, lu, pivots, exact);
        for (let i = 0; i < n; i++) expect(Math.abs(x[i] - exact[i])).toBeLessThan(1e-10);
      }),
      seeded,
    );
  });

  test("takes k + 1 products for the identity plus a matrix of rank k, whatever n is", () => {
    const n = 400;
    for (const k of [0, 1, 3]) {
      const [left, right] = [normals(n * k, 1), normals(n * k, 2)];
      const product = (v: Float64Array, out: Float64Array) => {
        out.set(v);
        for (let j = 0; j < k; j++) {
          let inner = 0;
          for (let i = 0; i < n; i++) inner += right[j * n + i] * v[i];
          for (let i = 0; i < n; i++) out[i] += (left[j * n + i] * inner) / n;
        }
      };
      const { status, products } = createGmres(n, 30).solve(
        product,
        normals(n, 3),
        new Float64Array(n),
        1e-10,
        30,
      );
      expect(status).toBe("ok");
      expect(products).toBe(k + 2); // one of them for the residual
    }
  });

  test("goes on after a restart, and stops when its products are spent", () => {
    const n = 60;
    const a = normals(n * n, 5).map((v, k) => (0.5 * v) / Math.sqrt(n) + (k % (n + 1) === 0 ? 1 : 0));
    const b = normals(n, 6);
    const x = new Float64Array(n);
    const restarted = createGmres(n, 8).solve(times(n, a).product, b, x, 1e-10, 200);
    expect(restarted.status).toBe("ok");
    expect(residualOf(n, a, x, b)).toBeLessThanOrEqual(1.01e-10);
    expect(restarted.products).toBeGreaterThan(9);
    const stopped = createGmres(n, 8).solve(times(n, a).product, b, x, 1e-10, 5);
    expect(stopped.status).toBe("not-converged");
    expect(stopped.products).toBe(6);
    expect(Math.abs(stopped.residual - residualOf(n, a, x, b))).toBeLessThan(1e-15);
    expect(stopped.residual).toBeLessThan(1);
  });

  test("the residual after m products is the smallest that Krylov space has: no better than its parts show", () => {
    // A permutation cycle: every space of dimension below n is of no use for b = e_1, and GMRES has to say so.
    const n = 12;
    const cycle = (v: Float64Array, out: Float64Array) => {
      for (let i = 0; i < n; i++) out[(i + 1) % n] = v[i];
    };
    const b = new Float64Array(n);
    b[0] = 1;
    const x = new Float64Array(n);
    const short = createGmres(n, n).solve(cycle, b, x, 1e-12, n - 1);
    expect([short.status, short.residual]).toEqual(["not-converged", 1]);
    const whole = createGmres(n, n).solve(cycle, b, x, 1e-12, n);
    expect(whole.status).toBe("ok");
    expect(x[n - 1]).toBeCloseTo(1, 12);
  });

  test("says breakdown for singular systems without a solution, solves those with one", () => {
    const diagonal = (d: readonly number[]) => (v: Float64Array, out: Float64Array) =>
      d.forEach((value, i) => {
        out[i] = value * v[i];
      });
    const x = new Float64Array(3);
    const gmres = createGmres(3, 3);
    expect(gmres.solve(diagonal([0, 0, 0]), Float64Array.of(1, 2, 3), x, 1e-10, 3).status).toBe("breakdown");
    expect([...x]).toEqual([0, 0, 0]);
    const none = gmres.solve(diagonal([1, 2, 0]), Float64Array.of(1, 1, 1), x, 1e-10, 9);
    expect(none.status).toBe("breakdown");
    expect(none.residual).toBeCloseTo(Math.sqrt(1 / 3), 10);
    expect(gmres.solve(diagonal([1, 2, 0]), Float64Array.of(1, 1, 0), x, 1e-10, 3).status).toBe("ok");
    expect([x[0], x[1]]).toEqual([expect.closeTo(1, 12), expect.closeTo(0.5, 12)]);
  });

  test("solves b = 0 with zero and no product, and says when numbers are not finite", () => {
    const x = Float64Array.of(7, 7);
    const gmres = createGmres(2, 2);
    const identity = (v: Float64Array, out: Float64Array) => out.set(v);
    expect(gmres.solve(identity, Float64Array.of(0, 0), x, 1e-10, 2)).toEqual({
      status: "ok",
      residual: 0,
      products: 0,
    });
    expect([...x]).toEqual([0, 0]);
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(gmres.solve(identity, Float64Array.of(bad, 1), x, 1e-10, 2).status).toBe("not-finite");
      const end = gmres.solve((_, out) => out.fill(bad), Float64Array.of(1, 1), x, 1e-10, 2);
      expect(end.status).toBe("not-finite");
      expect(end.residual).toBeNaN();
    }
  });
});
