import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { DynamicalSystem } from "../../../src/core/system.js";
import { linearMemoryCapacity } from "../../../src/study/measures/linearMemoryCapacity.js";
import {
  type MemoryCapacityOptions,
  memoryCapacity,
  memoryCapacityOfStates,
} from "../../../src/study/measures/memoryCapacity.js";
import { map } from "../../../src/systems/custom.js";
import { discretize } from "../../../src/systems/discretize.js";
import { largestDifference, normal } from "../../numeric/matrices.js";
import {
  delayLine,
  diagonal,
  network,
  orthogonal,
  randomWeights,
  simpleCycle,
  tanhNetwork,
  uniforms,
} from "./networks.js";

const { recording } = JSON.parse(
  readFileSync(new URL("../../oracles/memoryMeasures.json", import.meta.url), "utf8"),
) as { recording: { inputs: number[]; states: number[][]; lags: number; inSample: number[] } };

const linear: Record<string, DynamicalSystem> = {
  "one unit": diagonal([0.9], [1]),
  "random, 10 units": network(10, randomWeights(10, 0.9, 3), normal(10, 1, 4)),
  "orthogonal, 6 units": network(
    6,
    orthogonal(6, 1).map((x) => 0.95 * x),
    normal(6, 1, 2),
  ),
  "simple cycle, 8 units": simpleCycle(8, 0.9, normal(8, 1, 5)),
  "all its memory within the lags": network(5, randomWeights(5, 0.5, 1), normal(5, 1, 6)),
};

