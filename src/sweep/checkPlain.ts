import { fail } from "../core/check.js";
import { isPlain, kindOf } from "./resultCells.js";

/**
 * Refuses what JSON would not carry whole: functions, dates, numbers that are not finite, cycles. A field that is
 * undefined counts as not there.
 */
export function checkPlain(
  where: string,
  name: string,
  value: unknown,
  inside: readonly unknown[] = [],
): void {
  if (value === null || ["string", "boolean"].includes(typeof value) || Number.isFinite(value)) return;
  if (!Array.isArray(value) && !isPlain(value))
    fail(where, `${name} is ${kindOf(value)}, expected plain JSON`);
  if (inside.includes(value)) fail(where, `${name} is part of itself, expected plain JSON`);
  const within = [...inside, value];
  for (const [key, part] of Object.entries(value))
    if (part !== undefined || Array.isArray(value)) checkPlain(where, `${name}.${key}`, part, within);
}
