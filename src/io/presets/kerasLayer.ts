import type { ActivationName } from "../../cells/spec.js";
import { quote, shapeText } from "../fileError.js";
import { type LayerModel, modelSchema, type TensorSource } from "../modelSpec.js";
import type { Recognition } from "../recognition.js";
import type { TensorHeader } from "../tensor.js";

/** The weights of one layer, by Keras's own names. */
export interface KerasTensors {
  readonly kernel?: TensorHeader | undefined;
  readonly recurrent?: TensorHeader | undefined;
  readonly bias?: TensorHeader | undefined;
}

/** What a recurrent layer's configuration says; `undefined` where a file of weights alone leaves it open. */
export interface KerasSettings {
  readonly label: string;
  readonly kind: "vanilla" | "gru" | "lstm";
  readonly activation: string | undefined;
  readonly recurrentActivation: string | undefined;
  readonly resetAfter: boolean | undefined;
  readonly keras3: boolean;
}

/** The network of some layers and a readout. */
export function kerasRecognition(
  by: string,
  models: readonly LayerModel[],
  readout: { readonly readout?: TensorSource; readonly readoutBias?: TensorSource },
  why: readonly string[],
  notes: readonly string[],
): Recognition {
  const [only] = models;
  const modelSpec =
    models.length === 1
      ? ({ schema: modelSchema, ...only, tensors: { ...only.tensors, ...readout } } as const)
      : ({ schema: modelSchema, kind: "stacked", layers: models, tensors: readout } as const);
  return { modelSpec: modelSpec as never, by, why: [...why, ...notes], notes };
}

/** One recurrent layer as a model spec, or why it cannot be one. */
export function kerasLayerModel(
  settings: KerasSettings,
  { kernel, recurrent, bias }: KerasTensors,
  unbiased: boolean,
): LayerModel | string {
  const { label, kind, keras3 } = settings;
  if (!kernel || !recurrent)
    return `The ${label} has no ${kernel ? "recurrent_kernel" : "kernel"} among the tensors.`;
  if (!bias && !unbiased)
    return `The ${label} has no bias among the tensors, but its configuration says it uses one.`;
  const [N, columns] = recurrent.shape;
  const gates = kind === "gru" ? 3 : kind === "lstm" ? 4 : 1;
  if (recurrent.shape.length !== 2 || columns !== gates * N)
    return `${quote(recurrent.name)} has shape ${shapeText(recurrent.shape)}, expected [N, ${gates === 1 ? "N" : `${gates}N`}] for the ${label}.`;
  const order = kind === "gru" ? { gates: "zrh" } : kind === "lstm" ? { gates: "ifco" } : {};
  const turned = (name: string): TensorSource => ({ name, transpose: true, ...order });
  const roles = { recurrent: turned(recurrent.name), input: turned(kernel.name) };
  if (kind === "vanilla") {
    const activation = activationOf(settings.activation ?? "tanh", keras3);
    if (activation === undefined) return refused(label, "activation", settings.activation!);
    return { kind, activation, tensors: { ...roles, ...(bias && { bias: bias.name }) } };
  }
  if ((settings.activation ?? "tanh") !== "tanh")
    return `${refused(label, "activation", settings.activation!)} Gated cells have tanh here.`;
  if ((settings.recurrentActivation ?? "sigmoid") !== "sigmoid")
    return `${refused(label, "recurrent_activation", settings.recurrentActivation!)} Gates are sigmoid here.`;
  if (kind === "lstm")
    return { kind, tensors: { ...roles, ...(bias && { bias: { name: bias.name, ...order } }) } };
  const twoRows = bias && bias.shape.length === 2 && bias.shape[0] === 2;
  if (bias && settings.resetAfter !== undefined && settings.resetAfter !== twoRows)
    return `${quote(bias.name)} has shape ${shapeText(bias.shape)}, but the configuration of the ${label} says reset_after ${settings.resetAfter}.`;
  const resetAfter = settings.resetAfter ?? twoRows;
  if (resetAfter === undefined)
    return `The ${label} has no bias and no configuration, so nothing tells reset_after true from false.`;
  return {
    kind,
    resetAfter,
    tensors: {
      ...roles,
      ...(bias &&
        (resetAfter
          ? {
              inputBias: { name: bias.name, index: 0, ...order },
              recurrentBias: { name: bias.name, index: 1, ...order },
            }
          : { inputBias: { name: bias.name, ...order } })),
    },
  };
}

/** A Dense layer as readout. */
export function denseRoles(weights: KerasTensors): {
  readonly readout?: TensorSource;
  readonly readoutBias?: TensorSource;
} {
  if (!weights.kernel) return {};
  return {
    readout: { name: weights.kernel.name, transpose: true },
    ...(weights.bias && { readoutBias: weights.bias.name }),
  };
}

/** The role of a Keras 3 variable by its number. */
export function variableRole(recurrent: boolean, number: number): keyof KerasTensors {
  return recurrent ? (["kernel", "recurrent", "bias"] as const)[number] : number === 0 ? "kernel" : "bias";
}

/** The role of a tensor by the last part of its name. */
export function weightRole(name: string): keyof KerasTensors | undefined {
  const last = /([^/]+?)(?::0)?$/.exec(name)?.[1];
  if (last === "kernel" || last === "bias") return last;
  return last === "recurrent_kernel" ? "recurrent" : undefined;
}

/** Our name of Keras's activation, where the two are the same function. */
function activationOf(name: string, keras3: boolean): ActivationName | undefined {
  const same: Readonly<Record<string, ActivationName>> = {
    tanh: "tanh",
    relu: "relu",
    sigmoid: "sigmoid",
    softplus: "softplus",
    linear: "linear",
    elu: "elu",
    gelu: "gelu",
    hard_tanh: "hard-tanh",
    // Keras 2 and TF.js have another slope.
    ...(keras3 && { hard_sigmoid: "hard-sigmoid" }),
  };
  return Object.hasOwn(same, name) ? same[name] : undefined;
}

function refused(label: string, field: string, name: string): string {
  return `The ${label} has ${field} ${quote(name)}, which is not supported.`;
}
