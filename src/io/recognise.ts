import { quote, shapeText } from "./fileError.js";
import {
  type LayerModel,
  type ModelSpec,
  modelSchema,
  parseModelSpec,
  type TensorSource,
} from "./modelSpec.js";
import { keras } from "./presets/keras.js";
import { latentLowRank } from "./presets/latentLowRank.js";
import { onnx } from "./presets/onnx.js";
import { phaseLimitCycle } from "./presets/phaseLimitCycle.js";
import { plrnn } from "./presets/plrnn.js";
import type { Headers, Preset } from "./presets/preset.js";
import { psychrnn } from "./presets/psychrnn.js";
import { taskModule } from "./presets/taskModule.js";
import { type Recognition, unknown } from "./recognition.js";
import { parseJson } from "./strictJson.js";
import { countOf } from "./tensor.js";

/** The metadata key under which a safetensors file carries its own model spec, as JSON text. */
export const modelKey = "rnn-dynamics/model";

interface Parameter {
  readonly name: string;
  readonly prefix: string;
  readonly role: "weight_ih" | "weight_hh" | "weight_hr" | "bias_ih" | "bias_hh";
  /** `undefined` in the names of a single cell (nn.GRUCell). */
  readonly layer: number | undefined;
  readonly reverse: boolean;
  readonly shape: readonly number[];
}

const parameterName = /^(weight_ih|weight_hh|weight_hr|bias_ih|bias_hh)(?:_l(\d{1,3}))?(_reverse)?$/;
const readoutNames = ["readout", "fc", "linear", "output", "decoder", "out", "head"];

/** Files of programs and laboratories, each with names of its own. */
const presets: readonly Preset[] = [keras, phaseLimitCycle, latentLowRank, psychrnn, taskModule, plrnn];

/**
 * What the tensors of a file mean, from their names and shapes, and from the texts and numbers kept with them.
 *
 * In this order: a model spec in the metadata key `"rnn-dynamics/model"`; else the state dict of a PyTorch
 * `nn.RNN`, `nn.GRU` or `nn.LSTM` (one or more layers) or of one `nn.RNNCell`, `nn.GRUCell`, `nn.LSTMCell`,
 * under any prefix. The kind follows from rows per unit of `weight_hh`: 1 RNN, 3 GRU, 4 LSTM. A linear layer
 * beside it (`readout`, `fc`, `linear`, `output`, `decoder`, `out`, `head`) that fits is the readout, if it
 * is the only one; `h0` and `c0` are the initial state. The nonlinearity of nn.RNN is not in a state dict:
 * metadata `nonlinearity` (or `cell`) says it, or the module where the file holds it whole; else PyTorch's default
 * tanh is taken and `why` says so. Last the presets: ONNX, Keras and TF.js, PsychRNN, phase-limit-cycle networks, latent low-rank networks,
 * RNN_MTL modules, PLRNNs (docs/formats.md); where names fit two equations, what tells them apart must be among the
 * metadata, or nothing is recognised.
 *
 * Failure: none for tensors; `modelSpec` is `undefined` where nothing fits, with candidates and reasons. A
 * broken embedded spec is a FileError. O(tensors).
 *
 * @param tensors - by name; numbers are looked at only to confirm a preset, where they are there
 * @param metadata - the file's free text, or the parameters saved with it
 * @param file - its name, for messages
 * @example
 * ```ts
 * import { recognise } from "rnn-dynamics/io";
 * const headers = [
 *   { name: "rnn.weight_hh_l0", shape: [48, 16], dtype: "F32" },
 *   { name: "rnn.weight_ih_l0", shape: [48, 3], dtype: "F32" },
 * ];
 * recognise(new Map(headers.map((h) => [h.name, h]))).modelSpec?.kind; // => "gru"
 * ```
 */
