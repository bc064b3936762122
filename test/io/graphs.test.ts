import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FileError, recognise } from "../../src/io/index.js";

const headers = (list: Record<string, number[]>) =>
  new Map(Object.entries(list).map(([name, shape]) => [name, { name, shape, dtype: "F32" }]));
const why = (r: ReturnType<typeof recognise>) => r.why.join(" ");

describe("Keras configurations", () => {
  const layer = (className: string, name: string, config: object = {}, before?: unknown) => ({
    class_name: className,
    name,
    config: { name, ...config },
    ...(before !== undefined && { inbound_nodes: before }),
  });
  const keras2 = (...names: string[]) => [names.map((n) => [n, 0, 0, {}])];
  const keras3 = (...names: string[]) =>
    names.map((n) => ({
      args: [{ class_name: "__keras_tensor__", config: { shape: [null, 3], keras_history: [n, 0, 0] } }],
      kwargs: {},
    }));
  const weights = headers({
    "a/gru_cell/kernel": [2, 12],
    "a/gru_cell/recurrent_kernel": [4, 12],
    "a/gru_cell/bias": [2, 12],
    "b/kernel": [4, 20],
    "b/recurrent_kernel": [5, 20],
    "b/bias": [20],
    "out/kernel": [5, 2],
    "out/bias": [2],
  });
  const model = (layers: object[], tensors = weights) =>
    recognise(tensors, {
      model_config: JSON.stringify({ class_name: "Functional", config: { name: "m", layers } }),
    });

  test.each([
    ["Keras 2", keras2],
    ["Keras 3", keras3],
  ])(
    "a functional model of %s is followed through its graph, whatever the order of its layers",
    (_, from) => {
      const found = model([
        layer("Dense", "out", { activation: "softmax" }, from("drop")),
        layer("LSTM", "b", {}, from("a")),
        layer("InputLayer", "in", {}, []),
        layer("Dropout", "drop", {}, from("b")),
        layer("GRU", "a", { reset_after: true }, from("in")),
      ]);
      expect(found.modelSpec).toMatchObject({
        kind: "stacked",
        layers: [
          { kind: "gru", resetAfter: true, tensors: { recurrent: { name: "a/gru_cell/recurrent_kernel" } } },
          { kind: "lstm", tensors: { bias: { name: "b/bias", gates: "ifco" } } },
        ],
        tensors: { readout: { name: "out/kernel", transpose: true }, readoutBias: "out/bias" },
      });
      expect(why(found)).toMatch(/softmax acts on/);
    },
  );

  const chain = (...layers: [string, string, object?][]) =>
    model(layers.map(([c, n, config], i) => layer(c, n, config, i === 0 ? [] : keras2(layers[i - 1][1]))));

  test.each([
    [
      "a branch",
      () => model([layer("GRU", "a", {}, []), layer("LSTM", "b", {}, [])]),
      /do not stand one above/,
    ],
    [
      "an encoder's state",
      () => model([layer("GRU", "a", {}, []), layer("LSTM", "b", {}, keras2("a", "x"))]),
      /initial state/,
    ],
    [
      "a layer called twice",
      () => model([layer("GRU", "a", {}, [...keras2("x"), ...keras2("y")])]),
      /is called 2 times/,
    ],
    [
      "a Dense layer between",
      () => chain(["GRU", "a"], ["Dense", "d"], ["LSTM", "b"]),
      /Between recurrent layers stands "d"/,
    ],
    [
      "last outputs only",
      () => chain(["GRU", "a", { return_sequences: false }], ["LSTM", "b"]),
      /return_sequences/,
    ],
    ["one layer backwards", () => chain(["GRU", "a"], ["LSTM", "b", { go_backwards: true }]), /go_backwards/],
    ["another cell", () => chain(["ConvLSTM2D", "a"]), /"ConvLSTM2D", which is not supported/],
    [
      "stacked cells",
      () => chain(["RNN", "a", { cell: { class_name: "StackedRNNCells" } }]),
      /StackedRNNCells/,
    ],
    ["a model in the model", () => chain(["Sequential", "a"]), /model inside the model/],
    ["no recurrent layer", () => chain(["Dense", "out"]), /no recurrent network/],
    ["another relu", () => chain(["LSTM", "b", { activation: "relu" }]), /activation "relu"/],
    [
      "a function of its own",
      () => chain(["SimpleRNN", "b", { activation: { class_name: "Mine" } }]),
      /shape|"Mine"/,
    ],
    ["biases that contradict", () => chain(["GRU", "a", { reset_after: false }]), /says reset_after false/],
    ["weights that are not there", () => chain(["GRU", "nowhere"]), /has no kernel/],
  ])("%s is refused, and it is said why", (_, run, says) => {
    const found = run();
    expect(found.modelSpec).toBeUndefined();
    expect(why(found)).toMatch(says);
  });

  test("what is assumed or left out is noted", () => {
    expect(why(chain(["Embedding", "e"], ["GRU", "a"]))).toMatch(/output of layer "e" \(Embedding\)/);
    expect(why(chain(["GRU", "a", { go_backwards: true }]))).toMatch(/reverse order/);
    expect(why(chain(["LSTM", "b"], ["Dense", "out"], ["Dense", "more"]))).toMatch(
      /More layers follow "out"/,
    );
    expect(why(chain(["LSTM", "b"], ["LayerNormalization", "n"]))).toMatch(/no readout is taken/);
    const wrapped = chain(
      ["LSTM", "b"],
      ["TimeDistributed", "out", { layer: { class_name: "Dense", config: {} } }],
    );
    expect(wrapped.modelSpec?.tensors).toMatchObject({ readout: { name: "out/kernel" } });
    const cell = chain(["RNN", "a", { cell: { class_name: "GRUCell", config: { reset_after: true } } }]);
    expect(cell.modelSpec?.kind).toBe("gru");
  });

  test("layers of different kinds in a file of weights alone are ordered by their shapes, or not at all", () => {
    const group = (path: string, inputs: number, units: number, gates: number) => ({
      [`layers/${path}/cell/vars/0`]: [inputs, gates * units],
      [`layers/${path}/cell/vars/1`]: [units, gates * units],
      [`layers/${path}/cell/vars/2`]: gates === 3 ? [2, gates * units] : [gates * units],
    });
    const clear = recognise(headers({ ...group("gru", 5, 3, 3), ...group("lstm", 2, 5, 4) }));
    expect(clear.modelSpec).toMatchObject({ layers: [{ kind: "lstm" }, { kind: "gru" }] });
    const open = recognise(headers({ ...group("gru", 3, 3, 3), ...group("lstm", 3, 3, 4) }));
    expect(open.modelSpec).toBeUndefined();
    expect((open as unknown as { candidates: string[] }).candidates.length).toBe(2);
  });
});

