import {
  checkInteger,
  checkNumber,
  checkRows,
  checkVector,
  describe,
  fail,
  type Rows,
} from "../core/check.js";
import type { DynamicalSystem, Vector } from "../core/system.js";
import { withInput } from "../systems/withInput.js";
import type { ClassifyMechanismOptions, LabelledStates } from "./mechanismOptions.js";
import { rowOf } from "./rows.js";

/** The options with every default that needs no computation filled in. */
export type GivenOptions = {
  readonly [K in keyof ClassifyMechanismOptions]-?: ClassifyMechanismOptions[K] | undefined;
} & {
  readonly maxPeriod: number;
  readonly seed: number;
  readonly solved: boolean | ArrayLike<boolean>;
};

/** The arguments of `classifyMechanism`, checked. */
export interface MechanismArguments {
  /** The system with its input held. */
  readonly held: DynamicalSystem;
  readonly input: Vector;
  /** P x D. */
  readonly states: Float64Array;
  /** Number of the label of each memory. */
  readonly labels: Int32Array;
  /** Labels as given. */
  readonly names: readonly (string | number)[];
  readonly delay: number;
  readonly solvedShare: number;
  readonly slowStarts: number;
  readonly readout: ((state: Vector) => Float64Array) | undefined;
}

/** Largest dimension for which slow points are looked for unasked: each costs several eigenvalue problems. */
const largestForSlowPoints = 256;

/** Throws an ArgumentError for what does not fit. */
export function mechanismArguments(
  where: string,
  system: DynamicalSystem,
  memories: LabelledStates,
  given: GivenOptions,
): MechanismArguments {
  if (typeof system?.rule !== "function" || typeof system.jacobian !== "function")
    fail(where, "system must have a rule and a jacobian (see map, flow and buildCell)");
  const n = system.dimension;
  if (typeof memories !== "object" || memories === null)
    fail(where, `memories must be an object with states and labels, got ${describe(memories)}`);
  const table = checkRows(where, "memories.states", memories.states, n, "the system's dimension");
  const { labels, names } = readLabels(where, memories.labels, table.count);

  const { delay, horizon, dt, resolution, readoutTolerance, maxPeriod, seed, slowStarts } = given;
  if (delay === undefined) fail(where, "options.delay is missing, expected how long the memories must last");
  if (system.time === "discrete") checkInteger(where, "delay", delay, 1);
  else checkNumber(where, "delay", delay, Number.MIN_VALUE);
  if (horizon !== undefined) checkNumber(where, "horizon", horizon, delay);
  if (dt !== undefined) checkNumber(where, "dt", dt, Number.MIN_VALUE);
  if (resolution !== undefined) checkNumber(where, "resolution", resolution, 0);
  if (readoutTolerance !== undefined) {
    checkNumber(where, "readoutTolerance", readoutTolerance, 0);
    if (given.readout === undefined)
      fail(where, "readoutTolerance is given without a readout, expected both");
  }
  checkInteger(where, "maxPeriod", maxPeriod, 1);
  checkInteger(where, "seed", seed);
  if (slowStarts !== undefined) checkInteger(where, "slowStarts", slowStarts, 0);
  for (const name of ["rates", "onProgress"] as const)
    if (given[name] !== undefined && typeof given[name] !== "function")
      fail(where, `${name} is ${describe(given[name])}, expected a function`);
  const m = system.inputDimension;
  const input = checkVector(where, "input", given.input ?? new Float64Array(m), m, "the system's inputs");
  return {
    held: withInput(system, input),
    input,
    states: table.data,
    labels,
    names,
    delay,
    solvedShare: readSolved(where, given.solved, table.count),
    slowStarts: slowStarts ?? (n <= largestForSlowPoints ? 8 : 0),
    readout: readReadout(where, given.readout, n, table.data),
  };
}

function readLabels(where: string, given: ArrayLike<string | number>, count: number) {
  if (given === null || typeof given !== "object" || typeof given.length !== "number")
    fail(where, `memories.labels must be an array, got ${describe(given)}`);
  if (given.length !== count)
    fail(where, `memories.labels has length ${given.length}, expected ${count} (one per state)`);
  const names = Array.from(given);
  const bad = names.findIndex((v) => typeof v !== "string" && !Number.isFinite(v));
  if (bad >= 0)
    fail(where, `memories.labels[${bad}] is ${describe(names[bad])}, expected a string or a finite number`);
  const distinct = [...new Set(names)];
  if (distinct.length < 2)
    fail(
      where,
      `memories.labels has ${distinct.length} different labels, expected at least 2 to be told apart`,
    );
  return { names, labels: Int32Array.from(names, (name) => distinct.indexOf(name)) };
}

function readSolved(where: string, given: boolean | ArrayLike<boolean>, count: number): number {
  if (typeof given === "boolean") return given ? 1 : 0;
  if (given === null || typeof given !== "object" || given.length !== count)
    fail(where, `solved is ${describe(given)}, expected a boolean or one per memory (${count})`);
  const each = Array.from(given as ArrayLike<unknown>);
  const bad = each.findIndex((v) => typeof v !== "boolean");
  if (bad >= 0) fail(where, `solved[${bad}] is ${describe(each[bad])}, expected a boolean`);
  return each.filter((v) => v === true).length / count;
}

/** A readout as a function that returns a fresh array. */
function readReadout(
  where: string,
  given: ClassifyMechanismOptions["readout"],
  n: number,
  states: Float64Array,
): ((state: Vector) => Float64Array) | undefined {
  if (given === undefined) return undefined;
  if (typeof given === "function") {
    const read = (x: Vector) => {
      const y = given(x.slice());
      return typeof y === "number" ? Float64Array.of(y) : Float64Array.from(y);
    };
    const first = given(rowOf(states, 0, n).slice()) as unknown;
    if (typeof first !== "number" && !(typeof first === "object" && first !== null && "length" in first))
      fail(where, `readout returned ${describe(first)}, expected a number or an array of numbers`);
    return read;
  }
  const isRow = Array.isArray(given) && typeof given[0] === "number";
  const rows = (isRow ? [given] : given) as Rows;
  const matrix = checkRows(where, "readout", rows, n, "the system's dimension");
  if (matrix.count === 0) fail(where, "readout is empty, expected at least one row");
  return (x) =>
    Float64Array.from({ length: matrix.count }, (_, k) => {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += matrix.data[k * n + i] * x[i];
      return sum;
    });
}
