import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { modelKey, recognise, type TensorHeader } from "../../src/io/index.js";

const table = (shapes: Record<string, number[]>): ReadonlyMap<string, TensorHeader> =>
  new Map(Object.entries(shapes).map(([name, shape]) => [name, { name, shape, dtype: "F32" }]));

/** Shapes of a PyTorch state dict, as torch.nn documents them. */
function torch(
  gates: number,
  N: number,
  M: number,
  layers = 1,
  { prefix = "", bias = true, cell = false } = {},
) {
  const shapes: Record<string, number[]> = {};
  for (let l = 0; l < layers; l++) {
    const end = cell ? "" : `_l${l}`;
    shapes[`${prefix}weight_ih${end}`] = [gates * N, l === 0 ? M : N];
    shapes[`${prefix}weight_hh${end}`] = [gates * N, N];
    if (bias) shapes[`${prefix}bias_ih${end}`] = shapes[`${prefix}bias_hh${end}`] = [gates * N];
  }
  return shapes;
}

test("any PyTorch RNN, GRU or LSTM, of any size, depth, prefix, with or without bias, is recognised", () => {
  const network = fc.record({
    gates: fc.constantFrom(1, 3, 4),
    N: fc.integer({ min: 1, max: 300 }),
    M: fc.integer({ min: 1, max: 300 }),
    layers: fc.integer({ min: 1, max: 12 }),
    prefix: fc.constantFrom("", "rnn.", "module.rnn.", "encoder.core.", "_orig_mod."),
    bias: fc.boolean(),
  });
  fc.assert(
    fc.property(network, ({ gates, N, M, layers, prefix, bias }) => {
      const kind = { 1: "vanilla", 3: "gru", 4: "lstm" }[gates]!;
      const { modelSpec } = recognise(table(torch(gates, N, M, layers, { prefix, bias })));
      const each = modelSpec?.kind === "stacked" ? modelSpec.layers : [modelSpec];
      expect(each.length).toBe(layers);
      each.forEach((layer, l) => {
        expect(layer?.kind).toBe(kind);
        expect(layer?.tensors).toEqual({
          recurrent: `${prefix}weight_hh_l${l}`,
          input: `${prefix}weight_ih_l${l}`,
          ...(bias && { inputBias: `${prefix}bias_ih_l${l}`, recurrentBias: `${prefix}bias_hh_l${l}` }),
        });
      });
    }),
    { seed: 23, numRuns: 200 },
  );
});

test("single cells are recognised by their plain names", () => {
  for (const [gates, by] of [
    [1, "PyTorch nn.RNNCell"],
    [3, "PyTorch nn.GRUCell"],
    [4, "PyTorch nn.LSTMCell"],
  ] as const)
    expect(recognise(table(torch(gates, 5, 2, 1, { cell: true })))).toMatchObject({ by });
});

test("a hand-made network with a bias of its own is not taken for a PyTorch cell", () => {
  const seen = recognise(table({ weight_ih: [5, 2], weight_hh: [5, 5], bias: [5] }));
  expect(seen.modelSpec).toBeUndefined();
  expect(seen).toMatchObject({
    candidates: ["a rate network (kind rate)", "a vanilla network (kind vanilla)"],
  });
});

