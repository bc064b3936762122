import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { deflateSync } from "fflate";
import { describe, expect, test } from "vitest";
import { readNpy, readNpz, readNpzHeaders, writeNpy, writeNpz } from "../../src/io/index.js";
import { complaint, fromBase64, numbers, oracle, sameNumbers } from "./helpers.js";

const outside = oracle("arrayFiles");
const options = { seed: 21, numRuns: 200 } as const;

describe("npy files written by NumPy", () => {
  for (const { name, base64, shape, dtype, data } of outside.npy)
    test(`${name}`, () => {
      const array = readNpy(fromBase64(base64));
      expect(array.shape).toEqual(shape);
      expect(array.dtype).toBe(dtype);
      expect(sameNumbers(array.data, numbers(data))).toBe(true);
    });

  for (const { name, base64 } of outside.unread)
    test(`${name} arrays are refused, not misread`, () => {
      expect(complaint(() => readNpy(fromBase64(base64), "x.npy"))).toMatch(/^x\.npy: .* (is|are) not read$/);
    });
});

describe("npz archives written by NumPy", () => {
  for (const { name, base64, arrays } of outside.npz) {
    test(`${name}: every real array is read, objects and complex numbers are skipped with a note`, () => {
      const table = readNpz(fromBase64(base64));
      expect([...table.tensors.keys()].sort()).toEqual(Object.keys(arrays).sort());
      for (const [key, { shape, data }] of Object.entries<{ shape: number[]; data: string[] }>(arrays)) {
        expect(table.tensors.get(key)!.shape).toEqual(shape);
        expect(sameNumbers(table.tensors.get(key)!.data, numbers(data))).toBe(true);
      }
      expect(table.notes).toEqual([
        'array "objects" skipped: Python objects (pickled) are not read',
        'array "spectrum" skipped: complex numbers (<c16) are not read',
      ]);
      const headers = readNpzHeaders(fromBase64(base64));
      expect(headers.notes).toEqual(table.notes);
      expect([...headers.tensors.values()]).toEqual(
        [...table.tensors.values()].map(({ name, shape, dtype }) => ({ name, shape, dtype })),
      );
    });
  }
});

const arrays = fc.uniqueArray(
  fc
    .record({
      name: fc.string({ unit: "grapheme", maxLength: 8 }),
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
  { selector: (t) => t.name, maxLength: 5 },
);

describe("laws", () => {
  test("what is written is read back bit for bit, stored or deflated", () => {
    fc.assert(
      fc.property(arrays, fc.boolean(), (list, compress) => {
        const table = readNpz(writeNpz(list, { compress }));
        expect(table.notes).toEqual([]);
        expect(table.tensors.size).toBe(list.length);
        for (const { name, shape, data } of list) {
          expect(table.tensors.get(name)!.shape).toEqual(shape);
          expect(sameNumbers(table.tensors.get(name)!.data, data)).toBe(true);
        }
      }),
      options,
    );
  });

  test("the same arrays in any order give the same bytes", () => {
    fc.assert(
      fc.property(arrays, fc.boolean(), (list, compress) => {
        expect(writeNpz([...list].reverse(), { compress })).toEqual(writeNpz(list, { compress }));
      }),
      options,
    );
  });
});

const numpy = spawnSync("python3", ["-c", "import numpy"]).status === 0;
// Skipped where there is no Python with NumPy.
test.skipIf(!numpy)("NumPy reads what is written: archives stored and deflated, F64 and F32", () => {
  const list = [
    { name: "a", shape: [2, 3], data: [1, 2.5, -3, 1e300, 0.1, -0] },
    { name: "scalar", shape: [], data: [7] },
    { name: "row", shape: [4], data: [0, 1, 2, 3] },
    { name: "none", shape: [0, 3], data: [] },
  ];
  for (const compress of [false, true]) {
    const script =
      "import sys, io, json, numpy as np; z = np.load(io.BytesIO(sys.stdin.buffer.read()));" +
      "print(json.dumps({k: [list(z[k].shape), str(z[k].dtype), z[k].ravel().tolist()] for k in z.files}))";
    const run = spawnSync("python3", ["-c", script], { input: writeNpz(list, { compress }) });
    expect(JSON.parse(run.stdout.toString())).toEqual(
      Object.fromEntries(list.map(({ name, shape, data }) => [name, [shape, "float64", data]])),
    );
  }
  const single = spawnSync(
    "python3",
    ["-c", "import sys, io, numpy as np; print(np.load(io.BytesIO(sys.stdin.buffer.read())).dtype)"],
    {
      input: writeNpy({ name: "x", shape: [1], data: [0.5] }, { dtype: "F32" }),
    },
  );
  expect(single.stdout.toString().trim()).toBe("float32");
});

/** An npy array whose header is any text. */
function npy(header: string, body: Uint8Array | number, version = 1): Uint8Array {
  const data = typeof body === "number" ? new Uint8Array(body) : body;
  const text = new TextEncoder().encode(header);
  const start = version === 1 ? 10 : 12;
  const out = new Uint8Array(start + text.length + data.length);
  out.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0, text.length & 255, text.length >> 8]);
  out.set(text, start);
  out.set(data, start + text.length);
  return out;
}
const header = (shape: string, descr = "<f8", order = "False") =>
  `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }\n`;