describe("ONNX graphs", () => {
  const node = (op: string, inputs: string[], outputs: string[], attributes: object = {}) => ({
    op,
    name: op,
    inputs,
    outputs,
    attributes,
  });
  const tensors = headers({
    W: [1, 9, 2],
    R: [1, 9, 3],
    B: [1, 18],
    W2: [1, 9, 3],
    R2: [1, 9, 3],
    V: [4, 3],
    c: [4],
    h: [1, 1, 3],
  });
  const graph = (...nodes: object[]) =>
    recognise(tensors, { "onnx/graph": JSON.stringify({ nodes, inputs: ["x"], outputs: ["y"] }) });
  const gru = (attributes: object = {}, inputs = ["x", "W", "R", "B"]) =>
    node("GRU", inputs, ["Y", "H"], attributes);

  test("a Gemm after the last state is the readout, its matrix as it is", () => {
    const found = graph(
      gru({ linear_before_reset: 1 }),
      node("Squeeze", ["H"], ["s"]),
      node("Gemm", ["s", "V", "c"], ["y"], { transB: 1 }),
      node("Softmax", ["y"], ["p"]),
    );
    expect(found.modelSpec).toMatchObject({
      kind: "gru",
      resetAfter: true,
      tensors: {
        readout: "V",
        readoutBias: "c",
        inputBias: { name: "B", reshape: [2, 9], index: 0, gates: "zrh" },
        recurrentBias: { name: "B", reshape: [2, 9], index: 1, gates: "zrh" },
      },
    });
    expect(why(found)).toMatch(/Softmax acts on/);
  });

  test("an initial state that the file holds is taken, one that is computed is noted", () => {
    expect(graph(gru({}, ["x", "W", "R", "B", "", "h"])).modelSpec?.tensors).toMatchObject({
      initialState: { name: "h", index: [0, 0] },
    });
    expect(why(graph(gru({}, ["x", "W", "R", "B", "", "other"])))).toMatch(/given or computed/);
    expect(why(graph(gru({ direction: "reverse" })))).toMatch(/reverse order/);
  });

  const above = (input: string) => node("GRU", [input, "W2", "R2"], ["Y2"]);
  test.each([
    ["an activation between nodes", [gru(), node("Relu", ["Y"], ["r"]), above("r")], /"Relu"/],
    ["the last state alone", [gru(), above("H")], /only the last state/],
    ["two networks", [gru(), node("GRU", ["x", "W2", "R2"], ["Z"])], /do not stand one above/],
    [
      "weights that the graph computes",
      [node("DequantizeLinear", ["q"], ["w"]), gru({}, ["x", "w", "R", "B"])],
      /no constants/,
    ],
    ["another hidden size", [gru({ hidden_size: 4 })], /hidden_size 4/],
    [
      "reverse in a stack",
      [gru(), node("Squeeze", ["Y"], ["s"]), { ...above("s"), attributes: { direction: "reverse" } }],
      /reverse/,
    ],
    ["no recurrent node", [node("Loop", ["x"], ["y"])], /no RNN, GRU or LSTM/],
  ])("%s is refused", (_, nodes, says) => {
    const found = graph(...nodes);
    expect(found.modelSpec).toBeUndefined();
    expect(why(found)).toMatch(says);
  });

  test("a hidden layer is not taken for the readout", () => {
    const found = graph(
      gru(),
      node("Gemm", ["Y", "V", "c"], ["a"], { transB: 1 }),
      node("Relu", ["a"], ["b"]),
      node("Gemm", ["b", "V2"], ["y"]),
    );
    expect(found.modelSpec?.tensors).not.toHaveProperty("readout");
    expect(why(found)).toMatch(/no readout is taken/);
  });
});

