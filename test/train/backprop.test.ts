import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { buildCell } from "../../src/cells/build.js";
import { randomSpec } from "../../src/cells/initialise.js";
import type { CellSpec } from "../../src/cells/spec.js";
import { defaultKernel } from "../../src/numeric/defaultKernel.js";
import { type AdamSettings, adamStart, adamUpdate } from "../../src/train/adamParameters.js";
import { trainBackprop } from "../../src/train/backprop.js";
import { backpropGradient } from "../../src/train/backpropGradient.js";
import type { BackpropOptions } from "../../src/train/backpropOptions.js";
import type { BackpropCheckpoint, BackpropEpoch } from "../../src/train/backpropReport.js";
import { learningRateAt } from "../../src/train/learningRate.js";
import { createParameters } from "../../src/train/parameters.js";
import { normals } from "../cells/specs.js";
import { flipFlop, randomTrials } from "./backpropTrials.js";

interface Oracle {
  readonly moments: {
    readonly start: number[];
    readonly gradients: number[][];
    readonly rate: number;
    readonly settings: AdamSettings;
    readonly path: number[][];
  };
  readonly training: {
    readonly spec: CellSpec;
    readonly trials: Record<"inputs" | "targets" | "mask", number[][][]>;
    readonly options: BackpropOptions;
    readonly losses: number[];
    readonly gradientNorms: number[];
    readonly trained: CellSpec;
    readonly loss: number;
  };
}

const oracle: Oracle = JSON.parse(
  readFileSync(new URL("../oracles/backprop.json", import.meta.url), "utf8"),
).adam;

/** All numbers of a network, initial state included. */
const numbersOf = (spec: CellSpec) =>
  createParameters("test", buildCell(spec), { learnInitialState: true }).vector;

const largestGap = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Math.max(...Array.from(a, (v, i) => Math.abs(v - b[i])));

const small = (layers: "gru" | "lstm" = "gru", seed = 1) =>
  randomSpec(layers, { units: 5, inputs: 1, outputs: 1 }, seed);

describe("against numpy", () => {
  test("Adam's first five updates are those of the explicit sums", () => {
    const { start, gradients, rate, settings, path } = oracle.moments;
    const x = Float64Array.from(start);
    const state = adamStart(x.length);
    for (const [t, expected] of path.entries()) {
      adamUpdate(state, x, Float64Array.from(gradients[t]), rate, settings);
      expect(largestGap(x, expected)).toBeLessThan(1e-14);
    }
    expect(state.count).toBe(5);
  });

  test("five updates of a network, clipped and on a schedule, end at the same weights", () => {
    const { spec, trials, options, losses, gradientNorms, trained, loss } = oracle.training;
    const flat = (rows: number[][][]) => Float64Array.from(rows.flat(2));
    const given = {
      count: trials.inputs.length,
      steps: trials.inputs[0].length,
      inputDimension: trials.inputs[0][0].length,
      outputDimension: trials.targets[0][0].length,
      inputs: flat(trials.inputs),
      targets: flat(trials.targets),
      mask: flat(trials.mask),
    };
    const report = trainBackprop(spec, given, options);
    expect(report.epochs.map((epoch) => epoch.gradientNorm)).toHaveLength(5);
    expect(
      largestGap(
        report.epochs.map((epoch) => epoch.loss),
        losses,
      ),
    ).toBeLessThan(1e-12);
    expect(
      largestGap(
        report.epochs.map((epoch) => epoch.gradientNorm),
        gradientNorms,
      ),
    ).toBeLessThan(1e-11);
    expect(Math.max(...gradientNorms)).toBeGreaterThan(options.clipNorm!);
    expect(largestGap(numbersOf(report.spec), numbersOf(trained))).toBeLessThan(1e-10);
    expect(Math.abs(report.loss - loss)).toBeLessThan(1e-10);
  });
});

describe("the learning rate", () => {
  test("goes from the first to the last, never up, whatever the schedule", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("cosine" as const, "exponential" as const),
        fc.double({ min: 1e-4, max: 1, noNaN: true }),
        fc.double({ min: 1e-3, max: 1, noNaN: true }),
        fc.integer({ min: 2, max: 50 }),
        (schedule, first, part, total) => {
          const last = first * part;
          const rates = Array.from({ length: total }, (_, u) =>
            learningRateAt(schedule, first, last, u, total),
          );
          expect(rates[0]).toBeCloseTo(first, 12);
          expect(rates[total - 1]).toBeCloseTo(last, 12);
          for (let u = 1; u < total; u++) expect(rates[u]).toBeLessThanOrEqual(rates[u - 1] * (1 + 1e-12));
        },
      ),
      { seed: 3 },
    );
    expect(learningRateAt("constant", 0.3, 0.1, 7, 9)).toBe(0.3);
  });
});

