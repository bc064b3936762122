import * as z from "zod";
import type { Cell } from "../cells/cell.js";
import type { CellSpec } from "../cells/spec.js";
import { describe, fail } from "../core/check.js";
import { failFile, quote } from "./fileError.js";
import { activationNames } from "./modelSpec.js";
import { parseWith, pathText } from "./schema.js";

/** The schema name of a network written as JSON. */
export const cellSchema = "rnn-dynamics/cell@1";

/** A network as plain JSON: its `CellSpec`, arrays as lists, beside a schema name. */
export interface CellJson {
  readonly schema: typeof cellSchema;
  readonly kind: CellSpec["kind"];
  readonly [field: string]: unknown;
}

const kinds = ["vanilla", "rate", "low-rank", "gru", "lstm", "plrnn", "stacked"] as const;
const deepestNesting = 8;

/**
 * A network as a plain value for `JSON.stringify`; {@link fromJSON} gives every float64 back bit for bit.
 *
 * Flat arrays stay flat (row-major), rows stay rows. Minus zero, which JSON text loses, is the text `"-0"`.
 *
 * Failure: an ArgumentError when the kind is unknown or a number is not finite. O(numbers).
 *
 * @param network - a cell or its description
 * @example
 * ```ts
 * import { toJSON } from "rnn-dynamics/io";
 * toJSON({ kind: "vanilla", activation: "tanh", recurrent: [[0.5, -0.5], [0, 1]] }).recurrent;
 * // => [[0.5, -0.5], [0, 1]]
 * ```
 */
export function toJSON(network: Cell | CellSpec): CellJson {
  if (typeof network !== "object" || network === null)
    fail("toJSON", `the network must be a cell or a cell spec, got ${describe(network)}`);
  return { schema: cellSchema, ...encodeSpec("spec" in network ? network.spec : network, [], 0) } as CellJson;
}

/**
 * The network that {@link toJSON} wrote: what `buildCell` takes, flat lists as `Float64Array`.
 *
 * Failure: a FileError, one line: place, what is there, what is expected. Shapes are left to `buildCell`.
 * O(numbers).
 *
 * @param value - any value, typically from `JSON.parse`
 * @param file - where it came from, for messages
 * @example
 * ```ts
 * import { fromJSON, toJSON } from "rnn-dynamics/io";
 * const text = JSON.stringify(toJSON({ kind: "vanilla", activation: "tanh", recurrent: [0.1, 0.2, 0.3, 0.4] }));
 * fromJSON(JSON.parse(text)).kind; // => "vanilla"
 * ```
 */
export function fromJSON(value: unknown, file = "cell JSON"): CellSpec {
  if (!isObject(value)) failFile(file, `a network must be an object, got ${describe(value)}`);
  if (value.schema !== cellSchema)
    failFile(
      file,
      value.schema === undefined
        ? `schema is missing, expected ${quote(cellSchema)}`
        : `schema is ${describe(value.schema)}, expected ${quote(cellSchema)}`,
    );
  const { schema: _, ...spec } = value;
  return decodeSpec(spec, file, []);
}

function encodeSpec(spec: unknown, path: readonly PropertyKey[], depth: number): Record<string, unknown> {
  const place = pathText(path) || "the network";
  if (!isObject(spec)) fail("toJSON", `${place} is ${describe(spec)}, expected a cell spec`);
  if (!kinds.includes(spec.kind as CellSpec["kind"]))
    fail(
      "toJSON",
      `${pathText([...path, "kind"])} is ${describe(spec.kind)}, expected one of ${kinds.join(", ")}`,
    );
  if (depth > deepestNesting) fail("toJSON", `layers are nested deeper than ${deepestNesting} levels`);
  const out: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(spec)) {
    if (value === undefined) continue;
    const at = [...path, field];
    if (field === "layers" && Array.isArray(value))
      out.layers = value.map((layer, i) => encodeSpec(layer, [...at, i], depth + 1));
    else if (field === "readout" && isObject(value))
      out.readout = Object.fromEntries(
        Object.entries(value)
          .filter(([, part]) => part !== undefined)
          .map(([key, part]) => [key, encodeValue(part, [...at, key])]),
      );
    else out[field] = encodeValue(value, at);
  }
  return out;
}

function encodeValue(value: unknown, path: readonly PropertyKey[]): unknown {
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") {
    if (!Number.isFinite(value)) fail("toJSON", `${pathText(path)} is ${value}, expected a finite number`);
    return Object.is(value, -0) ? "-0" : value;
  }
  if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    if (path.length > 64)
      fail("toJSON", `${pathText(path.slice(0, 3))} is nested too deep, expected numbers`);
    return Array.from(value as ArrayLike<unknown>, (item, i) => encodeValue(item, [...path, i]));
  }
  return fail("toJSON", `${pathText(path)} is ${describe(value)}, expected numbers`);
}

