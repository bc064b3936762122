import type {
  CellSpec,
  GruSpec,
  LowRankSpec,
  LstmSpec,
  PiecewiseLinearSpec,
  RateSpec,
  ReadoutSpec,
  VanillaSpec,
} from "../cells/spec.js";
import { describe, fail } from "../core/check.js";
import { failFile, listTensors, quote, shapeText } from "./fileError.js";
import {
  factorsOf,
  gateLetters,
  type LayerModel,
  type LowRankModel,
  type ModelSpec,
  parseModelSpec,
  partsOf,
  type RateModel,
  type StackedModel,
  type TensorRef,
  type TensorSource,
} from "./modelSpec.js";
import { countOf, placeOf, type Tensor, type TensorTable } from "./tensor.js";

/** A spec, and which tensor went where. */
export interface AppliedModel {
  readonly spec: CellSpec;
  /** Tensor name to the roles it plays, e.g. `"layers[0].recurrent"`. */
  readonly used: ReadonlyMap<string, readonly string[]>;
}

/**
 * The network that a model spec and a file's tensors make together: what `buildCell` takes.
 *
 * Every role is brought into our layout (see {@link TensorRef}) and its shape is checked; a bias in two
 * parts is added up; absent tensors are zero. A vector may be stored as a row or a column; an input matrix
 * of one column, or a readout of one row, may be stored as a vector.
 *
 * Failure: a FileError that names the tensor, its shape and the shape expected, or the place of a NaN or
 * an infinity. O(numbers used).
 *
 * @param model - what the tensors mean
 * @param tensors - a table from a reader, or any list of tensors
 * @param file - the file's name, for messages
 * @example
 * ```ts
 * import { applyModelSpec } from "rnn-dynamics/io";
 * const W = { name: "W", shape: [2, 2], dtype: "F64", data: Float64Array.of(0, 1, -1, 0) };
 * const spec = applyModelSpec(
 *   { schema: "rnn-dynamics/model@1", kind: "vanilla", activation: "tanh", tensors: { recurrent: "W" } },
 *   [W],
 * );
 * spec.kind; // => "vanilla"
 * ```
 */
export function applyModelSpec(
  model: ModelSpec,
  tensors: TensorTable | Iterable<Tensor>,
  file = "applyModelSpec",
): CellSpec {
  return applyWithRoles(model, tensors, file).spec;
}

/** {@link applyModelSpec}, and the role of every tensor. */
export function applyWithRoles(
  model: ModelSpec,
  tensors: TensorTable | Iterable<Tensor>,
  file: string,
): AppliedModel {
  const checked = parseModelSpec(model, `${file}: model spec`);
  const reader = createReader(tableOf(tensors), file);
  const { spec } = applyLayer(checked, reader, { prefix: "", inputs: undefined, layer: false });
  return { spec, used: reader.used };
}

function tableOf(tensors: TensorTable | Iterable<Tensor>): ReadonlyMap<string, Tensor> {
  if (tensors !== null && typeof tensors === "object") {
    if ("tensors" in tensors && tensors.tensors instanceof Map) return tensors.tensors;
    if (Symbol.iterator in tensors) {
      const list = [...(tensors as Iterable<Tensor>)];
      for (const t of list)
        if (typeof t?.name !== "string" || !Array.isArray(t.shape) || !(t.data instanceof Float64Array))
          fail(
            "applyModelSpec",
            `tensors must be { name, shape, dtype, data: Float64Array }, got ${describe(t)}`,
          );
      return new Map(list.map((t) => [t.name, t]));
    }
  }
  return fail(
    "applyModelSpec",
    `tensors must be a tensor table or a list of tensors, got ${describe(tensors)}`,
  );
}

/** Where in the model spec a layer stands, and what the layer before it puts out. */
interface Place {
  readonly prefix: string;
  /** Inputs the layer must have; `undefined`: as many as its tensors say. */
  readonly inputs: number | undefined;
  readonly layer: boolean;
}

interface Applied {
  readonly spec: CellSpec;
  /** Units that a layer above or a readout sees. */
  readonly units: number;
  /** State variables. */
  readonly dimension: number;
}

type Reader = ReturnType<typeof createReader>;
type Size = { readonly size: number | undefined; readonly formula: string };

