import type { Cell } from "../cells/cell.js";
import type { CellSpec } from "../cells/spec.js";
import { describe, fail } from "../core/check.js";
import { gradientModules } from "./gradients/table.js";
import { networkLayers } from "./layers.js";

/** One tensor of a network, as a trainer names it. */
export interface ParameterInfo {
  /** Its path in the description: "recurrent", "readout.weight", "layers.0.input", "initialState". */
  readonly name: string;
  /** Rows and columns, or the length. */
  readonly shape: readonly number[];
  /** Where it starts in the parameter vector. */
  readonly offset: number;
  /** How many numbers it has. */
  readonly length: number;
}

/** Which tensors are trained; a name may be that of a group: "readout", "layers.0". */
export interface ParameterChoice {
  /** Names of the tensors to train. `undefined`: all but the initial state. */
  readonly train?: readonly string[] | undefined;
  /** Names to leave out of those. */
  readonly freeze?: readonly string[];
  /** Whether the initial state is trained as well. */
  readonly learnInitialState?: boolean;
}

/** The tensors of a network: the trained ones side by side in one vector, the others fixed. */
export interface Parameters {
  /** The trained tensors, in the order of the vector. */
  readonly trained: readonly ParameterInfo[];
  /** P numbers: change their values to change the network. */
  readonly vector: Float64Array;
  /** P numbers: the gradient, filled by the trainer. */
  readonly gradient: Float64Array;
  /** The tensor of a name, a view of the vector where it is trained; `undefined` when the network has none. */
  tensor(name: string): Float64Array | undefined;
  /** A view of the gradient; `undefined` when the tensor is not trained. */
  gradientOf(name: string): Float64Array | undefined;
}

/**
 * The tensors of a network that can be trained: every one its description holds, and its initial state. Absent
 * tensors are zero and stay so; fixed numbers (tau, alpha, scale) are not parameters. Offsets count all of them.
 *
 * @example
 * ```ts
 * const cell = buildCell({ kind: "vanilla", activation: "tanh", recurrent: [[0.5]], readout: { weight: [[1]] } });
 * listParameters(cell).map(({ name }) => name); // => ["recurrent", "readout.weight", "initialState"]
 * ```
 */
export function listParameters(cell: Cell): ParameterInfo[] {
  const shapes = new Map<string, readonly number[]>();
  let width = cell.units;
  for (const { prefix, cell: layer } of networkLayers(cell)) {
    const { kind } = layer.spec;
    if (kind === "stacked") continue;
    for (const [name, shape] of Object.entries(gradientModules[kind].shapes(layer)))
      shapes.set(prefix + name, shape);
    width = layer.units;
  }
  shapes.set("readout.weight", [cell.outputDimension, width]);
  shapes.set("readout.bias", [cell.outputDimension]);
  const present = [...shapes].filter(([name]) => tensorAt(cell.spec, name));
  return layOut([...present, ["initialState", [cell.dimension]]]);
}

/** The parameters of a network with copies of its tensors. Throws on a name the network does not have. */
export function createParameters(where: string, cell: Cell, choice: ParameterChoice): Parameters {
  const all = listParameters(cell);
  const train = choice.train && selectNames(where, "train", choice.train, all);
  const freeze = selectNames(where, "freeze", choice.freeze ?? [], all);
  const chosen = ({ name }: ParameterInfo) => {
    if (freeze.has(name)) return false;
    if (name === "initialState" && choice.learnInitialState) return true;
    return train ? train.has(name) : name !== "initialState";
  };
  const trained = layOut(all.filter(chosen).map(({ name, shape }) => [name, shape]));
  if (trained.length === 0)
    fail(where, "train and freeze leave nothing to train, expected at least one tensor");
  const length = trained.reduce((sum, info) => sum + info.length, 0);
  const vector = new Float64Array(length);
  const gradient = new Float64Array(length);
  const tensors = new Map<string, Float64Array>();
  const gradients = new Map<string, Float64Array>();
  for (const { name } of all)
    tensors.set(name, (name === "initialState" ? cell.initialState : tensorAt(cell.spec, name)!).slice());
  for (const { name, offset, length } of trained) {
    vector.set(tensors.get(name)!, offset);
    tensors.set(name, vector.subarray(offset, offset + length));
    gradients.set(name, gradient.subarray(offset, offset + length));
  }
  return {
    trained,
    vector,
    gradient,
    tensor: (name) => tensors.get(name),
    gradientOf: (name) => gradients.get(name),
  };
}

/** The description of `cell` with the trained tensors taken from `vector`, copied. */
export function withParameters(
  cell: Cell,
  trained: readonly ParameterInfo[],
  vector: Float64Array,
): CellSpec {
  let spec: unknown = cell.spec;
  for (const { name, offset, length } of trained)
    spec = replaced(spec, name.split("."), vector.slice(offset, offset + length));
  return structuredClone(spec) as CellSpec;
}

/** A vector by tensor names, copied. */
export function byName(
  trained: readonly ParameterInfo[],
  vector: Float64Array,
): Record<string, Float64Array> {
  return Object.fromEntries(
    trained.map(({ name, offset, length }) => [name, vector.slice(offset, offset + length)]),
  );
}

function layOut(shapes: readonly (readonly [string, readonly number[]])[]): ParameterInfo[] {
  let offset = 0;
  return shapes.map(([name, shape]) => {
    const length = shape.reduce((product, side) => product * side, 1);
    const info = { name, shape, offset, length };
    offset += length;
    return info;
  });
}

function selectNames(
  where: string,
  option: string,
  names: readonly string[],
  all: readonly ParameterInfo[],
): ReadonlySet<string> {
  if (!Array.isArray(names)) fail(where, `${option} must be a list of names, got ${describe(names)}`);
  const selected = new Set<string>();
  for (const wanted of names) {
    const hits = all.filter(({ name }) => name === wanted || name.startsWith(`${wanted}.`));
    if (hits.length === 0)
      fail(
        where,
        `${option} has ${describe(wanted)}, expected some of ${all.map(({ name }) => name).join(", ")}`,
      );
    for (const { name } of hits) selected.add(name);
  }
  return selected;
}

/** The tensor at a path of a normalised description. */
function tensorAt(spec: CellSpec, name: string): Float64Array | undefined {
  let value: unknown = spec;
  for (const step of name.split(".")) value = (value as Record<string, unknown> | undefined)?.[step];
  return value as Float64Array | undefined;
}

/** A copy of nested objects and lists with the value at one path replaced. */
function replaced(node: unknown, [step, ...rest]: readonly string[], value: Float64Array): unknown {
  if (step === undefined) return value;
  const child = (node as Record<string, unknown>)[step];
  if (Array.isArray(node)) return node.with(Number(step), replaced(child, rest, value));
  return { ...(node as object), [step]: replaced(child, rest, value) };
}
