import { describe, expect, test } from "vitest";
import { sequentialPatternMatching } from "../../src/tasks/sequentialPatternMatching.js";
import { type SpmDigit, type SpmTrialSet, spmSequence } from "../../src/tasks/spmSequence.js";
import { spmTrial } from "../../src/tasks/spmTrial.js";
import { correlation, counts, deviation, mean } from "./statistics.js";

const small = { trainTrials: 12, testTrials: 4 };
const pairs: readonly (readonly [SpmDigit, SpmDigit])[] = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
];
// The task's published surrogate classes, written down again.
const means = [
  [1.9, -0.2],
  [-1.7, -1.6],
];
const deviations = [
  [0.55, 0.7],
  [1, 0.7],
];

/** Columns of a trial's T x width table, between two steps. */
function column(table: Float64Array, width: number, channel: number, start: number, end: number) {
  return Array.from({ length: end - start }, (_, i) => table[(start + i) * width + channel]);
}

/** Trial k of a set, as tables. */
function trialOf({ inputs, targets, mask, steps }: SpmTrialSet, k: number) {
  const row = (table: Float64Array, width: number) => table.slice(k * steps * width, (k + 1) * steps * width);
  return { inputs: row(inputs, 2), targets: row(targets, 3), mask: row(mask, 3) };
}

const tablesOf = ({ inputs, targets, mask }: SpmTrialSet) => ({ inputs, targets, mask });

describe("the timing of sequential pattern matching", () => {
  test("is that of the study, to the step", () => {
    const { dt, steps, intervals, count } = sequentialPatternMatching(small);
    expect([dt, steps, count]).toEqual([0.1, 350, 16]);
    expect(intervals).toEqual([
      { name: "stimulus1", start: 0, end: 100 },
      { name: "delay1", start: 100, end: 150 },
      { name: "stimulus2", start: 150, end: 250 },
      { name: "delay2", start: 250, end: 300 },
      { name: "response", start: 300, end: 350 },
    ]);
  });

  test("has input at every step of the two stimuli and at no other", () => {
    const set = sequentialPatternMatching(small, 3);
    for (let k = 0; k < set.count; k++)
      for (let s = 0; s < 350; s++) {
        const [a, b] = set.inputs.subarray((k * 350 + s) * 2, (k * 350 + s) * 2 + 2);
        const shown = s < 100 || (s >= 150 && s < 250);
        expect([a !== 0, b !== 0], `trial ${k}, step ${s}`).toEqual([shown, shown]);
      }
  });

  test("teaches the answer in the response window only, the memory in the two delays only", () => {
    const set = sequentialPatternMatching(small, 4);
    set.labels.forEach(({ first, second }, k) => {
      const { targets, mask } = trialOf(set, k);
      const answer = [1, 0.5, 1.5][first + second];
      for (let s = 0; s < 350; s++) {
        const [d1, d2] = [s >= 100 && s < 150, s >= 250 && s < 300];
        const digit = d1 ? first : second;
        const expected =
          s >= 300 ? [answer, 0, 0] : d1 || d2 ? [0, means[digit][0], means[digit][1]] : [0, 0, 0];
        expect([...targets.subarray(3 * s, 3 * s + 3)]).toEqual(expected);
        const asked = s >= 300 ? [1, 0, 0] : d1 || d2 ? [0, 1, 1] : [0, 0, 0];
        expect([...mask.subarray(3 * s, 3 * s + 3)]).toEqual(asked);
      }
    });
  });

  test("follows the durations asked for", () => {
    const options = { ...small, dt: 0.5, stimulus: 3, delay: 2, response: 1.5, extension: 0.5 };
    const { intervals } = sequentialPatternMatching(options);
    expect(intervals.map(({ name, start, end }) => [name, start, end])).toEqual([
      ["stimulus1", 0, 6],
      ["delay1", 6, 10],
      ["extension", 10, 11],
      ["stimulus2", 11, 17],
      ["delay2", 17, 21],
      ["response", 21, 24],
    ]);
  });
});

