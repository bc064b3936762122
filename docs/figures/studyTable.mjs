import { readFile } from "node:fs/promises";

/** The table of a study's folder: its column names, and its rows by column; an empty cell is null. */
export async function readStudyTable(folder) {
  const [header, ...lines] = (await readFile(`${folder}/table.csv`, "utf8")).trimEnd().split("\n");
  const names = header.split(",");
  const rows = lines.map((line) => {
    const cells = line.split(",");
    return Object.fromEntries(names.map((name, i) => [name, parse(cells[i])]));
  });
  return { names, rows };
}

function parse(cell) {
  if (cell === "" || cell === undefined) return null;
  if (cell === "true" || cell === "false") return cell === "true";
  const value = Number(cell);
  return Number.isNaN(value) ? cell : value;
}
