import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { determinantSign } from "../../src/numeric/determinantSign.js";
import { singularValues } from "../../src/numeric/svd.js";
import { symmetricEigen } from "../../src/numeric/symmetricEigen.js";
import { largestDifference, matrix, norm, normal, product, transpose } from "./matrices.js";

const seeded = { seed: 21, numRuns: 50 };
const size = fc.integer({ min: 1, max: 15 });
const seed = fc.integer({ min: 0, max: 1e6 });

describe("singularValues", () => {
  test("are descending, the same for the transpose, and their squares sum to |A|_F^2", () => {
    fc.assert(
      fc.property(size, size, seed, (m, n, s) => {
        const a = normal(m, n, s);
        const values = singularValues(m, n, a);
        expect(values).toHaveLength(Math.min(m, n));
        expect([...values]).toEqual([...values].sort((x, y) => y - x));
        expect(largestDifference(values, singularValues(n, m, transpose(m, n, a)))).toBeLessThan(
          1e-13 * m * n,
        );
        expect(Math.abs(norm(values) / norm(a) - 1)).toBeLessThan(1e-13);
      }),
      seeded,
    );
  });

  test("are the closed form for [[a, k], [0, b]]", () => {
    for (const [a, k, b] of [
      [1, 10, 0.5],
      [3, 0, -4],
      [1, 1, 1],
    ]) {
      const sum = Math.hypot(a + b, k);
      const difference = Math.hypot(a - b, k);
      const expected = [(sum + difference) / 2, Math.abs(sum - difference) / 2];
      expect(largestDifference(singularValues(2, 2, Float64Array.of(a, k, 0, b)), expected)).toBeLessThan(
        1e-14,
      );
    }
  });

  test("survive entries of 1e200 and 1e-200, and are NaN for a matrix that is not finite", () => {
    for (const scale of [1e200, 1e-200])
      expect(
        [...singularValues(2, 2, Float64Array.of(0, 3 * scale, -scale, 0))].map((v) => v / scale),
      ).toEqual([expect.closeTo(3, 13), expect.closeTo(1, 13)]);
    expect([...singularValues(2, 1, Float64Array.of(Number.NaN, 1))]).toEqual([Number.NaN]);
    expect(singularValues(0, 3, new Float64Array(0))).toHaveLength(0);
  });
});

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
});

describe("determinantSign", () => {
  test("changes with every row swap, not with positive scaling of rows and columns by up to 1e100", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 12 }), seed, fc.integer({ min: -100, max: 100 }), (n, s, k) => {
        const a = normal(n, n, s);
        const sign = determinantSign(n, a);
        expect(Math.abs(sign)).toBe(1);
        const swapped = a.slice();
        swapped.copyWithin(0, n, 2 * n);
        swapped.set(a.subarray(0, n), n);
        expect(determinantSign(n, swapped)).toBe(-sign);
        const scaled = matrix(n, (i, j) => a[i * n + j] * 10 ** (i === 1 ? k : 0) * 10 ** (j === 0 ? -k : 0));
        expect(determinantSign(n, scaled)).toBe(sign);
      }),
      seeded,
    );
  });

  test("is that of the product of a triangular matrix's diagonal", () => {
    for (const diagonal of [
      [1, 2, 3],
      [-1, 2, 3],
      [-1, -1e-20, 1e20],
    ]) {
      const a = matrix(3, (i, j) => (i === j ? diagonal[i] : 0));
      expect(determinantSign(3, a)).toBe(diagonal.reduce((sign, v) => sign * Math.sign(v), 1));
    }
    expect(determinantSign(0, new Float64Array(0))).toBe(1);
  });

  test("is 0 when singular to working precision, exactly or by rounding, and NaN when not finite", () => {
    expect(determinantSign(2, Float64Array.of(1, 2, 2, 4))).toBe(0);
    expect(determinantSign(2, new Float64Array(4))).toBe(0);
    const [p, q] = [normal(6, 5, 1), normal(5, 6, 2)];
    expect(determinantSign(6, product(6, 5, 6, p, q))).toBe(0);
    expect(determinantSign(2, Float64Array.of(0.1 + 0.2, 0.3, 1, 1))).toBe(0);
    expect(determinantSign(1, Float64Array.of(Number.NaN))).toBeNaN();
  });
});
