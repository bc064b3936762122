/**
 * The networks and losses once more, in TensorFlow.js: written term by term from the equations of src/cells/spec.ts
 * and the options of training, so that its automatic differentiation can judge our gradients. Rows are trials.
 */
import type { Tensor } from "@tensorflow/tfjs-core";
import type { ActivationName, CellSpec, LowRankSpec, RateSpec } from "../../src/cells/spec.js";
import type { BackpropGradientOptions } from "../../src/train/backpropGradient.js";
import type { TrainingTrials } from "../../src/train/trainingTrials.js";
import type { loadTfjs } from "../helpers/tfjs.mjs";

type Tf = Awaited<ReturnType<typeof loadTfjs>>;

/** Tensors by the names that training gives them. */
export type Weights = Readonly<Record<string, Tensor>>;

/** What a layer is after a step. */
interface Step {
  readonly state: Tensor;
  /** What the layer or the readout above it sees. */
  readonly output: Tensor;
  /** Activity of the units. */
  readonly rates: Tensor;
}

/** The loss of a network on trials, with penalties, as a function of its tensors. */
export function createObjective(
  tf: Tf,
  spec: CellSpec,
  trials: TrainingTrials,
  options: BackpropGradientOptions,
) {
  const { count, steps, inputDimension: m, outputDimension: k } = trials;
  const table = (data: Float64Array, width: number) =>
    tf.tensor3d(Float32Array.from(data), [count, steps, width]);
  const [inputs, targets, mask] = [table(trials.inputs, m), table(trials.targets, k), table(trials.mask, k)];

  return (weights: Weights): Tensor => {
    const network = networkIn(tf, spec, weights, options.dt);
    let states: readonly Tensor[] = network.start(count);
    const outputs: Tensor[] = [];
    const rates: Tensor[] = [];
    for (let t = 0; t < steps; t++) {
      const u = tf.reshape(tf.slice(inputs, [0, t, 0], [count, 1, m]), [count, m]);
      const layers = network.step(states, u);
      states = layers.map(({ state }) => state);
      outputs.push(network.readout(layers[layers.length - 1].output));
      rates.push(...layers.map((layer) => layer.rates));
    }
    const y = tf.stack(outputs, 1);
    let value = loss(tf, options.loss ?? "mean-squared-error", y, targets, mask);
    if (options.rateCost)
      value = tf.add(value, tf.mul(options.rateCost, tf.mean(tf.square(tf.concat(rates, 1)))));
    if (options.l2)
      for (const tensor of Object.values(weights))
        if (tensor.rank === 2) value = tf.add(value, tf.mul(options.l2 / 2, tf.sum(tf.square(tensor))));
    return value;
  };
}

/** `sum mask (y - target)^2 / sum mask`, or the same of `-sum_k target_k log softmax(y)_k` with a mask per row. */
function loss(tf: Tf, name: string, y: Tensor, targets: Tensor, mask: Tensor): Tensor {
  if (name === "mean-squared-error")
    return tf.div(tf.sum(tf.mul(mask, tf.squaredDifference(y, targets))), tf.sum(mask));
  const ofRow = tf.mean(mask, 2); // the same for all classes
  const terms = tf.neg(tf.sum(tf.mul(targets, tf.logSoftmax(y)), 2));
  return tf.div(tf.sum(tf.mul(ofRow, terms)), tf.sum(ofRow));
}

function networkIn(tf: Tf, spec: CellSpec, weights: Weights, dt: number | undefined) {
  const layers = spec.kind === "stacked" ? spec.layers : [spec];
  const steps = layers.map((layer, l) => {
    const prefix = spec.kind === "stacked" ? `layers.${l}.` : "";
    const tensor = (name: string) => weights[prefix + name];
    return layerIn(tf, layer, tensor, readout, dt);
  });

  /** `y = weight h + bias`. */
  function readout(h: Tensor): Tensor {
    const y = tf.matMul(h, weights["readout.weight"], false, true);
    return weights["readout.bias"] ? tf.add(y, weights["readout.bias"]) : y;
  }

  return {
    readout,
    start(count: number): Tensor[] {
      let at = 0;
      return steps.map(({ dimension }) => {
        const state = tf.slice(weights.initialState, [at], [dimension]);
        at += dimension;
        return tf.add(tf.zeros([count, 1]), state);
      });
    },
    step: (states: readonly Tensor[], u: Tensor): Step[] => {
      let below = u;
      return steps.map(({ step }, l) => {
        const after = step(states[l], below);
        below = after.output;
        return after;
      });
    },
  };
}

