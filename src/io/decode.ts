/** Number formats of files, to and from float64. */

/** How one number is stored: float, brain float, signed, unsigned or boolean, and its bytes. */
export type NumberKind =
  | "f8"
  | "f4"
  | "f2"
  | "bf2"
  | "i8"
  | "i4"
  | "i2"
  | "i1"
  | "u8"
  | "u4"
  | "u2"
  | "u1"
  | "b1";

/** Bytes of one number. */
export function widthOf(kind: NumberKind): number {
  return Number(kind.at(-1));
}

/**
 * `count` numbers that begin at byte `offset`, as float64. The bytes must be there: check first.
 *
 * Everything up to 53 bits is exact; `rounded` counts the 64-bit integers that were not. O(count).
 */
export function decodeNumbers(
  bytes: Uint8Array,
  offset: number,
  count: number,
  kind: NumberKind,
  littleEndian = true,
): { data: Float64Array; rounded: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, count * widthOf(kind));
  const data = new Float64Array(count);
  let rounded = 0;
  switch (kind) {
    case "f8":
      for (let i = 0; i < count; i++) data[i] = view.getFloat64(8 * i, littleEndian);
      break;
    case "f4":
      for (let i = 0; i < count; i++) data[i] = view.getFloat32(4 * i, littleEndian);
      break;
    case "f2":
      for (let i = 0; i < count; i++) data[i] = halfToNumber(view.getUint16(2 * i, littleEndian));
      break;
    case "bf2": {
      const word = new DataView(new ArrayBuffer(4));
      for (let i = 0; i < count; i++) {
        word.setUint16(0, view.getUint16(2 * i, littleEndian));
        data[i] = word.getFloat32(0);
      }
      break;
    }
    case "i8":
    case "u8":
      for (let i = 0; i < count; i++) {
        const exact =
          kind === "i8" ? view.getBigInt64(8 * i, littleEndian) : view.getBigUint64(8 * i, littleEndian);
        data[i] = Number(exact);
        if (BigInt(data[i]) !== exact) rounded++;
      }
      break;
    case "i4":
      for (let i = 0; i < count; i++) data[i] = view.getInt32(4 * i, littleEndian);
      break;
    case "u4":
      for (let i = 0; i < count; i++) data[i] = view.getUint32(4 * i, littleEndian);
      break;
    case "i2":
      for (let i = 0; i < count; i++) data[i] = view.getInt16(2 * i, littleEndian);
      break;
    case "u2":
      for (let i = 0; i < count; i++) data[i] = view.getUint16(2 * i, littleEndian);
      break;
    case "i1":
      for (let i = 0; i < count; i++) data[i] = view.getInt8(i);
      break;
    case "u1":
      for (let i = 0; i < count; i++) data[i] = view.getUint8(i);
      break;
    case "b1":
      for (let i = 0; i < count; i++) data[i] = view.getUint8(i) === 0 ? 0 : 1;
      break;
  }
  return { data, rounded };
}

/** IEEE 754 binary16: 1 sign bit, 5 exponent bits, 10 fraction bits. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Little-endian bytes of `data` as float64 or float32, into `out` at byte `offset`. */
export function encodeNumbers(
  data: ArrayLike<number>,
  kind: "f8" | "f4",
  out: Uint8Array,
  offset: number,
): void {
  const view = new DataView(out.buffer, out.byteOffset + offset, data.length * widthOf(kind));
  if (kind === "f8") for (let i = 0; i < data.length; i++) view.setFloat64(8 * i, data[i], true);
  else for (let i = 0; i < data.length; i++) view.setFloat32(4 * i, data[i], true);
}
