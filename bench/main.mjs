// npm run bench [-- NAME ...]: every bench row, or those whose file is named. Ratios within one run are what
// counts: absolute times differ from machine to machine and from minute to minute.
import { cpus } from "node:os";
import { printTable } from "./table.mjs";

const all = ["finder", "memory", "force", "backprop"];
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  console.error(`bench: no bench called ${unknown.join(", ")}, expected some of ${all.join(", ")}`);
  process.exit(2);
}
console.log(`Node ${process.version}, ${cpus().length} x ${cpus()[0].model}\n`);
let short = 0;
for (const name of wanted.length > 0 ? wanted : all) {
  const { title, columns, rows, note } = await (await import(`./${name}.mjs`)).run();
  printTable(title, columns, rows, note);
  short += rows.filter((row) => row.at(-1) === "SHORT").length;
}
if (short > 0) {
  console.log(`${short} rows fall short of their target`);
  process.exitCode = 1;
}
