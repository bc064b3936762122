import fc from "fast-check";
import { expect, test } from "vitest";
import { balance, undoBalance } from "../../src/numeric/balance.js";
import { matrix, norm, normal, product } from "./matrices.js";

const entry = fc.constantFrom(0, 0, 0, 1, -2, 3);
const seeded = { seed: 3, numRuns: 200 };

test("balancing is a similarity, exact to the last bit: D B = A D with the carried-back unit vectors as D", () => {
  const sparse = fc
    .integer({ min: 1, max: 7 })
    .chain((n) => fc.array(entry, { minLength: n * n, maxLength: n * n }));
  fc.assert(
    fc.property(sparse, fc.integer({ min: -30, max: 30 }), (entries, k) => {
      const n = Math.sqrt(entries.length);
      const a = matrix(n, (i, j) => entries[i * n + j] * 2 ** (k * (i - j)));
      const b = a.slice();
      const how = balance(n, b);
      // Row j of `d` is what the j-th unit vector of the balanced space is in the original one.
      const d = matrix(n, (i, j) => (i === j ? 1 : 0));
      undoBalance(n, how, d, "right");
      const columns = matrix(n, (i, j) => d[j * n + i]);
      expect(product(n, n, n, a, columns)).toEqual(product(n, n, n, columns, b));
      // Left vectors are carried back by the inverse transpose: their products with right ones stay.
      const inverse = matrix(n, (i, j) => (i === j ? 1 : 0));
      undoBalance(n, how, inverse, "left");
      expect(product(n, n, n, inverse, columns)).toEqual(matrix(n, (i, j) => (i === j ? 1 : 0)));
      // Outside [low, high] the balanced matrix is upper triangular.
      for (let i = 0; i < n; i++)
        for (let j = 0; j < i; j++) if (j < how.low || i > how.high) expect(Math.abs(b[i * n + j])).toBe(0);
    }),
    seeded,
  );
});

test("a diagonal similarity by large powers of two is undone", () => {
  const n = 9;
  const plain = normal(n, n, 6);
  const skewed = matrix(n, (i, j) => plain[i * n + j] * 2 ** (20 * ((i * 7) % n) - 20 * ((j * 7) % n)));
  balance(n, skewed);
  expect(norm(skewed)).toBeLessThan(3 * norm(plain));
});
