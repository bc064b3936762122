import { describe, fail } from "../core/check.js";
import { failFile, quote } from "./fileError.js";
import { isKerasArchive } from "./keras.js";
import { npyTensor, writeNpy } from "./npy.js";
import { type NpyHeader, npyDataLength, npyDataStart, parseNpyHeader, whyNotRead } from "./npyHeader.js";
import type { Tensor, TensorHeader, TensorHeaders, TensorLike, TensorTable } from "./tensor.js";
import { torchPickleName } from "./torch.js";
import { type WriteType, writable } from "./writable.js";
import { readZip, unpack, writeZip, type ZipEntry } from "./zip.js";

/** All arrays of an archive together, unpacked: beyond it the file is refused, not read until memory ends. */
const mostBytes = 2 ** 31;

/**
 * Reads a NumPy archive (`numpy.savez`, `numpy.savez_compressed`): every array as {@link readNpy} reads it.
 * Arrays of objects, complex numbers or text, and entries that are no arrays, are skipped with a note;
 * pickled objects are never opened.
 *
 * Failure: a FileError, one line. An entry may unpack only to as many bytes as its own npy header declares,
 * so a zip bomb is refused at the first surplus byte; checksums are verified. O(bytes unpacked).
 *
 * @param bytes - the whole file
 * @param file - its name, for messages
 * @example
 * ```ts
 * import { readNpz, writeNpz } from "rnn-dynamics/io";
 * const table = readNpz(writeNpz([{ name: "w", shape: [1, 2], data: [1, 2] }]));
 * table.tensors.get("w")!.shape; // => [1, 2]
 * ```
 */
export function readNpz(bytes: Uint8Array, file = "npz"): TensorTable {
  const tensors = new Map<string, Tensor>();
  const notes: string[] = [];
  let total = 0;
  for (const { entry, name } of arraysOf(bytes, file, notes)) {
    const at = `${file}: array ${quote(name)}`;
    let header: NpyHeader | undefined;
    const array = unpack(
      entry,
      (soFar) => {
        header ??= headerOf(soFar, at);
        if (header === undefined) return undefined;
        if (header.kind === undefined) return "enough";
        const size = header.dataStart + npyDataLength(header);
        if (total + size > mostBytes)
          failFile(at, `makes the arrays larger than ${mostBytes} bytes together`);
        return size;
      },
      file,
    );
    if (header === undefined) failFile(at, "truncated: the npy header is not complete");
    if (header.kind === undefined) {
      notes.push(`array ${quote(name)} skipped: ${whyNotRead(header.dtype)}`);
      continue;
    }
    total += array.length;
    const { notes: more, ...tensor } = npyTensor(array, header, file, name);
    notes.push(...more);
    tensors.set(name, tensor);
  }
  return { format: "npz", tensors, metadata: {}, notes };
}

/**
 * Names, shapes and number formats of an npz archive; unpacks only the headers. Fails as {@link readNpz}
 * does where a header lies; numbers and checksums are not looked at. O(arrays).
 *
 * @example
 * ```ts
 * import { readNpzHeaders, writeNpz } from "rnn-dynamics/io";
 * const { tensors } = readNpzHeaders(writeNpz([{ name: "w", shape: [1, 2], data: [1, 2] }]));
 * tensors.get("w")!.dtype; // => "<f8"
 * ```
 */
export function readNpzHeaders(bytes: Uint8Array, file = "npz"): TensorHeaders {
  const tensors = new Map<string, TensorHeader>();
  const notes: string[] = [];
  for (const { entry, name } of arraysOf(bytes, file, notes)) {
    const at = `${file}: array ${quote(name)}`;
    let header: NpyHeader | undefined;
    unpack(
      entry,
      (soFar) => {
        header = headerOf(soFar, at);
        return header && "enough";
      },
      file,
    );
    if (header === undefined) failFile(at, "truncated: the npy header is not complete");
    if (header.kind === undefined) notes.push(`array ${quote(name)} skipped: ${whyNotRead(header.dtype)}`);
    else tensors.set(name, { name, shape: header.shape, dtype: header.dtype });
  }
  return { format: "npz", tensors, metadata: {}, notes };
}

/**
 * Writes a NumPy archive. The same tensors give the same bytes: arrays in order of name, no time stamp.
 *
 * Failure: an ArgumentError, as {@link writeNpy}. O(numbers).
 *
 * @param tensors - `{ name, shape, data }` each, data row-major
 * @param options - `dtype`: `"F64"` (default, exact) or `"F32"`; `compress`: deflate, default false
 * @example
 * ```ts
 * import { writeNpz } from "rnn-dynamics/io";
 * writeNpz([{ name: "h0", shape: [2], data: [0.5, -0.5] }], { compress: true });
 * ```
 */
export function writeNpz(
  tensors: Iterable<TensorLike>,
  options: { readonly dtype?: WriteType; readonly compress?: boolean } = {},
): Uint8Array {
  const { dtype = "F64", compress = false } = options;
  if (typeof compress !== "boolean")
    fail("writeNpz", `compress is ${describe(compress)}, expected true or false`);
  const files = writable("writeNpz", tensors, dtype).map((tensor) => ({
    name: `${tensor.name}.npy`,
    bytes: writeNpy(tensor, { dtype }),
  }));
  if (files.length > 0xffff) fail("writeNpz", `got ${files.length} tensors, expected at most 65535`);
  if (files.reduce((sum, f) => sum + f.bytes.length + 2 * f.name.length + 128, 0) > 0xffffffff)
    fail("writeNpz", "the archive would pass 4 GiB");
  return writeZip(files, compress);
}

function* arraysOf(
  bytes: Uint8Array,
  file: string,
  notes: string[],
): Iterable<{ entry: ZipEntry; name: string }> {
  const entries = readZip(bytes, file);
  if (torchPickleName(entries.map((e) => e.name)) !== undefined)
    failFile(file, "is a PyTorch file, no npz archive");
  if (isKerasArchive(entries.map((e) => e.name))) failFile(file, "is a Keras file, no npz archive");
  for (const entry of entries) {
    if (entry.name.endsWith(".npy")) yield { entry, name: entry.name.slice(0, -4) };
    else notes.push(`zip entry ${quote(entry.name)} skipped: it is no npy array`);
  }
}

function headerOf(soFar: Uint8Array, at: string): NpyHeader | undefined {
  const dataStart = npyDataStart(soFar, at);
  return dataStart === undefined || dataStart > soFar.length
    ? undefined
    : parseNpyHeader(soFar, dataStart, at);
}
