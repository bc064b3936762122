import type { Cell } from "./csvText.js";

/** What a study asks for: one row. Its `id` tells it from all others of the study; equal ids, equal rows. */
export interface SweepEntry {
  readonly id: string;
  readonly seed: number;
}

/** Entries that share work (a J, a training) and stay together. `id` is fit for the name of a file. */
export interface SweepGroup<Entry extends SweepEntry = SweepEntry> {
  readonly id: string;
  readonly rows: readonly Entry[];
}

/** One finished row: plain data, the same when read back from JSON, these three fields first. */
export interface SweepRow {
  /** The version of what a row means: {@link SweepStudy.version}. */
  readonly schema: string;
  readonly id: string;
  /** {@link SweepStudy.study}. */
  readonly study: string;
}

/** What shared work of a group may keep, and tell, on its way. */
export interface SweepHooks {
  /** What was saved under a name fit for a file; undefined when nothing was. */
  load<T>(name: string): T | undefined;
  /** Keeps structured-cloneable data. */
  save(name: string, data: unknown): void;
  drop(name: string): void;
  /** How often to save: see the study. 0: never. */
  readonly checkpointEvery: number;
  /** What is being done, and how much of the group's shared work is done (0 to 1). */
  progress(stage: string, shared: number): void;
}

/** What tells the rows of a study from whatever else stands in a file. */
export interface RowShape {
  /** Names what a row means; changes when the code does so that rows would differ. */
  readonly version: string;
  /** Digest of `version` and of all that decides a row besides its entry. */
  readonly study: string;
  /** Fields that hold an object or a list in every row: a line where one does not is damaged. @defaultValue none */
  readonly parts?: readonly string[];
}

/**
 * A study of many rows as a pure description. Whoever runs it decides where, in which order and how often: a row is
 * told by (`study`, `id`) alone, and made again it is the same.
 */
export interface SweepStudy<Entry extends SweepEntry = SweepEntry, Row extends SweepRow = SweepRow>
  extends RowShape {
  readonly name: string;
  readonly groups: readonly SweepGroup<Entry>[];
  /** What the shared work of a group costs, in rows per row: for progress. */
  readonly sharedWeight: number;
  /** Groups that depend on rows: those of round k, when all before are done; null: no more. */
  readonly next?: (
    round: number,
    rowOf: (id: string) => Row | undefined,
  ) => readonly SweepGroup<Entry>[] | null;
  /** Does what the missing entries of a group share, and returns what makes the row of one of them. */
  open(
    group: SweepGroup<Entry>,
    missing: readonly Entry[],
    hooks: SweepHooks,
  ): RowMaker<Entry, Row> | Promise<RowMaker<Entry, Row>>;
  /** A row as the named cells of a table. */
  cells(row: Row): (readonly [column: string, value: Cell])[];
  /** Those of its cells, besides id and study, that are known before it is made: for a row that failed. @defaultValue none */
  entryCells?(entry: Entry): (readonly [column: string, value: Cell])[];
}

/** Makes the row of one entry, at once or later. */
export type RowMaker<Entry, Row> = (entry: Entry) => Row | Promise<Row>;

/** Whether data is a finished row of a study. */
export function isRowOf(study: RowShape, data: unknown): data is SweepRow {
  const row = data as (Partial<SweepRow> & Record<string, unknown>) | null;
  return (
    typeof row === "object" &&
    row !== null &&
    row.schema === study.version &&
    row.study === study.study &&
    typeof row.id === "string" &&
    (study.parts ?? []).every((name) => typeof row[name] === "object" && row[name] !== null)
  );
}
