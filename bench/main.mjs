// npm run bench [-- NAME ...] [--json FILE]: every bench of this folder, or those named, in one table. Ratios within
// one run are what counts: absolute times differ from machine to machine and from minute to minute.
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { benchNames } from "./lib/benches.mjs";
import { tableText } from "./lib/table.mjs";
import { closeRivals, introductions } from "./rivals/rivals.mjs";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { json: { type: "string" } } });
const all = benchNames();
const unknown = positionals.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  console.error(`bench: no bench called ${unknown.join(", ")}, expected some of ${all.join(", ")}`);
  process.exit(2);
}
const machine = `Node ${process.version}, ${cpus().length} x ${cpus()[0].model}`;
const rows = [];
const notes = [];
for (const name of positionals.length > 0 ? positionals : all) {
  if (process.stderr.isTTY) console.error(`${name} ...`);
  const { title, rows: found, note } = await (await import(`./${name}.mjs`)).run({ tiny: false });
  rows.push(...found);
  notes.push(`${name}: ${title}.${note ? ` ${note}` : ""}`);
}
const rivals = await introductions();
closeRivals();
console.log(`${machine}. CPU time, one thread, medians.\n${rivals.join("; ")}.\n`);
console.log(`${tableText(rows)}\n\n${notes.join("\n")}`);
if (values.json) writeFileSync(values.json, `${JSON.stringify({ machine, rivals, rows, notes }, null, 1)}\n`);

const wrong = rows.filter(({ verdict }) => verdict === "SHORT" || verdict === "DIFFERS").length;
if (wrong > 0) {
  console.log(`\n${wrong} of ${rows.length} rows are SHORT of their target or DIFFER`);
  process.exitCode = 1;
}