test("any configuration or graph among a file's texts is taken or refused, never a crash", async () => {
  const word = fc.constantFrom(
    "class_name",
    "config",
    "layers",
    "name",
    "inbound_nodes",
    "nodes",
    "op",
    "inputs",
    "outputs",
    "attributes",
    "activation",
    "cell",
    "model_config",
    "__proto__",
  );
  const leaf = fc.oneof(
    fc.constantFrom("Sequential", "Functional", "GRU", "LSTM", "Dense", "a", "x", "Bidirectional", "RNN"),
    fc.integer({ min: -1, max: 3 }),
    fc.constant(null),
    fc.boolean(),
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 6, depthSize: "large" },
      leaf,
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(word, tie("value"), { maxKeys: 5 }),
    ),
  }));
  const tensors = headers({ "a/kernel": [2, 9], "a/recurrent_kernel": [3, 9], "a/bias": [9] });
  fc.assert(
    fc.property(
      fc.constantFrom("model_config", "onnx/graph", "layer_names"),
      fc.oneof(value, fc.string()),
      (key, v) => {
        const model =
          key === "model_config" && typeof v === "object" && v !== null
            ? {
                class_name: "Functional",
                config: { layers: [{ class_name: "GRU", config: v, inbound_nodes: v }] },
              }
            : v;
        try {
          recognise(tensors, { [key]: typeof model === "string" ? model : JSON.stringify(model) });
        } catch (error) {
          if (!(error instanceof FileError)) throw error;
        }
      },
    ),
    { seed: 31, numRuns: 3000 },
  );
});
