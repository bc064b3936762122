import { join } from "node:path";
import { failureSchema } from "./failure.js";
import { parseLine, type RowKind, readLines, rowFiles } from "./rowFiles.js";

/** Which rows of a study there are in a folder, and how often each failed. */
export interface Tally {
  readonly done: ReadonlySet<string>;
  readonly failures: ReadonlyMap<string, number>;
  /** Lines that say again what another line said: the same row, made twice. */
  readonly repeated: number;
  /** Reads what was appended since the last call. */
  update(): void;
}

/**
 * Counts the rows of a folder, and goes on counting where it was: reading costs the bytes that are new. Lines are told
 * by their first fields and their end, not parsed whole. With `writer`, the files of that writer alone.
 */
export function createTally(
  folder: string,
  study: { readonly version: string; readonly study: string },
  writer?: string,
): Tally {
  const done = new Set<string>();
  const failures = new Map<string, number>();
  const read = new Map<string, number>();
  let repeated = 0;
  const heads: Record<RowKind, RegExp> = {
    rows: headOf(study.version, study.study),
    failed: headOf(failureSchema, study.study),
  };
  const schemas: Record<RowKind, string> = { rows: study.version, failed: failureSchema };
  const count = (kind: RowKind, id: string) => {
    if (kind === "failed") failures.set(id, (failures.get(id) ?? 0) + 1);
    else if (done.has(id)) repeated++;
    else done.add(id);
  };
  const idIn = (kind: RowKind, line: Buffer, parse: boolean): string | undefined => {
    if (line[line.length - 1] !== 125) return undefined;
    if (parse) return parsedId(line, schemas[kind], study.study);
    const head = heads[kind].exec(line.toString("latin1", 0, headBytes));
    // An id with other than plain characters, or fields in another order.
    if (!head || !/^[\x20-\x7e]*$/.test(head[1])) return parsedId(line, schemas[kind], study.study);
    return head[1];
  };
  return {
    done,
    failures,
    get repeated() {
      return repeated;
    },
    update() {
      for (const kind of ["rows", "failed"] as const)
        for (const name of rowFiles(folder, kind)) {
          if (writer !== undefined && name !== `${kind}-${writer}.jsonl`) continue;
          // Shards reopen their files; a line that was cut short there may look whole.
          const parse = /-of-\d+\.jsonl$/.test(name);
          const ended = readLines(join(folder, name), read.get(name) ?? 0, (line, whole) => {
            const id = whole ? idIn(kind, line, parse) : undefined;
            if (id !== undefined) count(kind, id);
          });
          read.set(name, ended);
        }
    },
  };
}

/** More than schema, id and study take. */
const headBytes = 512;

function headOf(schema: string, study: string): RegExp {
  const literal = (text: string) => JSON.stringify(text).replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^\\{"schema":${literal(schema)},"id":"([^"\\\\]*)","study":${literal(study)}[,}]`);
}

function parsedId(line: Buffer, schema: string, study: string): string | undefined {
  const row = parseLine(line) as { schema?: unknown; id?: unknown; study?: unknown } | undefined;
  return row?.schema === schema && row.study === study && typeof row.id === "string" ? row.id : undefined;
}
