import type { Cell } from "../../cells/cell.js";
import type { GruSpec } from "../../cells/spec.js";
import type { Layer, LayerModule, LayerPlan } from "./layer.js";
import { add, addOuter, addRowSum, fillRows, parts } from "./rows.js";

/**
 * A gated recurrent unit, both conventions, unrolled (equations: the cell).
 *
 * Backwards, with d the adjoint of the new h: `dn = d (1 - z) (1 - n^2)`, `dz = d (h - n) z (1 - z)`; reset after:
 * `dq = dn r`, `dr = dn q r (1 - r)`; reset before: `dq = U_n' dn` (q = r h), `dr = dq h r (1 - r)`.
 * Then `dh = d z + U_r' dr + U_z' dz + U_n' dq` (after) or `+ dq r` (before). O(T B N^2).
 */
export const gruModule: LayerModule = { shapes, unroll };

function shapes({ units: n, inputDimension: m }: Cell) {
  return { recurrent: [3 * n, n], input: [3 * n, m], inputBias: [3 * n], recurrentBias: [3 * n] };
}

function unroll(plan: LayerPlan): Layer {
  const { batch, steps, kernel, inputs, inputGradient, noise } = plan;
  const n = plan.cell.units;
  const m = plan.cell.inputDimension;
  const after = (plan.cell.spec as GruSpec).resetAfter!;
  const rows = steps * batch;
  const size = batch * n;
  const blocks = (tensor: Float64Array | undefined, width: number) =>
    tensor ? parts(tensor, 3, n * width) : [undefined, undefined, undefined];
  const [ur, uz, un] = parts(plan.tensor("recurrent")!, 3, n * n);
  const w = blocks(plan.tensor("input"), m);
  const b = blocks(plan.tensor("inputBias"), 1);
  const c = blocks(plan.tensor("recurrentBias"), 1);

  const allStates = new Float64Array(size + rows * n);
  const outputs = allStates.subarray(size);
  const outputGradient = new Float64Array(rows * n);
  // r, z, n after their activation; q: U_n h + c_n (reset after) or r h (before).
  const gates = [0, 1, 2].map(() => new Float64Array(rows * n));
  const inner = new Float64Array(rows * n);
  // Adjoints of the arguments of r, z, n, and of q.
  const deltas = [0, 1, 2].map(() => new Float64Array(rows * n));
  const innerDelta = after ? new Float64Array(rows * n) : deltas[2];
  const carry = new Float64Array(size);
  const back = new Float64Array(size);
  const stateAt = parts(allStates, steps + 1, size);
  const [rAt, zAt, nAt] = gates.map((gate) => parts(gate, steps, size));
  const qAt = parts(inner, steps, size);
  const [drAt, dzAt, dnAt] = deltas.map((delta) => parts(delta, steps, size));
  const dqAt = parts(innerDelta, steps, size);
  const adjointAt = parts(outputGradient, steps, size);
  const noiseAt = noise && parts(noise, steps, size);

  return {
    outputs,
    rates: outputs,
    outputGradient,
    rateGradient: outputGradient,
    forward() {
      fillRows(plan.initialState, stateAt[0]);
      for (let g = 0; g < 3; g++) {
        fillRows(b[g], gates[g]);
        const apart = after && g === 2;
        if (c[g] && !apart)
          for (let p = 0; p < rows * n; ) for (let i = 0; i < n; i++, p++) gates[g][p] += c[g]![i];
        if (w[g]) kernel.gemm(false, true, rows, n, m, 1, inputs, w[g]!, 1, gates[g]);
      }
      if (after) fillRows(c[2], inner);
      for (let t = 0; t < steps; t++) {
        const [h, next, r, z, v, q] = [stateAt[t], stateAt[t + 1], rAt[t], zAt[t], nAt[t], qAt[t]];
        kernel.gemm(false, true, batch, n, n, 1, h, ur, 1, r);
        kernel.gemm(false, true, batch, n, n, 1, h, uz, 1, z);
        kernel.sigmoid(r, r);
        kernel.sigmoid(z, z);
        if (after) {
          kernel.gemm(false, true, batch, n, n, 1, h, un, 1, q);
          for (let p = 0; p < size; p++) v[p] += r[p] * q[p];
        } else {
          for (let p = 0; p < size; p++) q[p] = r[p] * h[p];
          kernel.gemm(false, true, batch, n, n, 1, q, un, 1, v);
        }
        kernel.tanh(v, v);
        for (let p = 0; p < size; p++) next[p] = (1 - z[p]) * v[p] + z[p] * h[p];
        if (noiseAt) add(noiseAt[t], next);
      }
    },
    backward() {
      carry.fill(0);
      for (let t = steps - 1; t >= 0; t--) {
        const [h, r, z, v, q] = [stateAt[t], rAt[t], zAt[t], nAt[t], qAt[t]];
        const [dr, dz, dn, dq] = [drAt[t], dzAt[t], dnAt[t], dqAt[t]];
        const adjoint = adjointAt[t];
        for (let p = 0; p < size; p++) {
          const d = adjoint[p] + carry[p];
          dn[p] = d * (1 - z[p]) * (1 - v[p] * v[p]);
          dz[p] = d * (h[p] - v[p]) * z[p] * (1 - z[p]);
          carry[p] = d * z[p];
        }
        if (after) {
          for (let p = 0; p < size; p++) {
            dr[p] = dn[p] * q[p] * r[p] * (1 - r[p]);
            dq[p] = dn[p] * r[p];
          }
          kernel.gemm(false, false, batch, n, n, 1, dq, un, 1, carry);
        } else {
          kernel.gemm(false, false, batch, n, n, 1, dn, un, 0, back);
          for (let p = 0; p < size; p++) {
            dr[p] = back[p] * h[p] * r[p] * (1 - r[p]);
            carry[p] += back[p] * r[p];
          }
        }
        kernel.gemm(false, false, batch, n, n, 1, dr, ur, 1, carry);
        kernel.gemm(false, false, batch, n, n, 1, dz, uz, 1, carry);
      }
      const gu = blocks(plan.gradient("recurrent"), n);
      const gw = blocks(plan.gradient("input"), m);
      const gb = blocks(plan.gradient("inputBias"), 1);
      const gc = blocks(plan.gradient("recurrentBias"), 1);
      for (let g = 0; g < 3; g++) {
        const throughState = g === 2 ? innerDelta : deltas[g];
        addOuter(kernel, rows, throughState, n, g === 2 && !after ? inner : allStates, n, gu[g]);
        addOuter(kernel, rows, deltas[g], n, inputs, m, gw[g]);
        if (gb[g]) addRowSum(deltas[g], gb[g]!);
        if (gc[g]) addRowSum(throughState, gc[g]!);
        if (inputGradient && w[g])
          kernel.gemm(false, false, rows, m, n, 1, deltas[g], w[g]!, 1, inputGradient);
      }
      if (plan.initialStateGradient) addRowSum(carry, plan.initialStateGradient);
    },
  };
}
