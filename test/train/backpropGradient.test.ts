import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { buildCell } from "../../src/cells/build.js";
import { randomSpec } from "../../src/cells/initialise.js";
import type { CellSpec } from "../../src/cells/spec.js";
import { createRandom } from "../../src/core/random.js";
import { defaultKernel } from "../../src/numeric/defaultKernel.js";
import { type BackpropGradientOptions, backpropGradient } from "../../src/train/backpropGradient.js";
import { createObjective } from "../../src/train/objective.js";
import { createParameters, listParameters, withParameters } from "../../src/train/parameters.js";
import type { TrainingTrials } from "../../src/train/trainingTrials.js";
import { unroll } from "../../src/train/unroll.js";
import { gru, lowRank, normals, rate, vanilla, variants } from "../cells/specs.js";
import { randomTrials } from "./backpropTrials.js";

interface Case {
  readonly spec: CellSpec;
  readonly trials: Record<"inputs" | "targets" | "mask", number[][][]>;
  readonly options: BackpropGradientOptions;
  readonly loss: number;
  readonly objective: number;
  readonly gradient: Record<string, number[]>;
}

const oracles: Record<string, Case> = JSON.parse(
  readFileSync(new URL("../oracles/backprop.json", import.meta.url), "utf8"),
).gradients;

const flat = (rows: readonly (readonly (readonly number[])[])[]) => Float64Array.from(rows.flat(2));

/** The trials of an oracle as a trainer takes them. */
function trialsOf({ inputs, targets, mask }: Case["trials"]): TrainingTrials {
  return {
    count: inputs.length,
    steps: inputs[0].length,
    inputDimension: inputs[0][0].length,
    outputDimension: targets[0][0].length,
    inputs: flat(inputs),
    targets: flat(targets),
    mask: flat(mask),
  };
}

const norm = (x: ArrayLike<number>) => Math.hypot(...Array.from(x));
const dot = (x: Float64Array, y: Float64Array) => x.reduce((sum, v, i) => sum + v * y[i], 0);

function expectClose(actual: Float64Array, expected: ArrayLike<number>, tolerance: number) {
  expect(actual.length).toBe(expected.length);
  const gap = Array.from(actual, (v, i) => v - expected[i]);
  expect(norm(gap)).toBeLessThanOrEqual(tolerance * (1e-3 + norm(expected)));
}

/** Every kind and variant of network, with a readout and an initial state, and the dt it needs. */
const networks = variants.map(({ name, spec, kinks }) => {
  const { units, time, outputRange, dimension } = buildCell(spec);
  const width = spec.kind === "stacked" ? outputRange[1] - outputRange[0] : units;
  const readout = spec.readout ?? { weight: normals(2 * width, 41), bias: normals(2, 42) };
  const trained = { ...spec, readout, initialState: normals(dimension, 43, 0.5) } as CellSpec;
  return { name, spec: trained, kinks, options: time === "continuous" ? { dt: 0.2 } : {} };
});

describe("the gradient is the one numpy finds by complex steps", () => {
  test.each(Object.entries(oracles))("%s", (_, { spec, trials, options, loss, objective, gradient }) => {
    const found = backpropGradient(spec, trialsOf(trials), { ...options, learnInitialState: true });
    expect(Math.abs(found.loss - loss)).toBeLessThan(1e-12 * (1 + loss));
    expect(Math.abs(found.objective - objective)).toBeLessThan(1e-12 * (1 + objective));
    expect(Object.keys(found.gradient).sort()).toEqual(Object.keys(gradient).sort());
    for (const [name, expected] of Object.entries(gradient))
      expectClose(found.gradient[name], expected, 1e-11);
    expect(found.gradientNorm).toBeCloseTo(norm(Object.values(gradient).flat()), 10);
  });
});

