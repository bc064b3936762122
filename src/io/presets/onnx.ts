import * as z from "zod";
import type { ActivationName } from "../../cells/spec.js";
import { quote, shapeText } from "../fileError.js";
import type { LayerModel, TensorSource } from "../modelSpec.js";
import { modelSchema } from "../modelSpec.js";
import { type OnnxGraph, type OnnxNode, onnxGraphKey } from "../onnx.js";
import { type Recognition, unknown } from "../recognition.js";
import type { TensorHeader } from "../tensor.js";
import { fact, type Headers, type Preset } from "./preset.js";

const kinds: Readonly<Record<string, "vanilla" | "gru" | "lstm">> = {
  RNN: "vanilla",
  GRU: "gru",
  LSTM: "lstm",
};

/** Operations that move numbers about without changing them. */
const moving = new Set([
  "Squeeze",
  "Unsqueeze",
  "Transpose",
  "Reshape",
  "Identity",
  "Cast",
  "Dropout",
  "Flatten",
]);
/** Those, and the choice of some time steps. */
const choosing = new Set([...moving, "Gather", "Slice"]);
/** Functions of each number, or of the outputs together. */
const functions = new Set([
  "Softmax",
  "LogSoftmax",
  "Sigmoid",
  "Tanh",
  "Relu",
  "Softplus",
  "Elu",
  "LeakyRelu",
  "Clip",
  "Erf",
  "ArgMax",
]);

/** The graph with its wires. */
interface Wired {
  readonly tensors: Headers;
  readonly producer: ReadonlyMap<string, OnnxNode>;
  readonly consumers: ReadonlyMap<string, readonly OnnxNode[]>;
}

/**
 * RNN, GRU and LSTM nodes of an ONNX graph, alone or in a chain, and the MatMul (and Add) or Gemm after the last as
 * readout. Gates are z r h and i o f c; both biases are in B; a GRU with linear_before_reset has the reset gate after the
 * recurrent matrix. Source: ONNX operators RNN, GRU, LSTM (versions 7 to 22).
 */
export const onnx: Preset = (tensors, facts) => {
  const text = fact(facts, onnxGraphKey);
  if (text === undefined) return undefined;
  const graph = graphOf(text);
  if (graph === undefined) return unknown([], `The metadata ${quote(onnxGraphKey)} is no graph.`);
  const recurrent = graph.nodes.filter((node) => Object.hasOwn(kinds, node.op));
  if (recurrent.length === 0)
    return unknown(
      [],
      "The ONNX graph has no RNN, GRU or LSTM node: it is no recurrent network, or its loop is spelled out.",
    );
  const wired = wiresOf(graph, tensors);
  const notes: string[] = [];
  const chain = orderOf(recurrent, wired, notes);
  if (typeof chain === "string") return unknown(recurrent.map(labelOf), chain);
  const models: LayerModel[] = [];
  const why: string[] = [];
  for (const node of chain) {
    const model = layerOf(node, wired, chain.length > 1, notes);
    if (typeof model === "string") return unknown([], model);
    models.push(model);
    why.push(`The graph has a ${labelOf(node)}.`);
  }
  const readout = readoutOf(chain.at(-1)!, wired, why, notes);
  const [only] = models;
  const modelSpec =
    models.length === 1
      ? { schema: modelSchema, ...only, tensors: { ...only.tensors, ...readout } }
      : { schema: modelSchema, kind: "stacked", layers: models, tensors: readout };
  return {
    modelSpec: modelSpec as never,
    by: `ONNX ${[...new Set(chain.map((n) => n.op))].join(", ")}`,
    why: [...why, ...notes],
    notes,
  } satisfies Recognition;
};

const texts = z.array(z.string());
const attribute = z.union([z.number(), z.string(), z.array(z.number()), texts]);
const schema = z.object({
  nodes: z.array(
    z.object({
      op: z.string(),
      name: z.string(),
      inputs: texts,
      outputs: texts,
      attributes: z.record(z.string(), attribute),
    }),
  ),
  inputs: texts,
  outputs: texts,
});

/** The graph among the metadata, which any file may bring along. */
function graphOf(text: string): OnnxGraph | undefined {
  try {
    return schema.safeParse(JSON.parse(text), { jitless: true }).data;
  } catch {
    return undefined;
  }
}