const isNumber = (v: unknown) => (typeof v === "number" && Number.isFinite(v)) || v === "-0";
const isList = (v: unknown): boolean => Array.isArray(v) && v.every(isNumber);
const number = z.custom<number>(isNumber).describe("a finite number");
const vector = z.custom<number[]>(isList).describe("a list of finite numbers");
const matrix = z
  .custom<number[] | number[][]>((v) => isList(v) || (Array.isArray(v) && v.every(isList)))
  .describe("finite numbers, row by row or in one flat list");
const perUnit = z
  .custom<number | number[]>((v) => isNumber(v) || isList(v))
  .describe("a finite number or a list of them");

const common = {
  readout: z
    .strictObject({ weight: matrix, bias: vector.optional(), of: z.enum(["state", "rate"]).optional() })
    .optional(),
  initialState: vector.optional(),
};
const dense = { recurrent: matrix, input: matrix.optional() };
const biases = { inputBias: vector.optional(), recurrentBias: vector.optional() };
const activation = z.enum(activationNames);
const time = z.enum(["continuous", "discrete"]);

const schemas = {
  vanilla: z.strictObject({
    kind: z.literal("vanilla"),
    activation,
    ...dense,
    bias: vector.optional(),
    feedback: matrix.optional(),
    ...common,
  }),
  rate: z.strictObject({
    kind: z.literal("rate"),
    time,
    state: z.enum(["current", "rate"]).optional(),
    activation,
    tau: perUnit.optional(),
    dt: number.optional(),
    alpha: perUnit.optional(),
    scale: number.optional(),
    ...dense,
    bias: vector.optional(),
    feedback: matrix.optional(),
    ...common,
  }),
  "low-rank": z.strictObject({
    kind: z.literal("low-rank"),
    time,
    activation,
    tau: number.optional(),
    dt: number.optional(),
    alpha: number.optional(),
    diagonal: vector.optional(),
    scale: number.optional(),
    rank: number.optional(),
    left: matrix,
    right: matrix,
    input: matrix.optional(),
    bias: vector.optional(),
    ...common,
  }),
  gru: z.strictObject({
    kind: z.literal("gru"),
    resetAfter: z.boolean().optional(),
    ...dense,
    ...biases,
    ...common,
  }),
  lstm: z.strictObject({ kind: z.literal("lstm"), ...dense, ...biases, ...common }),
  plrnn: z.strictObject({
    kind: z.literal("plrnn"),
    diagonal: vector,
    ...dense,
    bias: vector.optional(),
    ...common,
  }),
  stacked: z.strictObject({
    kind: z.literal("stacked"),
    layers: z.array(z.unknown()).min(1).describe("a list of layers"),
    ...common,
  }),
} as const satisfies Record<CellSpec["kind"], z.ZodType>;

function decodeSpec(value: unknown, file: string, path: readonly PropertyKey[]): CellSpec {
  if (!isObject(value)) failFile(file, `${pathText(path)} is ${describe(value)}, expected a network`);
  if (path.length / 2 > deepestNesting)
    failFile(file, `layers are nested deeper than ${deepestNesting} levels`);
  const { kind } = value;
  const at = pathText([...path, "kind"]);
  if (typeof kind !== "string" || !Object.hasOwn(schemas, kind))
    failFile(
      file,
      kind === undefined
        ? `${at} is missing, expected one of ${kinds.join(", ")}`
        : `${at} is ${describe(kind)}, expected one of ${kinds.join(", ")}`,
    );
  const parsed = parseWith<unknown>(schemas[kind as CellSpec["kind"]], value, file, path) as Record<
    string,
    unknown
  >;
  const out: Record<string, unknown> = {};
  for (const [field, part] of Object.entries(parsed)) {
    if (field === "layers")
      out.layers = (part as unknown[]).map((l, i) => decodeSpec(l, file, [...path, "layers", i]));
    else if (isObject(part))
      out[field] = Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, decodeValue(inner)]));
    else out[field] = decodeValue(part);
  }
  return out as unknown as CellSpec;
}

function decodeValue(value: unknown): unknown {
  if (!Array.isArray(value)) return value === "-0" ? -0 : value;
  if (value.every((item) => !Array.isArray(item))) return Float64Array.from(value as number[]);
  return value.map((row: unknown[]) => Array.from(row, Number));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}
