import type { Cell } from "../../cells/cell.js";
import type { Layer, LayerModule, LayerPlan } from "./layer.js";
import { addOuter, addRowSum, fillRows, parts } from "./rows.js";

/**
 * Long short-term memory, unrolled (equations: the cell). Noise is added to both h and c.
 *
 * Backwards, with e the adjoint of the new h and s = tanh(new c): `dc = carried + e o (1 - s^2)`,
 * `di = dc g i (1 - i)`, `df = dc c f (1 - f)`, `dg = dc i (1 - g^2)`, `do = e s o (1 - o)`; c carries on
 * `dc f` and h `sum U' d(gate)`. O(T B N^2).
 */
export const lstmModule: LayerModule = { shapes, unroll };

function shapes({ units: n, inputDimension: m }: Cell) {
  return { recurrent: [4 * n, n], input: [4 * n, m], inputBias: [4 * n], recurrentBias: [4 * n] };
}

function unroll(plan: LayerPlan): Layer {
  const { batch, steps, kernel, inputs, inputGradient, noise } = plan;
  const n = plan.cell.units;
  const m = plan.cell.inputDimension;
  const rows = steps * batch;
  const size = batch * n;
  const blocks = (tensor: Float64Array | undefined, width: number) =>
    tensor ? parts(tensor, 4, n * width) : [undefined, undefined, undefined, undefined];
  const u = parts(plan.tensor("recurrent")!, 4, n * n);
  const w = blocks(plan.tensor("input"), m);
  const b = blocks(plan.tensor("inputBias"), 1);
  const c = blocks(plan.tensor("recurrentBias"), 1);

  const allOutputs = new Float64Array(size + rows * n);
  const allMemories = new Float64Array(size + rows * n);
  const outputs = allOutputs.subarray(size);
  const outputGradient = new Float64Array(rows * n);
  const gates = [0, 1, 2, 3].map(() => new Float64Array(rows * n)); // i, f, g, o
  const deltas = gates.map(() => new Float64Array(rows * n));
  const squashed = new Float64Array(rows * n);
  const carry = new Float64Array(size);
  const memoryCarry = new Float64Array(size);
  const outputAt = parts(allOutputs, steps + 1, size);
  const memoryAt = parts(allMemories, steps + 1, size);
  const gateAt = gates.map((gate) => parts(gate, steps, size));
  const deltaAt = deltas.map((delta) => parts(delta, steps, size));
  const squashedAt = parts(squashed, steps, size);
  const adjointAt = parts(outputGradient, steps, size);
  const noiseAt = noise && parts(noise, steps, 2 * size);

  return {
    outputs,
    rates: outputs,
    outputGradient,
    rateGradient: outputGradient,
    forward() {
      fillRows(plan.initialState.subarray(0, n), outputAt[0]);
      fillRows(plan.initialState.subarray(n), memoryAt[0]);
      for (let k = 0; k < 4; k++) {
        fillRows(b[k], gates[k]);
        if (c[k]) for (let p = 0; p < rows * n; ) for (let j = 0; j < n; j++, p++) gates[k][p] += c[k]![j];
        if (w[k]) kernel.gemm(false, true, rows, n, m, 1, inputs, w[k]!, 1, gates[k]);
      }
      for (let t = 0; t < steps; t++) {
        for (let k = 0; k < 4; k++) {
          const gate = gateAt[k][t];
          kernel.gemm(false, true, batch, n, n, 1, outputAt[t], u[k], 1, gate);
          if (k === 2) kernel.tanh(gate, gate);
          else kernel.sigmoid(gate, gate);
        }
        const [i, f, g, o] = [gateAt[0][t], gateAt[1][t], gateAt[2][t], gateAt[3][t]];
        const [memory, next, s, h] = [memoryAt[t], memoryAt[t + 1], squashedAt[t], outputAt[t + 1]];
        for (let p = 0; p < size; p++) next[p] = f[p] * memory[p] + i[p] * g[p];
        kernel.tanh(next, s);
        for (let p = 0; p < size; p++) h[p] = o[p] * s[p];
        if (!noiseAt) continue;
        for (let row = 0, p = 0, from = 0; row < batch; row++, from += 2 * n)
          for (let j = 0; j < n; j++, p++) {
            h[p] += noiseAt[t][from + j];
            next[p] += noiseAt[t][from + n + j];
          }
      }
    },
    backward() {
      carry.fill(0);
      memoryCarry.fill(0);
      for (let t = steps - 1; t >= 0; t--) {
        const [i, f, g, o] = [gateAt[0][t], gateAt[1][t], gateAt[2][t], gateAt[3][t]];
        const [di, df, dg, dOut] = [deltaAt[0][t], deltaAt[1][t], deltaAt[2][t], deltaAt[3][t]];
        const [memory, squash, adjoint] = [memoryAt[t], squashedAt[t], adjointAt[t]];
        for (let p = 0; p < size; p++) {
          const e = adjoint[p] + carry[p];
          const s = squash[p];
          const d = memoryCarry[p] + e * o[p] * (1 - s * s);
          di[p] = d * g[p] * i[p] * (1 - i[p]);
          df[p] = d * memory[p] * f[p] * (1 - f[p]);
          dg[p] = d * i[p] * (1 - g[p] * g[p]);
          dOut[p] = e * s * o[p] * (1 - o[p]);
          memoryCarry[p] = d * f[p];
        }
        for (let k = 0; k < 4; k++)
          kernel.gemm(false, false, batch, n, n, 1, deltaAt[k][t], u[k], k === 0 ? 0 : 1, carry);
      }
      const gu = blocks(plan.gradient("recurrent"), n);
      const gw = blocks(plan.gradient("input"), m);
      const gb = blocks(plan.gradient("inputBias"), 1);
      const gc = blocks(plan.gradient("recurrentBias"), 1);
      for (let k = 0; k < 4; k++) {
        addOuter(kernel, rows, deltas[k], n, allOutputs, n, gu[k]);
        addOuter(kernel, rows, deltas[k], n, inputs, m, gw[k]);
        if (gb[k]) addRowSum(deltas[k], gb[k]!);
        if (gc[k]) addRowSum(deltas[k], gc[k]!);
        if (inputGradient && w[k])
          kernel.gemm(false, false, rows, m, n, 1, deltas[k], w[k]!, 1, inputGradient);
      }
      if (plan.initialStateGradient) {
        addRowSum(carry, plan.initialStateGradient.subarray(0, n));
        addRowSum(memoryCarry, plan.initialStateGradient.subarray(n));
      }
    },
  };
}
