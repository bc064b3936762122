import { buildCell } from "../cells/build.js";
import type { Cell } from "../cells/cell.js";
import { describe, fail } from "../core/check.js";
import { applyModelSpec, recognise, type Tensor } from "../io/index.js";

/** What is asked of a layer, a cell or a model of `@tensorflow/tfjs-layers`. */
export interface TfjsLayer {
  readonly name: string;
  readonly weights: readonly TfjsWeight[];
  getClassName(): string;
  getConfig(): object;
  /** A model has these two. */
  readonly layers?: readonly unknown[];
  toJSON?(unused: null, returnString: false): unknown;
}

interface TfjsWeight {
  readonly name: string;
  /** The name in files; `name` is unique in the page, and may end in a number. */
  readonly originalName?: string;
  readonly shape: readonly (number | null)[];
  read(): { dataSync(): ArrayLike<number> };
}

const where = "fromLayer";

/**
 * The network in a layer of TensorFlow.js, as a cell of our own in float64: a `simpleRNN`, `gru` or `lstm` layer, its
 * cell, an `rnn` layer around such a cell, or a whole model of them (stacked, with the dense layer after as readout), made
 * in the page or loaded by `tf.loadLayersModel`. The weights are copied; nothing of the layer is kept.
 *
 * Failure: an ArgumentError that says what is in the way: a layer without weights yet, a bidirectional one, an activation
 * that is not supported. `recurrentActivation` is `"hardSigmoid"` by default in TensorFlow.js, which is not supported;
 * networks made with `"sigmoid"` are. O(weights).
 *
 * @param layer - a layer, a cell or a model
 * @example
 * ```ts
 * // What is asked of a layer; tf.layers.simpleRNN({ units: 1 }) has it all.
 * const weight = (name: string, shape: number[], data: number[]) => ({
 *   name,
 *   shape,
 *   read: () => ({ dataSync: () => data }),
 * });
 * const layer = {
 *   name: "rnn",
 *   getClassName: () => "SimpleRNN",
 *   getConfig: () => ({ units: 1, activation: "tanh", useBias: false }),
 *   weights: [weight("rnn/kernel", [1, 1], [1]), weight("rnn/recurrent_kernel", [1, 1], [2])],
 * };
 * fromLayer(layer).spec.kind; // => "vanilla"
 * ```
 */
export function fromLayer(layer: TfjsLayer): Cell {
  if (typeof layer?.getClassName !== "function" || typeof layer.getConfig !== "function")
    fail(where, `layer is ${describe(layer)}, expected a layer, a cell or a model of TensorFlow.js`);
  if (!Array.isArray(layer.weights) || layer.weights.length === 0)
    fail(
      where,
      `layer ${JSON.stringify(layer.name)} has no weights yet: build it or apply it to an input first`,
    );
  const isModel = Array.isArray(layer.layers) && typeof layer.toJSON === "function";
  const className = layer.getClassName();
  const topology = isModel
    ? layer.toJSON!(null, false)
    : {
        class_name: "Sequential",
        config: {
          layers: [
            {
              class_name: className,
              config: { ...(inSnakeCase(layer.getConfig()) as object), name: "layer" },
            },
          ],
        },
      };
  const tensors = new Map<string, Tensor>();
  for (const weight of layer.weights) {
    const called = weight.originalName ?? weight.name;
    const name = isModel ? called : `layer/${called.slice(called.lastIndexOf("/") + 1)}`;
    const shape = weight.shape.map(Number);
    if (tensors.has(name)) fail(where, `two weights are called ${JSON.stringify(called)}`);
    tensors.set(name, { name, shape, dtype: "float32", data: Float64Array.from(weight.read().dataSync()) });
  }
  const found = recognise(tensors, { model_config: JSON.stringify(topology) });
  if (found.modelSpec === undefined) return fail(where, found.why.join(" "));
  return buildCell(applyModelSpec(found.modelSpec, tensors.values(), where));
}

/** A configuration as files keep it: `recurrentActivation` -> `recurrent_activation`. */
function inSnakeCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inSnakeCase);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      inSnakeCase(inner),
    ]),
  );
}
