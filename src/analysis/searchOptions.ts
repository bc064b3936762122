import { checkInteger, checkNumber, checkRows, fail, type Rows, type RowTable } from "../core/check.js";
import type { DynamicalSystem } from "../core/system.js";
import { automatic } from "../solve/automatic.js";
import type { Method } from "../solve/loop.js";
import { type Condition, groupByCondition } from "./conditions.js";

/** Options that every finder takes. */
export interface StartOptions {
  /** The input held during the search: one vector of length M, or one row per start. @defaultValue zeros */
  readonly input?: ArrayLike<number> | Rows;
  /** A condition number per start, echoed by the results. @defaultValue one condition per distinct input */
  readonly conditions?: ArrayLike<number>;
  /**
   * A start has converged when q = 1/2 |residual|^2 is at or below this, or where nothing but rounding is left of
   * the residual (states or rates so large that rounding alone exceeds it). @defaultValue `1e-20`
   */
  readonly tolerance?: number;
  /** Steps allowed to one start. @defaultValue `300` */
  readonly maxSteps?: number;
  /**
   * Two states are one when closer than this times |x| + s, where s is the typical size of a start, at most 1.
   * @defaultValue `1e-6`
   */
  readonly distinctTolerance?: number;
  /** How each start is searched. @defaultValue {@link automatic} */
  readonly method?: Method;
  /** Called now and then with the number of starts done. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Options that every finder of zeros takes. */
export interface SearchOptions extends StartOptions {
  /** More states to search from, under every condition, rows of length D: not counted as starts. @defaultValue none */
  readonly hints?: Rows;
  /**
   * Searches allowed beyond the given starts, per condition, while the list may be incomplete; 0 turns
   * them off. @defaultValue the number of starts, at least 256
   */
  readonly searchBudget?: number;
  /** Seed of the extra searches. @defaultValue `0` */
  readonly seed?: number;
}

/** The defaults of {@link StartOptions}; `undefined` where they depend on the other arguments. */
export const startDefaults = {
  input: undefined as ArrayLike<number> | Rows | undefined,
  conditions: undefined as ArrayLike<number> | undefined,
  tolerance: 1e-20,
  maxSteps: 300,
  distinctTolerance: 1e-6,
  method: automatic as Method,
  onProgress: undefined as ((done: number, total: number) => void) | undefined,
};

/** The defaults of {@link SearchOptions}. */
export const searchDefaults = {
  ...startDefaults,
  hints: [] as Rows,
  searchBudget: undefined as number | undefined,
  seed: 0,
};

/** What every search needs of the options. */
export function searchOptions(given: typeof startDefaults) {
  const { method, tolerance, maxSteps, distinctTolerance } = given;
  return { method, tolerance, maxSteps, distinctTolerance };
}

/** Resolved options as a report echoes them: the method by name, without tables and callbacks. */
export type Echoed<Options> = Omit<
  Required<Options>,
  "method" | "onProgress" | "input" | "conditions" | "hints"
> & { readonly method: string };

/** Starts, checked and copied, and the conditions they are searched under. */
export interface PreparedStarts {
  readonly starts: RowTable;
  readonly conditions: readonly Condition[];
  /** Root mean square |start|, at most 1; 1 when all are zero. */
  readonly unit: number;
  /** The shared options as a report echoes them. */
  readonly echoed: Echoed<StartOptions>;
}

/** What {@link prepareSearch} returns. */
export interface PreparedSearch extends PreparedStarts {
  /** Rows of D, flat. */
  readonly hints: Float64Array;
  readonly echoed: Echoed<SearchOptions>;
}

/** Checks what every finder is given; throws an ArgumentError that names `where`. */
export function prepareStarts(
  where: string,
  system: DynamicalSystem,
  starts: Rows,
  given: typeof startDefaults,
): PreparedStarts {
  if (typeof system?.rule !== "function" || typeof system.jacobian !== "function")
    fail(where, "system must have a rule and a jacobian (see map, flow and buildCell)");
  const table = checkRows(where, "starts", starts, system.dimension, "the system's dimension");
  if (table.count === 0) fail(where, "starts is empty, expected at least one row");
  checkNumber(where, "tolerance", given.tolerance, 0);
  checkInteger(where, "maxSteps", given.maxSteps, 1);
  checkNumber(where, "distinctTolerance", given.distinctTolerance, 0);
  if (typeof given.method?.prepare !== "function")
    fail(where, "method must be a Method such as dogleg or levenbergMarquardt");
  return {
    starts: table,
    conditions: groupByCondition(where, system, table, given.input, given.conditions),
    unit: Math.min(1, Math.sqrt(table.data.reduce((sum, v) => sum + v * v, 0) / table.count)) || 1,
    echoed: {
      tolerance: given.tolerance,
      maxSteps: given.maxSteps,
      distinctTolerance: given.distinctTolerance,
      method: given.method.name,
    },
  };
}

/** Checks what every finder of zeros is given; throws an ArgumentError that names `where`. */
export function prepareSearch(
  where: string,
  system: DynamicalSystem,
  starts: Rows,
  given: typeof searchDefaults,
): PreparedSearch {
  const prepared = prepareStarts(where, system, starts, given);
  const hints = checkRows(where, "hints", given.hints, system.dimension, "the system's dimension").data;
  checkInteger(where, "seed", given.seed);
  const searchBudget = given.searchBudget ?? Math.max(256, prepared.starts.count);
  checkInteger(where, "searchBudget", searchBudget, 0);
  return { ...prepared, hints, echoed: { ...prepared.echoed, searchBudget, seed: given.seed } };
}
