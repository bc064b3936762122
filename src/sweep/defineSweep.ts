import { createHash } from "node:crypto";
import { checkInteger, describe, fail } from "../core/check.js";
import { resolveOptions } from "../core/defaults.js";
import type { Cell } from "../study/csvText.js";
import type { SweepEntry, SweepGroup, SweepRow, SweepStudy } from "../study/sweepStudy.js";
import { checkPlain } from "./checkPlain.js";
import { checkNames, resultCells } from "./resultCells.js";

/** A value of a parameter: plain. */
export type ParameterValue = string | number | boolean;

/** One value for each parameter. */
export type Parameters = Readonly<Record<string, ParameterValue>>;

/** Values of each parameter. */
export type ParameterGrid = Readonly<Record<string, readonly ParameterValue[]>>;

/** One value for each parameter of a grid, of the types that the grid has. */
export type ParametersOf<Grid extends ParameterGrid> = { readonly [Name in keyof Grid]: Grid[Name][number] };

/** The result of one row: numbers, texts, booleans and nulls by name. */
export type SweepResult = Readonly<Record<string, Cell>>;

/** What a study of your own is made of. */
export interface SweepDefinition<Shared = undefined, Grid extends ParameterGrid = ParameterGrid> {
  /** Fit for a file. */
  readonly name: string;
  /** Raise it when the code changes so that results would differ; that needs a new folder. */
  readonly version: string | number;
  /** Values of each parameter: all combinations. */
  readonly grid: Grid;
  /** @defaultValue `[0]` */
  readonly seeds?: readonly number[];
  /** Rows equal in these parameters, and in the seed, stay together. @defaultValue all parameters: no row shares */
  readonly together?: readonly (keyof Grid & string)[];
  /** Whatever else decides a result, as plain JSON: it enters the study's digest. @defaultValue `null` */
  readonly settings?: unknown;
  /** What rows that stay together share; made once for all of them. */
  readonly prepare?: (parameters: ParametersOf<Grid>, seed: number) => Shared | Promise<Shared>;
  /**
   * The result of one row. No clock, no other randomness. Names must be those of columns: none of `id`, `study`, `seed`,
   * `key`, `status`, `error`, `error_kind`, none of a parameter, no two that differ in case only.
   */
  readonly run: (
    parameters: ParametersOf<Grid>,
    seed: number,
    shared: Shared,
  ) => SweepResult | Promise<SweepResult>;
}

/** An entry of a study made by {@link defineSweep}. */
export interface DefinedEntry extends SweepEntry {
  readonly parameters: Parameters;
}

/** A row of a study made by {@link defineSweep}. */
export interface DefinedRow extends SweepRow {
  readonly seed: number;
  readonly parameters: Parameters;
  readonly result: SweepResult;
}

/** Rows that a study may have: their names are kept in memory. */
export const mostRows = 1_000_000;

/**
 * A study of your own: a pure function of parameters and a seed, and a grid of at most 1,000,000 rows. A row's id is a
 * digest (SHA-256, 128 bits) of name, version, settings, parameters and seed, so that rows may be added to the grid and
 * none is made twice.
 *
 * The result must be the same each time: rows that were lost are made again. Numbers that are not finite become null; a
 * row whose result is none (a list, a nested object, a name that is taken) fails. `run` and `prepare` may be async; rows
 * of one worker are made one after the other all the same. Throws where the definition is wrong. O(rows).
 *
 * @example
 * ```ts
 * const study = defineSweep({
 *   name: "squares",
 *   version: 1,
 *   grid: { x: [1, 2, 3] },
 *   run: ({ x }) => ({ square: x ** 2 }),
 * });
 * study.groups.length; // => 3
 * ```
 */
