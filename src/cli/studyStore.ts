import { createHash } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { deserialize, serialize } from "node:v8";
import { fail } from "../core/check.js";

/** Where a study keeps what it has: a folder that survives a kill at any moment. */
export interface StudyStore {
  /** What was saved under this name; undefined when nothing was. */
  load<T>(name: string): T | undefined;
  /** Saves structured-cloneable data; whoever reads sees the old data or the new, never a part. */
  save(name: string, data: unknown): void;
  drop(name: string): void;
  /** All rows on disk, of this and of other processes; a last line that was cut short is left out. */
  rows<Row>(): Row[];
  /** Appends one row; it is on disk when this returns. */
  append(row: unknown): void;
  close(): void;
}

/**
 * Opens (and makes) the folder of a study. `rows-WRITER.jsonl` is written by this process only: two processes with
 * different writers may share the folder.
 */
export function openStudyStore(folder: string, writer: string): StudyStore {
  if (folder === "") fail("study", "--out is empty, expected a folder");
  const state = join(folder, "state");
  try {
    mkdirSync(state, { recursive: true });
  } catch (error) {
    fail("study", `--out ${folder} cannot be made: ${(error as Error).message}`);
  }
  const ownRows = join(folder, `rows-${writer}.jsonl`);
  let rowsFile: number | undefined;
  const pathOf = (name: string) => join(state, `${name}.bin`);
  return {
    load<T>(name: string) {
      const bytes = readIfThere(pathOf(name));
      if (bytes === undefined || bytes.length < digestBytes) return undefined;
      const data = bytes.subarray(digestBytes);
      // What is not what was written is made again.
      return digestOf(data).equals(bytes.subarray(0, digestBytes)) ? (deserialize(data) as T) : undefined;
    },
    save(name, data) {
      const bytes = serialize(data);
      writeWhole(pathOf(name), Buffer.concat([digestOf(bytes), bytes]));
    },
    drop(name) {
      rmSync(pathOf(name), { force: true });
    },
    rows<Row>() {
      return readdirSync(folder)
        .filter((name) => /^rows-.*\.jsonl$/.test(name))
        .sort()
        .flatMap((name) =>
          wholeLines(readFileSync(join(folder, name), "utf8")).map((line) => JSON.parse(line) as Row),
        );
    },
    append(row) {
      if (rowsFile === undefined) {
        // A line cut short by a kill would swallow the next one: end it.
        const text = readIfThere(ownRows)?.toString("utf8") ?? "";
        rowsFile = openSync(ownRows, "a");
        if (text !== "" && !text.endsWith("\n")) writeSync(rowsFile, "\n");
      }
      writeSync(rowsFile, `${JSON.stringify(row)}\n`);
      fsyncSync(rowsFile);
    },
    close() {
      if (rowsFile !== undefined) closeSync(rowsFile);
      rowsFile = undefined;
    },
  };
}

/** Writes a file so that it is there whole or not at all. */
export function writeWhole(path: string, contents: string | Uint8Array): void {
  const temporary = `${path}.${process.pid}.part`;
  const file = openSync(temporary, "w");
  try {
    if (typeof contents === "string") writeSync(file, contents);
    else for (let at = 0; at < contents.length; ) at += writeSync(file, contents, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
}

/** Bytes of a digest. */
const digestBytes = 32;

function digestOf(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest();
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Lines that are JSON objects. */
function wholeLines(text: string): string[] {
  return text.split("\n").filter((line) => {
    if (line === "") return false;
    try {
      const row: unknown = JSON.parse(line);
      return typeof row === "object" && row !== null;
    } catch {
      return false;
    }
  });
}
