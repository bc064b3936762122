import fc from "fast-check";
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { describe, expect, test } from "vitest";
import { symmetricEigen } from "../../src/numeric/symmetricEigen.js";
import { largestDifference, matrix, norm, normal, product, transpose } from "./matrices.js";

const seeded = { seed: 21, numRuns: 50 };
const size = fc.integer({ min: 1, max: 15 });
const seed = fc.integer({ min: 0, max: 1e6 });

describe("symmetricEigen", () => {
  test("A V = V diag(values), V' V = I, values ascending, A unchanged", () => {
    fc.assert(
      fc.property(size, seed, (n, s) => {
        const g = normal(n, n, s);
        const a = matrix(n, (i, j) => g[i * n + j] + g[j * n + i]);
        const copy = a.slice();
        const { values, vectors } = symmetricEigen(n, a);
        expect(a).toEqual(copy);
        expect([...values]).toEqual([...values].sort((x, y) => x - y));
        const scaled = matrix(n, (i, j) => vectors[i * n + j] * values[j]);
        expect(largestDifference(product(n, n, n, a, vectors), scaled)).toBeLessThan(1e-13 * (1 + norm(a)));
        const gram = product(n, n, n, transpose(n, n, vectors), vectors);
        expect(
          largestDifference(
            gram,
            matrix(n, (i, j) => (i === j ? 1 : 0)),
          ),
        ).toBeLessThan(1e-13);
      }),
      seeded,
    );
  });

  test("is the closed form for the path Laplacian, 2 - 2 cos(pi k / n)", () => {
    const n = 12;
    const a = matrix(n, (i, j) => {
      if (i === j) return i === 0 || i === n - 1 ? 1 : 2;
      return Math.abs(i - j) === 1 ? -1 : 0;
    });
    const expected = Array.from({ length: n }, (_, k) => 2 - 2 * Math.cos((Math.PI * k) / n));
    expect(largestDifference(symmetricEigen(n, a).values, expected)).toBeLessThan(1e-14 * n);
  });

  test("survives entries of 1e200 and 1e-200, and is NaN for a matrix that is not finite", () => {
    for (const scale of [1e200, 1e-200]) {
      const { values } = symmetricEigen(2, Float64Array.of(2 * scale, scale, scale, 2 * scale));
      expect(values[0] / scale).toBeCloseTo(1, 13);
      expect(values[1] / scale).toBeCloseTo(3, 13);
    }
    const bad = symmetricEigen(2, Float64Array.of(1, Number.POSITIVE_INFINITY, 0, 1));
    expect([...bad.values, ...bad.vectors].every(Number.isNaN)).toBe(true);
    expect(symmetricEigen(0, new Float64Array(0)).values).toHaveLength(0);
  });

  test("agrees with ml-matrix on large, clustered, graded and already diagonal matrices", () => {
    const n = 60;
    const g = normal(n, n, 3);
    const low = normal(n, 2, 4);
    const cases: Record<string, Float64Array> = {
      random: matrix(n, (i, j) => g[i * n + j] + g[j * n + i]),
      "rank 2": matrix(n, (i, j) => low[2 * i] * low[2 * j] - low[2 * i + 1] * low[2 * j + 1]),
      identity: matrix(n, (i, j) => (i === j ? 1 : 0)),
      diagonal: matrix(n, (i, j) => (i === j ? (i % 7) - 3 : 0)),
      graded: matrix(n, (i, j) => (g[i * n + j] + g[j * n + i]) * 2 ** (-(i + j) / 2)),
      zero: new Float64Array(n * n),
    };
    for (const [name, a] of Object.entries(cases)) {
      const { values, vectors } = symmetricEigen(n, a);
      const oracle = new EigenvalueDecomposition(Matrix.from1DArray(n, n, a), { assumeSymmetric: true });
      const expected = Float64Array.from(oracle.realEigenvalues).sort();
      expect(largestDifference(values, expected), name).toBeLessThan(1e-13 * (1 + norm(a)));
      const scaled = matrix(n, (i, j) => vectors[i * n + j] * values[j]);
      expect(largestDifference(product(n, n, n, a, vectors), scaled), name).toBeLessThan(
        1e-13 * (1 + norm(a)),
      );
      const gram = product(n, n, n, transpose(n, n, vectors), vectors);
      const identity = matrix(n, (i, j) => (i === j ? 1 : 0));
      expect(largestDifference(gram, identity), name).toBeLessThan(1e-13);
    }
  });

  test("converges on covariances of linear networks, whose eigenvalues fall to rounding level", () => {
    for (const n of [60, 150]) {
      const w = normal(n, n, 3).map((x) => (0.8 * x) / Math.sqrt(n));
      const covariance = new Float64Array(n * n);
      for (let c = normal(n, 1, 4), k = 0; k < 80; k++) {
        for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) covariance[i * n + j] += c[i] * c[j];
        c = product(n, n, 1, w, c);
      }
      const { values, vectors } = symmetricEigen(n, covariance);
      const scaled = matrix(n, (i, j) => vectors[i * n + j] * values[j]);
      const limit = 1e-14 * norm(covariance);
      expect(largestDifference(product(n, n, n, covariance, vectors), scaled)).toBeLessThan(limit);
      const trace = covariance.filter((_, p) => p % (n + 1) === 0).reduce((sum, x) => sum + x, 0);
      expect(values.reduce((sum, x) => sum + x, 0) / trace).toBeCloseTo(1, 13);
    }
  });
});
