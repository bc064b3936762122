import * as z from "zod";
import type { ActivationName } from "../cells/spec.js";
import { describe } from "../core/check.js";
import { failFile } from "./fileError.js";
import { parseWith, pathText } from "./schema.js";

/** The schema name a model spec carries. */
export const modelSchema = "rnn-dynamics/model@1";

/**
 * Which tensor fills a role, and what to do to it on the way, in this order: `reshape`, take `index`, multiply by
 * `mask`, `apply` a function, `transpose`, put the gates in our order, `negate`, `scale`.
 */
export interface TensorRef {
  /** Its name in the file. */
  readonly name: string;
  /** The numbers in another shape of as many, before anything else: `[2, 12]` for the `[1, 24]` of an ONNX bias. */
  readonly reshape?: readonly number[] | undefined;
  /** One slice along the first axis, or along the first few: `0`, `[0, 1]`. */
  readonly index?: number | readonly number[] | undefined;
  /** Name of a tensor of the same shape to multiply by, element by element. */
  readonly mask?: string | undefined;
  /** A function of each number: `"exp(-exp)"`, the decay exp(-exp(v)) that a file keeps as v. */
  readonly apply?: "exp(-exp)" | undefined;
  /** The file holds the transpose. @defaultValue `false` */
  readonly transpose?: boolean | undefined;
  /** Gate order in the file, one letter per gate: a permutation of `"rzn"` (GRU) or `"ifgo"` (LSTM). `h` may stand for n; `c` and `j` for g. */
  readonly gates?: string | undefined;
  /** Change of sign: of the whole tensor, or of the gates named (in our letters), e.g. `"z"` where the file's update gate is 1 - z. */
  readonly negate?: boolean | string | undefined;
  /**
   * A factor, the name of a tensor that holds one (one number, or one per row of the result), or a list of such.
   * @defaultValue `1`
   */
  readonly scale?: Factor | readonly Factor[] | undefined;
}

/** A number, or the name of the tensor that holds it. */
type Factor = number | string;

/** Several tensors one below the other. */
export interface TensorStack {
  readonly stack: readonly (string | TensorRef)[];
}

/** A tensor by name, with instructions, or several stacked. */
export type TensorSource = string | TensorRef | TensorStack;

/** The tensors a source is made of. */
export function partsOf(source: TensorSource): readonly TensorRef[] {
  if (typeof source === "string") return [{ name: source }];
  if ("stack" in source)
    return source.stack.map((part) => (typeof part === "string" ? { name: part } : part));
  return [source];
}

/** The tensors among the factors of a source. */
export function factorsOf({ scale = [] }: TensorRef): readonly Factor[] {
  return typeof scale === "object" ? scale : [scale];
}

/** Roles that every kind has. */
interface CommonRoles {
  /** K x N. */
  readonly readout?: TensorSource | undefined;
  /** K. */
  readonly readoutBias?: TensorSource | undefined;
  /** D. */
  readonly initialState?: TensorSource | undefined;
}

/** Roles of a network with one recurrent matrix; biases given are added up. */
interface DenseRoles extends CommonRoles {
  /** N x N (GRU 3N x N, LSTM 4N x N). */
  readonly recurrent: TensorSource;
  /** N x M (GRU 3N x M, LSTM 4N x M). */
  readonly input?: TensorSource | undefined;
  readonly bias?: TensorSource | undefined;
  readonly inputBias?: TensorSource | undefined;
  readonly recurrentBias?: TensorSource | undefined;
}

interface CommonModel {
  /** Free text; read by people only. */
  readonly description?: string | undefined;
  /** What the readout sees; as `ReadoutSpec.of`. */
  readonly readoutOf?: "state" | "rate" | undefined;
}

/** `x <- phi(W x + W_in u + b)`. */
export interface VanillaModel extends CommonModel {
  readonly kind: "vanilla";
  readonly activation: ActivationName;
  readonly tensors: DenseRoles & { readonly feedback?: TensorSource | undefined };
}

