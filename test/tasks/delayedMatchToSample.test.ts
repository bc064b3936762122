import { expect, test } from "vitest";
import { delayedMatchToSample } from "../../src/tasks/delayedMatchToSample.js";
import { counts } from "./statistics.js";

test("the flag says whether the two patterns shown are the same, and the answer follows it", () => {
  const { inputs, targets, mask, labels, steps } = delayedMatchToSample({ trials: 60, patterns: 4 }, 1);
  expect(steps).toBe(65);
  labels.forEach(({ sample, test: second, match }, k) => {
    expect(match).toBe(sample === second);
    for (let s = 0; s < steps; s++) {
      const shown = [...inputs.subarray((k * steps + s) * 4, (k * steps + s + 1) * 4)];
      const pattern = s >= 5 && s < 15 ? sample : s >= 45 && s < 55 ? second : -1;
      expect(shown).toEqual([0, 1, 2, 3].map((i) => (i === pattern ? 1 : 0)));
      const answer = s < 55 ? 0 : sample === second ? 1 : -1;
      expect([targets[k * steps + s], mask[k * steps + s]]).toEqual([answer, Math.abs(answer)]);
    }
  });
});

test("half of the trials match, and every pattern is as likely in both places", () => {
  const { labels } = delayedMatchToSample(
    { trials: 6000, patterns: 3, dt: 1, fixation: 0, sample: 1, delay: 0, test: 1, response: 1 },
    2,
  );
  // Standard deviation 39 of matches.
  expect(Math.abs(labels.filter(({ match }) => match).length - 3000)).toBeLessThan(195);
  const found = counts(labels.map(({ sample, test: second }) => `${sample}${second}`));
  expect(found.size).toBe(9);
  // 1000 of each match, 500 of each other pair: standard deviations 29 and 21.
  for (const [pair, n] of found)
    expect(Math.abs(n - (pair[0] === pair[1] ? 1000 : 500))).toBeLessThan(pair[0] === pair[1] ? 145 : 107);
});

test("without fixation and delay these intervals are left out", () => {
  const { intervals } = delayedMatchToSample({ fixation: 0, delay: 0, dt: 1 });
  expect(intervals).toEqual([
    { name: "sample", start: 0, end: 2 },
    { name: "test", start: 2, end: 4 },
    { name: "response", start: 4, end: 6 },
  ]);
});

test("wrong options throw", () => {
  expect(() => delayedMatchToSample({ patterns: 1 })).toThrow("delayedMatchToSample: patterns is 1");
  expect(() => delayedMatchToSample({ sample: 0 })).toThrow("delayedMatchToSample: sample is 0");
});
