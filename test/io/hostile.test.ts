import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ArgumentError } from "../../src/core/check.js";
import {
  FileError,
  inspectWeights,
  readTensors,
  readWeights,
  toJSON,
  writeNpy,
  writeNpz,
  writeSafetensors,
} from "../../src/io/index.js";
import { fromBase64, oracle } from "./helpers.js";

/**
 * Whatever the bytes, a reader answers with a result or with a one-line FileError (or ArgumentError): never
 * with a raw TypeError, RangeError or SyntaxError, never with NaN weights, and quickly.
 */
async function answers(bytes: Uint8Array, name = "f"): Promise<"read" | "refused"> {
  const before = bytes.slice();
  let outcome: "read" | "refused" = "refused";
  for (const read of [readWeights, inspectWeights, readTensors] as const)
    try {
      const result = await read(bytes, { name });
      if (read === readWeights) {
        outcome = "read";
        JSON.stringify(toJSON((result as Awaited<ReturnType<typeof readWeights>>).spec));
      }
    } catch (error) {
      if (!(error instanceof FileError || error instanceof ArgumentError)) throw error;
      if (!/^[^\r\n]*$/.test(error.message) || error.message.length > 2500)
        throw new Error(`bad message: ${error.message}`);
    }
  expect(Buffer.compare(bytes, before)).toBe(0);
  return outcome;
}

const tensors = [
  { name: "weight_ih_l0", shape: [6, 1], data: [0.1, 0.2, -0.3, 0.4, -0.5, 0.6] },
  { name: "weight_hh_l0", shape: [6, 2], data: Array.from({ length: 12 }, (_, i) => Math.cos(i)) },
  { name: "bias_hh_l0", shape: [6], data: [1, 2, 3, 4, 5, 6] },
];
const files = {
  safetensors: writeSafetensors(tensors, { cell: "gru" }),
  "npz, stored": writeNpz(tensors),
  "npz, deflated": writeNpz(tensors, { compress: true }),
  npy: writeNpy(tensors[1]),
  JSON: new TextEncoder().encode(
    JSON.stringify(
      toJSON({
        kind: "gru",
        recurrent: [[0.5], [0.25], [1]],
        input: [[1], [2], [3]],
        readout: { weight: [[1]] },
      }),
    ),
  ),
  "JSON with layers": new TextEncoder().encode(
    JSON.stringify(
      toJSON({ kind: "stacked", layers: [{ kind: "vanilla", activation: "tanh", recurrent: [[0.5]] }] }),
    ),
  ),
};

/** Files of other programs, and whether they hold a network that is known. */
const foreign = Object.fromEntries(
  (oracle("pickles") as { name: string; base64: string; recognised?: unknown }[]).map((c) => [
    c.name,
    { bytes: fromBase64(c.base64), network: c.recognised !== undefined },
  ]),
);
const attacked: Record<string, { bytes: Uint8Array; network: boolean }> = {
  ...Object.fromEntries(
    Object.entries(files).map(([what, bytes]) => [what, { bytes, network: what !== "npy" }]),
  ),
  ...Object.fromEntries(
    [
      "a whole module in a torch zip",
      "a whole module in a torch legacy file",
      "a whole module, protocol 4, storages inside",
      "plain pickle, protocol 0",
      "plain pickle, protocol 5",
      "MATLAB, plain",
      "MATLAB, packed",
    ].map((what) => [what, foreign[what]]),
  ),
};

for (const [what, { bytes, network }] of Object.entries(attacked))
  describe(what, () => {
    test("the whole file is read", async () => {
      expect(await answers(bytes)).toBe(network ? "read" : "refused");
    });

    test("cut off at any byte, it is refused in one line", async () => {
      // The pickles and MATLAB files are longer; test/io/pickle.test.ts cuts them at every byte, one reader each.
      for (let length = 0; length < bytes.length; length += bytes.length > 2000 ? 7 : 1)
        expect(await answers(bytes.slice(0, length))).toBe("refused");
    });

    test("with one to four bytes changed, inserted, removed or repeated, it is read or refused, never a crash", async () => {
      const change = fc.record({
        at: fc.nat(bytes.length - 1),
        what: fc.constantFrom("set", "flip", "insert", "remove", "repeat"),
        value: fc.oneof(
          fc.nat(255),
          fc.constantFrom(0, 1, 0x7f, 0x80, 0xff, 0x22, 0x2c, 0x5b, 0x7b, 0x7d, 0x2d, 0x39),
        ),
      });
      let refused = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
          const list = [...bytes];
          for (const { at, what, value } of changes) {
            if (what === "set") list[at] = value;
            else if (what === "flip") list[at] ^= 1 << (value & 7);
            else if (what === "insert") list.splice(at, 0, value);
            else if (what === "remove") list.splice(at, 1);
            else list.splice(at, 0, ...list.slice(at, at + value));
          }
          if ((await answers(Uint8Array.from(list, (v) => v ?? 0))) === "refused") refused++;
        }),
        { seed: 26, numRuns: bytes.length > 2000 ? 200 : 600 },
      );
      expect(refused).toBeGreaterThan(0);
    });
  });

