import { Unzlib } from "fflate";
import { decodeNumbers, type NumberKind, widthOf } from "./decode.js";
import { failFile, quote, shapeText } from "./fileError.js";
import { gather } from "./gather.js";
import { countOf, type Tensor, type TensorTable } from "./tensor.js";

const headerSize = 128;
const deepest = 32;
const mostElements = 2 ** 18;
const longestFact = 200;

/** Data types of elements: how numbers are stored. 14 and 15 hold arrays and packed elements. */
const storedKinds: Readonly<Record<number, NumberKind>> = {
  1: "i1",
  2: "u1",
  3: "i2",
  4: "u2",
  5: "i4",
  6: "u4",
  7: "f4",
  9: "f8",
  12: "i8",
  13: "u8",
  16: "u1",
  17: "u2",
};
const matrixType = 14;
const packedType = 15;

/** Classes of arrays, by number. */
const classes: Readonly<Record<number, string>> = {
  1: "cell",
  2: "struct",
  3: "object",
  4: "char",
  5: "sparse",
  6: "double",
  7: "single",
  8: "int8",
  9: "uint8",
  10: "int16",
  11: "uint16",
  12: "int32",
  13: "uint32",
  14: "int64",
  15: "uint64",
  16: "function",
  17: "opaque",
};

/**
 * Reads a MATLAB 5 file (`save(..., "-v7")` or `-v6`, scipy.io.savemat): real arrays of all numeric classes and logicals,
 * packed or not, either byte order, as row-major tensors with the shape MATLAB shows. Fields of structs and places of
 * cells are reached by dotted names: `net.W`, `mu0.0`. Texts are `metadata`. Complex and sparse arrays, objects and
 * functions are skipped with a note; so is a variable that unpacks to more than 64 MiB and more than 20 times the file,
 * which no weights do. Checksums of packed variables are verified.
 *
 * Failure: a FileError, one line, with the byte. MATLAB 7.3 files are HDF5 and are refused by name. O(bytes unpacked).
 * Source: MathWorks, MAT-File Format (2019).
 *
 * @param bytes - the whole file
 * @param file - its name, for messages
 * @example
 * ```ts
 * import { readMatlab } from "rnn-dynamics/io";
 * // scipy.io.savemat("x.mat", {"x": numpy.uint8([[1, 2]])}), its free text left out
 * const bytes = new Uint8Array(128 + 64);
 * bytes.set(new TextEncoder().encode("MATLAB 5.0"));
 * bytes.set([0, 1, 0x49, 0x4d], 124);
 * bytes.set([14, 0, 0, 0, 56, 0, 0, 0, 6, 0, 0, 0, 8, 0, 0, 0, 9], 128);
 * bytes.set([5, 0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 1, 0, 0x78], 152);
 * bytes.set([2, 0, 2, 0, 1, 2], 176);
 * readMatlab(bytes).tensors.get("x")!.data; // => [1, 2]
 * ```
 */
export function readMatlab(bytes: Uint8Array, file = "mat"): TensorTable {
  if (bytes.length < headerSize) failFile(file, "truncated: a MATLAB file begins with 128 bytes of header");
  const mark = String.fromCharCode(bytes[126], bytes[127]);
  if (mark !== "IM" && mark !== "MI")
    failFile(file, `has no MATLAB byte order mark at byte 126 (${quote(mark)}), expected "IM" or "MI"`);
  const littleEndian = mark === "IM";
  const version = new DataView(bytes.buffer, bytes.byteOffset).getUint16(124, littleEndian);
  if (version >> 8 === 2)
    failFile(file, "is an HDF5 file (MATLAB 7.3), which is not read; save it in MATLAB with -v7");
  if (version >> 8 !== 1) failFile(file, `has MATLAB file version ${version >> 8}, expected 1`);

  const tensors = new Map<string, Tensor>();
  const facts = new Map<string, string>();
  const notes: string[] = [];
  const limits = { elements: mostElements };
  let room = 2 ** 26 + 20 * bytes.length;
  let at = headerSize;
  while (at < bytes.length) {
    const part = { bytes, littleEndian, file, base: 0 };
    const { type, start, length, next } = readTag(part, at, bytes.length);
    if (type === packedType) {
      const packed = bytes.subarray(start, start + length);
      const unpacked = unpackElement(packed, room, littleEndian, `${file}: packed element at byte ${at}`);
      if (typeof unpacked === "string") notes.push(unpacked);
      else {
        room -= unpacked.length;
        const inner = { bytes: unpacked, littleEndian, file, base: at };
        const tag = readTag(inner, 0, unpacked.length);
        if (tag.type === matrixType)
          readMatrix(inner, tag.start, tag.start + tag.length, undefined, 0, {
            tensors,
            facts,
            notes,
            limits,
          });
      }
      at = start + length;
    } else {
      if (type === matrixType)
        readMatrix(part, start, start + length, undefined, 0, { tensors, facts, notes, limits });
      at = next;
    }
  }
  return { format: "matlab", tensors, metadata: Object.fromEntries(facts), notes };
}

