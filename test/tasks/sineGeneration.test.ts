import fc from "fast-check";
import { expect, test } from "vitest";
import { sineGeneration } from "../../src/tasks/sineGeneration.js";
import { counts } from "./statistics.js";

test("the target oscillates: y'' = -w^2 y, exactly as a sampled sine does, from 0 with slope w", () => {
  // y(s+1) + y(s-1) = 2 cos(w dt) y(s) for every sampled sine of frequency w.
  fc.assert(
    fc.property(fc.integer(), fc.constantFrom(0.05, 0.2, 1), (seed, dt) => {
      const { targets, labels, steps } = sineGeneration({ trials: 3, dt }, seed);
      labels.forEach(({ frequency }, k) => {
        const y = targets.subarray(k * steps, (k + 1) * steps);
        expect(y[0]).toBe(0);
        expect(y[1]).toBeCloseTo(Math.sin(frequency * dt), 12);
        for (let s = 1; s + 1 < steps; s++)
          expect(y[s + 1] + y[s - 1]).toBeCloseTo(2 * Math.cos(frequency * dt) * y[s], 10);
      });
    }),
    { seed: 3, numRuns: 20 },
  );
});

test("the input is constant, and says which of the evenly spaced frequencies is meant", () => {
  const { inputs, labels, steps } = sineGeneration({ trials: 400, levels: 5, lowest: 1, highest: 3 }, 1);
  expect(steps).toBe(150);
  const frequencies = [1, 1.5, 2, 2.5, 3];
  const constants = [0.25, 0.45, 0.65, 0.85, 1.05];
  labels.forEach(({ level, frequency, input }, k) => {
    expect(frequency).toBeCloseTo(frequencies[level], 14);
    expect(input).toBeCloseTo(constants[level], 14);
    expect(inputs.subarray(k * steps, (k + 1) * steps).every((u) => u === input)).toBe(true);
  });
  const found = counts(labels.map(({ level }) => level));
  expect(found.size).toBe(5);
  // 80 each, standard deviation 8.
  for (const n of found.values()) expect(Math.abs(n - 80)).toBeLessThan(42);
});

test("no error is imposed while the network settles; the sine keeps its phase", () => {
  const usual = sineGeneration({ trials: 2, duration: 10 }, 4);
  const settled = sineGeneration({ trials: 2, settle: 4, duration: 6 }, 4);
  expect(settled.steps).toBe(50);
  expect(settled.intervals).toEqual([
    { name: "settle", start: 0, end: 20 },
    { name: "run", start: 20, end: 50 },
  ]);
  for (const k of [0, 1]) {
    const part = (table: Float64Array, from: number, to: number) => table.slice(k * 50 + from, k * 50 + to);
    expect(part(settled.mask, 0, 20)).toEqual(new Float64Array(20));
    expect(part(settled.mask, 20, 50)).toEqual(new Float64Array(30).fill(1));
    expect(part(settled.targets, 0, 20)).toEqual(new Float64Array(20));
    expect(part(settled.targets, 20, 50)).toEqual(part(usual.targets, 20, 50));
  }
});

test("wrong options throw", () => {
  expect(() => sineGeneration({ levels: 0 })).toThrow("sineGeneration: levels is 0");
  expect(() => sineGeneration({ highest: 0.1 })).toThrow("sineGeneration: highest is 0.1");
  expect(() => sineGeneration({ highest: 16 })).toThrow(
    "sineGeneration: highest is 16, expected less than pi / dt",
  );
});
