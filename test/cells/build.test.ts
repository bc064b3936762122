import { describe, expect, test } from "vitest";
import { buildCell, cellKinds } from "../../src/cells/build.js";
import { type RandomSpecOptions, randomSpec } from "../../src/cells/initialise.js";
import type { CellSpec } from "../../src/cells/spec.js";
import type { Kernel } from "../../src/numeric/kernel.js";
import { typescriptKernel } from "../../src/numeric/typescript.js";
import { gru, lowRank, normals, rate, variants } from "./specs.js";

const none = { kind: "vanilla", activation: "tanh", recurrent: [[1]] } as const;
const bad = (spec: unknown) => () => buildCell(spec as CellSpec);

describe("buildCell refuses what it cannot build, and says why", () => {
  const of = (length: number) => new Float64Array(length);
  test.each<[string, unknown, string]>([
    ["no description", null, "spec must be a description of a network, got null"],
    [
      "an unknown kind",
      { kind: "rnn" },
      'kind is "rnn", expected one of vanilla, rate, low-rank, gru, lstm, plrnn, stacked',
    ],
    [
      "an unknown activation",
      { ...none, activation: "swish" },
      'vanilla activation is "swish", expected one of tanh, relu',
    ],
    ["a misspelt field", { ...none, biass: [1] }, 'vanilla has the unknown field "biass"'],
    ["no recurrent weights", { kind: "gru" }, "gru recurrent must be a matrix of numbers, got undefined"],
    [
      "gates that do not fit",
      { kind: "gru", recurrent: Array.from({ length: 40 }, () => new Array(16).fill(0)) },
      "gru recurrent has 40 x 16 numbers, expected 48 x 16 (3N x N)",
    ],
    [
      "a flat matrix of no whole size",
      { kind: "lstm", recurrent: of(15) },
      "lstm recurrent has 15 numbers, expected 4N x N for a whole N",
    ],
    ["an empty matrix", { kind: "lstm", recurrent: of(0) }, "lstm recurrent is empty"],
    [
      "ragged rows",
      { ...none, recurrent: [[1, 2], [3]] },
      "vanilla recurrent has rows of length 2 and 1 (row 1)",
    ],
    [
      "a hole in a row",
      {
        ...none,
        recurrent: [
          [1, null],
          [3, 4],
        ],
      },
      "vanilla recurrent[0][1] is null, expected a finite number",
    ],
    [
      "NaN in rows",
      {
        ...none,
        recurrent: [
          [1, 2],
          [3, Number.NaN],
        ],
      },
      "vanilla recurrent[1][1] is NaN, expected a finite number",
    ],
    [
      "infinity in a flat matrix",
      { kind: "gru", recurrent: of(12).fill(Infinity, 7, 8) },
      "gru recurrent[3][1] is Infinity",
    ],
    ["NaN in a vector", { ...none, bias: [Number.NaN] }, "vanilla bias[0] is NaN"],
    [
      "a bias of the wrong length",
      { kind: "gru", recurrent: of(12), inputBias: of(5) },
      "gru inputBias has length 5, expected 6 (3N)",
    ],
    [
      "an input of the wrong height",
      { kind: "lstm", recurrent: of(16), input: [[1], [2]] },
      "lstm input has 2 x 1 numbers, expected 8 x M (4N x M)",
    ],
    [
      "a flat input that does not divide",
      { kind: "lstm", recurrent: of(16), input: of(9) },
      "lstm input has 9 numbers, expected 8 x M (4N x M)",
    ],
    [
      "a readout of the wrong width",
      { ...none, readout: { weight: [[1, 2]] } },
      "vanilla readout.weight has 1 x 2 numbers, expected K x 1 (K x N)",
    ],
    [
      "a readout bias of the wrong length",
      { ...none, readout: { weight: [[1]], bias: [1, 2] } },
      "vanilla readout.bias has length 2, expected 1",
    ],
    ["a readout that is a matrix", { ...none, readout: [[1]] }, "vanilla readout"],
    [
      "a readout of a rate that is not there",
      { ...none, readout: { weight: [[1]], of: "rate" } },
      'vanilla readout.of is "rate", expected "state"',
    ],
    ["feedback without a readout", { ...none, feedback: [[1]] }, "vanilla has feedback but no readout"],
    [
      "feedback of the wrong shape",
      { ...none, feedback: [[1, 2]], readout: { weight: [[1]] } },
      "vanilla feedback has 1 x 2 numbers, expected 1 x 1 (N x K)",
    ],
    [
      "an initial state of the wrong length",
      { kind: "lstm", recurrent: of(16), initialState: [1, 2] },
      "lstm initialState has length 2, expected 4 (D, the state)",
    ],
    [
      "a diagonal of the wrong length",
      { kind: "plrnn", recurrent: of(4), diagonal: [1] },
      "plrnn diagonal has length 1, expected 2",
    ],
    [
      "an unknown time",
      { ...rate(), time: "later" },
      'rate time is "later", expected one of continuous, discrete',
    ],
    ["an unknown state", { ...rate(), state: "x" }, 'rate state is "x", expected one of current, rate'],
    ["a tau of zero", rate({ tau: 0 }), "rate tau is 0, expected a positive number"],
    [
      "a negative tau of one unit",
      rate({ tau: [1, 1, -1, 1, 1] }),
      "rate tau[2] is -1, expected a positive number",
    ],
    ["too few taus", rate({ tau: [1, 1] }), "rate tau has length 2, expected 5"],
    ["a step in continuous time", rate({ dt: 0.1 }), "rate has dt and continuous time"],
    ["alpha in continuous time", rate({ alpha: 0.1 }), "rate has alpha and continuous time"],
    ["dt and alpha at once", rate({ time: "discrete", dt: 0.1, alpha: 0.1 }), "rate has both dt and alpha"],
    ["a scale that is not a number", rate({ scale: Number.NaN }), "rate scale is NaN"],
    ["resetAfter in words", { ...gru(), resetAfter: "yes" }, "gru resetAfter is yes, expected true or false"],
    [
      "flat low-rank factors of unknown rank",
      { kind: "low-rank", time: "continuous", activation: "tanh", left: of(6), right: of(6) },
      "low-rank left is flat, expected rows or a rank",
    ],
    [
      "low-rank factors of two shapes",
      { ...lowRank(2), right: of(9) },
      "low-rank right has 9 numbers, expected 9 x 2 (N x R)",
    ],
    [
      "a diagonal of the wrong length",
      lowRank(2, { time: "discrete", diagonal: [0.5] }),
      "low-rank diagonal has length 1, expected 2 (R, the rank)",
    ],
    ["a diagonal in continuous time", lowRank(1, { diagonal: [0.5] }), "low-rank has both diagonal and"],
    [
      "a diagonal beside alpha",
      lowRank(1, { time: "discrete", diagonal: [0.5], alpha: 0.5 }),
      "low-rank has both diagonal and tau, dt, alpha or continuous time",
    ],
    [
      "a stack of nothing",
      { kind: "stacked", layers: [] },
      "stacked layers must be a list of at least one description",
    ],
    [
      "a layer that is no description",
      { kind: "stacked", layers: [7] },
      "layers[0] must be a description of a network, got 7",
    ],
    [
      "a layer of an unknown kind",
      { kind: "stacked", layers: [none, { kind: "x" }] },
      'layers[1] kind is "x"',
    ],
    [
      "a layer with a bad tensor",
      { kind: "stacked", layers: [none, { ...none, bias: [1, 2] }] },
      "layers[1] vanilla bias has length 2",
    ],
    [
      "layers that do not fit",
      { kind: "stacked", layers: [none, gru()] },
      "layers[1] has 3 inputs, expected 1 (the units of layers[0])",
    ],
    [
      "a layer in continuous time",
      { kind: "stacked", layers: [rate()] },
      "layers[0] has continuous time, expected a map",
    ],
    [
      "a layer that shows a current",
      { kind: "stacked", layers: [rate({ time: "discrete" })] },
      'layers[0] is a rate network with state "current"',
    ],
    [
      "a low-rank layer",
      { kind: "stacked", layers: [lowRank(1, { time: "discrete" })] },
      'layers[0] is a low-rank network with state "current"',
    ],
  ])("%s", (_, spec, message) => {
    expect(bad(spec)).toThrow(`buildCell: ${message}`);
  });
});