function applyLayer(model: LayerModel, reader: Reader, place: Place): Applied {
  switch (model.kind) {
    case "vanilla":
    case "rate":
    case "gru":
    case "lstm":
      return applyDense(model, reader, place);
    case "low-rank":
      return applyLowRank(model, reader, place);
    case "plrnn": {
      const kind = model.kind;
      const { tensors } = model;
      const read = reader.of(kind, place.prefix);
      const recurrent = read.square("recurrent", tensors.recurrent, 1, "N x N");
      const N = recurrent.units;
      const input = inputMatrix(read, tensors.input, N, "N x M", place);
      const bias = tensors.bias && read.vector("bias", tensors.bias, N, "N");
      const spec: PiecewiseLinearSpec = {
        kind,
        diagonal: read.diagonal("diagonal", tensors.diagonal, N),
        recurrent: recurrent.data,
        ...(input && { input }),
        ...(bias && { bias }),
        ...outputs(model, read, N, N, place),
      };
      return { spec, units: N, dimension: N };
    }
    case "stacked":
      return applyStacked(model, reader, place);
  }
}

function applyDense(
  model: Extract<LayerModel, { kind: "vanilla" | "rate" | "gru" | "lstm" }>,
  reader: Reader,
  place: Place,
): Applied {
  const { kind, tensors } = model;
  const order = kind === "gru" ? "rzn" : kind === "lstm" ? "ifgo" : "";
  const gates = order.length || 1;
  const rows = gates > 1 ? `${gates}N` : "N";
  const read = reader.of(kind, place.prefix, order);
  const { data: recurrent, units: N } = read.square("recurrent", tensors.recurrent, gates, `${rows} x N`);
  const input = inputMatrix(read, tensors.input, gates * N, `${rows} x M`, place);
  const part = (role: "bias" | "inputBias" | "recurrentBias") => {
    const source = tensors[role];
    return source === undefined ? undefined : read.vector(role, source, gates * N, rows, true);
  };
  const [plain, fromInput, fromState] = [part("bias"), part("inputBias"), part("recurrentBias")];
  const dimension = kind === "lstm" ? 2 * N : N;
  const rest = outputs(model, read, N, dimension, place);
  if (kind === "gru" || kind === "lstm") {
    const inputBias = sum(plain, fromInput);
    const biases = { ...(inputBias && { inputBias }), ...(fromState && { recurrentBias: fromState }) };
    const body = { recurrent, ...(input && { input }), ...biases, ...rest };
    const spec: GruSpec | LstmSpec =
      model.kind === "gru"
        ? { kind: "gru", ...(model.resetAfter !== undefined && { resetAfter: model.resetAfter }), ...body }
        : { kind: "lstm", ...body };
    return { spec, units: N, dimension };
  }
  const bias = sum(sum(plain, fromInput), fromState);
  const feedback = tensors.feedback && feedbackMatrix(read, tensors.feedback, N, rest.readout);
  const body = {
    activation: model.activation,
    recurrent,
    ...(input && { input }),
    ...(bias && { bias }),
    ...(feedback && { feedback }),
    ...rest,
  };
  if (model.kind === "vanilla")
    return { spec: { kind: "vanilla", ...body } satisfies VanillaSpec, units: N, dimension };
  const { state } = model;
  const perUnit = (role: "tau" | "alpha") => {
    const source = model.tensors[role];
    return source ? read.vector(role, source, N, "N") : model[role];
  };
  const [tau, alpha] = [perUnit("tau"), perUnit("alpha")];
  const scale = scaleOf(model, N);
  const spec: RateSpec = {
    kind: "rate",
    time: model.time,
    ...(state !== undefined && { state }),
    ...(tau !== undefined && { tau }),
    ...(model.time === "discrete" && model.dt !== undefined && { dt: model.dt }),
    ...(alpha !== undefined && { alpha }),
    ...(scale !== undefined && { scale }),
    ...body,
  };
  return { spec, units: N, dimension };
}

