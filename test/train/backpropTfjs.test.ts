import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { activationNames } from "../../src/cells/activation.js";
import { buildCell } from "../../src/cells/build.js";
import { randomSpec } from "../../src/cells/initialise.js";
import type { CellSpec } from "../../src/cells/spec.js";
import { trainBackprop } from "../../src/train/backprop.js";
import { type BackpropGradientOptions, backpropGradient } from "../../src/train/backpropGradient.js";
import { gradientModules } from "../../src/train/gradients/table.js";
import { listParameters } from "../../src/train/parameters.js";
import type { TrainingTrials } from "../../src/train/trainingTrials.js";
import { normals, times } from "../cells/specs.js";
import { loadTfjs } from "../helpers/tfjs.mjs";
import { randomTrials } from "./backpropTrials.js";
import { createObjective, type Weights } from "./tfjsNetworks.js";

const tf = await loadTfjs("cpu");
const [n, m, k, batch, steps] = [6, 3, 2, 4, 7];
const shape = { units: n, inputs: m, outputs: k, gain: 1.3 };
const norm = (x: ArrayLike<number>) => Math.hypot(...Array.from(x));

interface Case {
  readonly name: string;
  readonly make: (seed: number) => CellSpec;
  readonly options?: BackpropGradientOptions;
}

const bias = (seed: number) => normals(n, seed + 100, 0.3);
const vanilla = (seed: number, options = {}) => ({
  ...randomSpec("vanilla", { ...shape, ...options }, seed),
  bias: bias(seed),
});
const rate = (seed: number, extra: object, options = {}): CellSpec => {
  const { alpha: _, ...spec } = randomSpec("rate", { ...shape, ...options }, seed);
  return { ...spec, bias: bias(seed), ...extra };
};
const lowRank = (seed: number, extra: object): CellSpec => {
  const { alpha: _, ...spec } = randomSpec("low-rank", { ...shape, rank: 2 }, seed);
  return { ...spec, bias: bias(seed), ...extra };
};
const discrete = { time: "discrete" } as const;
const penalties = { rateCost: 0.3, l2: 0.05 };

const cases: readonly Case[] = [
  ...activationNames.map((activation) => ({
    name: `vanilla, ${activation}`,
    make: (seed: number) => vanilla(seed, { activation }),
  })),
  { name: "vanilla with feedback", make: (seed) => vanilla(seed, { feedback: true }), options: penalties },
  { name: "vanilla, cross-entropy", make: vanilla, options: { loss: "cross-entropy" } },
  ...(["current", "rate"] as const).flatMap((state) => [
    {
      name: `rate, ${state}, a flow with a tau per unit`,
      make: (seed: number) => rate(seed, { state, tau: times(n, seed) }),
      options: { dt: 0.2, ...penalties },
    },
    {
      name: `rate, ${state}, alpha, scale and feedback`,
      make: (seed: number) =>
        rate(seed, { ...discrete, state, alpha: 0.3, scale: 0.6 }, { feedback: true, state }),
    },
    {
      name: `rate, ${state}, dt and tau, softplus`,
      make: (seed: number) => rate(seed, { ...discrete, state, dt: 0.5, tau: 2, activation: "softplus" }),
    },
  ]),
  {
    name: "rate, current, readout and feedback of the current",
    make: (seed) => {
      const spec = rate(seed, { ...discrete, alpha: 0.3 }, { feedback: true });
      return { ...spec, readout: { ...spec.readout!, of: "state" } };
    },
    options: penalties,
  },
  {
    name: "low-rank, a flow",
    make: (seed) => lowRank(seed, { tau: 0.8 }),
    options: { dt: 0.2, ...penalties },
  },
  {
    name: "low-rank, a map, readout of the current",
    make: (seed) => {
      const spec = lowRank(seed, { ...discrete, alpha: 0.4, scale: 0.25 });
      return { ...spec, readout: { ...spec.readout!, of: "state" } };
    },
  },
  ...[true, false].map((resetAfter) => ({
    name: `gru, reset ${resetAfter ? "after" : "before"} the product`,
    make: (seed: number) => randomSpec("gru", { ...shape, gain: 3, resetAfter }, seed),
    options: penalties,
  })),
  { name: "lstm", make: (seed) => randomSpec("lstm", { ...shape, gain: 3 }, seed), options: penalties },
  {
    name: "plrnn",
    make: (seed) => ({ ...randomSpec("plrnn", { ...shape, gain: 0.7 }, seed), bias: bias(seed) }),
    options: { rateCost: 0.3 },
  },
  {
    name: "gru on lstm on vanilla",
    make: (seed) => randomSpec("stacked", { ...shape, gain: 2, layers: ["vanilla", "lstm", "gru"] }, seed),
    options: { rateCost: 0.3 },
  },
];

