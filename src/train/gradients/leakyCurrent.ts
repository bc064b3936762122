import { activate } from "../../cells/activate.js";
import type { Activation } from "../../cells/activation.js";
import type { Layer, LayerPlan } from "./layer.js";
import { leakyWeights } from "./leakyWeights.js";
import { add, addOuter, addRowSum, fillRows, parts, timesSlope } from "./rows.js";

/**
 * A leaky layer whose state is the current, unrolled: `x' = keep x + gain a`, `a = W r + L x + W_in u + b`,
 * `r = phi(x)`.
 *
 * Backwards, with d the adjoint of x' and delta = gain d that of a: `dr = W' delta`,
 * `dx = keep d + L' delta + phi'(x) dr`, and `dW = sum delta r'`, `dL = sum delta x'`, `dkeep = sum d x`.
 */
export function leakyCurrentLayer(
  plan: LayerPlan,
  phi: Activation,
  keep: Float64Array,
  gain: Float64Array,
  scale: number,
  seen: "state" | "rate",
): Layer {
  const { batch, steps, kernel, inputs, inputGradient, noise } = plan;
  const n = plan.cell.units;
  const m = plan.cell.inputDimension;
  const rows = steps * batch;
  const size = batch * n;
  const weights = leakyWeights(plan, scale, seen === "state");
  const input = plan.tensor("input");
  const keepGradient = plan.gradient("diagonal");

  const allStates = new Float64Array(size + rows * n);
  const allRates = new Float64Array(size + rows * n);
  const states = allStates.subarray(size);
  const rates = allRates.subarray(size);
  const drive = new Float64Array(rows * n);
  const delta = new Float64Array(rows * n);
  const rateGradient = new Float64Array(rows * n);
  const outputGradient = seen === "rate" ? rateGradient : new Float64Array(rows * n);
  const carry = new Float64Array(size);
  const firstRate = new Float64Array(size);
  const stateAt = parts(allStates, steps + 1, size);
  const rateAt = parts(allRates, steps + 1, size);
  const driveAt = parts(drive, steps, size);
  const deltaAt = parts(delta, steps, size);
  const rateAdjointAt = parts(rateGradient, steps, size);
  const stateAdjointAt = seen === "state" ? parts(outputGradient, steps, size) : undefined;
  const noiseAt = noise && parts(noise, steps, size);

  return {
    outputs: seen === "rate" ? rates : states,
    rates,
    outputGradient,
    rateGradient,
    forward() {
      weights.refresh();
      fillRows(plan.initialState, stateAt[0]);
      activate(kernel, phi, stateAt[0], rateAt[0]);
      fillRows(weights.bias, drive);
      if (input) kernel.gemm(false, true, rows, n, m, 1, inputs, input, 1, drive);
      for (let t = 0; t < steps; t++) {
        const x = stateAt[t];
        const next = stateAt[t + 1];
        const a = driveAt[t];
        kernel.gemm(false, true, batch, n, n, 1, rateAt[t], weights.recurrent, 1, a);
        if (weights.direct) kernel.gemm(false, true, batch, n, n, 1, x, weights.direct, 1, a);
        for (let p = 0; p < size; )
          for (let i = 0; i < n; i++, p++) next[p] = keep[i] * x[p] + gain[i] * a[p];
        if (noiseAt) add(noiseAt[t], next);
        activate(kernel, phi, next, rateAt[t + 1]);
      }
    },
    backward() {
      carry.fill(0);
      for (let t = steps - 1; t >= 0; t--) {
        const d = rateAdjointAt[t];
        const change = deltaAt[t];
        timesSlope(phi, stateAt[t + 1], rateAt[t + 1], d);
        if (stateAdjointAt) add(stateAdjointAt[t], d);
        for (let p = 0; p < size; )
          for (let i = 0; i < n; i++, p++) {
            const adjoint = d[p] + carry[p];
            d[p] = adjoint;
            change[p] = gain[i] * adjoint;
            carry[p] = keep[i] * adjoint;
          }
        if (keepGradient) {
          const x = stateAt[t];
          for (let p = 0; p < size; ) for (let i = 0; i < n; i++, p++) keepGradient[i] += d[p] * x[p];
        }
        if (t > 0)
          kernel.gemm(false, false, batch, n, n, 1, change, weights.recurrent, 1, rateAdjointAt[t - 1]);
        if (weights.direct) kernel.gemm(false, false, batch, n, n, 1, change, weights.direct, 1, carry);
      }
      addOuter(kernel, rows, delta, n, allRates, n, weights.recurrentGradient);
      addOuter(kernel, rows, delta, n, allStates, n, weights.directGradient);
      addOuter(kernel, rows, delta, n, inputs, m, plan.gradient("input"));
      if (weights.biasGradient) addRowSum(delta, weights.biasGradient);
      weights.unfold();
      if (inputGradient && input) kernel.gemm(false, false, rows, m, n, 1, delta, input, 1, inputGradient);
      if (plan.initialStateGradient) {
        kernel.gemm(false, false, batch, n, n, 1, deltaAt[0], weights.recurrent, 0, firstRate);
        timesSlope(phi, stateAt[0], rateAt[0], firstRate);
        add(firstRate, carry);
        addRowSum(carry, plan.initialStateGradient);
      }
    },
  };
}
