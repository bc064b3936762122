import { buildCell } from "../cells/build.js";
import type { Cell } from "../cells/cell.js";
import type { CellSpec } from "../cells/spec.js";
import { ArgumentError, checkOneOf } from "../core/check.js";
import { resolveOptions } from "../core/defaults.js";
import { applyWithRoles } from "./applyModelSpec.js";
import { checkTrajectory, type Trajectory, type TrajectoryReport } from "./checkTrajectory.js";
import { FileError, failFile, listTensors, oneLine, quote } from "./fileError.js";
import { detectFormat, type Format } from "./format.js";
import { cellSchema, fromJSON } from "./json.js";
import { loadModelSpec, type ModelSource } from "./modelSource.js";
import { type ModelSpec, modelSchema } from "./modelSpec.js";
import { loadParams, type Params } from "./params.js";
import { parseTensors } from "./readTensors.js";
import { recognise } from "./recognise.js";
import type { Recognition } from "./recognition.js";
import { type Opened, openSource, type Source } from "./source.js";
import { decodeText, parseJson } from "./strictJson.js";
import {
  placeOf,
  type Tensor,
  type TensorFormat,
  type TensorHeader,
  type TensorHeaders,
  tensorFormats,
} from "./tensor.js";

/** Options of {@link readWeights}. */
export interface ReadWeightsOptions {
  /** What the tensors mean. @defaultValue recognised from the file */
  readonly model?: ModelSource;
  /**
   * Parameters saved apart from the weights (a pickle, or JSON), for networks whose equation they tell.
   * @defaultValue NAME_params.pkl or NAME_vae_params.pkl beside a path NAME_state_dict.pkl, if there
   */
  readonly params?: Source;
  /** @defaultValue by the file's first bytes */
  readonly format?: Exclude<Format, "npy">;
  /** What messages call the file. @defaultValue the path, the Blob's name, or `"bytes"` */
  readonly name?: string;
  /** A stored trajectory to re-simulate; see {@link checkTrajectory}. */
  readonly trajectory?: Trajectory;
}

/** Every option there is, so that a misspelt one is told. */
const none: { readonly [name in keyof ReadWeightsOptions]-?: undefined } = {
  model: undefined,
  params: undefined,
  format: undefined,
  name: undefined,
  trajectory: undefined,
};

/** One tensor of the file and what became of it. */
export interface TensorUse extends TensorHeader {
  /** Its roles in the network, e.g. `["recurrent"]`; empty when it was not used. */
  readonly usedAs: readonly string[];
}

/** A network read from a file. */
export interface Weights {
  /** Ready to analyse. */
  readonly cell: Cell;
  /** The network as plain data: `buildCell(spec)` is `cell`. */
  readonly spec: CellSpec;
  /** What the tensors were taken to mean; `undefined` for a network in JSON of our own. */
  readonly modelSpec: ModelSpec | undefined;
  readonly recognised: {
    /** `"model spec"`, `"embedded model spec"`, `"PyTorch nn.GRU"`, `"rnn-dynamics/cell@1"`, ... */
    readonly by: string;
    /** Evidence and assumptions, one sentence each. */
    readonly why: readonly string[];
  };
  readonly tensors: readonly TensorUse[];
  /** What a careful reader should know: what was assumed; tensors skipped, rounded, not used, not finite. */
  readonly notes: readonly string[];
  /** The comparison with the stored trajectory, where one was given. */
  readonly trajectory?: TrajectoryReport;
}

/**
 * Reads a trained network from a file: PyTorch, Keras, TF.js, ONNX, pickle, npz, safetensors, MATLAB 5, HDF5, or JSON of
 * our own (`toJSON`).
 *
 * What the tensors mean is told by `options.model`, by a model spec inside the file, or by their names
 * (PyTorch `nn.RNN`, `nn.GRU`, `nn.LSTM`, Keras, ONNX, and the presets; see {@link recognise}). The formats, the model spec field by field
 * and the traps are in docs/formats.md.
 *
 * Failure: rejects with a FileError whose one-line message names the file, the tensor, what was found and
 * what was expected (missing file, lying header, wrong shape, NaN, unknown cell), or with an ArgumentError
 * for wrong arguments. O(bytes).
 *
 * @param source - a path (Node), the file's bytes, a Blob (browser), or a list of files that belong together
 * @example
 * ```ts
 * import { readWeights } from "rnn-dynamics/io";
 * const { cell, recognised } = await readWeights("examples/flipflop/ff3_gru16.safetensors");
 * cell.dimension; // => 16
 * recognised.by; // => "PyTorch nn.GRU"
 * ```
 */