describe("the trials of sequential pattern matching", () => {
  test("are of the four types equally often, in training and, in an order of their own, in the test", () => {
    const { labels } = sequentialPatternMatching({ trainTrials: 40, testTrials: 20 }, 1);
    const types = (phase: string) =>
      labels.filter((label) => label.phase === phase).map(({ first, second }) => 2 * first + second);
    expect(labels.map(({ phase }) => phase)).toEqual([...Array(40).fill("train"), ...Array(20).fill("test")]);
    for (const [phase, each] of [
      ["train", 10],
      ["test", 5],
    ] as const) {
      const found = counts(types(phase));
      expect([0, 1, 2, 3].map((type) => found.get(type))).toEqual([each, each, each, each]);
    }
    expect(types("train").slice(0, 20)).not.toEqual(types("test"));
  });

  test("come in a random order: each type is as likely after any other", () => {
    const { labels } = sequentialPatternMatching(
      { trainTrials: 4000, testTrials: 0, dt: 1, stimulus: 1, delay: 1, response: 1 },
      2,
    );
    const types = labels.map(({ first, second }) => 2 * first + second);
    const after = counts(types.slice(1).map((type, i) => `${types[i]}${type}`));
    expect(after.size).toBe(16);
    // 3999 pairs over 16 kinds: 250 each, standard deviation about 15.
    for (const n of after.values()) expect(Math.abs(n - 250)).toBeLessThan(75);
  });

  test("have labels that say what is taught", () => {
    const encoding = [3, -2, 7];
    const set = sequentialPatternMatching({ ...small, encoding }, 5);
    set.labels.forEach(({ first, second, sum, answer }, k) => {
      expect(sum).toBe(first + second);
      expect(answer).toBe(encoding[first + second]);
      expect(trialOf(set, k).targets[3 * 349]).toBe(answer);
    });
    expect(new Set(set.labels.map(({ answer }) => answer))).toEqual(new Set(encoding));
  });

  test("show the digits their labels name", () => {
    // The class means are 4 apart, the mean over 100 samples has a standard deviation below 0.1.
    const set = sequentialPatternMatching({ trainTrials: 40 }, 6);
    set.labels.forEach(({ first, second }, k) => {
      const { inputs } = trialOf(set, k);
      expect(Math.abs(mean(column(inputs, 2, 0, 0, 100)) - means[first][0])).toBeLessThan(0.5);
      expect(Math.abs(mean(column(inputs, 2, 0, 150, 250)) - means[second][0])).toBeLessThan(0.5);
    });
  });
});

describe("the Gaussian classes", () => {
  const set = sequentialPatternMatching({ trainTrials: 400, testTrials: 0 }, 11);
  const samples = [0, 1].map((digit) =>
    [0, 1].map((axis) =>
      set.labels.flatMap(({ first, second }, k) => {
        const { inputs } = trialOf(set, k);
        return [
          ...(first === digit ? column(inputs, 2, axis, 0, 100) : []),
          ...(second === digit ? column(inputs, 2, axis, 150, 250) : []),
        ];
      }),
    ),
  );

  test.each([
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ])("have the mean, deviation and bell of digit %i along axis %i", (digit, axis) => {
    const values = samples[digit][axis];
    const n = values.length;
    expect(n).toBe(40000);
    const sd = deviations[digit][axis];
    expect(Math.abs(mean(values) - means[digit][axis])).toBeLessThan((5 * sd) / Math.sqrt(n));
    expect(Math.abs(deviation(values) - sd)).toBeLessThan((5 * sd) / Math.sqrt(2 * n));
    const within = values.filter((v) => Math.abs(v - means[digit][axis]) < sd).length / n;
    expect(Math.abs(within - 0.6827)).toBeLessThan(0.012);
  });

  test("have independent axes, and a fresh sample at every step", () => {
    for (const [x, y] of samples) {
      expect(Math.abs(correlation(x, y))).toBeLessThan(0.025);
      expect(Math.abs(correlation(x.slice(1), x.slice(0, -1)))).toBeLessThan(0.025);
      expect(new Set(x).size).toBe(x.length);
    }
  });

  test("show other samples in the second stimulus than in the first, and in every trial", () => {
    const same = spmTrial(small, 0, 0, [1, 1]).inputs;
    expect(same.slice(0, 200)).not.toEqual(same.slice(300, 500));
    expect(spmTrial(small, 0, 1, [1, 1]).inputs).not.toEqual(same);
  });
});

describe("stimuli from given points", () => {
  const zeros = [
    [1, 2],
    [3, 8],
    [5, -1],
  ];
  const ones = Float64Array.of(-1, -2, -3, -4);

  test("are drawn from the points of the digit, each about equally often, and the memory is their mean", () => {
    const options = { trainTrials: 40, testTrials: 0, source: [zeros, ones] as const };
    const set = sequentialPatternMatching(options, 8);
    const shown: string[][] = [[], []];
    set.labels.forEach(({ first, second }, k) => {
      const { inputs, targets } = trialOf(set, k);
      for (const [digit, start] of [
        [first, 0],
        [second, 150],
      ])
        for (let s = start; s < start + 100; s++) shown[digit].push(inputs.slice(2 * s, 2 * s + 2).join(" "));
      expect([...targets.slice(301, 303)]).toEqual(
        [
          [3, 3],
          [-2, -3],
        ][first],
      );
      expect([...targets.slice(751, 753)]).toEqual(
        [
          [3, 3],
          [-2, -3],
        ][second],
      );
    });
    const [zero, one] = shown.map(counts);
    expect([...zero.keys()].sort()).toEqual(["1 2", "3 8", "5 -1"]);
    expect([...one.keys()].sort()).toEqual(["-1 -2", "-3 -4"]);
    // 4000 draws each: standard deviations 30 and 32.
    for (const n of zero.values()) expect(Math.abs(n - 4000 / 3)).toBeLessThan(150);
    for (const n of one.values()) expect(Math.abs(n - 2000)).toBeLessThan(160);
  });

  test("leave the given points as they were, and echo a copy of them", () => {
    const before = ones.slice();
    const { options } = sequentialPatternMatching({ ...small, source: [zeros, ones] });
    expect(ones).toEqual(before);
    expect(options.source).toEqual([Float64Array.of(1, 2, 3, 8, 5, -1), before]);
    expect(options.source[1]).not.toBe(ones);
  });
});

