import { activate } from "../../cells/activate.js";
import type { Activation } from "../../cells/activation.js";
import type { Layer, LayerPlan } from "./layer.js";
import { leakyWeights } from "./leakyWeights.js";
import { add, addOuter, addRowSum, fillRows, parts, timesSlope } from "./rows.js";

/**
 * A leaky layer whose state is the rate, unrolled: `x' = keep x + gain phi(a)`, `a = W x + W_in u + b`.
 *
 * Backwards, with d the adjoint of x' and delta = gain phi'(a) d that of a: `dx = keep d + W' delta`, and
 * `dW = sum delta x'`, `dW_in = sum delta u'`, `db = sum delta` over steps and trials.
 */
export function leakyRateLayer(
  plan: LayerPlan,
  phi: Activation,
  keep: Float64Array,
  gain: Float64Array,
  scale: number,
): Layer {
  const { batch, steps, kernel, inputs, inputGradient, noise } = plan;
  const n = plan.cell.units;
  const m = plan.cell.inputDimension;
  const rows = steps * batch;
  const size = batch * n;
  const weights = leakyWeights(plan, scale, false);
  const input = plan.tensor("input");

  const allStates = new Float64Array(size + rows * n);
  const before = allStates.subarray(0, rows * n);
  const outputs = allStates.subarray(size);
  const drive = new Float64Array(rows * n);
  const values = new Float64Array(rows * n);
  const delta = new Float64Array(rows * n);
  const outputGradient = new Float64Array(rows * n);
  const carry = new Float64Array(size);
  const stateAt = parts(allStates, steps + 1, size);
  const driveAt = parts(drive, steps, size);
  const valueAt = parts(values, steps, size);
  const deltaAt = parts(delta, steps, size);
  const adjointAt = parts(outputGradient, steps, size);
  const noiseAt = noise && parts(noise, steps, size);

  return {
    outputs,
    rates: outputs,
    outputGradient,
    rateGradient: outputGradient,
    forward() {
      weights.refresh();
      fillRows(plan.initialState, stateAt[0]);
      fillRows(weights.bias, drive);
      if (input) kernel.gemm(false, true, rows, n, m, 1, inputs, input, 1, drive);
      for (let t = 0; t < steps; t++) {
        const x = stateAt[t];
        const next = stateAt[t + 1];
        const value = valueAt[t];
        kernel.gemm(false, true, batch, n, n, 1, x, weights.recurrent, 1, driveAt[t]);
        activate(kernel, phi, driveAt[t], value);
        for (let p = 0; p < size; )
          for (let i = 0; i < n; i++, p++) next[p] = keep[i] * x[p] + gain[i] * value[p];
        if (noiseAt) add(noiseAt[t], next);
      }
    },
    backward() {
      carry.fill(0);
      for (let t = steps - 1; t >= 0; t--) {
        const d = adjointAt[t];
        const change = deltaAt[t];
        for (let p = 0; p < size; )
          for (let i = 0; i < n; i++, p++) {
            const adjoint = d[p] + carry[p];
            change[p] = gain[i] * adjoint;
            carry[p] = keep[i] * adjoint;
          }
        timesSlope(phi, driveAt[t], valueAt[t], change);
        kernel.gemm(false, false, batch, n, n, 1, change, weights.recurrent, 1, carry);
      }
      addOuter(kernel, rows, delta, n, before, n, weights.recurrentGradient);
      addOuter(kernel, rows, delta, n, inputs, m, plan.gradient("input"));
      if (weights.biasGradient) addRowSum(delta, weights.biasGradient);
      weights.unfold();
      if (inputGradient && input) kernel.gemm(false, false, rows, m, n, 1, delta, input, 1, inputGradient);
      if (plan.initialStateGradient) addRowSum(carry, plan.initialStateGradient);
    },
  };
}
