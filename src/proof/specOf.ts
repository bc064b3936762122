import type { CellSpec } from "../cells/spec.js";
import { fail } from "../core/check.js";
import type { DynamicalSystem } from "../core/system.js";

/**
 * The description of a cell: proofs are about its equation, which a system made of plain functions does not show.
 * Throws for any other system.
 */
export function specOf(where: string, system: DynamicalSystem): CellSpec {
  const spec = (system as { readonly spec?: CellSpec } | undefined | null)?.spec;
  if (typeof spec !== "object" || spec === null || typeof spec.kind !== "string")
    fail(
      where,
      "system does not show its equation, expected a cell of buildCell (hold an input by the option `input`, a period by `period`)",
    );
  return spec;
}
