import type { Tensor2D } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { findFixedPoints } from "../../src/analysis/fixedPoints.js";
import { linearize } from "../../src/analysis/linearize.js";
import type { Cell } from "../../src/cells/cell.js";
import { ArgumentError } from "../../src/core/check.js";
import { readWeights } from "../../src/io/index.js";
import { fromLayer, fromStep, type TfjsLayer } from "../../src/tfjs/index.js";
import { loadTfjsLayers } from "../helpers/tfjs.mjs";

type Loaded = Awaited<ReturnType<typeof loadTfjsLayers>>;
let tf: Loaded["tf"];
let layers: Loaded["layers"];
const [N, M, T] = [5, 2, 10];
const inputs = Array.from({ length: T }, (_, t) => [Math.sin(t), Math.cos(2 * t)]);
const kinds = ["simpleRNN", "gru", "lstm"] as const;

beforeAll(async () => {
  ({ tf, layers } = await loadTfjsLayers());
}, 60_000);

/** A layer with strong, fixed weights. */
function layerOf(kind: (typeof kinds)[number], options: object = {}) {
  const layer = layers.layers[kind]({
    units: N,
    inputShape: [null, M],
    returnSequences: true,
    ...(kind !== "simpleRNN" && { recurrentActivation: "sigmoid" }),
    ...options,
  } as never);
  layer.apply(tf.zeros([1, 1, M])); // which makes the weights
  layer.setWeights(
    layer.getWeights().map((w, k) =>
      tf.tensor(
        Float32Array.from({ length: w.size }, (_, i) => (k === 1 ? 1.5 : 0.5) * Math.sin(3.1 * i + k + 1)),
        w.shape,
      ),
    ),
  );
  return layer;
}

function run(cell: Cell): number[][] {
  let x = new Float64Array(cell.dimension);
  return inputs.map((u) => {
    const next = new Float64Array(cell.dimension);
    cell.rule(x, Float64Array.from(u), next);
    x = next;
    return [...x.subarray(0, N)];
  });
}

const far = (a: readonly number[][], b: readonly number[][]) =>
  Math.max(...a.flatMap((row, t) => row.map((v, i) => Math.abs(v - b[t][i]))));

describe("fromLayer", () => {
  test.each(kinds)("a %s layer runs in float64 as TensorFlow.js runs it in float32", (kind) => {
    const layer = layerOf(kind);
    const theirs = (
      layer.apply(tf.tensor3d([inputs])) as unknown as { arraySync(): number[][][] }
    ).arraySync()[0];
    const before = tf.memory().numTensors;
    const cell = fromLayer(layer as unknown as TfjsLayer);
    expect(tf.memory().numTensors).toBe(before);
    expect(far(run(cell), theirs)).toBeLessThan(5e-6);
    const inner = (layer as unknown as { cell: TfjsLayer }).cell;
    expect(fromLayer(inner).spec).toEqual(cell.spec);
  });

  test("a saved model of two layers and a readout loads, and agrees with its own forward pass", async () => {
    const model = layers.sequential({
      layers: [
        layerOf("gru"),
        layers.layers.lstm({ units: 3, returnSequences: true, recurrentActivation: "sigmoid" }),
        layers.layers.dense({ units: 2 }),
      ],
    });
    let files: { name: string; bytes: Uint8Array }[] = [];
    await model.save({
      save: async ({ modelTopology, weightSpecs, weightData }) => {
        const manifest = [{ paths: ["w.bin"], weights: weightSpecs }];
        const text = JSON.stringify({ format: "layers-model", modelTopology, weightsManifest: manifest });
        files = [
          { name: "model.json", bytes: new TextEncoder().encode(text) },
          { name: "w.bin", bytes: new Uint8Array(weightData as ArrayBuffer) },
        ];
        return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
      },
    });
    const theirs = (
      model.predict(tf.tensor3d([inputs])) as unknown as { arraySync(): number[][][] }
    ).arraySync()[0];
    const { cell, notes } = await readWeights(files);
    expect(notes).toEqual([]);
    expect(cell.spec).toEqual(fromLayer(model as unknown as TfjsLayer).spec);
    let x = new Float64Array(cell.dimension);
    const ours = inputs.map((u) => {
      const next = new Float64Array(cell.dimension);
      cell.rule(x, Float64Array.from(u), next);
      x = next;
      const { weight, bias } = cell.spec.readout as { weight: Float64Array; bias: Float64Array };
      return [...bias].map((b, k) =>
        [...x.subarray(N, N + 3)].reduce((sum, v, i) => sum + weight[3 * k + i] * v, b),
      );
    });
    expect(far(ours, theirs)).toBeLessThan(1e-5);
  });

  test("what it cannot take is named", () => {
    expect(() => fromLayer(layerOf("gru", { recurrentActivation: "hardSigmoid" }) as never)).toThrow(
      /hardSigmoid/,
    );
    expect(() => fromLayer(layers.layers.gru({ units: 2 }) as never)).toThrow(/no weights yet/);
    expect(() => fromLayer({} as never)).toThrow(ArgumentError);
    const dense = layers.layers.dense({ units: 2, inputShape: [3] });
    dense.build([null, 3]);
    expect(() => fromLayer(dense as never)).toThrow(/no SimpleRNN, GRU or LSTM/);
  });
});