describe("memoryCapacity", () => {
  // 20 intervals of 95 %: more than 4 misses happen once in 400 times to an honest estimator.
  test.each(Object.entries(linear))(
    "agrees with the exact value on 20 seeds, total and lags: %s",
    (_, system) => {
      const lags = 20;
      const exact = linearMemoryCapacity(system, { lags });
      let misses = 0;
      let lagMisses = 0;
      for (let seed = 0; seed < 20; seed++) {
        const { total, capacities, standardErrors } = memoryCapacity(system, { lags, steps: 2000, seed });
        if (exact.listed < total.lower - 1e-9 || exact.listed > total.upper + 1e-9) misses++;
        for (let k = 0; k <= lags; k++)
          if (Math.abs(capacities[k] - exact.capacities[k]) > 2.093 * standardErrors[k] + 1e-9) lagMisses++;
      }
      expect(misses).toBeLessThanOrEqual(4);
      expect(lagMisses / (20 * (lags + 1))).toBeLessThan(0.1);
    },
  );

  test("is unbiased; in-sample is too high by chance, held-out too low", () => {
    const [n, steps, lags] = [10, 600, 40];
    const system = linear["random, 10 units"];
    const exact = linearMemoryCapacity(system, { lags });
    const mean = (estimator: "adjusted" | "in-sample" | "held-out") => {
      const totals = Array.from({ length: 40 }, (_, seed) =>
        memoryCapacity(system, { lags, steps, seed, estimator, washout: 200 }),
      );
      return totals.reduce((sum, { total }) => sum + total.value / 40, 0) - exact.listed;
    };
    const chance = exact.capacities.reduce((sum, c) => sum + ((1 - c) * n) / steps, 0);
    expect(chance).toBeGreaterThan(0.4);
    expect(Math.abs(mean("adjusted"))).toBeLessThan(0.2 * chance);
    expect(mean("in-sample")).toBeGreaterThan(0.7 * chance);
    expect(mean("held-out")).toBeLessThan(-0.7 * chance);
  });

  test("is exactly 1 for what a delay line holds, and within chance of 0 for what it does not", () => {
    const n = 6;
    const { capacities, total, rank, chance, samples } = memoryCapacity(delayLine(n), {
      lags: 12,
      steps: 3000,
    });
    for (let k = 0; k < n; k++) expect(capacities[k]).toBeCloseTo(1, 12);
    for (let k = n; k <= 12; k++) expect(Math.abs(capacities[k])).toBeLessThan(0.01);
    expect(total.value).toBeCloseTo(n, 1);
    expect([rank, samples]).toEqual([n, 3000]);
    expect(chance).toBeCloseTo(n / 2999, 15);
  });

  test.each(["uniform", "normal", "binary"] as const)(
    "does not heed the law or scale of the input of a linear map: %s",
    (law) => {
      const options = {
        law,
        amplitude: 0.01,
        offset: 3,
        lags: 10,
        steps: 4000,
      } satisfies MemoryCapacityOptions;
      const system = linear["all its memory within the lags"];
      const { total } = memoryCapacity(system, options);
      const { listed } = linearMemoryCapacity(system, { lags: 10 });
      expect(Math.abs(total.value - listed)).toBeLessThan(0.02);
    },
  );

  test("is never above the number of units, and for tanh units falls as the input grows", () => {
    const system = tanhNetwork(12, randomWeights(12, 0.9, 2), normal(12, 1, 3));
    const totals = [0.05, 0.5, 5].map(
      (amplitude) => memoryCapacity(system, { amplitude, steps: 4000 }).total.value,
    );
    expect(totals[0]).toBeGreaterThan(totals[1]);
    expect(totals[1]).toBeGreaterThan(totals[2]);
    expect(Math.max(...totals)).toBeLessThan(12.1);
  });

  test("drops constant features, counts repeated ones, and reports the rank that is left", () => {
    // x0 moves; x1 repeats it mirrored and scaled; x2 is constant; x3 = x0 + x4, x4 moves: rank 2.
    const system = map({
      dimension: 5,
      inputDimension: 1,
      step: ([x0, , , , x4], [u]) => {
        const a = 0.5 * x0 + u;
        const b = 0.8 * x4 + u;
        return [a, 3 - 2 * a, 7, a + b, b];
      },
    });
    const report = memoryCapacity(system, { steps: 3000, lags: 30 });
    expect(report).toMatchObject({ status: "ok", rank: 2, constantFeatures: 1, duplicateFeatures: 1 });
    expect(Math.abs(report.total.value - 2)).toBeLessThan(3 * report.total.standardError + 0.01);
  });

  test("sees directions far below the square root of rounding, and not those at rounding", () => {
    // The second state variable is the first plus a trace of the input before.
    const system = (trace: number) =>
      map({ dimension: 3, inputDimension: 1, step: ([x], [u]) => [u, u + trace * x, 0.5] });
    for (const trace of [1e-3, 1e-6, 1e-9]) {
      const { rank, capacities, condition } = memoryCapacity(system(trace), { steps: 500, lags: 2 });
      expect(rank).toBe(2);
      expect(capacities[1]).toBeCloseTo(1, 6);
      expect(condition).toBeGreaterThan(0.1 / trace ** 2);
    }
    expect(memoryCapacity(system(1e-14), { steps: 500, lags: 2 }).rank).toBe(1);
    expect(memoryCapacity(system(1e-6), { steps: 500, lags: 2, rankTolerance: 1e-4 }).rank).toBe(1);
  });

  test("says so where nothing moves, and where the run blows up; no number is NaN", () => {
    const still = memoryCapacity(diagonal([0.5, 0.2], [0, 0]), { lags: 10, steps: 500 });
    expect(still).toMatchObject({ status: "constant", rank: 0, constantFeatures: 2 });
    const wild = memoryCapacity(diagonal([3], [1]), { lags: 10, steps: 500 });
    expect(wild).toMatchObject({ status: "not-finite", rank: 0, samples: 0 });
    for (const { capacities, total } of [still, wild]) {
      expect([...capacities]).toEqual(new Array(11).fill(0));
      expect(total).toEqual({ value: 0, standardError: 0, lower: 0, upper: 0 });
    }
  });

  test("is the same for the same seed, plain data, and echoes every option", () => {
    const options = { channel: 0, lags: 4, steps: 300, seed: 5, washout: 10 };
    const report = memoryCapacity(delayLine(2), options);
    expect(memoryCapacity(delayLine(2), options)).toEqual(report);
    expect(structuredClone(report)).toEqual(report);
    expect(report.options).toEqual({
      ...options,
      held: Float64Array.of(0),
      initialState: new Float64Array(2),
      amplitude: 1,
      offset: 0,
      law: "uniform",
      firstLag: 0,
      estimator: "adjusted",
      rankTolerance: 1e-12,
    });
    expect(memoryCapacity(delayLine(2), { ...options, seed: 6 }).capacities).not.toEqual(report.capacities);
  });

  test("drives one channel and holds the others", () => {
    const system = map({ dimension: 1, inputDimension: 3, step: (_, [a, b, c]) => [a + 10 * b + c * c] });
    const options = { lags: 2, steps: 500, held: [5, 0, 2] };
    expect(memoryCapacity(system, { ...options, channel: 1 }).capacities[0]).toBeCloseTo(1, 12);
    expect(memoryCapacity(system, { ...options, channel: 2 }).capacities[0]).toBeLessThan(0.05);
  });

  test("measures a flow through its step, not as it is", () => {
    const flow = { ...diagonal([-1], [1]), time: "continuous" as const };
    expect(() => memoryCapacity(flow)).toThrow(
      "memoryCapacity: system is a flow, expected a map; discretize it first",
    );
    const { capacities } = memoryCapacity(discretize(flow, { dt: 0.5 }), { lags: 20, steps: 4000 });
    expect(capacities[0]).toBeCloseTo(1 - 0.25, 1);
  });

  test("refuses what it cannot measure, in one line", () => {
    const line = delayLine(3);
    const bad: [MemoryCapacityOptions, string][] = [
      [{ steps: 40 }, "steps is 40, expected at least 46 for 3 state variables"],
      [{ steps: 100, estimator: "held-out", lags: 10 }, "steps is 100, expected at least 130"],
      [{ lags: -1 }, "lags is -1"],
      [{ channel: 1 }, "channel is 1, expected an integer in [0, 0]"],
      [{ law: "poisson" as "normal" }, 'law is "poisson"'],
      [{ estimator: "mean" as "adjusted" }, 'estimator is "mean"'],
      [{ amplitude: Number.NaN }, "amplitude is NaN"],
      [{ initialState: [1] }, "initialState has length 1, expected 3"],
      [{ rankTolerance: 2 }, "rankTolerance is 2"],
      [{ washout: 0.5 }, "washout is 0.5"],
    ];
    for (const [options, message] of bad)
      expect(() => memoryCapacity(line, options)).toThrow(`memoryCapacity: ${message}`);
    expect(() => memoryCapacity({ ...line, inputDimension: 0 })).toThrow(
      "memoryCapacity: system has no inputs",
    );
  });
});

