import { activate } from "../../cells/activate.js";
import { activation } from "../../cells/activation.js";
import type { Cell } from "../../cells/cell.js";
import { readLeak } from "../../cells/rate.js";
import type { LowRankSpec } from "../../cells/spec.js";
import type { Layer, LayerModule, LayerPlan } from "./layer.js";
import { add, addOuter, addRowSum, fillRows, parts, timesSlope } from "./rows.js";

/**
 * A low-rank network unrolled in its R dimensions, the system the cell is: `k' = keep k + gain s n' phi(x)`,
 * `x = m k + W_in u + b`; the readout sees `y = m k' + W_in u + b` or its rate. O(T B N R).
 *
 * Backwards, with d the adjoint of k' (that of y included, `dk' += m' dy`): `e = gain s d`, `dn = sum phi(x) e'`,
 * `dx = phi'(x) (n e)`, `dk = keep d + m' dx`; m, W_in and b gather from x and from y.
 */
export const lowRankModule: LayerModule = { shapes, unroll };

function shapes({ units: n, dimension: r, inputDimension: m }: Cell) {
  return { left: [n, r], right: [n, r], input: [n, m], bias: [n] };
}

function unroll(plan: LayerPlan): Layer {
  const { batch, steps, kernel, inputs, inputGradient, noise, cell } = plan;
  const spec = cell.spec as LowRankSpec;
  const n = cell.units;
  const r = cell.dimension;
  const m = cell.inputDimension;
  const rows = steps * batch;
  const size = batch * n;
  const stateSize = batch * r;
  const phi = activation(spec.activation);
  const step = { ...spec, time: "discrete" as const, ...(plan.dt !== undefined && { dt: plan.dt }) };
  const leak = readLeak("low-rank", step, r);
  const { keep } = leak;
  // One tau or a diagonal: one gain for all R.
  const gain = leak.gain[0] * spec.scale!;
  const left = plan.tensor("left")!;
  const right = plan.tensor("right")!;
  const input = plan.tensor("input");
  const bias = plan.tensor("bias");
  const seesRate = spec.readout?.of !== "state";

  const allStates = new Float64Array(stateSize + rows * r);
  const states = allStates.subarray(stateSize);
  const current = new Float64Array(rows * n); // x
  const fired = new Float64Array(rows * n); // phi(x)
  const shown = new Float64Array(rows * n); // y
  const rates = new Float64Array(rows * n); // phi(y)
  const rateGradient = new Float64Array(rows * n);
  const outputGradient = seesRate ? rateGradient : new Float64Array(rows * n);
  const stateGradient = new Float64Array(rows * r); // what y says about k'
  const projected = new Float64Array(rows * r); // e
  const delta = new Float64Array(rows * n); // dx
  const carry = new Float64Array(stateSize);
  const stateAt = parts(allStates, steps + 1, stateSize);
  const currentAt = parts(current, steps, size);
  const firedAt = parts(fired, steps, size);
  const stateAdjointAt = parts(stateGradient, steps, stateSize);
  const projectedAt = parts(projected, steps, stateSize);
  const deltaAt = parts(delta, steps, size);
  const noiseAt = noise && parts(noise, steps, stateSize);

  return {
    outputs: seesRate ? rates : shown,
    rates,
    outputGradient,
    rateGradient,
    forward() {
      fillRows(plan.initialState, stateAt[0]);
      fillRows(bias, current);
      if (input) kernel.gemm(false, true, rows, n, m, 1, inputs, input, 1, current);
      shown.set(current);
      for (let t = 0; t < steps; t++) {
        const k = stateAt[t];
        const next = stateAt[t + 1];
        kernel.gemm(false, true, batch, n, r, 1, k, left, 1, currentAt[t]);
        activate(kernel, phi, currentAt[t], firedAt[t]);
        kernel.gemm(false, false, batch, r, n, gain, firedAt[t], right, 0, next);
        for (let p = 0; p < stateSize; p++) next[p] += keep[p % r] * k[p];
        if (noiseAt) add(noiseAt[t], next);
      }
      kernel.gemm(false, true, rows, n, r, 1, states, left, 1, shown);
      activate(kernel, phi, shown, rates);
    },
    backward() {
      timesSlope(phi, shown, rates, rateGradient);
      if (!seesRate) add(outputGradient, rateGradient);
      const shownGradient = rateGradient;
      kernel.gemm(false, false, rows, r, n, 1, shownGradient, left, 0, stateGradient);
      carry.fill(0);
      for (let t = steps - 1; t >= 0; t--) {
        const d = stateAdjointAt[t];
        const e = projectedAt[t];
        for (let p = 0; p < stateSize; p++) {
          const adjoint = d[p] + carry[p];
          e[p] = gain * adjoint;
          carry[p] = keep[p % r] * adjoint;
        }
        kernel.gemm(false, true, batch, n, r, 1, e, right, 0, deltaAt[t]);
        timesSlope(phi, currentAt[t], firedAt[t], deltaAt[t]);
        kernel.gemm(false, false, batch, r, n, 1, deltaAt[t], left, 1, carry);
      }
      addOuter(kernel, rows, fired, n, projected, r, plan.gradient("right"));
      addOuter(kernel, rows, delta, n, allStates, r, plan.gradient("left"));
      addOuter(kernel, rows, shownGradient, n, states, r, plan.gradient("left"));
      // From here on x and y act alike.
      add(shownGradient, delta);
      addOuter(kernel, rows, delta, n, inputs, m, plan.gradient("input"));
      const biasGradient = plan.gradient("bias");
      if (biasGradient) addRowSum(delta, biasGradient);
      if (inputGradient && input) kernel.gemm(false, false, rows, m, n, 1, delta, input, 1, inputGradient);
      if (plan.initialStateGradient) addRowSum(carry, plan.initialStateGradient);
    },
  };
}
