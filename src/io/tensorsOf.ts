import type { Cell } from "../cells/cell.js";
import type { CellSpec, MatrixLike } from "../cells/spec.js";
import { describe, fail } from "../core/check.js";
import { type ModelSpec, modelSchema, parseModelSpec } from "./modelSpec.js";
import type { TensorLike } from "./tensor.js";

/**
 * A network taken apart: its tensors for `writeSafetensors` or `writeNpz`, and the model spec that puts them
 * together again (`applyModelSpec`), so that any kind of network can be kept in a file.
 *
 * Put the spec into a safetensors file under the metadata key `"rnn-dynamics/model"` and `readWeights` needs
 * no other. Failure: an ArgumentError when the argument is no cell or matrices have uneven rows. O(numbers).
 *
 * @param cell - a built cell: its spec has every shape
 * @example
 * ```ts
 * import { buildCell } from "rnn-dynamics";
 * import { modelKey, tensorsOf, writeSafetensors } from "rnn-dynamics/io";
 * const cell = buildCell({ kind: "vanilla", activation: "tanh", recurrent: [[0.5]] });
 * const { tensors, modelSpec } = tensorsOf(cell);
 * const bytes = writeSafetensors(tensors, { [modelKey]: JSON.stringify(modelSpec) });
 * tensors.map((t) => t.name); // => ["recurrent"]
 * ```
 */
export function tensorsOf(cell: Cell): { tensors: TensorLike[]; modelSpec: ModelSpec } {
  if (typeof cell !== "object" || cell === null || typeof cell.spec !== "object")
    fail("tensorsOf", `cell is ${describe(cell)}, expected a cell (buildCell)`);
  const tensors: TensorLike[] = [];
  const layer = takeApart(cell.spec, "", tensors).model;
  return { tensors, modelSpec: parseModelSpec({ schema: modelSchema, ...layer }, "tensorsOf") };
}

/** Fields of a spec that are tensors: rows in units, or `undefined` for a vector. */
const matrices = ["recurrent", "input", "feedback", "left", "right"];
const vectors = ["bias", "inputBias", "recurrentBias", "diagonal", "initialState", "tau", "alpha"];

function takeApart(spec: CellSpec, prefix: string, tensors: TensorLike[]): { model: object; units: number } {
  const model: Record<string, unknown> = {};
  const roles: Record<string, string> = {};
  const add = (role: string, shape: number[], data: ArrayLike<number>) => {
    roles[role] = prefix + role;
    tensors.push({ name: prefix + role, shape, data });
  };
  const blocks = spec.kind === "gru" ? 3 : spec.kind === "lstm" ? 4 : 1;
  let units = 0;
  if (spec.kind === "stacked") {
    const layers = spec.layers.map((l, i) => takeApart(l, `${prefix}layers.${i}.`, tensors));
    model.layers = layers.map((l) => l.model);
    units = layers.at(-1)!.units;
  } else if (spec.kind === "low-rank") {
    const left = flat(spec.left);
    units = left.length / (spec.rank ?? (spec.left as readonly (readonly number[])[])[0].length);
  } else {
    units = Math.round(Math.sqrt(flat(spec.recurrent).length / blocks));
  }
  for (const [field, value] of Object.entries(spec)) {
    if (value === undefined || field === "layers" || field === "rank" || field === "readout") continue;
    if (matrices.includes(field)) {
      const data = flat(value as MatrixLike);
      const rows = field === "recurrent" || field === "input" ? blocks * units : units;
      if (data.length > 0) add(field, [rows, data.length / rows], data);
    } else if (vectors.includes(field) && typeof value !== "number") {
      add(field, [(value as ArrayLike<number>).length], value as ArrayLike<number>);
    } else {
      model[field] = value;
    }
  }
  if (spec.readout) {
    const weight = flat(spec.readout.weight);
    add("readout", [weight.length / units, units], weight);
    if (spec.readout.bias) add("readoutBias", [spec.readout.bias.length], spec.readout.bias);
    if (spec.readout.of) model.readoutOf = spec.readout.of;
  }
  model.tensors = roles;
  return { model, units };
}

function flat(matrix: MatrixLike): ArrayLike<number> {
  const nested = Array.isArray(matrix) && matrix.some((row) => typeof row !== "number");
  return nested ? (matrix as number[][]).flat() : (matrix as ArrayLike<number>);
}
