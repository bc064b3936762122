import { spawnSync } from "node:child_process";
import { linkSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inflateSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildCell } from "../../src/cells/build.js";
import { randomSpec } from "../../src/cells/initialise.js";
import {
  modelKey,
  readTensors,
  readWeights,
  tensorsOf,
  toJSON,
  writeSafetensors,
} from "../../src/io/index.js";
import { requireBuild } from "../helpers/files.js";
import { fromBase64, oracle } from "../io/helpers.js";

const main = "dist/cli/main.js";
const { files } = oracle("networkFiles") as { files: { name: string; deflated: string }[] };
let folder: string;
const at = (name: string) => join(folder, name);

beforeAll(() => {
  requireBuild();
  folder = mkdtempSync(join(tmpdir(), "rnn-dynamics-convert-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    encoding: "utf8",
    timeout: 60_000,
  });
  return { status, stdout, stderr };
}

function stored(name: string, as: string): string {
  const file = files.find((f) => f.name === name)!;
  writeFileSync(at(as), inflateSync(fromBase64(file.deflated)));
  return at(as);
}

test.each([
  ["Keras 2 two grus.h5", "stacked"],
  ["Keras 3 gru before.keras", "gru"],
  ["PyTorch lstm.onnx", "lstm"],
  ["PyTorch rnn.pt", "vanilla"],
])("%s becomes a safetensors file that is the same network without help", async (name, kind) => {
  const [from, to] = [stored(name, name), at(`${name}.out.safetensors`)];
  const { status, stdout, stderr } = run("convert", from, to, "--json");
  expect([status, stderr]).toEqual([0, ""]);
  const document = JSON.parse(stdout);
  expect(document).toMatchObject({ schema: "rnn-dynamics/conversion@1", file: from, out: to, dtype: "F32" });
  expect(document.modelSpec.kind).toBe(kind);
  const [before, after] = [await readWeights(from), await readWeights(to)];
  expect(after.recognised.by).toBe("embedded model spec");
  expect(toJSON(after.cell)).toEqual(toJSON(before.cell));
});

test("npz gets the tensors, and it is said that it gets no more", async () => {
  const from = stored("PyTorch gru.onnx", "gru.onnx");
  const { status, stdout } = run("convert", from, at("gru.npz"));
  expect(status).toBe(0);
  expect(stdout).toMatch(/npz has no place for texts/);
  const [before, after] = [await readTensors(from), await readTensors(at("gru.npz"))];
  for (const [name, { shape, data }] of before.tensors)
    expect(after.tensors.get(name)).toMatchObject({ shape, data });
});

test("numbers that float32 cannot hold stay float64; texts beside them stay", async () => {
  const cell = { schema: "rnn-dynamics/cell@1", kind: "vanilla", activation: "tanh", recurrent: [[0.1]] };
  writeFileSync(at("cell.json"), JSON.stringify(cell));
  expect(run("convert", at("cell.json"), at("cell.safetensors")).status).toBe(0);
  const { tensors, metadata } = await readTensors(at("cell.safetensors"));
  expect([...tensors.get("recurrent")!.data]).toEqual([0.1]);
  expect(JSON.parse(metadata[modelKey]).kind).toBe("vanilla");
});

test("the input is never written over, nor a file of another kind", () => {
  const from = at("same.safetensors");
  writeFileSync(from, readFileSync("examples/flipflop/ff3_gru16.safetensors"));
  linkSync(from, at("link.safetensors"));
  const before = readFileSync(from);
  for (const to of [from, at("link.safetensors"), join(folder, ".", "same.safetensors")]) {
    const { status, stderr } = run("convert", from, to);
    expect([status, stderr]).toEqual([2, expect.stringMatching(/is the file to be converted/)]);
  }
  expect(readFileSync(from).equals(before)).toBe(true);
  expect(run("convert", from, at("x.txt"))).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/ends in/),
  });
  expect(run("convert", at("none.h5"), at("x.npz"))).toMatchObject({ status: 2 });
});

test("a file that is there is written over with --force only", () => {
  const from = at("forced.safetensors");
  writeFileSync(from, readFileSync("examples/flipflop/ff3_gru16.safetensors"));
  writeFileSync(at("kept.npz"), "precious");
  const refused = run("convert", from, at("kept.npz"));
  expect([refused.status, refused.stderr]).toEqual([2, expect.stringMatching(/kept\.npz: is there already/)]);
  expect(readFileSync(at("kept.npz"), "utf8")).toBe("precious");
  expect(run("convert", from, at("kept.npz"), "--force").status).toBe(0);
  expect(readFileSync(at("kept.npz")).subarray(0, 2).toString()).toBe("PK");
  expect(run("convert", from, join(at("nowhere"), "x.npz"))).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/x\.npz: cannot be written \(ENOENT\)/),
  });
});

test("an npz that would be taken for another network says so; a model that does not fit is refused", async () => {
  const weights = { units: 3, inputs: 1 } as const;
  const spec = randomSpec("vanilla", { ...weights, activation: "relu" }, 1);
  const { tensors } = tensorsOf(buildCell(spec));
  const names: Record<string, string> = {
    recurrent: "rnn.weight_hh_l0",
    input: "rnn.weight_ih_l0",
    bias: "rnn.bias_hh_l0",
  };
  const named = tensors.map((t) => ({ ...t, name: names[t.name] ?? t.name }));
  const model = {
    schema: "rnn-dynamics/model@1",
    kind: "vanilla",
    activation: "relu",
    tensors: { recurrent: "rnn.weight_hh_l0", input: "rnn.weight_ih_l0" },
  };
  writeFileSync(at("relu.safetensors"), writeSafetensors(named));
  writeFileSync(at("relu.json"), JSON.stringify(model));
  const { status, stdout } = run(
    "convert",
    at("relu.safetensors"),
    at("relu.npz"),
    "--model",
    at("relu.json"),
  );
  expect([status, stdout]).toEqual([0, expect.stringMatching(/will be taken for ANOTHER network/)]);
  writeFileSync(at("gru.json"), JSON.stringify({ ...model, kind: "gru", activation: undefined }));
  const unfit = run("convert", at("relu.safetensors"), at("unfit.safetensors"), "--model", at("gru.json"));
  expect(unfit.status).toBe(2);
  await expect(readWeights(at("relu.npz"), { modle: {} } as object)).rejects.toThrow(
    /unknown option "modle"/,
  );
  await expect(readTensors(at("relu.npz"), { onyl: [] } as object)).rejects.toThrow(/unknown option "onyl"/);
});

test("inspect shows what Keras, ONNX and TF.js files hold", () => {
  const tfjs = (oracle("networkRuns") as { tfjs: { model: object }[] }).tfjs[0];
  writeFileSync(at("model.json"), JSON.stringify(tfjs.model));
  for (const [file, format] of [
    [stored("Keras 2 gru.h5", "k.h5"), "hdf5"],
    [stored("Keras 3 lstm.keras", "k.keras"), "keras"],
    [stored("PyTorch two grus.onnx", "k.onnx"), "onnx"],
    [at("model.json"), "tfjs"],
  ]) {
    const { status, stdout } = run("inspect", file);
    expect(status).toBe(0);
    expect(stdout).toMatch(new RegExp(`: ${format}, \\d+ tensors`));
    expect(stdout).toMatch(/Recognised as (Keras|ONNX) /);
  }
});