describe("fromStep", () => {
  const gru = () => {
    const layer = layerOf("gru");
    const [kernel, recurrent, bias] = layer.getWeights();
    const part = (a: Tensor2D, k: number): Tensor2D => tf.slice(a, [0, k * N], [-1, N]);
    const step = (h: Tensor2D, u: Tensor2D): Tensor2D => {
      const a = tf.add(tf.matMul(u, kernel as Tensor2D), bias) as Tensor2D;
      const gates: Tensor2D = tf.matMul(h, tf.slice(recurrent as Tensor2D, [0, 0], [-1, 2 * N]));
      const z = tf.sigmoid(tf.add(part(a, 0), part(gates, 0)));
      const r = tf.sigmoid(tf.add(part(a, 1), part(gates, 1)));
      const n = tf.tanh(
        tf.add(part(a, 2), tf.matMul(tf.mul(r, h) as Tensor2D, part(recurrent as Tensor2D, 2))),
      );
      return tf.add(tf.mul(z, h), tf.mul(tf.sub(1, z), n)) as Tensor2D;
    };
    return { cell: fromLayer(layer as unknown as TfjsLayer), step };
  };

  test("rule, batch and Jacobians agree with the cell in float64", () => {
    const { cell, step } = gru();
    const system = fromStep(tf, step, { dimension: N, inputDimension: M });
    const x = Float64Array.from({ length: N }, (_, i) => Math.sin(i + 0.3));
    const u = Float64Array.of(0.4, -0.7);
    const [a, b] = [cell, system].map((s) => {
      const [next, J, Ju, batch] = [N, N * N, N * M, 2 * N].map((length) =>
        new Float64Array(length).fill(Number.NaN),
      );
      s.rule(x, u, next);
      s.jacobian(x, u, J);
      s.inputJacobian!(x, u, Ju);
      s.ruleBatch!(2, Float64Array.of(...x, ...u, 0, 0, 0), Float64Array.of(...u, ...u), batch);
      return [[...next], [...J], [...Ju], [...batch]];
    });
    expect(far(a, b)).toBeLessThan(2e-6);
  });

  test("fixed points and their eigenvalues agree with the cell's to float32", () => {
    const { cell, step } = gru();
    const system = fromStep(tf, step, { dimension: N, inputDimension: M });
    const starts = Array.from({ length: 12 }, (_, s) =>
      Array.from({ length: N }, (_, i) => Math.sin(2.1 * s * (i + 1))),
    );
    const options = { tolerance: 1e-12, distinctTolerance: 1e-4, searchBudget: 0 };
    const ours = findFixedPoints(cell, starts, { searchBudget: 0 }).points;
    const theirs = findFixedPoints(system, starts, options).points;
    expect(theirs.length).toBeGreaterThan(0);
    for (const { state } of theirs) {
      const near = ours.reduce((best, p) =>
        distance(p.state, state) < distance(best.state, state) ? p : best,
      );
      expect(distance(near.state, state)).toBeLessThan(1e-5);
      const moduli = [cell, system].map((s) => {
        const { real: re, imaginary: im } = linearize(s, near.state).eigenvalues;
        return [...re.map((v, i) => Math.hypot(v, im[i]))].sort((p, q) => p - q);
      });
      expect(far([moduli[0]], [moduli[1]])).toBeLessThan(1e-4);
    }
  });

  test("no tensor is left behind, nor where a step fails", () => {
    const { step } = gru();
    const W = tf.tensor2d([[2]]);
    const system = fromStep(tf, step, { dimension: N, inputDimension: M });
    const lone = fromStep(tf, (x) => tf.tanh(tf.matMul(x, W)), { dimension: 1 });
    const before = tf.memory().numTensors;
    findFixedPoints(system, [new Float64Array(N), new Float64Array(N).fill(0.5)], { tolerance: 1e-12 });
    expect(findFixedPoints(lone, [[0.7], [-0.7], [0.1]], { tolerance: 1e-12 }).points.length).toBe(3);
    const scratch = new Float64Array(N * M);
    system.inputJacobian!(new Float64Array(N), new Float64Array(M), scratch);
    expect(() => fromStep(tf, (x) => tf.matMul(x, W), { dimension: 2 })).toThrow();
    expect(tf.memory().numTensors).toBe(before);
  });

  test("a step that ignores its input, or its state, has zero derivatives there", () => {
    const system = fromStep(tf, (x) => tf.tanh(x), { dimension: 2, inputDimension: 1 });
    const out = new Float64Array(2).fill(Number.NaN);
    system.inputJacobian!(new Float64Array(2), new Float64Array(1), out);
    expect([...out]).toEqual([0, 0]);
    const input = fromStep(tf, (_, u) => tf.tanh(u), { dimension: 2, inputDimension: 2 });
    const J = new Float64Array(4).fill(Number.NaN);
    input.jacobian(new Float64Array(2), new Float64Array(2), J);
    expect([...J]).toEqual([0, 0, 0, 0]);
  });

  test("wrong arguments are named", () => {
    expect(() => fromStep(tf, (x) => tf.concat([x, x], 1) as Tensor2D, { dimension: 2 })).toThrow(
      /shape \[2, 4\]/,
    );
    expect(() => fromStep({} as never, (x) => x, { dimension: 2 })).toThrow(/tf is/);
    expect(() => fromStep(tf, 3 as never, { dimension: 2 })).toThrow(/step is/);
    expect(() => fromStep(tf, (x) => x, { dimension: 0 })).toThrow(/dimension/);
    expect(() => fromStep(tf, (x) => x, { dimension: 2, time: "now" as never })).toThrow(/time/);
  });
});

function distance(a: Float64Array, b: Float64Array): number {
  return Math.hypot(...a.map((v, i) => v - b[i]));
}
