import fc from "fast-check";
import { determinant, Matrix } from "ml-matrix";
import { describe, expect, test } from "vitest";
import { defaultKernel } from "../../src/numeric/defaultKernel.js";
import type { Leak } from "../../src/numeric/kernel.js";
import { typescriptKernel } from "../../src/numeric/typescript.js";
import { wasmName } from "../../src/numeric/wasm.js";
import { largestDifference, matrix, norm, normal, product, transpose } from "./matrices.js";

const seeded = { seed: 11, numRuns: 60 };
const size = fc.integer({ min: 1, max: 40 });
const seed = fc.integer({ min: 0, max: 1e6 });

test("WebAssembly is what runs here by itself", () => {
  expect(wasmName).toBeDefined();
  expect(defaultKernel.name).toBe(wasmName);
});

describe.each([typescriptKernel, defaultKernel])("the $name kernel:", (kernel) => {
  describe("gemm", () => {
    test("is the textbook product for every shape, transpose, alpha and beta, and leaves A and B alone", () => {
      const factor = fc.constantFrom(0, 1, -1, 0.5);
      fc.assert(
        fc.property(
          size,
          size,
          size,
          fc.boolean(),
          fc.boolean(),
          factor,
          factor,
          seed,
          (m, n, k, ta, tb, alpha, beta, s) => {
            const a = normal(m, k, s);
            const b = normal(k, n, s + 1);
            const c = normal(m, n, s + 2);
            const expected = product(m, k, n, a, b).map((v, i) => alpha * v + beta * c[i]);
            const givenA = ta ? transpose(m, k, a) : a;
            const givenB = tb ? transpose(k, n, b) : b;
            const [copyA, copyB] = [givenA.slice(), givenB.slice()];
            kernel.gemm(ta, tb, m, n, k, alpha, givenA, givenB, beta, c);
            expect(largestDifference(c, expected)).toBeLessThan(1e-13 * (k + 10));
            expect(givenA).toEqual(copyA);
            expect(givenB).toEqual(copyB);
          },
        ),
        seeded,
      );
    });

    test.each([
      [300, 70, 260],
      [65, 257, 257],
      [1, 300, 300],
      [300, 1, 2],
      [3, 3, 600],
      [2048, 4, 1024],
    ])("is right across block borders: %i x %i, inner %i", (m, n, k) => {
      const a = normal(m, k, 1);
      const b = normal(k, n, 2);
      const c = new Float64Array(m * n).fill(Number.NaN);
      kernel.gemm(false, false, m, n, k, 1, a, b, 0, c);
      expect(largestDifference(c, product(m, k, n, a, b))).toBeLessThan(1e-11);
      kernel.gemm(true, true, m, n, k, 1, transpose(m, k, a), transpose(k, n, b), 0, c);
      expect(largestDifference(c, product(m, k, n, a, b))).toBeLessThan(1e-11);
    });

    test("with an empty inner dimension scales C only", () => {
      const c = Float64Array.of(1, 2);
      kernel.gemm(false, false, 1, 2, 0, 1, new Float64Array(0), new Float64Array(0), 3, c);
      expect([...c]).toEqual([3, 6]);
    });
  });

  describe("leaky", () => {
    /** A layer, and its step from the textbook. */
    function layer(n: number, state: Leak["state"], s: number) {
      const [w, keep, gain] = [normal(n, n, s), normal(n, 1, s + 1), normal(n, 1, s + 2)];
      const phi = (a: number) => Math.atan(a);
      const activate: Leak["activate"] = (a, out) => a.forEach((v, i) => void (out[i] = phi(v)));
      const expected = (count: number, x: Float64Array, y: Float64Array) => {
        const operand = state === "current" ? x.map(phi) : x;
        const sum = product(count, n, n, operand, transpose(n, n, w)).map((v, i) => v + y[i]);
        return sum.map((v, i) => keep[i % n] * x[i] + gain[i % n] * (state === "current" ? v : phi(v)));
      };
      return { step: kernel.leaky(n, w, { state, keep, gain, activate }), expected };
    }
    const state = fc.constantFrom("current" as const, "rate" as const);

    test("is keep X + gain (Y + W phi(X)) or keep X + gain phi(Y + W X), for every shape, and leaves X alone", () => {
      fc.assert(
        fc.property(size, fc.integer({ min: 1, max: 150 }), state, seed, (n, count, kind, s) => {
          const { step, expected } = layer(n, kind, s);
          const [x, y] = [normal(count, n, s + 3), normal(count, n, s + 4)];
          const before = x.slice();
          for (const drives of [y, y.map((v) => -v)]) {
            const right = expected(count, x, drives);
            step(count, x, drives);
            expect(largestDifference(drives, right)).toBeLessThan(1e-12 * (n + 10));
          }
          expect(x).toEqual(before);
        }),
        seeded,
      );
    });

    test("gives a row the same bits in whatever company of 16 or more it comes", () => {
      const { step } = layer(300, "current", 5);
      const [x, y] = [normal(100, 300, 6), normal(100, 300, 7)];
      const all = y.slice();
      step(100, x, all);
      for (const [from, to] of [
        [0, 16],
        [16, 33],
        [33, 100],
      ]) {
        const part = y.slice(300 * from, 300 * to);
        step(to - from, x.slice(300 * from, 300 * to), part);
        expect(part).toEqual(all.slice(300 * from, 300 * to));
      }
    });

    test("serves more layers in turn than can be kept ready, and one that is too large to be", () => {
      const layers = [720, 721, 722, 723, 1460].map((n, i) => ({ n, ...layer(n, "rate", i) }));
      for (let turn = 0; turn < 2; turn++)
        for (const { n, step, expected } of layers) {
          const [x, y] = [normal(3, n, turn), normal(3, n, turn + 2)];
          const right = expected(3, x, y);
          step(3, x, y);
          expect(largestDifference(y, right)).toBeLessThan(1e-10);
        }
    });
  });

  test("gemv and gemvTransposed are products with a column, whatever y held before", () => {
    fc.assert(
      fc.property(size, size, seed, (m, n, s) => {
        const a = normal(m, n, s);
        const x = normal(n, 1, s + 1);
        const z = normal(m, 1, s + 2);
        const y = new Float64Array(m).fill(Number.NaN);
        kernel.gemv(m, n, a, x, y);
        expect(largestDifference(y, product(m, n, 1, a, x))).toBeLessThan(1e-12);
        const t = new Float64Array(n).fill(Number.NaN);
        kernel.gemvTransposed(m, n, a, z, t);
        expect(largestDifference(t, product(n, m, 1, transpose(m, n, a), z))).toBeLessThan(1e-12);
      }),
      seeded,
    );
  });

  describe("luFactor", () => {
    const sizes = [1, 2, 3, 7, 31, 95, 96, 97, 130, 200];

    test.each(sizes)("gives P A = L U with multipliers at most 1, n = %i", (n) => {
      const a = normal(n, n, n);
      const lu = a.slice();
      const pivots = new Int32Array(n).fill(-1);
      kernel.luFactor(n, lu, pivots);
      const permuted = a.slice();
      for (let i = 0; i < n; i++)
        for (let j = 0; j < n; j++) {
          const t = permuted[i * n + j];
          permuted[i * n + j] = permuted[pivots[i] * n + j];
          permuted[pivots[i] * n + j] = t;
        }
      const l = matrix(n, (i, j) => (i === j ? 1 : i > j ? lu[i * n + j] : 0));
      const u = matrix(n, (i, j) => (i <= j ? lu[i * n + j] : 0));
      expect(largestDifference(product(n, n, n, l, u), permuted)).toBeLessThan(1e-13 * n);
      expect(l.every((v) => Math.abs(v) <= 1)).toBe(true);
    });

    test.each(sizes)("solves A x = b and A' x = b to small residuals, n = %i", (n) => {
      const a = normal(n, n, n + 1);
      const b = normal(n, 1, n + 2);
      const lu = a.slice();
      const pivots = new Int32Array(n);
      kernel.luFactor(n, lu, pivots);
      const x = b.slice();
      kernel.luSolve(n, lu, pivots, x);
      expect(largestDifference(product(n, n, 1, a, x), b)).toBeLessThan(1e-14 * n * (1 + norm(x)));
      const y = b.slice();
      kernel.luSolve(n, lu, pivots, y, true);
      expect(largestDifference(product(n, n, 1, transpose(n, n, a), y), b)).toBeLessThan(
        1e-14 * n * (1 + norm(y)),
      );
    });

    test("returns the sign of the determinant that ml-matrix finds", () => {
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 12 }), seed, (n, s) => {
          const a = normal(n, n, s);
          expect(kernel.luFactor(n, a.slice(), new Int32Array(n))).toBe(
            Math.sign(determinant(Matrix.from1DArray(n, n, a))),
          );
        }),
        seeded,
      );
    });

    test("returns the parity of a permutation, at sizes of one panel and of many", () => {
      for (const n of [5, 64, 150]) {
        const cycle = matrix(n, (i, j) => (j === (i + 1) % n ? 1 : 0));
        expect(kernel.luFactor(n, cycle, new Int32Array(n))).toBe(n % 2 === 0 ? -1 : 1);
      }
    });

    test("returns exactly 0 for a singular matrix and NaN for one that is not finite", () => {
      for (const n of [2, 10, 120]) {
        const hole = normal(n, n, 3).map((v, p) => (p % n === n - 1 ? 0 : v));
        expect(kernel.luFactor(n, hole, new Int32Array(n))).toBe(0);
        const twins = normal(n, n, 3);
        twins.copyWithin((n - 1) * n, 0, n);
        expect(Object.is(kernel.luFactor(n, twins.fill(0, n, 2 * n), new Int32Array(n)), 0)).toBe(true);
        for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
          const a = normal(n, n, 4);
          a[n * n - 2] = bad;
          expect(kernel.luFactor(n, a, new Int32Array(n))).toBeNaN();
        }
      }
      expect(kernel.luFactor(2, Float64Array.of(1, 2, 2, 4), new Int32Array(2))).toBe(0);
      expect(kernel.luFactor(0, new Float64Array(0), new Int32Array(0))).toBe(1);
    });
  });

  describe("cholesky", () => {
    test("gives L L' = A and solves, for positive definite A", () => {
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 25 }), seed, (n, s) => {
          const g = normal(n, n, s);
          const a = product(n, n, n, g, transpose(n, n, g));
          for (let i = 0; i < n; i++) a[i * n + i] += 1;
          const factor = a.slice();
          expect(kernel.cholesky(n, factor)).toBe(true);
          const l = matrix(n, (i, j) => (i >= j ? factor[i * n + j] : 0));
          expect(largestDifference(product(n, n, n, l, transpose(n, n, l)), a)).toBeLessThan(1e-13 * norm(a));
          const x = normal(n, 1, s + 1);
          const b = product(n, n, 1, a, x);
          kernel.choleskySolve(n, factor, b);
          expect(largestDifference(b, x)).toBeLessThan(1e-11 * norm(a));
        }),
        seeded,
      );
    });

    test("refuses what is not positive definite or not finite", () => {
      expect(kernel.cholesky(2, Float64Array.of(1, 2, 2, 1))).toBe(false);
      expect(kernel.cholesky(2, Float64Array.of(1, 1, 1, 1))).toBe(false);
      expect(kernel.cholesky(1, Float64Array.of(Number.NaN))).toBe(false);
      expect(kernel.cholesky(1, Float64Array.of(Number.POSITIVE_INFINITY))).toBe(false);
    });
  });

  describe("leastSquares", () => {
    test("leaves a residual orthogonal to the columns, at small sizes and large", () => {
      for (const [m, n, k] of [
        [1, 1, 1],
        [7, 3, 2],
        [40, 40, 1],
        [120, 50, 7],
        [5, 2, 0],
      ]) {
        const a = normal(m, n, 5);
        const b = normal(m, k, 6);
        const x = b.slice();
        const ratio = kernel.leastSquares(m, n, k, a.slice(), x);
        expect(ratio).toBeGreaterThan(0);
        expect(ratio).toBeLessThanOrEqual(1);
        const fitted = product(m, n, k, a, x.subarray(0, n * k));
        const residual = b.map((v, i) => v - fitted[i]);
        const projected = product(n, m, k, transpose(m, n, a), residual);
        expect(Math.max(0, ...projected.map(Math.abs))).toBeLessThan(
          (1e-12 * norm(a) * (1 + norm(b))) / ratio,
        );
      }
    });

    test("is the solution of a square system, whatever the scale of its columns", () => {
      const n = 30;
      const a = normal(n, n, 9).map((v, p) => v * 10 ** ((p % n) * 10 - 150));
      const x = normal(n, 1, 10).map((v, i) => v / 10 ** (i * 10 - 150));
      const b = product(n, n, 1, a, x);
      kernel.leastSquares(n, n, 1, a.slice(), b);
      for (let i = 0; i < n; i++) expect(b[i] / x[i]).toBeCloseTo(1, 9);
    });

    test("answers 0 for a column of zeros and NaN for a matrix that is not finite", () => {
      for (const [m, n] of [
        [4, 2],
        [60, 30],
      ]) {
        const hole = normal(m, n, 3).map((v, p) => (p % n === 1 ? 0 : v));
        expect(kernel.leastSquares(m, n, 1, hole, new Float64Array(m))).toBe(0);
        const bad = normal(m, n, 3);
        bad[m] = Number.NaN;
        expect(kernel.leastSquares(m, n, 1, bad, new Float64Array(m))).toBeNaN();
      }
    });
  });

  describe("tanh and sigmoid", () => {
    // The reference values are mpmath's, rounded to the nearest double.
    const x = () => Float64Array.of(1, 1e-5, -1, 30, -30, 700, -700, 1e5, -1e5, 0, Number.NaN);

    test("agree with reference values to the last digits, may work in place, and never overflow", () => {
      const out = x();
      kernel.tanh(out, out);
      expect(Math.abs(out[0] / 0.7615941559557649 - 1)).toBeLessThan(4e-16);
      expect(Math.abs(out[1] / 9.999999999666666e-6 - 1)).toBeLessThan(4e-16);
      expect([out[2], out[7], out[8], out[9]]).toEqual([-out[0], 1, -1, 0]);
      expect(out[10]).toBeNaN();
      const s = x();
      kernel.sigmoid(s, s);
      expect(Math.abs(s[0] / 0.7310585786300049 - 1)).toBeLessThan(4e-16);
      expect(Math.abs(s[4] / 9.3576229688393e-14 - 1)).toBeLessThan(1e-14);
      expect(Math.abs(s[6] / 9.85967654375977e-305 - 1)).toBeLessThan(1e-13);
      expect([s[5], s[7], s[8], s[9]]).toEqual([1, 1, 0, 0.5]);
      expect(s[10]).toBeNaN();
    });

    test("sigmoid(x) + sigmoid(-x) = 1 and tanh(x) = 2 sigmoid(2x) - 1", () => {
      const grid = Float64Array.from({ length: 401 }, (_, i) => (i - 200) / 10);
      const [plus, minus, double, tanh] = [0, 0, 0, 0].map(() => new Float64Array(401));
      kernel.sigmoid(grid, plus);
      kernel.sigmoid(
        grid.map((v) => -v),
        minus,
      );
      kernel.sigmoid(
        grid.map((v) => 2 * v),
        double,
      );
      kernel.tanh(grid, tanh);
      for (let i = 0; i < 401; i++) {
        expect(Math.abs(plus[i] + minus[i] - 1)).toBeLessThan(3e-16);
        expect(Math.abs(2 * double[i] - 1 - tanh[i])).toBeLessThan(1e-15);
      }
    });
  });
});
