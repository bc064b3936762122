import { widthOf } from "./decode.js";
import { failFile, quote } from "./fileError.js";
import { pickleContents } from "./pickleTensors.js";
import {
  PickleGlobal,
  PickleObject,
  PickleStorage,
  type PickleValue,
  type RawNumbers,
} from "./pickleValue.js";
import { networkWorld, storageFormat } from "./pickleWorld.js";
import type { TensorTable } from "./tensor.js";
import { type PickleBudget, pickleBudget, unpickle } from "./unpickle.js";
import { readZip, unpack } from "./zip.js";

type Fail = (message: string) => never;

/** Bytes a legacy PyTorch file begins with: a pickle of its magic number. */
export const legacyTorchMagic = [
  0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e,
];

const deepestFile = 4;

/**
 * Reads a pickle file: PyTorch's zip or legacy files (`torch.save` of a state dict, a checkpoint or a whole module),
 * or a plain pickle of NumPy arrays, lists and dicts. Nothing of the file is imported or run: constructors that are
 * known make plain data, everything else stays an inert record that `notes` names.
 *
 * Tensors have dotted names as in a state dict; texts, numbers and short lists are `metadata`. All real number formats
 * of 1 to 8 bytes, bfloat16 included; strides, offsets and shared storages are followed.
 *
 * Failure: a FileError, one line, with the byte of the opcode. Limits: 4 million opcodes, 260 thousand containers,
 * nesting 1000, about twice as many numbers as the file has bytes. O(bytes).
 * Source: torch/serialization.py (PyTorch 0.4 to 2), NumPy's ndarray.__reduce__.
 *
 * @param bytes - the whole file
 * @param file - its name, for messages
 * @example
 * ```ts
 * import { readPickle } from "rnn-dynamics/io";
 * // pickle.dumps({"tau": 20}, protocol=2)
 * const bytes = Uint8Array.from(atob("gAJ9cQBYAwAAAHRhdXEBSxRzLg=="), (c) => c.charCodeAt(0));
 * readPickle(bytes).metadata; // => { tau: "20" }
 * ```
 */
export function readPickle(bytes: Uint8Array, file = "pickle"): TensorTable {
  const budget = pickleBudget(bytes.length);
  const isZip = bytes[0] === 0x50 && bytes[1] === 0x4b;
  const unknown = new Set<string>();
  const value = isZip
    ? loadZip(bytes, budget, unknown, file)
    : isLegacyTorch(bytes)
      ? loadLegacy(bytes, budget, unknown, file, 0)
      : loadPlain(bytes, budget, unknown, file);
  const { tensors, facts, notes } = pickleContents(value, bytes.length, file);
  if (unknown.size > 0) {
    const names = [...unknown];
    const more = names.length > 12 ? ` and ${names.length - 12} more` : "";
    notes.unshift(
      `${names.slice(0, 12).map(quote).join(", ")}${more}: not known to this reader; kept as inert records, nothing was run`,
    );
  }
  return { format: isZip || isLegacyTorch(bytes) ? "torch" : "pickle", tensors, metadata: facts, notes };
}

/** Whether bytes begin as a legacy PyTorch file does. */
export function isLegacyTorch(bytes: Uint8Array): boolean {
  return bytes[0] === 0x80 && legacyTorchMagic.every((byte, i) => bytes[i + 2] === byte);
}

/** The PyTorch pickle in a zip archive's entries, if it is one. */
export function torchPickleName(names: Iterable<string>): string | undefined {
  for (const name of names) if (/^([^/]+\/)?data\.pkl$/.test(name)) return name;
  return undefined;
}

function loadPlain(bytes: Uint8Array, budget: PickleBudget, unknown: Set<string>, file: string): PickleValue {
  const world = networkWorld(
    budget,
    nested(budget, unknown, file, 0),
    (id) => new PickleObject("persistent id", id),
  );
  const { value } = unpickle(bytes, 0, world, budget, file);
  for (const name of world.unknown) unknown.add(name);
  return value;
}

function nested(budget: PickleBudget, unknown: Set<string>, file: string, depth: number) {
  return (bytes: Uint8Array, failHere: Fail): PickleValue => {
    if (depth >= deepestFile) failHere(`holds PyTorch files nested deeper than ${deepestFile} levels`);
    if (!isLegacyTorch(bytes)) failHere("holds a PyTorch file that does not begin as one");
    return loadLegacy(bytes, budget, unknown, `${file}: the PyTorch file inside it`, depth + 1);
  };
}

/** What the persistent id of a storage says. */
function storageOf(id: PickleValue, failHere: Fail) {
  if (!Array.isArray(id) || id[0] !== "storage" || !(id[1] instanceof PickleGlobal))
    return failHere("refers to something that is no storage");
  const [, type, key, , count, view] = id;
  if ((typeof key !== "string" && typeof key !== "number") || typeof count !== "number" || !(count >= 0))
    return failHere("refers to a storage without a key and a length");
  return { ...storageFormat((type as PickleGlobal).name), key: String(key), count, view };
}

