import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { discreteLyapunov } from "../../src/numeric/discreteLyapunov.js";
import { eigen } from "../../src/numeric/eigen.js";
import { typescriptKernel } from "../../src/numeric/typescript.js";
import { largestDifference, matrix, norm, normal, product, transpose } from "./matrices.js";

const oracle = JSON.parse(
  readFileSync(new URL("../oracles/memoryMeasures.json", import.meta.url), "utf8"),
) as { linear: { name: string; n: number; w: number[]; covariance: number[] }[] };

const identity = (n: number) => matrix(n, (i, j) => (i === j ? 1 : 0));

/** Normal entries, scaled to the spectral radius. */
function stable(n: number, radius: number, seed: number): Float64Array {
  const a = normal(n, n, seed);
  const { real, imaginary } = eigen(n, a, "none");
  return a.map((x) => (x * radius) / Math.hypot(real[0], imaginary[0]));
}

/** V diag(l) V' for the reflection V = I - 2 h h', exactly orthogonal up to rounding. */
function symmetric(n: number, values: Float64Array, seed: number): Float64Array {
  const h = normal(n, 1, seed);
  const size = norm(h);
  const v = matrix(n, (i, j) => (i === j ? 1 : 0) - (2 * h[i] * h[j]) / size ** 2);
  const scaled = matrix(n, (i, j) => v[i * n + j] * values[j]);
  return product(n, n, n, scaled, v);
}

describe("discreteLyapunov", () => {
  test("solves X = A X A' + Q, leaves its arguments alone, and X is symmetric", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.double({ min: 0, max: 0.98, noNaN: true }),
        fc.integer({ min: 0, max: 1e6 }),
        (n, radius, seed) => {
          const a = stable(n, radius, seed);
          const g = normal(n, n, seed + 1);
          const q = product(n, n, n, g, transpose(n, n, g));
          const kept = [a.slice(), q.slice()];
          const { status, x, residual } = discreteLyapunov(n, a, q);
          expect([a, q]).toEqual(kept);
          expect(status).toBe("ok");
          expect(x).toEqual(transpose(n, n, x));
          const image = product(n, n, n, product(n, n, n, a, x), transpose(n, n, a));
          const sum = image.map((value, i) => value + q[i]);
          expect(largestDifference(sum, x)).toBeLessThan(1e-12 * norm(x));
          expect(residual).toBeLessThan(1e-12);
        },
      ),
      { seed: 1968, numRuns: 60 },
    );
  });

  test.each(oracle.linear.map((c) => [c.name, c] as const))("agrees with SciPy: %s", (_, c) => {
    const { x } = discreteLyapunov(c.n, Float64Array.from(c.w), identity(c.n));
    expect(largestDifference(x, c.covariance)).toBeLessThan(1e-10 * norm(c.covariance));
  });

  test("is (I - A^2)^-1 for a symmetric A of 300 units and radius .99, to twelve digits", () => {
    const n = 300;
    const values = Float64Array.from({ length: n }, (_, i) => 0.99 * Math.cos((i * Math.PI) / (n - 1)));
    const inverse = values.map((l) => 1 / (1 - l * l));
    const { x, residual } = discreteLyapunov(n, symmetric(n, values, 5), identity(n));
    expect(largestDifference(x, symmetric(n, inverse, 5))).toBeLessThan(1e-12 * Math.max(...inverse));
    expect(residual).toBeLessThan(1e-14);
  });

  test("is the finite sum for a chain, however large its gain", () => {
    const [n, gain] = [10, 10];
    const chain = matrix(n, (i, j) => (i === j + 1 ? gain : 0));
    const { x } = discreteLyapunov(n, chain, identity(n));
    for (let i = 0; i < n; i++) {
      const expected = Array.from({ length: i + 1 }, (_, k) => gain ** (2 * k)).reduce((a, b) => a + b);
      expect(x[i * n + i] / expected).toBeCloseTo(1, 14);
    }
  });

  test("says so where there is no solution, and where a number is not finite", () => {
    for (const radius of [1, 1.3]) {
      const { status, x } = discreteLyapunov(1, Float64Array.of(radius), Float64Array.of(1));
      expect(status).toBe("not-converged");
      expect([...x]).toEqual([0]);
    }
    expect(discreteLyapunov(1, Float64Array.of(Number.NaN), Float64Array.of(1)).status).toBe("not-finite");
    expect(discreteLyapunov(1, Float64Array.of(0), Float64Array.of(Infinity)).status).toBe("not-finite");
  });

  test("gives the same on the plain kernel", () => {
    const a = stable(9, 0.9, 4);
    const plain = discreteLyapunov(9, a, identity(9), typescriptKernel).x;
    expect(largestDifference(plain, discreteLyapunov(9, a, identity(9)).x)).toBeLessThan(1e-12 * norm(plain));
  });
});