export async function readWeights(source: Source, options: ReadWeightsOptions = {}): Promise<Weights> {
  const where = "readWeights";
  resolveOptions(where, none, options);
  if (options.format !== undefined)
    checkOneOf(
      where,
      "format",
      options.format,
      [...tensorFormats, "json"].filter((f) => f !== "npy"),
    );
  const opened = await openSource(where, source, options.name);
  const { file } = opened;
  const bytes = await opened.bytes();
  const model = options.model === undefined ? undefined : await loadModelSpec(where, options.model);
  const format = options.format ?? detectFormat(bytes, file);
  if (format === "npy")
    failFile(file, "is one NumPy array without a name; save the network's arrays together with numpy.savez");
  const weights =
    format === "json"
      ? fromCellJson(bytes, file, model)
      : await fromTensors(bytes, format, opened, model ?? (await loadParams(where, source, options.params)));
  if (options.trajectory === undefined) return weights;
  const dt = options.trajectory.dt ?? (weights.modelSpec as { dt?: number } | undefined)?.dt;
  const trajectory = checkTrajectory(weights.cell, {
    ...options.trajectory,
    ...(dt !== undefined && { dt }),
  });
  return { ...weights, trajectory };
}

function fromCellJson(bytes: Uint8Array, file: string, model: ModelSpec | undefined): Weights {
  const value = parseJson(decodeText(bytes, file, "it"), file, "it");
  if ((value as { schema?: unknown } | null)?.schema === modelSchema)
    failFile(
      file,
      "is a model spec, which holds no numbers; pass it as the model beside the file with the tensors",
    );
  const spec = fromJSON(value, file);
  if (model) failFile(file, `carries its own meaning (${cellSchema}), so no model spec can be applied to it`);
  const recognised = { by: cellSchema, why: [`The file says schema ${quote(cellSchema)}.`] };
  return { cell: build(spec, file), spec, modelSpec: undefined, recognised, tensors: [], notes: [] };
}

async function fromTensors(
  bytes: Uint8Array,
  format: TensorFormat,
  opened: Opened,
  told: ModelSpec | Params | undefined,
): Promise<Weights> {
  const { file } = opened;
  const table = await parseTensors(bytes, format, opened);
  const recognition = recogniseWith(table, told, file);
  if (recognition.modelSpec === undefined)
    return failFile(file, unknownNetwork(recognition, table.tensors.values()));
  const { modelSpec, by, why } = recognition;
  const { spec, used } = applyWithRoles(modelSpec, table, file);
  const tensors: TensorUse[] = [];
  const unused: Tensor[] = [];
  for (const tensor of table.tensors.values()) {
    const { name, shape, dtype } = tensor;
    const usedAs = used.get(name) ?? [];
    tensors.push({ name, shape, dtype, usedAs });
    if (usedAs.length === 0) unused.push(tensor);
  }
  const notes = [...table.notes, ...recognition.notes, ...unused.slice(0, mostUnusedNotes).map(unusedNote)];
  if (unused.length > mostUnusedNotes)
    notes.push(`${unused.length - mostUnusedNotes} more tensors are not used`);
  return { cell: build(spec, file), spec, modelSpec, recognised: { by, why }, tensors, notes };
}

/** Unused tensors named one by one: a file with an optimiser's state has hundreds. */
const mostUnusedNotes = 24;

/** What the tensors mean: as given, or recognised with the help of the parameters saved apart. */
export function recogniseWith(
  table: TensorHeaders,
  told: ModelSpec | Params | undefined,
  file: string,
): Recognition {
  if (told !== undefined && "schema" in told)
    return { modelSpec: told, by: "model spec", why: ["A model spec was given."], notes: [] };
  const found = recognise(table.tensors, { ...table.metadata, ...told?.facts }, file);
  if (told === undefined || found.modelSpec === undefined) return found;
  const from = `Parameters from ${told.from}.`;
  return { ...found, why: [from, ...found.why], notes: [from, ...found.notes] };
}

/** Why a file was not recognised, and what to do. */
export function unknownNetwork(
  recognition: Extract<Recognition, { modelSpec: undefined }>,
  tensors: Iterable<TensorHeader>,
): string {
  const { candidates, why } = recognition;
  const maybe = candidates.length > 0 ? ` It may be ${candidates.slice(0, 4).join(" or ")}.` : "";
  return `unknown network. ${why.join(" ")}${maybe} Pass a model spec that says what its tensors mean (docs/formats.md). It holds ${listTensors(tensors)}`;
}

function unusedNote({ name, shape, data }: Tensor): string {
  const bad = data.findIndex((v) => !Number.isFinite(v));
  const fault = bad < 0 ? "" : `; it holds ${data[bad]} at [${placeOf(bad, shape).join(", ")}]`;
  return `tensor ${quote(name)} is not used${fault}`;
}

/** `buildCell`, its complaints in the file's name. */
function build(spec: CellSpec, file: string): Cell {
  try {
    return buildCell(spec);
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    throw new FileError(oneLine(`${file}: ${error.message.replace(/^buildCell: /, "")}`));
  }
}
