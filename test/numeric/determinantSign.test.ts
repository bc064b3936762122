import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { determinantSign } from "../../src/numeric/determinantSign.js";
import { matrix, normal, product } from "./matrices.js";

const seeded = { seed: 21, numRuns: 50 };
const seed = fc.integer({ min: 0, max: 1e6 });

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
