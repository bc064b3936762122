/** What every task promises, whatever its options. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { contextIntegration } from "../../src/tasks/contextIntegration.js";
import { delayedMatchToSample } from "../../src/tasks/delayedMatchToSample.js";
import { flipFlop } from "../../src/tasks/flipFlop.js";
import { parametricWorkingMemory } from "../../src/tasks/parametricWorkingMemory.js";
import { sequentialPatternMatching } from "../../src/tasks/sequentialPatternMatching.js";
import { sineGeneration } from "../../src/tasks/sineGeneration.js";
import type { TrialSet } from "../../src/tasks/trials.js";

type Trials = TrialSet<unknown, object>;

interface Task {
  readonly make: (options: object | undefined, seed?: number) => Trials;
  /** Options for B trials. */
  readonly sized: (count: number) => object;
  /** Options drawn at random; times are whole numbers of `dt`. */
  readonly options: fc.Arbitrary<object>;
  /** M and K as the options have them. */
  readonly shape: (options: Record<string, number>) => readonly [inputs: number, outputs: number];
  /** Names of all intervals, in order. */
  readonly names: readonly string[];
}

const dt = fc.constantFrom(0.1, 0.2, 0.5, 1);
const times = (o: { dt: number } & Record<string, number>, names: readonly string[]) => ({
  ...o,
  ...Object.fromEntries(names.map((name) => [name, o[name] * o.dt])),
});
const steps = (least = 1) => fc.integer({ min: least, max: 12 });
const trials = fc.integer({ min: 0, max: 6 });

const tasks: Record<string, Task> = {
  sequentialPatternMatching: {
    make: sequentialPatternMatching,
    sized: (count) => ({ trainTrials: count, testTrials: 0 }),
    options: fc
      .record({
        dt,
        trainTrials: fc.constantFrom(0, 4, 8),
        testTrials: fc.constantFrom(0, 4),
        stimulus: steps(),
        delay: steps(),
        response: steps(),
        extension: steps(0),
        noiseSigma: fc.constantFrom(0, 1),
        noiseMu: fc.constantFrom(-0.5, 0, 0.5),
      })
      .map((o) => times(o, ["stimulus", "delay", "response", "extension"])),
    shape: () => [2, 3],
    names: ["stimulus1", "delay1", "extension", "stimulus2", "delay2", "response"],
  },
  flipFlop: {
    make: flipFlop,
    sized: (count) => ({ trials: count }),
    options: fc
      .record({
        dt,
        trials,
        bits: fc.integer({ min: 1, max: 5 }),
        duration: steps(),
        pulse: steps(),
        rate: fc.constantFrom(0, 0.1, 1),
      })
      .map((o) => times(o, ["duration", "pulse"])),
    shape: ({ bits }) => [bits, bits],
    names: ["run"],
  },
  delayedMatchToSample: {
    make: delayedMatchToSample,
    sized: (count) => ({ trials: count }),
    options: fc
      .record({
        dt,
        trials,
        patterns: fc.integer({ min: 2, max: 5 }),
        fixation: steps(0),
        sample: steps(),
        delay: steps(0),
        test: steps(),
        response: steps(),
      })
      .map((o) => times(o, ["fixation", "sample", "delay", "test", "response"])),
    shape: ({ patterns }) => [patterns, 1],
    names: ["fixation", "sample", "delay", "test", "response"],
  },
  parametricWorkingMemory: {
    make: parametricWorkingMemory,
    sized: (count) => ({ trials: count }),
    options: fc
      .record({ dt, trials, fixation: steps(0), stimulus: steps(), delay: steps(0), response: steps() })
      .map((o) => times(o, ["fixation", "stimulus", "delay", "response"])),
    shape: () => [1, 1],
    names: ["fixation", "stimulus1", "delay", "stimulus2", "response"],
  },
  contextIntegration: {
    make: contextIntegration,
    sized: (count) => ({ trials: count }),
    options: fc
      .record({
        dt,
        trials,
        noise: fc.constantFrom(0, 0.3),
        fixation: steps(0),
        stimulus: steps(),
        delay: steps(0),
        response: steps(),
      })
      .map((o) => times(o, ["fixation", "stimulus", "delay", "response"])),
    shape: () => [4, 1],
    names: ["fixation", "stimulus", "delay", "response"],
  },
  sineGeneration: {
    make: sineGeneration,
    sized: (count) => ({ trials: count }),
    options: fc
      .record({ dt, trials, levels: fc.integer({ min: 1, max: 60 }), settle: steps(0), duration: steps() })
      .map((o) => times(o, ["settle", "duration"])),
    shape: () => [1, 1],
    names: ["settle", "run"],
  },
};