describe("the loss is that of the network which is simulated", () => {
  test.each(networks)("$name", ({ spec, options }) => {
    const cell = buildCell(spec);
    const [d, m, k] = [cell.dimension, cell.inputDimension, cell.outputDimension];
    const trials = randomTrials(3, 5, m, k, 50);
    let sum = 0;
    let weight = 0;
    const y = new Float64Array(k);
    for (let b = 0; b < 3; b++) {
      let x = cell.initialState.slice();
      for (let t = 0; t < 5; t++) {
        const row = b * 5 + t;
        const u = trials.inputs.slice(row * m, (row + 1) * m);
        const next = new Float64Array(d);
        cell.rule(x, u, next);
        if (options.dt !== undefined) for (let i = 0; i < d; i++) next[i] = x[i] + options.dt * next[i];
        x = next;
        cell.readout(x, u, y);
        for (let j = 0; j < k; j++) {
          sum += trials.mask[row * k + j] * (y[j] - trials.targets[row * k + j]) ** 2;
          weight += trials.mask[row * k + j];
        }
      }
    }
    const { loss } = backpropGradient(spec, trials, options);
    expect(Math.abs(loss - sum / weight)).toBeLessThan(1e-12 * (1 + loss));
  });
});

describe("the gradient agrees with central differences, tensor by tensor", () => {
  test.each(networks)("$name", ({ spec, kinks, options }) => {
    const cell = buildCell(spec);
    const choice = { ...options, learnInitialState: true, rateCost: 0.3, l2: 0.05 };
    const { trained, vector } = createParameters("test", cell, choice);
    const names = fc.constantFrom(...trained);
    fc.assert(
      fc.property(names, fc.integer({ min: 0, max: 1e6 }), ({ name, offset, length }, seed) => {
        const trials = randomTrials(2, 4, cell.inputDimension, cell.outputDimension, seed);
        const direction = normals(length, seed + 7);
        const slope = backpropGradient(spec, trials, choice).gradient[name];
        const along = (step: number) => {
          const moved = vector.slice();
          for (let i = 0; i < length; i++) moved[offset + i] += step * direction[i];
          return backpropGradient(withParameters(cell, trained, moved), trials, choice).objective;
        };
        const central = (h: number) => (along(h) - along(-h)) / (2 * h);
        // Without kinks the fourth-order formula; with kinks a step too short to meet one.
        const difference = kinks ? central(1e-7) : (4 * central(1e-3) - central(2e-3)) / 3;
        const tolerance = 1e-6 * (0.01 + norm(slope) * norm(direction));
        expect(Math.abs(dot(slope, direction) - difference)).toBeLessThan(tolerance);
      }),
      { seed: 8, numRuns: 12 },
    );
  });
});

describe("noise is added to every state variable after every step", () => {
  // One layer each, so that a row of the noise is a row of the state.
  const single = networks.filter(({ spec }) => spec.kind !== "stacked" && spec.kind !== "vanilla");
  test.each([...single, ...networks.slice(0, 1)])("$name", ({ spec, options }) => {
    const cell = buildCell(spec);
    const [d, m, k, batch, steps] = [cell.dimension, cell.inputDimension, cell.outputDimension, 2, 4];
    const parameters = createParameters("test", cell, {});
    const dt = "dt" in options ? options.dt : undefined;
    const unrolled = unroll(cell, parameters, { batch, steps, kernel: defaultKernel, dt, noisy: true });
    unrolled.inputs.set(normals(batch * steps * m, 92));
    unrolled.noise[0].set(normals(batch * steps * d, 93, 0.3));
    unrolled.forward();
    for (let b = 0; b < batch; b++) {
      let x = cell.initialState.slice();
      const y = new Float64Array(k);
      for (let t = 0; t < steps; t++) {
        const row = t * batch + b;
        const u = unrolled.inputs.slice(row * m, (row + 1) * m);
        const next = new Float64Array(d);
        cell.rule(x, u, next);
        if (dt !== undefined) for (let i = 0; i < d; i++) next[i] = x[i] + dt * next[i];
        for (let i = 0; i < d; i++) next[i] += unrolled.noise[0][row * d + i];
        x = next;
        cell.readout(x, u, y);
        expectClose(unrolled.outputs.slice(row * k, (row + 1) * k), y, 1e-12);
      }
    }
  });
});

