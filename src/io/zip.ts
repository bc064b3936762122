import { deflateSync, Inflate } from "fflate";
import { failFile, quote } from "./fileError.js";

/** One file of a zip archive, still packed. */
export interface ZipEntry {
  readonly name: string;
  /** 0 stored, 8 deflated. */
  readonly method: number;
  /** What the archive says the entry's size is. */
  readonly size: number;
  readonly crc: number;
  readonly packed: Uint8Array;
}

const endSize = 22;
const centralSize = 46;
const localSize = 30;

/**
 * The entries of a zip archive, by its central directory; nothing is unpacked. Checks that every entry
 * lies inside the file, that no two overlap (a zip bomb's trick) and that no name comes twice.
 * O(entries). Source: PKWARE APPNOTE 6.3, zip64 included.
 */
export function readZip(bytes: Uint8Array, file: string): ZipEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const { count, start, length } = findDirectory(view, file);
  if (start + length > bytes.length) failFile(file, "zip directory lies outside the file (truncated)");
  const entries: (ZipEntry & { begin: number; end: number })[] = [];
  const names = new Set<string>();
  let at = start;
  for (let i = 0; i < count; i++) {
    if (at + centralSize > start + length || view.getUint32(at, true) !== 0x02014b50)
      failFile(file, `zip directory entry ${i} of ${count} is broken`);
    const flags = view.getUint16(at + 8, true);
    const method = view.getUint16(at + 10, true);
    const crc = view.getUint32(at + 16, true);
    const [nameLength, extraLength] = [view.getUint16(at + 28, true), view.getUint16(at + 30, true)];
    const next = at + centralSize + nameLength + extraLength + view.getUint16(at + 32, true);
    if (next > start + length) failFile(file, `zip directory entry ${i} of ${count} is broken`);
    const nameStart = at + centralSize;
    const name = new TextDecoder().decode(bytes.subarray(nameStart, nameStart + nameLength));
    const sizes = zip64Sizes(view, nameStart + nameLength, extraLength, [
      view.getUint32(at + 24, true),
      view.getUint32(at + 20, true),
      view.getUint32(at + 42, true),
    ]);
    if (sizes === undefined) failFile(file, `zip entry ${quote(name)} has impossible sizes`);
    const [size, packedSize, local] = sizes;
    if (flags & 1) failFile(file, `zip entry ${quote(name)} is encrypted`);
    if (method !== 0 && method !== 8)
      failFile(
        file,
        `zip entry ${quote(name)} is packed by method ${method}, expected 0 (stored) or 8 (deflate)`,
      );
    if (names.has(name)) failFile(file, `zip entry ${quote(name)} comes twice`);
    names.add(name);
    if (local + localSize > start || view.getUint32(local, true) !== 0x04034b50)
      failFile(file, `zip entry ${quote(name)} is not where the directory says`);
    const begin = local + localSize + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    const end = begin + packedSize;
    if (end > start) failFile(file, `zip entry ${quote(name)} runs past the end of the data (truncated)`);
    if (method === 0 && size !== packedSize)
      failFile(file, `zip entry ${quote(name)} is stored in ${packedSize} bytes, but its size says ${size}`);
    entries.push({ name, method, size, crc, packed: bytes.subarray(begin, end), begin: local, end });
    at = next;
  }
  const order = [...entries].sort((a, b) => a.begin - b.begin);
  for (let i = 1; i < order.length; i++)
    if (order[i].begin < order[i - 1].end)
      failFile(file, `zip entries ${quote(order[i - 1].name)} and ${quote(order[i].name)} overlap`);
  return entries;
}

/**
 * Unpacks one entry piece by piece. `limitOf` sees what has come so far and answers how many bytes there
 * will be, `undefined` while it cannot know, or `"enough"` to stop early; more bytes than that are refused
 * as soon as they appear, so memory follows what is there and not what a header claims. O(bytes).
 */
