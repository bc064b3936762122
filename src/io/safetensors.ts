import { describe, fail } from "../core/check.js";
import { decodeNumbers, encodeNumbers, type NumberKind, widthOf } from "./decode.js";
import { failFile, quote, shapeText } from "./fileError.js";
import type { Opened } from "./source.js";
import { decodeText, parseJson } from "./strictJson.js";
import {
  countOf,
  type Tensor,
  type TensorHeader,
  type TensorHeaders,
  type TensorLike,
  type TensorTable,
} from "./tensor.js";
import { type WriteType, writable } from "./writable.js";

const kinds: Readonly<Record<string, NumberKind>> = {
  F64: "f8",
  F32: "f4",
  F16: "f2",
  BF16: "bf2",
  I64: "i8",
  I32: "i4",
  I16: "i2",
  I8: "i1",
  U64: "u8",
  U32: "u4",
  U16: "u2",
  U8: "u1",
  BOOL: "b1",
};

/** Formats the library does not read, with their bytes: such tensors are skipped with a note. */
const skippedWidths: Readonly<Record<string, number>> = { F8_E4M3: 1, F8_E5M2: 1, F8_E8M0: 1, C64: 8 };

interface Entry extends TensorHeader {
  readonly start: number;
  readonly end: number;
}

interface Header {
  readonly entries: readonly Entry[];
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Reads a safetensors file: every tensor as float64.
 *
 * The header is checked before a number is read: its length, its JSON, no key twice, and offsets that
 * cover the data without holes or overlaps, each as long as shape times number format. All number formats
 * of F64 F32 F16 BF16, I64 to I8, U64 to U8 and BOOL are read; 64-bit integers beyond 2^53 are rounded and
 * noted; 8-bit floats and complex numbers are skipped with a note.
 *
 * Failure: a FileError, one line, that says what and where. O(bytes); allocates nothing a header merely
 * claims. Source: the safetensors format description (Hugging Face, 2023).
 *
 * @param bytes - the whole file
 * @param file - its name, for messages
 * @example
 * ```ts
 * import { readSafetensors, writeSafetensors } from "rnn-dynamics/io";
 * const bytes = writeSafetensors([{ name: "w", shape: [2, 2], data: [1, 2, 3, 4] }]);
 * readSafetensors(bytes).tensors.get("w")!.data; // => [1, 2, 3, 4]
 * ```
 */
export function readSafetensors(bytes: Uint8Array, file = "safetensors"): TensorTable {
  const { entries, metadata } = parseHeader(bytes, bytes.length, file);
  const tensors = new Map<string, Tensor>();
  const notes: string[] = [];
  for (const entry of entries) {
    const tensor = tensorOf(entry, bytes, entry.start, notes);
    if (tensor) tensors.set(entry.name, tensor);
  }
  return { format: "safetensors", tensors, metadata, notes };
}

/** One tensor, whose numbers begin at byte `start` of `bytes`; `undefined`, with a note, where they are not read. */
function tensorOf(entry: Entry, bytes: Uint8Array, start: number, notes: string[]): Tensor | undefined {
  const { name, shape, dtype } = entry;
  const kind = kinds[dtype];
  if (kind === undefined) {
    notes.push(skipNote(name, dtype));
    return undefined;
  }
  const { data, rounded } = decodeNumbers(bytes, start, (entry.end - entry.start) / widthOf(kind), kind);
  if (rounded > 0)
    notes.push(`tensor ${quote(name)}: integers beyond 2^53 were rounded to float64 (${rounded} of them)`);
  return { name, shape, dtype, data };
}

/**
 * The tensors among `only` of a safetensors file that is not in memory: reads the header and their bytes, nothing else.
 * O(header and the numbers asked for).
 */
export async function readSafetensorsPart(opened: Opened, only: ReadonlySet<string>): Promise<TensorTable> {
  const { entries, metadata } = await readHeader(opened);
  const tensors = new Map<string, Tensor>();
  const notes: string[] = [];
  for (const entry of entries) {
    if (!only.has(entry.name)) continue;
    const bytes = await opened.range(entry.start, entry.end - entry.start);
    if (bytes.length !== entry.end - entry.start)
      failFile(opened.file, `tensor ${quote(entry.name)} is cut off (the file has changed)`);
    const tensor = tensorOf(entry, bytes, 0, notes);
    if (tensor) tensors.set(entry.name, tensor);
  }
  return { format: "safetensors", tensors, metadata, notes };
}

/** {@link readSafetensorsHeaders} of a file that is not in memory; reads its header alone. O(header). */
export async function readSafetensorsHeadersPart(opened: Opened): Promise<TensorHeaders> {
  return headersOf(await readHeader(opened));
}

async function readHeader(opened: Opened): Promise<Header> {
  const { file, size } = opened;
  const start = await opened.range(0, 8);
  return parseHeader(await opened.range(0, 8 + headerLength(start, size, file)), size, file);
}

/**
 * Names, shapes and number formats of a safetensors file; fails as {@link readSafetensors} does. O(header).
 *
 * @example
 * ```ts
 * import { readSafetensorsHeaders, writeSafetensors } from "rnn-dynamics/io";
 * const { tensors } = readSafetensorsHeaders(writeSafetensors([{ name: "h0", shape: [2], data: [1, 2] }]));
 * tensors.get("h0")!.dtype; // => "F64"
 * ```
 */
export function readSafetensorsHeaders(bytes: Uint8Array, file = "safetensors"): TensorHeaders {
  return headersOf(parseHeader(bytes, bytes.length, file));
}

function headersOf({ entries, metadata }: Header): TensorHeaders {
  const tensors = new Map<string, TensorHeader>();
  const notes: string[] = [];
  for (const { name, shape, dtype } of entries)
    if (dtype in kinds) tensors.set(name, { name, shape, dtype });
    else notes.push(skipNote(name, dtype));
  return { format: "safetensors", tensors, metadata, notes };
}

/**
 * Writes a safetensors file. The same tensors give the same bytes: tensors in order of name, header padded
 * so that the numbers begin at a multiple of 8.
 *
 * Failure: an ArgumentError when a name is given twice, a shape and its numbers disagree, or F32 cannot
 * hold a number. O(numbers).
 *
 * @param tensors - `{ name, shape, data }` each, data row-major
 * @param metadata - free text, e.g. `{ "rnn-dynamics/model": JSON.stringify(modelSpec) }`
 * @param options - `dtype`: `"F64"` (default, exact) or `"F32"`
 * @example
 * ```ts
 * import { writeSafetensors } from "rnn-dynamics/io";
 * const bytes = writeSafetensors([{ name: "h0", shape: [2], data: [0.5, -0.5] }], { made: "by hand" });
 * bytes.length % 8; // => 0
 * ```
 */
export function writeSafetensors(
  tensors: Iterable<TensorLike>,
  metadata: Readonly<Record<string, string>> = {},
  options: { readonly dtype?: WriteType } = {},
): Uint8Array {
  const where = "writeSafetensors";
  const dtype = options.dtype ?? "F64";
  const list = writable(where, tensors, dtype);
  const kind = dtype === "F64" ? "f8" : "f4";
  const fields: [string, unknown][] = [];
  const texts = Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [key, text] of texts)
    if (typeof text !== "string") fail(where, `metadata ${quote(key)} is ${describe(text)}, expected text`);
  if (texts.length > 0) fields.push(["__metadata__", Object.fromEntries(texts)]);
  let length = 0;
  for (const { name, shape, data } of list) {
    if (name === "__metadata__") fail(where, 'no tensor may be called "__metadata__"');
    const end = length + data.length * widthOf(kind);
    fields.push([name, { dtype, shape, data_offsets: [length, end] }]);
    length = end;
  }
  // Written key by key: an object would move names that look like numbers to the front.
  const text = `{${fields.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(",")}}`;
  const header = new TextEncoder().encode(text);
  const headerLength = Math.ceil(header.length / 8) * 8;
  const out = new Uint8Array(8 + headerLength + length);
  new DataView(out.buffer).setBigUint64(0, BigInt(headerLength), true);
  out.fill(0x20, 8, 8 + headerLength);
  out.set(header, 8);
  let offset = 8 + headerLength;
  for (const { data } of list) {
    encodeNumbers(data, kind, out, offset);
    offset += data.length * widthOf(kind);
  }
  return out;
}

