import { join } from "node:path";
import { fail } from "../core/check.js";
import type { SweepFailure } from "./failure.js";
import { readPlan, type SweepPlan } from "./plan.js";
import { rowFiles } from "./rowFiles.js";
import { readIfThere } from "./sweepStore.js";
import { createTally } from "./tally.js";

/** How far the study of a folder is. */
export interface SweepStatus {
  /** The study's name, or the path of its module. */
  readonly name: string;
  /** Digest of the study. */
  readonly study: string;
  /** Rows planned; more may follow while `open`. */
  readonly total: number;
  readonly open: boolean;
  readonly done: number;
  /** Rows that failed and have not been made since. */
  readonly failed: number;
  readonly missing: number;
  /** Groups of which no row is missing, of all. */
  readonly groupsDone: number;
  readonly groups: number;
  /** Rows that are there more than once; they count once. */
  readonly repeated: number;
  /** Rows of the study that are not planned (taken out of its grid). */
  readonly unplanned: number;
  /** Lines of the folder's files that are neither rows nor of another study: they count as not there. */
  readonly damaged: number;
  /** Files of rows: one for each worker that made some. */
  readonly files: number;
  /** Of the first rows that failed, at most three: why. */
  readonly errors: readonly Pick<SweepFailure, "id" | "kind" | "message">[];
}

/** How many errors a status names. */
const namedErrors = 3;

/**
 * How far the study of a folder is, from the files alone: also while it runs, and from another machine. Throws where the
 * folder holds no study. O(bytes of rows), memory of their ids.
 *
 * @example
 * ```ts
 * import { mkdtempSync, writeFileSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 *
 * const folder = mkdtempSync(join(tmpdir(), "sweep-"));
 * writeFileSync(join(folder, "demo.json"), JSON.stringify({ rows: 4, seconds: 0 }));
 * await runSweepFolder("demo", join(folder, "demo.json"), folder);
 * sweepStatus(folder).done; // => 4
 * ```
 */
export function sweepStatus(folder: string): SweepStatus {
  const plan = planIn(folder);
  const tally = createTally(folder, plan);
  tally.update();
  const ids = new Set<string>();
  let groupsDone = 0;
  for (const [, rows] of plan.groups) {
    let whole = true;
    for (const id of rows) {
      ids.add(id);
      if (!tally.done.has(id) && !tally.failures.has(id)) whole = false;
    }
    if (whole) groupsDone++;
  }
  let done = 0;
  const failed: SweepFailure[] = [];
  for (const id of ids)
    if (tally.done.has(id)) done++;
    else if (tally.errors.has(id)) failed.push(tally.errors.get(id)!);
  return {
    name: plan.source.study,
    study: plan.study,
    total: ids.size,
    open: plan.open,
    done,
    failed: failed.length,
    missing: ids.size - done - failed.length,
    groupsDone,
    groups: plan.groups.length,
    repeated: tally.repeated,
    unplanned: tally.done.size - done,
    damaged: tally.damaged,
    files: rowFiles(folder, "rows").length,
    errors: failed.slice(0, namedErrors).map(({ id, kind, message }) => ({ id, kind, message })),
  };
}

/** The plan of a folder; throws where there is none. */
export function planIn(folder: string): SweepPlan {
  const plan = readPlan(folder);
  if (plan) return plan;
  const begun = readIfThere(join(folder, "config.json")) !== undefined;
  fail(
    "sweep",
    begun
      ? `${folder} was begun by an older version; "rnn-dynamics study" or "sweep run" with the same --out adds sweep.json`
      : `${folder} holds no sweep.json, expected the folder of a study`,
  );
}