function wiresOf({ nodes }: OnnxGraph, tensors: Headers): Wired {
  const producer = new Map<string, OnnxNode>();
  const consumers = new Map<string, OnnxNode[]>();
  for (const node of nodes) {
    for (const name of node.outputs) if (name !== "") producer.set(name, node);
    for (const name of new Set(node.inputs)) consumers.set(name, [...(consumers.get(name) ?? []), node]);
  }
  return { tensors, producer, consumers };
}

function labelOf(node: OnnxNode): string {
  return `${node.op} node ${quote(node.name || node.outputs.find((name) => name !== "") || "without a name")}`;
}

/** A constant by name, through Identity. */
function constantOf(name: string | undefined, { tensors, producer }: Wired): TensorHeader | undefined {
  for (let steps = 0; name && steps < 16; steps++) {
    const tensor = tensors.get(name);
    if (tensor) return tensor;
    const node = producer.get(name);
    name = node?.op === "Identity" ? node.inputs[0] : undefined;
  }
  return undefined;
}

/** Back from a value through operations that only move numbers: the node it comes from, and which output. */
function originOf(name: string, { producer }: Wired): { node: OnnxNode; value: string } | undefined {
  for (let steps = 0; steps < 1000; steps++) {
    const node = producer.get(name);
    if (!node) return undefined;
    if (!moving.has(node.op)) return { node, value: name };
    name = node.inputs[0] ?? "";
  }
  return undefined;
}

function orderOf(
  recurrent: readonly OnnxNode[],
  wired: Wired,
  notes: string[],
): readonly OnnxNode[] | string {
  const above = new Map<OnnxNode, OnnxNode>();
  const first: OnnxNode[] = [];
  for (const node of recurrent) {
    const origin = originOf(node.inputs[0] ?? "", wired);
    if (origin && recurrent.includes(origin.node)) {
      if (origin.value !== origin.node.outputs[0])
        return `The ${labelOf(node)} sees only the last state of the ${labelOf(origin.node)}, not all of its outputs.`;
      if (above.has(origin.node))
        return `Two recurrent nodes take the output of the ${labelOf(origin.node)}.`;
      above.set(origin.node, node);
      continue;
    }
    if (origin) {
      if (comesFromRecurrent(origin.node, wired))
        return `Between recurrent nodes stands a node ${quote(origin.node.op)}, which a stack here cannot have.`;
      notes.push(`The network's input is the output of a node ${quote(origin.node.op)}, which is not read.`);
    }
    first.push(node);
  }
  if (first.length !== 1)
    return `The graph has ${first.length} recurrent nodes that do not stand one above the other.`;
  const chain = [first[0]];
  for (let next = above.get(first[0]); next && chain.length < recurrent.length; next = above.get(next))
    chain.push(next);
  return chain.length === recurrent.length ? chain : "The recurrent nodes do not stand one above the other.";
}

function comesFromRecurrent(node: OnnxNode, { producer }: Wired): boolean {
  const seen = new Set<OnnxNode>();
  const list = [node];
  for (let next = list.pop(); next; next = list.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    if (Object.hasOwn(kinds, next.op)) return true;
    for (const name of next.inputs) {
      const below = producer.get(name);
      if (below) list.push(below);
    }
  }
  return false;
}

