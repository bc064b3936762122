import { PbfReader } from "pbf";

/** One field of a message: its number, and a whole number or the bytes it holds. */
export interface Field {
  readonly number: number;
  /** A varint, as a signed whole number; 0 for fields of bytes. Rounded beyond 2^53. */
  readonly value: number;
  /** Bytes of a text, a message, a packed list, or a number of 4 or 8 bytes; empty for a varint. */
  readonly bytes: Uint8Array;
  /** How it is stored: 0 varint, 1 eight bytes, 2 bytes with a length, 5 four bytes. */
  readonly type: number;
}

const none = new Uint8Array(0);

/**
 * The fields of a protobuf message in the order of the file, and one by one: nothing is allocated for what a length
 * merely claims. `fail` is called for a field that passes the message's end and for one of an unknown type. O(bytes).
 */
export function* fieldsOf(message: Uint8Array, fail: (what: string) => never): Iterable<Field> {
  const reader = new PbfReader(message);
  const { length } = message;
  const varint = (): number => {
    let value: number;
    try {
      value = reader.readVarint(true);
    } catch {
      return fail(`has a number of more than 10 bytes at byte ${reader.pos}`);
    }
    if (reader.pos > length) fail("is truncated inside a number");
    return value;
  };
  while (reader.pos < length) {
    const tag = varint();
    const [number, type] = [Math.floor(tag / 8), tag & 7];
    if (number < 1) fail(`has a field of number ${number} at byte ${reader.pos}`);
    if (type === 0) {
      yield { number, value: varint(), bytes: none, type };
      continue;
    }
    const size = type === 2 ? varint() : type === 5 ? 4 : type === 1 ? 8 : -1;
    if (size < 0) fail(`has a field of type ${type} at byte ${reader.pos}`);
    if (size > length - reader.pos)
      fail(`has a field of ${size} bytes where ${length - reader.pos} are left (truncated)`);
    const bytes = message.subarray(reader.pos, reader.pos + size);
    reader.pos += size;
    yield { number, value: 0, bytes, type };
  }
}

/** The whole numbers of a repeated field: one, or a packed list of them. */
export function wholeNumbers(field: Field, fail: (what: string) => never): number[] {
  if (field.type === 0) return [field.value];
  const reader = new PbfReader(field.bytes);
  const out: number[] = [];
  while (reader.pos < field.bytes.length) {
    try {
      out.push(reader.readVarint(true));
    } catch {
      fail("has a number of more than 10 bytes in a list");
    }
  }
  if (reader.pos > field.bytes.length) fail("is truncated inside a list of numbers");
  return out;
}
