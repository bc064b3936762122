import { closeSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileWriter, ParquetWriter, schemaFromColumnData } from "hyparquet-writer";
import { cellText } from "../study/csvText.js";
import type { SweepEntry, SweepGroup, SweepStudy } from "../study/sweepStudy.js";
import { type Cells, type Column, createColumns } from "./columns.js";
import { digest } from "./defineSweep.js";
import type { SweepFailure } from "./failure.js";
import { loadFolderStudy } from "./loadStudy.js";
import { makeFolders } from "./makeFolders.js";
import { planIn } from "./status.js";
import { createTally, rowsIn } from "./tally.js";
import { writeAll, writeWhole } from "./writeWhole.js";

/** What {@link collectSweep} wrote. */
export interface SweepCollection {
  readonly rows: number;
  readonly failed: number;
  /** Rows that are planned and not there: the table is not whole. */
  readonly missing: number;
  /** Lines that were passed over: see `SweepStatus`. */
  readonly damaged: number;
  readonly columns: number;
  /** The files. */
  readonly parquet: string;
  readonly csv: string;
  /** The schema once more, beside the CSV file (CSV on the Web: W3C, 2015). */
  readonly csvMetadata: string;
}

/** Rows of one row group of the Parquet file. */
const groupRows = 5_000;

/**
 * Writes all rows of a folder as one table, `collected.parquet` and `collected.csv`: those planned in their order, then
 * others of the study by id. What is not made yet is left out, and counted in `missing`. Columns `key` (a digest of study and id), `status` (`ok` or `failed`), `error_kind` and
 * `error` come first, then those of the study; a row that failed has those four, its id, seed and parameters. Numbers have all digits.
 * Schema and provenance are in the Parquet file's metadata (key `rnn-dynamics`) and in `collected.csv-metadata.json`.
 *
 * The same rows give the same bytes, whoever made them in whatever order. Throws where the folder holds no study. O(cells);
 * memory: 8 bytes per number, and the texts.
 *
 * @example
 * ```ts
 * import { mkdtempSync, writeFileSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 *
 * const folder = mkdtempSync(join(tmpdir(), "sweep-"));
 * writeFileSync(join(folder, "demo.json"), JSON.stringify({ rows: 4, seconds: 0, throws: [1] }));
 * await runSweepFolder("demo", join(folder, "demo.json"), folder);
 * const { rows, failed } = await collectSweep(folder);
 * [rows, failed]; // => [4, 1]
 * ```
 */
export async function collectSweep(folder: string, to: string = folder): Promise<SweepCollection> {
  const plan = planIn(folder);
  const { study } = await loadFolderStudy(folder);
  const ranks = new Map<string, number>();
  for (const [, rows] of plan.groups) for (const id of rows) if (!ranks.has(id)) ranks.set(id, ranks.size);
  const planned = ranks.size;
  const rankOf = (id: string) => ranks.get(id) ?? planned;
  const table = createColumns();
  const slots = new Map<string, number>();
  const slotOf = (id: string) => {
    if (!slots.has(id)) slots.set(id, slots.size);
    return slots.get(id)!;
  };
  const head = (id: string, error: SweepFailure | null): Cells => [
    ["key", digest([study.study, id])],
    ["status", error ? "failed" : "ok"],
    ["error_kind", error?.kind ?? null],
    ["error", error?.message ?? null],
  ];
  const tally = createTally(folder, study);
  tally.update((row) =>
    table.set(slotOf(row.id), rankOf(row.id), [...head(row.id, null), ...study.cells(row)]),
  );
  const failed = [...tally.errors.values()].filter(({ id }) => !tally.done.has(id));
  const entries = failed.length > 0 ? entriesOf(folder, study) : new Map<string, SweepEntry>();
  for (const failure of failed) {
    const { id } = failure;
    const entry = entries.get(id);
    const known = (entry && study.entryCells?.(entry)) ?? [];
    const cells: Cells = [...head(id, failure), ["id", id], ["study", study.study], ...known];
    table.set(slotOf(id), rankOf(id), cells);
  }
  const order = [...slots]
    .map(([id, slot]) => ({ id, slot, rank: rankOf(id) }))
    .sort((a, b) => a.rank - b.rank || (a.id < b.id ? -1 : 1))
    .map(({ slot }) => slot);
  const columns = table.columns();
  const metadata = {
    schema: "rnn-dynamics/table@1",
    name: study.name,
    version: study.version,
    study: study.study,
    rows: order.length,
    failed: failed.length,
    columns: columns.map(({ name, type }) => ({ name, type })),
  };
  makeFolders(to);
  const path = (name: string) => join(to, `collected${name}`);
  writeParquet(path(".parquet"), columns, order, JSON.stringify(metadata));
  writeCsv(path(".csv"), columns, order);
  writeWhole(path(".csv-metadata.json"), `${JSON.stringify(csvMetadata(metadata), null, 2)}\n`);
  return {
    rows: order.length,
    failed: failed.length,
    missing: [...ranks.keys()].filter((id) => !slots.has(id)).length,
    damaged: tally.damaged,
    columns: columns.length,
    parquet: path(".parquet"),
    csv: path(".csv"),
    csvMetadata: path(".csv-metadata.json"),
  };
}