describe("training", () => {
  const trials = flipFlop(48, 20, 5);
  const shape = { units: 10, inputs: 1, outputs: 1 };
  const bias = new Float64Array(10);

  test.each<[string, CellSpec, BackpropOptions]>([
    ["vanilla", { ...randomSpec("vanilla", shape, 1), bias }, {}],
    ["vanilla with feedback", { ...randomSpec("vanilla", { ...shape, feedback: true }, 1), bias }, {}],
    ["rate, current, a flow", randomSpec("rate", shape, 2), { dt: 0.5 }],
    [
      "rate, rate, a map",
      randomSpec("rate", { ...shape, state: "rate", time: "discrete", alpha: 0.5 }, 3),
      {},
    ],
    ["gru, reset after", randomSpec("gru", shape, 4), {}],
    ["gru, reset before", randomSpec("gru", { ...shape, resetAfter: false }, 5), {}],
    ["lstm", randomSpec("lstm", shape, 6), {}],
    ["low-rank", randomSpec("low-rank", { ...shape, rank: 2 }, 7), { dt: 0.5 }],
    ["plrnn", randomSpec("plrnn", { ...shape, gain: 0.5 }, 8), {}],
    ["stacked", randomSpec("stacked", { ...shape, layers: ["vanilla", "gru"] }, 9), {}],
  ])("more than halves the loss of a flip-flop: %s", (_, spec, options) => {
    const { dt } = options;
    const before = backpropGradient(spec, trials, dt === undefined ? {} : { dt }).loss;
    const report = trainBackprop(spec, trials, { epochs: 40, batchSize: 16, learningRate: 0.01, ...options });
    expect(report.status).toBe("trained");
    expect(report.updates).toBe(120);
    expect(report.loss).toBeLessThan(before / 2);
    expect(report.spec.kind).toBe(spec.kind);
    expect(buildCell(report.spec).time).toBe(buildCell(spec).time);
  });

  test("teaches a GRU of 8 units to hold one bit, on trials it has not seen", () => {
    const spec = randomSpec("gru", { units: 8, inputs: 1, outputs: 1 }, 3);
    const options = { epochs: 80, learningRate: 0.02, schedule: "cosine" as const, batchSize: 32 };
    const report = trainBackprop(spec, flipFlop(128, 25, 11), options);
    expect(report.loss).toBeLessThan(0.02);
    expect(backpropGradient(report.spec, flipFlop(128, 50, 12)).loss).toBeLessThan(0.02);
  });

  test("learns to tell classes apart by the cross-entropy", () => {
    // Which of two inputs was larger at the first of three steps.
    const [count, steps] = [64, 3];
    const inputs = normals(count * steps * 2, 20);
    const targets = new Float64Array(count * steps * 2);
    const mask = new Float64Array(count * steps * 2);
    for (let b = 0; b < count; b++) {
      const largest = inputs[b * 6] > inputs[b * 6 + 1] ? 0 : 1;
      for (let t = 0; t < steps; t++) targets[(b * steps + t) * 2 + largest] = 1;
      mask.fill(1, (b * steps + 2) * 2, (b * steps + 3) * 2);
    }
    const task = { count, steps, inputDimension: 2, outputDimension: 2, inputs, targets, mask };
    const spec = randomSpec("gru", { units: 8, inputs: 2, outputs: 2 }, 21);
    const report = trainBackprop(spec, task, { loss: "cross-entropy", learningRate: 0.03 });
    expect(report.epochs[0].loss).toBeGreaterThan(0.5);
    expect(report.loss).toBeLessThan(0.1);
  });

  test("learns an initial state where nothing else may change", () => {
    const spec: CellSpec = {
      kind: "vanilla",
      activation: "linear",
      recurrent: [[1]],
      readout: { weight: [[2]] },
    };
    const target = Float64Array.of(3, 3);
    const mask = new Float64Array(2).fill(1);
    const task = {
      count: 1,
      steps: 2,
      inputDimension: 0,
      outputDimension: 1,
      inputs: new Float64Array(0),
      mask,
    };
    const options = { train: [], learnInitialState: true, learningRate: 0.05, epochs: 400 };
    const report = trainBackprop(spec, { ...task, targets: target }, options);
    expect(report.parameters.map(({ name }) => name)).toEqual(["initialState"]);
    expect(report.spec.initialState![0]).toBeCloseTo(1.5, 4);
  });

  test("with a weight cost ends at smaller weights, with a rate cost at lower rates", () => {
    const options = { epochs: 30, learningRate: 0.02 };
    const spec = randomSpec("vanilla", shape, 30);
    const size = (x: ArrayLike<number>) => Math.hypot(...Array.from(x));
    const weights = (l2: number) =>
      size(trainBackprop(spec, trials, { ...options, l2 }).spec.recurrent as Float64Array);
    expect(weights(0.1)).toBeLessThan(0.8 * weights(0));
    const rates = (rateCost: number) => {
      const report = trainBackprop(spec, trials, { ...options, rateCost });
      const { loss, objective } = backpropGradient(report.spec, trials, { rateCost: 1 });
      return objective - loss;
    };
    expect(rates(2)).toBeLessThan(0.8 * rates(0));
  });
});

