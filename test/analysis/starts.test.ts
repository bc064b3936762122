import { describe, expect, test } from "vitest";
import { simulate } from "../../src/analysis/simulate.js";
import { defaultStarts, sampleStarts } from "../../src/analysis/starts.js";
import { flow, map } from "../../src/systems/custom.js";
import { drivenFlow, drivenMap } from "../systems/checks.js";

const rows = [
  [0, 10],
  [1, 20],
  [2, 30],
  [3, 40],
];
const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;

describe("sampleStarts", () => {
  test("the same seed gives the same bytes, another seed others", () => {
    const [a, b, c] = [1, 1, 2].map((seed) => sampleStarts(rows, { count: 20, seed }));
    expect(a).toEqual(b);
    expect(a).not.toEqual(c);
  });

  test("start i does not depend on how many are asked for", () => {
    const many = sampleStarts(rows, { count: 50, seed: 7 });
    for (const count of [0, 1, 13])
      expect(sampleStarts(rows, { count, seed: 7 })).toEqual(many.slice(0, 2 * count));
  });

  test("start i comes from the same state whatever its neighbours drew", () => {
    // With a third variable every start draws more noise; which state it comes from stays the same.
    const wider = rows.map((row) => [...row, 100 * row[0]]);
    const options = { count: 30, noise: 1e-9 };
    const [narrow, wide] = [sampleStarts(rows, options), sampleStarts(wider, options)];
    for (let i = 0; i < 30; i++) expect(Math.round(narrow[2 * i])).toBe(Math.round(wide[3 * i]));
  });

  test("without noise every start is a state, and every state is drawn, about equally often", () => {
    const starts = sampleStarts(rows, { count: 4000, noise: 0 });
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < 4000; i++) {
      const [a, b] = starts.subarray(2 * i, 2 * i + 2);
      expect(rows[a]).toEqual([a, b]);
      counts[a]++;
    }
    // Binomial, standard deviation 27.
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(140);
  });

  test("the noise is Gaussian with the standard deviation asked for, in every variable", () => {
    const starts = sampleStarts([[5, -3]], { count: 20000, noise: 0.4 });
    for (const [j, centre] of [5, -3].entries()) {
      const off = Array.from({ length: 20000 }, (_, i) => starts[2 * i + j] - centre);
      expect(Math.abs(mean(off))).toBeLessThan(0.015);
      expect(Math.abs(Math.sqrt(mean(off.map((v) => v * v))) - 0.4)).toBeLessThan(0.01);
      // Kurtosis of a normal: 3.
      expect(Math.abs(mean(off.map((v) => v ** 4)) / 0.4 ** 4 - 3)).toBeLessThan(0.2);
    }
  });

  test("takes a simulation, rows, or one flat array with its dimension, to the same effect", () => {
    const simulation = simulate(map({ dimension: 2, step: ([x, y]) => [x + 1, y + 10] }), [-1, 0], {
      steps: 4,
    });
    const options = { count: 9, seed: 3 };
    const expected = sampleStarts(rows, options);
    expect(sampleStarts(simulation, options)).toEqual(expected);
    expect(sampleStarts(Float64Array.from(rows.flat()), { ...options, dimension: 2 })).toEqual(expected);
  });

  test("never draws from where a trajectory failed", () => {
    const pole = map({ dimension: 1, step: ([x]) => [x === 1 ? NaN : x / 2] });
    const simulation = simulate(pole, [[4], [3]], { steps: 6 });
    expect(simulation.outcomes).toEqual(["not-finite", "ok"]);
    expect(sampleStarts(simulation, { count: 500 }).every(Number.isFinite)).toBe(true);
  });

  test("leaves the states as they were", () => {
    const states = Float64Array.from(rows.flat());
    const copy = states.slice();
    sampleStarts(states, Object.freeze({ count: 10, dimension: 2 }));
    expect(states).toEqual(copy);
  });

  test("wrong arguments throw", () => {
    expect(() => sampleStarts(Float64Array.of(1, 2))).toThrow(
      "sampleStarts: states is one flat array, expected the option dimension with it",
    );
    expect(() => sampleStarts([])).toThrow("sampleStarts: states is empty");
    expect(() => sampleStarts([[1, 2], [3]])).toThrow(
      "sampleStarts: states has rows of length 1, expected 2",
    );
    expect(() => sampleStarts(rows, { noise: -1 })).toThrow("sampleStarts: noise is -1");
    expect(() => sampleStarts(rows, { count: 1.5 })).toThrow("sampleStarts: count is 1.5");
    expect(() => sampleStarts(7 as never)).toThrow(
      "sampleStarts: states must be rows of numbers or a Simulation",
    );
    const final = simulate(drivenMap(), [0, 0, 0], { steps: 3, record: "final" });
    expect(() => sampleStarts(final)).toThrow("sampleStarts: the simulation recorded no states");
    const failed = simulate(map({ dimension: 1, step: () => [NaN] }), [0], { steps: 2 });
    expect(() => sampleStarts(failed)).toThrow("sampleStarts: states holds no finite state");
  });
});

