import { printable } from "./printable.js";

/** One column of a table: its head, and which side its cells keep to. */
export interface Column {
  readonly head: string;
  readonly align?: "left" | "right";
}

/** Rows of text under their heads, columns two spaces apart, indented by two. */
export function table(columns: readonly Column[], cells: readonly (readonly string[])[]): string {
  const rows = cells.map((row) => row.map(printable));
  const width = columns.map((c, j) => Math.max(c.head.length, ...rows.map((row) => row[j].length)));
  const line = (cells: readonly string[]) =>
    `  ${cells
      .map((cell, j) => (columns[j].align === "left" ? cell.padEnd(width[j]) : cell.padStart(width[j])))
      .join("  ")}`.trimEnd();
  return [line(columns.map((c) => c.head)), ...rows.map(line)].join("\n");
}
