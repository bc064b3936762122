import { checkOneOf } from "../core/check.js";
import { FileError } from "./fileError.js";
import type { Format } from "./format.js";
import { cellSchema, fromJSON } from "./json.js";
import { loadModelSpec } from "./modelSource.js";
import { factorsOf, type ModelSpec, modelSchema, partsOf, type TensorSource } from "./modelSpec.js";
import { loadParams } from "./params.js";
import { openTensorHeaders } from "./readTensors.js";
import { type ReadWeightsOptions, recogniseWith, type TensorUse } from "./readWeights.js";
import type { Recognition } from "./recognition.js";
import { openSource, type Source } from "./source.js";
import { decodeText, parseJson } from "./strictJson.js";
import { tensorFormats } from "./tensor.js";

/** What a file holds, without building a network. */
export interface Inspection {
  /** What messages call the file. */
  readonly file: string;
  readonly format: Format;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: readonly TensorUse[];
  /** What the tensors mean, as far as names and shapes tell; `undefined` for JSON. */
  readonly recognised: Recognition | undefined;
  /** The cell's kind, where it is known. */
  readonly kind: string | undefined;
  readonly notes: readonly string[];
}

/**
 * Looks into a file (of safetensors, npz, TF.js and ONNX without reading the numbers): tensors, shapes, number formats, metadata, and what they
 * would be taken to mean. A file that is not recognised is no failure here: `recognised` says why.
 *
 * Failure: rejects with a FileError, one line, when the file is missing or its header is broken. Shapes and
 * numbers are checked by `readWeights`. O(header) beyond loading the file; of a safetensors file larger than 1 MiB the header alone is loaded.
 *
 * @param source - a path (Node), the file's bytes, or a Blob (browser)
 * @example
 * ```ts
 * import { inspectWeights } from "rnn-dynamics/io";
 * const { format, tensors } = await inspectWeights("examples/flipflop/ff3_gru16.safetensors");
 * format; // => "safetensors"
 * tensors.length; // => 6
 * ```
 */
export async function inspectWeights(
  source: Source,
  options: Pick<ReadWeightsOptions, "model" | "params" | "format" | "name"> = {},
): Promise<Inspection> {
  const where = "inspectWeights";
  if (options.format !== undefined)
    checkOneOf(
      where,
      "format",
      options.format,
      [...tensorFormats, "json"].filter((f) => f !== "npy"),
    );
  const opened = await openSource(where, source, options.name);
  const { file } = opened;
  const model = options.model === undefined ? undefined : await loadModelSpec(where, options.model);
  const headers = await openTensorHeaders(opened, options.format);
  const { format } = headers;
  if ("bytes" in headers) {
    const value = parseJson(decodeText(headers.bytes, file, "it"), file, "it") as { schema?: unknown };
    const isModel = value?.schema === modelSchema;
    const notes = [
      isModel ? "This is a model spec: it holds no tensors." : `This is a network (${cellSchema}).`,
    ];
    const kind = isModel ? undefined : fromJSON(value, file).kind;
    return { file, format, metadata: {}, tensors: [], recognised: undefined, kind, notes };
  }
  const told = model ?? (await loadParams(where, source, options.params));
  const recognised = recogniseOrSay(() => recogniseWith(headers, told, file));
  const roles = recognised.modelSpec ? rolesOf(recognised.modelSpec) : new Map<string, string[]>();
  const notes = [...headers.notes, ...(recognised.modelSpec ? recognised.notes : [])];
  for (const [name, list] of roles)
    if (!headers.tensors.has(name))
      notes.push(`tensor ${JSON.stringify(name)} (${list.join(", ")}) is not in the file`);
  const tensors = [...headers.tensors.values()].map(({ name, shape, dtype }) => ({
    name,
    shape,
    dtype,
    usedAs: roles.get(name) ?? [],
  }));
  return {
    file,
    format,
    metadata: headers.metadata,
    tensors,
    recognised,
    kind: recognised.modelSpec?.kind,
    notes,
  };
}

/** A broken embedded spec is a finding, not the end of the inspection. */
function recogniseOrSay(run: () => Recognition): Recognition {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return { modelSpec: undefined, candidates: [], why: [error.message] };
  }
}

/** Tensor name to the roles a model spec gives it. */
function rolesOf(model: ModelSpec): Map<string, string[]> {
  const roles = new Map<string, string[]>();
  const add = (name: string, role: string) => roles.set(name, [...(roles.get(name) ?? []), role]);
  const visit = (layer: Omit<ModelSpec, "schema">, prefix: string) => {
    for (const [role, source] of Object.entries(layer.tensors ?? {}) as [
      string,
      TensorSource | undefined,
    ][]) {
      if (source === undefined) continue;
      for (const part of partsOf(source)) {
        add(part.name, prefix + role);
        if (part.mask !== undefined) add(part.mask, `mask of ${prefix}${role}`);
        for (const factor of factorsOf(part))
          if (typeof factor === "string") add(factor, `scale of ${prefix}${role}`);
      }
    }
    if ("layers" in layer)
      for (const [i, inner] of (layer.layers as ModelSpec[]).entries())
        visit(inner, `${prefix}layers[${i}].`);
  };
  visit(model, "");
  return roles;
}