export function recognise(
  tensors: Headers,
  metadata: Readonly<Record<string, string>> = {},
  file = "recognise",
): Recognition {
  if (Object.hasOwn(metadata, modelKey)) {
    const at = `${file}: metadata ${quote(modelKey)}`;
    const modelSpec = parseModelSpec(parseJson(metadata[modelKey], at, "the model spec"), at);
    return {
      modelSpec,
      by: "embedded model spec",
      why: [`The file carries its own model spec (metadata ${quote(modelKey)}).`],
      notes: [],
    };
  }
  // A graph says more than names, which may be PyTorch's in another order.
  const graph = onnx(tensors, metadata);
  if (graph) return graph;
  const groups = parameterGroups(tensors);
  const complete = [...groups].filter(([, list]) => list.some((p) => p.role === "weight_hh"));
  if (complete.length === 0) {
    for (const preset of presets) {
      const found = preset(tensors, metadata);
      if (found) return found;
    }
    return unknown([], "No tensor is called weight_hh (PyTorch's nn.RNN, nn.GRU, nn.LSTM or their cells).");
  }
  if (complete.length > 1) {
    const names = complete.map(([prefix]) => quote(`${prefix}weight_hh`));
    return unknown(
      complete.map(([prefix]) => `the PyTorch network under ${quote(prefix)}`),
      `The file holds ${complete.length} recurrent networks (${names.slice(0, 4).join(", ")}).`,
    );
  }
  const [prefix, parameters] = complete[0];
  return recogniseTorch(prefix, parameters, tensors, metadata);
}

