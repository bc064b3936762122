import { describe, expect, test } from "vitest";
import {
  FileError,
  inspectWeights,
  readMatlab,
  readPickle,
  readTensors,
  readWeights,
} from "../../src/io/index.js";
import { complaint, complaintOf, fromBase64, numbers, oracle, sameNumbers, sharedNet } from "./helpers.js";

interface Case {
  readonly name: string;
  readonly base64: string;
  readonly format: string;
  readonly tensors: Record<string, { shape: number[]; data: (number | string)[] }>;
  readonly facts?: Record<string, string>;
  readonly notes?: string[];
  readonly recognised?: [by: string, activation: string];
}
const cases: Case[] = oracle("pickles");

describe("files as Python and SciPy write them hold the numbers that NumPy says", () => {
  test.each(cases.map((c) => [c.name, c] as const))("%s", async (_, c) => {
    // No name: the first bytes decide.
    const table = await readTensors(fromBase64(c.base64));
    expect(table.format).toBe(c.format);
    expect([...table.tensors.keys()].sort()).toEqual(Object.keys(c.tensors).sort());
    for (const [name, { shape, data }] of Object.entries(c.tensors)) {
      const tensor = table.tensors.get(name)!;
      expect([name, tensor.shape]).toEqual([name, shape]);
      expect([name, sameNumbers(tensor.data, numbers(data))]).toEqual([name, true]);
    }
    expect(table.metadata).toMatchObject(c.facts ?? {});
    for (const note of c.notes ?? []) expect(table.notes).toContain(note);
  });

  test.each(cases.filter((c) => c.recognised).map((c) => [c.name, c] as const))(
    "%s is recognised, its nonlinearity too where the file tells it",
    async (_, c) => {
      const { recognised, spec, notes } = await readWeights(fromBase64(c.base64));
      const [by, activation] = c.recognised!;
      expect([recognised.by, (spec as { activation?: string }).activation]).toEqual([by, activation]);
      expect(notes.some((note) => note.includes("assumed"))).toBe(activation === "tanh");
      const inspection = await inspectWeights(fromBase64(c.base64));
      expect(inspection.recognised?.modelSpec).toEqual((await readWeights(fromBase64(c.base64))).modelSpec);
    },
  );
});

/** A pickle put together by hand: texts are bytes of their characters. */
function bytesOf(...parts: (string | number | readonly number[] | Uint8Array)[]): Uint8Array {
  const list = parts.map((p) =>
    typeof p === "string" ? Buffer.from(p, "latin1") : typeof p === "number" ? Buffer.of(p) : Buffer.from(p),
  );
  return new Uint8Array(Buffer.concat(list));
}
const long = (n: bigint, width: number) =>
  Array.from({ length: width }, (_, i) => Number((n >> BigInt(8 * i)) & 0xffn));