/** One node as a layer, or why it cannot be one. */
function layerOf(node: OnnxNode, wired: Wired, stacked: boolean, notes: string[]): LayerModel | string {
  const label = labelOf(node);
  const kind = kinds[node.op];
  const { attributes } = node;
  const direction = attributes.direction ?? "forward";
  if (direction === "bidirectional")
    return `The ${label} is bidirectional, which is no dynamical system in time; it is not supported.`;
  if (direction !== "forward" && (direction !== "reverse" || stacked))
    return `The ${label} has direction ${quote(String(direction))}${stacked ? " in a stack" : ""}, which is not supported.`;
  if (direction === "reverse")
    notes.push(
      `The ${label} sees its inputs in reverse order (direction reverse); one step is analysed, which is the same.`,
    );
  if (attributes.clip !== undefined)
    return `The ${label} clips its arguments (clip), which is not supported.`;
  if (attributes.input_forget !== undefined && attributes.input_forget !== 0)
    return `The ${label} couples its gates (input_forget), which is not supported.`;
  if (node.inputs[7]) return `The ${label} has peephole weights, which are not supported.`;
  const activation = activationOf(node);
  if (activation === undefined)
    return `The ${label} has activations ${quote([node.attributes.activations].flat().join(", "))}, which are not supported${kind === "vanilla" ? "" : `; expected ${defaults[node.op].join(", ")}`}.`;

  const [W, R] = [constantOf(node.inputs[1], wired), constantOf(node.inputs[2], wired)];
  const B = node.inputs[3] ? constantOf(node.inputs[3], wired) : undefined;
  if (!W || !R || (node.inputs[3] && !B))
    return `The weights ${["W", "R", "B"].filter((_, i) => ![W, R, !node.inputs[3] || B][i]).join(", ")} of the ${label} are no constants of the file: the graph computes them (quantised?).`;
  const gates = kind === "gru" ? 3 : kind === "lstm" ? 4 : 1;
  const N = R.shape[2];
  if (R.shape.length !== 3 || R.shape[0] !== 1 || !(N > 0) || R.shape[1] !== gates * N)
    return `${quote(R.name)} has shape ${shapeText(R.shape)}, expected [1, ${gates > 1 ? gates : ""}N, N] as R of the ${label}.`;
  if (attributes.hidden_size !== undefined && attributes.hidden_size !== N)
    return `The ${label} says hidden_size ${String(attributes.hidden_size).slice(0, 20)}, but R has ${N} columns.`;
  if (B && (B.shape.length !== 2 || B.shape[0] !== 1 || B.shape[1] !== 2 * gates * N))
    return `${quote(B.name)} has shape ${shapeText(B.shape)}, expected [1, ${2 * gates * N}] as B of the ${label}.`;
  const order = kind === "gru" ? { gates: "zrh" } : kind === "lstm" ? { gates: "iofc" } : {};
  const half = (index: number): TensorSource => ({ name: B!.name, reshape: [2, gates * N], index, ...order });
  const roles = {
    recurrent: { name: R.name, index: 0, ...order },
    input: { name: W.name, index: 0, ...order },
    ...(B && { inputBias: half(0), recurrentBias: half(1) }),
    ...initialRoles(node, N, wired, notes),
  };
  if (kind === "vanilla") return { kind, activation, tensors: roles };
  if (kind === "lstm") return { kind, tensors: roles };
  return { kind, resetAfter: attributes.linear_before_reset === 1, tensors: roles };
}

/** initial_h and initial_c where the file holds them. */
function initialRoles(
  node: OnnxNode,
  N: number,
  wired: Wired,
  notes: string[],
): { initialState?: TensorSource; initialCell?: TensorSource } {
  const out: { initialState?: TensorSource; initialCell?: TensorSource } = {};
  for (const [at, role] of [
    [5, "initialState"],
    [6, "initialCell"],
  ] as const) {
    const name = node.inputs[at];
    if (!name || (role === "initialCell" && node.op !== "LSTM")) continue;
    const tensor = constantOf(name, wired);
    if (tensor && tensor.shape.join() === `1,1,${N}`) out[role] = { name: tensor.name, index: [0, 0] };
    else
      notes.push(
        `The initial state of the ${labelOf(node)} is ${tensor ? `a constant of shape ${shapeText(tensor.shape)}` : "given or computed when it runs"}: zero is taken.`,
      );
  }
  return out;
}

const defaults: Readonly<Record<string, readonly string[]>> = {
  RNN: ["Tanh"],
  GRU: ["Sigmoid", "Tanh"],
  LSTM: ["Sigmoid", "Tanh", "Tanh"],
};