/** Storages by key; the same key twice must mean the same numbers. */
function createStorages(littleEndian: boolean) {
  const storages = new Map<string, RawNumbers>();
  const find = (id: PickleValue, failHere: Fail): { raw: RawNumbers; view: PickleValue } => {
    const { key, kind, dtype, count, view } = storageOf(id, failHere);
    const known = storages.get(key);
    if (known && (known.dtype !== dtype || known.count !== count))
      failHere(`refers to storage ${quote(key)} in two ways`);
    const raw = known ?? { kind, dtype, littleEndian, count, bytes: undefined };
    storages.set(key, raw);
    return { raw, view: view ?? null };
  };
  return { storages, find };
}

function loadZip(bytes: Uint8Array, budget: PickleBudget, unknown: Set<string>, file: string): PickleValue {
  const entries = new Map(readZip(bytes, file).map((entry) => [entry.name, entry]));
  const pickleName = torchPickleName(entries.keys());
  if (pickleName === undefined) failFile(file, "is a zip archive without data.pkl, so no PyTorch file");
  const prefix = pickleName.slice(0, -"data.pkl".length);
  // A name in the archive with at most so many bytes, none of which are believed before they are there.
  const read = (name: string, most: number): Uint8Array | undefined => {
    const entry = entries.get(prefix + name);
    if (!entry) return undefined;
    if (entry.size > most)
      failFile(file, `zip entry ${quote(entry.name)} declares ${entry.size} bytes, expected at most ${most}`);
    return unpack(entry, () => entry.size, file);
  };
  const order = read("byteorder", 16);
  const littleEndian = order === undefined || new TextDecoder().decode(order).trim() !== "big";
  const { storages, find } = createStorages(littleEndian);
  const world = networkWorld(budget, nested(budget, unknown, file, 0), (id, failHere) => {
    const { raw } = find(id, failHere);
    return new PickleStorage(raw, 0, raw.count);
  });
  const pickle = read("data.pkl", Math.min(2 ** 28, 64 * bytes.length))!;
  const { value } = unpickle(pickle, 0, world, budget, `${file}: ${pickleName}`);
  for (const name of world.unknown) unknown.add(name);
  // A packed storage of zeros may be far larger than its file: to some measure.
  let room = 16 * bytes.length + 2 ** 23;
  for (const [key, raw] of storages) {
    if (raw.kind === undefined || raw.count === 0) continue;
    const size = raw.count * widthOf(raw.kind);
    const entry = entries.get(`${prefix}data/${key}`) ?? entries.get(`${prefix}tensors/${key}`);
    if (!entry) failFile(file, `storage ${quote(key)} is not in the archive`);
    if (entry.size !== size)
      failFile(
        file,
        `storage ${quote(key)} has ${entry.size} bytes, expected ${size} (${raw.count} of ${raw.dtype})`,
      );
    room -= size;
    if (room < 0)
      failFile(file, `storage ${quote(key)} and those before it unpack to far more than the file's size`);
    raw.bytes = unpack(entry, () => size, file);
  }
  return value;
}

/** A file in PyTorch's format before 1.6, which storages pickled one by one still have. */
function loadLegacy(
  bytes: Uint8Array,
  budget: PickleBudget,
  unknown: Set<string>,
  file: string,
  depth: number,
): PickleValue {
  const { storages, find } = createStorages(true);
  const world = networkWorld(budget, nested(budget, unknown, file, depth), (id, failHere) => {
    // ("module", class, source file, source text): the class alone.
    if (Array.isArray(id) && id[0] === "module" && id[1] instanceof PickleGlobal) return id[1];
    const { raw, view } = find(id, failHere);
    if (view === null) return new PickleStorage(raw, 0, raw.count);
    const [, offset, count] = Array.isArray(view) ? view : [];
    if (typeof offset !== "number" || typeof count !== "number" || !(offset >= 0) || !(count >= 0))
      return failHere("refers to part of a storage without an offset and a length");
    if (offset + count > raw.count) failHere("refers to a part beyond the end of its storage");
    return new PickleStorage(raw, offset, count);
  });
  let at = 0;
  const next = (): PickleValue => {
    const { value, end } = unpickle(bytes, at, world, budget, file);
    at = end;
    return value;
  };
  next(); // the magic number
  const protocol = next();
  if (protocol !== 1001)
    failFile(file, `says PyTorch's file protocol ${String(protocol).slice(0, 20)}, expected 1001`);
  next(); // about the machine that wrote it; numbers are little-endian whatever it was
  const value = next();
  const keys = next();
  if (!Array.isArray(keys)) failFile(file, `has no list of storages at byte ${at}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (const key of keys) {
    const raw = storages.get(String(key));
    if (typeof key === "object" || !raw)
      failFile(file, `lists a storage at byte ${at} that no tensor refers to`);
    if (bytes.length - at < 8) failFile(file, `ends at byte ${bytes.length} inside its storages (truncated)`);
    const count = view.getBigInt64(at, true);
    if (count !== BigInt(raw.count))
      failFile(
        file,
        `storage ${quote(String(key))} at byte ${at} says ${count} numbers, expected ${raw.count}`,
      );
    at += 8;
    if (raw.kind === undefined)
      failFile(file, `storage ${quote(String(key))} holds ${raw.dtype}, which is not read`);
    const size = raw.count * widthOf(raw.kind);
    if (size > bytes.length - at)
      failFile(
        file,
        `storage ${quote(String(key))} needs ${size} bytes, but ${bytes.length - at} are left (truncated)`,
      );
    raw.bytes = bytes.subarray(at, at + size);
    at += size;
  }
  for (const name of world.unknown) unknown.add(name);
  return value;
}