describe("npy headers that lie are refused in one line", () => {
  for (const [what, bytes, says] of [
    ["nothing", new Uint8Array(0), /truncated/],
    [
      "another magic",
      Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x5a, 1, 0, 0, 0, 0, 0),
      /does not begin with/,
    ],
    ["version 9", npy(header("(1,)"), 8, 9), /npy version 9, expected 1, 2 or 3/],
    ["a header past the end", npy(header("(1,)"), 8).slice(0, 40), /truncated/],
    [
      "a header length of 4 GiB",
      Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 2, 0, 255, 255, 255, 255, 0),
      /header length says 4294967295/,
    ],
    [
      "too few numbers",
      npy(header("(3,)"), 16),
      /has 16 bytes of numbers, expected 24 for shape \[3\] of <f8/,
    ],
    ["too many numbers", npy(header("(3,)"), 32), /has 32 bytes of numbers, expected 24/],
    ["a shape beyond memory", npy(header("(1000000000000000,)"), 8), /expected 8000000000000000/],
    ["a shape beyond numbers", npy(header("(99999999999, 99999999999)"), 8), /impossible shape/],
    ["a negative shape", npy(header("(-1,)"), 8), /not the dictionary/],
    ["code in the header", npy(header("__import__('os')"), 8), /not the dictionary/],
    ["a missing field", npy("{'descr': '<f8', 'shape': (1,)}", 8), /2 fields/],
    [
      "a field given twice",
      npy("{'descr': '<f8', 'descr': '<f8', 'fortran_order': False, 'shape': (1,)}", 8),
      /not the dictionary/,
    ],
    ["a wrong order", npy(header("(1,)", "<f8", "'C'"), 8), /fortran_order/],
    ["deep nesting", npy("(".repeat(60000), 8), /not the dictionary/],
    ["a three-byte float", npy(header("(1,)", "<f3"), 8), /format <f3 are not read/],
  ] as const)
    test(what, () => expect(complaint(() => readNpy(bytes, "x.npy"))).toMatch(says));

  test("Python 2's long shapes are read", () => {
    expect(readNpy(npy(header("(1L, 2L)"), 16)).shape).toEqual([1, 2]);
  });
});

/** Overwrites bytes of an archive after the first occurrence of a signature. */
function patch(
  bytes: Uint8Array,
  signature: readonly number[],
  offset: number,
  values: readonly number[],
  last = false,
) {
  const copy = bytes.slice();
  const places = [...copy.keys()].filter((i) => signature.every((b, k) => copy[i + k] === b));
  copy.set(values, (last ? places.at(-1)! : places[0]) + offset);
  return copy;
}
const central = [0x50, 0x4b, 1, 2];
const end = [0x50, 0x4b, 5, 6];

