import { join } from "node:path";
import { isRowOf, type RowShape, type SweepRow } from "../study/sweepStudy.js";
import { failureSchema, isFailureOf, type SweepFailure } from "./failure.js";
import { parseLine, type RowKind, readLines, rowFiles } from "./rowFiles.js";

/** Which rows of a study there are in a folder, and how often each failed. */
export interface Tally {
  readonly done: ReadonlySet<string>;
  readonly failures: ReadonlyMap<string, number>;
  /** The last failure of each row that ever had one. */
  readonly errors: ReadonlyMap<string, SweepFailure>;
  /** Lines that say again what another line said: the same row, made twice. The first one counts. */
  readonly repeated: number;
  /** Lines that are neither rows nor of another study; a last line that is not there whole is none yet. */
  readonly damaged: number;
  /** Reads what was appended since the last call, and hands out each row the first time it is there. */
  update(onRow?: (row: SweepRow) => void): void;
}

/**
 * Reads the rows of a folder, and goes on where it was: what is new is parsed, and nothing else is read. Whoever asks for
 * rows asks here: what is counted is what is collected. With `writer`, the files of that writer alone.
 */
export function createTally(folder: string, study: RowShape, writer?: string): Tally {
  const done = new Set<string>();
  const failures = new Map<string, number>();
  const errors = new Map<string, SweepFailure>();
  const read = new Map<string, number>();
  let [repeated, damaged] = [0, 0];

  const take = (kind: RowKind, data: object | undefined, onRow: (row: SweepRow) => void) => {
    if (kind === "rows" && isRowOf(study, data)) {
      if (done.has(data.id)) repeated++;
      else {
        done.add(data.id);
        onRow(data);
      }
    } else if (kind === "failed" && isFailureOf(study.study, data)) {
      failures.set(data.id, (failures.get(data.id) ?? 0) + 1);
      errors.set(data.id, data);
    } else if (!isForeign(data, kind === "rows" ? study.version : failureSchema, study.study)) damaged++;
  };

  return {
    done,
    failures,
    errors,
    get repeated() {
      return repeated;
    },
    get damaged() {
      return damaged;
    },
    update(onRow = () => {}) {
      for (const kind of ["rows", "failed"] as const)
        for (const name of rowFiles(folder, kind)) {
          if (writer !== undefined && name !== `${kind}-${writer}.jsonl`) continue;
          let unended = 0;
          const ended = readLines(join(folder, name), read.get(name) ?? 0, (line, whole) => {
            const data = parseLine(line);
            // A line without an end is being written, or was cut short; one that lacks its end alone is whole.
            if (!whole && !data) return;
            if (!whole) unended = line.length;
            take(kind, data, onRow);
          });
          read.set(name, ended + unended);
        }
    },
  };
}

/** The rows of a folder by id. */
export function rowsIn(folder: string, study: RowShape): Map<string, SweepRow> {
  const rows = new Map<string, SweepRow>();
  createTally(folder, study).update((row) => rows.set(row.id, row));
  return rows;
}

/** Whether a line is of another study, or of another version of this one. */
function isForeign(data: object | undefined, schema: string, study: string): boolean {
  const row = (data ?? {}) as { readonly schema?: unknown; readonly study?: unknown };
  if (typeof row.schema !== "string" || typeof row.study !== "string") return false;
  return row.schema !== schema || row.study !== study;
}
