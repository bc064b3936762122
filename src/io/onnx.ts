import { decodeNumbers, type NumberKind, widthOf } from "./decode.js";
import { failFile, quote, shapeText } from "./fileError.js";
import { type Field, fieldsOf, wholeNumbers } from "./protobuf.js";
import { countOf, type Tensor, type TensorHeader, type TensorHeaders, type TensorTable } from "./tensor.js";

type Fail = (what: string) => never;

/** A node of the graph, without its weights. */
export interface OnnxNode {
  readonly op: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

/** What an attribute says: a number, a text, or a list of either. */
export type OnnxAttribute = number | string | readonly number[] | readonly string[];

/** What the recogniser needs of a graph: metadata under {@link onnxGraphKey}, as JSON. */
export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[];
  /** Names of values the graph is given, weights left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** The metadata key under which the graph of an ONNX file is kept. */
export const onnxGraphKey = "onnx/graph";

/** Data types of TensorProto. */
const types: Readonly<Record<number, readonly [name: string, kind: NumberKind]>> = {
  1: ["float", "f4"],
  2: ["uint8", "u1"],
  3: ["int8", "i1"],
  4: ["uint16", "u2"],
  5: ["int16", "i2"],
  6: ["int32", "i4"],
  7: ["int64", "i8"],
  9: ["bool", "b1"],
  10: ["float16", "f2"],
  11: ["double", "f8"],
  12: ["uint32", "u4"],
  13: ["uint64", "u8"],
  16: ["bfloat16", "bf2"],
};

interface RawTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: number;
  /** Bytes as raw_data keeps them. */
  readonly raw: Uint8Array | undefined;
  /** Fields float_data, int32_data, int64_data, double_data or uint64_data, in order. */
  readonly fields: readonly Field[];
  /** location, offset and length of external data. */
  readonly external: ReadonlyMap<string, string> | undefined;
}

