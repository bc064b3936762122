import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { buildCell } from "../../src/cells/build.js";
import {
  checkTrajectory,
  inspectWeights,
  modelKey,
  readSafetensors,
  readTensors,
  readWeights,
  tensorsOf,
  toJSON,
  writeNpz,
  writeSafetensors,
} from "../../src/io/index.js";
import { complaintOf, fromBase64, oracle, sameNumbers, sharedNet } from "./helpers.js";

const folder = mkdtempSync(join(tmpdir(), "rnn-dynamics-io-"));
afterAll(() => rmSync(folder, { recursive: true }));
const onDisk = (name: string, bytes: Uint8Array | string) => {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
};

const ramp = (name: string, ...shape: number[]) => ({
  name,
  shape,
  data: Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i + 1) / 3),
});
/** A PyTorch GRU with 2 units and 1 input. */
const gru = () => [
  ramp("weight_ih_l0", 6, 1),
  ramp("weight_hh_l0", 6, 2),
  ramp("bias_ih_l0", 6),
  ramp("bias_hh_l0", 6),
  ramp("readout.weight", 1, 2),
];

describe("networks of other programs, against trajectories NumPy computed from their own equations", () => {
  for (const net of oracle("foreignNetworks")) {
    test(`${net.name}: the re-simulation agrees to 1e-13`, async () => {
      const model = net.model.kind === undefined ? undefined : net.model;
      const trajectory = { inputs: net.inputs, states: net.states };
      const read = await readWeights(fromBase64(net.base64), { ...(model && { model }), trajectory });
      expect(read.trajectory!.largestDeviation).toBeLessThan(1e-13);
      expect(read.trajectory!.largestStepDeviation).toBeLessThan(1e-13);
      const K = net.outputs[0].length;
      expect(read.cell.outputDimension === K || K === 0).toBe(true);
      const y = new Float64Array(K);
      for (const [t, state] of net.states.entries()) {
        if (K === 0) break;
        read.cell.readout(Float64Array.from(state), Float64Array.from(net.inputs[t]), y);
        for (let i = 0; i < K; i++) expect(y[i]).toBeCloseTo(net.outputs[t][i], 12);
      }
    });
  }
});

describe("trained PyTorch networks", () => {
  for (const name of ["ff3_tanh16", "ff3_gru16", "ff3_lstm16", "integ_tanh64_static", "peer_ff3_tanh16"]) {
    const safetensors = sharedNet("flipflop", name, "weights.safetensors");
    // Skipped where the folder with the shared networks is absent.
    test.skipIf(!safetensors)(
      `${name}: the forward pass agrees to 1e-12 and npz equals safetensors`,
      async () => {
        const read = await readWeights(safetensors!);
        const table = await readTensors(sharedNet("flipflop", name, "test.safetensors")!);
        const [inputs, states] = [table.tensors.get("traj.input")!, table.tensors.get("traj.state")!];
        const report = checkTrajectory(read.cell, { inputs, states });
        expect(report.trials).toBe(states.shape[0]);
        expect(report.largestDeviation).toBeLessThan(1e-12);
        const outputs = table.tensors.get("traj.output")!;
        const [D, K] = [states.shape[2], outputs.shape[2]];
        const y = new Float64Array(K);
        const u = new Float64Array(read.cell.inputDimension);
        for (let t = 0; t < states.data.length / D; t++) {
          read.cell.readout(states.data.slice(t * D, (t + 1) * D), u, y);
          for (let i = 0; i < K; i++) expect(Math.abs(y[i] - outputs.data[t * K + i])).toBeLessThan(1e-12);
        }
        const archive = await readWeights(sharedNet("flipflop", name, "weights.npz")!);
        expect(JSON.stringify(toJSON(archive.spec))).toBe(JSON.stringify(toJSON(read.spec)));
        expect(read.tensors.every((t) => t.usedAs.length > 0)).toBe(true);
      },
    );
  }

  const psychrnn = sharedNet("published", "psychrnn", "saved_weights.npz");
  test.skipIf(!psychrnn)(
    "a published PsychRNN archive opens, its pickled array skipped with a note",
    async () => {
      const model = {
        schema: "rnn-dynamics/model@1",
        kind: "rate",
        time: "discrete",
        state: "current",
        activation: "relu",
        alpha: 0.1,
        tensors: {
          recurrent: { name: "W_rec", mask: "rec_connectivity" },
          input: { name: "W_in", mask: "input_connectivity" },
          bias: "b_rec",
          readout: { name: "W_out", mask: "output_connectivity" },
          readoutBias: "b_out",
          initialState: "init_state",
        },
      } as const;
      const { cell, notes } = await readWeights(psychrnn!, { model });
      expect([cell.dimension, cell.inputDimension, cell.outputDimension]).toEqual([50, 2, 2]);
      expect(notes.some((n) => n.includes('"dale_ratio" skipped: Python objects'))).toBe(true);
      expect(notes).toContain('tensor "W_rec/Adam" is not used');
      const itself = await readWeights(psychrnn!);
      expect(itself.recognised.by).toBe("PsychRNN");
      expect(toJSON(buildCell(itself.spec))).toEqual(toJSON(cell));
    },
  );
});

