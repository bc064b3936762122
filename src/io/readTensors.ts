import { checkOneOf, describe, fail } from "../core/check.js";
import { resolveOptions } from "../core/defaults.js";
import { failFile, listTensors, quote } from "./fileError.js";
import { detectFormat, type Format, looksLikeSafetensors } from "./format.js";
import { readHdf5 } from "./hdf5.js";
import { readKeras } from "./keras.js";
import { readMatlab } from "./matlab.js";
import { readNpy } from "./npy.js";
import { readNpz, readNpzHeaders } from "./npz.js";
import { readOnnx, readOnnxHeaders } from "./onnx.js";
import {
  readSafetensors,
  readSafetensorsHeaders,
  readSafetensorsHeadersPart,
  readSafetensorsPart,
} from "./safetensors.js";
import { type Opened, openSource, type Source } from "./source.js";
import { type TensorFormat, type TensorHeaders, type TensorTable, tensorFormats } from "./tensor.js";
import { readTfjs, readTfjsHeaders } from "./tfjs.js";
import { readPickle } from "./torch.js";

/** Options of {@link readTensors}. */
export interface ReadTensorsOptions {
  /** @defaultValue by the file's first bytes */
  readonly format?: TensorFormat;
  /** What messages call the file. @defaultValue the path, the Blob's name, or `"bytes"` */
  readonly name?: string;
  /** Names of the tensors wanted; of a large safetensors file only their bytes are read. @defaultValue all */
  readonly only?: readonly string[];
}

/** Every option there is, so that a misspelt one is told. */
const none: { readonly [name in keyof ReadTensorsOptions]-?: undefined } = {
  format: undefined,
  name: undefined,
  only: undefined,
};

/**
 * Every tensor of a safetensors, npz, npy, PyTorch, pickle, MATLAB, HDF5, Keras, TF.js or ONNX file (a lone array is called
 * `"array"`): starts, inputs, stored trajectories, or weights to look at.
 *
 * Failure: a FileError, one line; a tensor of `only` that is not there. O(bytes), or O(bytes of `only`) for safetensors.
 *
 * @param source - a path (Node), bytes, or a Blob
 * @example
 * ```ts
 * import { readTensors, writeNpz } from "rnn-dynamics/io";
 * const table = await readTensors(writeNpz([{ name: "starts", shape: [1, 2], data: [0, 1] }]));
 * table.tensors.get("starts")!.data; // => [0, 1]
 * ```
 */
export async function readTensors(source: Source, options: ReadTensorsOptions = {}): Promise<TensorTable> {
  resolveOptions("readTensors", none, options);
  if (options.format !== undefined) checkOneOf("readTensors", "format", options.format, tensorFormats);
  const { only } = options;
  if (only !== undefined && !(Array.isArray(only) && only.every((name) => typeof name === "string")))
    fail("readTensors", `only is ${describe(only)}, expected a list of names`);
  const opened = await openSource("readTensors", source, options.name);
  const { file } = opened;
  const part = only && (await isLargeSafetensors(opened, options.format));
  let table: TensorTable;
  if (part) {
    table = await readSafetensorsPart(opened, new Set(only));
  } else {
    const bytes = await opened.bytes();
    const format = options.format ?? detectFormat(bytes, file);
    if (format === "json") failFile(file, "is JSON, expected a file of tensors");
    table = await parseTensors(bytes, format, opened);
  }
  if (only === undefined) return table;
  const missing = only.find((name) => !table.tensors.has(name));
  if (missing !== undefined)
    failFile(
      file,
      part
        ? `has no tensor ${quote(missing)} that can be read`
        : `has no tensor ${quote(missing)}; it holds ${listTensors(table.tensors.values())}`,
    );
  return { ...table, tensors: new Map(only.map((name) => [name, table.tensors.get(name)!])) };
}

/** Files above this are looked at piece by piece. */
const largeFile = 2 ** 20;

/** Whether a source is a large safetensors file, by its first bytes. */
async function isLargeSafetensors(opened: Opened, format: Format | undefined): Promise<boolean> {
  if (opened.size <= largeFile || (format !== undefined && format !== "safetensors")) return false;
  return format === "safetensors" || looksLikeSafetensors(await opened.range(0, 16));
}

/** The tensors of a file whose format is known. */
export async function parseTensors(
  bytes: Uint8Array,
  format: TensorFormat,
  { file, sibling }: Pick<Opened, "file" | "sibling">,
): Promise<TensorTable> {
  if (format === "hdf5") return readHdf5(bytes, file);
  if (format === "keras") return readKeras(bytes, file);
  if (format === "tfjs") return readTfjs(bytes, file, sibling);
  if (format === "onnx") return readOnnx(bytes, file, sibling);
  if (format === "safetensors") return readSafetensors(bytes, file);
  if (format === "npz") return readNpz(bytes, file);
  if (format === "torch" || format === "pickle") return readPickle(bytes, file);
  if (format === "matlab") return readMatlab(bytes, file);
  const { notes, ...tensor } = readNpy(bytes, file);
  return { format, tensors: new Map([[tensor.name, tensor]]), metadata: {}, notes };
}

/** What a source holds, without the numbers where that saves reading them; JSON is left to the caller. */
export async function openTensorHeaders(
  opened: Opened,
  told: Format | undefined,
): Promise<TensorHeaders | { readonly format: "json"; readonly bytes: Uint8Array }> {
  const { file } = opened;
  if (await isLargeSafetensors(opened, told)) return readSafetensorsHeadersPart(opened);
  const bytes = await opened.bytes();
  const format = told ?? detectFormat(bytes, file);
  if (format === "json") return { format, bytes };
  if (format === "safetensors") return readSafetensorsHeaders(bytes, file);
  if (format === "npz") return readNpzHeaders(bytes, file);
  if (format === "tfjs") return readTfjsHeaders(bytes, file);
  if (format === "onnx") return readOnnxHeaders(bytes, file);
  return parseTensors(bytes, format, opened);
}
