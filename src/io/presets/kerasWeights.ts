import { quote } from "../fileError.js";
import type { LayerModel } from "../modelSpec.js";
import { type Recognition, unknown } from "../recognition.js";
import type { TensorHeader } from "../tensor.js";
import {
  denseRoles,
  type KerasSettings,
  type KerasTensors,
  kerasLayerModel,
  kerasRecognition,
  variableRole,
  weightRole,
} from "./kerasLayer.js";
import { type Facts, fact, type Headers } from "./preset.js";

/** The tensors of one layer, without a configuration. */
interface Group extends KerasTensors {
  /** `gru/gru_cell`, `layers/gru/cell`. */
  readonly path: string;
}

/**
 * The network in a file of weights alone (Keras's save_weights): kinds by the shapes (1, 3 or 4 blocks of columns in
 * recurrent_kernel), the order by what the file says, or by numbered names, or by the shapes where only one order fits.
 * Activations are Keras's defaults and said to be. `undefined` where no recurrent kernel has Keras's name.
 */
export function kerasWeightsOnly(tensors: Headers, facts: Facts): Recognition | undefined {
  const { recurrent, dense } = groupsOf(tensors);
  if (recurrent.length === 0) return undefined;
  const twoWay = recurrent.find((g) => /bidirectional|(^|\/)(forward|backward)_/.test(g.path));
  if (twoWay)
    return unknown(
      [],
      `${quote(twoWay.path)} belongs to a bidirectional network, which is no dynamical system in time; it is not supported.`,
    );
  const order = orderOf(recurrent, facts);
  if (order === undefined)
    return unknown(
      recurrent.map((g) => `layers from ${quote(g.path)} on`),
      `A file of weights alone does not say in which order its ${recurrent.length} recurrent layers stand.`,
    );
  const why: string[] = [];
  const models: LayerModel[] = [];
  for (const group of order) {
    const kind = kindOf(group.recurrent!);
    if (kind === undefined)
      return unknown([], `${quote(group.recurrent!.name)} has the shape of no SimpleRNN, GRU or LSTM.`);
    const label = `layer ${quote(group.path)}`;
    const model = kerasLayerModel(
      {
        label,
        kind,
        activation: undefined,
        recurrentActivation: undefined,
        resetAfter: undefined,
        keras3: false,
      },
      group,
      group.bias === undefined,
    );
    if (typeof model === "string")
      return unknown(kind === "gru" ? ["a GRU with reset_after", "a GRU without reset_after"] : [], model);
    models.push(model);
    why.push(
      `${quote(group.recurrent!.name)} has the names and the shape of a Keras ${classNames[kind]} layer.`,
    );
  }
  const notes = [
    `Activations are Keras's defaults (tanh${models.some((m) => m.kind !== "vanilla") ? ", gates sigmoid" : ""}), assumed: a file of weights alone does not say.`,
  ];
  const units = order.at(-1)!.recurrent!.shape[0];
  const fitting = dense.filter((g) => g.kernel!.shape.length === 2 && g.kernel!.shape[0] === units);
  if (dense.length !== 1 || fitting.length !== 1)
    notes.push(
      dense.length === 0
        ? "No readout was found."
        : `Of the layers ${dense
            .map((g) => quote(g.path))
            .slice(0, 4)
            .join(", ")} none is surely the readout: none is taken; name it in a model spec.`,
    );
  const readout = dense.length === 1 && fitting.length === 1 ? denseRoles(fitting[0]) : {};
  return kerasRecognition("Keras weights", models, readout, why, notes);
}

const classNames = { vanilla: "SimpleRNN", gru: "GRU", lstm: "LSTM" } as const;

function kindOf({ shape }: TensorHeader): KerasSettings["kind"] | undefined {
  const blocks = shape.length === 2 ? shape[1] / shape[0] : 0;
  return blocks === 1 ? "vanilla" : blocks === 3 ? "gru" : blocks === 4 ? "lstm" : undefined;
}

/** Kernels and biases by the layer they are in. */
function groupsOf(tensors: Headers): { recurrent: Group[]; dense: Group[] } {
  const groups = new Map<string, Group>();
  const put = (path: string, role: keyof KerasTensors, tensor: TensorHeader) => {
    groups.set(path, { ...(groups.get(path) ?? { path }), [role]: tensor });
  };
  for (const tensor of tensors.values()) {
    const { name } = tensor;
    const variable = /^((?:layers|_layer_checkpoint_dependencies)\/.*)\/vars\/([012])$/.exec(name);
    if (variable && !/seed_generator/.test(name))
      put(variable[1], variableRole(/(^|\/)cell$/.test(variable[1]), Number(variable[2])), tensor);
    const role = variable ? undefined : weightRole(name);
    const cut = name.lastIndexOf("/");
    if (role && cut > 0) put(name.slice(0, cut), role, tensor);
  }
  const all = [...groups.values()].filter((g) => g.kernel !== undefined);
  return { recurrent: all.filter((g) => g.recurrent), dense: all.filter((g) => !g.recurrent) };
}

/** The recurrent layers from the first to the last; `undefined` where nothing tells. */
function orderOf(groups: readonly Group[], facts: Facts): readonly Group[] | undefined {
  if (groups.length === 1) return groups;
  const told = fact(facts, "layer_names", "model_weights@layer_names");
  if (told?.startsWith("[")) {
    const names = listOf(told);
    const place = (g: Group) => names.findIndex((n) => g.path === n || g.path.startsWith(`${n}/`));
    if (groups.every((g) => place(g) >= 0)) return [...groups].sort((a, b) => place(a) - place(b));
  }
  const numbered = groups.map((group) => {
    const [, base, number = "0"] = /^(?:[^/]+\/)?([a-z_]*?)(?:_(\d+))?(?:\/|$)/.exec(group.path) ?? [];
    return { group, base, number: Number(number) };
  });
  if (numbered.every((n) => n.base === numbered[0].base && n.base !== undefined))
    return numbered.sort((a, b) => a.number - b.number).map((n) => n.group);
  if (groups.length > 6) return undefined;
  const fitting = permutations(groups).filter((list) =>
    list.every((g, i) => i === 0 || g.kernel!.shape[0] === list[i - 1].recurrent!.shape[0]),
  );
  return fitting.length === 1 ? fitting[0] : undefined;
}

function listOf(text: string): string[] {
  try {
    return (JSON.parse(text) as unknown[]).map(String);
  } catch {
    return [];
  }
}

function permutations<T>(list: readonly T[]): T[][] {
  if (list.length < 2) return [[...list]];
  return list.flatMap((item, i) =>
    permutations([...list.slice(0, i), ...list.slice(i + 1)]).map((rest) => [item, ...rest]),
  );
}
