import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inflateSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { findFixedPoints } from "../../src/analysis/fixedPoints.js";
import { inspectWeights, readTensors, readWeights } from "../../src/io/index.js";
import { complaintOf, fromBase64, oracle } from "./helpers.js";

interface Stored {
  readonly name: string;
  readonly network: string;
  readonly deflated: string;
  readonly states: number[][] | null;
  readonly word?: string;
  readonly beside?: Record<string, string>;
}
const { units, inputs, files } = oracle("networkFiles") as {
  units: number;
  inputs: number[][];
  files: Stored[];
};
const bytesOf = (file: Stored) => new Uint8Array(inflateSync(fromBase64(file.deflated)));
const readable = files.filter((f) => f.states !== null && !f.beside);
const folder = mkdtempSync(join(tmpdir(), "rnn-dynamics-files-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Weights = Awaited<ReturnType<typeof readWeights>>;
const read = new Map<string, Promise<Weights>>();

/** A file's network; read once, since each HDF5 file takes a thread of its own. */
function networkOf(file: Stored): Promise<Weights> {
  const known = read.get(file.name) ?? readWeights(bytesOf(file), { name: file.name });
  read.set(file.name, known);
  return known;
}

/** The last layer's h after each input, from zeros. */
function run({ cell, spec }: Weights): number[][] {
  let x = new Float64Array(cell.dimension);
  return inputs.map((u) => {
    const next = new Float64Array(cell.dimension);
    cell.rule(x, Float64Array.from(u), next);
    x = next;
    const from = spec.kind === "lstm" ? 0 : cell.dimension - units;
    return [...x.subarray(from, from + units)];
  });
}

describe("networks as PyTorch, Keras and ONNX keep them", () => {
  test.each(readable.map((f) => [f.name, f] as const))(
    "%s runs as its framework ran it",
    async (name, file) => {
      const weights = await networkOf(file);
      const states = run(weights);
      states.forEach((h, t) => {
        h.forEach((v, i) => expect(Math.abs(v - file.states![t][i])).toBeLessThan(5e-6));
      });
      if (!/linear_before|layout|data\.onnx|float16/.test(name))
        expect(weights.cell.spec.readout).toBeDefined();
      const looked = await inspectWeights(bytesOf(file), { name });
      expect(looked.recognised?.modelSpec).toEqual(weights.modelSpec);
    },
  );

  for (const network of ["gru", "gru before", "lstm", "rnn", "two grus"])
    test(`every file of the network "${network}" has the same fixed points`, async () => {
      const found: Float64Array[][] = [];
      for (const file of readable.filter((f) => f.network === network)) {
        const { cell } = await networkOf(file);
        const starts = Array.from({ length: 48 }, (_, s) =>
          Float64Array.from({ length: cell.dimension }, (_, i) => Math.sin(1.7 * s + 2.3 * i + s * i)),
        );
        const { points } = findFixedPoints(cell, starts);
        const sorted = points.map((p) => p.state).sort((a, b) => a[0] - b[0]);
        expect(sorted.length).toBeGreaterThan(0);
        found.push(sorted);
      }
      expect(found.length).toBeGreaterThan(1);
      for (const other of found) {
        expect(other.length).toBe(found[0].length);
        other.forEach((p, k) => p.forEach((v, i) => expect(Math.abs(v - found[0][k][i])).toBeLessThan(1e-6)));
      }
    });

  test.each(files.filter((f) => f.word).map((f) => [f.name, f] as const))(
    "%s is refused by name",
    async (name, file) => {
      expect(await complaintOf(readWeights(bytesOf(file), { name }))).toContain(file.word);
      expect((await inspectWeights(bytesOf(file), { name })).recognised?.modelSpec).toBeUndefined();
    },
  );
});

describe("external data of an ONNX file", () => {
  const file = files.find((f) => f.beside)!;
  const data = fromBase64(file.beside!["lstm.bin"]);
  const place = join(folder, "model.onnx");

  test("is read from the file's own folder, or from the list it is given in", async () => {
    writeFileSync(place, bytesOf(file));
    writeFileSync(join(folder, "lstm.bin"), data);
    const fromPath = run(await readWeights(place));
    fromPath.forEach((h, t) => h.forEach((v, i) => expect(v).toBeCloseTo(file.states![t][i], 5)));
    const list = [
      { name: "model.onnx", bytes: bytesOf(file) },
      { name: "lstm.bin", bytes: data },
    ];
    expect(run(await readWeights(list))).toEqual(fromPath);
    const blobs = list.map(({ name, bytes }) => new File([bytes as Uint8Array<ArrayBuffer>], name));
    expect(run(await readWeights(blobs))).toEqual(fromPath);
  });

  test("that is missing, too short or not given is named", async () => {
    expect(await complaintOf(readWeights(bytesOf(file)))).toMatch(/"lstm.bin"; give the path/);
    expect(await complaintOf(readWeights([{ name: "model.onnx", bytes: bytesOf(file) }]))).toMatch(
      /"lstm.bin"/,
    );
    const short = [
      { name: "model.onnx", bytes: bytesOf(file) },
      { name: "lstm.bin", bytes: data.subarray(0, 20) },
    ];
    expect(await complaintOf(readWeights(short))).toMatch(/has 4 bytes for shape/);
  });

  test("outside the folder is not read, by a path or by a link", async () => {
    const text = Buffer.from(bytesOf(file)).toString("latin1");
    for (const bad of ["../s.bin", "/etc/pwd", "..\\a.bin", "a/../..b"])
      expect(
        await complaintOf(readWeights(Buffer.from(text.replace("lstm.bin", bad), "latin1"), { name: place })),
      ).toBeTruthy();
    writeFileSync(place, Buffer.from(text.replace("lstm.bin", "../s.bin"), "latin1"));
    expect(await complaintOf(readWeights(place))).toMatch(/not in its own folder/);
    const inner = mkdtempSync(join(folder, "inner-"));
    writeFileSync(join(inner, "model.onnx"), bytesOf(file));
    symlinkSync(join(folder, "lstm.bin"), join(inner, "lstm.bin"));
    expect(await complaintOf(readWeights(join(inner, "model.onnx")))).toMatch(/link out of its folder/);
  });
});

test("an HDF5 file is a table of arrays by path, with its texts", async () => {
  const file = files.find((f) => f.name === "Keras 2 gru.h5")!;
  const { format, tensors, metadata } = await readTensors(bytesOf(file));
  expect(format).toBe("hdf5");
  expect([...tensors.keys()]).toContain("model_weights/gru/gru/gru_cell/recurrent_kernel:0");
  expect(metadata["model_weights@layer_names"]).toBe('["gru","dense"]');
  expect(JSON.parse(metadata.model_config).class_name).toBe("Sequential");
});

interface Runs {
  readonly tfjs: {
    network: string;
    model: Record<string, unknown>;
    shard: string;
    states: number[][];
    outputs: number[][];
  }[];
  readonly onnx: { name: string; of: "states" | "outputs"; values: number[][] }[];
}
const runs = oracle("networkRuns") as Runs;
const far = (a: readonly number[][], b: readonly number[][]) =>
  Math.max(...a.flatMap((row, t) => row.map((v, i) => Math.abs(v - b[t][i]))));
const outputsOf = ({ cell }: Weights, states: readonly number[][]) => {
  const { weight, bias } = cell.spec.readout as { weight: Float64Array; bias: Float64Array };
  return states.map((h) =>
    Array.from(bias, (b, k) => h.reduce((sum, v, i) => sum + weight[k * units + i] * v, b)),
  );
};

describe("ONNX files", () => {
  test.each(runs.onnx.map((r) => [r.name, r] as const))(
    "%s runs as ONNX Runtime ran it",
    async (name, { of, values }) => {
      const weights = await networkOf(files.find((f) => f.name === name)!);
      const states = run(weights);
      expect(far(of === "states" ? states : outputsOf(weights, states), values)).toBeLessThan(1e-5);
    },
  );
});

describe("TF.js models", () => {
  const shardName = "group1-shard1of1.bin";
  const bytesOfModel = (model: object) => new TextEncoder().encode(JSON.stringify(model));
  const together = (model: object, shard: Uint8Array) => [
    { name: "model.json", bytes: bytesOfModel(model) },
    { name: shardName, bytes: shard },
  ];

  test.each(runs.tfjs.map((r) => [r.network, r] as const))(
    "the %s runs as TensorFlow.js ran it, from a path and from a list",
    async (network, { model, shard, states, outputs }) => {
      const place = mkdtempSync(join(folder, "tfjs-"));
      writeFileSync(join(place, "model.json"), bytesOfModel(model));
      writeFileSync(join(place, shardName), fromBase64(shard));
      const weights = await readWeights(join(place, "model.json"));
      expect(far(run(weights), states)).toBeLessThan(5e-6);
      expect(far(outputsOf(weights, run(weights)), outputs)).toBeLessThan(1e-5);
      expect(run(await readWeights(together(model, fromBase64(shard))))).toEqual(run(weights));
      expect((await inspectWeights(bytesOfModel(model))).recognised?.modelSpec).toEqual(weights.modelSpec);
      const same = await networkOf(files.find((f) => f.network === network && f.name.endsWith(".h5"))!);
      for (const start of [-0.8, -0.1, 0.3, 0.9]) {
        const [a, b] = [weights, same].map(({ cell }) => {
          const starts = [new Float64Array(cell.dimension).fill(start)];
          return findFixedPoints(cell, starts).points.map((p) => [...p.state]);
        });
        expect(a.length).toBe(b.length);
        if (a.length > 0) expect(far(a, b)).toBeLessThan(1e-6);
      }
    },
  );

  const [{ model, shard }] = runs.tfjs;
  const [group] = (
    model as { weightsManifest: { paths: string[]; weights: { name: string; shape: number[] }[] }[] }
  ).weightsManifest;

  test("packed weights are unpacked, and it is said", async () => {
    const plain = await readTensors(together(model, fromBase64(shard)));
    for (const dtype of ["uint8", "uint16", "float16"] as const) {
      const parts: Uint8Array[] = [];
      const weights = group.weights.map((weight) => {
        const { data } = plain.tensors.get(weight.name)!;
        const [min, max] = [Math.min(...data), Math.max(...data)];
        const scale = (max - min) / (dtype === "uint8" ? 255 : 65535);
        if (dtype === "float16") {
          // Halves of whole sixteenths are exact.
          parts.push(new Uint8Array(Uint16Array.from(data, (v) => half(Math.round(v * 16) / 16)).buffer));
          return { ...weight, quantization: { dtype, original_dtype: "float32" } };
        }
        const stored = Array.from(data, (v) => Math.round((v - min) / scale));
        parts.push(
          dtype === "uint8" ? Uint8Array.from(stored) : new Uint8Array(Uint16Array.from(stored).buffer),
        );
        return { ...weight, quantization: { dtype, scale, min, original_dtype: "float32" } };
      });
      const packed = { ...model, weightsManifest: [{ paths: group.paths, weights }] };
      const { tensors, notes } = await readTensors(together(packed, Buffer.concat(parts)));
      expect(notes.filter((note) => note.includes(dtype)).length).toBe(group.weights.length);
      for (const { name, data } of plain.tensors.values()) {
        const read = tensors.get(name)!.data;
        const range = Math.max(...data) - Math.min(...data);
        const allowed = { uint8: range / 510, uint16: range / 131070, float16: 1 / 32 }[dtype] + 1e-6;
        data.forEach((v, i) => expect(Math.abs(v - read[i])).toBeLessThanOrEqual(allowed));
        if (dtype === "float16")
          data.forEach((v, i) => expect(read[i] + 0).toBe(Math.round(v * 16) / 16 + 0));
      }
    }
  });

  test("weights in several shards are joined", async () => {
    const bytes = fromBase64(shard);
    const split = { ...model, weightsManifest: [{ ...group, paths: ["a.bin", "b.bin"] }] };
    const list = [
      { name: "model.json", bytes: bytesOfModel(split) },
      { name: "b.bin", bytes: bytes.subarray(37) },
      { name: "a.bin", bytes: bytes.subarray(0, 37) },
    ];
    expect(run(await readWeights(list))).toEqual(run(await readWeights(together(model, bytes))));
  });

  test("what cannot be read is named in one line", async () => {
    const bytes = fromBase64(shard);
    const changed = (change: object) => complaintOf(readWeights(together({ ...model, ...change }, bytes)));
    expect(await changed({ format: "graph-model" })).toMatch(/graph model/);
    expect(await changed({ weightsManifest: undefined })).toMatch(/without a weightsManifest/);
    expect(await complaintOf(readWeights(together(model, bytes.subarray(1))))).toMatch(/expected \d+/);
    expect(await complaintOf(readWeights(together(model, Buffer.concat([bytes, bytes]))))).toMatch(
      /more than/,
    );
    expect(await complaintOf(readWeights(bytesOfModel(model)))).toMatch(/list of all files/);
    const outside = [{ ...group, paths: ["../secret.bin"] }];
    expect(await changed({ weightsManifest: outside })).toMatch(/not in its own folder/);
    const odd = [
      { ...group, weights: group.weights.map((w) => ({ ...w, quantization: { dtype: "uint4" } })) },
    ];
    expect(await changed({ weightsManifest: odd })).toMatch(/quantization/);
  });
});

/** binary16 of a number that is exact in it. */
function half(value: number): number {
  if (value === 0) return 0;
  const exponent = Math.floor(Math.log2(Math.abs(value)));
  const fraction = Math.round((Math.abs(value) / 2 ** exponent - 1) * 1024);
  return (value < 0 ? 0x8000 : 0) | ((exponent + 15) << 10) | fraction;
}
