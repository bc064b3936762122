import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chiSquareQuantile, chiSquareTail } from "../../../src/study/measures/chiSquare.js";
import {
  type InformationProcessingCapacityOptions,
  informationProcessingCapacity,
  informationProcessingCapacityOfStates,
} from "../../../src/study/measures/informationProcessingCapacity.js";
import { legendre } from "../../../src/study/measures/legendre.js";
import { countOfTerms, legendreTerms } from "../../../src/study/measures/legendreTerms.js";
import { linearMemoryCapacity } from "../../../src/study/measures/linearMemoryCapacity.js";
import { memoryCapacity } from "../../../src/study/measures/memoryCapacity.js";
import { map } from "../../../src/systems/custom.js";
import { largestDifference, normal } from "../../numeric/matrices.js";
import { delayLine, diagonal, network, randomWeights, tanhNetwork, uniforms } from "./networks.js";

const oracle = JSON.parse(
  readFileSync(new URL("../../oracles/memoryMeasures.json", import.meta.url), "utf8"),
) as {
  legendre: { points: number[]; values: number[][] };
  chiSquare: { p: number; k: number; quantile: number }[];
};

const values = (degree: number, x: Float64Array) => {
  const out = new Float64Array(x.length);
  legendre(degree, x, out);
  return out;
};

describe("legendre", () => {
  test("agrees with SciPy", () => {
    const points = Float64Array.from(oracle.legendre.points);
    for (const [degree, expected] of oracle.legendre.values.entries())
      expect(largestDifference(values(degree, points), expected)).toBeLessThan(1e-14 * (1 + 2 * degree));
  });

  test("is orthonormal for the uniform law, by a quadrature that is exact for these degrees", () => {
    // Gauss-Legendre with 5 nodes, exact up to degree 9.
    const [a, b] = [Math.sqrt(5 - 2 * Math.sqrt(10 / 7)) / 3, Math.sqrt(5 + 2 * Math.sqrt(10 / 7)) / 3];
    const nodes = Float64Array.of(-b, -a, 0, a, b);
    const [wa, wb] = [(322 + 13 * Math.sqrt(70)) / 900, (322 - 13 * Math.sqrt(70)) / 900];
    const weights = [wb, wa, 128 / 225, wa, wb];
    for (let i = 0; i <= 4; i++)
      for (let j = 0; j <= 4; j++) {
        const [p, q] = [values(i, nodes), values(j, nodes)];
        const mean = weights.reduce((sum, w, k) => sum + (w / 2) * p[k] * q[k], 0);
        expect(mean).toBeCloseTo(i === j ? 1 : 0, 13);
      }
  });
});

describe("legendreTerms", () => {
  test("lists every product once: multisets of lags", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 0, max: 6 }), (degree, lag) => {
        const terms = legendreTerms(degree, lag);
        // Every tuple of lags, sorted, is one term.
        const tuples = new Set<string>();
        for (let code = 0; code < (lag + 1) ** degree; code++) {
          const tuple = Array.from(
            { length: degree },
            (_, i) => Math.floor(code / (lag + 1) ** i) % (lag + 1),
          );
          tuples.add(tuple.sort((x, y) => x - y).join());
        }
        const flat = terms.map(({ factors }) =>
          factors.flatMap(({ lag: k, degree: d }) => new Array(d).fill(k)).join(),
        );
        expect(new Set(flat)).toEqual(tuples);
        expect(flat).toHaveLength(tuples.size);
        expect(countOfTerms(degree, lag)).toBe(tuples.size);
      }),
      { seed: 7, numRuns: 30 },
    );
  });
});

describe("chiSquareQuantile", () => {
  test.each(oracle.chiSquare)("agrees with SciPy at p = $p, k = $k", ({ p, k, quantile }) => {
    expect(chiSquareQuantile(p, k) / quantile).toBeCloseTo(1, 10);
    expect(chiSquareTail(quantile, k) / p).toBeCloseTo(1, 8);
  });
});

