import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type FisherMemoryOptions, fisherMemory } from "../../../src/study/measures/fisherMemory.js";
import { map } from "../../../src/systems/custom.js";
import { largestDifference, matrix, normal, product, transpose } from "../../numeric/matrices.js";
import {
  basisVector,
  delayLine,
  diagonal,
  network,
  orthogonal,
  randomWeights,
  tanhNetwork,
} from "./networks.js";

const oracle = JSON.parse(
  readFileSync(new URL("../../oracles/memoryMeasures.json", import.meta.url), "utf8"),
) as {
  linear: { name: string; n: number; w: number[]; v: number[]; fisher: number[]; fisherTotal: number }[];
};

const size = fc.integer({ min: 1, max: 12 });
const seed = fc.integer({ min: 0, max: 1e6 });
const rate = fc.double({ min: 0.1, max: 0.98, noNaN: true });

/** Q diag(values) Q' (symmetric) or, with pairs of equal moduli turned, a normal matrix with complex eigenvalues. */
function normalMatrix(n: number, radius: number, s: number): Float64Array {
  const q = orthogonal(n, s);
  const block = new Float64Array(n * n);
  const angles = normal(n, 1, s + 1);
  for (let i = 0; i < n; i += 2) {
    const r = radius * Math.abs(Math.sin(angles[i] * 3 + 1));
    if (i + 1 === n) block[i * n + i] = r;
    else {
      block[i * n + i] = block[(i + 1) * n + i + 1] = r * Math.cos(angles[i]);
      block[i * n + i + 1] = r * Math.sin(angles[i]);
      block[(i + 1) * n + i] = -block[i * n + i + 1];
    }
  }
  return product(n, n, n, product(n, n, n, q, block), transpose(n, n, q));
}