/** A rate network, as a flow or as its Euler map. */
export interface RateModel extends CommonModel {
  readonly kind: "rate";
  readonly time: "continuous" | "discrete";
  readonly state?: "current" | "rate" | undefined;
  readonly activation: ActivationName;
  readonly tau?: number | undefined;
  /** Euler step. A continuous network keeps it only for comparing with a stored trajectory. */
  readonly dt?: number | undefined;
  /** Instead of dt / tau; discrete only. */
  readonly alpha?: number | undefined;
  /** A factor on W; `"1/N"` for one over the number of units. */
  readonly scale?: number | "1/N" | undefined;
  /** `tau` and `alpha` here: one value per unit. */
  readonly tensors: DenseRoles & {
    readonly feedback?: TensorSource | undefined;
    readonly tau?: TensorSource | undefined;
    readonly alpha?: TensorSource | undefined;
  };
}

/** A rate network of recurrent matrix `s m n'`. */
export interface LowRankModel extends CommonModel {
  readonly kind: "low-rank";
  readonly time: "continuous" | "discrete";
  readonly activation: ActivationName;
  readonly tau?: number | undefined;
  readonly dt?: number | undefined;
  readonly alpha?: number | undefined;
  readonly scale?: number | "1/N" | undefined;
  readonly tensors: CommonRoles & {
    /** m, N x R. */
    readonly left: TensorSource;
    /** n, N x R. */
    readonly right: TensorSource;
    /** N x M. */
    readonly input?: TensorSource | undefined;
    /** N. */
    readonly bias?: TensorSource | undefined;
    /** R numbers, or one for all: what k keeps, instead of tau, dt and alpha; discrete only. */
    readonly diagonal?: TensorSource | undefined;
  };
}

/** Gated recurrent unit. */
export interface GruModel extends CommonModel {
  readonly kind: "gru";
  readonly resetAfter?: boolean | undefined;
  readonly tensors: DenseRoles;
}

/** Long short-term memory; `initialState` is [h; c], or h alone; then `initialCell` is c, or c is zero. */
export interface LstmModel extends CommonModel {
  readonly kind: "lstm";
  readonly tensors: DenseRoles & { readonly initialCell?: TensorSource | undefined };
}

/** `z <- A z + W relu(z) + C u + h`. */
export interface PiecewiseLinearModel extends CommonModel {
  readonly kind: "plrnn";
  readonly tensors: CommonRoles & {
    /** The diagonal of A: N, or N x N with zeros elsewhere. */
    readonly diagonal: TensorSource;
    /** W, N x N. */
    readonly recurrent: TensorSource;
    /** C, N x M. */
    readonly input?: TensorSource | undefined;
    /** h, N. */
    readonly bias?: TensorSource | undefined;
  };
}

/** Layers, first to last; the readout sees the last. */
export interface StackedModel extends CommonModel {
  readonly kind: "stacked";
  readonly layers: readonly LayerModel[];
  readonly tensors?: CommonRoles | undefined;
}

/** One layer: a model spec without its `schema`. */
export type LayerModel =
  | VanillaModel
  | RateModel
  | LowRankModel
  | GruModel
  | LstmModel
  | PiecewiseLinearModel
  | StackedModel;

/** What the tensors of a file mean: the equation, its numbers, and which tensor plays which role. */
export type ModelSpec = { readonly schema: typeof modelSchema } & LayerModel;

export const activationNames = [
  "tanh",
  "relu",
  "sigmoid",
  "softplus",
  "linear",
  "elu",
  "gelu",
  "leaky-relu",
  "clipped-relu",
  "retanh",
  "hard-tanh",
  "hard-sigmoid",
  "erf",
] as const satisfies readonly ActivationName[];

const name = z.string().min(1).describe("the name of a tensor");
const whole = z.number().int().min(0).describe("a whole number, 0 or more");
const positive = z.number().positive().describe("a positive number");
const finite = z.number();

