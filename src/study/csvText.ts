/** What a cell of a table holds; null: empty. */
export type Cell = string | number | boolean | null;

/** Significant digits of numbers in a table; the rows themselves have all. */
const digits = 7;

/**
 * Rows of named cells as a CSV file (RFC 4180, lines end in \n), a header first. Rows may have different columns: the
 * header has all of them, in order of appearance. Empty text without columns. O(cells).
 */
export function csvText(rows: readonly (readonly [column: string, value: Cell][])[]): string {
  const cells = rows.map((row) => new Map(row));
  const columns = [...new Set(cells.flatMap((row) => [...row.keys()]))];
  if (columns.length === 0) return "";
  const lines = [columns.map(quoted), ...cells.map((row) => columns.map((c) => quoted(row.get(c) ?? null)))];
  return lines.map((line) => `${line.join(",")}\n`).join("");
}

/** A cell as it stands in a CSV file, numbers with all their digits. */
export function cellText(value: Cell): string {
  const text = value === null ? "" : String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function quoted(value: Cell): string {
  return cellText(typeof value === "number" ? Number(value.toPrecision(digits)) : value);
}
