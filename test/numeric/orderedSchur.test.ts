import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { eigen } from "../../src/numeric/eigen.js";
import { orderedSchur } from "../../src/numeric/orderedSchur.js";
import { largestDifference, matrix, norm, normal, product, transpose } from "./matrices.js";

const seeded = { seed: 1993, numRuns: 80 };
const byRealPart = (real: number, _: number, other: number) => real > other;

/** Real parts of the diagonal blocks, top to bottom, a pair once. */
function realParts(n: number, t: Float64Array, starts: readonly number[]): number[] {
  return starts.slice(0, -1).map((k, b) => {
    const size = starts[b + 1] - k;
    return size === 1 ? t[k * n + k] : (t[k * n + k] + t[(k + 1) * n + k + 1]) / 2;
  });
}

describe("orderedSchur", () => {
  test("is an orthogonal similarity to quasi-triangular form, blocks in the order asked for", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 14 }), fc.integer({ min: 0, max: 1e6 }), (n, s) => {
        const a = normal(n, n, s);
        const kept = a.slice();
        const { ok, t, q, starts } = orderedSchur(n, a, byRealPart);
        expect(ok).toBe(true);
        expect(a).toEqual(kept);
        const identity = matrix(n, (i, j) => (i === j ? 1 : 0));
        expect(largestDifference(product(n, n, n, transpose(n, n, q), q), identity)).toBeLessThan(1e-13);
        const back = product(n, n, n, product(n, n, n, q, t), transpose(n, n, q));
        expect(largestDifference(back, a)).toBeLessThan(1e-13 * (1 + norm(a)));
        for (let b = 0; b + 1 < starts.length; b++)
          for (let i = starts[b + 1]; i < n; i++)
            for (let j = starts[b]; j < starts[b + 1]; j++) expect(t[i * n + j]).toBe(0);
        const parts = realParts(n, t, starts);
        for (let b = 1; b < parts.length; b++) expect(parts[b]).toBeLessThan(parts[b - 1] + 1e-9);
        const values = eigen(n, a, "none")
          .real.slice()
          .sort((x, y) => y - x);
        const found = parts.flatMap((part, b) => (starts[b + 1] - starts[b] === 2 ? [part, part] : [part]));
        expect(largestDifference(found, values)).toBeLessThan(1e-7 * (1 + norm(a)));
      }),
      seeded,
    );
  });

  test("its leading columns span an invariant subspace, at any scale", () => {
    for (const scale of [1, 1e-200, 1e200]) {
      const a = normal(8, 8, 3).map((v) => v * scale);
      const { t, q, starts } = orderedSchur(8, a, byRealPart);
      const k = starts[3];
      const leading = Float64Array.from({ length: 8 * k }, (_, p) => q[Math.floor(p / k) * 8 + (p % k)]);
      const block = Float64Array.from(
        { length: k * k },
        (_, p) => t[Math.floor(p / k) * 8 + (p % k)] / scale,
      );
      const image = product(
        8,
        8,
        k,
        a.map((v) => v / scale),
        leading,
      );
      expect(largestDifference(image, product(8, k, k, leading, block))).toBeLessThan(1e-13);
    }
  });

  test("survives equal and defective eigenvalues, zero and the identity", () => {
    const cases = [
      matrix(4, () => 0),
      matrix(4, (i, j) => (i === j ? 1 : 0)),
      matrix(4, (i, j) => (i === j ? 2 : j === i + 1 ? 1 : 0)),
      // Two equal rotations, coupled: a defective pair.
      Float64Array.of(0, -1, 1, 0, 1, 0, 0, 1, 0, 0, 0, -1, 0, 0, 1, 0),
    ];
    for (const a of cases) {
      const { ok, t, q } = orderedSchur(4, a, byRealPart);
      expect(ok).toBe(true);
      const back = product(4, 4, 4, product(4, 4, 4, q, t), transpose(4, 4, q));
      expect(largestDifference(back, a)).toBeLessThan(1e-14);
    }
  });
});