describe("a single trial", () => {
  test("is the same bytes as in the whole set, in whatever order trials are made", () => {
    const options = { ...small, extension: 1, noiseSigma: 0.5, noiseSeed: 3 };
    const whole = sequentialPatternMatching(options, 21);
    const sequence = spmSequence(options, 21);
    for (const k of [15, 0, 7, 12, 7]) {
      const single = sequence.trial(k);
      expect(single.labels).toEqual([whole.labels[k]]);
      expect(tablesOf(single)).toEqual(trialOf(whole, k));
      expect(spmTrial(options, 21, k)).toEqual(single);
    }
    const rows = [...sequence];
    expect(rows.length).toBe(16);
    rows.forEach((row, k) => {
      expect(tablesOf(row)).toEqual(trialOf(whole, k));
    });
  });

  test("has samples that depend on the seed and its index only, not on how many trials there are", () => {
    const few = spmTrial({ trainTrials: 4, testTrials: 4 }, 5, 2, [1, 0]);
    const many = spmTrial({ trainTrials: 3500 }, 5, 2, [1, 0]);
    expect(tablesOf(few)).toEqual(tablesOf(many));
    // Test trials: their digits neither.
    const [short, long] = [4, 40].map((trainTrials) => sequentialPatternMatching({ trainTrials }, 5));
    for (let k = 0; k < 20; k++) {
      expect(short.labels[4 + k]).toEqual(long.labels[40 + k]);
      expect(trialOf(short, 4 + k)).toEqual(trialOf(long, 40 + k));
    }
  });

  test("shows the digits asked for, with the same randomness otherwise", () => {
    const trials = pairs.map((digits) => spmTrial(small, 9, 3, digits));
    expect(trials.map(({ labels }) => [labels[0].first, labels[0].second])).toEqual(pairs);
    const standard = trials.map(({ inputs }, i) => {
      const part = (start: number, digit: number) =>
        Array.from(
          inputs.slice(start, start + 200),
          (v, j) => (v - means[digit][j % 2]) / deviations[digit][j % 2],
        );
      return [...part(0, pairs[i][0]), ...part(300, pairs[i][1])];
    });
    for (const other of standard.slice(1))
      other.forEach((v, j) => {
        expect(v).toBeCloseTo(standard[0][j], 12);
      });
    const { first, second } = sequentialPatternMatching(small, 9).labels[3];
    expect(spmTrial(small, 9, 3, [first, second])).toEqual(spmTrial(small, 9, 3));
  });

  test("of the test has samples and noise of its own, not those of the training trial with its number", () => {
    for (const options of [small, { ...small, noiseSigma: 1, source: [[[0, 0]], [[0, 0]]] as const }]) {
      const [train, probe] = [0, 12].map((index) => spmTrial(options, 0, index, [1, 1]));
      expect([train.labels[0].phase, probe.labels[0].phase]).toEqual(["train", "test"]);
      expect(train.inputs).not.toEqual(probe.inputs);
    }
  });
});

describe("an extended delay", () => {
  test("puts its steps after delay 1 and before the first sample of stimulus 2, and changes nothing else", () => {
    const usual = spmTrial(small, 2, 1);
    for (const [extension, extra] of [
      [1, 10],
      [1.5, 15],
      [199.5, 1995],
    ]) {
      const longer = spmTrial({ ...small, extension }, 2, 1);
      expect(longer.steps).toBe(350 + extra);
      expect(longer.intervals[2]).toEqual({ name: "extension", start: 150, end: 150 + extra });
      for (const [table, width] of [
        ["inputs", 2],
        ["targets", 3],
        ["mask", 3],
      ] as const) {
        expect(longer[table].slice(0, 150 * width)).toEqual(usual[table].slice(0, 150 * width));
        expect(longer[table].slice((150 + extra) * width)).toEqual(usual[table].slice(150 * width));
        expect(longer[table].slice(150 * width, (150 + extra) * width).every((v) => v === 0)).toBe(true);
      }
    }
  });
});

