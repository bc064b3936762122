/**
 * Options with every field set: the given ones over the defaults; `undefined` counts as not given.
 * Fields the defaults do not know are refused, so that a misspelt option is never silently ignored.
 */
import { fail } from "./check.js";

export function resolveOptions<T extends object>(where: string, defaults: T, given: object | undefined): T {
  if (given === undefined) return { ...defaults };
  if (typeof given !== "object" || given === null || Array.isArray(given))
    fail(where, "options must be an object");
  const resolved = { ...defaults } as Record<string, unknown>;
  for (const [name, value] of Object.entries(given)) {
    if (!(name in defaults))
      fail(
        where,
        `unknown option ${JSON.stringify(name)}, expected one of ${Object.keys(defaults).join(", ")}`,
      );
    if (value !== undefined) resolved[name] = value;
  }
  return resolved as T;
}
