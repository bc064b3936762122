import { expect, test } from "vitest";
import { parametricWorkingMemory } from "../../src/tasks/parametricWorkingMemory.js";
import { counts } from "./statistics.js";

test("the answer is the sign of f1 - f2, asked for in the response window only", () => {
  const { inputs, targets, mask, labels, steps } = parametricWorkingMemory({ trials: 60 }, 1);
  expect(steps).toBe(85);
  labels.forEach(({ f1, f2, answer }, k) => {
    expect(answer).toBe(Math.sign(f1 - f2));
    for (let s = 0; s < steps; s++) {
      const frequency = s >= 5 && s < 15 ? f1 : s >= 65 && s < 75 ? f2 : 0;
      expect(inputs[k * steps + s]).toBe(frequency / 34);
      const asked = s >= 75;
      expect([targets[k * steps + s], mask[k * steps + s]]).toEqual(asked ? [Math.sign(f1 - f2), 1] : [0, 0]);
    }
  });
});

test("every ordered pair of different frequencies is as likely", () => {
  const frequencies = [7, 3, 5, 20];
  const { labels } = parametricWorkingMemory(
    { trials: 6000, frequencies, dt: 1, fixation: 0, stimulus: 1, delay: 0, response: 1 },
    2,
  );
  const found = counts(labels.map(({ f1, f2 }) => `${f1} ${f2}`));
  expect(found.size).toBe(12);
  // 500 each, standard deviation 21.
  for (const n of found.values()) expect(Math.abs(n - 500)).toBeLessThan(107);
  expect(new Set(labels.map(({ f2 }) => f2))).toEqual(new Set(frequencies));
});

test("leaves the frequencies as they were, and echoes a copy", () => {
  const frequencies = Object.freeze([1, 2]) as number[];
  const { options } = parametricWorkingMemory({ frequencies, trials: 1 });
  expect(options.frequencies).toEqual([1, 2]);
  expect(options.frequencies).not.toBe(frequencies);
});

test("wrong options throw", () => {
  for (const frequencies of [[1], [1, 1], [0, 1], [-1, 2], [1, NaN], 7, ["a", "b"]] as never[])
    expect(() => parametricWorkingMemory({ frequencies })).toThrow(
      /^parametricWorkingMemory: frequencies is /,
    );
  expect(() => parametricWorkingMemory({ stimulus: 0.1 })).toThrow(
    "parametricWorkingMemory: stimulus is 0.1",
  );
});
