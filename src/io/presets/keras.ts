import { quote } from "../fileError.js";
import type { LayerModel } from "../modelSpec.js";
import { type Recognition, unknown } from "../recognition.js";
import type { TensorHeader } from "../tensor.js";
import {
  containerNames,
  isActivation,
  isObject,
  type KerasLayer,
  kerasLayers,
  nameOfFunction,
  passes,
} from "./kerasConfig.js";
import {
  denseRoles,
  type KerasSettings,
  type KerasTensors,
  kerasLayerModel,
  kerasRecognition,
  variableRole,
  weightRole,
} from "./kerasLayer.js";
import { kerasWeightsOnly } from "./kerasWeights.js";
import { type Facts, fact, type Headers, type Preset } from "./preset.js";

const kinds: Readonly<Record<string, KerasSettings["kind"]>> = {
  SimpleRNN: "vanilla",
  GRU: "gru",
  LSTM: "lstm",
  SimpleRNNCell: "vanilla",
  GRUCell: "gru",
  LSTMCell: "lstm",
};

/**
 * Networks of Keras (`.h5`, `.keras`, weights alone) and TF.js: SimpleRNN, GRU and LSTM layers one above the other, and
 * the Dense layer after them as readout. Keras multiplies row vectors; gates are z r h and i f c o. A GRU with
 * reset_after has two rows of biases, one without has one. The configuration says activations and order; without it
 * Keras's defaults are taken and said to be.
 * Source: the documentation of keras.layers.SimpleRNN, GRU and LSTM (Keras 2 and 3).
 */
export const keras: Preset = (tensors, facts) => {
  const text = fact(facts, "model_config");
  if (text === undefined) return kerasWeightsOnly(tensors, facts);
  const layers = kerasLayers(text);
  if (typeof layers === "string") return unknown([], layers);
  return recogniseModel(layers, tensors, facts);
};

function recogniseModel(
  layers: readonly KerasLayer[],
  tensors: Headers,
  facts: Facts,
): Recognition | undefined {
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  const odd = layers.find(
    (l) => !isRecurrent(l) && /rnn|lstm|gru|bidirectional/i.test(`${l.className} ${innerClass(l)}`),
  );
  if (odd) return unknown([], oddLayer(odd));
  const nested = layers.find((l) => ["Sequential", "Functional", "Model"].includes(l.className));
  if (nested)
    return unknown([], `Layer ${quote(nested.name)} is a model inside the model, which is not read.`);
  const recurrent = layers.filter(isRecurrent);
  if (recurrent.length === 0)
    return unknown([], "The model has no SimpleRNN, GRU or LSTM layer: it is no recurrent network.");
  const shared = recurrent.find((l) => l.calls > 1);
  if (shared) return unknown([], `Layer ${quote(shared.name)} is called ${shared.calls} times.`);

  const notes: string[] = [];
  const chain = orderOf(recurrent, byName, notes);
  if (typeof chain === "string")
    return unknown(
      recurrent.map((l) => `the ${l.className} layer ${quote(l.name)}`),
      chain,
    );
  const backwards = chain.filter((l) => l.config.go_backwards === true);
  if (backwards.length > 0 && chain.length > 1)
    return unknown(
      [],
      `Layer ${quote(backwards[0].name)} runs backwards in time (go_backwards) in a stack: no dynamical system in time.`,
    );
  if (backwards.length > 0)
    notes.push(`Layer ${quote(chain[0].name)} sees its inputs in reverse order (go_backwards).`);
  const inner = chain.slice(0, -1).find((l) => l.config.return_sequences === false);
  if (inner)
    return unknown(
      [],
      `Layer ${quote(inner.name)} hands only its last output to the layer above (return_sequences is false).`,
    );

  const weightsOf = weightFinder(layers, tensors);
  const keras3 = /^3\./.test(fact(facts, "keras_version", "model_weights@keras_version") ?? "");
  const models: LayerModel[] = [];
  const why: string[] = [];
  for (const layer of chain) {
    const { kind, config } = settingsOf(layer);
    const label = `${layer.className} layer ${quote(layer.name)}`;
    const model = kerasLayerModel(
      {
        label,
        kind,
        activation: nameOfFunction("activation" in config ? config.activation : "tanh") ?? "of unknown name",
        recurrentActivation:
          nameOfFunction("recurrent_activation" in config ? config.recurrent_activation : "sigmoid") ??
          "of unknown name",
        resetAfter: typeof config.reset_after === "boolean" ? config.reset_after : undefined,
        keras3,
      },
      weightsOf(layer),
      config.use_bias === false,
    );
    if (typeof model === "string") return unknown([`Keras ${layer.className}`], model);
    models.push(model);
    why.push(`The configuration has a ${label}.`);
  }
  const readout = readoutOf(chain.at(-1)!, layers, byName, weightsOf, why, notes);
  return kerasRecognition(
    `Keras ${[...new Set(chain.map((l) => l.className))].join(", ")}`,
    models,
    readout,
    why,
    notes,
  );
}