/** The longest header that the format's own reader accepts. */
const longestHeader = 100_000_000;

/** What the first eight bytes say. */
function headerLength(bytes: Uint8Array, fileLength: number, file: string): number {
  if (bytes.length < 8)
    failFile(
      file,
      `truncated: ${bytes.length} bytes, a safetensors file begins with an 8-byte header length`,
    );
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(fileLength - 8))
    failFile(
      file,
      `header length says ${length} bytes, but only ${fileLength - 8} follow it (truncated, or no safetensors file)`,
    );
  if (length > longestHeader)
    failFile(file, `header length says ${length} bytes, expected at most ${longestHeader}`);
  return Number(length);
}

/** The header of a file of `fileLength` bytes that begins with `bytes`. */
function parseHeader(bytes: Uint8Array, fileLength: number, file: string): Header {
  const dataStart = 8 + headerLength(bytes, fileLength, file);
  const text = decodeText(bytes.subarray(8, dataStart), file, "safetensors header");
  if (!text.startsWith("{")) failFile(file, "safetensors header does not begin with {");
  const header = parseJson(text, file, "safetensors header") as Record<string, unknown>;

  const entries: Entry[] = [];
  let metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(header)) {
    if (name === "__metadata__") metadata = parseMetadata(value, file);
    else entries.push(parseEntry(name, value, dataStart, file));
  }
  checkCover(entries, dataStart, fileLength, file);
  return { entries, metadata };
}

