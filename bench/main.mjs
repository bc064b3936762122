// npm run bench [-- NAME ...] [--json FILE] [--markdown FILE]: every bench of this folder, or those named, in one table.
// Ratios within one run are what counts: absolute times differ from machine to machine and from minute to minute.
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import { benchNames } from "./lib/benches.mjs";
import { markdownText, tableText } from "./lib/table.mjs";
import { closeRivals, introductions } from "./rivals/rivals.mjs";

// As the command does: Node 20 has fused multiply-add behind this flag, later ones have it on.
if (Number.parseInt(process.versions.node, 10) === 20) setFlagsFromString("--experimental-wasm-relaxed-simd");

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "string" }, markdown: { type: "string" } },
});
const all = benchNames();
const unknown = positionals.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  console.error(`bench: no bench called ${unknown.join(", ")}, expected some of ${all.join(", ")}`);
  process.exit(2);
}
const machine = `Node ${process.version}, ${cpus().length} x ${cpus()[0].model}`;
const benches = [];
let rivals;
try {
  for (const name of positionals.length > 0 ? positionals : all) {
    if (process.stderr.isTTY) console.error(`${name} ...`);
    benches.push({ name, ...(await (await import(`./${name}.mjs`)).run({ tiny: false })) });
  }
  rivals = await introductions();
} finally {
  closeRivals();
}
const rows = benches.flatMap((bench) => bench.rows);
const notes = benches.map(({ name, title, note }) => `${name}: ${title}.${note ? ` ${note}` : ""}`);
console.log(`${machine}. CPU time, one thread, medians.\n${rivals.join("; ")}.\n`);
console.log(`${tableText(rows)}\n\n${notes.join("\n")}`);
if (values.json) writeFileSync(values.json, `${JSON.stringify({ machine, rivals, benches }, null, 1)}\n`);
if (values.markdown) writeFileSync(values.markdown, markdownText(benches));

const wrong = rows.filter(({ verdict }) => verdict === "SHORT" || verdict === "DIFFERS").length;
if (wrong > 0) {
  console.log(`\n${wrong} of ${rows.length} rows are SHORT of their target or DIFFER`);
  process.exitCode = 1;
}
