import { closeSync, fstatSync, openSync, readdirSync, readSync } from "node:fs";
import { FileError } from "../io/fileError.js";

/** Which files of a folder: of rows, or of failures. */
export type RowKind = "rows" | "failed";

/** Names of a folder's files of one kind, in order. */
export function rowFiles(folder: string, kind: RowKind): string[] {
  return readdirSync(folder)
    .filter((name) => name.startsWith(`${kind}-`) && name.endsWith(".jsonl"))
    .sort();
}

/** Bytes read at once. */
const chunkBytes = 1 << 20;

/**
 * Calls `onLine` with every line of a file from byte `from` on, and whether its end is there; returns where the last
 * line that is ended ends. A line without an end was cut short, or is being written. O(bytes), memory of one chunk.
 */
export function readLines(
  path: string,
  from: number,
  onLine: (line: Buffer, ended: boolean) => void,
): number {
  const file = openSync(path, "r");
  try {
    if (fstatSync(file).isDirectory()) throw new FileError(`${path} is a folder, expected a file of rows`);
    const chunk = Buffer.alloc(chunkBytes);
    let rest: Buffer[] = [];
    let position = from;
    let ended = from;
    for (;;) {
      const read = readSync(file, chunk, 0, chunkBytes, position);
      if (read === 0) break;
      let start = 0;
      for (;;) {
        const at = chunk.indexOf(10, start);
        if (at < 0 || at >= read) break;
        const piece = chunk.subarray(start, at);
        if (rest.length > 0) {
          onLine(Buffer.concat([...rest, piece]), true);
          rest = [];
        } else if (at > start) onLine(piece, true);
        start = at + 1;
        ended = position + start;
      }
      if (start < read) rest.push(Buffer.from(chunk.subarray(start, read)));
      position += read;
    }
    if (rest.length > 0) onLine(Buffer.concat(rest), false);
    return ended;
  } finally {
    closeSync(file);
  }
}

/** The object that a line is; undefined for what is none (a line cut short). */
export function parseLine(line: Buffer): object | undefined {
  try {
    const data: unknown = JSON.parse(line.toString("utf8"));
    return typeof data === "object" && data !== null ? data : undefined;
  } catch {
    return undefined;
  }
}