/** A one-entry deflated archive whose directory claims any size. */
function bomb(content: Uint8Array, claimed: number): Uint8Array {
  const packed = deflateSync(content, { level: 9 });
  const name = new TextEncoder().encode("x.npy");
  const out = new Uint8Array(30 + name.length + packed.length + 46 + name.length + 22);
  const view = new DataView(out.buffer);
  const entry = (at: number) => {
    view.setUint16(at, 20, true);
    view.setUint16(at + 4, 8, true);
    view.setUint32(at + 14, packed.length, true);
    view.setUint32(at + 18, claimed, true);
    view.setUint16(at + 22, name.length, true);
  };
  out.set([0x50, 0x4b, 3, 4]);
  entry(4);
  out.set(name, 30);
  out.set(packed, 30 + name.length);
  const directory = 30 + name.length + packed.length;
  out.set([0x50, 0x4b, 1, 2, 20, 0], directory);
  entry(directory + 6);
  out.set(name, directory + 46);
  const tail = directory + 46 + name.length;
  out.set([0x50, 0x4b, 5, 6], tail);
  view.setUint16(tail + 8, 1, true);
  view.setUint16(tail + 10, 1, true);
  view.setUint32(tail + 12, 46 + name.length, true);
  view.setUint32(tail + 16, directory, true);
  return out;
}

describe("archives that lie are refused in one line", () => {
  const good = writeNpz([
    { name: "a", shape: [4], data: [1, 2, 3, 4] },
    { name: "b", shape: [2], data: [5, 6] },
  ]);
  const packed = writeNpz([{ name: "a", shape: [4], data: [1, 2, 3, 4] }], { compress: true });
  for (const [what, bytes, says] of [
    ["no end record", good.slice(0, -10), /without a valid end record/],
    [
      "a directory outside the file",
      patch(good, end, 16, [255, 255, 255, 0]),
      /directory lies outside|broken/,
    ],
    ["more entries than there are", patch(good, end, 10, [9, 0]), /directory entry 2 of 9 is broken/],
    ["an entry outside the file", patch(good, central, 42, [255, 255, 0, 0]), /not where the directory says/],
    [
      "a size past the data",
      patch(patch(good, central, 20, [255, 255, 0, 0]), central, 24, [255, 255, 0, 0]),
      /runs past the end/,
    ],
    ["two entries in the same bytes", patch(good, central, 42, [0, 0, 0, 0], true), /overlap/],
    ["encryption", patch(good, central, 8, [1, 8]), /is encrypted/],
    ["an unknown packing", patch(good, central, 10, [99, 0]), /packed by method 99/],
    [
      "a changed number",
      patch(good, [0x50, 0x4b, 3, 4], 30 + 5 + 128 + 3, [7]),
      /damaged \(checksum differs\)/,
    ],
    [
      "a wrong size of a deflated entry",
      patch(packed, central, 24, [161, 0, 0, 0]),
      /has 160 bytes, but its size says 161/,
    ],
    [
      "a deflated entry that is noise",
      patch(packed, [0x50, 0x4b, 3, 4], 35, [7, 255, 255, 255]),
      /does not unpack/,
    ],
  ] as const)
    test(what, () => {
      const message = complaint(() => readNpz(bytes, "net.npz"));
      expect(message).toMatch(says);
      expect(message.startsWith("net.npz: ")).toBe(true);
    });

  test("a zip bomb is refused at the first byte its npy header does not declare", () => {
    const content = new Uint8Array(64 * 2 ** 20);
    content.set(npy(header("(2,)"), 0));
    const file = bomb(content, content.length);
    expect(file.length).toBeLessThan(100_000);
    expect(complaint(() => readNpz(file, "b.npz"))).toMatch(
      /unpacks to more than \d+ bytes, which is all its header allows/,
    );
  });

  test("an npy header that declares terabytes allocates nothing", () => {
    const lying = bomb(npy(header("(1000000000000,)"), 1000), 4000000000);
    expect(complaint(() => readNpz(lying, "b.npz"))).toMatch(/larger than 2147483648 bytes together/);
    const lesser = bomb(npy(header("(100000000,)"), 1000), 800000087);
    expect(complaint(() => readNpz(lesser, "b.npz"))).toMatch(/bytes, but its size says/);
  });
});