const seeds = fc.integer({ min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER });
const fixed = { seed: 2021, numRuns: 60 };

describe.each(Object.entries(tasks))("%s", (name, task) => {
  test("has tables of the shapes it states, all finite, and a label for every trial", () => {
    fc.assert(
      fc.property(task.options, seeds, (options, seed) => {
        const set = task.make(options, seed);
        const [m, k] = task.shape(options as Record<string, number>);
        expect([set.name, set.inputDimension, set.outputDimension, set.seed]).toEqual([name, m, k, seed]);
        expect(set.inputs.length).toBe(set.count * set.steps * m);
        expect(set.targets.length).toBe(set.count * set.steps * k);
        expect(set.mask.length).toBe(set.count * set.steps * k);
        expect(set.labels.length).toBe(set.count);
        for (const table of [set.inputs, set.targets, set.mask])
          expect(table.every(Number.isFinite)).toBe(true);
      }),
      fixed,
    );
  });

  test("has a mask of zeros and ones, and no target where no error is imposed", () => {
    fc.assert(
      fc.property(task.options, seeds, (options, seed) => {
        const { mask, targets } = task.make(options, seed);
        expect(mask.every((v) => v === 0 || v === 1)).toBe(true);
        expect(targets.every((v, i) => mask[i] === 1 || v === 0)).toBe(true);
      }),
      fixed,
    );
  });

  test("has intervals that fill the trial without gap or overlap, in the order stated, none of them empty", () => {
    fc.assert(
      fc.property(task.options, (options) => {
        const { intervals, steps } = task.make(options);
        const ends = [0, ...intervals.map(({ end }) => end)];
        expect(intervals.map(({ start }) => start)).toEqual(ends.slice(0, -1));
        expect(ends.at(-1)).toBe(steps);
        expect(intervals.every(({ start, end }) => start < end)).toBe(true);
        const names = intervals.map((interval) => interval.name);
        expect(names).toEqual(task.names.filter((one) => names.includes(one)));
      }),
      fixed,
    );
  });

  test("gives the same bytes for the same seed, others for another", () => {
    const options = Object.freeze(task.sized(8));
    for (const seed of [0, 1, -7, 2 ** 40])
      expect(task.make(options, seed)).toEqual(task.make(options, seed));
    const sets = [0, 1, -7, 2 ** 40].map((seed) => JSON.stringify(task.make(options, seed).labels));
    expect(new Set(sets).size).toBe(4);
    expect(task.make(options)).toEqual(task.make(options, 0));
  });

  test("echoes options that give the same trials again, and is plain data that a worker can be sent", () => {
    const set = task.make(task.sized(8), 5);
    expect(task.make(set.options, 5)).toEqual(set);
    expect(structuredClone(set)).toEqual(set);
    expect(Object.values(set.options)).not.toContain(undefined);
  });

  test("refuses wrong options by name, in one line", () => {
    expect(() => task.make({ ...task.sized(4), trialz: 1 })).toThrow(`${name}: unknown option "trialz"`);
    expect(() => task.make({ ...task.sized(4), dt: 0 })).toThrow(`${name}: dt is 0`);
    expect(() => task.make({ ...task.sized(4), dt: "1" })).toThrow(`${name}: dt is "1"`);
    expect(() => task.make(task.sized(-4))).toThrow(/: (trials|trainTrials) is -4/);
    expect(() => task.make(task.sized(4), 0.5)).toThrow(`${name}: seed is 0.5`);
    expect(() => task.make(task.sized(2 ** 24))).toThrow("too many for one table");
  });
});

const independent = Object.entries(tasks).filter(([name]) => name !== "sequentialPatternMatching");

test.each(independent)("%s: trial k does not depend on how many trials are made", (_, task) => {
  const many = task.make(task.sized(20), 9);
  for (const count of [1, 7]) {
    const few = task.make(task.sized(count), 9);
    expect(few.labels).toEqual(many.labels.slice(0, count));
    for (const table of ["inputs", "targets", "mask"] as const)
      expect(few[table]).toEqual(many[table].slice(0, few[table].length));
  }
});
