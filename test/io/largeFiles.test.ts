import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inspectWeights, readTensors } from "../../src/io/index.js";
import { requireBuild, root } from "../helpers/files.js";
import { run } from "../helpers/run.js";
import { complaintOf } from "./helpers.js";

const size = 500 * 2 ** 20;
const [small, big] = [3 * 4, size - 6 * 4];
let folder: string;
const at = (name: string) => join(folder, name);

/** A safetensors file of `bytes` bytes of data, of which only three numbers are written: the rest is a hole. */
function sparse(name: string, bytes: number): string {
  const header = JSON.stringify({
    "a.first": { dtype: "F32", shape: [3], data_offsets: [0, small] },
    "b.big": { dtype: "F32", shape: [bytes / 4], data_offsets: [small, small + bytes] },
    "c.last": { dtype: "F32", shape: [3], data_offsets: [small + bytes, 2 * small + bytes] },
  }).padEnd(256);
  const file = openSync(at(name), "w");
  const start = Buffer.alloc(8);
  start.writeBigUInt64LE(BigInt(header.length));
  const numbers = (list: number[]) => Buffer.from(Float32Array.from(list).buffer);
  writeSync(file, Buffer.concat([start, Buffer.from(header), numbers([1, 2, 3])]));
  ftruncateSync(file, 8 + header.length + 2 * small + bytes);
  writeSync(file, numbers([4, 5, 6]), 0, small, 8 + header.length + small + bytes);
  closeSync(file);
  return at(name);
}

beforeAll(() => {
  requireBuild();
  folder = mkdtempSync(join(tmpdir(), "rnn-dynamics-large-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Most memory of a process that runs `code` on a file, in MiB. */
async function memoryOf(code: string, file: string): Promise<{ answer: unknown; most: number }> {
  const program = `import { inspectWeights, readTensors } from ${JSON.stringify(`${root}dist/io/index.js`)};
const file = process.argv[2];
const answer = await (${code});
console.log(JSON.stringify({ answer, most: process.resourceUsage().maxRSS / 1024 }));`;
  writeFileSync(at("program.mjs"), program);
  const { code: status, stdout, stderr } = await run(process.execPath, [at("program.mjs"), file], root);
  expect([status, stderr]).toEqual([0, ""]);
  return JSON.parse(stdout);
}

describe("a safetensors file of 500 MB", () => {
  const inspect = `inspectWeights(file).then(({ tensors }) => tensors.map((t) => t.name))`;
  const last = `readTensors(file, { only: ["c.last"] }).then(({ tensors }) => [...tensors.get("c.last").data])`;

  test("is inspected, and one tensor of it read, in less than 50 MB beyond what a small file takes", async () => {
    const large = sparse("large.safetensors", big);
    const tiny = sparse("tiny.safetensors", 4);
    const [a, b, c] = [
      await memoryOf(inspect, tiny),
      await memoryOf(inspect, large),
      await memoryOf(last, large),
    ];
    expect(b.answer).toEqual(["a.first", "b.big", "c.last"]);
    expect(b.answer).toEqual(a.answer);
    expect(c.answer).toEqual([4, 5, 6]);
    expect(b.most - a.most).toBeLessThan(50);
    expect(c.most - a.most).toBeLessThan(50);
  });

  test("that is cut off, or whose header lies, is refused by its header alone", async () => {
    const cut = sparse("cut.safetensors", 2 ** 22);
    const file = openSync(cut, "r+");
    ftruncateSync(file, 2 ** 22);
    closeSync(file);
    expect(await complaintOf(inspectWeights(cut))).toMatch(/truncated/);
    expect(await complaintOf(readTensors(cut, { only: ["a.first"] }))).toMatch(/truncated/);
    const lying = Buffer.alloc(2 ** 21);
    lying.writeBigUInt64LE(2n ** 21n);
    lying[8] = 0x7b;
    expect(await complaintOf(inspectWeights(lying))).toMatch(/header length says 2097152 bytes/);
  });
});

test("only some tensors of a file are handed out, and one that is not there is named", async () => {
  const file = sparse("some.safetensors", 4);
  const { tensors } = await readTensors(file, { only: ["c.last", "a.first"] });
  expect([...tensors.keys()]).toEqual(["c.last", "a.first"]);
  expect(await complaintOf(readTensors(file, { only: ["d"] }))).toMatch(/no tensor "d"; it holds a.first/);
  const big = sparse("more.safetensors", 2 ** 22);
  expect(await complaintOf(readTensors(big, { only: ["d"] }))).toMatch(/no tensor "d"/);
  expect(await complaintOf(readTensors(file, { only: "a" as never }))).toMatch(/list of names/);
});

test("a large file in memory or in a browser is read in parts with the same answer", async () => {
  const file = sparse("blob.safetensors", 2 ** 21);
  const { readFileSync } = await import("node:fs");
  const bytes = readFileSync(file);
  const path = await inspectWeights(file, { name: "f" });
  expect(await inspectWeights(new Blob([bytes]), { name: "f" })).toEqual(path);
  expect(await inspectWeights(bytes, { name: "f" })).toEqual(path);
  const { tensors } = await readTensors(new Blob([bytes]), { only: ["c.last"] });
  expect([...tensors.get("c.last")!.data]).toEqual([4, 5, 6]);
});
