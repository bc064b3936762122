import { createHash } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { deserialize, serialize } from "node:v8";
import { fail } from "../core/check.js";
import type { SweepStore } from "../study/runSweep.js";
import type { RowShape, SweepRow } from "../study/sweepStudy.js";
import { makeFolders } from "./makeFolders.js";
import { openRowsFile } from "./rowsFile.js";
import { rowsIn } from "./tally.js";
import { writeWhole } from "./writeWhole.js";

/** A study's store in a folder that survives a kill at any moment. */
export interface FolderStore<Row extends SweepRow> extends Required<SweepStore<Row>> {
  close(): void;
}

/**
 * Opens (and makes) the folder of a study. `rows-WRITER.jsonl` is written by this process only: processes with
 * different writers may share the folder.
 */
export function openSweepStore<Row extends SweepRow>(
  folder: string,
  writer: string,
  study: RowShape,
): FolderStore<Row> {
  makeFolder(folder);
  const file = openRowsFile(join(folder, `rows-${writer}.jsonl`));
  return {
    ...openState(folder),
    rows: () => [...rowsIn(folder, study).values()] as Row[],
    addRow: (row) => file.append(row),
    close: () => file.close(),
  };
}

/** Checkpoints and shared work in a study's folder, by name. */
export function openState(folder: string): Required<Pick<SweepStore, "load" | "save" | "drop">> {
  const pathOf = (name: string) => join(folder, "state", `${name}.bin`);
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
  };
}

/** Makes a study's folder; throws where that cannot be. */
export function makeFolder(folder: string): void {
  if (folder === "") fail("study", "--out is empty, expected a folder");
  try {
    makeFolders(join(folder, "state"));
  } catch (error) {
    fail("study", `--out ${folder} cannot be made: ${(error as Error).message}`);
  }
}

/** Bytes of a digest. */
const digestBytes = 32;

function digestOf(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest();
}

/** A file's bytes; undefined when it is not there, or what should be its folder is none. */
export function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}