describe("defaultStarts", () => {
  const boxed = map({
    dimension: 3,
    step: ([x, y, z]) => [0.9 * x, y, z],
    domain: { lower: [-2, 5, -Infinity], upper: [-1, Infinity, Infinity] },
  });

  test("the same seed gives the same bytes, and start i does not depend on the count", () => {
    for (const system of [boxed, drivenMap(), drivenFlow()]) {
      const many = defaultStarts(system, { count: 12, seed: 5 });
      expect(defaultStarts(system, { count: 12, seed: 5 })).toEqual(many);
      expect(defaultStarts(system, { count: 7, seed: 5 })).toEqual(many.slice(0, 21));
      expect(defaultStarts(system, { count: 12, seed: 6 })).not.toEqual(many);
    }
  });

  test("fill the box where it is bounded, lie near its one bound, are Gaussian where it has none", () => {
    const count = 4000;
    const starts = defaultStarts(boxed, { count, steps: 0, spread: 0.5 });
    const column = (j: number) => Array.from({ length: count }, (_, i) => starts[3 * i + j]);
    const [x, y, z] = [column(0), column(1), column(2)];
    expect([Math.min(...x), Math.max(...x)].map((v) => v.toFixed(1))).toEqual(["-2.0", "-1.0"]);
    expect(Math.min(...x)).toBeGreaterThanOrEqual(-2);
    expect(Math.max(...x)).toBeLessThanOrEqual(-1);
    expect(mean(x)).toBeCloseTo(-1.5, 1);
    expect([Math.min(...y), Math.max(...y)].map((v) => v.toFixed(2))).toEqual(["5.00", "6.00"]);
    expect(mean(z)).toBeCloseTo(0, 1);
    expect(Math.sqrt(mean(z.map((v) => v * v)))).toBeCloseTo(0.5, 1);
  });

  test("differ in size, and stay near the middle of a box far wider than a spread", () => {
    const wide = map({ dimension: 8, step: (x) => x, domain: { lower: -1e9, upper: 1e9 } });
    const starts = defaultStarts(wide, { count: 400, steps: 0, spread: 1 });
    const sizes = Array.from({ length: 400 }, (_, i) =>
      Math.max(...starts.subarray(8 * i, 8 * i + 8).map(Math.abs)),
    );
    expect(Math.max(...sizes)).toBeLessThanOrEqual(10);
    expect(Math.max(...sizes)).toBeGreaterThan(9);
    expect(Math.min(...sizes)).toBeLessThan(2);
  });

  test("every second one is carried to where the dynamics goes, the others are not", () => {
    // x -> 0.9 x: carried starts have shrunk by 0.9^k, 1 <= k <= 300.
    const drawn = defaultStarts(boxed, { count: 40, steps: 0 });
    const carried = defaultStarts(boxed, { count: 40 });
    const lengths = new Set<number>();
    for (let i = 0; i < 40; i++) {
      const k = Math.log(carried[3 * i] / drawn[3 * i]) / Math.log(0.9);
      expect(k).toBeCloseTo(i % 2 === 0 ? 0 : Math.round(k), 6);
      if (i % 2 === 0) continue;
      expect(k).toBeGreaterThan(0.5);
      expect(k).toBeLessThan(300.5);
      lengths.add(Math.round(k));
    }
    expect(lengths.size).toBeGreaterThan(10);
  });

  test("a flow is carried in its own unit of time, whatever that is", () => {
    // dx/dt = (1 - x) / tau: after k steps of 1 / |J| = tau, 1 - x has shrunk by exp(-k).
    for (const tau of [1e-3, 1, 1e3]) {
      const relax = flow({ dimension: 1, velocity: ([x]) => [(1 - x) / tau] });
      const starts = defaultStarts(relax, { count: 21, steps: 100 });
      const near = [...starts].filter((x, i) => i % 2 === 1 && Math.abs(x - 1) < 1e-3).length;
      expect(near).toBeGreaterThan(7);
    }
  });

  test("the input is held while they are drawn and carried", () => {
    const attracted = map({
      dimension: 1,
      inputDimension: 1,
      step: (_, u) => [u[0]],
      domain: (u) => ({ lower: u[0], upper: u[0] + 1 }),
    });
    const starts = defaultStarts(attracted, { count: 10, input: [40] });
    for (const [i, x] of starts.entries()) {
      if (i % 2 === 1) expect(x).toBe(40);
      else expect(x).toBeGreaterThan(40);
      expect(x).toBeLessThan(41);
    }
  });

  test("a start whose trajectory fails stays where it was drawn", () => {
    const explosive = map({ dimension: 1, step: ([x]) => [1e200 * x * x * x] });
    expect(defaultStarts(explosive, { count: 30 })).toEqual(
      defaultStarts(explosive, { count: 30, steps: 0 }),
    );
  });

  test("wrong arguments throw", () => {
    expect(() => defaultStarts(drivenMap(), { count: -1 })).toThrow("defaultStarts: count is -1");
    expect(() => defaultStarts(drivenMap(), { input: [1] })).toThrow(
      "defaultStarts: input has length 1, expected 2",
    );
    expect(() => defaultStarts(drivenMap(), { spread: Infinity })).toThrow(
      "defaultStarts: spread is Infinity",
    );
    expect(() => defaultStarts(drivenFlow(), { dt: 0 })).toThrow("defaultStarts: dt is 0");
  });
});
