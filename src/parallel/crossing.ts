import { buildCell } from "../cells/build.js";
import type { Cell } from "../cells/cell.js";
import type { CellSpec } from "../cells/spec.js";
import { describe, fail } from "../core/check.js";
import type { DynamicalSystem } from "../core/system.js";

/**
 * A system of your own, as a module that every worker imports: `export` names a function of it that returns a
 * `DynamicalSystem` (or a promise of one) and is called with `arguments`.
 */
export interface SystemModule {
  /** An absolute URL, as in `new URL("./system.js", import.meta.url)`. */
  readonly module: URL | string;
  readonly export: string;
  /** Structured-cloneable values. @defaultValue none */
  readonly arguments?: readonly unknown[];
}

/** A system that can be handed to workers: a network from `buildCell` or `readWeights`, or a {@link SystemModule}. */
export type Crossable = Cell | SystemModule;

/** A system as plain data. */
export type Crossing =
  | { readonly spec: CellSpec }
  | { readonly module: string; readonly export: string; readonly arguments: readonly unknown[] };

/** The plain data of a system; throws an ArgumentError that names `where` for one that has none. */
export function crossingOf(where: string, system: Crossable): Crossing {
  const given: Partial<Cell> & Partial<SystemModule> = system ?? {};
  if (typeof given.rule === "function" && typeof given.spec?.kind === "string") return { spec: given.spec };
  if (given.module === undefined)
    fail(
      where,
      `system is ${describe(system)} that cannot be sent to workers, expected a network (from buildCell or readWeights; hold its input with the option input) or { module: URL, export: name, arguments: [...] }`,
    );
  const unknown = Object.keys(given).find((key) => !["module", "export", "arguments"].includes(key));
  if (unknown !== undefined)
    fail(where, `system.${unknown} is not known, expected { module: URL, export: name, arguments: [...] }`);
  const name = given.export;
  const values = given.arguments ?? [];
  if (typeof name !== "string") fail(where, `system.export is ${describe(name)}, expected a name`);
  if (!Array.isArray(values)) fail(where, `system.arguments is ${describe(values)}, expected an array`);
  if (!URL.canParse(String(given.module)))
    fail(
      where,
      `system.module is ${describe(given.module)}, expected an absolute URL such as new URL("./system.js", import.meta.url)`,
    );
  try {
    return { module: String(given.module), export: name, arguments: structuredClone(values) };
  } catch (error) {
    fail(where, `system.arguments cannot be sent to workers: ${(error as Error).message}`);
  }
}

/** What two copies of a system must have in common. */
export type Shape = Pick<DynamicalSystem, "time" | "dimension" | "inputDimension">;

/** The system that plain data describes, built here; of the given shape, where one is given. */
export async function systemFrom(where: string, crossing: Crossing, shape?: Shape): Promise<DynamicalSystem> {
  if ("spec" in crossing) return buildCell(crossing.spec);
  const { module, export: name, arguments: values } = crossing;
  const exported: Record<string, unknown> = await import(/* @vite-ignore */ /* webpackIgnore: true */ module);
  const make = exported[name];
  if (typeof make !== "function")
    fail(where, `${module} exports no function ${name}, expected one that returns a DynamicalSystem`);
  const system = await make(...values);
  if (typeof system?.rule !== "function" || typeof system.jacobian !== "function")
    fail(where, `${name} of ${module} returned ${describe(system)}, expected a DynamicalSystem`);
  for (const key of ["time", "dimension", "inputDimension"] as const)
    if (shape && system[key] !== shape[key])
      fail(
        where,
        `${name} of ${module} returned a system whose ${key} is ${describe(system[key])}, expected ${describe(shape[key])} as in the caller: it must return the same system each time`,
      );
  return system;
}