function applyLowRank(model: LowRankModel, reader: Reader, place: Place): Applied {
  const { kind, tensors, time, activation, tau, dt, alpha } = model;
  const read = reader.of(kind, place.prefix);
  const left = read.matrix(
    "left",
    tensors.left,
    { size: undefined, formula: "N" },
    { size: undefined, formula: "R" },
  );
  const [N, R] = [left.rows, left.columns];
  const right = read.matrix("right", tensors.right, { size: N, formula: "N" }, { size: R, formula: "R" });
  const input = inputMatrix(read, tensors.input, N, "N x M", place);
  const bias = tensors.bias && read.vector("bias", tensors.bias, N, "N");
  const diagonal = tensors.diagonal && decays(read, tensors.diagonal, R);
  const scale = scaleOf(model, N);
  const spec: LowRankSpec = {
    kind,
    time,
    activation,
    ...(tau !== undefined && { tau }),
    ...(time === "discrete" && dt !== undefined && { dt }),
    ...(alpha !== undefined && { alpha }),
    ...(diagonal && { diagonal }),
    ...(scale !== undefined && { scale }),
    // As rows: a flat array alone would not say where N ends and R begins.
    left: toRows(left.data, N, R),
    right: toRows(right.data, N, R),
    ...(input && { input }),
    ...(bias && { bias }),
    ...outputs(model, read, N, R, place),
  };
  return { spec, units: N, dimension: R };
}

/** R numbers, or one for all R. */
function decays(read: ReturnType<Reader["of"]>, source: TensorSource, R: number): Float64Array {
  if (read.count(source) !== 1) return read.vector("diagonal", source, R, "R");
  return new Float64Array(R).fill(read.vector("diagonal", source, 1, "R or 1")[0]);
}

function applyStacked(model: StackedModel, reader: Reader, place: Place): Applied {
  const layers: Applied[] = [];
  for (const [i, layer] of model.layers.entries()) {
    const prefix = `${place.prefix}layers[${i}].`;
    const inputs = i === 0 ? place.inputs : layers[i - 1].units;
    layers.push(applyLayer(layer, reader, { prefix, inputs, layer: true }));
  }
  const dimension = layers.reduce((total, layer) => total + layer.dimension, 0);
  const units = layers.at(-1)!.units;
  const rest = outputs(
    { ...model, tensors: model.tensors ?? {} },
    reader.of("stacked", place.prefix),
    units,
    dimension,
    place,
  );
  const initialState = rest.initialState ?? joinStates(layers, dimension);
  const spec: CellSpec = {
    kind: "stacked",
    layers: layers.map((layer) => withoutState(layer.spec)),
    ...rest,
    ...(initialState && { initialState }),
  };
  return { spec, units, dimension };
}

/** The layers' initial states one after the other; zeros where a layer has none. */
function joinStates(layers: readonly Applied[], dimension: number): Float64Array | undefined {
  if (layers.every((layer) => layer.spec.initialState === undefined)) return undefined;
  const joined = new Float64Array(dimension);
  let at = 0;
  for (const { spec, dimension: length } of layers) {
    if (spec.initialState) joined.set(spec.initialState, at);
    at += length;
  }
  return joined;
}

function withoutState(spec: CellSpec): CellSpec {
  const { initialState: _, ...rest } = spec;
  return rest as CellSpec;
}

function inputMatrix(
  read: ReturnType<Reader["of"]>,
  source: TensorSource | undefined,
  rows: number,
  formula: string,
  place: Place,
): Float64Array | undefined {
  if (source === undefined) return undefined;
  const [rowFormula, columnFormula] = formula.split(" x ") as [string, string];
  return read.matrix(
    "input",
    source,
    { size: rows, formula: rowFormula },
    { size: place.inputs, formula: place.inputs === undefined ? columnFormula : "units of the layer below" },
    true,
  ).data;
}

function feedbackMatrix(
  read: ReturnType<Reader["of"]>,
  source: TensorSource,
  N: number,
  readout: ReadoutSpec | undefined,
): Float64Array {
  if (!readout) return read.fail("tensors.feedback needs tensors.readout: it feeds the output back");
  const K = (readout.weight as Float64Array).length / N;
  return read.matrix("feedback", source, { size: N, formula: "N" }, { size: K, formula: "K" }).data;
}