describe("buildCell", () => {
  const rows = [
    [0.5, -1],
    [0.25, 2],
  ];
  const x = Float64Array.of(0.3, -0.7);
  const after = (recurrent: unknown) => {
    const out = new Float64Array(2);
    buildCell({ kind: "vanilla", activation: "tanh", recurrent } as CellSpec).rule(
      x,
      new Float64Array(0),
      out,
    );
    return out;
  };

  test("takes rows, flat arrays, typed rows and float32 alike", () => {
    const flat = rows.flat();
    const [first, ...others] = [
      rows,
      flat,
      Float64Array.from(flat),
      Float32Array.from(flat),
      rows.map((r) => Float32Array.from(r)),
    ].map(after);
    for (const other of others) expect(other).toEqual(first);
  });

  test("copies: changing the description afterwards changes nothing, and it changes nothing itself", () => {
    const recurrent = Float64Array.from(rows.flat());
    const spec = Object.freeze({ kind: "vanilla", activation: "tanh", recurrent } as const);
    const cell = buildCell(spec);
    expect([...recurrent]).toEqual(rows.flat());
    recurrent.fill(9);
    const out = new Float64Array(2);
    cell.rule(x, new Float64Array(0), out);
    expect(out).toEqual(after(rows));
  });

  test("echoes the description with flat tensors and defaults filled in", () => {
    const cell = buildCell({
      kind: "rate",
      time: "continuous",
      activation: "relu",
      recurrent: rows,
      readout: { weight: [[1, 2]] },
    });
    expect(cell.spec).toEqual({
      kind: "rate",
      time: "continuous",
      state: "current",
      activation: "relu",
      tau: 1,
      scale: 1,
      recurrent: Float64Array.from(rows.flat()),
      readout: { weight: Float64Array.of(1, 2), of: "rate" },
    });
    for (const { spec } of variants)
      expect(buildCell(buildCell(spec).spec).spec).toEqual(buildCell(spec).spec);
  });

  test("passes its kernel down to every batch", () => {
    let calls = 0;
    const counting: Kernel = {
      ...typescriptKernel,
      gemm(...args) {
        calls++;
        typescriptKernel.gemm(...args);
      },
      leaky(...layer) {
        const step = typescriptKernel.leaky(...layer);
        return (...args) => {
          calls++;
          step(...args);
        };
      },
    };
    for (const { spec } of variants) {
      const cell = buildCell(spec, { kernel: counting });
      const before = calls;
      cell.ruleBatch(
        2,
        normals(2 * cell.dimension, 1),
        normals(2 * cell.inputDimension, 2),
        new Float64Array(2 * cell.dimension),
      );
      expect(calls).toBeGreaterThan(before);
    }
  });
});

