/** The script of a worker process: makes the rows of the groups it is sent, until its parent is gone. */
import "./relaxedSimd.js";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import type { RowMaker, SweepEntry, SweepRow } from "../study/sweepStudy.js";
import { errorText, failureOf } from "./failure.js";
import { loadFolderStudy } from "./loadStudy.js";
import type { FromWorker, GroupWork, WorkerSettings } from "./protocol.js";
import { openRowsFile } from "./rowsFile.js";
import { openState } from "./sweepStore.js";

const settings = JSON.parse(process.argv[2]) as WorkerSettings;
const parent = process.ppid;
const { folder, writer, checkpointEvery } = settings;

/** A parent that is gone cannot tell: whoever works without pause looks for itself. */
function tell(message: FromWorker): void {
  if (process.ppid !== parent || !process.connected) process.exit(1);
  process.send!(message);
}

function fatal(error: unknown): never {
  tell({ kind: "fatal", message: errorText(error) });
  process.exit(1);
}

process.on("disconnect", () => process.exit(0));

try {
  const { study } = await loadFolderStudy(folder);
  const state = openState(folder);
  const rows = openRowsFile(join(folder, `rows-${writer}.jsonl`));
  const failures = openRowsFile(join(folder, `failed-${writer}.jsonl`));
  /** What cannot be written is the disk's fault, not the row's. */
  const orFatal = (write: () => void) => {
    try {
      write();
    } catch (error) {
      fatal(error);
    }
  };

  process.on("message", async ({ group, missing }: GroupWork) => {
    const wanted = new Set(missing);
    const entries = group.rows.filter(({ id }) => wanted.has(id));
    let make: RowMaker<SweepEntry, SweepRow>;
    try {
      tell({ kind: "begin", id: null });
      make = await study.open(group, entries, {
        ...state,
        save(name, data) {
          orFatal(() => state.save(name, data));
          tell({ kind: "progress" });
        },
        checkpointEvery,
        progress: () => tell({ kind: "progress" }),
      });
    } catch (error) {
      make = () => {
        throw error;
      };
    }
    for (const entry of entries) {
      tell({ kind: "begin", id: entry.id });
      let line: string;
      try {
        line = JSON.stringify(await make(entry));
      } catch (error) {
        const failure = failureOf(study.study, entry.id, "threw", errorText(error));
        orFatal(() => failures.append(failure));
        tell({ kind: "settled", id: entry.id });
        continue;
      }
      orFatal(() => rows.appendText(line));
      tell({ kind: "settled", id: entry.id });
      await turn();
    }
    tell({ kind: "done" });
  });
  tell({ kind: "ready" });
} catch (error) {
  fatal(error);
}
