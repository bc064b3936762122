import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readSafetensors, readSafetensorsHeaders, writeSafetensors } from "../../src/io/index.js";
import { complaint, fromBase64, numbers, oracle, sameNumbers } from "./helpers.js";

const options = { seed: 20, numRuns: 200 } as const;

/** A file from its header and the bytes behind it. */
function file(header: string | object, body: Uint8Array | number = 0, length?: bigint): Uint8Array {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const data = typeof body === "number" ? new Uint8Array(body) : body;
  const out = new Uint8Array(8 + text.length + data.length);
  new DataView(out.buffer).setBigUint64(0, length ?? BigInt(text.length), true);
  out.set(text, 8);
  out.set(data, 8 + text.length);
  return out;
}
const f32 = (shape: number[], begin: number, end: number) => ({
  dtype: "F32",
  shape,
  data_offsets: [begin, end],
});

const tensorList = fc.uniqueArray(
  fc
    .record({
      name: fc.string({ unit: "grapheme", maxLength: 12 }).filter((n) => n !== "__metadata__"),
      shape: fc.array(fc.nat(4), { maxLength: 3 }),
    })
    .chain(({ name, shape }) => {
      const count = shape.reduce((a, b) => a * b, 1);
      return fc.record({
        name: fc.constant(name),
        shape: fc.constant(shape),
        data: fc.array(fc.double(), { minLength: count, maxLength: count }),
      });
    }),
  { selector: (t) => t.name, maxLength: 6 },
);

describe("laws", () => {
  test("what is written as F64 is read back bit for bit, with names, shapes and metadata", () => {
    fc.assert(
      fc.property(
        tensorList,
        fc.dictionary(fc.string(), fc.string(), { noNullPrototype: true }),
        (list, metadata) => {
          const table = readSafetensors(writeSafetensors(list, metadata));
          expect(table.metadata).toEqual(metadata);
          expect(table.tensors.size).toBe(list.length);
          for (const { name, shape, data } of list) {
            const read = table.tensors.get(name)!;
            expect(read.shape).toEqual(shape);
            expect(sameNumbers(read.data, data)).toBe(true);
          }
        },
      ),
      options,
    );
  });

  test("the same tensors in any order give the same bytes, and the numbers begin at a multiple of 8", () => {
    fc.assert(
      fc.property(tensorList, (list) => {
        const bytes = writeSafetensors(Object.freeze(list));
        expect(writeSafetensors([...list].reverse())).toEqual(bytes);
        expect(Number(new DataView(bytes.buffer).getBigUint64(0, true)) % 8).toBe(0);
      }),
      options,
    );
  });

  test("headers alone say what the whole file says", () => {
    fc.assert(
      fc.property(tensorList, (list) => {
        const bytes = writeSafetensors(list);
        const headers = [...readSafetensorsHeaders(bytes).tensors.values()];
        expect(headers).toEqual(
          [...readSafetensors(bytes).tensors.values()].map(({ name, shape, dtype }) => ({
            name,
            shape,
            dtype,
          })),
        );
      }),
      options,
    );
  });
});

describe("files made by others", () => {
  const outside = oracle("arrayFiles");
  for (const { name, base64, tensors } of outside.safetensors)
    test(`${name}: every number format is read as NumPy reads it`, () => {
      const table = readSafetensors(fromBase64(base64));
      expect(table.metadata).toEqual({ cell: "gru", note: "line\nbreak" });
      expect([...table.tensors.keys()].sort()).toEqual(Object.keys(tensors).sort());
      for (const [key, { shape, dtype, data }] of Object.entries<{
        shape: number[];
        dtype: string;
        data: string[];
      }>(tensors)) {
        const tensor = table.tensors.get(key)!;
        expect(tensor.shape, key).toEqual(shape);
        expect(tensor.dtype, key).toBe(dtype);
        expect(sameNumbers(tensor.data, numbers(data)), key).toBe(true);
      }
    });

  test("tensors at odd bytes are read; 8-bit floats are skipped and big integers rounded, with notes", () => {
    const table = readSafetensors(fromBase64(outside.odd.base64));
    expect(table.tensors.get("a")!.data[0]).toBe(0.1);
    expect([...table.tensors.get("c")!.data]).toEqual([2 ** 53, -5]);
    expect(table.notes).toEqual([
      'tensor "b" skipped: F8_E4M3 numbers are not read',
      'tensor "c": integers beyond 2^53 were rounded to float64 (1 of them)',
    ]);
  });

  test("all 65536 half floats are read as NumPy reads them", () => {
    const all = Uint8Array.from({ length: 131072 }, (_, i) => (i % 2 ? (i >> 1) >> 8 : (i >> 1) & 255));
    const { data } = readSafetensors(
      file({ h: { dtype: "F16", shape: [65536], data_offsets: [0, 131072] } }, all),
    ).tensors.get("h")!;
    const words = new Uint32Array(data.buffer);
    const sum = data.reduce(
      (s, v, i) => (Number.isFinite(v) ? (s + words[2 * i + 1] * (1 + (i % 97))) % 2 ** 32 : s),
      0,
    );
    expect(sum).toBe(outside.halfBits);
    expect([data[0x7c00], data[0xfc00], data[0x7e01]]).toEqual([Infinity, -Infinity, Number.NaN]);
    expect(Object.is(data[0x8000], -0)).toBe(true);
  });
});

