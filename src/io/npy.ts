import { decodeNumbers, encodeNumbers, widthOf } from "./decode.js";
import { failFile, quote, shapeText } from "./fileError.js";
import { type NpyHeader, npyDataLength, npyDataStart, parseNpyHeader, whyNotRead } from "./npyHeader.js";
import type { Tensor, TensorLike } from "./tensor.js";
import { type WriteType, writable } from "./writable.js";

/**
 * Reads one NumPy array (`numpy.save`): npy versions 1 to 3, C or Fortran order, either byte order, floats
 * of 2, 4, 8 bytes, integers of 1 to 8 bytes, booleans, any shape including `()`.
 *
 * Failure: a FileError when the header lies, bytes are missing or left over, or the array holds anything
 * but real numbers. O(bytes). Source: NumPy Enhancement Proposal 1 (Kern, 2007).
 *
 * @param bytes - the whole file
 * @param file - its name, for messages
 * @param name - the name the tensor gets
 * @example
 * ```ts
 * import { readNpy, writeNpy } from "rnn-dynamics/io";
 * readNpy(writeNpy({ name: "x", shape: [3], data: [1, 2, 3] })).data; // => [1, 2, 3]
 * ```
 */
export function readNpy(
  bytes: Uint8Array,
  file = "npy",
  name = "array",
): Tensor & { notes: readonly string[] } {
  const dataStart = npyDataStart(bytes, file);
  if (dataStart === undefined || dataStart > bytes.length)
    failFile(file, "truncated: the npy header is not complete");
  const header = parseNpyHeader(bytes, dataStart, file);
  if (header.kind === undefined) failFile(file, whyNotRead(header.dtype));
  return npyTensor(bytes, header, file, name);
}

/** The numbers behind a header that has been read; checks that they are all there and no more. */
export function npyTensor(
  bytes: Uint8Array,
  header: NpyHeader,
  file: string,
  name: string,
): Tensor & { notes: readonly string[] } {
  const { shape, dtype, dataStart, count } = header;
  const [found, expected] = [bytes.length - dataStart, npyDataLength(header)];
  if (found !== expected)
    failFile(
      file,
      `array ${quote(name)} has ${found} bytes of numbers, expected ${expected} for shape ${shapeText(shape)} of ${dtype}`,
    );
  const { data, rounded } = decodeNumbers(bytes, dataStart, count, header.kind!, header.littleEndian);
  const notes =
    rounded > 0
      ? [`array ${quote(name)}: integers beyond 2^53 were rounded to float64 (${rounded} of them)`]
      : [];
  return { name, shape, dtype, data: header.fortranOrder ? toRowMajor(data, shape) : data, notes };
}

/**
 * Writes one NumPy array (npy version 1, C order, little-endian).
 *
 * Failure: an ArgumentError when shape and numbers disagree or F32 cannot hold a number. O(numbers).
 *
 * @param tensor - `{ name, shape, data }`; the name is not stored in an npy file
 * @param options - `dtype`: `"F64"` (default, exact) or `"F32"`
 * @example
 * ```ts
 * import { writeNpy } from "rnn-dynamics/io";
 * writeNpy({ name: "x", shape: [2, 1], data: [1, 2] }).length; // => 144
 * ```
 */
export function writeNpy(tensor: TensorLike, options: { readonly dtype?: WriteType } = {}): Uint8Array {
  const dtype = options.dtype ?? "F64";
  const [{ shape, data }] = writable("writeNpy", [tensor], dtype) as [TensorLike];
  const kind = dtype === "F64" ? "f8" : "f4";
  const sizes = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const text = `{'descr': '<${kind}', 'fortran_order': False, 'shape': ${sizes}, }`;
  const headerLength = Math.ceil((10 + text.length + 1) / 64) * 64 - 10;
  const out = new Uint8Array(10 + headerLength + data.length * widthOf(kind));
  out.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, headerLength & 0xff, headerLength >> 8]);
  out.set(new TextEncoder().encode(`${text.padEnd(headerLength - 1)}\n`), 10);
  encodeNumbers(data, kind, out, 10 + headerLength);
  return out;
}

/** Column-major numbers (first axis fastest) as row-major (last axis fastest). O(numbers). */
function toRowMajor(data: Float64Array, shape: readonly number[]): Float64Array {
  const rank = shape.length;
  if (rank < 2) return data;
  const strides = new Array<number>(rank);
  strides[0] = 1;
  for (let axis = 1; axis < rank; axis++) strides[axis] = strides[axis - 1] * shape[axis - 1];
  const out = new Float64Array(data.length);
  const place = new Array<number>(rank).fill(0);
  let from = 0;
  for (let to = 0; to < out.length; to++) {
    out[to] = data[from];
    for (let axis = rank - 1; axis >= 0; axis--) {
      from += strides[axis];
      if (++place[axis] < shape[axis]) break;
      from -= strides[axis] * shape[axis];
      place[axis] = 0;
    }
  }
  return out;
}
