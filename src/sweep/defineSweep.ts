import { createHash } from "node:crypto";
import { checkInteger, describe, fail } from "../core/check.js";
import { resolveOptions } from "../core/defaults.js";
import type { Cell } from "../study/csvText.js";
import type { SweepEntry, SweepGroup, SweepRow, SweepStudy } from "../study/sweepStudy.js";

/** A value of a parameter: plain. */
export type ParameterValue = string | number | boolean;

/** One value for each parameter. */
export type Parameters = Readonly<Record<string, ParameterValue>>;

/** What a study of your own is made of. */
export interface SweepDefinition<Shared = undefined> {
  /** Fit for a file. */
  readonly name: string;
  /** Raise it when the code changes so that results would differ. */
  readonly version: string | number;
  /** Values of each parameter: all combinations. */
  readonly grid: Readonly<Record<string, readonly ParameterValue[]>>;
  /** @defaultValue `[0]` */
  readonly seeds?: readonly number[];
  /** Rows equal in these parameters, and in the seed, stay together. @defaultValue all parameters: no row shares */
  readonly together?: readonly string[];
  /** Whatever else decides a result: it enters the study's digest. @defaultValue `null` */
  readonly settings?: unknown;
  /** What rows that stay together share; made once for all of them. */
  readonly prepare?: (parameters: Parameters, seed: number) => Shared;
  /** The result of one row: numbers, texts, booleans and nulls by name. No clock, no other randomness. */
  readonly run: (parameters: Parameters, seed: number, shared: Shared) => Readonly<Record<string, Cell>>;
}

/** An entry of a study made by {@link defineSweep}. */
export interface DefinedEntry extends SweepEntry {
  readonly parameters: Parameters;
}

/** A row of a study made by {@link defineSweep}. */
export interface DefinedRow extends SweepRow {
  readonly seed: number;
  readonly parameters: Parameters;
  readonly result: Readonly<Record<string, Cell>>;
}

/**
 * A study of your own: a pure function of parameters and a seed, and a grid. A row's id is a digest (SHA-256, 128 bits)
 * of name, version, settings, parameters and seed, so that rows may be added to the grid and none is made twice.
 *
 * The result must be the same each time: rows that were lost are made again. Numbers that are not finite become null.
 * Throws where the definition is wrong. O(rows).
 *
 * @example
 * ```ts
 * const study = defineSweep({
 *   name: "squares",
 *   version: 1,
 *   grid: { x: [1, 2, 3] },
 *   run: ({ x }) => ({ square: Number(x) ** 2 }),
 * });
 * study.groups.length; // => 3
 * ```
 */
export function defineSweep<Shared = undefined>(
  definition: SweepDefinition<Shared>,
): SweepStudy<DefinedEntry, DefinedRow> {
  const where = "defineSweep";
  const { name, version, grid, seeds, together, settings, prepare, run } = resolveOptions(
    where,
    {
      name: "",
      version: "" as string | number,
      grid: {} as SweepDefinition["grid"],
      seeds: [0] as readonly number[],
      together: undefined as readonly string[] | undefined,
      settings: null as unknown,
      prepare: undefined as SweepDefinition<Shared>["prepare"],
      run: undefined as SweepDefinition<Shared>["run"] | undefined,
    },
    definition,
  );
  if (typeof name !== "string" || !/^[\w.-]+$/.test(name))
    fail(where, `name is ${describe(name)}, expected letters, digits, "-", "_" and "."`);
  if (version === "" || (typeof version !== "string" && typeof version !== "number"))
    fail(where, `version is ${describe(version)}, expected a number or a text`);
  if (typeof run !== "function") fail(where, `run is ${describe(run)}, expected a function`);
  const names = checkGrid(where, grid);
  if (!Array.isArray(seeds) || seeds.length === 0)
    fail(where, `seeds is ${describe(seeds)}, expected a list of at least one`);
  for (const seed of seeds) checkInteger(where, "seeds", seed, 0, 2 ** 32 - 1);
  for (const each of together ?? [])
    if (!names.includes(each)) fail(where, `together has ${describe(each)}, expected names of the grid`);
  const schema = `${name}@${version}`;
  const study = digest([schema, settings]).slice(0, 16);
  return {
    name,
    version: schema,
    study,
    groups: groupsOf(study, grid, names, seeds, together ?? names),
    sharedWeight: 0,
    open({ rows: [first] }) {
      const shared = prepare?.(first.parameters, first.seed) as Shared;
      return ({ id, parameters, seed }) => {
        const result = run(parameters, seed, shared);
        return { schema, id, study, seed, parameters, result: finiteCells(result) };
      };
    },
    cells: ({ id, study: of, seed, parameters, result }) => [
      ["id", id],
      ["study", of],
      ["seed", seed],
      ...Object.entries(parameters),
      ...Object.entries(result),
    ],
  };
}

function groupsOf(
  study: string,
  grid: SweepDefinition["grid"],
  names: readonly string[],
  seeds: readonly number[],
  together: readonly string[],
): SweepGroup<DefinedEntry>[] {
  let points: Parameters[] = [{}];
  for (const name of names)
    points = points.flatMap((point) => grid[name].map((value) => ({ ...point, [name]: value })));
  const groups = new Map<string, { id: string; rows: DefinedEntry[] }>();
  for (const seed of seeds)
    for (const parameters of points) {
      const id = digest([study, parameters, seed]);
      const shared = digest([study, seed, together.map((name) => parameters[name])]);
      if (!groups.has(shared)) groups.set(shared, { id: shared, rows: [] });
      groups.get(shared)!.rows.push({ id, seed, parameters });
    }
  return [...groups.values()];
}

/** The names of a grid's parameters. */
function checkGrid(where: string, grid: SweepDefinition["grid"]): string[] {
  if (typeof grid !== "object" || grid === null || Object.keys(grid).length === 0)
    fail(where, `grid is ${describe(grid)}, expected for example { gain: [0.5, 1] }`);
  for (const [name, values] of Object.entries(grid)) {
    if (!Array.isArray(values) || values.length === 0)
      fail(where, `grid.${name} is ${describe(values)}, expected a list of at least one value`);
    if (["id", "study", "seed", "key", "status", "error", "error_kind"].includes(name))
      fail(where, `grid has ${describe(name)}, which every table has, expected another name`);
    if (new Set(values).size < values.length)
      fail(where, `grid.${name} has a value twice, expected each once`);
    for (const value of values)
      if (!["string", "number", "boolean"].includes(typeof value) || Number.isNaN(value))
        fail(where, `grid.${name} has ${describe(value)}, expected numbers, texts and booleans`);
  }
  return Object.keys(grid);
}

function finiteCells(result: Readonly<Record<string, Cell>>): Record<string, Cell> {
  if (typeof result !== "object" || result === null)
    throw new Error(`run returned ${describe(result)}, expected named values`);
  return Object.fromEntries(
    Object.entries(result).map(([name, value]) => [
      name,
      typeof value === "number" && !Number.isFinite(value) ? null : value,
    ]),
  );
}

/** 128 bits of SHA-256 over JSON; keys of objects in their order. */
export function digest(data: unknown): string {
  return createHash("sha256").update(JSON.stringify(data)).digest("hex").slice(0, 32);
}