interface Part {
  readonly bytes: Uint8Array;
  readonly littleEndian: boolean;
  readonly file: string;
  /** Byte of the file that a packed part comes from, for messages. */
  readonly base: number;
}

interface Sink {
  readonly tensors: Map<string, Tensor>;
  readonly facts: Map<string, string>;
  readonly notes: string[];
  readonly limits: { elements: number };
}

interface Tag {
  readonly type: number;
  readonly start: number;
  readonly length: number;
  /** Where the next element begins: elements are padded to 8 bytes. */
  readonly next: number;
}

/** The tag of an element that must end before `end`. */
function readTag({ bytes, littleEndian, file, base }: Part, at: number, end: number): Tag {
  const place = base > 0 ? `packed element at byte ${base}, byte ${at} of it` : `element at byte ${at}`;
  if (end - at < 8) failFile(file, `${place} has no room for its tag (truncated)`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const word = view.getUint32(at, littleEndian);
  // Up to 4 bytes of data fit into the tag itself; their number is in its upper half.
  const small = word >>> 16;
  if (small > 0) {
    if (small > 4) failFile(file, `${place} is a short element of ${small} bytes, expected at most 4`);
    return { type: word & 0xffff, start: at + 4, length: small, next: at + 8 };
  }
  const length = view.getUint32(at + 4, littleEndian);
  const start = at + 8;
  if (length > end - start)
    failFile(file, `${place} declares ${length} bytes, but ${end - start} are left (truncated)`);
  return { type: word, start, length, next: Math.min(start + 8 * Math.ceil(length / 8), end) };
}

/** One array and all inside it; `given` is its path, where a struct or a cell holds it. */
function readMatrix(
  part: Part,
  start: number,
  end: number,
  given: string | undefined,
  depth: number,
  sink: Sink,
): void {
  const { bytes, littleEndian, file } = part;
  if (start === end) return; // an empty array inside a struct or a cell
  const broken = (what: string): never =>
    failFile(file, `array ${quote(given ?? "?")} at byte ${part.base + start} ${what}`);
  if (depth > deepest) broken(`is nested deeper than ${deepest} levels`);
  if (--sink.limits.elements < 0) broken("is one array more than any network has");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const flagTag = readTag(part, start, end);
  if (flagTag.length !== 8) broken("has no flags");
  const flags = view.getUint32(flagTag.start, littleEndian);
  const className = classes[flags & 0xff] ?? `class ${flags & 0xff}`;
  if (className === "opaque") {
    sink.notes.push(`variable ${quote(given ?? "?")} skipped: MATLAB objects are not read`);
    return;
  }
  const sizeTag = readTag(part, flagTag.next, end);
  if (sizeTag.type !== 5 || sizeTag.length < 8 || sizeTag.length % 4 !== 0 || sizeTag.length > 128)
    broken("has no valid size");
  const shape = Array.from({ length: sizeTag.length / 4 }, (_, i) =>
    view.getInt32(sizeTag.start + 4 * i, littleEndian),
  );
  const count = countOf(shape);
  if (count === undefined) {
    broken(`has the impossible size ${shapeText(shape)}`);
    return;
  }
  const nameTag = readTag(part, sizeTag.next, end);
  const ownName = new TextDecoder("latin1").decode(
    bytes.subarray(nameTag.start, nameTag.start + Math.min(nameTag.length, 256)),
  );
  const name = given ?? ownName;
  if (name === "" || name.length > 300) return;
  const skip = (why: string) => void sink.notes.push(`variable ${quote(name)} skipped: ${why} are not read`);
  const at = nameTag.next;

  switch (className) {
    case "cell": {
      let place = at;
      for (let i = 0; i < count; i++) {
        const tag = readTag(part, place, end);
        if (tag.type !== matrixType) broken("holds something that is no array");
        readMatrix(part, tag.start, tag.start + tag.length, `${name}.${i}`, depth + 1, sink);
        place = tag.next;
      }
      return;
    }
    case "struct":
    case "object": {
      let tag = readTag(part, at, end);
      if (className === "object") tag = readTag(part, tag.next, end); // its class name
      if (tag.length !== 4) broken("has no field name length");
      const width = view.getInt32(tag.start, littleEndian);
      const names = readTag(part, tag.next, end);
      if (width < 1 || names.length % width !== 0) broken("has no valid field names");
      const fields = Array.from({ length: names.length / width }, (_, i) => {
        const field = bytes.subarray(names.start + i * width, names.start + (i + 1) * width);
        const stop = field.indexOf(0);
        return new TextDecoder("latin1").decode(stop < 0 ? field : field.subarray(0, stop));
      });
      let place = names.next;
      for (let i = 0; i < count && fields.length > 0; i++)
        for (const field of fields) {
          const inner = readTag(part, place, end);
          if (inner.type !== matrixType) broken("holds something that is no array");
          const path = count === 1 ? `${name}.${field}` : `${name}.${i}.${field}`;
          readMatrix(part, inner.start, inner.start + inner.length, path, depth + 1, sink);
          place = inner.next;
        }
      return;
    }
    case "char": {
      const { data } = numbersAt(part, readTag(part, at, end), count, name);
      const rows = shape[0] ?? 0;
      if (shape.length === 2 && rows === 1 && data.length <= longestFact)
        sink.facts.set(name, String.fromCharCode(...data));
      else if (count > 0) skip("texts of many rows or characters");
      return;
    }
    case "sparse":
      skip("sparse arrays");
      return;
    case "function":
      skip("functions");
      return;
  }
  const odd = (flags & 0xff) < 6 || (flags & 0xff) > 15;
  if (odd || flags & 0x0800) {
    skip(odd ? `arrays of ${className}` : "complex numbers");
    return;
  }
  const { data, rounded } = numbersAt(part, readTag(part, at, end), count, name);
  if (rounded > 0)
    sink.notes.push(
      `variable ${quote(name)}: integers beyond 2^53 were rounded to float64 (${rounded} of them)`,
    );
  if (sink.tensors.has(name)) sink.notes.push(`variable ${quote(name)} comes twice: the last is taken`);
  const dtype = flags & 0x0200 ? "logical" : className;
  sink.tensors.set(name, { name, shape, dtype, data: rowMajor(data, shape) });
}

/** The numbers of an element, in whatever format they are stored. */
function numbersAt(
  part: Part,
  tag: Tag,
  count: number,
  name: string,
): { data: Float64Array; rounded: number } {
  const kind = storedKinds[tag.type];
  if (kind === undefined)
    failFile(part.file, `variable ${quote(name)} stores numbers of type ${tag.type}, which is not known`);
  if (tag.length !== count * widthOf(kind))
    failFile(
      part.file,
      `variable ${quote(name)} has ${tag.length} bytes of numbers, expected ${count * widthOf(kind)}`,
    );
  return decodeNumbers(part.bytes, tag.start, count, kind, part.littleEndian);
}

/** First axis fastest to last axis fastest. */
function rowMajor(data: Float64Array, shape: readonly number[]): Float64Array {
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((a, b) => a * b, 1));
  return gather(data, shape, strides, data.length);
}