/** The entries of a study by id, those that rows decide on too. */
function entriesOf(folder: string, study: SweepStudy): Map<string, SweepEntry> {
  const entries = new Map<string, SweepEntry>();
  const add = (groups: readonly SweepGroup[]) => {
    for (const { rows } of groups) for (const entry of rows) entries.set(entry.id, entry);
  };
  add(study.groups);
  if (study.next) {
    const rows = rowsIn(folder, study);
    for (let round = 0; ; round++) {
      const groups = study.next(round, (id) => rows.get(id));
      if (groups === null) break;
      add(groups);
    }
  }
  return entries;
}

const parquetTypes = { number: "DOUBLE", text: "STRING", boolean: "BOOLEAN" } as const;

function writeParquet(
  path: string,
  columns: readonly Column[],
  order: readonly number[],
  metadata: string,
): void {
  const part = `${path}.${process.pid}.part`;
  try {
    const piece = (from: number, to: number) =>
      columns.map(({ name, type, at }) => ({
        name,
        type: parquetTypes[type],
        nullable: true,
        data: Array.from({ length: to - from }, (_, k) => at(order[from + k])),
      }));
    const writer = new ParquetWriter({
      writer: fileWriter(part),
      schema: schemaFromColumnData({ columnData: piece(0, 0) }),
      kvMetadata: [{ key: "rnn-dynamics", value: metadata }],
    });
    for (let from = 0; from < order.length; from += groupRows) {
      const to = Math.min(order.length, from + groupRows);
      writer.write({ columnData: piece(from, to), rowGroupSize: to - from });
    }
    writer.finish();
    finish(part, path);
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
}

function writeCsv(path: string, columns: readonly Column[], order: readonly number[]): void {
  const part = `${path}.${process.pid}.part`;
  const file = openSync(part, "w");
  try {
    let text = `${columns.map(({ name }) => cellText(name)).join(",")}\n`;
    for (const row of order) {
      for (let k = 0; k < columns.length; k++) text += (k > 0 ? "," : "") + cellText(columns[k].at(row));
      text += "\n";
      if (text.length > 1 << 20) {
        writeAll(file, Buffer.from(text));
        text = "";
      }
    }
    writeAll(file, Buffer.from(text));
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
  finish(part, path);
}

/** A finished file takes its place. */
function finish(part: string, path: string): void {
  const file = openSync(part, "r+");
  fsyncSync(file);
  closeSync(file);
  renameSync(part, path);
}

/** See "Metadata Vocabulary for Tabular Data" (W3C, 2015). */
function csvMetadata({ columns, ...about }: { columns: { name: string; type: string }[] }) {
  const datatypes: Record<string, string> = { number: "double", text: "string", boolean: "boolean" };
  return {
    "@context": "http://www.w3.org/ns/csvw",
    url: "collected.csv",
    "rnn-dynamics": about,
    tableSchema: {
      columns: columns.map(({ name, type }) => ({ name, titles: name, datatype: datatypes[type] })),
      primaryKey: "key",
    },
  };
}
