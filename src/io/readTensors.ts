import { checkOneOf } from "../core/check.js";
import { failFile } from "./fileError.js";
import { detectFormat } from "./format.js";
import { readMatlab } from "./matlab.js";
import { readNpy } from "./npy.js";
import { readNpz, readNpzHeaders } from "./npz.js";
import { readSafetensors, readSafetensorsHeaders } from "./safetensors.js";
import { loadSource, type Source } from "./source.js";
import { type TensorFormat, type TensorHeaders, type TensorTable, tensorFormats } from "./tensor.js";
import { readPickle } from "./torch.js";

/** Options of {@link readTensors}. */
export interface ReadTensorsOptions {
  /** @defaultValue by the file's first bytes */
  readonly format?: TensorFormat;
  /** What messages call the file. @defaultValue the path, the Blob's name, or `"bytes"` */
  readonly name?: string;
}

/**
 * Every tensor of a safetensors, npz, npy, PyTorch, pickle or MATLAB file (a lone array is called `"array"`): starts,
 * inputs, stored trajectories, or weights to look at.
 *
 * Failure: a FileError, one line. O(bytes).
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
  if (options.format !== undefined) checkOneOf("readTensors", "format", options.format, tensorFormats);
  const { bytes, file } = await loadSource("readTensors", source, options.name);
  const format = options.format ?? detectFormat(bytes, file);
  if (format === "json") failFile(file, "is JSON, expected a file of tensors");
  return parseTensors(bytes, format, file);
}

/** The tensors of a file whose format is known. */
export function parseTensors(bytes: Uint8Array, format: TensorFormat, file: string): TensorTable {
  if (format === "safetensors") return readSafetensors(bytes, file);
  if (format === "npz") return readNpz(bytes, file);
  if (format === "torch" || format === "pickle") return readPickle(bytes, file);
  if (format === "matlab") return readMatlab(bytes, file);
  const { notes, ...tensor } = readNpy(bytes, file);
  return { format, tensors: new Map([[tensor.name, tensor]]), metadata: {}, notes };
}

/** The same without the numbers. */
export function parseTensorHeaders(bytes: Uint8Array, format: TensorFormat, file: string): TensorHeaders {
  if (format === "safetensors") return readSafetensorsHeaders(bytes, file);
  if (format === "npz") return readNpzHeaders(bytes, file);
  return parseTensors(bytes, format, file);
}