interface Model {
  readonly tensors: readonly RawTensor[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
}

const mostNodes = 100_000;

/**
 * Reads the weights of an ONNX file: the initializers and constants of its graph, of every real number format, whether as
 * raw bytes, as numbers, or in a file of their own beside it. The graph itself is kept as metadata, for
 * {@link recognise}.
 *
 * Failure: rejects with a FileError, one line; external data that is missing, outside the folder or too short included.
 * O(bytes). Source: onnx.proto (ONNX IR version 3 to 10).
 *
 * @param bytes - the whole file
 * @param file - its name, for messages
 * @param sibling - the bytes of a file beside it; it refuses names outside the folder
 */
export async function readOnnx(
  bytes: Uint8Array,
  file: string,
  sibling: (name: string) => Promise<Uint8Array>,
): Promise<TensorTable> {
  const model = parseModel(bytes, file);
  const notes = [...model.notes];
  const tensors = new Map<string, Tensor>();
  const others = new Map<string, Uint8Array>();
  for (const raw of model.tensors) {
    const known = types[raw.type];
    const { name, shape } = raw;
    if (known === undefined) {
      notes.push(skipNote(raw));
      continue;
    }
    const fail: Fail = (what) => failFile(file, `tensor ${quote(name)} ${what}`);
    const count = countOf(shape) ?? fail(`has the impossible shape ${shapeText(shape)}`);
    let stored = raw;
    if (raw.external) {
      const location = raw.external.get("location") ?? fail("is kept in another file without a name");
      const other = others.get(location) ?? (await sibling(location));
      others.set(location, other);
      stored = { ...raw, raw: partOf(other, raw.external, fail), fields: [] };
    }
    const { data, rounded } = numbersOf(stored, count, known[1], fail);
    if (rounded > 0)
      notes.push(`tensor ${quote(name)}: integers beyond 2^53 were rounded to float64 (${rounded} of them)`);
    tensors.set(name, { name, shape, dtype: known[0], data });
  }
  return { format: "onnx", tensors, metadata: model.metadata, notes };
}

/** Names, shapes and number formats of an ONNX file; external data is not read. Fails as {@link readOnnx} does. */
export function readOnnxHeaders(bytes: Uint8Array, file: string): TensorHeaders {
  const model = parseModel(bytes, file);
  const notes = [...model.notes];
  const tensors = new Map<string, TensorHeader>();
  for (const raw of model.tensors) {
    const known = types[raw.type];
    if (known) tensors.set(raw.name, { name: raw.name, shape: raw.shape, dtype: known[0] });
    else notes.push(skipNote(raw));
  }
  return { format: "onnx", tensors, metadata: model.metadata, notes };
}

function skipNote({ name, type }: RawTensor): string {
  return `tensor ${quote(name)} skipped: numbers of ONNX type ${type} are not read`;
}

function partOf(file: Uint8Array, entries: ReadonlyMap<string, string>, fail: Fail): Uint8Array {
  const whole = (key: string, otherwise: number) => {
    const text = entries.get(key);
    if (text === undefined) return otherwise;
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    return Number.isSafeInteger(value) ? value : fail(`has external data with ${key} ${quote(text)}`);
  };
  const offset = whole("offset", 0);
  const length = whole("length", file.length - offset);
  if (length < 0 || offset + length > file.length)
    fail(
      `needs bytes ${offset} to ${offset + length} of ${quote(entries.get("location")!)}, which has ${file.length}`,
    );
  return file.subarray(offset, offset + length);
}

/** Numbers from raw bytes, or from the field that belongs to their type. */
function numbersOf(
  tensor: RawTensor,
  count: number,
  kind: NumberKind,
  fail: Fail,
): { data: Float64Array; rounded: number } {
  const { raw, fields, shape, type } = tensor;
  const wrong = (found: number, unit: string): never =>
    fail(`has ${found} ${unit} for shape ${shapeText(shape)}`);
  if (raw !== undefined) {
    if (fields.length > 0) fail("is kept in two ways at once");
    if (raw.length !== count * widthOf(kind)) wrong(raw.length, "bytes");
    return decodeNumbers(raw, 0, count, kind);
  }
  // float_data 4, int32_data 5, int64_data 7, double_data 10, uint64_data 11
  const field =
    kind === "f4" ? 4 : kind === "f8" ? 10 : kind === "i8" ? 7 : type >= 12 && type <= 13 ? 11 : 5;
  if (fields.some((f) => f.number !== field)) fail("keeps its numbers in a field of another type");
  if (kind === "f4" || kind === "f8") {
    const width = widthOf(kind);
    const stored = fields.reduce((sum, f) => sum + f.bytes.length, 0);
    if (stored !== count * width || fields.some((f) => f.bytes.length % width !== 0 || f.type === 0))
      wrong(Math.floor(stored / width), "numbers");
    const data = new Float64Array(count);
    let at = 0;
    for (const { bytes } of fields) {
      data.set(decodeNumbers(bytes, 0, bytes.length / width, kind).data, at);
      at += bytes.length / width;
    }
    return { data, rounded: 0 };
  }
  const values = fields.flatMap((f) => wholeNumbers(f, fail));
  if (values.length !== count) wrong(values.length, "numbers");
  if (kind === "f2" || kind === "bf2") {
    // Their bits, as whole numbers.
    const bits = new Uint8Array(2 * count);
    const view = new DataView(bits.buffer);
    for (let i = 0; i < count; i++) view.setUint16(2 * i, values[i], true);
    return decodeNumbers(bits, 0, count, kind);
  }
  return { data: Float64Array.from(values), rounded: 0 };
}

function parseModel(bytes: Uint8Array, file: string): Model {
  const fail: Fail = (what) => failFile(file, `ONNX ${what}`);
  const metadata: Record<string, string> = {};
  let graph: Uint8Array | undefined;
  let version: number | undefined;
  for (const field of fieldsOf(bytes, (what) => fail(`file ${what}`))) {
    if (field.number === 1 && field.type === 0) version = field.value;
    else if (field.number === 2) metadata["onnx/producer"] = textOf(field);
    else if (field.number === 7 && field.type === 2) {
      if (graph) fail("file has two graphs");
      graph = field.bytes;
    } else if (field.number === 14) {
      const [key, value] = pairOf(field, fail);
      metadata[`onnx/metadata/${key}`] = value;
    }
  }
  if (graph === undefined || version === undefined || version < 1 || version > 100)
    return fail("file without a graph, or no ONNX file");
  const tensors: RawTensor[] = [];
  const nodes: OnnxNode[] = [];
  const inputs: string[] = [];
  const outputs: string[] = [];
  const notes: string[] = [];
  for (const field of fieldsOf(graph, (what) => fail(`graph ${what}`))) {
    if (field.type !== 2) continue;
    if (field.number === 5) tensors.push(parseTensor(field.bytes, fail));
    else if (field.number === 11) inputs.push(firstText(field.bytes, fail));
    else if (field.number === 12) outputs.push(firstText(field.bytes, fail));
    else if (field.number === 15) notes.push("A sparse initializer is skipped.");
    else if (field.number === 1) {
      const { node, constant } = parseNode(field.bytes, fail);
      nodes.push(node);
      if (constant) tensors.push({ ...constant, name: node.outputs[0] ?? "" });
      if (nodes.length > mostNodes) fail(`graph has more than ${mostNodes} nodes`);
    }
  }
  const names = new Set<string>();
  for (const { name } of tensors) {
    if (names.has(name)) fail(`graph gives the tensor ${quote(name)} twice`);
    names.add(name);
  }
  const described: OnnxGraph = { nodes, inputs: inputs.filter((name) => !names.has(name)), outputs };
  metadata[onnxGraphKey] = JSON.stringify(described);
  return { tensors, metadata, notes };
}

function parseNode(bytes: Uint8Array, fail: Fail): { node: OnnxNode; constant: RawTensor | undefined } {
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes = new Map<string, OnnxAttribute>();
  let [op, name, domain] = ["", "", ""];
  let constant: RawTensor | undefined;
  for (const field of fieldsOf(bytes, (what) => fail(`node ${what}`))) {
    if (field.number === 1) inputs.push(textOf(field));
    else if (field.number === 2) outputs.push(textOf(field));
    else if (field.number === 3) name = textOf(field);
    else if (field.number === 4) op = textOf(field);
    else if (field.number === 7) domain = textOf(field);
    else if (field.number === 5) {
      const { key, value, tensor } = parseAttribute(field.bytes, fail);
      if (value !== undefined) attributes.set(key, value);
      if (tensor && key === "value") constant = tensor;
    }
  }
  const standard = domain === "" || domain === "ai.onnx";
  return {
    node: {
      op: standard ? op : `${domain}.${op}`,
      name,
      inputs,
      outputs,
      attributes: Object.fromEntries(attributes),
    },
    constant: standard && op === "Constant" ? constant : undefined,
  };
}

function parseAttribute(
  bytes: Uint8Array,
  fail: Fail,
): { key: string; value: OnnxAttribute | undefined; tensor: RawTensor | undefined } {
  let key = "";
  let value: OnnxAttribute | undefined;
  let tensor: RawTensor | undefined;
  const floats: number[] = [];
  const ints: number[] = [];
  const texts: string[] = [];
  for (const field of fieldsOf(bytes, (what) => fail(`attribute ${what}`))) {
    const { number } = field;
    if (number === 1) key = textOf(field);
    else if (number === 2 || number === 7) {
      if (field.type === 0 || field.bytes.length % 4 !== 0) fail(`attribute ${quote(key)} holds no float`);
      const list = decodeNumbers(field.bytes, 0, field.bytes.length / 4, "f4").data;
      if (number === 2) value = list[0];
      else floats.push(...list.subarray(0, 1000));
    } else if (number === 3) value = field.value;
    else if (number === 4) value = textOf(field);
    else if (number === 5 && field.type === 2) tensor = parseTensor(field.bytes, fail);
    else if (number === 8) ints.push(...wholeNumbers(field, fail).slice(0, 1000));
    else if (number === 9) texts.push(textOf(field));
  }
  const list = floats.length > 0 ? floats : ints.length > 0 ? ints : texts.length > 0 ? texts : undefined;
  return { key, value: value ?? list, tensor };
}

function parseTensor(bytes: Uint8Array, fail: Fail): RawTensor {
  const shape: number[] = [];
  const fields: Field[] = [];
  const external = new Map<string, string>();
  let [name, type, location] = ["", 0, 0];
  let raw: Uint8Array | undefined;
  for (const field of fieldsOf(bytes, (what) => fail(`tensor ${what}`))) {
    const { number } = field;
    if (number === 1) shape.push(...wholeNumbers(field, fail).slice(0, 64));
    else if (number === 2) type = field.value;
    else if ([4, 5, 7, 10, 11].includes(number)) fields.push(field);
    else if (number === 8) name = textOf(field);
    else if (number === 9) raw = field.bytes;
    else if (number === 13) external.set(...pairOf(field, fail));
    else if (number === 14) location = field.value;
  }
  if (shape.length > 32) fail(`tensor ${quote(name)} has ${shape.length} axes`);
  return { name, shape, type, raw, fields, external: location === 1 ? external : undefined };
}

/** A StringStringEntryProto: key 1, value 2. */
function pairOf(entry: Field, fail: Fail): [string, string] {
  let [key, value] = ["", ""];
  for (const field of fieldsOf(entry.bytes, (what) => fail(`entry ${what}`)))
    if (field.number === 1) key = textOf(field);
    else if (field.number === 2) value = textOf(field);
  return [key, value];
}

/** The name of a ValueInfoProto. */
function firstText(bytes: Uint8Array, fail: Fail): string {
  for (const field of fieldsOf(bytes, (what) => fail(`value ${what}`)))
    if (field.number === 1) return textOf(field);
  return "";
}

function textOf(field: Field): string {
  return new TextDecoder().decode(field.bytes);
}