function isRecurrent(layer: KerasLayer): boolean {
  return Object.hasOwn(kinds, layer.className === "RNN" ? innerClass(layer) : layer.className);
}

/** The class of a wrapper's layer, or of an RNN's cell. */
function innerClass({ config }: KerasLayer): string {
  const inner = config.cell ?? config.layer;
  return isObject(inner) && typeof inner.class_name === "string" ? inner.class_name : "";
}

function settingsOf(layer: KerasLayer): {
  kind: KerasSettings["kind"];
  config: Readonly<Record<string, unknown>>;
} {
  if (layer.className !== "RNN") return { kind: kinds[layer.className], config: layer.config };
  const cell = layer.config.cell as { class_name: string; config?: unknown };
  return { kind: kinds[cell.class_name], config: isObject(cell.config) ? cell.config : {} };
}

function oddLayer(layer: KerasLayer): string {
  const inner = innerClass(layer);
  const what = `Layer ${quote(layer.name)} is of class ${quote(layer.className)}${inner ? ` around ${quote(inner)}` : ""}`;
  if (layer.className === "Bidirectional")
    return `${what}: a bidirectional network is no dynamical system in time; it is not supported.`;
  return `${what}, which is not supported: expected SimpleRNN, GRU or LSTM.`;
}

/** The recurrent layers from the first to the last, or why they are no chain. */
function orderOf(
  recurrent: readonly KerasLayer[],
  byName: ReadonlyMap<string, KerasLayer>,
  notes: string[],
): readonly KerasLayer[] | string {
  const above = new Map<string, KerasLayer>();
  const first: KerasLayer[] = [];
  for (const layer of recurrent) {
    if (layer.before.length > 1)
      return `Layer ${quote(layer.name)} takes the outputs of ${layer.before.length} layers (an initial state, or inputs joined).`;
    const seen = new Set<string>();
    let below = byName.get(layer.before[0] ?? "");
    while (below && passes(below) && below.before.length === 1 && !seen.has(below.name)) {
      seen.add(below.name);
      below = byName.get(below.before[0]);
    }
    if (below && isRecurrent(below)) {
      if (above.has(below.name)) return `Two recurrent layers stand above ${quote(below.name)}.`;
      above.set(below.name, layer);
      continue;
    }
    if (below && !passes(below)) {
      if (hasRecurrentBelow(below, byName))
        return `Between recurrent layers stands ${quote(below.name)} of class ${quote(below.className)}, which a stack here cannot have.`;
      notes.push(
        `The network's input is the output of layer ${quote(below.name)} (${below.className}), which is not read.`,
      );
    }
    first.push(layer);
  }
  if (first.length !== 1)
    return `The model has ${first.length} recurrent layers that do not stand one above the other.`;
  const chain = [first[0]];
  for (
    let next = above.get(first[0].name);
    next && chain.length < recurrent.length;
    next = above.get(next.name)
  )
    chain.push(next);
  if (chain.length !== recurrent.length) return "The recurrent layers do not stand one above the other.";
  return chain;
}

