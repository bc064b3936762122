import { describe } from "../core/check.js";
import type { Cell } from "../study/csvText.js";

/** Columns that every table of a defined study has. */
const taken = ["id", "study", "seed", "key", "status", "error", "error_kind"];

/**
 * The result of a row as its cells; numbers that are not finite become null. Throws where it is no plain object of
 * numbers, texts, booleans and nulls, or has a name that another column of its row has.
 */
export function resultCells(result: unknown, parameters: readonly string[]): Record<string, Cell> {
  if (!isPlain(result)) throw new Error(`run returned ${kindOf(result)}, expected an object of named values`);
  checkNames(Object.keys(result), parameters, (message) => {
    throw new Error(`run returned ${message}`);
  });
  return Object.fromEntries(
    Object.entries(result).map(([name, value]) => {
      if (typeof value === "number") return [name, Number.isFinite(value) ? value : null];
      if (value !== null && typeof value !== "string" && typeof value !== "boolean")
        throw new Error(
          `run returned ${kindOf(value)} as ${JSON.stringify(name)}, expected a number, a text, a boolean or null`,
        );
      return [name, value];
    }),
  );
}

/** Refuses names of columns that are none, or that two columns would have (DuckDB tells no capitals from small letters). */
export function checkNames(
  names: readonly string[],
  parameters: readonly string[],
  refuse: (message: string) => void,
): void {
  const others = new Map([...taken, ...parameters].map((name) => [name.toLowerCase(), name]));
  for (const name of names) {
    if (name === "" || name === "__proto__")
      refuse(`${JSON.stringify(name)} as a name, expected one fit for a column`);
    const same = others.get(name.toLowerCase());
    if (same !== undefined)
      refuse(
        `${JSON.stringify(name)}, ${
          taken.includes(same) ? "which every table has" : `and ${JSON.stringify(same)} is another column`
        }, expected another name`,
      );
    others.set(name.toLowerCase(), name);
  }
}

/** Whether a value is an object as a literal makes it. */
export function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

/** What a value is, in a few words: `a Map`, `an array of 2`. */
export function kindOf(value: unknown): string {
  if (typeof value !== "object" || value === null || Array.isArray(value) || isPlain(value))
    return describe(value);
  const name: unknown = value.constructor?.name;
  return typeof name === "string" && name !== "" ? `a ${name}` : "an object";
}
