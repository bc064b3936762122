import { closeSync, fstatSync, fsyncSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { parseLine, readLines } from "./rowFiles.js";
import { writeAll } from "./writeWhole.js";

/** A file of rows, one JSON text per line, written by one process and only at its end. */
export interface RowsFile {
  /** Appends one row; it is on disk when this returns. */
  append(row: object): void;
  /** The same for a row that is text already. */
  appendText(line: string): void;
  close(): void;
}

/** Opens a file of rows for its one writer, making it with the first row. */
export function openRowsFile(path: string): RowsFile {
  let file: number | undefined;
  const appendText = (line: string) => {
    file ??= openAtLineStart(path);
    writeAll(file, Buffer.from(`${line}\n`));
    fsyncSync(file);
  };
  return {
    append: (row) => appendText(JSON.stringify(row)),
    appendText,
    close() {
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
  };
}

/** What ends a line that was cut short: with it, the line is no JSON and does not end like some. */
const tornMark = " torn\n";

function openAtLineStart(path: string): number {
  const file = openSync(path, "a");
  if (fstatSync(file).size === 0) {
    syncFolder(dirname(path));
    return file;
  }
  // A line that was cut short by a kill would swallow the next one; one that lacks its end alone is a row.
  readLines(path, 0, (line, ended) => {
    if (!ended) writeAll(file, Buffer.from(parseLine(line) ? "\n" : tornMark));
  });
  return file;
}

/** The name of a new file is on disk, too. */
function syncFolder(path: string): void {
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } catch {
    // Not every system can; the rows themselves are synced all the same.
  } finally {
    closeSync(folder);
  }
}
