import { checkInteger, describe, fail } from "../core/check.js";
import { resolveOptions } from "../core/defaults.js";
import { isRowOf, type SweepEntry, type SweepGroup, type SweepRow, type SweepStudy } from "./sweepStudy.js";

/** Where a study keeps what it has. What it gives back must be what it was given. */
export interface SweepStore<Row extends SweepRow = SweepRow> {
  /** Rows of an earlier run: they are done. Those of other studies are passed over. */
  rows(): readonly Row[];
  addRow(row: Row): void;
  /** Checkpoints and shared work by name; without these three a group begins anew. */
  load?<T>(name: string): T | undefined;
  save?(name: string, data: unknown): void;
  drop?(name: string): void;
}

/** How far a study is. A row counts one, and what a group shares as much again where that is large (training). */
export interface SweepProgress {
  readonly stage: string;
  readonly group: string;
  readonly done: number;
  readonly total: number;
  /** Rows there are. */
  readonly rows: number;
}

/** Options of a study run here, one row after the other. */
export interface SweepRunOptions<Row extends SweepRow = SweepRow> {
  /** @defaultValue memory, for this call only */
  readonly store?: SweepStore<Row>;
  /** For studies with checkpoints: one after so many trials of a group; 0: none. @defaultValue `100` */
  readonly checkpointEvery?: number;
  /**
   * `[i, n]`: only every n-th group, from the i-th on (i from 1): n processes share a study. Groups that depend on rows
   * (a search) are made by the first. @defaultValue `[1, 1]`
   */
  readonly shard?: readonly [number, number];
  readonly onRow?: (row: Row) => void;
  readonly onProgress?: (progress: SweepProgress) => void;
}

/**
 * Runs a study here, row by row; rows of the store are not made again. Returns the rows of the shard, in order. What a
 * row throws, this throws: `rnn-dynamics/sweep` is for studies that must go on. O(rows) besides the rows themselves.
 */
export function runSweep<Entry extends SweepEntry, Row extends SweepRow>(
  where: string,
  study: SweepStudy<Entry, Row>,
  options: SweepRunOptions<Row> = {},
): Row[] {
  const { store, checkpointEvery, shard, onRow, onProgress } = resolveOptions(
    where,
    {
      store: undefined as SweepStore<Row> | undefined,
      checkpointEvery: 100,
      shard: [1, 1] as readonly [number, number],
      onRow: undefined as SweepRunOptions<Row>["onRow"],
      onProgress: undefined as SweepRunOptions<Row>["onProgress"],
    },
    options,
  );
  checkInteger(where, "checkpointEvery", checkpointEvery, 0);
  for (const [name, call] of Object.entries({ onRow, onProgress, "store.rows": store?.rows }))
    if (call != null ? typeof call !== "function" : name === "store.rows" && store != null)
      fail(where, `${name} is ${describe(call)}, expected a function`);
  const own = shardOf(where, study.groups, shard);
  const rows = new Map<string, Row>();
  for (const row of store?.rows() ?? []) if (isRowOf(study, row) && !rows.has(row.id)) rows.set(row.id, row);
  const asked = new Set<string>();
  let there = 0;
  let done = 0;
  let total = 0;

  const runGroup = (group: SweepGroup<Entry>) => {
    const missing = group.rows.filter(({ id }) => !rows.has(id));
    const had = group.rows.length - missing.length;
    done += had * (1 + study.sharedWeight);
    there += had;
    if (missing.length === 0) return;
    let stage = "";
    const tell = (shared: number) =>
      onProgress?.({
        stage,
        group: group.id,
        done: done + shared * study.sharedWeight * missing.length,
        total,
        rows: there,
      });
    const opened = study.open(group, missing, {
      load: (name) => store?.load?.(name),
      save: (name, data) => store?.save?.(name, data),
      drop: (name) => store?.drop?.(name),
      checkpointEvery: store?.save ? checkpointEvery : 0,
      progress(name, shared) {
        stage = name;
        tell(shared);
      },
    });
    const make = atOnce(where, opened);
    done += study.sharedWeight * missing.length;
    for (const entry of missing) {
      const row = atOnce(where, make(entry));
      rows.set(row.id, row);
      store?.addRow(row);
      done++;
      there++;
      onRow?.(row);
      tell(0);
    }
  };

  const runGroups = (groups: readonly SweepGroup<Entry>[]) => {
    for (const group of groups)
      for (const { id } of group.rows) {
        if (!asked.has(id)) total += 1 + study.sharedWeight;
        asked.add(id);
      }
    for (const group of groups) runGroup(group);
  };

  runGroups(own);
  if (study.next && shard[0] === 1)
    for (let round = 0; ; round++) {
      const groups = study.next(round, (id) => rows.get(id));
      if (groups === null) break;
      // Rows of earlier rounds are counted already.
      runGroups(withoutAsked(groups, asked));
    }
  return [...asked].map((id) => rows.get(id)!);
}

/** What is there; refuses what comes later. */
function atOnce<T>(where: string, value: T | Promise<T>): T {
  if (value instanceof Promise) fail(where, "the study is asynchronous, expected one that returns its rows");
  return value;
}

/** Groups less the rows asked for before; groups left without rows are left out. */
function withoutAsked<Entry extends SweepEntry>(
  groups: readonly SweepGroup<Entry>[],
  asked: ReadonlySet<string>,
): SweepGroup<Entry>[] {
  return groups
    .map(({ id, rows }) => ({ id, rows: rows.filter((entry) => !asked.has(entry.id)) }))
    .filter(({ rows }) => rows.length > 0);
}

/** Every n-th group, from the i-th on; throws where the shard is none. */
export function shardOf<Group>(
  where: string,
  groups: readonly Group[],
  shard: readonly [number, number],
): readonly Group[] {
  if (!Array.isArray(shard) || shard.length !== 2)
    fail(where, "shard must be [i, n], expected for example [1, 4]");
  const [i, n] = shard;
  checkInteger(where, "shard[1]", n, 1);
  checkInteger(where, "shard[0]", i, 1, n);
  return groups.filter((_, at) => at % n === i - 1);
}
