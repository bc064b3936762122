import type { ActivationName } from "../../cells/spec.js";
import type { LayerModel } from "../modelSpec.js";
import { modelSchema } from "../modelSpec.js";
import type { Recognition } from "../recognition.js";
import type { Tensor, TensorHeader } from "../tensor.js";

/** Tensors by name; their numbers too, where the file was read and not only looked at. */
export type Headers = ReadonlyMap<string, TensorHeader & Partial<Pick<Tensor, "data">>>;

/** Texts and numbers beside the tensors: of the file itself, or of the file of parameters saved with it. */
export type Facts = Readonly<Record<string, string>>;

/**
 * What one laboratory's or program's tensors mean: `undefined` where the names are not its own, else a model spec, or
 * what is missing to write one. Shapes are checked where the spec is applied.
 */
export type Preset = (tensors: Headers, facts: Facts) => Recognition | undefined;

/** A network that was understood; `check` are assumptions a careful reader should look at. */
export function recognised(
  by: string,
  model: LayerModel,
  evidence: readonly string[],
  check: readonly string[],
): Recognition {
  return { modelSpec: { schema: modelSchema, ...model }, by, why: [...evidence, ...check], notes: check };
}

/** Prefixes under which all of some names occur: `"rnn."` for `rnn.m` and `rnn.n`. */
export function prefixesOf(tensors: Headers, names: readonly string[]): string[] {
  const [first, ...others] = names;
  const out: string[] = [];
  for (const name of tensors.keys()) {
    if (name !== first && !name.endsWith(`.${first}`)) continue;
    const prefix = name.slice(0, name.length - first.length);
    if (others.every((other) => tensors.has(prefix + other))) out.push(prefix);
  }
  return out;
}

/** The first of some facts that is there. */
export function fact(facts: Facts, ...keys: readonly string[]): string | undefined {
  const key = keys.find((k) => Object.hasOwn(facts, k));
  return key === undefined ? undefined : facts[key];
}

/** A number among the facts; `[20]` counts as 20. */
export function numericFact(facts: Facts, key: string): number | undefined {
  const text = fact(facts, key)?.replace(/^\[([^,\]]+)\]$/, "$1");
  const value = text === undefined || text.trim() === "" ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}

const activations: Readonly<Record<string, ActivationName>> = {
  tanh: "tanh",
  relu: "relu",
  sigmoid: "sigmoid",
  logistic: "sigmoid",
  softplus: "softplus",
  identity: "linear",
  linear: "linear",
};

/** Our name of an activation that a program calls by one of its usual names. */
export function activationNamed(name: string | undefined): ActivationName | undefined {
  const plain = name?.toLowerCase() ?? "";
  return Object.hasOwn(activations, plain) ? activations[plain] : undefined;
}