describe("fisherMemory", () => {
  test.each(oracle.linear.map((c) => [c.name, c] as const))("agrees with 60 digits: %s", (_, c) => {
    const system = network(c.n, Float64Array.from(c.w), c.v);
    const { curve, total, inputLength } = fisherMemory(system, { lags: c.fisher.length - 1 });
    expect(largestDifference(curve, c.fisher)).toBeLessThan(1e-12);
    expect(Math.abs(total - c.fisherTotal)).toBeLessThan(1e-11);
    expect(inputLength).toBeCloseTo(Math.hypot(...c.v), 12);
  });

  test("totals 1 / noise for every normal matrix, however slow its modes", () => {
    fc.assert(
      fc.property(size, rate, fc.double({ min: 0.1, max: 10, noNaN: true }), seed, (n, r, noise, s) => {
        for (const w of [normalMatrix(n, r, s), orthogonal(n, s).map((x) => r * x)]) {
          const { total } = fisherMemory(network(n, w, normal(n, 1, s + 2)), { noise });
          expect(total * noise).toBeCloseTo(1, 10);
        }
      }),
      { seed: 2008, numRuns: 40 },
    );
  });

  test("is a^k (1 - a) / (1 - a^(k + 1)) for a delay line of gain sqrt(a), to fourteen digits", () => {
    for (const [a, expected] of [
      [1, 2.9289682539682538],
      [2, 5.803],
      [10, 9.11],
      [100, 9.91],
    ]) {
      const n = 10;
      const { curve, total, bound } = fisherMemory(delayLine(n, Math.sqrt(a)), { lags: n + 1 });
      const closed = Array.from({ length: n + 2 }, (_, k) => {
        if (k >= n) return 0;
        return a === 1 ? 1 / (k + 1) : (a ** k * (1 - a)) / (1 - a ** (k + 1));
      });
      expect(largestDifference(curve, closed)).toBeLessThan(1e-14);
      expect(Math.abs(total - closed.reduce((x, y) => x + y))).toBeLessThan(1e-13);
      expect(total).toBeCloseTo(expected, a === 1 ? 13 : 3);
      expect(bound).toBe(n);
    }
  });

  test("totals N / noise over any orthonormal basis of inputs, at most N for each", () => {
    fc.assert(
      fc.property(size, rate, seed, (n, r, s) => {
        const w = randomWeights(n, r, s);
        for (const basis of [matrix(n, (i, j) => (i === j ? 1 : 0)), orthogonal(n, s + 1)]) {
          let sum = 0;
          for (let i = 0; i < n; i++) {
            const { total } = fisherMemory(network(n, w, basis.subarray(i * n, (i + 1) * n)), { noise: 2 });
            expect(total).toBeLessThan(n / 2 + 1e-9);
            sum += total;
          }
          expect(sum).toBeCloseTo(n / 2, 9);
        }
      }),
      { seed: 83, numRuns: 25 },
    );
  });

  test("the curve sums to the total, at 120 units and radius .99 too", () => {
    const n = 120;
    const system = network(n, randomWeights(n, 0.99, 3), normal(n, 1, 4));
    const { curve, total } = fisherMemory(system, { lags: 1500 });
    expect(curve.reduce((a, b) => a + b, 0) / total).toBeCloseTo(1, 10);
  });

  test("does not heed the length of the input, and divides by the noise", () => {
    const w = randomWeights(5, 0.9, 3);
    const v = normal(5, 1, 4);
    const a = fisherMemory(network(5, w, v));
    const b = fisherMemory(
      network(
        5,
        w,
        v.map((x) => -7 * x),
      ),
      { noise: 4 },
    );
    expect(
      largestDifference(
        a.curve,
        b.curve.map((x) => 4 * x),
      ),
    ).toBeLessThan(1e-13);
    expect(b.inputLength / a.inputLength).toBeCloseTo(7, 13);
  });

  test("linearises where it is told, and says how far from rest that is", () => {
    const w = randomWeights(4, 0.9, 3);
    const v = normal(4, 1, 4);
    const tanh = tanhNetwork(4, w, v);
    const [plain, at0] = [network(4, w, v), tanh].map((system) => fisherMemory(system));
    expect(largestDifference(plain.curve, at0.curve)).toBe(0);
    expect(at0.speed).toBe(0);
    const away = fisherMemory(tanh, { state: [1, 0, 0, 0] });
    expect(away.speed).toBeGreaterThan(0.1);
    expect(away.total).not.toBeCloseTo(at0.total, 3);
    const own = map({ dimension: 1, inputDimension: 2, step: ([x], [a, b]) => [0.5 * x + a - 2 * b] });
    expect(fisherMemory(own, { channel: 1 }).inputLength).toBeCloseTo(2, 8);
    expect(fisherMemory(own, { channel: 1 }).total).toBeCloseTo(1, 10);
  });

  test("says unstable, unheard or not finite, without a NaN", () => {
    const unstable = fisherMemory(diagonal([1, 0.5], [1, 1]), { lags: 3 });
    expect(unstable).toMatchObject({ status: "unstable", total: 0, spectralRadius: 1 });
    expect([...unstable.curve]).toEqual([0, 0, 0, 0]);
    expect(fisherMemory(diagonal([0.5], [0]))).toMatchObject({ status: "ok", total: 0, inputLength: 0 });
    const broken = {
      ...diagonal([0.5], [1]),
      jacobian: (_x: unknown, _u: unknown, out: Float64Array) => void out.fill(NaN),
    };
    expect(fisherMemory(broken)).toMatchObject({ status: "not-finite", total: 0 });
  });

  test("refuses what it cannot measure, in one line; echoes its options as plain data", () => {
    const system = network(2, randomWeights(2, 0.5, 1), basisVector(2, 0));
    const bad: [FisherMemoryOptions, string][] = [
      [{ noise: 0 }, "noise is 0"],
      [{ state: [1] }, "state has length 1, expected 2"],
      [{ channel: 2 }, "channel is 2"],
      [{ lags: -1 }, "lags is -1"],
    ];
    for (const [options, message] of bad)
      expect(() => fisherMemory(system, options)).toThrow(`fisherMemory: ${message}`);
    expect(() => fisherMemory({ ...system, time: "continuous" })).toThrow("fisherMemory: system is a flow");
    const report = fisherMemory(system);
    expect(structuredClone(report)).toEqual(report);
    expect(report.options).toEqual({
      state: new Float64Array(2),
      held: new Float64Array(1),
      channel: 0,
      lags: 10,
      noise: 1,
    });
  });
});
