import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { buildCell } from "../../../src/cells/build.js";
import { linearMemoryCapacity } from "../../../src/study/measures/linearMemoryCapacity.js";
import { map } from "../../../src/systems/custom.js";
import { largestDifference, normal } from "../../numeric/matrices.js";
import {
  delayLine,
  diagonal,
  network,
  orthogonal,
  randomWeights,
  simpleCycle,
  tanhNetwork,
} from "./networks.js";

const oracle = JSON.parse(
  readFileSync(new URL("../../oracles/memoryMeasures.json", import.meta.url), "utf8"),
) as {
  linear: { name: string; n: number; w: number[]; v: number[]; memory: number[]; conditionOfG: number }[];
};

const size = fc.integer({ min: 2, max: 14 });
const seed = fc.integer({ min: 0, max: 1e6 });
const rate = fc.double({ min: 0.3, max: 0.97, noNaN: true });

describe("linearMemoryCapacity", () => {
  test.each(oracle.linear.map((c) => [c.name, c] as const))(
    "agrees with c_k' G^-1 c_k in 60 digits, whatever the condition of G: %s",
    (_, c) => {
      const report = linearMemoryCapacity(network(c.n, Float64Array.from(c.w), c.v), {
        lags: c.memory.length - 1,
      });
      expect(report.rank).toBe(c.n);
      expect(largestDifference(report.capacities, c.memory)).toBeLessThan(1e-11);
      expect(c.conditionOfG).toBeGreaterThan(1e5);
    },
  );

  test("a delay line holds its last N inputs, perfectly, and no other", () => {
    for (const n of [1, 5, 40]) {
      const { capacities, total, rank, spectralRadius } = linearMemoryCapacity(delayLine(n), { lags: n + 3 });
      const expected = Array.from({ length: n + 4 }, (_, k) => (k < n ? 1 : 0));
      expect(largestDifference(capacities, expected)).toBeLessThan(1e-14);
      expect([total, rank, spectralRadius]).toEqual([n, n, 0]);
    }
  });

  test("a scaled orthogonal network has rank and total N, and a sum over the lags that comes to it", () => {
    fc.assert(
      fc.property(size, rate, seed, (n, r, s) => {
        const w = orthogonal(n, s).map((x) => r * x);
        const { rank, total, capacities } = linearMemoryCapacity(network(n, w, normal(n, 1, s + 1)), {
          lags: Math.ceil(20 / -Math.log(r)) + n,
        });
        expect([rank, total]).toEqual([n, n]);
        expect(capacities.reduce((a, b) => a + b, 0)).toBeCloseTo(n, 10);
        expect(capacities.every((c) => c >= 0 && c <= 1 + 1e-12)).toBe(true);
      }),
      { seed: 2001, numRuns: 40 },
    );
  });

  test("a simple cycle has MC_k = r^(2 N floor(k / N)) (1 - r^(2 N)), in all N - 1 + r^(2 N) from lag 1", () => {
    fc.assert(
      fc.property(size, rate, seed, (n, r, s) => {
        const { capacities, total } = linearMemoryCapacity(simpleCycle(n, r, normal(n, 1, s)), {
          lags: 3 * n,
          firstLag: 1,
        });
        const expected = Array.from(
          { length: 3 * n },
          (_, i) => r ** (2 * n * Math.floor((i + 1) / n)) * (1 - r ** (2 * n)),
        );
        expect(largestDifference(capacities, expected)).toBeLessThan(1e-11);
        expect(total).toBeCloseTo(n - 1 + r ** (2 * n), 12);
      }),
      { seed: 2011, numRuns: 40 },
    );
  });

  test("one unit has MC_k = a^(2 k) (1 - a^2), in all 1", () => {
    fc.assert(
      fc.property(fc.double({ min: -0.999, max: 0.999, noNaN: true }), (a) => {
        const { capacities, total } = linearMemoryCapacity(diagonal([a], [2]), { lags: 20 });
        const expected = Array.from({ length: 21 }, (_, k) => a ** (2 * k) * (1 - a * a));
        expect(largestDifference(capacities, expected)).toBeLessThan(1e-14);
        expect(total).toBe(1);
      }),
      { seed: 1, numRuns: 50 },
    );
  });

  test("does not depend on the input weights, as long as they reach the same modes", () => {
    const w = randomWeights(20, 0.9, 3);
    const [a, b] = [4, 5].map((s) => linearMemoryCapacity(network(20, w, normal(20, 1, s))).capacities);
    expect(largestDifference(a, b)).toBeLessThan(1e-12);
  });

  test("counts repeated and unreached modes once and not at all", () => {
    const ranks = [
      diagonal([0.5, 0.5, 0.3], [1, 2, 3]),
      diagonal([0.5, 0.4, 0.3], [1, 0, 3]),
      diagonal([0.5, 0.4, 0.3], [0, 0, 0]),
      network(
        6,
        orthogonal(6, 2).map((x) => x * 0),
        [1, 2, 3, 4, 5, 6],
      ),
      diagonal(
        Array.from({ length: 40 }, (_, i) => [0.9, 0.2, -0.4][i % 3]),
        normal(40, 1, 3),
      ),
    ].map((system) => linearMemoryCapacity(system));
    expect(ranks.map(({ rank, total }) => [rank, total])).toEqual([
      [2, 2],
      [2, 2],
      [0, 0],
      [1, 1],
      [3, 3],
    ]);
    // The curve of what is reached is that of a network that has nothing else.
    const alone = linearMemoryCapacity(diagonal([0.9, 0.2, -0.4], [1, 1, 1]), { lags: 10 });
    expect(largestDifference(ranks[4].capacities.subarray(0, 11), alone.capacities)).toBeLessThan(1e-9);
  });

  test("finds repeated modes behind any change of coordinates", () => {
    const n = 9;
    const q = orthogonal(n, 8);
    const values = [0.8, 0.8, 0.8, -0.3, -0.3, 0.1, 0.5, 0.5, 0.2];
    const w = new Float64Array(n * n);
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++)
        for (let k = 0; k < n; k++) w[i * n + j] += q[k * n + i] * values[k] * q[k * n + j];
    const { rank, rankMargin } = linearMemoryCapacity(network(n, w, normal(n, 1, 9)));
    expect(rank).toBe(5);
    expect(rankMargin).toBeGreaterThan(1e-4);
  });

  test("stays exact at 300 units and radius .99: all lags sum to the rank", { timeout: 30_000 }, () => {
    const n = 300;
    const system = network(n, randomWeights(n, 0.99, 7), normal(n, 1, 8));
    const { rank, listed, capacities } = linearMemoryCapacity(system, { lags: 3000 });
    expect(rank).toBe(n);
    expect(listed).toBeCloseTo(n, 9);
    expect(Math.max(...capacities)).toBeLessThan(1 + 1e-12);
    // What a step loses is a product of all moduli: MC_0 = 1 - prod |lambda|^2.
    expect(capacities[0]).toBeCloseTo(1, 12);
  });

  test("takes Jacobians by differences, held inputs, a linear cell and another channel as they come", () => {
    const cell = buildCell({
      kind: "vanilla",
      activation: "linear",
      recurrent: [
        [0.5, 0.2],
        [-0.1, 0.3],
      ],
      input: [
        [0, 1],
        [0, 0.5],
      ],
      bias: [1, -2],
    });
    const own = map({
      dimension: 2,
      inputDimension: 2,
      step: ([x, y], [a, b]) => [0.5 * x + 0.2 * y + b + 1 + 0 * a, -0.1 * x + 0.3 * y + 0.5 * b - 2],
    });
    const options = { channel: 1, held: [3, 4], lags: 6 };
    const [a, b] = [cell, own].map((system) => linearMemoryCapacity(system, options));
    expect(largestDifference(a.capacities, b.capacities)).toBeLessThan(1e-8);
    expect([a.rank, b.rank, linearMemoryCapacity(cell, { lags: 6 }).rank]).toEqual([2, 2, 0]);
  });

  test("says unstable, without a NaN, where there is no stationary state", () => {
    for (const radius of [1, 1.2]) {
      const report = linearMemoryCapacity(diagonal([radius, 0.5], [1, 1]));
      expect(report).toMatchObject({ status: "unstable", rank: 2, total: 0, spectralRadius: radius });
      expect(report.capacities.every((c) => c === 0)).toBe(true);
    }
    const broken = {
      ...diagonal([0.5], [1]),
      jacobian: (_x: unknown, _u: unknown, out: Float64Array) => void out.fill(NaN),
    };
    expect(linearMemoryCapacity(broken)).toMatchObject({ status: "not-finite", total: 0, rank: 0 });
  });

  test("echoes its options and is plain data", () => {
    const report = linearMemoryCapacity(delayLine(2), { lags: 3 });
    expect(structuredClone(report)).toEqual(report);
    expect(report.options).toEqual({
      channel: 0,
      held: Float64Array.of(0),
      lags: 3,
      firstLag: 0,
      rankTolerance: 1e-10,
      linearTolerance: 1e-8,
      seed: 0,
    });
  });

  test("refuses what it cannot measure, in one line", () => {
    const line = delayLine(2);
    const flow = { ...line, time: "continuous" as const };
    const deaf = { ...line, inputDimension: 0 };
    const curved = tanhNetwork(2, Float64Array.of(0.5, 0, 0, 0.5), [1, 1]);
    const where = "linearMemoryCapacity: ";
    expect(() => linearMemoryCapacity(flow)).toThrow(`${where}system is a flow, expected a map`);
    expect(() => linearMemoryCapacity(deaf)).toThrow(`${where}system has no inputs, expected at least one`);
    expect(() => linearMemoryCapacity(curved)).toThrow(
      /^linearMemoryCapacity: system has a Jacobian that changes/,
    );
    expect(() => linearMemoryCapacity(line, { channel: 1 })).toThrow(`${where}channel is 1`);
    expect(() => linearMemoryCapacity(line, { firstLag: 2 as 1 })).toThrow(`${where}firstLag is 2`);
    expect(() => linearMemoryCapacity(line, { lags: 0, firstLag: 1 })).toThrow(`${where}lags is 0`);
    expect(() => linearMemoryCapacity(line, { held: [1, 2] })).toThrow(`${where}held has length 2`);
    expect(() => linearMemoryCapacity(line, { lag: 3 } as object)).toThrow(`${where}unknown option "lag"`);
  });
});