/** Readout and initial state, which every kind has. */
function outputs(
  model: {
    readonly kind: string;
    readonly readoutOf?: "state" | "rate" | undefined;
    readonly tensors: object;
  },
  read: ReturnType<Reader["of"]>,
  units: number,
  dimension: number,
  place: Place,
): { readout?: ReadoutSpec; initialState?: Float64Array } {
  const { readout, readoutBias, initialState, initialCell } = model.tensors as Record<
    string,
    TensorSource | undefined
  >;
  const out: { readout?: ReadoutSpec; initialState?: Float64Array } = {};
  if (place.layer && readout) read.fail("a layer has no readout; give it to the stack");
  if (readout) {
    const { data: weight, rows: K } = read.matrix(
      "readout",
      readout,
      { size: undefined, formula: "K" },
      { size: units, formula: "N" },
    );
    const bias = readoutBias && read.vector("readoutBias", readoutBias, K, "K");
    out.readout = { weight, ...(bias && { bias }), ...(model.readoutOf && { of: model.readoutOf }) };
  } else if (readoutBias) {
    read.fail("tensors.readoutBias needs tensors.readout");
  }
  if (initialCell) {
    out.initialState = new Float64Array(dimension);
    if (initialState)
      out.initialState.set(read.vector("initialState", initialState, units, "N, beside initialCell"));
    out.initialState.set(read.vector("initialCell", initialCell, units, "N"), units);
  } else if (initialState && model.kind === "lstm" && read.count(initialState) === units) {
    out.initialState = new Float64Array(dimension);
    out.initialState.set(read.vector("initialState", initialState, units, "N"));
  } else if (initialState) {
    out.initialState = read.vector(
      "initialState",
      initialState,
      dimension,
      model.kind === "lstm" ? "2N, [h; c]" : "D",
    );
  }
  return out;
}

function scaleOf(model: RateModel | LowRankModel, N: number): number | undefined {
  return model.scale === "1/N" ? 1 / N : model.scale;
}

function sum(a: Float64Array | undefined, b: Float64Array | undefined): Float64Array | undefined {
  return a && b ? a.map((v, i) => v + b[i]) : (a ?? b);
}

function toRows(data: Float64Array, rows: number, columns: number): number[][] {
  return Array.from({ length: rows }, (_, i) => Array.from(data.subarray(i * columns, (i + 1) * columns)));
}