function hasRecurrentBelow(layer: KerasLayer, byName: ReadonlyMap<string, KerasLayer>): boolean {
  const seen = new Set<string>();
  const list = [layer];
  for (let next = list.pop(); next; next = list.pop()) {
    if (seen.has(next.name)) continue;
    seen.add(next.name);
    for (const name of next.before) {
      const below = byName.get(name);
      if (below && isRecurrent(below)) return true;
      if (below) list.push(below);
    }
  }
  return false;
}

/** The Dense layer after the last recurrent one, where nothing but functions follow. */
function readoutOf(
  last: KerasLayer,
  layers: readonly KerasLayer[],
  byName: ReadonlyMap<string, KerasLayer>,
  weightsOf: (layer: KerasLayer) => KerasTensors,
  why: string[],
  notes: string[],
): ReturnType<typeof denseRoles> {
  const after = (layer: KerasLayer, skip: (layer: KerasLayer) => boolean): KerasLayer[] => {
    const found: KerasLayer[] = [];
    const seen = new Set<string>([layer.name]);
    const names = [layer.name];
    for (let name = names.pop(); name !== undefined; name = names.pop())
      for (const next of layers)
        if (next.before.includes(name) && !seen.has(next.name)) {
          seen.add(next.name);
          if (skip(next)) names.push(next.name);
          else found.push(next);
        }
    return found;
  };
  const next = after(last, passes);
  const dense = next[0];
  const isDense =
    dense &&
    (dense.className === "Dense" || (dense.className === "TimeDistributed" && innerClass(dense) === "Dense"));
  if (next.length !== 1 || !isDense) {
    notes.push(
      next.length === 0
        ? "No readout was found."
        : `After the last recurrent layer stand ${next
            .map((l) => `${l.className} ${quote(l.name)}`)
            .slice(0, 4)
            .join(", ")}: no readout is taken.`,
    );
    return {};
  }
  const beyond = after(dense, (l) => passes(l) || isActivation(l));
  if (beyond.length > 0 || dense.before.length !== 1 || !byName.has(dense.name)) {
    notes.push(`More layers follow ${quote(dense.name)}: no readout is taken.`);
    return {};
  }
  const roles = denseRoles(weightsOf(dense));
  if (!roles.readout) {
    notes.push(`Layer ${quote(dense.name)} has no kernel among the tensors: no readout is taken.`);
    return {};
  }
  why.push(`Dense layer ${quote(dense.name)} is the readout.`);
  const config =
    dense.className === "Dense"
      ? dense.config
      : (dense.config.layer as { config?: Record<string, unknown> }).config;
  const activation = nameOfFunction(config?.activation ?? "linear");
  const later = after(dense, passes).find(isActivation);
  if (activation !== "linear" || later)
    notes.push(
      `The readout is what the output's ${activation !== "linear" ? activation : later!.className} acts on, without it.`,
    );
  return roles;
}

/** Finds a layer's weights, under its name (Keras 2, TF.js) or its class (Keras 3). */
function weightFinder(layers: readonly KerasLayer[], tensors: Headers): (layer: KerasLayer) => KerasTensors {
  const containers = containerNames(layers);
  const groups = new Map<string, KerasTensors>();
  const put = (key: string, role: keyof KerasTensors, tensor: TensorHeader) => {
    const before = groups.get(key) ?? {};
    if (before[role] === undefined) groups.set(key, { ...before, [role]: tensor });
  };
  const named = [...layers].sort((a, b) => b.name.length - a.name.length);
  for (const tensor of tensors.values()) {
    const place =
      /^(?:layers|_layer_checkpoint_dependencies)\/([^/]+)\/(?:cell\/|layer\/)?vars\/([012])$/.exec(
        tensor.name,
      );
    if (place) {
      const layer = layers.find((l) => containers.get(l.name) === place[1]);
      if (layer) put(layer.name, variableRole(isRecurrent(layer), Number(place[2])), tensor);
      continue;
    }
    const role = weightRole(tensor.name);
    const path = tensor.name.replace(/^model_weights\//, "");
    const layer = role && named.find((l) => path.startsWith(`${l.name}/`));
    if (layer) put(layer.name, role, tensor);
  }
  return (layer) => groups.get(layer.name) ?? {};
}