describe("the nonlinearity of nn.RNN", () => {
  const activation = (metadata: Record<string, string>) => {
    const seen = recognise(table(torch(1, 4, 2)), metadata);
    return [(seen.modelSpec as { activation?: string } | undefined)?.activation, seen.why.join(" ")] as const;
  };

  test("is tanh where nothing says otherwise, and the report says it was assumed", () => {
    const [name, why] = activation({ format: "pt" });
    expect(name).toBe("tanh");
    expect(why).toMatch(/tanh, PyTorch's default, assumed/);
  });

  test("is taken from the metadata, without an assumption", () => {
    for (const metadata of [
      { nonlinearity: "relu" },
      { cell: "relu" },
      { cell: "RNN_RELU" },
      { cell: "rnn", nonlinearity: "ReLU" },
    ] as Record<string, string>[]) {
      const [name, why] = activation(metadata);
      expect(name).toBe("relu");
      expect(why).not.toMatch(/assumed/);
    }
    expect(activation({ cell: "tanh" })[1]).not.toMatch(/assumed/);
  });

  test("is never guessed against the metadata", () => {
    expect(activation({ nonlinearity: "gelu" })[0]).toBeUndefined();
    expect(activation({ cell: "ctrnn" })).toEqual([
      undefined,
      'Metadata "cell" says "ctrnn", expected one of tanh, relu, rnn, gru, lstm.',
    ]);
    expect(activation({ cell: "gru" })[1]).toMatch(/says "gru", but the shapes are those of nn\.RNN/);
  });
});

describe("what cannot be a plain recurrent network is refused with the reason", () => {
  for (const [what, shapes, why] of [
    [
      "bidirectional",
      { ...torch(3, 4, 2), weight_ih_l0_reverse: [12, 2], weight_hh_l0_reverse: [12, 4] },
      /"weight_ih_l0_reverse" belongs to a bidirectional network/,
    ],
    [
      "projected LSTM",
      { weight_ih_l0: [16, 2], weight_hh_l0: [16, 3], weight_hr_l0: [3, 4] },
      /"weight_hr_l0" belongs to an LSTM with a projection/,
    ],
    [
      "rows that are no gates",
      { weight_ih_l0: [8, 2], weight_hh_l0: [8, 4] },
      /"weight_hh_l0" has shape \[8, 4\], expected \[N, N\] \(RNN\)/,
    ],
    ["a missing input matrix", { weight_hh_l0: [12, 4] }, /Layer 0 under "" has no weight_ih/],
    [
      "a missing layer",
      { ...torch(3, 4, 2), weight_ih_l2: [12, 4], weight_hh_l2: [12, 4] },
      /Layer 1 under "" has no weight_hh/,
    ],
    [
      "layers of different cells",
      { ...torch(3, 4, 2), weight_ih_l1: [16, 4], weight_hh_l1: [16, 4] },
      /3, 4 gates/,
    ],
    [
      "two networks",
      { ...torch(3, 4, 2, 1, { prefix: "encoder." }), ...torch(3, 4, 2, 1, { prefix: "decoder." }) },
      /holds 2 recurrent networks \("encoder\.weight_hh", "decoder\.weight_hh"\)/,
    ],
    ["no recurrent tensor", { "fc.weight": [2, 3] }, /No tensor is called weight_hh/],
    ["a scalar for a matrix", { weight_ih_l0: [], weight_hh_l0: [] }, /has shape \[\]/],
  ] as const)
    test(what, () => {
      const seen = recognise(table(shapes as Record<string, number[]>));
      expect(seen.modelSpec).toBeUndefined();
      expect(seen.why.join(" ")).toMatch(why);
    });
});

describe("readout and initial state", () => {
  const roles = (more: Record<string, number[]>, gates = 3, layers = 1) => {
    const seen = recognise(table({ ...torch(gates, 4, 2, layers, { prefix: "rnn." }), ...more }));
    return {
      tensors: seen.modelSpec?.tensors as Record<string, unknown>,
      spec: seen.modelSpec,
      why: seen.why.join(" "),
    };
  };

  test("one linear layer that fits is the readout, with its bias", () => {
    for (const name of ["readout", "fc", "linear", "output", "decoder", "out", "model.fc"])
      expect(roles({ [`${name}.weight`]: [3, 4], [`${name}.bias`]: [3] }).tensors).toMatchObject({
        readout: `${name}.weight`,
        readoutBias: `${name}.bias`,
      });
    expect(roles({ "fc.weight": [3, 4] }).tensors).not.toHaveProperty("readoutBias");
  });

  test("two that fit are left alone, and so is one that does not fit, with a word about it", () => {
    const two = roles({ "fc.weight": [3, 4], "out.weight": [1, 4] });
    expect(two.tensors).not.toHaveProperty("readout");
    expect(two.why).toMatch(/More than one readout fits \("fc\.weight", "out\.weight"\): none is taken/);
    const odd = roles({ "fc.weight": [3, 5] });
    expect(odd.tensors).not.toHaveProperty("readout");
    expect(odd.why).toMatch(/"fc\.weight" has shape \[3, 5\], expected \[K, 4\]/);
  });

  test("h0 and c0 are the initial state in every shape PyTorch users keep them", () => {
    for (const shape of [[4], [1, 4], [1, 1, 4]]) {
      expect(roles({ h0: shape }).tensors).toMatchObject({ initialState: "h0" });
      expect(roles({ "rnn.h0": shape, c0: shape }, 4).tensors).toMatchObject({
        initialState: "rnn.h0",
        initialCell: "c0",
      });
    }
    expect(roles({ h0: [2, 1, 4] }, 3, 2).spec).toMatchObject({
      layers: [
        { tensors: { initialState: { name: "h0", index: 0 } } },
        { tensors: { initialState: { name: "h0", index: 1 } } },
      ],
    });
    const batch = roles({ h0: [1, 32, 4] });
    expect(batch.tensors).not.toHaveProperty("initialState");
    expect(batch.why).toMatch(/"h0" has shape \[1, 32, 4\], which is no initial state/);
  });
});

test("a model spec in the metadata goes before names", () => {
  const model = {
    schema: "rnn-dynamics/model@1",
    kind: "rate",
    time: "discrete",
    activation: "tanh",
    tensors: { recurrent: "weight_hh_l0" },
  };
  const seen = recognise(table(torch(1, 4, 2)), { [modelKey]: JSON.stringify(model) });
  expect(seen).toMatchObject({ by: "embedded model spec", modelSpec: model });
});

test("names that objects inherit are names like any other", () => {
  expect(
    recognise(table({ constructor: [2, 2], ["__proto__"]: [1] }), { toString: "x" }).modelSpec,
  ).toBeUndefined();
});