describe("informationProcessingCapacity", () => {
  test("gives a linear network all its capacity at degree 1, and N in all", () => {
    const system = network(8, randomWeights(8, 0.8, 3), normal(8, 1, 4));
    const report = informationProcessingCapacity(system, { lags: [40, 8, 4], steps: 8000 });
    expect(report.rank).toBe(8);
    expect(report.degrees.map(({ significant }) => significant > 0)).toEqual([true, false, false]);
    expect(Math.abs(report.total - 8)).toBeLessThan(0.1); // the threshold costs the weakest lags
    expect(report.unthresholded.lower).toBeLessThan(8);
    expect(report.unthresholded.upper).toBeGreaterThan(8);
  });

  test("has linear memory as its first degree", () => {
    const system = tanhNetwork(6, randomWeights(6, 0.8, 3), normal(6, 1, 4));
    const options = { steps: 3000, seed: 3 };
    const { degrees } = informationProcessingCapacity(system, { ...options, lags: [12] });
    const { total } = memoryCapacity(system, { ...options, lags: 12 });
    expect(degrees[0].unthresholded.value).toBeCloseTo(total.value, 10);
    expect(degrees[0].unthresholded.standardError).toBeCloseTo(total.standardError, 10);
  });

  test("agrees with the exact linear memory on 20 seeds", () => {
    const system = network(6, randomWeights(6, 0.9, 8), normal(6, 1, 9));
    const exact = linearMemoryCapacity(system, { lags: 15 }).listed;
    let misses = 0;
    for (let seed = 0; seed < 20; seed++) {
      const { lower, upper } = informationProcessingCapacity(system, {
        lags: [15],
        steps: 2000,
        seed,
      }).unthresholded;
      if (exact < lower - 1e-9 || exact > upper + 1e-9) misses++;
    }
    expect(misses).toBeLessThanOrEqual(4);
  });

  test("finds exactly one term, of capacity 1, where the only state is P_2 of one input", () => {
    const inputs = uniforms(3000, 4);
    const states = Float64Array.from(inputs, (_, t) => (t < 3 ? 0 : (3 * inputs[t - 3] ** 2 - 1) / 2));
    const { significant, total, rank } = informationProcessingCapacityOfStates(states, inputs, {
      lags: [10, 8, 5, 4],
    });
    expect(significant).toHaveLength(1);
    expect(significant[0].factors).toEqual([{ lag: 3, degree: 2 }]);
    expect(significant[0].capacity).toBeCloseTo(1, 12);
    expect(total).toBeCloseTo(1, 12);
    expect(rank).toBe(1);
  });

  test("takes products apart: u_t u_{t-1} and P_3 are one term each, and their sum half of either", () => {
    const inputs = uniforms(20_000, 6);
    const product = (t: number) => 3 * inputs[t] * inputs[t - 1];
    const third = (t: number) => Math.sqrt(7) * ((5 * inputs[t - 2] ** 3 - 3 * inputs[t - 2]) / 2);
    const both = Array.from(inputs, (_, t) => (t < 2 ? [0, 0] : [product(t), third(t)]));
    const options = { lags: [4, 4, 4] };
    const apart = informationProcessingCapacityOfStates(both, inputs, options);
    const names = apart.significant.map(({ factors }) => JSON.stringify(factors)).sort();
    expect(names).toEqual(['[{"lag":0,"degree":1},{"lag":1,"degree":1}]', '[{"lag":2,"degree":3}]']);
    expect(apart.total).toBeCloseTo(2, 10);
    const sum = informationProcessingCapacityOfStates(
      both.map(([a, b]) => [a + b]),
      inputs,
      options,
    );
    for (const { capacity, standardError } of sum.significant)
      expect(Math.abs(capacity - 0.5)).toBeLessThan(4 * standardError);
    expect(sum.significant).toHaveLength(2);
  });

  test("finds nothing of even degree in an odd network, however strongly driven", () => {
    for (const amplitude of [0.3, 2]) {
      const system = tanhNetwork(15, randomWeights(15, 0.9, 5), normal(15, 1, 6));
      const { degrees } = informationProcessingCapacity(system, {
        lags: [20, 12, 6, 5],
        steps: 8000,
        amplitude,
      });
      expect(degrees.map(({ significant }) => significant > 0)).toEqual([true, false, true, false]);
      for (const { unthresholded } of [degrees[1], degrees[3]])
        expect(Math.abs(unthresholded.value)).toBeLessThan(3 * unthresholded.standardError);
    }
  });

  test("moves from degree 1 to higher degrees as the input grows, and never beyond the rank", () => {
    const system = tanhNetwork(6, randomWeights(6, 0.5, 5), normal(6, 1, 6));
    const reports = [0.02, 0.5, 2].map((amplitude) =>
      informationProcessingCapacity(system, { lags: [20, 0, 8, 0, 4], steps: 8000, amplitude }),
    );
    const linear = reports.map(({ degrees }) => degrees[0].capacity);
    expect(linear[0]).toBeGreaterThan(linear[1]);
    expect(linear[1]).toBeGreaterThan(linear[2]);
    for (const { unthresholded, rank } of reports) expect(unthresholded.lower).toBeLessThan(rank);
    expect(reports[1].degrees[2].capacity).toBeGreaterThan(0.5);
    expect(Math.abs(reports[0].total - reports[1].total)).toBeLessThan(0.6);
  });

  test("calls a term that the state knows nothing of significant at the stated rate", () => {
    // States that are slow and independent of the input.
    const [count, d, falsePositive] = [1500, 5, 0.01];
    let passed = 0;
    let tried = 0;
    for (let seed = 0; seed < 8; seed++) {
      const noise = normal(count, d, 100 + seed);
      for (let e = d; e < noise.length; e++) noise[e] += 0.8 * noise[e - d];
      const { degrees } = informationProcessingCapacityOfStates(noise, uniforms(count, seed), {
        lags: [15, 15, 12],
        falsePositive,
      });
      for (const { significant, terms } of degrees) {
        passed += significant;
        tried += terms;
      }
    }
    expect(tried).toBe(8 * (16 + 136 + 455));
    // Terms of one recording are not quite independent: five standard errors of a count of independent ones.
    const expected = falsePositive * tried;
    expect(passed).toBeGreaterThan(expected - 5 * Math.sqrt(expected));
    expect(passed).toBeLessThan(expected + 5 * Math.sqrt(expected));
  });

  test("counts constant and repeated features, and says where nothing moves or the run blows up", () => {
    const system = map({ dimension: 3, inputDimension: 1, step: (_, [u]) => [u, -2 * u, 7] });
    const some = informationProcessingCapacity(system, { lags: [2, 2], steps: 1000 });
    expect(some).toMatchObject({ status: "ok", rank: 1, constantFeatures: 1, duplicateFeatures: 1 });
    expect(some.total).toBeCloseTo(1, 12);
    const still = informationProcessingCapacity(diagonal([0.5], [0]), { lags: [2, 2], steps: 1000 });
    expect(still).toMatchObject({
      status: "constant",
      total: 0,
      rank: 0,
      constantFeatures: 1,
      significant: [],
    });
    const wild = informationProcessingCapacity(diagonal([3], [1]), { lags: [2, 2], steps: 1000 });
    expect(wild).toMatchObject({ status: "not-finite", total: 0, samples: 0, significant: [] });
    expect(wild.degrees.map(({ terms }) => terms)).toEqual([3, 6]);
  });

  test("is the same for the same seed, plain data, and echoes every option", () => {
    const options = {
      lags: [3, 2],
      steps: 500,
      seed: 5,
      washout: 10,
      amplitude: 0.5,
      offset: 0.1,
      channel: 0,
    };
    const report = informationProcessingCapacity(delayLine(2), options);
    expect(informationProcessingCapacity(delayLine(2), options)).toEqual(report);
    expect(structuredClone(report)).toEqual(report);
    expect(report.options).toEqual({
      ...options,
      held: Float64Array.of(0),
      initialState: new Float64Array(2),
      falsePositive: 1e-4,
      rankTolerance: 1e-12,
    });
  });

  test("refuses what it cannot measure, in one line", () => {
    const line = delayLine(2);
    const bad: [InformationProcessingCapacityOptions, string][] = [
      [{ lags: [] }, "lags is an array of 0, expected one lag per degree"],
      [{ lags: [3, -1] }, "lags[1] is -1"],
      [{ steps: 10 }, "steps is 10, expected an integer of at least 44"],
      [{ falsePositive: 0 }, "falsePositive is 0"],
    ];
    for (const [options, message] of bad)
      expect(() => informationProcessingCapacity(line, options)).toThrow(
        `informationProcessingCapacity: ${message}`,
      );
    expect(() => informationProcessingCapacity(line, { lags: [9, 9, 9, 9, 9, 9, 9, 9, 9, 99] })).toThrow(
      "terms, expected at most 200000",
    );
    expect(() => informationProcessingCapacity({ ...line, time: "continuous" })).toThrow("is a flow");
    const inputs = uniforms(100, 1);
    inputs[7] = 1.5;
    expect(() => informationProcessingCapacityOfStates(inputs.slice(), inputs, { lags: [2] })).toThrow(
      "informationProcessingCapacityOfStates: inputs[7] is 1.5, expected numbers in [-1, 1]",
    );
    expect(() =>
      informationProcessingCapacityOfStates(uniforms(60, 1), uniforms(60, 1), { lags: [30] }),
    ).toThrow("leaves 30 samples after 30 lags, expected at least 42");
  });
});
