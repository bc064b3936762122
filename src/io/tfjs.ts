import { describe } from "../core/check.js";
import { decodeNumbers, type NumberKind, widthOf } from "./decode.js";
import { failFile, quote, shapeText } from "./fileError.js";
import { decodeText, parseJson } from "./strictJson.js";
import { countOf, type Tensor, type TensorHeader, type TensorHeaders, type TensorTable } from "./tensor.js";

const kinds: Readonly<Record<string, NumberKind>> = {
  float32: "f4",
  float16: "f2",
  int32: "i4",
  uint16: "u2",
  uint8: "u1",
  bool: "b1",
};

/** How the numbers of a weight are packed: `value = stored scale + min`, or half precision. */
interface Packing {
  readonly dtype: "uint8" | "uint16" | "float16";
  readonly scale: number;
  readonly min: number;
}

interface Weight extends TensorHeader {
  readonly count: number;
  readonly kind: NumberKind | undefined;
  readonly bytes: number;
  readonly packing: Packing | undefined;
}

interface Group {
  readonly paths: readonly string[];
  readonly weights: readonly Weight[];
}

interface Manifest {
  readonly groups: readonly Group[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
}

/** Whether a JSON text is a TF.js `model.json`. */
export function isTfjsModel(text: string): boolean {
  return /"(weightsManifest|modelTopology)"\s*:/.test(text);
}

/**
 * Reads a TF.js layers model: `model.json` and the shards of weights that it names, which lie beside it. Weights packed as
 * uint8, uint16 or float16 are unpacked (`stored scale + min`), and `notes` says so.
 *
 * Failure: rejects with a FileError, one line: a graph model, a shard that is missing, outside the folder or not as long
 * as the manifest says. O(bytes). Source: the format of tfjs-layers' and tfjs-converter's weightsManifest.
 *
 * @param bytes - the bytes of model.json
 * @param file - its name, for messages
 * @param sibling - the bytes of a shard by its name; it refuses names outside the folder
 */
export async function readTfjs(
  bytes: Uint8Array,
  file: string,
  sibling: (name: string) => Promise<Uint8Array>,
): Promise<TensorTable> {
  const { groups, metadata, notes: found } = parseManifest(bytes, file);
  const notes = [...found];
  const tensors = new Map<string, Tensor>();
  for (const { paths, weights } of groups) {
    const expected = weights.reduce((sum, weight) => sum + weight.bytes, 0);
    const parts: Uint8Array[] = [];
    let length = 0;
    for (const path of paths) {
      const part = await sibling(path);
      parts.push(part);
      length += part.length;
      if (length > expected) break;
    }
    if (length !== expected)
      failFile(
        file,
        `the shards ${paths.map(quote).slice(0, 4).join(", ")} have ${length > expected ? "more than " : ""}${Math.min(length, expected)} bytes, expected ${expected}`,
      );
    const data = new Uint8Array(length);
    let at = 0;
    for (const part of parts) {
      data.set(part, at);
      at += part.length;
    }
    at = 0;
    for (const weight of weights) {
      const { name, shape, dtype } = weight;
      if (weight.kind !== undefined) {
        const numbers = decodeNumbers(data, at, weight.count, weight.kind).data;
        if (weight.packing) unpackNumbers(numbers, weight.packing);
        tensors.set(name, { name, shape, dtype, data: numbers });
      }
      at += weight.bytes;
    }
  }
  return { format: "tfjs", tensors, metadata, notes };
}

/** Names, shapes and number formats of a TF.js layers model; the shards are not read. Fails as {@link readTfjs} does. */
export function readTfjsHeaders(bytes: Uint8Array, file: string): TensorHeaders {
  const { groups, metadata, notes } = parseManifest(bytes, file);
  const tensors = new Map<string, TensorHeader>();
  for (const { weights } of groups)
    for (const { name, shape, dtype, kind } of weights) if (kind) tensors.set(name, { name, shape, dtype });
  return { format: "tfjs", tensors, metadata, notes };
}

function unpackNumbers(numbers: Float64Array, { dtype, scale, min }: Packing): void {
  if (dtype === "float16") return;
  // In float32, as TF.js does.
  for (let i = 0; i < numbers.length; i++) numbers[i] = Math.fround(numbers[i] * scale + min);
}

function parseManifest(bytes: Uint8Array, file: string): Manifest {
  const model = parseJson(decodeText(bytes, file, "it"), file, "it");
  if (!isObject(model)) return failFile(file, "is no TF.js model: expected an object");
  const { modelTopology: topology, weightsManifest: manifest } = model;
  if (model.format === "graph-model" || (isObject(topology) && ("node" in topology || "library" in topology)))
    failFile(
      file,
      "is a TF.js graph model, whose recurrent layers are frozen into a graph of operations; save it as a layers model, or read the Keras file it was made from",
    );
  if (!Array.isArray(manifest)) failFile(file, "is a TF.js model without a weightsManifest");
  const notes: string[] = [];
  const names = new Set<string>();
  const groups = (manifest as unknown[]).map((group, g): Group => {
    if (!isObject(group) || !isList(group.paths, "string") || !Array.isArray(group.weights))
      return failFile(file, `weightsManifest[${g}] is no { paths, weights }`);
    const weights = (group.weights as unknown[]).map((value) => {
      const weight = parseWeight(value, file);
      if (names.has(weight.name)) failFile(file, `weight ${quote(weight.name)} comes twice`);
      names.add(weight.name);
      if (weight.packing)
        notes.push(
          weight.packing.dtype === "float16"
            ? `weight ${quote(weight.name)} is kept in half precision (float16): its numbers have 3 digits`
            : `weight ${quote(weight.name)} is quantised to ${weight.packing.dtype}: its numbers are off by up to ${(weight.packing.scale / 2).toPrecision(2)}`,
        );
      if (weight.kind === undefined)
        notes.push(`weight ${quote(weight.name)} skipped: ${weight.dtype} is not read`);
      return weight;
    });
    return { paths: group.paths as string[], weights };
  });
  const metadata: Record<string, string> = {};
  if (isObject(topology)) {
    metadata.model_config = JSON.stringify(topology);
    if (typeof topology.keras_version === "string") metadata.keras_version = topology.keras_version;
  }
  return { groups, metadata, notes };
}

function parseWeight(value: unknown, file: string): Weight {
  if (!isObject(value) || typeof value.name !== "string")
    return failFile(file, "weightsManifest has a weight without a name");
  const { name, shape, dtype, quantization } = value;
  const weight = `weight ${quote(name)}`;
  if (!isList(shape, "number")) return failFile(file, `${weight} has no valid shape`);
  const count = countOf(shape as number[]);
  if (count === undefined)
    return failFile(file, `${weight} has the impossible shape ${shapeText(shape as number[])}`);
  if (typeof dtype !== "string" || dtype === "string")
    return failFile(
      file,
      `${weight} has dtype ${describe(dtype)}, expected one of ${Object.keys(kinds).join(", ")}`,
    );
  const packing = parsePacking(quantization, weight, file);
  const stored = packing?.dtype ?? dtype;
  const kind = Object.hasOwn(kinds, stored) ? kinds[stored] : undefined;
  if (kind === undefined && stored !== "complex64")
    return failFile(
      file,
      `${weight} has dtype ${describe(dtype)}, expected one of ${Object.keys(kinds).join(", ")}`,
    );
  const width = kind ? widthOf(kind) : 8;
  const told = packing ? `${dtype}, kept as ${packing.dtype}` : dtype;
  return { name, shape: shape as number[], dtype: told, count, kind, bytes: count * width, packing };
}

function parsePacking(value: unknown, weight: string, file: string): Packing | undefined {
  if (value === undefined || value === null) return undefined;
  const { dtype, scale = 1, min = 0 } = isObject(value) ? value : {};
  if (dtype === "float16") return { dtype, scale: 1, min: 0 };
  if (
    (dtype !== "uint8" && dtype !== "uint16") ||
    typeof scale !== "number" ||
    typeof min !== "number" ||
    !Number.isFinite(scale) ||
    !Number.isFinite(min) ||
    (isObject(value) && (value.scale === undefined || value.min === undefined))
  )
    return failFile(
      file,
      `${weight} has a quantization that is not known, expected uint8 or uint16 with scale and min, or float16`,
    );
  return { dtype, scale, min };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isList(value: unknown, of: "string" | "number"): boolean {
  return Array.isArray(value) && value.every((v) => typeof v === of);
}
