import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { findCycles } from "../../src/analysis/cycles.js";
import { buildCell } from "../../src/cells/build.js";
import { flow, map } from "../../src/systems/custom.js";
import { distanceBetween, realSet, rowsOf, setDistance } from "./compare.js";
import { grid, henon, logistic } from "./normalForms.js";

const oracleOf = (name: string) =>
  JSON.parse(readFileSync(new URL(`../oracles/${name}.json`, import.meta.url), "utf8"));
const line = (count: number) => Array.from({ length: count }, (_, k) => [(k + 0.5) / count]);

describe("closed forms", () => {
  test.each([3.2, 3.5, 4])("the logistic 2-cycle at r = %d", (r) => {
    const { cycles, completeness } = findCycles(logistic(r), line(6));
    expect(cycles.length).toBe(1);
    const root = Math.sqrt((r - 3) * (r + 1));
    const expected = [(r + 1 - root) / (2 * r), (r + 1 + root) / (2 * r)];
    expect(distanceBetween(cycles[0].states.slice().sort(), expected)).toBeLessThan(1e-12);
    expect(setDistance(cycles[0].multipliers, realSet(4 + 2 * r - r * r))).toBeLessThan(1e-10);
    expect(cycles[0].stability).toBe(Math.abs(4 + 2 * r - r * r) < 1 ? "stable" : "unstable");
    expect(completeness[0].expected).toBe(null);
  });

  test("both logistic 3-cycles at r = 4: sin^2 of k pi / 7 and of k pi / 9, multipliers 8 and -8", () => {
    const { cycles, shorter } = findCycles(logistic(4), line(20), { period: 3 });
    expect(cycles.length).toBe(2);
    const angles = (n: number) => [1, 2, 4].map((k) => Math.sin((k * Math.PI) / n) ** 2).sort();
    for (const [n, multiplier] of [
      [7, 8],
      [9, -8],
    ]) {
      const cycle = cycles.find((c) => Math.sign(c.multipliers.real[0]) === Math.sign(multiplier))!;
      expect(distanceBetween(cycle.states.slice().sort(), angles(n))).toBeLessThan(1e-12);
      expect(cycle.multipliers.real[0]).toBeCloseTo(multiplier, 9);
      expect(cycle.index).toBe(multiplier > 1 ? -1 : 1);
    }
    expect(shorter.map((s) => s.period)).toEqual([1, 1]);
    expect(shorter.map((s) => s.state[0]).sort()).toEqual([expect.closeTo(0, 9), expect.closeTo(0.75, 9)]);
  });

  test("the stable and the unstable 3-cycle in the window at r = 3.84, against mpmath's polynomial roots", () => {
    const { r, cycles: expected } = oracleOf("cycles").logistic;
    const { cycles } = findCycles(logistic(r), line(12), { period: 3 });
    expect(cycles.map((c) => c.stability)).toEqual(["stable", "unstable"]);
    for (const truth of expected) {
      const cycle = cycles.find((c) => distanceBetween(c.states.slice().sort(), truth.states) < 1e-10)!;
      expect(setDistance(cycle.multipliers, realSet(truth.multiplier))).toBeLessThan(1e-8);
    }
  });

  test.each([
    [1.4, 0.3],
    [1, 0.3],
    [1.4, -0.3],
  ])("the Henon 2-cycle at a = %d, b = %d and its multipliers", (a, b) => {
    const { cycles, shorter } = findCycles(henon(a, b), grid(2, 1, 4));
    // x1 + x2 = (1 - b) / a, x1 x2 = ((1 - b)^2 - a) / a^2; multipliers: trace 4 a^2 x1 x2 + 2 b, determinant b^2.
    const [sum, product] = [(1 - b) / a, ((1 - b) ** 2 - a) / a ** 2];
    const gap = Math.sqrt(sum * sum - 4 * product);
    expect(cycles.length).toBe(1);
    const [x1, x2] = [(sum - gap) / 2, (sum + gap) / 2];
    const orbit = rowsOf(cycles[0].states, 2).sort((p, o) => p[0] - o[0]);
    expect(distanceBetween(orbit[0], [x1, b * x2])).toBeLessThan(1e-11);
    expect(distanceBetween(orbit[1], [x2, b * x1])).toBeLessThan(1e-11);
    const trace = 4 * a * a * product + 2 * b;
    const inner = trace * trace - 4 * b * b;
    const root = Math.sqrt(Math.abs(inner)) / 2;
    const expected =
      inner >= 0
        ? realSet(trace / 2 + root, trace / 2 - root)
        : { real: [trace / 2, trace / 2], imaginary: [root, -root] };
    expect(setDistance(cycles[0].multipliers, expected)).toBeLessThan(1e-9);
    expect(shorter.length).toBe(2);
  });
});