describe("with noise the gradient is that of the same noise", () => {
  const noisy = [
    "rate current discrete",
    "rate rate continuous",
    "gru, reset before",
    "lstm",
    "low-rank 2 discrete",
  ];
  test.each([...noisy, "lstm on gru on vanilla"])("%s", (wanted) => {
    const { spec, options } = networks.find(({ name }) => name === wanted)!;
    const cell = buildCell(spec);
    const parameters = createParameters("test", cell, { learnInitialState: true });
    const settings = { l2: 0, rateCost: 0.2, noise: 0.5, kernel: defaultKernel };
    const objective = createObjective(cell, parameters, {
      ...settings,
      loss: "mean-squared-error",
      dt: "dt" in options ? options.dt : undefined,
    });
    const trials = randomTrials(3, 4, cell.inputDimension, cell.outputDimension, 90);
    const value = (seed: number) =>
      objective.gradient(trials, Int32Array.of(2, 0, 1), createRandom(seed)).objective;
    const quiet = objective.gradient(trials, Int32Array.of(2, 0, 1), undefined).objective;
    expect(value(4)).not.toBeCloseTo(quiet, 6);
    value(4);
    const slope = parameters.gradient.slice();
    const start = parameters.vector.slice();
    const direction = normals(start.length, 91);
    const along = (step: number) => {
      for (let i = 0; i < start.length; i++) parameters.vector[i] = start[i] + step * direction[i];
      return value(4);
    };
    const central = (h: number) => (along(h) - along(-h)) / (2 * h);
    const difference = (4 * central(1e-4) - central(2e-4)) / 3;
    expect(Math.abs(dot(slope, direction) - difference)).toBeLessThan(1e-6 * norm(slope) * norm(direction));
  });
});

describe("the gradient of part of the network is part of the gradient", () => {
  test.each([
    ["vanilla with feedback", networks.find(({ name }) => name === "vanilla with feedback")!],
    ["rate with feedback", networks.find(({ name }) => name === "rate current discrete with feedback")!],
    ["lstm on gru on vanilla", networks.find(({ name }) => name === "lstm on gru on vanilla")!],
    ["low-rank", networks.find(({ name }) => name === "low-rank 2 discrete")!],
  ])("%s, one tensor at a time", (_, { spec, options }) => {
    const cell = buildCell(spec);
    const trials = randomTrials(3, 5, cell.inputDimension, cell.outputDimension, 60);
    const whole = backpropGradient(spec, trials, { ...options, learnInitialState: true }).gradient;
    for (const { name } of listParameters(cell)) {
      const { gradient } = backpropGradient(spec, trials, { ...options, train: [name] });
      expect(Object.keys(gradient)).toEqual([name]);
      expectClose(gradient[name], whole[name], 1e-13);
    }
  });

  test("a group's name stands for its tensors, and freeze takes out of train", () => {
    const spec = randomSpec("stacked", { units: 3, inputs: 1, outputs: 1, layers: ["gru", "vanilla"] }, 1);
    const trials = randomTrials(1, 2, 1, 1, 61);
    const names = (options: BackpropGradientOptions) =>
      backpropGradient(spec, trials, options).parameters.map(({ name }) => name);
    expect(names({ train: ["readout", "layers.1"] })).toEqual([
      "layers.1.recurrent",
      "layers.1.input",
      "readout.weight",
      "readout.bias",
    ]);
    expect(names({ freeze: ["layers"], learnInitialState: true })).toEqual([
      "readout.weight",
      "readout.bias",
      "initialState",
    ]);
  });
});