test("random bytes, with and without a format's first bytes, are refused or read", async () => {
  const start = fc.constantFrom<number[]>(
    [],
    [0x50, 0x4b, 3, 4],
    [0x50, 0x4b, 5, 6],
    [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0],
    [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 3, 0],
    [2, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d],
    [0x7b],
    [0x80, 2],
    [0x80, 4, 0x95, 40, 0, 0, 0, 0, 0, 0, 0],
    [...new TextEncoder().encode("MATLAB 5.0".padEnd(124)), 0, 1, 0x49, 0x4d, 14, 0, 0, 0, 200, 0, 0, 0],
    [8, 7, 0x12],
  );
  await fc.assert(
    fc.asyncProperty(
      start,
      fc.uint8Array({ maxLength: 300 }),
      fc.constantFrom("f", "f.npz", "f.safetensors", "f.json", "f.npy"),
      async (head, tail, name) => {
        await answers(Uint8Array.from([...head, ...tail]), name);
      },
    ),
    { seed: 27, numRuns: 1500 },
  );
});

test("a safetensors header of any JSON is read or refused", async () => {
  const field = fc.constantFrom(
    "dtype",
    "shape",
    "data_offsets",
    "__metadata__",
    "a",
    "weight_hh_l0",
    "weight_ih_l0",
    "__proto__",
  );
  const leaf = fc.oneof(
    fc.constantFrom("F32", "F64", "BOOL"),
    fc.integer({ min: -1, max: 9 }),
    fc.double(),
    fc.constant(null),
    fc.array(fc.integer({ min: -1, max: 9 }), { maxLength: 3 }),
  );
  const entry = fc.dictionary(field, leaf, { maxKeys: 4 });
  const header = fc.dictionary(field, fc.oneof(entry, leaf), { maxKeys: 4 });
  await fc.assert(
    fc.asyncProperty(header, fc.uint8Array({ maxLength: 64 }), async (value, body) => {
      const text = new TextEncoder().encode(JSON.stringify(value));
      const bytes = new Uint8Array(8 + text.length + body.length);
      new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
      bytes.set(text, 8);
      bytes.set(body, 8 + text.length);
      await answers(bytes);
    }),
    { seed: 28, numRuns: 800 },
  );
});

test("a model spec of any JSON is taken or refused", async () => {
  const name = fc.constantFrom(
    "schema",
    "kind",
    "tensors",
    "layers",
    "recurrent",
    "activation",
    "time",
    "name",
    "index",
    "gates",
    "__proto__",
    "constructor",
  );
  const leaf = fc.oneof(
    fc.constantFrom(
      "rnn-dynamics/model@1",
      "gru",
      "rate",
      "stacked",
      "weight_hh_l0",
      "tanh",
      "discrete",
      "zrh",
    ),
    fc.integer({ min: -1, max: 3 }),
    fc.constant(null),
  );
  const { value: json } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4, depthSize: "medium" },
      leaf,
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(name, tie("value"), { maxKeys: 5 }),
    ),
  }));
  await fc.assert(
    fc.asyncProperty(fc.dictionary(name, json, { maxKeys: 6 }), fc.boolean(), async (value, valid) => {
      const model = valid ? { ...value, schema: "rnn-dynamics/model@1", kind: value.kind ?? "gru" } : value;
      for (const given of [model, JSON.stringify(model)])
        try {
          await readWeights(files.safetensors, { model: given as never });
        } catch (error) {
          if (!(error instanceof FileError || error instanceof ArgumentError)) throw error;
        }
    }),
    { seed: 29, numRuns: 800 },
  );
});