describe("memoryCapacityOfStates", () => {
  test("agrees with numpy's least squares on a recording, with a constant and a repeated feature in it", () => {
    const { states, inputs, lags, inSample } = recording;
    const report = memoryCapacityOfStates(states, inputs, { lags, estimator: "in-sample" });
    expect(largestDifference(report.capacities, inSample)).toBeLessThan(1e-12);
    expect(largestDifference(report.inSample, inSample)).toBeLessThan(1e-12);
    expect(report).toMatchObject({ rank: 3, constantFeatures: 1, duplicateFeatures: 1, dimension: 5 });
    expect(report.samples).toBe(states.length - lags);
  });

  test("takes rows and a flat array alike, and is blind to an affine change of the states", () => {
    const { inputs, lags } = recording;
    const states = recording.states.map((row) => row.slice(0, 3));
    const a = memoryCapacityOfStates(states, inputs, { lags });
    expect(memoryCapacityOfStates(Float64Array.from(states.flat()), inputs, { lags })).toEqual(a);
    const turned = states.map(([x, y, z]) => [x + y - 3, 1e6 * (y - z), 1e-6 * (z + 2 * x)]);
    const b = memoryCapacityOfStates(turned, inputs, { lags });
    expect(largestDifference(a.capacities, b.capacities)).toBeLessThan(1e-9);
  });

  test("finds no memory in states that know nothing of the input, up to chance", () => {
    const [count, d, lags] = [3000, 8, 100];
    const states = Array.from({ length: count }, () => new Float64Array(d));
    const noise = normal(count, d, 3);
    for (let t = 0; t < count; t++)
      for (let i = 0; i < d; i++) states[t][i] = (t > 0 ? 0.9 * states[t - 1][i] : 0) + noise[t * d + i];
    const report = memoryCapacityOfStates(states, uniforms(count, 9), { lags });
    const raw = report.inSample.reduce((sum, c) => sum + c, 0);
    expect(raw).toBeCloseTo((lags + 1) * report.chance, 1);
    expect(Math.abs(report.total.value)).toBeLessThan(3 * report.total.standardError);
    expect(report.total.standardError).toBeLessThan(0.1);
  });

  test("gives 0 for an input that never changes, and survives a feature that moves only after the fit", () => {
    const states = Array.from(uniforms(600, 2), (x) => [x, 3]);
    const dull = memoryCapacityOfStates(states, new Float64Array(600).fill(0.1), { lags: 3 });
    expect([...dull.capacities, ...dull.standardErrors, dull.total.value]).toEqual(new Array(9).fill(0));

    const inputs = uniforms(600, 3);
    const late = Array.from(inputs, (u, t) => [u, t < 450 ? 0 : inputs[t - 1]]);
    const { capacities, rank } = memoryCapacityOfStates(late, inputs, { lags: 3, estimator: "held-out" });
    expect(rank).toBe(2);
    expect(capacities[0]).toBeGreaterThan(0.99);
    expect(capacities.every((c) => Number.isFinite(c) && c < 1.001)).toBe(true);
    expect(Math.abs(capacities[1])).toBeLessThan(0.1);
  });

  test("refuses rows and inputs that do not fit", () => {
    const where = "memoryCapacityOfStates: ";
    const rows = Array.from({ length: 60 }, (_, t) => [t]);
    const inputs = uniforms(60, 1);
    expect(() => memoryCapacityOfStates(rows, [])).toThrow(`${where}inputs is empty`);
    expect(() => memoryCapacityOfStates(rows.slice(1), inputs)).toThrow(
      `${where}states has 59 rows, expected 60`,
    );
    expect(() => memoryCapacityOfStates(new Float64Array(90), inputs)).toThrow(
      `${where}states does not fill 60 rows`,
    );
    expect(() => memoryCapacityOfStates([], inputs)).toThrow(`${where}states does not fill 60 rows`);
    expect(() => memoryCapacityOfStates([[1, 2], ...rows.slice(1)], inputs)).toThrow(
      `${where}states has rows of length 1`,
    );
    expect(() => memoryCapacityOfStates(rows, inputs, { lags: 30 })).toThrow(
      `${where}states leaves 30 samples after 30 lags, expected at least 42 for 1 state variables`,
    );
    rows[3] = [Number.NaN];
    expect(() => memoryCapacityOfStates(rows, inputs)).toThrow(`${where}states[3][0] is NaN`);
  });
});