describe("the gradient", () => {
  const spec = gru();
  const trials = randomTrials(4, 6, 3, 2, 70);

  test("of a batch is the mean of those of its trials, weighted by their masks", () => {
    const parts = [0, 1, 2, 3].map((b) => {
      const part = (data: Float64Array, width: number) => data.slice(b * 6 * width, (b + 1) * 6 * width);
      const mask = part(trials.mask, 2);
      const one = {
        ...trials,
        count: 1,
        inputs: part(trials.inputs, 3),
        targets: part(trials.targets, 2),
        mask,
      };
      return { weight: mask.reduce((sum, w) => sum + w, 0), ...backpropGradient(spec, one) };
    });
    const total = parts.reduce((sum, { weight }) => sum + weight, 0);
    const whole = backpropGradient(spec, trials);
    for (const name of Object.keys(whole.gradient)) {
      const mean = whole.gradient[name].map((_, i) =>
        parts.reduce((sum, { weight, gradient }) => sum + (weight / total) * gradient[name][i], 0),
      );
      expectClose(whole.gradient[name], mean, 1e-12);
    }
  });

  test("does not see targets whose mask is zero", () => {
    const targets = trials.targets.map((v, i) => (trials.mask[i] === 0 ? 1e3 : v));
    expect(targets).not.toEqual(trials.targets);
    expect(backpropGradient(spec, { ...trials, targets })).toEqual(backpropGradient(spec, trials));
  });

  test("does not see the future: a mask on the first step needs its inputs only", () => {
    const mask = trials.mask.map((_, i) => (i % 12 < 2 ? 1 : 0));
    const inputs = trials.inputs.map((v, i) => (i % 18 < 3 ? v : -v));
    expect(backpropGradient(spec, { ...trials, mask, inputs }).loss).toBe(
      backpropGradient(spec, { ...trials, mask }).loss,
    );
  });

  test("leaves description and trials as they were, and a second call agrees", () => {
    const plain = Object.freeze({ ...vanilla("tanh") });
    const copies = [structuredClone(plain), structuredClone(trials)];
    const first = backpropGradient(plain, Object.freeze(trials), { learnInitialState: true });
    expect([plain, trials]).toEqual(copies);
    expect(backpropGradient(plain, trials, { learnInitialState: true })).toEqual(first);
    expect(structuredClone(first)).toEqual(first);
  });

  test("of states that overflow is not finite, and nothing is thrown", () => {
    const wild = vanilla("relu", { recurrent: normals(25, 71, 1e200) });
    expect(Number.isFinite(backpropGradient(wild, trials).gradientNorm)).toBe(false);
  });

  test("goes through the kernel it is given", () => {
    let products = 0;
    const kernel = {
      ...defaultKernel,
      gemm: (...given: Parameters<typeof defaultKernel.gemm>) => {
        products++;
        defaultKernel.gemm(...given);
      },
    };
    expect(backpropGradient(spec, trials, { kernel })).toEqual(backpropGradient(spec, trials));
    expect(products).toBeGreaterThan(6 * 6);
  });
});

describe("wrong arguments are refused by name", () => {
  const trials = randomTrials(2, 3, 3, 2, 80);
  const classes = { ...trials, targets: new Float64Array(12).fill(0.5), mask: new Float64Array(12).fill(1) };
  const changed = (data: Float64Array, i: number, value: number) => data.with(i, value);

  test.each<[string, CellSpec, TrainingTrials, BackpropGradientOptions, RegExp]>([
    ["no readout", { kind: "vanilla", activation: "tanh", recurrent: [[1]] }, trials, {}, /no readout/],
    ["a flow without dt", rate(), trials, {}, /dt is undefined, expected the Euler step/],
    ["a map with dt", gru(), trials, { dt: 0.1 }, /dt is 0.1, expected none/],
    ["other inputs", lowRank(1, { time: "discrete" }), trials, {}, /inputDimension is 3, expected 2/],
    ["other outputs", gru(), { ...trials, outputDimension: 1 }, {}, /outputDimension is 1, expected 2/],
    ["few inputs", gru(), { ...trials, steps: 4 }, {}, /trials.inputs has 18 numbers, expected 24/],
    ["no numbers", gru(), { ...trials, mask: [1] as never }, {}, /trials.mask must be a Float64Array/],
    [
      "a NaN",
      gru(),
      { ...trials, targets: changed(trials.targets, 3, Number.NaN) },
      {},
      /targets\[3\] is NaN/,
    ],
    ["a negative mask", gru(), { ...trials, mask: changed(trials.mask, 2, -1) }, {}, /mask\[2\] is -1/],
    ["an empty mask", gru(), { ...trials, mask: new Float64Array(12) }, {}, /mask is zero everywhere/],
    [
      "no such tensor",
      gru(),
      trials,
      { train: ["weights"] },
      /train has "weights", expected some of recurrent, /,
    ],
    [
      "nothing to train",
      gru(),
      trials,
      { train: ["readout"], freeze: ["readout"] },
      /leave nothing to train/,
    ],
    ["no such loss", gru(), trials, { loss: "hinge" as never }, /loss is "hinge"/],
    ["no such option", gru(), trials, { dropout: 0.5 } as never, /unknown option "dropout"/],
    ["no probabilities", gru(), trials, { loss: "cross-entropy" }, /one weight for all classes|probabilit/],
    [
      "a mask per class",
      gru(),
      { ...classes, mask: changed(classes.mask, 1, 0.5) },
      { loss: "cross-entropy" },
      /mask\[1\] is 0.5, expected 1/,
    ],
  ])("%s", (_, spec, given, options, message) => {
    expect(() => backpropGradient(spec, given, options)).toThrow(message);
  });
});
