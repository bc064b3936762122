import { join } from "node:path";
import { printableLines } from "../report/printable.js";
import { type CapacityRow, capacityRowSchema } from "../study/capacity/capacityRow.js";
import { capacityStudy } from "../study/capacity/capacityStudy.js";
import { capacitySummary, lagSummary } from "../study/capacity/capacitySummary.js";
import { capacityTable } from "../study/capacity/capacityTable.js";
import { type CapacityStudyConfig, resolveCapacityStudy } from "../study/capacity/studyOptions.js";
import { capacityText } from "./capacityText.js";
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
  const ownRows = () =>
    store.rows<CapacityRow>().filter((row) => row.schema === capacityRowSchema && row.study === study);
  // The search's networks are not known beforehand: they stand last, as they came.
  const inOrder = () => {
    const there = new Map(ownRows().map((row) => [row.id, row]));
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
      store: { rows: ownRows, addRow: (row) => store.append(row) },
      shard: [shard, shards],
      onRow: writeTable,
      ...(update && {
        onProgress: ({ stage, group, done, total }) => update({ stage, group, done, total, networks: done }),
      }),
    });
    const rows = writeTable();
    progress.stop();
    if (!flags.quiet) {
      const text = capacityText([...capacitySummary(config, rows), ...lagSummary(config, rows)], rows);
      const known = new Set(rows.map(({ id }) => id));
      const missing = [...order.keys()].filter((id) => !known.has(id)).length;
      const rest = missing > 0 ? ` (${missing} of the sweeps are still missing)` : "";
      process.stdout.write(`${text}\n\n${printableLines(`${rows.length} networks${rest}: ${path}\n`)}`);
    }
  } finally {
    progress.stop();
    store.close();
  }
}
