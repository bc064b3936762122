import type { Tensor2D } from "@tensorflow/tfjs-core";
import { checkInteger, checkOneOf, describe, fail } from "../core/check.js";
import type { DynamicalSystem, Matrix, Time, Vector } from "../core/system.js";

/** TensorFlow.js, as the caller imported it: `@tensorflow/tfjs`, `tfjs-node`, or `tfjs-core` with its gradients. */
export type Tfjs = Pick<
  typeof import("@tensorflow/tfjs-core"),
  "add" | "eye" | "grads" | "mul" | "sum" | "tensor2d" | "tidy"
>;

/** One step for a batch of states `[B, D]` and inputs `[B, M]`; row b of the result depends on rows b only. */
export type TfjsStep = (state: Tensor2D, input: Tensor2D) => Tensor2D;

/** Options of {@link fromStep}. */
export interface FromStepOptions {
  /** Number of state variables, D. */
  readonly dimension: number;
  /** Number of inputs, M. @defaultValue `0` */
  readonly inputDimension?: number;
  /** Whether the function is a step (a map) or a velocity (a flow). @defaultValue `"discrete"` */
  readonly time?: Time;
}

const where = "fromStep";

/**
 * A dynamical system from a step function written in TensorFlow.js: `x <- step(x, u)`, or `dx/dt` with
 * `time: "continuous"`. The function gets tensors `[B, D]` and `[B, M]` and returns `[B, D]`, row by row. Its Jacobian is
 * exact up to rounding: one backward pass over a batch of D copies of the state gives its D rows.
 *
 * TensorFlow.js computes in float32: a fixed point is found to about 1e-7 of its size, q = 1/2 |residual|^2 no better than
 * about 1e-14 per unit, and eigenvalues to about 1e-6. Ask for no more:
 * `findFixedPoints(system, starts, { tolerance: 1e-12, distinctTolerance: 1e-4 })`. A network of usual cells is better
 * read by {@link fromLayer}, in float64.
 *
 * Every tensor made inside is disposed of. Failure: an ArgumentError where the step returns another shape, or where `tf`
 * has no gradient for an operation in it (plain `@tensorflow/tfjs-core` has none in Node). O(step), Jacobian O(D step),
 * memory O(D^2) and what the step keeps.
 *
 * @param tf - TensorFlow.js
 * @param step - the function
 * @example
 * <!-- not run: needs TensorFlow.js -->
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { fromStep } from "rnn-dynamics/tfjs";
 * const W = tf.tensor2d([[0, 2], [-2, 0]]);
 * const system = fromStep(tf, (x) => tf.tanh(tf.matMul(x, W)), { dimension: 2 });
 * ```
 */
export function fromStep(tf: Tfjs, step: TfjsStep, options: FromStepOptions): DynamicalSystem {
  const { dimension: n, inputDimension: m = 0, time = "discrete" } = options ?? {};
  if (typeof tf?.grads !== "function" || typeof tf.tidy !== "function")
    fail(where, `tf is ${describe(tf)}, expected TensorFlow.js as imported from @tensorflow/tfjs`);
  if (typeof step !== "function") fail(where, `step is ${describe(step)}, expected a function`);
  checkInteger(where, "dimension", n, 1);
  checkInteger(where, "inputDimension", m, 0);
  checkOneOf(where, "time", time, ["discrete", "continuous"]);

  const checked = (count: number, x: Tensor2D, u: Tensor2D): Tensor2D => {
    const y = step(x, u);
    if (y?.shape?.length !== 2 || y.shape[0] !== count || y.shape[1] !== n)
      fail(
        where,
        `step returned ${y?.shape ? `shape [${y.shape.join(", ")}]` : describe(y)} for ${count} states, expected [${count}, ${n}]`,
      );
    return y;
  };

  const run = (count: number, states: Vector, inputs: Vector, out: Vector) =>
    tf.tidy(() => {
      const x = tf.tensor2d(Float32Array.from(states), [count, n]);
      const u = tf.tensor2d(Float32Array.from(inputs), [count, m]);
      out.set(checked(count, x, u).dataSync());
    });

  /** Gradients of the D outputs, one per row of a batch, in the state or in the input. */
  const gradients = (x: Vector, u: Vector, ofInput: boolean, out: Matrix) =>
    tf.tidy(() => {
      const width = ofInput ? m : n;
      const states = tf.tensor2d(repeated(x, n), [n, n]);
      const inputs = tf.tensor2d(repeated(u, n), [n, m]);
      const whole = (x: Tensor2D, u: Tensor2D): Tensor2D => {
        const y = checked(n, x, u);
        // Nothing, but it ties in a state or an input that the step does not use.
        const tie = tf.mul(tf.sum(ofInput ? u : x, 1, true), 0);
        return tf.add(y, tie);
      };
      const along = ofInput
        ? tf.grads((v) => whole(states, v as Tensor2D))([inputs], tf.eye(n))
        : tf.grads((v) => whole(v as Tensor2D, inputs))([states], tf.eye(n));
      if (along[0].size !== n * width) fail(where, "step mixes the rows of its batch");
      out.set(along[0].dataSync());
    });

  // What is wrong with the function shows before an analysis begins.
  run(2, new Float64Array(2 * n), new Float64Array(2 * m), new Float64Array(2 * n));
  try {
    gradients(new Float64Array(n), new Float64Array(m), false, new Float64Array(n * n));
  } catch (error) {
    const message = (error as Error).message ?? String(error);
    if (!/gradient/i.test(message)) throw error;
    fail(
      where,
      `step has no gradient (${message.split("\n")[0].slice(0, 120)}); import TensorFlow.js with its gradients, e.g. @tensorflow/tfjs`,
    );
  }

  return {
    time,
    dimension: n,
    inputDimension: m,
    rule: (x, u, out) => run(1, x, u, out),
    jacobian: (x, u, out) => gradients(x, u, false, out),
    ...(m > 0 && { inputJacobian: (x: Vector, u: Vector, out: Matrix) => gradients(x, u, true, out) }),
    ruleBatch: (count, states, inputs, out) =>
      run(count, states.subarray(0, count * n), inputs.subarray(0, count * m), out.subarray(0, count * n)),
  };
}

/** `count` copies of a vector, in float32. */
function repeated(vector: Vector, count: number): Float32Array {
  const out = new Float32Array(count * vector.length);
  for (let i = 0; i < count; i++) out.set(vector, i * vector.length);
  return out;
}
