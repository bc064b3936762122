import { checkInteger } from "../core/check.js";
import { resolveOptions } from "../core/defaults.js";
import { shardOf } from "../study/runSweep.js";
import type { SweepEntry, SweepGroup, SweepStudy } from "../study/sweepStudy.js";
import { type SweepEngine, SweepError } from "./engine.js";
import { loadFolderStudy, loadStudy, sourceOf } from "./loadStudy.js";
import { localEngine } from "./localEngine.js";
import { takePart } from "./lock.js";
import { keepSource, planOf, readConfig, readPlan, type SweepSource, writePlan } from "./plan.js";
import { type SweepStatus, sweepStatus } from "./status.js";
import { makeFolder } from "./sweepStore.js";
import { createTally, rowsIn, type Tally } from "./tally.js";

/** Options of {@link runSweepFolder} and {@link retrySweepFolder}. */
export interface SweepFolderOptions {
  /** @defaultValue `localEngine()` */
  readonly engine?: SweepEngine;
  /** `[i, n]`: every n-th group, from the i-th on. @defaultValue `[1, 1]` */
  readonly shard?: readonly [number, number];
  /** Trials between checkpoints of a training. @defaultValue `100` */
  readonly checkpointEvery?: number;
  /** Ends the sweep; rows made so far stay. */
  readonly signal?: AbortSignal;
  /** Called twice a second. */
  readonly onProgress?: (progress: SweepFolderProgress) => void;
}

/** How far a sweep is: rows of this shard. */
export interface SweepFolderProgress {
  readonly done: number;
  readonly failed: number;
  readonly total: number;
}

/**
 * Runs a study in a folder, or goes on with it: makes the rows that are not there, and not those that failed.
 * `study` is `mechanisms`, `capacity`, `demo` or the path of a module whose default export makes a study of a
 * configuration (see {@link defineSweep}); `config` is a JSON file. The status of the whole folder comes back.
 *
 * Throws `ArgumentError` where the configuration is wrong, belongs to another study than the folder, or another run
 * holds the folder, and {@link SweepError} where rows cannot be made at all (a full disk). A row that fails does not
 * throw: it is in the status.
 *
 * @example
 * ```ts
 * import { mkdtempSync, writeFileSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 *
 * const folder = mkdtempSync(join(tmpdir(), "sweep-"));
 * writeFileSync(join(folder, "demo.json"), JSON.stringify({ rows: 6, seconds: 0, throws: [2] }));
 * const status = await runSweepFolder("demo", join(folder, "demo.json"), join(folder, "results"));
 * [status.done, status.failed, status.missing]; // => [5, 1, 0]
 * ```
 */
export async function runSweepFolder(
  study: string,
  config: string,
  folder: string,
  options: SweepFolderOptions = {},
): Promise<SweepStatus> {
  const source = sourceOf(study, config);
  const configuration = readConfig(config);
  const loaded = await loadStudy(source, configuration, config);
  return runIn(folder, { source, config: configuration, study: loaded }, options, false);
}

/**
 * Makes the failed rows of a folder again, and those that are missing; see {@link runSweepFolder}.
 *
 * @example
 * ```ts
 * await retrySweepFolder("no-such-folder").catch(({ message }) => message);
 * // => "sweep: no-such-folder holds no sweep.json, expected the folder of a study"
 * ```
 */
export async function retrySweepFolder(
  folder: string,
  options: SweepFolderOptions = {},
): Promise<SweepStatus> {
  return runIn(folder, await loadFolderStudy(folder), options, true);
}

async function runIn(
  folder: string,
  { source, config, study }: { source: SweepSource; config: object; study: SweepStudy },
  options: SweepFolderOptions,
  retry: boolean,
): Promise<SweepStatus> {
  const where = "sweep";
  const { engine, shard, checkpointEvery, signal, onProgress } = resolveOptions(
    where,
    {
      engine: undefined as SweepEngine | undefined,
      shard: [1, 1] as readonly [number, number],
      checkpointEvery: 100,
      signal: undefined as AbortSignal | undefined,
      onProgress: undefined as SweepFolderOptions["onProgress"],
    },
    options,
  );
  checkInteger(where, "checkpointEvery", checkpointEvery, 0);
  const own = shardOf(where, study.groups, shard);
  const mine = engine ?? localEngine();
  makeFolder(folder);
  const lock = await takePart(folder, shard);
  try {
    keepSource(folder, source, config, study.study);
    const tally = createTally(folder, study);
    tally.update();
    const before = retry ? new Map(tally.failures) : new Map<string, number>();
    let planned: readonly SweepGroup[] = study.groups;
    const asked = new Set<string>();

    const runGroups = async (groups: readonly SweepGroup[], open: boolean) => {
      // Only the first shard knows the groups that depend on rows.
      if (shard[0] === 1 || readPlan(folder) === undefined)
        writePlan(folder, planOf(source, study, planned, open));
      for (const { rows } of groups) for (const { id } of rows) asked.add(id);
      const tell = () => {
        tally.update();
        onProgress?.(progressOf(tally, asked));
      };
      tell();
      const timer = onProgress && setInterval(tell, 500);
      try {
        await mine.run({
          folder,
          version: study.version,
          study: study.study,
          ...(study.parts && { parts: study.parts }),
          groups: groups
            .map((group) => ({ group, missing: missingOf(group, tally, before) }))
            .filter(({ missing }) => missing.length > 0),
          checkpointEvery,
          ...(signal && { signal }),
        });
      } finally {
        clearInterval(timer);
      }
      tell();
      const missing = groups.flatMap((group) => missingOf(group, tally, before));
      if (missing.length > 0) throw new SweepError(`${missing.length} rows are still missing`);
    };

    await runGroups(own, study.next !== undefined);
    if (study.next && shard[0] === 1)
      for (let round = 0; ; round++) {
        const rows = rowsIn(folder, study);
        const next = study.next(round, (id) => rows.get(id));
        if (next === null) break;
        const known = new Set(planned.flatMap(({ rows }) => rows.map(({ id }) => id)));
        const fresh = next
          .map(({ id, rows }) => ({ id, rows: rows.filter((row) => !known.has(row.id)) }))
          .filter(({ rows }) => rows.length > 0);
        planned = [...planned, ...fresh];
        await runGroups(next, true);
      }
    if (study.next && shard[0] === 1) writePlan(folder, planOf(source, study, planned, false));
    return sweepStatus(folder);
  } finally {
    lock.release();
  }
}

/** Entries without a row, and without a failure that is to stand. */
function missingOf(
  group: SweepGroup,
  { done, failures }: Tally,
  before: ReadonlyMap<string, number>,
): string[] {
  return group.rows
    .map(({ id }: SweepEntry) => id)
    .filter((id) => !done.has(id) && (failures.get(id) ?? 0) <= (before.get(id) ?? 0));
}

function progressOf({ done, failures }: Tally, asked: ReadonlySet<string>): SweepFolderProgress {
  let [there, failed] = [0, 0];
  for (const id of asked)
    if (done.has(id)) there++;
    else if (failures.has(id)) failed++;
  return { done: there, failed, total: asked.size };
}