describe("a header that lies is refused in one line that says what and where", () => {
  for (const [what, bytes, says] of [
    ["fewer than 8 bytes", new Uint8Array(5), /truncated: 5 bytes/],
    ["a header longer than the file", file("{}", 0, 3n), /header length says 3 bytes, but only 2 follow/],
    [
      "a header length of 2^64 - 1",
      file("{}", 0, 2n ** 64n - 1n),
      /says 18446744073709551615 bytes, but only 2/,
    ],
    ["a header that is no JSON", file("{]"), /header is not valid JSON/],
    ["a header that is a list", file("[]"), /does not begin with \{/],
    ["a header that is not UTF-8", file("{}", 0, 2n).map((b, i) => (i === 9 ? 0xff : b)), /not UTF-8/],
    [
      "a name given twice",
      file(`{"a":${JSON.stringify(f32([1], 0, 4))},"a":${JSON.stringify(f32([1], 0, 4))}}`, 4),
      /gives the key "a" twice/,
    ],
    [
      "an escaped name given twice",
      file(`{"a":${JSON.stringify(f32([1], 0, 4))},"\\u0061":${JSON.stringify(f32([1], 0, 4))}}`, 4),
      /gives the key "a" twice/,
    ],
    [
      "overlapping tensors",
      file({ a: f32([2], 0, 8), b: f32([2], 4, 12) }, 12),
      /tensor "b" begins at byte 4 of the data, expected 8 \(overlap\)/,
    ],
    [
      "a hole",
      file({ a: f32([1], 0, 4), b: f32([1], 8, 12) }, 12),
      /tensor "b" begins at byte 8 of the data, expected 4 \(hole\)/,
    ],
    [
      "a tensor past the end",
      file({ a: f32([2], 0, 8) }, 4),
      /tensor "a" ends at byte 8 of the data, but the file has only 4/,
    ],
    ["bytes after the last tensor", file({ a: f32([1], 0, 4) }, 7), /3 bytes after the last tensor/],
    [
      "too few bytes for the shape",
      file({ a: f32([2, 3], 0, 20) }, 20),
      /tensor "a" has 20 bytes, expected 24 for shape \[2, 3\] of F32/,
    ],
    ["a shape past 2^53", file({ a: f32([2 ** 40, 2 ** 40], 0, 0) }), /an impossible number for shape/],
    [
      "a shape that multiplies to 0 through 2^53",
      file({ a: f32([2 ** 52, 2 ** 52, 0], 0, 0) }),
      /impossible/,
    ],
    ["a negative size", file({ a: f32([-1], 0, 4) }, 4), /no valid shape/],
    ["offsets the wrong way round", file({ a: f32([0], 4, 0) }, 4), /no valid data_offsets/],
    ["fractional offsets", file({ a: f32([1], 0, 4.5) }, 4), /no valid data_offsets/],
    [
      "an unknown number format",
      file({ a: { ...f32([1], 0, 4), dtype: "F31" } }, 4),
      /tensor "a" has dtype "F31", expected one of F64, F32/,
    ],
    [
      "a number format called constructor",
      file({ a: { ...f32([1], 0, 4), dtype: "constructor" } }, 4),
      /dtype "constructor"/,
    ],
    [
      "an unknown field",
      file({ a: { ...f32([1], 0, 4), strides: [1] } }, 4),
      /unknown header field "strides"/,
    ],
    ["a tensor that is a number", file({ a: 7 }), /tensor "a" is 7 in the header/],
    [
      "metadata that is no text",
      file({ __metadata__: { epoch: 3 } }),
      /__metadata__ "epoch" is 3, expected text/,
    ],
    ["nesting without end", file(`${'{"a":'.repeat(5000)}1${"}".repeat(5000)}`), /nested deeper than 64/],
  ] as const)
    test(what, () => {
      const message = complaint(() => readSafetensors(bytes, "net.safetensors"));
      expect(message).toMatch(says);
      expect(message.startsWith("net.safetensors: ")).toBe(true);
      expect(message.length).toBeLessThan(400);
      expect(complaint(() => readSafetensorsHeaders(bytes, "net.safetensors"))).toBe(message);
    });
});

describe("writing", () => {
  test("F32 keeps the nearest single and refuses what single cannot hold", () => {
    const list = [{ name: "a", shape: [2], data: [0.1, Infinity] }];
    expect([...readSafetensors(writeSafetensors(list, {}, { dtype: "F32" })).tensors.get("a")!.data]).toEqual(
      [Math.fround(0.1), Infinity],
    );
    expect(
      complaint(() => writeSafetensors([{ name: "a", shape: [], data: [1e39] }], {}, { dtype: "F32" })),
    ).toBe('writeSafetensors: tensor "a" holds 1e+39 at 0, which F32 cannot hold');
  });

  test("wrong arguments are named", () => {
    const a = { name: "a", shape: [2], data: [1, 2] };
    expect(complaint(() => writeSafetensors([a, a]))).toBe('writeSafetensors: two tensors are called "a"');
    expect(complaint(() => writeSafetensors([{ ...a, shape: [3] }]))).toMatch(
      /has 2 numbers, its shape \[3\] asks for 3/,
    );
    expect(complaint(() => writeSafetensors([{ ...a, name: "__metadata__" }]))).toMatch(
      /no tensor may be called/,
    );
    expect(complaint(() => writeSafetensors([a], { n: 3 } as never))).toMatch(
      /metadata "n" is 3, expected text/,
    );
    expect(complaint(() => writeSafetensors(7 as never))).toMatch(/tensors must be a list/);
    expect(complaint(() => writeSafetensors([a], {}, { dtype: "F16" as never }))).toMatch(/dtype is "F16"/);
  });
});