const factor = z.union([finite, name]).describe("a number or the name of a tensor");
const plainFields = {
  name,
  reshape: z.array(whole).min(1).max(32).optional(),
  index: z.union([whole, z.array(whole).min(1)]).optional(),
  mask: name.optional(),
  apply: z.literal("exp(-exp)").optional(),
  transpose: z.boolean().optional(),
  negate: z.boolean().optional(),
  scale: z.union([factor, z.array(factor).min(1)]).optional(),
};
const single = z.union([name, z.strictObject(plainFields)]);
const plain = z.union([name, z.strictObject(plainFields), z.strictObject({ stack: z.array(single).min(1) })]);
const gated = z.union([
  name,
  z.strictObject({
    ...plainFields,
    gates: z.string().min(1).optional(),
    negate: z.union([z.boolean(), z.string().min(1)]).optional(),
  }),
]);

const commonRoles = {
  readout: plain.optional(),
  readoutBias: plain.optional(),
  initialState: plain.optional(),
};
const roles = (ref: typeof plain | typeof gated) => ({
  recurrent: ref,
  input: ref.optional(),
  bias: ref.optional(),
  inputBias: ref.optional(),
  recurrentBias: ref.optional(),
});
const common = {
  schema: z.literal(modelSchema).optional(),
  description: z.string().optional(),
  readoutOf: z.enum(["state", "rate"]).optional(),
};
const activation = z.enum(activationNames);
const timing = {
  time: z.enum(["continuous", "discrete"]),
  tau: positive.optional(),
  dt: positive.optional(),
  alpha: positive.optional(),
  scale: z.union([finite, z.literal("1/N")]).optional(),
};

const schemas = {
  vanilla: z.strictObject({
    ...common,
    kind: z.literal("vanilla"),
    activation,
    tensors: z.strictObject({ ...roles(plain), feedback: plain.optional(), ...commonRoles }),
  }),
  rate: z.strictObject({
    ...common,
    kind: z.literal("rate"),
    ...timing,
    state: z.enum(["current", "rate"]).optional(),
    activation,
    tensors: z.strictObject({
      ...roles(plain),
      feedback: plain.optional(),
      tau: plain.optional(),
      alpha: plain.optional(),
      ...commonRoles,
    }),
  }),
  "low-rank": z.strictObject({
    ...common,
    kind: z.literal("low-rank"),
    ...timing,
    activation,
    tensors: z.strictObject({
      left: plain,
      right: plain,
      input: plain.optional(),
      bias: plain.optional(),
      diagonal: plain.optional(),
      ...commonRoles,
    }),
  }),
  gru: z.strictObject({
    ...common,
    kind: z.literal("gru"),
    resetAfter: z.boolean().optional(),
    tensors: z.strictObject({ ...roles(gated), ...commonRoles }),
  }),
  lstm: z.strictObject({
    ...common,
    kind: z.literal("lstm"),
    tensors: z.strictObject({ ...roles(gated), initialCell: plain.optional(), ...commonRoles }),
  }),
  plrnn: z.strictObject({
    ...common,
    kind: z.literal("plrnn"),
    tensors: z.strictObject({
      diagonal: plain,
      recurrent: plain,
      input: plain.optional(),
      bias: plain.optional(),
      ...commonRoles,
    }),
  }),
  stacked: z.strictObject({
    ...common,
    kind: z.literal("stacked"),
    layers: z.array(z.unknown()).min(1).describe("a list of layers, each a model spec without schema"),
    tensors: z.strictObject(commonRoles).optional(),
  }),
} as const;

const deepestNesting = 8;

/**
 * A checked copy of a model spec. Fields it does not know are refused, with the place and the names there are.
 *
 * Failure: a FileError, one line: place, what is there, what is expected. O(size of the spec).
 *
 * @param value - any value, typically from `JSON.parse`
 * @param file - where it came from, for messages
 * @example
 * ```ts
 * import { parseModelSpec } from "rnn-dynamics/io";
 * const spec = parseModelSpec({
 *   schema: "rnn-dynamics/model@1",
 *   kind: "rate",
 *   time: "discrete",
 *   activation: "tanh",
 *   alpha: 0.1,
 *   tensors: { recurrent: "W", input: { name: "W_in", transpose: true } },
 * });
 * spec.kind; // => "rate"
 * ```
 */