/** The activation of a node's state: of a gated node tanh, if its gates are the usual ones; `undefined` if unknown. */
function activationOf(node: OnnxNode): ActivationName | undefined {
  const { activations: given, activation_alpha: alpha, activation_beta: beta } = node.attributes;
  const names = given === undefined ? defaults[node.op] : [given].flat().map(String);
  const plain = names.map((name) => name.toLowerCase());
  if (node.op !== "RNN") return plain.join() === defaults[node.op].join().toLowerCase() ? "tanh" : undefined;
  const same: Readonly<Record<string, ActivationName>> = {
    tanh: "tanh",
    relu: "relu",
    sigmoid: "sigmoid",
    softplus: "softplus",
    ...(alpha === undefined && beta === undefined && { leakyrelu: "leaky-relu", elu: "elu" }),
  };
  return plain.length === 1 && Object.hasOwn(same, plain[0]) ? same[plain[0]] : undefined;
}

/** MatMul and Add, or Gemm, after the last recurrent node, where no further layer follows. */
function readoutOf(
  node: OnnxNode,
  wired: Wired,
  why: string[],
  notes: string[],
): { readout?: TensorSource; readoutBias?: TensorSource } {
  const states = node.outputs.filter((name, i) => name !== "" && i < 2);
  const next = users(states, wired, (op) => choosing.has(op));
  const none = (reason: string) => {
    notes.push(`${reason}: no readout is taken.`);
    return {};
  };
  if (next.length === 0) {
    notes.push("No readout was found.");
    return {};
  }
  if (next.length > 1 || !["MatMul", "Gemm"].includes(next[0].op))
    return none(
      `After the last recurrent node stand ${next
        .map((n) => quote(n.op))
        .slice(0, 4)
        .join(", ")}`,
    );
  const [linear] = next;
  const weight = constantOf(linear.inputs[1], wired);
  if (weight?.shape.length !== 2)
    return none(`The ${linear.op} after the last recurrent node has no constant matrix`);
  const { transA = 0, transB = 0, alpha = 1, beta = 1 } = linear.attributes;
  if (linear.op === "Gemm" && (transA !== 0 || alpha !== 1 || beta !== 1))
    return none("The Gemm after the last recurrent node has factors (alpha, beta) or a transposed input");
  const plain = linear.op === "Gemm" && transB === 1;
  const outputs = plain ? weight.shape[0] : weight.shape[1];
  let bias = linear.op === "Gemm" && linear.inputs[2] ? constantOf(linear.inputs[2], wired) : undefined;
  let end = linear;
  if (linear.op === "MatMul") {
    const [add, ...others] = users(linear.outputs, wired, () => false);
    if (add?.op === "Add" && others.length === 0) {
      bias = constantOf(add.inputs[0], wired) ?? constantOf(add.inputs[1], wired);
      if (!bias) return none("What is added to the readout is no constant");
      end = add;
    }
  }
  if (bias && (bias.shape.reduce((a, b) => a * b, 1) !== outputs || bias.shape.at(-1) !== outputs))
    return none(
      `${quote(bias.name)} has shape ${shapeText(bias.shape)}, expected [${outputs}] as the readout's bias`,
    );
  const later = users(end.outputs, wired, (op) => choosing.has(op) || functions.has(op));
  if (later.length > 0) return none(`After the ${linear.op} stand more layers (${quote(later[0].op)})`);
  const functional = users(end.outputs, wired, (op) => choosing.has(op)).find((n) => functions.has(n.op));
  if (functional) notes.push(`The readout is what the output's ${functional.op} acts on, without it.`);
  why.push(`The ${linear.op} with ${quote(weight.name)} is the readout.`);
  return {
    readout: plain ? weight.name : { name: weight.name, transpose: true },
    ...(bias && { readoutBias: bias.name }),
  };
}

/** The nodes that use some values, looking through operations that `skip` names. Those that only ask for a shape are left out. */
function users(names: readonly string[], { consumers }: Wired, skip: (op: string) => boolean): OnnxNode[] {
  const found = new Set<OnnxNode>();
  const seen = new Set<string>();
  const list = [...names];
  for (let name = list.pop(); name !== undefined; name = list.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    for (const node of consumers.get(name) ?? []) {
      if (node.op === "Shape") continue;
      // A value that is an index, a shape or a bound, and not what is moved.
      if (skip(node.op) && node.inputs[0] !== name) continue;
      if (skip(node.op)) list.push(...node.outputs);
      else found.add(node);
    }
  }
  return [...found];
}