describe("pickles that would run code", () => {
  test.each([
    ["os.system by name and call", bytesOf("cos\nsystem\n(S'touch owned'\ntR."), "os.system"],
    ["eval", bytesOf("c__builtin__\neval\n(S'1/0'\ntR."), "builtins.eval"],
    [
      "exec by protocol 4",
      bytesOf(0x80, 4, 0x8c, 8, "builtins", 0x8c, 4, "exec", 0x93, 0x8c, 1, "x", 0x85, "R."),
      "builtins.exec",
    ],
    ["an instance", bytesOf("(S'id'\nios\nsystem\n."), "os.system"],
    ["subprocess as an object", bytesOf("(csubprocess\nPopen\nS'id'\no."), "subprocess.Popen"],
    [
      "a new object of a class",
      bytesOf(0x80, 2, "cctypes\nCDLL\n(S'libc.so.6'\nt", 0x81, "."),
      "ctypes.CDLL",
    ],
    ["getattr", bytesOf("c__builtin__\ngetattr\n(cos\nfoo\nS'system'\ntR(S'id'\ntR."), "builtins.getattr"],
    ["a copyreg extension", bytesOf(0x80, 2, 0x82, 7, ")R."), "copyreg.extension_7"],
  ])("%s: an inert record that is named, and no network", async (_, bytes, name) => {
    const table = readPickle(bytes);
    expect(table.tensors.size).toBe(0);
    expect(table.notes.join()).toContain(`"${name}"`);
    expect(table.notes.join()).toContain("nothing was run");
    expect(await complaintOf(readWeights(bytes, { format: "pickle" }))).toContain("unknown network");
  });

  test("a known constructor cannot be reached through the prototype of a name", () => {
    for (const name of ["constructor", "__proto__", "toString", "hasOwnProperty"])
      expect(readPickle(bytesOf(`cx\n${name}\n)R.`))).toMatchObject({ metadata: {} });
    // A dict's keys are names of facts, whatever they are.
    const table = readPickle(bytesOf(0x80, 2, "}(X", long(9n, 4), "__proto__K", 1, "u."));
    expect(Object.keys(table.metadata)).toEqual(["__proto__"]);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe("pickles that would fill the memory or never end", () => {
  const refused = (bytes: Uint8Array, says: RegExp) => {
    const start = performance.now();
    expect(complaint(() => readPickle(bytes, "f"))).toMatch(says);
    expect(performance.now() - start).toBeLessThan(2000);
  };

  test("declared lengths of 4 GB are checked against what is left", () => {
    for (const opcode of ["B", "X", "T", "\x8b"])
      refused(
        bytesOf(0x80, 3, opcode, 0xff, 0xff, 0xff, 0xff, "abc."),
        /at byte 2 (needs 4294967295|has an integer of 4294967295)/,
      );
    for (const opcode of [0x8d, 0x8e, 0x96, 0x95])
      refused(bytesOf(0x80, 5, opcode, long(2n ** 32n, 8), "abc."), /declares 4294967296 bytes/);
    refused(bytesOf(0x80, 5, 0x8e, long(2n ** 64n - 1n, 8), "."), /declares 18446744073709551615 bytes/);
  });

  test("a memo bomb: lists of lists doubled 60 times are opened once each", () => {
    const doubling = Array.from({ length: 60 }, (_, i) => bytesOf("](h", i, "h", i, "eq", i + 1));
    const table = readPickle(bytesOf(0x80, 2, "]q", 0, ...doubling, "."));
    expect(table.tensors.size).toBe(0);
  });

  test("copies of a large list by the thousand", () => {
    const large = bytesOf("(", new Uint8Array(20_000).fill(0x4e), "lq", 0, "0");
    const copy = bytesOf("ccollections\nOrderedDict\n(cbuiltins\nset\n(h", 0, "tRtR0");
    refused(
      bytesOf(0x80, 2, large, ...Array.from({ length: 3000 }, () => copy), "N."),
      /copies more|is no list of pairs/,
    );
    const sets = Array.from({ length: 3000 }, () => bytesOf("cbuiltins\nset\n(h", 0, "tR0"));
    refused(bytesOf(0x80, 2, large, ...sets, "N."), /copies more than any network needs/);
  });

  test("marks, lists and tuples nested without end", () => {
    refused(bytesOf(0x80, 2, new Uint8Array(1e6).fill(0x28), "."), /nested deeper than 1000 levels/);
    refused(
      bytesOf(0x80, 2, new Uint8Array(2e5).fill(0x5d), new Uint8Array(2e5 - 1).fill(0x61), "."),
      /nested deeper than 100 levels/,
    );
    refused(bytesOf(0x80, 2, "N", new Uint8Array(2e5).fill(0x85), "."), /nested deeper than 100 levels/);
  });

  test("a list that holds itself", () => {
    expect(readPickle(bytesOf(0x80, 2, "]q", 0, "h", 0, "a.")).tensors.size).toBe(0);
  });

  test("more objects, more opcodes, more remembered values than any network has", () => {
    refused(bytesOf(0x80, 2, new Uint8Array(3e5).fill(0x7d), "."), /more objects than any network/);
    refused(bytesOf(0x80, 2, new Uint8Array(5e6).fill(0x4e), "."), /one opcode more/);
  });

  test("an integer of a million digits", () => {
    refused(bytesOf(`L${"9".repeat(70_000)}L\n.`), /line of 70001 bytes/);
    refused(bytesOf(`L${"9".repeat(5000)}L\n.`), /no whole number/);
  });

  /** A tensor over a storage of 6 numbers, in a legacy file. */
  const legacy = (offset: string, size: string, stride: string) => {
    const head = fromBase64(
      cases.find((c) => c.name === "torch legacy: views, one of part of a storage")!.base64,
    ).subarray(0, 15);
    const storage = bytesOf("(U", 7, "storagectorch\nFloatStorage\nU", 1, "0U", 3, "cpuK", 6, "NtQ");
    const value = bytesOf(
      0x80,
      2,
      "ctorch._utils\n_rebuild_tensor_v2\n(",
      storage,
      offset,
      size,
      stride,
      0x89,
      "}tR.",
    );
    const tail = bytesOf(0x80, 2, "]U", 1, "0a.", long(6n, 8), new Uint8Array(24));
    return bytesOf(head, 0x80, 2, "M", 0xe9, 3, ".", 0x80, 2, "}.", value, tail);
  };
  test("views beyond their storage, of negative or enormous shape, or that blow up by a stride of zero", () => {
    expect(readPickle(legacy("K\x00", "(K\x02K\x03t", "(K\x03K\x01t")).tensors.get("array")!.shape).toEqual([
      2, 3,
    ]);
    refused(legacy("K\x01", "(K\x02K\x03t", "(K\x03K\x01t"), /number 6 of a storage of 6 numbers/);
    refused(legacy("J\xff\xff\xff\xff", "(K\x02t", "(K\x01t"), /impossible shape or offset/);
    refused(legacy("K\x00", "(J\xff\xff\xff\xfft", "(K\x01t"), /impossible shape or stride/);
    refused(legacy("K\x00", "(K\x02K\x03t", "(K\x01t"), /stride list of another length/);
    refused(legacy("K\x00", "(J\xff\xff\xff\x7ft", "(K\x00t"), /more numbers than the file has bytes/);
    refused(legacy("K\x00", "(J\xff\xff\xff\x7fJ\xff\xff\xff\x7ft", "(K\x00K\x00t"), /impossible shape/);
  });

  test("a zip whose packed storage is a bomb", async () => {
    const { zipSync } = await import("fflate");
    const entry = (count: number) =>
      bytesOf(
        0x80,
        2,
        "ctorch._utils\n_rebuild_tensor_v2\n((U",
        7,
        "storagectorch\nFloatStorage\nU",
        1,
        "0U",
        3,
        "cpuJ",
        long(BigInt(count), 4),
        "tQK",
        0,
        "(J",
        long(BigInt(count), 4),
        "t(K",
        1,
        "t",
        0x89,
        "}tR.",
      );
    const bomb = zipSync({ "a/data.pkl": entry(2 ** 22), "a/data/0": new Uint8Array(2 ** 24) });
    refused(bomb, /unpack to far more than the file's size/);
    const lying = zipSync({ "a/data.pkl": entry(2 ** 22), "a/data/0": new Uint8Array(100) });
    refused(lying, /has 100 bytes, expected 16777216/);
    refused(zipSync({ "a/data.pkl": entry(5) }), /storage "0" is not in the archive/);
  });

  test("a MATLAB variable that unpacks to 500 MB is skipped with a note, and no more is unpacked than is declared", async () => {
    const { zlibSync } = await import("fflate");
    const head = bytesOf("MATLAB 5.0".padEnd(124), 0, 1, "IM");
    const file = (packed: Uint8Array) => bytesOf(head, long(15n, 4), long(BigInt(packed.length), 4), packed);
    const honest = new Uint8Array(2 ** 20);
    honest.set(
      bytesOf(
        long(14n, 4),
        long(5n * 10n ** 8n, 4),
        long(6n, 4),
        long(8n, 4),
        long(6n, 8),
        long(5n, 4),
        long(8n, 4),
        long(1n, 4),
        long(10n ** 7n, 4),
        1,
        0,
        1,
        0,
        "x",
        0,
        0,
        0,
      ),
    );
    expect(readMatlab(file(zlibSync(honest))).notes).toEqual([
      expect.stringMatching(/^variable "x" skipped: it unpacks to 500000008 bytes/),
    ]);
    const lying = honest.slice();
    lying.set(long(100n, 4), 4);
    expect(complaint(() => readMatlab(file(zlibSync(lying)), "f"))).toMatch(
      /unpacks to more than the 108 bytes/,
    );
    expect(complaint(() => readMatlab(file(zlibSync(lying.subarray(0, 64))), "f"))).toMatch(
      /unpacks to 64 bytes, expected 108/,
    );
    const damaged = file(zlibSync(lying.subarray(0, 108)));
    damaged[damaged.length - 1] ^= 1;
    expect(complaint(() => readMatlab(damaged, "f"))).toMatch(/is damaged \(checksum differs\)/);
  });
});

/** The result, or `undefined` where the file is refused. */
function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof FileError) return undefined;
    throw error;
  }
}

describe("files that are not whole", () => {
  const wide = cases.filter((c) =>
    /all number formats|one of part|protocol [05]|MATLAB, plain|MATLAB, big/.test(c.name),
  );
  test.each(wide.map((c) => [c.name, fromBase64(c.base64)] as const))(
    "%s: cut off at every byte of the first 4096, it is refused in one line",
    (_, bytes) => {
      const read = bytes[0] === 0x4d ? readMatlab : readPickle;
      const whole = read(bytes).tensors;
      for (let length = 0; length < Math.min(bytes.length, 4096); length++) {
        // A MATLAB file may end after any variable.
        if (read === readMatlab) {
          const found = attempt(() => readMatlab(bytes.subarray(0, length), "f").tensors);
          for (const [name, tensor] of found ?? [])
            if (!sameNumbers(tensor.data, whole.get(name)!.data)) throw new Error(name);
          if (found) continue;
        }
        const message = complaint(() => read(bytes.subarray(0, length), "f"));
        expect(message.startsWith("f")).toBe(true);
      }
    },
  );

  test("errors name the opcode and its byte", () => {
    expect(complaint(() => readPickle(bytesOf(0x80, 2, "K"), "net.pkl"))).toBe(
      'net.pkl: pickle opcode "K" at byte 2 needs 1 bytes, but 0 are left (truncated)',
    );
    expect(complaint(() => readPickle(bytesOf(0x80, 2, "R."), "net.pkl"))).toBe(
      'net.pkl: pickle opcode "R" at byte 2 takes a value that is not there',
    );
    expect(complaint(() => readPickle(bytesOf(0x80, 2, 0xfe), "net.pkl"))).toBe(
      "net.pkl: pickle opcode 0xfe at byte 2 is unknown",
    );
    expect(complaint(() => readPickle(bytesOf(0x80, 9, "N."), "net.pkl"))).toMatch(
      /says protocol 9, expected at most 5/,
    );
    expect(complaint(() => readPickle(bytesOf("Q."), "net.pkl"))).toMatch(/takes a value/);
  });

  test("MATLAB 7.3 is refused as HDF5", () => {
    const bytes = bytesOf("MATLAB 7.3 MAT-file".padEnd(124), 0, 2, "IM");
    expect(complaint(() => readMatlab(bytes, "f.mat"))).toMatch(/^f\.mat: is an HDF5 file.*-v7/);
  });
});

test("a real file of each published kind opens without a note on damage", async () => {
  const file = sharedNet("published", "eavesdropping", "pred_dms_rnn-mnm_2021-04-14-2210.data");
  if (!file) return;
  const { tensors, metadata, notes } = await readTensors(file);
  expect(tensors.get("lin_feedback.weight")!.shape).toEqual([20, 20]);
  expect(metadata.class).toBe("bptt_rnn_mtl.RNN_MTL");
  expect(metadata["info_dict.n_nodes"]).toBe("20");
  expect(notes.join()).toContain('"git.repo.base.Repo"');
});