/** One layer: how long its state is, and its step. */
function layerIn(
  tf: Tf,
  spec: CellSpec,
  tensor: (name: string) => Tensor | undefined,
  readout: (h: Tensor) => Tensor,
  dt: number | undefined,
): { dimension: number; step(x: Tensor, u: Tensor): Step } {
  const sum = (...terms: (Tensor | undefined)[]) =>
    terms.filter((term) => term !== undefined).reduce((a, b) => tf.add(a, b));
  /** `A x` of every row; nothing without A. */
  const times = (name: string, x: Tensor) => {
    const a = tensor(name);
    return a && tf.matMul(x, a, false, true);
  };
  const same = (x: Tensor): Step => ({ state: x, output: x, rates: x });
  const units = (blocks: number) => tensor("recurrent")!.shape[0] / blocks;

  switch (spec.kind) {
    case "vanilla": {
      const phi = activations(tf)[spec.activation];
      return {
        dimension: units(1),
        step: (x, u) =>
          same(
            phi(sum(times("recurrent", x), times("input", u), tensor("bias"), times("feedback", readout(x)))),
          ),
      };
    }
    case "rate": {
      const phi = activations(tf)[spec.activation];
      const alpha = stepOf(tf, spec, dt);
      const scale = spec.scale ?? 1;
      const euler = (x: Tensor, goal: Tensor) => tf.add(x, tf.mul(alpha, tf.sub(goal, x)));
      const outside = (u: Tensor, y: Tensor) => sum(times("input", u), tensor("bias"), times("feedback", y));
      if (spec.state === "rate")
        return {
          dimension: units(1),
          step: (r, u) => {
            const drive = tf.add(tf.mul(scale, times("recurrent", r)!), outside(u, readout(r)));
            return same(euler(r, phi(drive)));
          },
        };
      const seen = (x: Tensor) => (spec.readout?.of === "state" ? x : phi(x));
      return {
        dimension: units(1),
        step: (x, u) => {
          const drive = tf.add(tf.mul(scale, times("recurrent", phi(x))!), outside(u, readout(seen(x))));
          const next = euler(x, drive);
          return { state: next, output: seen(next), rates: phi(next) };
        },
      };
    }
    case "low-rank": {
      const phi = activations(tf)[spec.activation];
      const alpha = stepOf(tf, spec, dt);
      const scale = spec.scale ?? 1;
      const lift = (k: Tensor, u: Tensor) => sum(times("left", k), times("input", u), tensor("bias"));
      return {
        dimension: tensor("left")!.shape[1]!,
        step: (k, u) => {
          const drive = tf.mul(scale, tf.matMul(phi(lift(k, u)), tensor("right")!));
          const next = tf.add(k, tf.mul(alpha, tf.sub(drive, k)));
          const x = lift(next, u);
          return { state: next, output: spec.readout?.of === "state" ? x : phi(x), rates: phi(x) };
        },
      };
    }
    case "gru": {
      const n = units(3);
      return {
        dimension: n,
        step: (h, u) => {
          const ofInput = tf.split(sum(times("input", u), tensor("inputBias")), 3, 1);
          const ofState = tf.split(sum(times("recurrent", h), tensor("recurrentBias")), 3, 1);
          const [r, z] = [0, 1].map((gate) => tf.sigmoid(tf.add(ofInput[gate], ofState[gate])));
          const inner = () => {
            if (spec.resetAfter ?? true) return tf.mul(r, ofState[2]);
            const [, , a] = tf.split(tensor("recurrent")!, 3, 0);
            const [, , c] = tf.split(tensor("recurrentBias")!, 3, 0);
            return tf.add(tf.matMul(tf.mul(r, h), a, false, true), c);
          };
          const candidate = tf.tanh(tf.add(ofInput[2], inner()));
          return same(tf.add(tf.mul(tf.sub(1, z), candidate), tf.mul(z, h)));
        },
      };
    }
    case "lstm": {
      const n = units(4);
      return {
        dimension: 2 * n,
        step: (x, u) => {
          const [h, c] = tf.split(x, 2, 1);
          const drive = sum(
            times("input", u),
            tensor("inputBias"),
            times("recurrent", h),
            tensor("recurrentBias"),
          );
          const [i, f, g, o] = tf.split(drive, 4, 1);
          const cell = tf.add(tf.mul(tf.sigmoid(f), c), tf.mul(tf.sigmoid(i), tf.tanh(g)));
          const output = tf.mul(tf.sigmoid(o), tf.tanh(cell));
          return { state: tf.concat([output, cell], 1), output, rates: output };
        },
      };
    }
    case "plrnn":
      return {
        dimension: units(1),
        step: (z, u) => {
          const next = sum(
            tf.mul(tensor("diagonal")!, z),
            times("recurrent", tf.relu(z)),
            times("input", u),
            tensor("bias"),
          );
          return { state: next, output: next, rates: tf.relu(next) };
        },
      };
    case "stacked":
      throw new Error("a stack in a stack is not written here");
  }
}

/** alpha: given, or `dt / tau`. */
function stepOf(tf: Tf, spec: RateSpec | LowRankSpec, dt: number | undefined): Tensor {
  const numbers = (value: number | ArrayLike<number>) =>
    typeof value === "number" ? tf.scalar(value) : tf.tensor1d(Float32Array.from(value));
  if (spec.alpha !== undefined) return numbers(spec.alpha);
  const tau = spec.tau ?? 1;
  if (spec.time === "continuous") return tf.div(dt!, numbers(tau));
  return spec.dt === undefined ? tf.scalar(1) : tf.div(spec.dt, numbers(tau));
}

function activations(tf: Tf): Readonly<Record<ActivationName, (a: Tensor) => Tensor>> {
  return {
    tanh: tf.tanh,
    relu: tf.relu,
    sigmoid: tf.sigmoid,
    softplus: tf.softplus,
    linear: (a) => a,
    elu: tf.elu,
    gelu: (a) => tf.mul(tf.mul(0.5, a), tf.add(1, tf.erf(tf.mul(a, Math.SQRT1_2)))),
    "leaky-relu": (a) => tf.leakyRelu(a, 0.01),
    "clipped-relu": (a) => tf.clipByValue(a, 0, 1),
    retanh: (a) => tf.relu(tf.tanh(a)),
    "hard-tanh": (a) => tf.clipByValue(a, -1, 1),
    "hard-sigmoid": (a) => tf.clipByValue(tf.div(tf.add(a, 3), 6), 0, 1),
    erf: tf.erf,
  };
}
