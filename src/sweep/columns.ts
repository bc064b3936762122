import type { Cell } from "../study/csvText.js";

/** What a column holds: null in every row stays "text". */
export type ColumnType = "number" | "text" | "boolean";

/** One column of a table. */
export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  at(row: number): Cell;
}

/** The named cells of one row. */
export type Cells = readonly (readonly [column: string, value: Cell])[];

/** Cells of rows, kept column by column. */
export interface ColumnTable {
  /**
   * Sets all cells of a row; a row set again is replaced. Columns stand in the order in which the rows of the lowest rank
   * have them, however the rows came.
   */
  set(row: number, rank: number, cells: Cells): void;
  columns(): Column[];
}

interface Growing {
  /** NaN: null, or a value that is no number. */
  numbers: Float64Array | undefined;
  others: Cell[] | undefined;
  /** The lowest rank of a row that has it, and its place there. */
  rank: number;
  place: number;
  /** No text among its values. */
  boolean: boolean;
}

/**
 * A table that grows row by row. A column of numbers takes 8 bytes per row; one with a text among its values is a column
 * of texts. Equal texts are kept once.
 */
export function createColumns(): ColumnTable {
  const columns = new Map<string, Growing>();
  const texts = new Map<string, string>();
  const columnOf = (name: string, rank: number, place: number): Growing => {
    let column = columns.get(name);
    if (!column) {
      column = { numbers: undefined, others: undefined, rank, place, boolean: true };
      columns.set(name, column);
    } else if (rank < column.rank) Object.assign(column, { rank, place });
    return column;
  };
  const put = (column: Growing, row: number, value: Cell) => {
    if (typeof value === "number") {
      column.numbers = roomFor(column.numbers, row);
      column.numbers[row] = value;
      if (column.others) column.others[row] = null;
      return;
    }
    if (column.numbers && row < column.numbers.length) column.numbers[row] = Number.NaN;
    if (value === null) {
      if (column.others) column.others[row] = null;
      return;
    }
    column.others ??= [];
    if (typeof value === "string") {
      column.boolean = false;
      if (!texts.has(value)) texts.set(value, value);
      column.others[row] = texts.get(value)!;
    } else column.others[row] = value;
  };
  return {
    set(row, rank, cells) {
      for (let place = 0; place < cells.length; place++) {
        const [name, value] = cells[place];
        put(columnOf(name, rank, place), row, value);
      }
    },
    columns() {
      return [...columns]
        .sort(([p, a], [q, b]) => a.rank - b.rank || a.place - b.place || (p < q ? -1 : 1))
        .map(([name, { numbers, others, boolean }]): Column => {
          const number = (row: number) => {
            const value = numbers?.[row];
            return value === undefined || Number.isNaN(value) ? null : value;
          };
          if (!others) return { name, type: numbers ? "number" : "text", at: number };
          if (boolean && !numbers) return { name, type: "boolean", at: (row) => others[row] ?? null };
          return {
            name,
            type: "text",
            at(row) {
              const value = others[row] ?? number(row);
              return value === null ? null : String(value);
            },
          };
        });
    },
  };
}

function roomFor(numbers: Float64Array | undefined, row: number): Float64Array {
  if (numbers && row < numbers.length) return numbers;
  const more = new Float64Array(Math.max(1024, 2 * (row + 1))).fill(Number.NaN);
  if (numbers) more.set(numbers);
  return more;
}