export function parseModelSpec(value: unknown, file = "model spec"): ModelSpec {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    failFile(file, `a model spec must be an object, got ${describe(value)}`);
  const schema = (value as { schema?: unknown }).schema;
  if (schema !== modelSchema)
    failFile(
      file,
      schema === undefined
        ? `schema is missing, expected ${JSON.stringify(modelSchema)}`
        : `schema is ${describe(schema)}, expected ${JSON.stringify(modelSchema)}`,
    );
  return parseLayer(value, file, []) as ModelSpec;
}

function parseLayer(value: unknown, file: string, at: readonly PropertyKey[]): LayerModel {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    failFile(file, `${pathText(at)} is ${describe(value)}, expected a model spec without schema`);
  if (at.length / 2 > deepestNesting)
    failFile(file, `layers are nested deeper than ${deepestNesting} levels`);
  const kind = (value as { kind?: unknown }).kind;
  const kindPath = pathText([...at, "kind"]);
  const known = Object.keys(schemas).join(", ");
  if (kind === undefined) failFile(file, `${kindPath} is missing, expected one of ${known}`);
  if (typeof kind !== "string" || !Object.hasOwn(schemas, kind))
    failFile(file, `${kindPath} is ${describe(kind)}, expected one of ${known}`);
  const model = parseWith<unknown>(schemas[kind as keyof typeof schemas], value, file, at) as LayerModel;
  if (model.kind === "stacked")
    return {
      ...model,
      layers: model.layers.map((layer, i) => parseLayer(layer, file, [...at, "layers", i])),
    };
  checkMeaning(model, file, at);
  return model;
}

/** What the fields say together. */
function checkMeaning(
  model: Exclude<LayerModel, StackedModel>,
  file: string,
  at: readonly PropertyKey[],
): void {
  const place = (...keys: PropertyKey[]) => pathText([...at, ...keys]);
  if (model.kind === "rate" || model.kind === "low-rank") {
    const perUnit: { tau?: unknown; alpha?: unknown } = model.kind === "rate" ? model.tensors : {};
    const alpha = model.alpha ?? perUnit.alpha;
    if (alpha !== undefined && model.time === "continuous")
      failFile(file, `${place("alpha")} belongs to time "discrete"; a flow has tau`);
    if (alpha !== undefined && model.dt !== undefined)
      failFile(file, `${place("alpha")} and ${place("dt")} are both given, expected one (alpha = dt / tau)`);
    for (const key of ["tau", "alpha"] as const)
      if (model[key] !== undefined && perUnit[key] !== undefined)
        failFile(file, `${place(key)} and ${place("tensors", key)} are both given, expected one`);
  }
  if (model.kind === "low-rank" && model.tensors.diagonal !== undefined) {
    const other = (["tau", "dt", "alpha"] as const).find((key) => model[key] !== undefined);
    if (model.time === "continuous" || other !== undefined)
      failFile(
        file,
        `${place("tensors", "diagonal")} belongs to time "discrete" and excludes ${other ?? "tau, dt and alpha"}`,
      );
  }
  const order = model.kind === "gru" ? "rzn" : model.kind === "lstm" ? "ifgo" : undefined;
  if (order === undefined) return;
  for (const [role, source] of Object.entries(model.tensors) as [string, TensorSource | undefined][]) {
    if (typeof source !== "object" || "stack" in source) continue;
    if (
      source.gates !== undefined &&
      [...gateLetters(source.gates)].sort().join("") !== [...order].sort().join("")
    )
      failFile(
        file,
        `${place("tensors", role, "gates")} is ${describe(source.gates)}, expected the letters of "${order}" in the file's order`,
      );
    if (typeof source.negate === "string" && ![...gateLetters(source.negate)].every((c) => order.includes(c)))
      failFile(
        file,
        `${place("tensors", role, "negate")} is ${describe(source.negate)}, expected true, false or letters of "${order}"`,
      );
  }
}

/** Gate letters in ours: h means n (GRU), c and j mean g (LSTM). */
export function gateLetters(text: string): string {
  return text.replace(/[hcj]/g, (letter) => (letter === "h" ? "n" : "g"));
}