export function defineSweep<Shared = undefined, Grid extends ParameterGrid = ParameterGrid>(
  definition: SweepDefinition<Shared, Grid>,
): SweepStudy<DefinedEntry, DefinedRow> {
  const where = "defineSweep";
  const { name, version, grid, seeds, together, settings, prepare, run } = resolveOptions(
    where,
    {
      name: "",
      version: "" as string | number,
      grid: {} as ParameterGrid,
      seeds: [0] as readonly number[],
      together: undefined as readonly string[] | undefined,
      settings: null as unknown,
      prepare: undefined as SweepDefinition<Shared, Grid>["prepare"],
      run: undefined as SweepDefinition<Shared, Grid>["run"] | undefined,
    },
    definition,
  );
  if (typeof name !== "string" || !/^[\w.-]+$/.test(name))
    fail(where, `name is ${describe(name)}, expected letters, digits, "-", "_" and "."`);
  if (version === "" || (typeof version !== "string" && typeof version !== "number"))
    fail(where, `version is ${describe(version)}, expected a number or a text`);
  if (typeof run !== "function") fail(where, `run is ${describe(run)}, expected a function`);
  if (prepare !== undefined && typeof prepare !== "function")
    fail(where, `prepare is ${describe(prepare)}, expected a function`);
  const names = checkGrid(where, grid);
  checkSeeds(where, seeds);
  const rows = names.reduce((count, each) => count * grid[each].length, seeds.length);
  if (rows > mostRows)
    fail(where, `grid and seeds make ${rows} rows, expected at most ${mostRows}: make several studies of it`);
  if (together !== undefined && !Array.isArray(together))
    fail(where, `together is ${describe(together)}, expected a list of names of the grid`);
  for (const each of together ?? [])
    if (!names.includes(each)) fail(where, `together has ${describe(each)}, expected names of the grid`);
  checkPlain(where, "settings", settings);
  const schema = `${name}@${version}`;
  const study = digest([schema, settings]).slice(0, 16);
  return {
    name,
    version: schema,
    study,
    parts: ["parameters", "result"],
    groups: groupsOf(study, grid, names, seeds, together ?? names),
    sharedWeight: 0,
    open({ rows: [first] }) {
      const shared = prepare?.(first.parameters as ParametersOf<Grid>, first.seed) as
        | Shared
        | Promise<Shared>;
      return once(shared, (there) => ({ id, parameters, seed }: DefinedEntry) => {
        const result = run(parameters as ParametersOf<Grid>, seed, there);
        return once(result, (cells) => ({
          schema,
          id,
          study,
          seed,
          parameters,
          result: resultCells(cells, names),
        }));
      });
    },
    cells: ({ id, study: of, seed, parameters, result }) => [
      ["id", id],
      ["study", of],
      ["seed", seed],
      ...Object.entries(parameters),
      ...Object.entries(result),
    ],
    entryCells: ({ seed, parameters }) => [["seed", seed], ...Object.entries(parameters)],
  };
}

/** Goes on with a value: now, or when it is there. */
function once<T, U>(value: T | Promise<T>, then: (value: T) => U | Promise<U>): U | Promise<U> {
  return value instanceof Promise ? value.then(then) : then(value);
}

function groupsOf(
  study: string,
  grid: ParameterGrid,
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
function checkGrid(where: string, grid: ParameterGrid): string[] {
  if (typeof grid !== "object" || grid === null || Object.keys(grid).length === 0)
    fail(where, `grid is ${describe(grid)}, expected for example { gain: [0.5, 1] }`);
  for (const [name, values] of Object.entries(grid)) {
    if (!Array.isArray(values) || values.length === 0)
      fail(where, `grid.${name} is ${describe(values)}, expected a list of at least one value`);
    if (new Set(values).size < values.length)
      fail(where, `grid.${name} has a value twice, expected each once`);
    for (const value of values)
      if (
        !["string", "number", "boolean"].includes(typeof value) ||
        (typeof value === "number" && !Number.isFinite(value))
      )
        fail(where, `grid.${name} has ${describe(value)}, expected finite numbers, texts and booleans`);
  }
  const names = Object.keys(grid);
  checkNames(names, [], (message) => fail(where, `grid has ${message}`));
  return names;
}

function checkSeeds(where: string, seeds: readonly number[]): void {
  if (!Array.isArray(seeds) || seeds.length === 0)
    fail(where, `seeds is ${describe(seeds)}, expected a list of at least one`);
  for (const seed of seeds) checkInteger(where, "seeds", seed, 0, 2 ** 32 - 1);
  if (new Set(seeds).size < seeds.length) fail(where, "seeds has a value twice, expected each once");
}

/** 128 bits of SHA-256 over JSON; keys of objects in their order. */
export function digest(data: unknown): string {
  return createHash("sha256").update(JSON.stringify(data)).digest("hex").slice(0, 32);
}