/**
 * A packed element, or a note why it is left packed. Its own tag says how long it is: nothing beyond that is unpacked,
 * and nothing at all where that is more than there is room for.
 */
function unpackElement(
  packed: Uint8Array,
  room: number,
  littleEndian: boolean,
  what: string,
): Uint8Array | string {
  let out = new Uint8Array(0);
  let filled = 0;
  let expected: number | undefined;
  let skipped = false;
  const inflate = new Unzlib((chunk) => {
    if (skipped) return;
    if (expected === undefined) {
      const soFar = new Uint8Array(filled + chunk.length);
      soFar.set(out.subarray(0, filled));
      soFar.set(chunk, filled);
      out = soFar;
      filled = soFar.length;
      if (filled < 8) return;
      const view = new DataView(out.buffer);
      expected = view.getUint32(0, littleEndian) >>> 16 > 0 ? 8 : 8 + view.getUint32(4, littleEndian);
      if (expected > room) {
        skipped = true;
        return;
      }
      if (filled > expected) failFile(what, `unpacks to more than the ${expected} bytes it declares`);
      return;
    }
    if (filled + chunk.length > expected)
      failFile(what, `unpacks to more than the ${expected} bytes it declares`);
    if (filled + chunk.length > out.length) {
      const larger = new Uint8Array(Math.min(expected, Math.max(2 * out.length, filled + chunk.length)));
      larger.set(out.subarray(0, filled));
      out = larger;
    }
    out.set(chunk, filled);
    filled += chunk.length;
  });
  const step = 16384;
  for (let at = 0; at < packed.length && !skipped; at += step) {
    try {
      inflate.push(packed.subarray(at, at + step), at + step >= packed.length);
    } catch (error) {
      if ((error as Error).name === "FileError") throw error;
      failFile(what, `does not unpack (${(error as Error).message})`);
    }
  }
  if (skipped)
    return `variable ${quote(nameIn(out, littleEndian, what))} skipped: it unpacks to ${expected} bytes from ${packed.length}, which no weights do`;
  if (expected === undefined || filled !== expected)
    failFile(what, `unpacks to ${filled} bytes, expected ${expected ?? "a tag"}`);
  const stored = new DataView(packed.buffer, packed.byteOffset + packed.length - 4, 4).getUint32(0, false);
  const whole = out.subarray(0, filled);
  if (adler32(whole) !== stored) failFile(what, "is damaged (checksum differs)");
  return whole;
}

/** The name of an array of which only the beginning is there. */
function nameIn(bytes: Uint8Array, littleEndian: boolean, file: string): string {
  const part = { bytes, littleEndian, file, base: 0 };
  const flags = readTag(part, 8, bytes.length);
  const size = readTag(part, flags.next, bytes.length);
  const name = readTag(part, size.next, bytes.length);
  return new TextDecoder("latin1").decode(bytes.subarray(name.start, name.start + name.length));
}

function adler32(bytes: Uint8Array): number {
  let a = 1;
  let b = 0;
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(at + 3800, bytes.length);
    for (; at < end; at++) b += a += bytes[at];
    a %= 65521;
    b %= 65521;
  }
  return ((b << 16) | a) >>> 0;
}
