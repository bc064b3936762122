import { describe } from "../core/check.js";
import { type NumberKind, widthOf } from "./decode.js";
import { failFile, shapeText } from "./fileError.js";
import { countOf } from "./tensor.js";

/** What the header of an npy array says. */
export interface NpyHeader {
  readonly shape: readonly number[];
  /** Number format in NumPy's words, e.g. `"<f4"`. */
  readonly dtype: string;
  /** `undefined`: a format the library does not read (objects, complex numbers, text, records). */
  readonly kind: NumberKind | undefined;
  readonly littleEndian: boolean;
  readonly fortranOrder: boolean;
  readonly count: number;
  readonly dataStart: number;
}

type Literal = string | boolean | number | null | Literal[] | Map<string, Literal>;

const longestHeader = 1 << 20;
const numberFormat = /^([<>|=]?)([fiub])([1248])$/;

/**
 * Where the numbers begin, or `undefined` when more bytes are needed to know. FileError when the bytes are
 * no npy array (versions 1, 2 and 3).
 */
export function npyDataStart(bytes: Uint8Array, file: string): number | undefined {
  const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
  for (let i = 0; i < Math.min(6, bytes.length); i++)
    if (bytes[i] !== magic[i]) failFile(file, "no npy array: it does not begin with \\x93NUMPY");
  if (bytes.length < 12) return undefined;
  const major = bytes[6];
  if (major < 1 || major > 3) failFile(file, `npy version ${major}, expected 1, 2 or 3`);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > longestHeader)
    failFile(file, `npy header length says ${length} bytes, expected at most ${longestHeader}`);
  return (major === 1 ? 10 : 12) + length;
}

/** Reads the header; `bytes` must reach to {@link npyDataStart}. O(header). */
export function parseNpyHeader(bytes: Uint8Array, dataStart: number, file: string): NpyHeader {
  const major = bytes[6];
  const text = new TextDecoder(major === 3 ? "utf-8" : "latin1").decode(
    bytes.subarray(major === 1 ? 10 : 12, dataStart),
  );
  const header = parseLiteral(text);
  if (!(header instanceof Map)) failFile(file, "npy header is not the dictionary NumPy writes");
  const [descr, fortran, shape] = [header.get("descr"), header.get("fortran_order"), header.get("shape")];
  if (header.size !== 3)
    failFile(file, `npy header has ${header.size} fields, expected descr, fortran_order, shape`);
  if (typeof fortran !== "boolean")
    failFile(file, `npy header says fortran_order ${describe(fortran)}, expected True or False`);
  if (!Array.isArray(shape) || !shape.every((n) => typeof n === "number"))
    failFile(file, "npy header has no valid shape, expected a tuple of whole numbers");
  const sizes = shape as number[];
  const count = countOf(sizes);
  if (count === undefined) failFile(file, `npy header has the impossible shape ${shapeText(sizes)}`);
  if (typeof descr !== "string" && !Array.isArray(descr)) failFile(file, "npy header has no valid descr");
  const dtype = typeof descr === "string" ? descr : "record";
  const format = numberFormat.exec(dtype);
  const kind = format ? `${format[2]}${format[3]}` : undefined;
  return {
    shape: sizes,
    dtype,
    kind: kind !== undefined && isNumberKind(kind) ? kind : undefined,
    littleEndian: format?.[1] !== ">",
    fortranOrder: fortran,
    count,
    dataStart,
  };
}

/** Why an array of this format is skipped. */
export function whyNotRead(dtype: string): string {
  const code = dtype.replace(/^[<>|=]/, "");
  if (code.startsWith("O")) return "Python objects (pickled) are not read";
  if (code.startsWith("c")) return `complex numbers (${dtype}) are not read`;
  if (/^[SUa]/.test(code)) return `text (${dtype}) is not read`;
  return `numbers of format ${dtype} are not read`;
}

/** Bytes of the numbers; only for formats that are read. */
export function npyDataLength(header: NpyHeader): number {
  return header.count * widthOf(header.kind!);
}

function isNumberKind(kind: string): kind is NumberKind {
  return /^(f[248]|[iu][1248]|b1)$/.test(kind);
}

/**
 * The Python literal of an npy header: dictionaries with text keys, tuples, lists, texts, whole numbers,
 * True, False, None. `undefined` when the text is anything else. One pass, depth at most 8.
 */
function parseLiteral(text: string): Literal | undefined {
  let at = 0;
  const failed = Symbol();
  const skip = () => {
    while (at < text.length && " \n\t\r".includes(text[at])) at++;
  };
  const sequence = (close: string, depth: number): Literal[] | typeof failed => {
    const items: Literal[] = [];
    for (;;) {
      skip();
      if (text[at] === close) {
        at++;
        return items;
      }
      const item = value(depth + 1);
      if (item === failed) return failed;
      items.push(item as Literal);
      skip();
      if (text[at] === ",") at++;
      else if (text[at] !== close) return failed;
    }
  };
  const dictionary = (depth: number): Literal | typeof failed => {
    const entries = new Map<string, Literal>();
    for (;;) {
      skip();
      if (text[at] === "}") {
        at++;
        return entries;
      }
      const key = value(depth + 1);
      if (typeof key !== "string" || entries.has(key)) return failed;
      skip();
      if (text[at++] !== ":") return failed;
      const item = value(depth + 1);
      if (item === failed) return failed;
      entries.set(key, item as Literal);
      skip();
      if (text[at] === ",") at++;
      else if (text[at] !== "}") return failed;
    }
  };
  const value = (depth: number): Literal | typeof failed => {
    if (depth > 8) return failed;
    skip();
    const c = text[at];
    if (c === "{" || c === "(" || c === "[") {
      at++;
      return c === "{" ? dictionary(depth) : sequence(c === "(" ? ")" : "]", depth);
    }
    if (c === "'" || c === '"') {
      const end = text.indexOf(c, at + 1);
      if (end < 0) return failed;
      const content = text.slice(at + 1, end);
      at = end + 1;
      return content.includes("\\") ? failed : content;
    }
    for (const [word, meaning] of [
      ["True", true],
      ["False", false],
      ["None", null],
    ] as const)
      if (text.startsWith(word, at)) {
        at += word.length;
        return meaning;
      }
    const start = at;
    while (at < text.length && text[at] >= "0" && text[at] <= "9") at++;
    if (at === start || at - start > 20) return failed;
    const whole = Number(text.slice(start, at));
    if (text[at] === "L") at++; // Python 2 wrote long integers this way
    return whole;
  };
  const result = value(0);
  skip();
  return result === failed || at !== text.length ? undefined : (result as Literal);
}