/** A network with an initial state, trials for it, and its tensors as TensorFlow.js takes them. */
function prepare(made: CellSpec, loss: BackpropGradientOptions["loss"], seed: number) {
  const initialState = normals(buildCell(made).dimension, seed + 200, 0.5);
  const cell = buildCell({ ...made, initialState } as CellSpec);
  const parameters = listParameters(cell);
  const values = valuesOf(cell.spec, parameters);
  const tensors = parameters.map(({ shape }, i) => tf.tensor(Float32Array.from(values[i]), [...shape]));
  return { spec: cell.spec, parameters, tensors, trials: trialsFor(loss, seed) };
}

/** The tensors of a description, by their paths. */
function valuesOf(spec: CellSpec, parameters: readonly { readonly name: string }[]) {
  return parameters.map(({ name }) => {
    let value: unknown = spec;
    for (const key of name.split(".")) value = (value as Record<string, unknown>)[key];
    return value as Float64Array;
  });
}

/** Trials without meaning; for the cross-entropy with targets that are probabilities. */
function trialsFor(loss: BackpropGradientOptions["loss"], seed: number): TrainingTrials {
  const trials = randomTrials(batch, steps, m, k, seed + 300);
  if (loss !== "cross-entropy") return trials;
  const { targets, mask } = trials; // k is 2
  const first = (p: number) => p - (p % 2);
  const odds = targets.map((_, p) => 1 / (1 + Math.exp(targets[first(p)])));
  return {
    ...trials,
    targets: odds.map((v, p) => (p % 2 === 0 ? v : 1 - v)),
    mask: mask.map((_, p) => mask[first(p)]),
  };
}

function named(parameters: readonly { readonly name: string }[], tensors: readonly Tensor[]): Weights {
  return Object.fromEntries(parameters.map(({ name }, i) => [name, tensors[i]]));
}

describe("TensorFlow.js finds the same gradient of the same equations, in float32", () => {
  test("for every kind of layer that is trained", () => {
    const kinds = new Set(cases.map(({ make }) => make(0).kind));
    expect([...kinds].sort()).toEqual([...Object.keys(gradientModules), "stacked"].sort());
  });

  // Measured: at most 1e-6, of each tensor's gradient and a hundredth of the whole one.
  const tolerance = 1e-5;

  test.each(cases)("$name", ({ make, options = {} }) => {
    const agrees = (seed: number) => {
      const { spec, parameters, tensors, trials } = prepare(make(seed), options.loss, seed);
      const found = backpropGradient(spec, trials, { ...options, learnInitialState: true });
      const objective = createObjective(tf, spec, trials, options);
      const { value, grads } = tf.valueAndGrads((...given) => objective(named(parameters, given)) as Scalar)(
        tensors,
      );
      expect(Math.abs(value.dataSync()[0] / found.objective - 1)).toBeLessThan(tolerance);
      expect(Object.keys(found.gradient)).toEqual(parameters.map(({ name }) => name));
      parameters.forEach(({ name }, i) => {
        const expected = grads[i].dataSync();
        const gap = norm(found.gradient[name].map((v, p) => v - expected[p]));
        expect(gap, name).toBeLessThan(tolerance * (norm(expected) + found.gradientNorm / 100));
      });
    };
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), (seed) => tf.tidy(() => agrees(seed))),
      { seed: 12, numRuns: 3 },
    );
  });
});

describe("ten updates of Adam in TensorFlow.js end at the network that is trained here", () => {
  test.each([
    ["vanilla", vanilla(5)],
    ["gru", randomSpec("gru", { ...shape, gain: 3 }, 6)],
  ] as const)("%s", (_, made) => {
    const { spec, parameters, tensors, trials } = prepare(made, undefined, 7);
    const [updates, learningRate] = [10, 0.02];
    const { spec: trained } = trainBackprop(spec, trials, {
      epochs: updates,
      batchSize: batch,
      learningRate,
      clipNorm: Number.POSITIVE_INFINITY,
      learnInitialState: true,
    });
    const variables = tensors.map((tensor) => tf.variable(tensor));
    const objective = createObjective(tf, spec, trials, {});
    const adam = tf.train.adam(learningRate, 0.9, 0.999, 1e-8);
    for (let update = 0; update < updates; update++)
      adam.minimize(() => objective(named(parameters, variables)) as Scalar);
    const [start, end] = [spec, trained].map((of) => valuesOf(of, parameters));
    parameters.forEach(({ name }, i) => {
      const expected = variables[i].dataSync();
      const moved = norm(start[i].map((v, p) => v - expected[p]));
      expect(norm(end[i].map((v, p) => v - expected[p])), name).toBeLessThan(1e-4 * moved);
      expect(moved, name).toBeGreaterThan(0.1);
    });
  });
});