function parseMetadata(value: unknown, file: string): Record<string, string> {
  if (!isObject(value)) failFile(file, `__metadata__ is ${describe(value)}, expected an object of texts`);
  for (const [key, text] of Object.entries(value))
    if (typeof text !== "string")
      failFile(file, `__metadata__ ${quote(key)} is ${describe(text)}, expected text`);
  return value as Record<string, string>;
}

function parseEntry(name: string, value: unknown, dataStart: number, file: string): Entry {
  const tensor = `tensor ${quote(name)}`;
  if (!isObject(value))
    failFile(file, `${tensor} is ${describe(value)} in the header, expected { dtype, shape, data_offsets }`);
  for (const key of Object.keys(value))
    if (key !== "dtype" && key !== "shape" && key !== "data_offsets")
      failFile(
        file,
        `${tensor} has an unknown header field ${quote(key)}, expected dtype, shape, data_offsets`,
      );
  const { dtype, shape, data_offsets: offsets } = value;
  const width = typeof dtype === "string" ? dtypeWidth(dtype) : undefined;
  if (typeof dtype !== "string" || width === undefined)
    failFile(
      file,
      `${tensor} has dtype ${describe(dtype)}, expected one of ${Object.keys(kinds).join(", ")}`,
    );
  if (!isIndexList(shape)) failFile(file, `${tensor} has no valid shape, expected a list of whole numbers`);
  if (!isIndexList(offsets) || offsets.length !== 2 || offsets[1] < offsets[0])
    failFile(file, `${tensor} has no valid data_offsets, expected [begin, end]`);
  const count = countOf(shape);
  const [begin, end] = [offsets[0], offsets[1]];
  if (count === undefined || count * width !== end - begin)
    failFile(
      file,
      `${tensor} has ${end - begin} bytes, expected ${count === undefined ? "an impossible number" : count * width} for shape ${shapeText(shape)} of ${dtype}`,
    );
  return { name, shape, dtype, start: dataStart + begin, end: dataStart + end };
}

/** Every byte of the data belongs to one tensor. */
function checkCover(entries: readonly Entry[], dataStart: number, fileEnd: number, file: string): void {
  let covered = dataStart;
  for (const { name, start, end } of [...entries].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (start !== covered)
      failFile(
        file,
        `tensor ${quote(name)} begins at byte ${start - dataStart} of the data, expected ${covered - dataStart} (${start < covered ? "overlap" : "hole"})`,
      );
    if (end > fileEnd)
      failFile(
        file,
        `tensor ${quote(name)} ends at byte ${end - dataStart} of the data, but the file has only ${fileEnd - dataStart} (truncated)`,
      );
    covered = end;
  }
  if (covered !== fileEnd)
    failFile(file, `${fileEnd - covered} bytes after the last tensor belong to nothing`);
}

function dtypeWidth(dtype: string): number | undefined {
  if (Object.hasOwn(kinds, dtype)) return widthOf(kinds[dtype]);
  return Object.hasOwn(skippedWidths, dtype) ? skippedWidths[dtype] : undefined;
}

function skipNote(name: string, dtype: string): string {
  return `tensor ${quote(name)} skipped: ${dtype} numbers are not read`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isIndexList(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((v) => Number.isSafeInteger(v) && v >= 0);
}
