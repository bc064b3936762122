import { dirname, join, resolve } from "node:path";
import { fail } from "../core/check.js";
import { FileError, readTensors } from "../io/index.js";
import { printableLines } from "../report/printable.js";
import type { MechanismRow } from "../study/mechanisms/mechanismRow.js";
import {
  type MechanismStudyConfig,
  type MechanismStudyStore,
  mechanismStudy,
  resolveMechanismStudy,
} from "../study/mechanisms/mechanismStudy.js";
import { mechanismTable } from "../study/mechanisms/mechanismTable.js";
import type { StimulusSource } from "../tasks/stimulusSource.js";
import { mechanismCounts } from "./mechanismCounts.js";
import { createBar, keepConfig, readConfig, type StudyFlags } from "./studyFolder.js";
import { openStudyStore, type StudyStore, writeWhole } from "./studyStore.js";

/**
 * `rnn-dynamics study mechanisms CONFIG.json --out DIR`: runs the study, or goes on with it. In DIR:
 * `config.json`, what was asked for; `rows-*.jsonl`, one line per network as it finishes; `state/`, checkpoints and
 * trained networks; `table.csv`, all rows there are in the order of the grid, written anew with every row.
 */
export async function mechanismsCommand(file: string, flags: StudyFlags): Promise<void> {
  const config = readConfig<MechanismStudyConfig>(file);
  const ready = await withStimuli(file, config);
  const { groups, study } = resolveMechanismStudy("study", ready);
  const order = groups.flatMap(({ networks }) => networks.map(({ id }) => id));
  const [shard, shards] = flags.shard ?? [1, 1];
  const store = openStudyStore(flags.out, `${shard}-of-${shards}`);
  const progress = createBar(flags.quiet);
  try {
    keepConfig(join(flags.out, "config.json"), { study, ...config });
    const writeTable = () => {
      const rows = store.rows<MechanismRow>().filter((row) => row.study === study);
      const there = new Map(rows.map((row) => [row.id, row]));
      const all = order.flatMap((id) => there.get(id) ?? []);
      writeWhole(join(flags.out, "table.csv"), mechanismTable(all));
      return all.length;
    };
    const rows = mechanismStudy(ready, {
      store: mechanismStore(store),
      checkpointEvery: flags.checkpointEvery,
      shard: [shard, shards],
      onRow: writeTable,
      ...(progress.update && { onProgress: progress.update }),
    });
    const count = writeTable();
    progress.stop();
    if (!flags.quiet) {
      process.stdout.write(`${mechanismCounts(rows)}\n\n`);
      process.stdout.write(
        printableLines(`${count} of ${order.length} networks: ${join(flags.out, "table.csv")}\n`),
      );
    }
  } finally {
    progress.stop();
    store.close();
  }
}

/** The study's own words for what a store of any study does. */
function mechanismStore(store: StudyStore): MechanismStudyStore {
  return {
    rows: () => store.rows<MechanismRow>(),
    addRow: (row) => store.append(row),
    checkpoint: (group) => store.load(`${group}.checkpoint`),
    saveCheckpoint: (group, checkpoint) => store.save(`${group}.checkpoint`, checkpoint),
    trained: (group) => store.load(`${group}.trained`),
    saveTrained(group, trained) {
      store.save(`${group}.trained`, trained);
      store.drop(`${group}.checkpoint`);
    },
  };
}

/** `"stimuli": { "codes": FILE }`: the points in tensors digit0 and digit1; FILE is looked for beside the configuration. */
async function withStimuli(file: string, config: MechanismStudyConfig): Promise<MechanismStudyConfig> {
  const stimuli = config.grid?.stimuli as StimulusSource | { readonly codes?: unknown } | undefined;
  if (typeof stimuli !== "object" || stimuli === null || !("codes" in stimuli)) return config;
  const { codes } = stimuli;
  if (typeof codes !== "string") fail("study", "grid.stimuli.codes must be the name of a file");
  const { tensors } = await readTensors(resolve(dirname(file), codes));
  const points = ["digit0", "digit1"].map((name) => {
    const tensor = tensors.get(name);
    if (!tensor) throw new FileError(`${codes}: has no tensor ${name}, expected digit0 and digit1`);
    return Float64Array.from(tensor.data as ArrayLike<number>);
  });
  return { ...config, grid: { ...config.grid, stimuli: [points[0], points[1]] } };
}
