/** The script of one task of a job array: `task.js FOLDER ARRAY.json INDEX`. */
import { readFileSync } from "node:fs";
import { localEngine } from "./localEngine.js";
import type { SlurmArray } from "./slurmEngine.js";
import { planIn } from "./status.js";
import { createTally } from "./tally.js";

const [folder, file, index] = process.argv.slice(2);
const { tasks, checkpointEvery, local } = JSON.parse(readFileSync(file, "utf8")) as SlurmArray;
const { version, study, parts } = planIn(folder);
const shape = { version, study, ...(parts && { parts }) };
// A task that was preempted is begun again: what it made is there.
const tally = createTally(folder, shape);
tally.update();
const groups = tasks[Number(index)].map(({ group, missing }) => ({
  group,
  missing: missing.filter((id) => !tally.done.has(id)),
}));
const stop = new AbortController();
for (const name of ["SIGTERM", "SIGINT"] as const)
  process.once(name, () => stop.abort(new Error(`ended by ${name}`)));
try {
  await localEngine(local).run({ folder, ...shape, groups, checkpointEvery, signal: stop.signal });
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
