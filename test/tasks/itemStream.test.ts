import fc from "fast-check";
import { expect, test } from "vitest";
import { itemInputs, itemStream } from "../../src/tasks/itemStream.js";

const option = {
  items: fc.integer({ min: 1, max: 30 }),
  values: fc.integer({ min: 2, max: 9 }),
  burnIn: fc.constantFrom(0, 0.3, 2),
  interval: fc.constantFrom(0, 0.3, 1),
  duration: fc.constantFrom(0.1, 0.3, 1),
};

test("the input shows each item for its steps in its channel, and nothing in between", () => {
  fc.assert(
    fc.property(fc.record(option), fc.integer(), (options, seed) => {
      const stream = itemStream(options, seed);
      const inputs = itemInputs(stream);
      expect(inputs.length).toBe(stream.steps * options.values);
      let shown = 0;
      for (let s = 0; s < stream.steps; s++) {
        const row = inputs.subarray(s * options.values, (s + 1) * options.values);
        const at = stream.starts.findLastIndex((start) => start <= s);
        const within = at >= 0 && s < stream.starts[at] + stream.shown;
        expect([...row]).toEqual(Array.from(row, (_, c) => (within && c === stream.items[at] - 1 ? 1 : 0)));
        if (within) shown++;
      }
      expect(shown).toBe(options.items * stream.shown);
    }),
    { seed: 1, numRuns: 40 },
  );
});

test("durations are rounded to steps, not cut off: 0.3 ms at 0.1 ms is 3 steps", () => {
  const { shown, starts, steps } = itemStream({ items: 2, burnIn: 0.3, interval: 0.3, duration: 0.3 });
  expect([shown, ...starts, steps]).toEqual([3, 6, 12, 15]);
});

test("magnitude coding has one channel, as high as the item's number", () => {
  const stream = itemStream({ items: 50, values: 5, encoding: "magnitude", burnIn: 0 }, 3);
  expect(stream.inputDimension).toBe(1);
  const inputs = itemInputs(stream);
  stream.items.forEach((item, i) => {
    expect(inputs[stream.starts[i]]).toBe(item / 5);
  });
});

test("all items are equally frequent, neighbours are independent, and the times do not change them", () => {
  const { items } = itemStream({ items: 40_000, values: 4 }, 11);
  const pairs = new Float64Array(16);
  for (let i = 1; i < items.length; i++) pairs[4 * (items[i - 1] - 1) + items[i] - 1]++;
  // 2500 each, standard deviation 48.
  for (const count of pairs) expect(Math.abs(count - 2500)).toBeLessThan(240);
  expect(itemStream({ items: 40_000, values: 4, interval: 5, burnIn: 0 }, 11).items).toEqual(items);
  expect(itemStream({ items: 40_000, values: 4 }, 12).items).not.toEqual(items);
});

test("what cannot be shown is refused in one line", () => {
  for (const [options, message] of [
    [{ interval: -1 }, "itemStream: interval is -1, expected a finite number of at least 0"],
    [
      { duration: 0.01 },
      "itemStream: duration is 0.01, expected a step of dt = 0.1 or more: nothing is shown",
    ],
    [{ items: 0 }, /^itemStream: items is 0/],
    [{ values: 1 }, /^itemStream: values is 1/],
    [{ dt: 0 }, "itemStream: dt is 0, expected a positive number"],
    [{ burnin: 1 }, /^itemStream: unknown option "burnin"/],
    [{ items: 2 ** 26, duration: 100 }, /steps, expected at most/],
  ] as const)
    expect(() => itemStream(options as object)).toThrow(message);
});