describe("piecewise-linear networks, every region enumerated by NumPy", () => {
  for (const [i, network] of oracleOf("plrnn").networks.entries())
    test(`network ${i}: all its 2-cycles and no other, with their multipliers`, () => {
      const n = network.bias.length;
      const cell = buildCell({
        kind: "plrnn",
        diagonal: network.diagonal,
        recurrent: network.recurrent,
        bias: network.bias,
      });
      const { cycles, shorter } = findCycles(cell, grid(n, 3, 3), { searchBudget: 1000 });
      expect(cycles.length).toBe(network.cycles.length);
      expect(shorter.length).toBe(network.points.length);
      for (const truth of network.cycles) {
        const flat = truth.states.flat();
        const turned = [...truth.states[1], ...truth.states[0]];
        const cycle = cycles.find(
          (c) => Math.min(distanceBetween(c.states, flat), distanceBetween(c.states, turned)) < 1e-8,
        )!;
        expect(setDistance(cycle.multipliers, truth.multipliers)).toBeLessThan(1e-8);
        const stable = truth.multipliers.real.every(
          (re: number, k: number) => Math.hypot(re, truth.multipliers.imaginary[k]) < 1,
        );
        expect(cycle.stability === "stable").toBe(stable);
      }
    });
});

describe("the list", () => {
  const flip = map({
    dimension: 2,
    step: ([x, y]) => [-Math.tanh(2 * x), Math.tanh(2 * y)],
    domain: { lower: -1, upper: 1, invariant: true },
  });

  test("holds each orbit once, closes it under the map, and has a right index sum", () => {
    const { cycles, shorter, completeness } = findCycles(flip, grid(2, 1, 4));
    const x1 = 0.957504024077268; // x = tanh 2x
    // F^2 has 9 zeros: x and y in {-x1, 0, x1}; x = 0 is fixed by F, the others pair up.
    expect(cycles.length).toBe(3);
    expect(shorter.length).toBe(3);
    expect(completeness[0]).toMatchObject({ indexSum: 1, verdict: "consistent" });
    for (const c of cycles) {
      expect(c.period).toBe(2);
      const [p, o] = rowsOf(c.states, 2);
      expect(p[0]).toBeCloseTo(-o[0], 10);
      expect(Math.abs(p[0])).toBeCloseTo(x1, 10);
      expect(c.q).toBeLessThan(1e-20);
    }
    expect(cycles.map((c) => c.unstableDimension)).toEqual([0, 0, 1]);
    expect(cycles.map((c) => c.id)).toEqual([0, 1, 2]);
  });

  test("sets orbits of every shorter period aside, not only fixed points", () => {
    const { cycles, shorter } = findCycles(logistic(3.5), line(12), { period: 4 });
    expect(cycles.length).toBe(1);
    expect(cycles[0].stability).toBe("stable");
    expect(shorter.map((s) => s.period).sort()).toEqual([1, 1, 2]);
  });

  test("has the attracting cycles even where the search itself would step over them", () => {
    // Forward steps carry any start to the 4-cycle.
    const { cycles } = findCycles(logistic(3.5), [[0.3]], { period: 4, searchBudget: 0 });
    expect(cycles.map((c) => c.stability)).toEqual(["stable"]);
    expect(cycles[0].fromStarts).toBeGreaterThan(0);
  });

  test("repeats bit for bit and is plain data; the starts stay as they were", () => {
    const starts = Float64Array.of(0.3, 0.9, -0.2, 0.1);
    const copy = starts.slice();
    const report = findCycles(flip, starts, { seed: 4 });
    expect(findCycles(flip, starts, { seed: 4 })).toEqual(report);
    expect(structuredClone(report)).toEqual(report);
    expect(starts).toEqual(copy);
    expect(Object.values(report.counts).reduce((a, b) => a + b, 0)).toBe(2);
  });

  test("keeps two conditions apart", () => {
    const driven = map({ dimension: 1, inputDimension: 1, step: ([x], [u]) => [-Math.tanh(2 * x) + u] });
    const { cycles, completeness } = findCycles(driven, [[0.5], [0.5]], { input: [[0], [3]] });
    expect(cycles.map((c) => c.condition)).toEqual([0]);
    expect(completeness.length).toBe(2);
  });

  test("is never thrown off by orbits that blow up or are not finite", () => {
    const report = findCycles(henon(1.4, 0.3), [
      [1e6, -1e6],
      [0.3, 0.1],
      [-1e3, 4],
    ]);
    expect(report.cycles.length).toBe(1);
    const broken = map({ dimension: 1, step: ([x]) => [x > 0.8 ? Number.NaN : 3.2 * x * (1 - x)] });
    expect(() => findCycles(broken, [[0.9], [0.3]])).not.toThrow();
  });
});

test("wrong arguments are refused in one line, a flow with the way out", () => {
  const refuse = (options: object, message: string) =>
    expect(() => findCycles(logistic(3), [[0.3]], options)).toThrow(message);
  refuse({ period: 1 }, "findCycles: period is 1, expected an integer of at least 2");
  refuse({ period: 2.5 }, "findCycles: period is 2.5, expected an integer of at least 2");
  refuse({ forwardSteps: -1 }, "findCycles: forwardSteps is -1, expected an integer of at least 0");
  refuse({ periods: 3 }, 'findCycles: unknown option "periods", expected one of');
  const decay = flow({ dimension: 1, velocity: ([x]) => [-x] });
  expect(() => findCycles(decay, [[1]])).toThrow(
    "findCycles: system is a flow, expected a map; its limit cycles are the fixed points of returnMap",
  );
});
