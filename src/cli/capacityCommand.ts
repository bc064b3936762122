import { join } from "node:path";
import type { CapacityRow } from "../study/capacity/capacityRow.js";
import { capacityStudy } from "../study/capacity/capacityStudy.js";
import { capacitySummary } from "../study/capacity/capacitySummary.js";
import { capacityTable } from "../study/capacity/capacityTable.js";
import { type CapacityStudyConfig, resolveCapacityStudy } from "../study/capacity/studyOptions.js";
import { capacityText } from "./capacityText.js";
import { printableLines } from "./printable.js";
import { createBar, keepConfig, readConfig, type StudyFlags } from "./studyFolder.js";
import { openStudyStore, writeWhole } from "./studyStore.js";

/**
 * `rnn-dynamics study capacity CONFIG.json --out DIR`: runs the study, or goes on with it. In DIR: `config.json`, what was
 * asked for; `rows-*.jsonl`, one line per network as it finishes; `table.csv`, all rows there are, written anew with every
 * row. Points and seeds may be added to a configuration: rows that are there stay good.
 */
export async function capacityCommand(file: string, flags: StudyFlags): Promise<void> {
  const config = readConfig<CapacityStudyConfig>(file);
  const { study, groups } = resolveCapacityStudy("study", config);
  const order = new Map(
    groups.flatMap(({ networks }) => networks.map(({ id }) => id)).map((id, at) => [id, at]),
  );
  const [shard, shards] = flags.shard ?? [1, 1];
  const store = openStudyStore(flags.out, `${shard}-of-${shards}`);
  const progress = createBar(flags.quiet);
  const path = join(flags.out, "table.csv");
  // The search's networks are not known beforehand: they stand last, as they came.
  const inOrder = () => {
    const there = new Map(
      store.rows<CapacityRow>().flatMap((row) => (row.study === study ? [[row.id, row] as const] : [])),
    );
    const place = ({ id }: CapacityRow) => order.get(id) ?? order.size;
    return [...there.values()].sort((a, b) => place(a) - place(b));
  };
  const writeTable = () => {
    const rows = inOrder();
    writeWhole(path, capacityTable(rows));
    return rows;
  };
  try {
    keepConfig(join(flags.out, "config.json"), { study, ...config });
    const { update } = progress;
    capacityStudy(config, {
      store: { rows: () => store.rows<CapacityRow>(), addRow: (row) => store.append(row) },
      shard: [shard, shards],
      onRow: writeTable,
      ...(update && {
        onProgress: ({ stage, group, done, total }) => update({ stage, group, done, total, networks: done }),
      }),
    });
    const rows = writeTable();
    progress.stop();
    if (!flags.quiet) {
      const text = capacityText(capacitySummary(config, rows), rows);
      process.stdout.write(`${text}\n\n${printableLines(`${rows.length} networks: ${path}\n`)}`);
    }
  } finally {
    progress.stop();
    store.close();
  }
}