function recogniseTorch(
  prefix: string,
  parameters: readonly Parameter[],
  tensors: Headers,
  metadata: Readonly<Record<string, string>>,
): Recognition {
  const odd = parameters.find((p) => p.reverse) ?? parameters.find((p) => p.role === "weight_hr");
  if (odd?.reverse)
    return unknown(
      [],
      `${quote(odd.name)} belongs to a bidirectional network, which is no dynamical system in time; it is not supported.`,
    );
  if (odd)
    return unknown(
      [],
      `${quote(odd.name)} belongs to an LSTM with a projection (proj_size), which is not supported.`,
    );
  const single = parameters.some((p) => p.layer === undefined);
  if (single && parameters.some((p) => p.layer !== undefined))
    return unknown([], `Names with and without a layer number (_l0) are mixed under ${quote(prefix)}.`);
  const depth = single ? 1 : 1 + Math.max(...parameters.map((p) => p.layer!));
  const find = (role: Parameter["role"], layer: number) =>
    parameters.find((p) => p.role === role && (p.layer ?? 0) === layer);

  // A cell's plain names are also what hand-made networks are called; they come with a bias of their own.
  const stranger =
    single && [...tensors.values()].find((t) => t.name === `${prefix}bias` || t.name === `${prefix}b`);
  if (stranger && !find("bias_hh", 0) && !find("bias_ih", 0))
    return unknown(
      ["a rate network (kind rate)", "a vanilla network (kind vanilla)"],
      `${quote(stranger.name)} beside ${quote(`${prefix}weight_hh`)} is not PyTorch's naming, so the equation is not known.`,
    );

  const gates: number[] = [];
  for (let layer = 0; layer < depth; layer++) {
    const hh = find("weight_hh", layer);
    if (!hh || !find("weight_ih", layer))
      return unknown([], `Layer ${layer} under ${quote(prefix)} has no ${hh ? "weight_ih" : "weight_hh"}.`);
    const [rows, units] = hh.shape;
    if (hh.shape.length !== 2 || units === 0 || ![1, 3, 4].includes(rows / units))
      return unknown(
        [],
        `${quote(hh.name)} has shape ${shapeText(hh.shape)}, expected [N, N] (RNN), [3N, N] (GRU) or [4N, N] (LSTM).`,
      );
    gates.push(rows / units);
  }
  if (gates.some((g) => g !== gates[0]))
    return unknown([], `The layers have ${gates.join(", ")} gates, expected the same in each.`);
  const kind = gates[0] === 3 ? "gru" : gates[0] === 4 ? "lstm" : "vanilla";
  const torchName = `${gates[0] === 3 ? "GRU" : gates[0] === 4 ? "LSTM" : "RNN"}${single ? "Cell" : ""}`;
  const why = [
    `${quote(find("weight_hh", 0)!.name)} has ${gates[0]} row${gates[0] > 1 ? "s" : ""} per unit: PyTorch nn.${torchName}, ${depth} layer${depth > 1 ? "s" : ""}.`,
  ];

  const cell = metadataWord(metadata, ["cell"]);
  const chosen =
    kind === "vanilla"
      ? metadataWord(metadata, [`${prefix}mode`, `${prefix}nonlinearity`, "nonlinearity", "activation"])
      : undefined;
  for (const said of [cell, chosen]) {
    if (!said) continue;
    const says = `Metadata ${quote(said.key)} says ${quote(said.value)}`;
    const candidates = [`PyTorch nn.${torchName}`];
    if (said.word === undefined)
      return unknown(candidates, `${says}, expected one of tanh, relu, rnn, gru, lstm.`);
    if (kindOf[said.word] !== kind)
      return unknown(candidates, `${says}, but the shapes are those of nn.${torchName}.`);
  }
  const notes: string[] = [];
  const warn = (note: string) => {
    why.push(note);
    notes.push(note);
  };
  const said = [chosen, cell].find((s) => s?.word === "tanh" || s?.word === "relu");
  const activation = said?.word === "relu" ? "relu" : "tanh";
  if (kind === "vanilla" && said) why.push(`Nonlinearity ${activation}, from metadata ${quote(said.key)}.`);
  else if (kind === "vanilla")
    warn(
      "Nonlinearity tanh, PyTorch's default, assumed: a state dict does not say; metadata nonlinearity would.",
    );

  const layers = Array.from({ length: depth }, (_, layer): LayerModel => {
    const named = (role: Parameter["role"]) => find(role, layer)?.name;
    const [inputBias, recurrentBias] = [named("bias_ih"), named("bias_hh")];
    const roles = {
      recurrent: named("weight_hh")!,
      input: named("weight_ih")!,
      ...(inputBias !== undefined && { inputBias }),
      ...(recurrentBias !== undefined && { recurrentBias }),
      ...initialRoles(prefix, tensors, find("weight_hh", layer)!.shape[1], layer, depth, kind, warn),
    };
    return kind === "vanilla" ? { kind, activation, tensors: roles } : { kind, tensors: roles };
  });
  const readout = readoutRoles(tensors, find("weight_hh", depth - 1)!.shape[1], why, warn);
  const only = layers[0];
  const modelSpec: ModelSpec =
    depth === 1
      ? ({ schema: modelSchema, ...only, tensors: { ...only.tensors, ...readout } } as ModelSpec)
      : { schema: modelSchema, kind: "stacked", layers, tensors: readout };
  return { modelSpec, by: `PyTorch nn.${torchName}`, why, notes };
}

/** PyTorch parameters by prefix. */
function parameterGroups(tensors: Headers): Map<string, Parameter[]> {
  const groups = new Map<string, Parameter[]>();
  for (const { name, shape } of tensors.values()) {
    const cut = name.lastIndexOf(".") + 1;
    const match = parameterName.exec(name.slice(cut));
    if (!match) continue;
    const prefix = name.slice(0, cut);
    const list = groups.get(prefix) ?? [];
    list.push({
      name,
      prefix,
      role: match[1] as Parameter["role"],
      layer: match[2] === undefined ? undefined : Number(match[2]),
      reverse: match[3] !== undefined,
      shape,
    });
    groups.set(prefix, list);
  }
  return groups;
}

type Word = "tanh" | "relu" | "rnn" | "gru" | "lstm";

const kindOf: Readonly<Record<Word, "vanilla" | "gru" | "lstm">> = {
  tanh: "vanilla",
  relu: "vanilla",
  rnn: "vanilla",
  gru: "gru",
  lstm: "lstm",
};

