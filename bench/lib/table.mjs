import { ratioText } from "./compare.mjs";

const columns = ["row", "size", "ours", "rival", "theirs", "ratio", "target", "verdict", ""];

/** Every row of every bench under one head. */
export function tableText(rows) {
  const cells = rows.map(cellsOf);
  const widths = columns.map((head, j) => Math.max(head.length, ...cells.map((row) => row[j].length)));
  const line = (row) =>
    row
      .map((cell, j) => (j === 2 || j === 4 || j === 5 ? cell.padStart(widths[j]) : cell.padEnd(widths[j])))
      .join("  ")
      .trimEnd();
  return [line(columns), ...cells.map(line)].join("\n");
}

/** A section with a table for each bench. */
export function markdownText(benches) {
  const line = (row) => `| ${row.join(" | ")} |`;
  const sections = benches.map(({ name, title, note, rows }) => {
    const head = [line(columns), line(columns.map(() => "---"))];
    const about = `${title[0].toUpperCase()}${title.slice(1)}.${note ? ` ${note}` : ""}`;
    return [`### ${name}`, "", about, "", ...head, ...rows.map((row) => line(cellsOf(row)))].join("\n");
  });
  return `${sections.join("\n\n")}\n`;
}

function cellsOf(row) {
  return [
    row.row,
    row.size,
    figureText(row.ours, row.unit),
    row.rival ?? "-",
    figureText(row.theirs, row.unit),
    row.ratio === undefined ? "-" : ratioText(row.ratio, row.as),
    row.target ?? "-",
    row.verdict,
    row.remark ?? "",
  ];
}

/** A number in its unit; seconds as s, ms or us. */
function figureText(value, unit) {
  if (value === undefined) return "-";
  if (unit !== "s") return `${value.toPrecision(3)} ${unit}`;
  const [scale, name] = value >= 1 ? [1, "s"] : value >= 1e-3 ? [1e3, "ms"] : [1e6, "us"];
  return `${(value * scale).toPrecision(3)} ${name}`;
}