/** A tensor after index, mask, transpose, whole-tensor sign and factor. */
interface Found {
  readonly ref: TensorRef;
  /** `tensor "W" at index 0`. */
  readonly label: string;
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** Takes tensors out of a file for their roles, checking and remembering each. */
function createReader(tensors: ReadonlyMap<string, Tensor>, file: string) {
  const used = new Map<string, string[]>();

  const take = (name: string, role: string): Tensor => {
    const tensor = tensors.get(name);
    if (!tensor)
      failFile(
        file,
        `tensor ${quote(name)} (${role}) is not in the file, which holds ${listTensors(tensors.values())}`,
      );
    const roles = used.get(name) ?? [];
    roles.push(role);
    used.set(name, roles);
    return tensor;
  };

  const find = (role: string, source: TensorSource): Found => {
    const refs = partsOf(source);
    if (refs.length === 1) return findOne(role, refs[0]);
    const parts = refs.map((ref) => findOne(role, ref));
    const [{ shape }] = parts;
    const other = parts.find(
      (part) => part.shape.slice(1).join() !== shape.slice(1).join() || part.shape.length === 0,
    );
    if (other)
      failFile(
        file,
        `${other.label} has shape ${shapeText(other.shape)}, which does not go below ${shapeText(shape)} (${role})`,
      );
    const data = new Float64Array(parts.reduce((sum, part) => sum + part.data.length, 0));
    let at = 0;
    for (const part of parts) {
      data.set(part.data, at);
      at += part.data.length;
    }
    const rows = parts.reduce((sum, part) => sum + part.shape[0], 0);
    const names = refs.map((ref) => quote(ref.name)).join(", ");
    return { ref: { name: names }, label: `stack of ${names}`, shape: [rows, ...shape.slice(1)], data };
  };

  const findOne = (role: string, ref: TensorRef): Found => {
    let { shape, data }: { shape: readonly number[]; data: Float64Array } = take(ref.name, role);
    let label = `tensor ${quote(ref.name)}`;
    if (ref.reshape !== undefined) {
      if (countOf(ref.reshape) !== data.length)
        failFile(
          file,
          `${label} has shape ${shapeText(shape)}, which cannot be reshaped to ${shapeText(ref.reshape)} (${role})`,
        );
      shape = ref.reshape;
    }
    const index = ref.index === undefined ? [] : typeof ref.index === "number" ? [ref.index] : ref.index;
    for (const i of index) {
      if (shape.length === 0 || i >= shape[0])
        failFile(file, `${label} has shape ${shapeText(shape)}, which has no index ${i} (${role})`);
      const size = data.length / shape[0];
      shape = shape.slice(1);
      data = data.subarray(i * size, (i + 1) * size);
      label = `tensor ${quote(ref.name)} at index ${index.join(", ")}`;
    }
    checkFinite(data, shape, label);
    if (ref.mask !== undefined) {
      const mask = take(ref.mask, `mask of ${role}`);
      if (mask.shape.length !== shape.length || mask.shape.some((size, axis) => size !== shape[axis]))
        failFile(
          file,
          `tensor ${quote(ref.mask)} has shape ${shapeText(mask.shape)}, expected ${shapeText(shape)} as mask of ${quote(ref.name)}`,
        );
      checkFinite(mask.data, mask.shape, `tensor ${quote(ref.mask)}`);
      data = data.map((v, i) => v * mask.data[i]);
    }
    if (ref.apply !== undefined) {
      data = data.map((v) => Math.exp(-Math.exp(v)));
      checkFinite(data, shape, `${ref.apply} of ${label}`);
    }
    if (ref.transpose && shape.length === 2) {
      data = transposed(data, shape[0], shape[1]);
      shape = [shape[1], shape[0]];
    }
    if (ref.negate === true) data = data.map((v) => -v);
    for (const factor of factorsOf(ref)) data = scaled(data, shape, factor, role, label);
    return { ref, label, shape, data: data.slice() };
  };

  const scaled = (
    data: Float64Array,
    shape: readonly number[],
    factor: number | string,
    role: string,
    label: string,
  ): Float64Array => {
    if (typeof factor === "number") return data.map((v) => v * factor);
    const tensor = take(factor, `scale of ${role}`);
    checkFinite(tensor.data, tensor.shape, `tensor ${quote(factor)}`);
    const { length } = tensor.data;
    if (length !== 1 && (length !== shape[0] || tensor.shape.filter((size) => size !== 1).length > 1))
      failFile(
        file,
        `tensor ${quote(factor)} has shape ${shapeText(tensor.shape)}, expected one number or one per row of ${label}`,
      );
    const width = data.length / (shape[0] ?? 1);
    return data.map((v, i) => v * tensor.data[length === 1 ? 0 : Math.floor(i / width)]);
  };

  const checkFinite = (data: Float64Array, shape: readonly number[], label: string) => {
    const bad = data.findIndex((v) => !Number.isFinite(v));
    if (bad >= 0)
      failFile(
        file,
        `${label} holds ${data[bad]} at ${shapeText(placeOf(bad, shape))}, expected finite numbers`,
      );
  };

  /** Readers of one layer: its kind is named in messages, its prefix in roles. */
  const of = (kind: string, prefix: string, gateOrder = "") => {
    const wrongShape = (found: Found, role: string, sizes: readonly Size[], hint = ""): never => {
      // In the file's layout: what the reader of the message will look at.
      const stored = (list: readonly unknown[]) =>
        found.ref.transpose && list.length === 2 ? [list[1], list[0]] : list;
      const expected = stored(sizes.map((s) => s.size ?? s.formula)) as (string | number)[];
      const formula = stored(sizes.map((s) => s.formula)).join(" x ");
      const turned = found.ref.transpose ? ", stored transposed" : "";
      return failFile(
        file,
        `${found.label} has shape ${shapeText(stored(found.shape) as number[])}, expected ${shapeText(expected)} (${formula}${turned}) as ${prefix}${role} of ${kind}${hint}`,
      );
    };
    const matrix = (role: string, source: TensorSource, rows: Size, columns: Size, gated = false) => {
      const found = find(prefix + role, source);
      let { shape } = found;
      // A vector stands for a matrix of one column (a side of known rows) or of one row.
      if (shape.length === 1)
        shape = rows.size === undefined && columns.size !== undefined ? [1, shape[0]] : [shape[0], 1];
      const fits = (size: number, wanted: Size) =>
        size > 0 && (wanted.size === undefined || wanted.size === size);
      if (shape.length !== 2 || !fits(shape[0], rows) || !fits(shape[1], columns)) {
        const swapped =
          shape.length === 2 && shape[0] !== shape[1] && fits(shape[1], rows) && fits(shape[0], columns);
        wrongShape(found, role, [rows, columns], swapped ? transposeHint(found.ref) : "");
      }
      const data = gated ? arrangeGates(found.data, found.ref, gateOrder) : found.data;
      return { data, rows: shape[0], columns: shape[1] };
    };
    return {
      matrix,
      /** gates * N rows, N columns. */
      square(role: string, source: TensorSource, gates: number, formula: string) {
        const found = find(prefix + role, source);
        const { shape } = found;
        const [rowFormula, columnFormula] = formula.split(" x ") as [string, string];
        const swapped = shape.length === 2 && shape[1] === gates * shape[0] && shape[0] !== shape[1];
        const N = shape.length !== 2 ? undefined : swapped ? shape[0] : shape[1];
        if (N === undefined || N === 0 || shape[0] !== gates * N || shape[1] !== N)
          wrongShape(
            found,
            role,
            [
              { size: N ? gates * N : undefined, formula: rowFormula },
              { size: N || undefined, formula: columnFormula },
            ],
            swapped ? transposeHint(found.ref) : "",
          );
        return { data: arrangeGates(found.data, found.ref, gateOrder), units: N! };
      },
      /** A row, a column or a vector of the given length. */
      vector(
        role: string,
        source: TensorSource,
        length: number,
        formula: string,
        gated = false,
      ): Float64Array {
        const found = find(prefix + role, source);
        if (found.data.length !== length || found.shape.filter((size) => size !== 1).length > 1)
          wrongShape(found, role, [{ size: length, formula }]);
        return gated ? arrangeGates(found.data, found.ref, gateOrder) : found.data;
      },
      /** N numbers, or the diagonal of an N x N matrix that is zero elsewhere. */
      diagonal(role: string, source: TensorSource, N: number): Float64Array {
        const found = find(prefix + role, source);
        if (found.shape.length === 2 && found.shape[0] === N && found.shape[1] === N && N > 1) {
          const off = found.data.findIndex((v, i) => v !== 0 && i % (N + 1) !== 0);
          if (off >= 0)
            failFile(
              file,
              `${found.label} holds ${found.data[off]} at ${shapeText(placeOf(off, found.shape))}, expected zeros off the diagonal as ${prefix}${role} of ${kind}`,
            );
          return Float64Array.from({ length: N }, (_, i) => found.data[i * (N + 1)]);
        }
        if (found.data.length !== N || found.shape.filter((size) => size !== 1).length > 1)
          wrongShape(found, role, [{ size: N, formula: "N" }]);
        return found.data;
      },
      /** How many numbers a source has, before it is taken for a role. */
      count(source: TensorSource): number | undefined {
        let total = 0;
        for (const { name, index = [], reshape } of partsOf(source)) {
          const dropped = typeof index === "number" ? 1 : index.length;
          const shape = reshape ?? tensors.get(name)?.shape;
          const count = countOf(shape?.slice(dropped) ?? [-1]);
          if (count === undefined) return undefined;
          total += count;
        }
        return total;
      },
      fail: (message: string): never => failFile(file, `model spec: ${prefix}${message}`),
    };
  };
  return { used, of };
}

function transposeHint(ref: TensorRef): string {
  return ref.transpose
    ? `; the file seems to hold it untransposed, drop "transpose"`
    : `; the file seems to hold the transpose, write { "name": ${quote(ref.name)}, "transpose": true }`;
}

function transposed(data: Float64Array, rows: number, columns: number): Float64Array {
  const out = new Float64Array(data.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = data[i * columns + j];
  return out;
}

/** Blocks of rows from the file's gate order into ours, with the signs asked for. */
function arrangeGates(data: Float64Array, ref: TensorRef, order: string): Float64Array {
  const negated = typeof ref.negate === "string" ? gateLetters(ref.negate) : "";
  if (order === "" || (ref.gates === undefined && negated === "")) return data;
  const from = gateLetters(ref.gates ?? order);
  const block = data.length / order.length;
  const out = new Float64Array(data.length);
  for (const [to, gate] of [...order].entries()) {
    const start = from.indexOf(gate) * block;
    const sign = negated.includes(gate) ? -1 : 1;
    for (let i = 0; i < block; i++) out[to * block + i] = sign * data[start + i];
  }
  return out;
}
