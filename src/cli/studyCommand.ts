import { join } from "node:path";
import { fail } from "../core/check.js";
import { printableLines } from "../report/printable.js";
import { type CapacityRow, capacityRowSchema } from "../study/capacity/capacityRow.js";
import { capacitySummary, lagSummary } from "../study/capacity/capacitySummary.js";
import { capacityTable } from "../study/capacity/capacityTable.js";
import type { CapacityStudyConfig } from "../study/capacity/studyOptions.js";
import type { MechanismRow } from "../study/mechanisms/mechanismRow.js";
import { mechanismTable } from "../study/mechanisms/mechanismTable.js";
import { runSweep } from "../study/runSweep.js";
import type { SweepRow } from "../study/sweepStudy.js";
import { loadStudy, sourceOf } from "../sweep/loadStudy.js";
import { takePart } from "../sweep/lock.js";
import { keepSource, planOf, readConfig, readPlan, writePlan } from "../sweep/plan.js";
import { openSweepStore } from "../sweep/sweepStore.js";
import { writeWhole } from "../sweep/writeWhole.js";
import { capacityText } from "./capacityText.js";
import { mechanismCounts } from "./mechanismCounts.js";
import { createStudyBar } from "./studyBar.js";

/** The flags of `rnn-dynamics study`, as parsed. */
export interface StudyFlags {
  readonly out: string;
  readonly shard?: readonly [number, number];
  readonly checkpointEvery: number;
  readonly quiet: boolean;
}

/** What the command adds to a study: its table, and a first look at it. */
interface StudyView {
  table(rows: readonly SweepRow[]): string;
  text(config: object, rows: readonly SweepRow[], ofShard: readonly SweepRow[]): string;
  /** How many there are, in words. */
  count(rows: number, missing: number, grid: number): string;
}

const views: Readonly<Record<string, StudyView>> = {
  mechanisms: {
    table: (rows) => mechanismTable(rows as MechanismRow[]),
    text: (_, __, ofShard) => mechanismCounts(ofShard as MechanismRow[]),
    count: (rows, _, grid) => `${rows} of ${grid} networks`,
  },
  capacity: {
    table: (rows) => capacityTable(rows as CapacityRow[]),
    text(config, all) {
      const rows = all.filter((row): row is CapacityRow => row.schema === capacityRowSchema);
      const study = config as CapacityStudyConfig;
      return capacityText([...capacitySummary(study, rows), ...lagSummary(study, rows)], rows);
    },
    count: (rows, missing) =>
      `${rows} networks${missing > 0 ? ` (${missing} of the sweeps are still missing)` : ""}`,
  },
};

/**
 * `rnn-dynamics study NAME CONFIG.json --out DIR`: runs a study in this process, or goes on with it. In DIR:
 * `config.json`, what was asked for; `sweep.json`, its rows by name; `rows-*.jsonl`, one line per network as it
 * finishes; `state/`, checkpoints and trained networks; `table.csv`, all rows there are in the order of the grid, written
 * anew with every row; those that are not of the grid (a search, points taken out) stand last, as they came.
 */
export async function studyCommand(name: string, file: string, flags: StudyFlags): Promise<void> {
  if (!Object.hasOwn(views, name))
    fail("study", `${JSON.stringify(name)} is no study, expected mechanisms or capacity`);
  const view = views[name];
  const config = readConfig(file);
  const source = sourceOf(name, file);
  const study = await loadStudy(source, config, file);
  const order = new Map(
    study.groups.flatMap(({ rows }) => rows.map(({ id }) => id)).map((id, at) => [id, at]),
  );
  const [shard, shards] = flags.shard ?? [1, 1];
  const store = openSweepStore<SweepRow>(flags.out, `${shard}-of-${shards}`, study);
  const lock = await takePart(flags.out, [shard, shards]);
  const bar = createStudyBar(flags.quiet);
  const path = join(flags.out, "table.csv");
  const inOrder = () => {
    const place = ({ id }: SweepRow) => order.get(id) ?? order.size;
    return [...store.rows()].sort((a, b) => place(a) - place(b));
  };
  const writeTable = () => {
    const rows = inOrder();
    writeWhole(path, view.table(rows));
    return rows;
  };
  try {
    keepSource(flags.out, source, config, study.study);
    if (shard === 1 || readPlan(flags.out) === undefined)
      writePlan(flags.out, planOf(source, study, study.groups, study.next !== undefined));
    const ofShard = runSweep("study", study, {
      store,
      checkpointEvery: flags.checkpointEvery,
      shard: [shard, shards],
      onRow() {
        writeTable();
        lock.renew();
      },
      onProgress(progress) {
        const { stage, group, done, total, rows: there } = progress;
        bar.update({ what: `${stage} ${group}`, done, total, rows: there });
        lock.renew();
      },
    });
    const rows = writeTable();
    bar.stop();
    if (!flags.quiet) {
      const known = new Set(rows.map(({ id }) => id));
      const missing = [...order.keys()].filter((id) => !known.has(id)).length;
      const end = printableLines(`${view.count(rows.length, missing, order.size)}: ${path}\n`);
      process.stdout.write(`${view.text(config, rows, ofShard)}\n\n${end}`);
    }
  } finally {
    bar.stop();
    lock.release();
    store.close();
  }
}