describe("sources", () => {
  const bytes = writeSafetensors(gru());

  test("a path, bytes, an ArrayBuffer and a Blob give the same network", async () => {
    const specs = await Promise.all(
      [onDisk("net.safetensors", bytes), bytes, bytes.slice().buffer, new Blob([bytes.slice()])].map(
        async (source) => JSON.stringify(toJSON((await readWeights(source)).cell)),
      ),
    );
    expect(new Set(specs).size).toBe(1);
  });

  test("bytes that begin in the middle of a buffer are read from where they begin", async () => {
    const padded = new Uint8Array(bytes.length + 13);
    padded.set(bytes, 5);
    const read = await readWeights(padded.subarray(5, 5 + bytes.length));
    expect(read.spec).toEqual((await readWeights(bytes)).spec);
  });

  test("the first bytes decide the format, not the file's name", async () => {
    const misnamed = onDisk("net.json", writeNpz(gru()));
    expect((await readWeights(misnamed)).spec).toEqual((await readWeights(bytes)).spec);
  });

  test("the reader leaves its bytes as they were", async () => {
    const before = bytes.slice();
    const { spec } = await readWeights(bytes);
    (spec as { recurrent: Float64Array }).recurrent.fill(0);
    expect(bytes).toEqual(before);
  });

  test("a missing file, a folder and a wrong argument are one line each", async () => {
    expect(await complaintOf(readWeights(join(folder, "none.npz")))).toBe(
      `${join(folder, "none.npz")}: no such file`,
    );
    expect(await complaintOf(readWeights(folder))).toMatch(/is a directory/);
    expect(await complaintOf(readWeights(7 as never))).toBe(
      "readWeights: source is 7, expected a path, a Uint8Array, an ArrayBuffer, a Blob, or a list of files",
    );
    expect(await complaintOf(readWeights(bytes, { format: "gguf" as never }))).toMatch(/format is "gguf"/);
  });
});