describe("noise on stimulus 1", () => {
  const added = (options: object, index: number) => {
    const [noisy, clean] = [options, {}].map((o) => spmTrial({ ...small, ...o }, 4, index, [0, 1]));
    const difference = noisy.inputs.map((v, i) => v - clean.inputs[i]);
    expect(difference.subarray(200).every((v) => v === 0)).toBe(true);
    expect([noisy.targets, noisy.mask]).toEqual([clean.targets, clean.mask]);
    return difference.subarray(0, 200);
  };
  const pooled = (options: object) => Array.from({ length: 16 }, (_, k) => [...added(options, k)]).flat();

  test("has mean zero unless told otherwise, is uniform, and touches nothing but stimulus 1", () => {
    const noise = pooled({ noiseSigma: 2 });
    expect(Math.min(...noise)).toBeGreaterThanOrEqual(-1 - 1e-12);
    expect(Math.max(...noise)).toBeLessThanOrEqual(1 + 1e-12);
    // 3200 draws: standard deviation 2 / sqrt(12).
    expect(Math.abs(mean(noise))).toBeLessThan((5 * 2) / Math.sqrt(12 * noise.length));
    expect(deviation(noise)).toBeCloseTo(2 / Math.sqrt(12), 1);
    expect(new Set(noise).size).toBeGreaterThan(3000);
  });

  test("is mu + sigma U with the bias of the original when asked for", () => {
    const noise = pooled({ noiseSigma: 2, noiseMu: 0.5 });
    expect(Math.min(...noise)).toBeGreaterThanOrEqual(0.5 - 1e-12);
    expect(Math.max(...noise)).toBeLessThanOrEqual(2.5 + 1e-12);
    expect(Math.abs(mean(noise) - 1.5)).toBeLessThan((5 * 2) / Math.sqrt(12 * noise.length));
  });

  test("of sigma 0 is the bias alone", () => {
    for (const v of added({ noiseMu: 0.5 }, 0)) expect(v).toBeCloseTo(0.5, 12);
  });

  test("has a seed of its own, and the same draws at every sigma", () => {
    const [a, b, twice] = [
      { noiseSigma: 1, noiseSeed: 1 },
      { noiseSigma: 1, noiseSeed: 2 },
      { noiseSigma: 2, noiseSeed: 1 },
    ].map((options) => added(options, 3));
    expect(a).not.toEqual(b);
    a.forEach((v, i) => {
      expect(twice[i]).toBeCloseTo(2 * v, 12);
    });
    expect(added({ noiseSigma: 1, noiseSeed: 4 }, 3)).toEqual(added({ noiseSigma: 1 }, 3));
  });
});

test("wrong arguments throw, naming the function that was called", () => {
  const make = (options: object) => () => sequentialPatternMatching(options);
  expect(make({ trainTrials: 6 })).toThrow(
    "sequentialPatternMatching: trainTrials is 6, expected a multiple of 4",
  );
  expect(make({ testTrials: 5 })).toThrow("testTrials is 5, expected a multiple of 4");
  expect(make({ delay: 0 })).toThrow("delay is 0, expected a whole number of steps of dt = 0.1, at least 1");
  expect(make({ extension: 0.25 })).toThrow("extension is 0.25, expected a whole number of steps");
  expect(make({ encoding: [1, 2] })).toThrow("encoding has length 2, expected 3");
  expect(make({ noiseSigma: -1 })).toThrow("noiseSigma is -1");
  expect(make({ noiseMu: NaN })).toThrow("noiseMu is NaN");
  expect(make({ noiseSeed: 0.1 })).toThrow("noiseSeed is 0.1");
  expect(make({ source: "gaus" })).toThrow('source is "gaus", expected "gauss" or');
  expect(make({ source: [[[1, 2]]] })).toThrow("source is an array of 1");
  expect(make({ source: [[[1, 2]], []] })).toThrow("source[1] is empty");
  expect(make({ source: [[[1, 2]], [[1, 2, 3]]] })).toThrow("source[1] has rows of length 3, expected 2");
  expect(() => spmTrial({ trainTrials: 4, testTrials: 0 }, 0, 4)).toThrow("spmTrial: index is 4");
  expect(() => spmTrial({ trainTrials: 2 }, 0, 0)).toThrow("spmTrial: trainTrials is 2");
  expect(() => spmTrial(small, 0, 0, [0, 2 as never])).toThrow("spmTrial: digits[1] is 2");
  expect(() => spmTrial(small, 0, 0, [0] as never)).toThrow("spmTrial: digits must be");
  expect(() => spmSequence(small).trial(-1)).toThrow("spmSequence: index is -1");
});