describe("a run", () => {
  const spec = small();
  const trials = flipFlop(10, 8, 40);
  const options: BackpropOptions = {
    epochs: 9,
    batchSize: 4,
    noise: 0.1,
    schedule: "exponential",
    seed: 6,
    l2: 0.01,
    checkpointEvery: 2,
  };

  test("gives the same bytes twice, and others for another seed", () => {
    const first = trainBackprop(spec, trials, options);
    expect(trainBackprop(spec, trials, options)).toEqual(first);
    expect(trainBackprop(spec, trials, { ...options, seed: 7 }).spec).not.toEqual(first.spec);
    expect(trainBackprop(spec, trials, { ...options, noise: 0 }).spec).not.toEqual(first.spec);
  });

  test.each([
    ["one set of trials", trials],
    ["fresh trials in every epoch", (epoch: number) => flipFlop(10, 8, 100 + epoch)],
  ])("resumed from any checkpoint ends as the unbroken one: %s", (_, source) => {
    const checkpoints: BackpropCheckpoint[] = [];
    const whole = trainBackprop(spec, source, { ...options, onCheckpoint: (c) => checkpoints.push(c) });
    expect(checkpoints.map(({ epoch }) => epoch)).toEqual([2, 4, 6, 8, 9]);
    for (const checkpoint of checkpoints) {
      // As it comes back from another process.
      const resume = structuredClone(checkpoint);
      const later: number[] = [];
      const resumed = trainBackprop(spec, source, {
        ...options,
        resume,
        onCheckpoint: ({ epoch }) => later.push(epoch),
      });
      expect(resumed).toEqual(whole);
      expect(later).toEqual([2, 4, 6, 8, 9].filter((epoch) => epoch > checkpoint.epoch));
      expect(resume).toEqual(checkpoint);
    }
  });

  test("at a constant learning rate can be made longer", () => {
    const constant = { ...options, schedule: "constant" as const };
    const checkpoints: BackpropCheckpoint[] = [];
    trainBackprop(spec, trials, { ...constant, epochs: 5, onCheckpoint: (c) => checkpoints.push(c) });
    const longer = trainBackprop(spec, trials, { ...constant, resume: checkpoints.at(-1)! });
    expect(longer).toEqual(trainBackprop(spec, trials, constant));
  });

  test("tells after each epoch how it goes", () => {
    const seen: BackpropEpoch[] = [];
    const report = trainBackprop(spec, trials, { ...options, onProgress: (epoch) => seen.push(epoch) });
    expect(seen).toEqual(report.epochs);
    expect(seen.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(seen.every(({ status }) => status === "ok")).toBe(true);
    expect(seen[8].learningRate).toBeCloseTo(report.options.finalLearningRate, 12);
  });

  test("reports the loss of the network it returns, and plain data", () => {
    const report = trainBackprop(spec, trials, options);
    expect(report.loss).toBeCloseTo(backpropGradient(report.spec, trials).loss, 12);
    expect(structuredClone(report)).toEqual(report);
    expect(report.options).toMatchObject({ epochs: 9, seed: 6, kernel: defaultKernel.name, beta1: 0.9 });
  });

  test("leaves description, trials and options as they were, and hands out nothing of its own", () => {
    const given = [spec, trials, options].map((value) => Object.freeze(value));
    const copies = structuredClone(given);
    const report = trainBackprop(spec, trials, options);
    expect(given).toEqual(copies);
    (report.spec.recurrent as Float64Array).fill(0);
    expect(trainBackprop(spec, trials, options).spec.recurrent).not.toEqual(report.spec.recurrent);
  });

  test("keeps frozen tensors to the byte and moves all others", () => {
    const start = numbersOf(small("lstm"));
    const report = trainBackprop(small("lstm"), trials, { epochs: 2, freeze: ["recurrent", "readout"] });
    const { trained } = createParameters("test", buildCell(small("lstm")), { learnInitialState: true });
    const end = numbersOf(report.spec);
    const moved = trained
      .filter(
        ({ offset, length }) => largestGap(start.subarray(offset, offset + length), end.subarray(offset)) > 0,
      )
      .map(({ name }) => name);
    expect(moved).toEqual(["input", "inputBias", "recurrentBias"]);
  });

  test("of no epochs returns the network it was given", () => {
    const report = trainBackprop(spec, trials, { epochs: 0 });
    expect(report.spec).toEqual(buildCell(spec).spec);
    expect(report).toMatchObject({ status: "trained", epochs: [], updates: 0 });
    expect(report.loss).toBeCloseTo(backpropGradient(spec, trials).loss, 12);
  });

  test("stops at its target", () => {
    const report = trainBackprop(spec, trials, { epochs: 500, learningRate: 0.02, targetLoss: 0.3 });
    expect(report.status).toBe("target-reached");
    expect(report.epochs.length).toBeLessThan(500);
    expect(report.epochs.at(-1)!.loss).toBeLessThanOrEqual(0.3);
    expect(report.epochs.at(-2)!.loss).toBeGreaterThan(0.3);
  });

  test("that diverges says so, throws nothing and returns the best network it had", () => {
    const wild: CellSpec = {
      kind: "vanilla",
      activation: "linear",
      recurrent: [[0.5]],
      input: [[1]],
      readout: { weight: [[1]] },
    };
    const checkpoints: BackpropCheckpoint[] = [];
    const settings: BackpropOptions = {
      learningRate: 1e30,
      checkpointEvery: 1,
      onCheckpoint: (c) => checkpoints.push(c),
    };
    const report = trainBackprop(wild, flipFlop(4, 12, 41), settings);
    expect(report.status).toBe("diverged");
    expect(report.epochs.at(-1)!.status).toBe("diverged");
    expect(report.epochs.slice(0, -1).every(({ status }) => status === "ok")).toBe(true);
    expect(report.epochs.length).toBeGreaterThan(1);
    expect(report.loss).toBeLessThanOrEqual(report.epochs[0].loss * (1 + 1e-12));
    expect(report.loss).toBeCloseTo(backpropGradient(report.spec, flipFlop(4, 12, 41)).loss, 12);
    expect(trainBackprop(wild, flipFlop(4, 12, 41), { ...settings, resume: checkpoints.at(-1)! })).toEqual(
      report,
    );
  });
});

describe("wrong arguments are refused by name", () => {
  const spec = small();
  const trials = flipFlop(6, 5, 50);
  let checkpoint: BackpropCheckpoint | undefined;
  trainBackprop(spec, trials, {
    epochs: 1,
    onCheckpoint: (c) => {
      checkpoint = c;
    },
  });

  test.each<[string, BackpropOptions, RegExp]>([
    ["a fraction of an epoch", { epochs: 1.5 }, /epochs is 1.5, expected an integer of at least 0/],
    ["an empty batch", { batchSize: 0 }, /batchSize is 0/],
    ["no learning rate", { learningRate: 0 }, /learningRate is 0/],
    ["beta of one", { beta2: 1 }, /beta2 is 1, expected a number below 1/],
    ["a schedule nobody knows", { schedule: "linear" as never }, /schedule is "linear"/],
    ["negative noise", { noise: -1 }, /noise is -1/],
    ["no clipping at all", { clipNorm: 0 }, /clipNorm is 0/],
    ["a misspelt option", { learningrate: 1 } as never, /unknown option "learningrate"/],
    ["a checkpoint of other options", { resume: checkpoint!, seed: 3 }, /resume has seed 0, expected 3/],
    ["a checkpoint of other tensors", { resume: checkpoint!, train: ["readout"] }, /other tensors/],
    [
      "a broken checkpoint",
      { resume: { ...checkpoint!, vector: [1] } },
      /resume.vector has length 1, expected \d+ \(P/,
    ],
  ])("%s", (_, options, message) => {
    expect(() => trainBackprop(spec, trials, options)).toThrow(message);
  });

  test("trials that change their number from epoch to epoch", () => {
    const growing = (epoch: number) => flipFlop(5 + epoch, 5, epoch);
    expect(() => trainBackprop(spec, growing)).toThrow(/trials\(2\).count is 7, expected 6/);
  });

  test("trials of another width", () => {
    expect(() => trainBackprop(spec, randomTrials(2, 2, 2, 1, 51))).toThrow(
      /^trainBackprop: trials.inputDimension is 2, expected 1/,
    );
  });
});