/** PyTorch's own names and those in use, without case, `_`, `-`, `nn.` and `Cell`. */
const words: Readonly<Record<string, Word>> = {
  tanh: "tanh",
  rnntanh: "tanh",
  relu: "relu",
  rnnrelu: "relu",
  rnn: "rnn",
  elman: "rnn",
  vanilla: "rnn",
  gru: "gru",
  lstm: "lstm",
};

/** What the metadata says under the first of some keys; `word` is `undefined` where that is no PyTorch cell. */
function metadataWord(
  metadata: Readonly<Record<string, string>>,
  keys: readonly string[],
): { key: string; value: string; word: Word | undefined } | undefined {
  const key = keys.find((k) => Object.hasOwn(metadata, k));
  if (key === undefined) return undefined;
  const value = metadata[key];
  const plain = value
    .toLowerCase()
    .replace(/^(torch\.)?nn\./, "")
    .replace(/[_\- ]/g, "")
    .replace(/cell$/, "");
  return { key, value, word: Object.hasOwn(words, plain) ? words[plain] : undefined };
}

/** `h0` and `c0`, beside the network or at the top, where their shape fits. */
function initialRoles(
  prefix: string,
  tensors: Headers,
  units: number,
  layer: number,
  depth: number,
  kind: string,
  warn: (note: string) => void,
): { initialState?: TensorSource; initialCell?: TensorSource } {
  const out: { initialState?: TensorSource; initialCell?: TensorSource } = {};
  for (const [name, role] of [
    ["h0", "initialState"],
    ["c0", "initialCell"],
  ] as const) {
    if (role === "initialCell" && kind !== "lstm") continue;
    const tensor = tensors.get(prefix + name) ?? tensors.get(name);
    if (!tensor) continue;
    const { shape } = tensor;
    // [N], or [layers, 1, N] with any axes of size 1 left out.
    const fits = shape.at(-1) === units && countOf(shape) === units * depth;
    const place = depth > 1 ? { name: tensor.name, index: layer } : tensor.name;
    if (fits && (depth === 1 || shape[0] === depth)) out[role] = place;
    else if (layer === 0)
      warn(
        `${quote(tensor.name)} has shape ${shapeText(shape)}, which is no initial state of ${depth} x ${units}: not used.`,
      );
  }
  // An LSTM's initial state alone would have to be [h; c].
  if (layer === 0 && kind === "lstm" && out.initialState && !out.initialCell)
    warn(`There is ${quote("h0")} but no fitting ${quote("c0")}: the initial cell state is zero.`);
  return out;
}

/** The one linear layer that can be the readout. */
function readoutRoles(
  tensors: Headers,
  units: number,
  why: string[],
  warn: (note: string) => void,
): { readout?: TensorSource; readoutBias?: TensorSource } {
  const named = [...tensors.values()].filter(({ name }) => {
    const parts = name.split(".");
    return parts.at(-1) === "weight" && readoutNames.includes(parts.at(-2) ?? "");
  });
  const fitting = named.filter(({ shape }) => shape.length === 2 && shape[0] > 0 && shape[1] === units);
  for (const { name, shape } of named)
    if (shape.length !== 2 || shape[1] !== units)
      warn(`${quote(name)} has shape ${shapeText(shape)}, expected [K, ${units}] for a readout: not used.`);
  if (fitting.length === 0) {
    if (named.length === 0) warn("No readout was found.");
    return {};
  }
  if (fitting.length > 1) {
    warn(
      `More than one readout fits (${fitting.map((t) => quote(t.name)).join(", ")}): none is taken; name it in a model spec.`,
    );
    return {};
  }
  const [{ name, shape }] = fitting;
  const biasName = `${name.slice(0, -"weight".length)}bias`;
  const bias = tensors.get(biasName);
  why.push(`Readout ${quote(name)} (${shape[0]} outputs)${bias ? `, bias ${quote(biasName)}` : ""}.`);
  return { readout: name, ...(bias && { readoutBias: biasName }) };
}
