import fc from "fast-check";
import { expect, test } from "vitest";
import { flipFlop } from "../../src/tasks/flipFlop.js";
import { counts } from "./statistics.js";

/** Input, target and mask of one bit of one trial, step by step. */
function channel(set: ReturnType<typeof flipFlop>, k: number, bit: number) {
  const { steps, inputDimension: bits } = set;
  const at = (table: Float64Array) =>
    Array.from({ length: steps }, (_, s) => table[(k * steps + s) * bits + bit]);
  return { inputs: at(set.inputs), targets: at(set.targets), mask: at(set.mask) };
}

const sets = fc
  .record({
    trials: fc.integer({ min: 1, max: 4 }),
    bits: fc.integer({ min: 1, max: 4 }),
    pulse: fc.integer({ min: 1, max: 4 }),
    rate: fc.constantFrom(0, 0.05, 0.3, 1),
    seed: fc.integer(),
  })
  .map(({ seed, ...options }) => flipFlop({ ...options, dt: 1, duration: 60 }, seed));

test("every output is the sign of the last pulse on its own input, from the pulse's first step on", () => {
  fc.assert(
    fc.property(sets, (set) => {
      for (let k = 0; k < set.count; k++)
        for (let bit = 0; bit < set.inputDimension; bit++) {
          const { inputs, targets, mask } = channel(set, k, bit);
          let last = 0;
          inputs.forEach((u, s) => {
            if (u !== 0) last = u;
            expect([targets[s], mask[s]]).toEqual([last, last === 0 ? 0 : 1]);
          });
          expect(set.labels[k].bits[bit]).toBe(last);
        }
    }),
    { seed: 1, numRuns: 60 },
  );
});

test("every pulse is +1 or -1 and lasts at least as long as asked for, unless the trial ends first", () => {
  fc.assert(
    fc.property(sets, (set) => {
      for (let bit = 0; bit < set.inputDimension; bit++) {
        const { inputs } = channel(set, 0, bit);
        let start = 0;
        for (let s = 1; s <= inputs.length; s++) {
          if (s < inputs.length && inputs[s] === inputs[start]) continue;
          expect([-1, 0, 1]).toContain(inputs[start]);
          if (inputs[start] !== 0 && s < inputs.length)
            expect(s - start).toBeGreaterThanOrEqual(set.options.pulse);
          start = s;
        }
      }
    }),
    { seed: 2, numRuns: 60 },
  );
});

test("pulses come at the rate asked for, as many up as down", () => {
  // Pulses of one step with probability 0.2 at each: 60000 steps, 12000 pulses, standard deviation 98.
  const { inputs } = flipFlop({ trials: 200, bits: 3, dt: 0.5, pulse: 0.5, rate: 0.4, duration: 50 }, 3);
  const found = counts([...inputs]);
  expect(inputs.length).toBe(60000);
  expect(Math.abs(found.get(1)! + found.get(-1)! - 12000)).toBeLessThan(490);
  expect(Math.abs(found.get(1)! - found.get(-1)!)).toBeLessThan(550);
});

test("bits are independent: a pulse on one says nothing about the others", () => {
  const { inputs } = flipFlop({ trials: 100, bits: 2, dt: 1, pulse: 1, rate: 0.5, duration: 100 }, 4);
  let [both, product] = [0, 0];
  for (let i = 0; i < inputs.length; i += 2) {
    both += Math.abs(inputs[i] * inputs[i + 1]);
    product += inputs[i] * inputs[i + 1];
  }
  // 10000 steps: both with probability 1/4 (standard deviation 43), signs agree half the time (50).
  expect(Math.abs(both - 2500)).toBeLessThan(220);
  expect(Math.abs(product)).toBeLessThan(250);
});

test("bit i does not depend on how many bits there are", () => {
  const [narrow, wide] = [2, 5].map((bits) => flipFlop({ trials: 3, bits }, 6));
  for (const k of [0, 2])
    for (const bit of [0, 1]) expect(channel(wide, k, bit)).toEqual(channel(narrow, k, bit));
});

test("the default trial is 40 tau in 200 steps, with pulses of 5 steps", () => {
  const { steps, dt, intervals, inputs, count } = flipFlop({}, 1);
  expect([count, steps, dt]).toEqual([64, 200, 0.2]);
  expect(intervals).toEqual([{ name: "run", start: 0, end: 200 }]);
  const pulses = inputs.filter((v) => v !== 0).length / 5;
  // 192 channels of 200 steps, about 1 / (50 + 4) of them start a pulse.
  expect(Math.abs(pulses - 711)).toBeLessThan(110);
});

test("wrong options throw", () => {
  expect(() => flipFlop({ bits: 0 })).toThrow("flipFlop: bits is 0");
  expect(() => flipFlop({ rate: 6 })).toThrow("flipFlop: rate is 6, expected at most 1 / dt = 5");
  expect(() => flipFlop({ rate: -1 })).toThrow("flipFlop: rate is -1");
  expect(() => flipFlop({ pulse: 0.3 })).toThrow("flipFlop: pulse is 0.3, expected a whole number of steps");
  expect(() => flipFlop({ duration: 0 })).toThrow("flipFlop: duration is 0");
});
