import { FileError } from "../fileError.js";
import { parseJson } from "../strictJson.js";

/** One layer of a Keras or TF.js model, as its configuration describes it. */
export interface KerasLayer {
  readonly name: string;
  readonly className: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** Layers whose outputs it takes; a layer that is called twice has those of both calls. */
  readonly before: readonly string[];
  /** How often it is called. */
  readonly calls: number;
}

/** The layers of a model in the order of its configuration, or why there are none. */
export function kerasLayers(text: string): readonly KerasLayer[] | string {
  let model: unknown;
  try {
    model = parseJson(text, "", "");
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return `The model's configuration cannot be read: it${error.message.replace(/^[: ]+/, " ")}.`;
  }
  // TF.js puts what model.to_json() wrote one level deeper.
  if (isObject(model) && isObject(model.model_config)) model = model.model_config;
  if (!isObject(model) || typeof model.class_name !== "string")
    return "The model's configuration has no class_name.";
  const { class_name: className, config } = model;
  const isChain = className === "Sequential";
  if (!isChain && !["Functional", "Model"].includes(className))
    return `The model is of class ${JSON.stringify(className.slice(0, 60))}, whose graph its configuration does not tell; expected Sequential or Functional.`;
  const list = Array.isArray(config) ? config : isObject(config) ? config.layers : undefined;
  if (!Array.isArray(list) || list.length === 0) return "The model's configuration has no layers.";
  const layers: KerasLayer[] = [];
  const names = new Set<string>();
  for (const item of list as unknown[]) {
    if (!isObject(item) || typeof item.class_name !== "string" || !isObject(item.config))
      return "A layer of the model's configuration has no class_name or no config.";
    const name = item.config.name ?? item.name ?? "";
    if (typeof name !== "string") return "A layer of the model's configuration has no name.";
    if (names.has(name)) return `Two layers are called ${JSON.stringify(name.slice(0, 60))}.`;
    names.add(name);
    const previous = layers.at(-1);
    const calls = Array.isArray(item.inbound_nodes) ? item.inbound_nodes : [];
    layers.push({
      name,
      className: item.class_name,
      config: item.config,
      before: isChain ? (previous ? [previous.name] : []) : [...new Set(referencesIn(calls))],
      calls: isChain ? 1 : calls.length,
    });
  }
  return layers;
}

/** Names of layers in inbound_nodes: `[name, node, tensor, ...]`, in Keras 3 inside the arguments of the call. */
function referencesIn(value: unknown): string[] {
  if (Array.isArray(value)) {
    if (typeof value[0] === "string" && typeof value[1] === "number" && typeof value[2] === "number")
      return [value[0]];
    return value.flatMap(referencesIn);
  }
  return isObject(value) ? Object.values(value).flatMap(referencesIn) : [];
}

/** Layers that let their input pass when the network is not being trained. */
const passing = new Set([
  "Dropout",
  "SpatialDropout1D",
  "GaussianNoise",
  "GaussianDropout",
  "AlphaDropout",
  "ActivityRegularization",
  "Masking",
  "Identity",
  "InputLayer",
]);

/** Whether a layer changes nothing outside training. */
export function passes(layer: KerasLayer): boolean {
  return (
    passing.has(layer.className) ||
    (layer.className === "Activation" && nameOfFunction(layer.config.activation) === "linear")
  );
}

/** Nothing but a function of each number, or of the outputs together: no weights. */
export function isActivation({ className }: KerasLayer): boolean {
  return ["Activation", "Softmax", "ReLU", "LeakyReLU", "ELU"].includes(className);
}

/** A function by its name, as Keras 2 writes it (a text) or Keras 3 (an object). */
export function nameOfFunction(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (value === null) return "linear";
  if (!isObject(value)) return undefined;
  if (typeof value.config === "string") return value.config;
  return typeof value.class_name === "string" ? value.class_name : undefined;
}

/** The Keras 3 group of each layer's weights: its class in snake case, numbered from the second of a class on. */
export function containerNames(layers: readonly KerasLayer[]): ReadonlyMap<string, string> {
  const counts = new Map<string, number>();
  const out = new Map<string, string>();
  for (const { name, className } of layers) {
    const base = snakeCase(className);
    const count = counts.get(base) ?? 0;
    counts.set(base, count + 1);
    out.set(name, count === 0 ? base : `${base}_${count}`);
  }
  return out;
}

/** `SimpleRNN` -> `simple_rnn`, `TimeDistributed` -> `time_distributed`. */
function snakeCase(className: string): string {
  return className
    .replace(/\W+/g, "")
    .replace(/(.)([A-Z][a-z]+)/g, "$1_$2")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