describe("files that are not read are named, with a way out where there is one", () => {
  const text = (s: string) => Uint8Array.from(s, (c) => c.charCodeAt(0));
  for (const [what, bytes, says] of [
    ["MATLAB 7.3", text("MATLAB 7.3 MAT-file"), /MATLAB 7\.3.*"-v7"/],
    ["a PyTorch tar archive", text(`${"x".repeat(257)}ustar`), /older than PyTorch 0\.2/],
    ["gzip", text("\x1f\x8b\x08\x00"), /gzip/],
    ["an npy array", text("\x93NUMPY\x01\x00v\x00"), /one NumPy array/],
    ["HDF5 that is none", text("\x89HDF\r\n\x1a\n........"), /no HDF5 file/],
    ["ONNX without a graph", text("\x08\x07\x12\x07pytorch\x1a\x032.0"), /ONNX file without a graph/],
    ["nothing", new Uint8Array(0), /is empty/],
    ["something else", text("hello world, this is text"), /unknown format \(begins with 68 65 6c 6c 6f/],
  ] as const)
    test(what, async () => expect(await complaintOf(readWeights(bytes, { name: "net.bin" }))).toMatch(says));
});

describe("complaints name the file, the tensor, what was found and what was expected", () => {
  const complain = (change: (tensors: ReturnType<typeof gru>) => void, metadata = {}) => {
    const tensors = gru();
    change(tensors);
    return complaintOf(readWeights(writeSafetensors(tensors, metadata), { name: "net.safetensors" }));
  };

  test("a recurrent matrix of the wrong shape", async () => {
    expect(await complain((t) => (t[1] = ramp("weight_hh_l0", 5, 2)))).toContain(
      '"weight_hh_l0" has shape [5, 2], expected [N, N] (RNN), [3N, N] (GRU) or [4N, N] (LSTM)',
    );
  });

  test("an input matrix and a bias of the wrong shape", async () => {
    expect(await complain((t) => (t[0] = ramp("weight_ih_l0", 5, 1)))).toBe(
      'net.safetensors: tensor "weight_ih_l0" has shape [5, 1], expected [6, M] (3N x M) as input of gru',
    );
    expect(await complain((t) => (t[2] = ramp("bias_ih_l0", 7)))).toBe(
      'net.safetensors: tensor "bias_ih_l0" has shape [7], expected [6] (3N) as inputBias of gru',
    );
  });

  test("NaN and infinity, with their place; in tensors not used they are notes", async () => {
    expect(await complain((t) => (t[1].data[5] = Number.NaN))).toBe(
      'net.safetensors: tensor "weight_hh_l0" holds NaN at [2, 1], expected finite numbers',
    );
    expect(await complain((t) => (t[4].data[1] = -Infinity))).toContain(
      '"readout.weight" holds -Infinity at [0, 1]',
    );
    const other = { ...ramp("optimizer", 2, 2), data: [0, 0, Number.NaN, 0] };
    const { notes } = await readWeights(writeSafetensors([...gru(), other]));
    expect(notes).toEqual(['tensor "optimizer" is not used; it holds NaN at [1, 0]']);
  });

  test("a cell nobody knows", async () => {
    expect(await complain(() => {}, { cell: "liquid" })).toMatch(
      /^net\.safetensors: unknown network\. Metadata "cell" says "liquid"/,
    );
    const bytes = writeSafetensors([ramp("kernel", 2, 2)]);
    expect(await complaintOf(readWeights(bytes, { name: "k" }))).toBe(
      "k: unknown network. No tensor is called weight_hh (PyTorch's nn.RNN, nn.GRU, nn.LSTM or their cells). Pass a model spec that says what its tensors mean (docs/formats.md). It holds kernel [2, 2]",
    );
  });

  test("names with line breaks stay on one line", async () => {
    const bytes = writeSafetensors([ramp("a\nb\u2028c", 2, 2)]);
    expect(await complaintOf(readWeights(bytes, { name: "x\ny" }))).toContain("a\\u000ab\\u2028c [2, 2]");
  });
});

describe("model specs", () => {
  const model = {
    schema: "rnn-dynamics/model@1",
    kind: "vanilla",
    activation: "relu",
    tensors: { recurrent: "W" },
  } as const;
  const bytes = writeNpz([ramp("W", 2, 2)]);

  test("an object, JSON text and a path mean the same", async () => {
    const path = onDisk("model.json", JSON.stringify(model));
    for (const given of [model, JSON.stringify(model), path])
      expect((await readWeights(bytes, { model: given })).spec).toEqual({
        kind: "vanilla",
        activation: "relu",
        recurrent: ramp("W", 2, 2).data,
      });
  });

  test("a fault in the spec names the spec's file", async () => {
    const path = onDisk("bad.json", JSON.stringify({ ...model, kind: "rnn" }));
    expect(await complaintOf(readWeights(bytes, { model: path }))).toBe(
      `${path}: kind is "rnn", expected one of vanilla, rate, low-rank, gru, lstm, plrnn, stacked`,
    );
    expect(await complaintOf(readWeights(bytes, { model: "{" }))).toMatch(
      /^model spec: it is not valid JSON/,
    );
    expect(await complaintOf(readWeights(bytes, { model: '{"schema":1,"schema":2}' }))).toBe(
      'model spec: it gives the key "schema" twice',
    );
    expect(await complaintOf(readWeights(bytes, { model: join(folder, "none.json") }))).toMatch(
      /no such file/,
    );
  });

  test("a model spec in place of the weights is explained", async () => {
    const path = onDisk("spec.json", JSON.stringify(model));
    expect(await complaintOf(readWeights(path))).toMatch(/is a model spec, which holds no numbers/);
  });

  test("a spec inside a safetensors file is taken without asking", async () => {
    const file = writeSafetensors([ramp("W", 2, 2)], { [modelKey]: JSON.stringify(model) });
    const read = await readWeights(file);
    expect(read.recognised.by).toBe("embedded model spec");
    expect(read.spec.kind).toBe("vanilla");
    const broken = writeSafetensors([ramp("W", 2, 2)], { [modelKey]: "{" });
    expect(await complaintOf(readWeights(broken, { name: "f" }))).toMatch(
      /^f: metadata "rnn-dynamics\/model"/,
    );
  });
});

test("a network in JSON of our own is read", async () => {
  const spec = {
    kind: "vanilla",
    activation: "tanh",
    recurrent: [
      [0.5, -0.25],
      [0.1, 0],
    ],
  } as const;
  const path = onDisk("cell.json", JSON.stringify(toJSON(spec)));
  const { cell, recognised } = await readWeights(path);
  expect(cell.dimension).toBe(2);
  expect(recognised.by).toBe("rnn-dynamics/cell@1");
  const wrong = onDisk("wrong.json", JSON.stringify({ ...toJSON(spec), recurrent: [1, 2, 3] }));
  expect(await complaintOf(readWeights(wrong))).toMatch(
    new RegExp(`^${wrong.replaceAll(/[\\.]/g, "\\$&")}: vanilla recurrent has 3`),
  );
});

test("any network comes back the same from a safetensors or npz file it was taken apart into", async () => {
  for (const net of oracle("foreignNetworks")) {
    const model = net.model.kind === undefined ? undefined : net.model;
    const { cell } = await readWeights(fromBase64(net.base64), { ...(model && { model }) });
    const { tensors, modelSpec } = tensorsOf(cell);
    const back = await readWeights(writeSafetensors(tensors, { [modelKey]: JSON.stringify(modelSpec) }));
    expect(toJSON(back.cell), net.name).toEqual(toJSON(cell));
    const archive = await readWeights(writeNpz(tensors, { compress: true }), { model: modelSpec });
    expect(toJSON(archive.cell), net.name).toEqual(toJSON(cell));
  }
});

describe("looking into a file", () => {
  test("tensors, number formats and roles are told without reading a number", async () => {
    const tensors = gru();
    tensors[1].data.fill(Number.NaN);
    for (const bytes of [
      writeSafetensors(tensors, { made: "here" }),
      writeNpz(tensors),
      writeNpz(tensors, { compress: true }),
    ]) {
      const seen = await inspectWeights(bytes, { name: "f" });
      expect(seen.kind).toBe("gru");
      expect(seen.tensors.map((t) => t.name)).toEqual(tensors.map((t) => t.name).sort());
      expect(seen.tensors.find((t) => t.name === "weight_hh_l0")).toMatchObject({
        shape: [6, 2],
        usedAs: ["recurrent"],
      });
    }
  });

  test("a file that is not recognised is told about, not refused", async () => {
    const seen = await inspectWeights(writeSafetensors([ramp("kernel", 2, 2)]));
    expect(seen.kind).toBeUndefined();
    expect(seen.recognised?.why[0]).toMatch(/No tensor is called weight_hh/);
    const broken = await inspectWeights(writeSafetensors([ramp("W", 2, 2)], { [modelKey]: "[]" }));
    expect(broken.recognised?.why[0]).toMatch(/a model spec must be an object/);
  });

  test("a model spec that names absent tensors is noted", async () => {
    const model = { schema: "rnn-dynamics/model@1", kind: "gru", tensors: { recurrent: "U" } } as const;
    const seen = await inspectWeights(writeSafetensors(gru()), { model });
    expect(seen.notes).toContain('tensor "U" (recurrent) is not in the file');
  });
});

test("float32 weights are the very same numbers in float64", async () => {
  const single = readSafetensors(writeSafetensors(gru(), {}, { dtype: "F32" }));
  for (const { name, data } of gru())
    expect(sameNumbers(single.tensors.get(name)!.data, Float64Array.from(Float32Array.from(data)))).toBe(
      true,
    );
});

test("buildCell of the returned spec is the returned cell", async () => {
  const { cell, spec } = await readWeights(writeSafetensors(gru()));
  const again = buildCell(spec);
  const [x, u] = [Float64Array.of(0.1, -0.2), Float64Array.of(0.5)];
  const [a, b] = [new Float64Array(2), new Float64Array(2)];
  cell.rule(x, u, a);
  again.rule(x, u, b);
  expect(a).toEqual(b);
});
