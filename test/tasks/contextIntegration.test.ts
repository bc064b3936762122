import { expect, test } from "vitest";
import { contextIntegration } from "../../src/tasks/contextIntegration.js";
import { correlation, counts, deviation, mean } from "./statistics.js";

test("the channel the context names decides, whatever the other says", () => {
  const { targets, mask, labels, steps } = contextIntegration({ trials: 100 }, 1);
  expect(steps).toBe(60);
  let against = 0;
  labels.forEach(({ context, coherences, answer }, k) => {
    const counted = context === 0 ? coherences[0] : coherences[1];
    const ignored = context === 0 ? coherences[1] : coherences[0];
    if (Math.sign(counted) !== Math.sign(ignored)) against++;
    expect(answer).toBe(Math.sign(counted));
    for (let s = 0; s < steps; s++)
      expect([targets[k * steps + s], mask[k * steps + s]]).toEqual(
        s < 50 ? [0, 0] : [Math.sign(counted), 1],
      );
  });
  expect(Math.abs(against - 50)).toBeLessThan(25);
});

test("without noise the inputs are the coherences during the stimulus and the context throughout", () => {
  const { inputs, labels, steps } = contextIntegration({ trials: 50, noise: 0 }, 2);
  labels.forEach(({ context, coherences: [a, b] }, k) => {
    for (let s = 0; s < steps; s++) {
      const evidence = s >= 5 && s < 45 ? [a, b] : [0, 0];
      const cue = context === 0 ? [1, 0] : [0, 1];
      expect([...inputs.subarray(4 * (k * steps + s), 4 * (k * steps + s + 1))]).toEqual([
        ...evidence,
        ...cue,
      ]);
    }
  });
});

test.each([0.1, 0.5])("the noise summed over one tau has the deviation asked for at dt %f", (dt) => {
  const set = contextIntegration({ trials: 2000, noise: 0.3, dt, coherences: [0.25], stimulus: 1 }, 3);
  const { start, end } = set.intervals.find(({ name }) => name === "stimulus")!;
  const sums = [0, 1].map((channel) =>
    Array.from({ length: 2000 }, (_, k) => {
      let sum = 0;
      for (let s = start; s < end; s++) sum += set.inputs[4 * (k * set.steps + s) + channel] * dt;
      return sum;
    }),
  );
  for (const values of sums) {
    expect(Math.abs(mean(values) - 0.25)).toBeLessThan((5 * 0.3) / Math.sqrt(2000));
    expect(Math.abs(deviation(values) - 0.3)).toBeLessThan((5 * 0.3) / Math.sqrt(4000));
  }
  expect(Math.abs(correlation(sums[0], sums[1]))).toBeLessThan(0.11);
});

test("contexts and pairs of coherences are all as likely", () => {
  const { labels } = contextIntegration({ trials: 8000, coherences: [-1, 0.5], dt: 1 }, 4);
  const found = counts(labels.map(({ context, coherences }) => `${context} ${coherences}`));
  expect(found.size).toBe(8);
  // 1000 each, standard deviation 30.
  for (const n of found.values()) expect(Math.abs(n - 1000)).toBeLessThan(150);
});

test("a trial is about the same whatever the noise, and however much was drawn for those before it", () => {
  const { labels } = contextIntegration({}, 5);
  expect(contextIntegration({ noise: 2 }, 5).labels).toEqual(labels);
  expect(contextIntegration({ stimulus: 3 }, 5).labels).toEqual(labels);
});

test("wrong options throw", () => {
  for (const coherences of [[], [0, 1], [NaN], "strong"] as never[])
    expect(() => contextIntegration({ coherences })).toThrow(/^contextIntegration: coherences is /);
  expect(() => contextIntegration({ noise: -1 })).toThrow("contextIntegration: noise is -1");
});