describe("randomSpec", () => {
  const options: RandomSpecOptions = { units: 6, inputs: 2, outputs: 3 };

  test.each(cellKinds)(
    "gives a %s that can be built, of the size asked for, the same for the same seed",
    (kind) => {
      const spec = randomSpec(kind, options, 3);
      const cell = buildCell(spec);
      expect(cell.spec.kind).toBe(kind);
      expect([cell.inputDimension, cell.outputDimension]).toEqual([2, 3]);
      expect(cell.units).toBe(kind === "stacked" ? 12 : 6);
      expect(randomSpec(kind, options, 3)).toEqual(spec);
      expect(randomSpec(kind, options, 4)).not.toEqual(spec);
    },
  );

  test("draws each tensor from its own stream: a readout does not change the recurrent weights", () => {
    const bare = randomSpec("rate", { units: 6 }, 3);
    const full = randomSpec("rate", { ...options, feedback: true }, 3);
    expect(full.recurrent).toEqual(bare.recurrent);
    expect(bare.readout).toBeUndefined();
  });

  test("scales recurrent weights to g / sqrt(density N), with the density asked for", () => {
    const n = 200;
    for (const density of [1, 0.2]) {
      const w = randomSpec("vanilla", { units: n, gain: 1.5, density }, 5).recurrent as Float64Array;
      const used = w.filter((v) => v !== 0);
      // Standard errors: 0.5 sqrt(0.16 / 40000) and 1.5 / sqrt(2 * 8000): five of each are allowed.
      expect(Math.abs(used.length / w.length - density)).toBeLessThan(0.01);
      const deviation = Math.sqrt(used.reduce((sum, v) => sum + v * v, 0) / used.length);
      expect(Math.abs(deviation * Math.sqrt(density * n) - 1.5)).toBeLessThan(0.06);
    }
  });

  test("draws gates uniformly on +-1 / sqrt(N), as PyTorch does", () => {
    const w = randomSpec("lstm", { units: 100 }, 6).recurrent as Float64Array;
    const most = w.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
    expect(most).toBeLessThanOrEqual(0.1);
    expect(most).toBeGreaterThan(0.0999);
    const variance = w.reduce((sum, v) => sum + v * v, 0) / w.length;
    expect(Math.abs(variance * 300 - 1)).toBeLessThan(0.03);
  });

  test("gives low-rank factors the overlap asked for", () => {
    const spec = randomSpec("low-rank", { units: 20_000, gain: 1.7 }, 7);
    const [m, v] = [spec.left, spec.right] as [Float64Array, Float64Array];
    const overlap = m.reduce((sum, mi, i) => sum + mi * v[i], 0) / m.length;
    expect(Math.abs(overlap - 1.7)).toBeLessThan(0.1);
    expect(spec.scale).toBe(1 / 20_000);
  });

  test.each<[string, () => unknown, string]>([
    ["an unknown kind", () => randomSpec("rnn" as "gru", {}, 1), "kind"],
    [
      "an unknown option",
      () => randomSpec("gru", { size: 3 } as RandomSpecOptions, 1),
      'unknown option "size"',
    ],
    ["no units", () => randomSpec("gru", { units: 0 }, 1), "units is 0"],
    ["a density of zero", () => randomSpec("rate", { density: 0 }, 1), "density"],
    ["more ranks than units", () => randomSpec("low-rank", { units: 3, rank: 4 }, 1), "rank is 4"],
    ["feedback of nothing", () => randomSpec("rate", { feedback: true }, 1), "feedback"],
    ["a seed that is not whole", () => randomSpec("rate", {}, 0.5), "seed is 0.5"],
    ["a layer that cannot be one", () => randomSpec("stacked", { layers: ["rate" as "gru"] }, 1), "layers"],
  ])("refuses %s", (_, call, message) => {
    expect(call).toThrow(message);
    expect(call).toThrow(/^randomSpec: /);
  });
});