export function unpack(
  entry: ZipEntry,
  limitOf: (soFar: Uint8Array) => number | "enough" | undefined,
  file: string,
): Uint8Array {
  const what = `zip entry ${quote(entry.name)}`;
  if (entry.method === 0) {
    const limit = limitOf(entry.packed);
    if (limit !== "enough") checkWhole(entry.packed, entry, limit, what, file);
    return entry.packed;
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  let limit: number | undefined;
  const inflate = new Inflate((chunk) => {
    chunks.push(chunk);
    length += chunk.length;
  });
  const step = 16384;
  const last = Math.max(0, entry.packed.length - 1);
  for (let at = 0; at <= last; at += step) {
    const final = at + step > last;
    try {
      inflate.push(entry.packed.subarray(at, at + step), final);
    } catch (error) {
      failFile(file, `${what} does not unpack (${(error as Error).message})`);
    }
    if (limit === undefined) {
      const soFar = join(chunks, length);
      chunks.splice(0, chunks.length, soFar);
      const answer = limitOf(soFar);
      if (answer === "enough") return soFar;
      limit = answer;
    }
    if (length > Math.min(limit ?? Infinity, entry.size))
      failFile(
        file,
        `${what} unpacks to more than ${Math.min(limit ?? Infinity, entry.size)} bytes, which is all its header allows`,
      );
  }
  const whole = join(chunks, length);
  checkWhole(whole, entry, limit, what, file);
  return whole;
}

/**
 * A zip archive, the same bytes for the same files: names in the order given, no clock (1980-01-01),
 * stored or deflated. O(bytes).
 */
export function writeZip(
  files: readonly { name: string; bytes: Uint8Array }[],
  compress: boolean,
): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const { name, bytes } of files) {
    const packed = compress ? deflateSync(bytes, { level: 6 }) : bytes;
    const nameBytes = new TextEncoder().encode(name);
    // Fields shared by both headers: version, flags (UTF-8 name), method, time, date, crc, sizes, name length.
    const shared = new Uint8Array(26);
    const view = new DataView(shared.buffer);
    view.setUint16(0, 20, true);
    view.setUint16(2, 0x800, true);
    view.setUint16(4, compress ? 8 : 0, true);
    view.setUint16(8, 0x21, true);
    view.setUint32(10, crc32(bytes), true);
    view.setUint32(14, packed.length, true);
    view.setUint32(18, bytes.length, true);
    view.setUint16(22, nameBytes.length, true);
    const local = new Uint8Array(4 + 26);
    local.set([0x50, 0x4b, 3, 4]);
    local.set(shared, 4);
    const central = new Uint8Array(centralSize);
    central.set([0x50, 0x4b, 1, 2, 20, 0]);
    central.set(shared, 6);
    new DataView(central.buffer).setUint32(42, offset, true);
    parts.push(local, nameBytes, packed);
    directory.push(central, nameBytes);
    offset += local.length + nameBytes.length + packed.length;
  }
  const directoryLength = directory.reduce((sum, part) => sum + part.length, 0);
  const end = new Uint8Array(endSize);
  const view = new DataView(end.buffer);
  end.set([0x50, 0x4b, 5, 6]);
  view.setUint16(8, files.length, true);
  view.setUint16(10, files.length, true);
  view.setUint32(12, directoryLength, true);
  view.setUint32(16, offset, true);
  return join([...parts, ...directory, end], offset + directoryLength + endSize);
}

/** The end record, looked for backwards; through zip64's record where the sizes ask for it. */
function findDirectory(view: DataView, file: string): { count: number; start: number; length: number } {
  const size = view.byteLength;
  for (let at = size - endSize; at >= Math.max(0, size - endSize - 0xffff); at--) {
    if (view.getUint32(at, true) !== 0x06054b50 || at + endSize + view.getUint16(at + 20, true) !== size)
      continue;
    const record = {
      count: view.getUint16(at + 10, true),
      length: view.getUint32(at + 12, true),
      start: view.getUint32(at + 16, true),
    };
    if (record.count !== 0xffff && record.length !== 0xffffffff && record.start !== 0xffffffff) return record;
    if (at < 20 || view.getUint32(at - 20, true) !== 0x07064b50) return record;
    const big = toNumber(view.getBigUint64(at - 12, true));
    if (big === undefined || big + 56 > at || view.getUint32(big, true) !== 0x06064b50) break;
    const count = toNumber(view.getBigUint64(big + 32, true));
    const length = toNumber(view.getBigUint64(big + 40, true));
    const start = toNumber(view.getBigUint64(big + 48, true));
    if (count === undefined || length === undefined || start === undefined) break;
    return { count, start, length };
  }
  return failFile(file, "zip archive without a valid end record (truncated)");
}

/** Sizes of 2^32 - 1 stand for a 64-bit field in the extra data, in this order. */
function zip64Sizes(
  view: DataView,
  start: number,
  length: number,
  fields: [size: number, packed: number, local: number],
): [number, number, number] | undefined {
  if (!fields.includes(0xffffffff)) return fields;
  for (let at = start; at + 4 <= start + length; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) !== 1) continue;
    let from = at + 4;
    const end = Math.min(from + view.getUint16(at + 2, true), start + length);
    for (let i = 0; i < 3; i++) {
      if (fields[i] !== 0xffffffff) continue;
      const value = from + 8 <= end ? toNumber(view.getBigUint64(from, true)) : undefined;
      if (value === undefined) return undefined;
      fields[i] = value;
      from += 8;
    }
    return fields;
  }
  return fields;
}

function checkWhole(
  bytes: Uint8Array,
  entry: ZipEntry,
  limit: number | undefined,
  what: string,
  file: string,
): void {
  if (bytes.length !== entry.size)
    failFile(file, `${what} has ${bytes.length} bytes, but its size says ${entry.size}`);
  if (limit !== undefined && bytes.length !== limit)
    failFile(file, `${what} has ${bytes.length} bytes, expected ${limit}`);
  if (crc32(bytes) !== entry.crc) failFile(file, `${what} is damaged (checksum differs)`);
}

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ crcTable[(crc ^ bytes[i]) & 0xff];
  return (crc ^ 0xffffffff) >>> 0;
}

function join(chunks: readonly Uint8Array[], length: number): Uint8Array {
  if (chunks.length === 1) return chunks[0];
  const out = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    out.set(chunk, at);
    at += chunk.length;
  }
  return out;
}

function toNumber(value: bigint): number | undefined {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : undefined;
}
