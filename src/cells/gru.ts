import { fail } from "../core/check.js";
import type { Vector } from "../core/system.js";
import type { Kernel } from "../numeric/kernel.js";
import { tanh } from "../numeric/tanh.js";
import { sigmoid } from "./activation.js";
import { addTransposed, affine } from "./affine.js";
import { assembleCell } from "./assemble.js";
import type { Cell, CellCore } from "./cell.js";
import { constantInterval, invariantBox } from "./interval.js";
import { readReadout } from "./readout.js";
import { growingScratch } from "./scratch.js";
import type { GruSpec } from "./spec.js";
import { checkFields, compact, readInput, readOptionalVector, readRecurrent } from "./tensors.js";

const fields = [
  "kind",
  "resetAfter",
  "recurrent",
  "input",
  "inputBias",
  "recurrentBias",
  "readout",
  "initialState",
] as const;

/**
 * Gated recurrent unit:
 *
 *   r, z = sigmoid(W u + b + U h + c)
 *   n = tanh(W_n u + b_n + r * (U_n h + c_n))       reset after the product (PyTorch, Keras since TF 2)
 *   n = tanh(W_n u + b_n + U_n (r * h) + c_n)       reset before it (the original)
 *   h <- (1 - z) * n + z * h
 *
 * With q = U_n h + c_n, the Jacobian's rows are (reset after)
 *
 *   dh_i/dh = z_i e_i + (h_i - n_i) z_i (1 - z_i) U_z,i + (1 - z_i) (1 - n_i^2) (r_i U_n,i + q_i r_i (1 - r_i) U_r,i);
 *
 * reset before: the last bracket is `row i of U_n (diag(r) + diag(h r (1 - r)) U_r)`, one matrix product.
 * Every recurrent state lies in [-1, 1]^N, whatever the input: h moves towards n.
 * Cho et al. (2014, EMNLP); rule O(N^2), Jacobian O(N^2), or O(N^3) with reset before.
 */
export function gruCell(label: string, spec: GruSpec, kernel: Kernel): Cell {
  checkFields(label, spec, fields);
  const recurrent = readRecurrent(`${label} recurrent`, spec.recurrent, 3);
  const n = recurrent.columns;
  const input = readInput(`${label} input`, spec.input, 3 * n, "3N x M");
  const inputBias = readOptionalVector(`${label} inputBias`, spec.inputBias, 3 * n, "3N");
  const recurrentBias = readOptionalVector(`${label} recurrentBias`, spec.recurrentBias, 3 * n, "3N");
  const readout = readReadout(label, spec.readout, n);
  const resetAfter = spec.resetAfter ?? true;
  if (typeof resetAfter !== "boolean")
    fail("buildCell", `${label} resetAfter is ${String(resetAfter)}, expected true or false`);
  const b = inputBias ?? new Float64Array(3 * n);
  const c = recurrentBias ?? new Float64Array(3 * n);
  const tensors: GruTensors = {
    units: n,
    inputs: input.columns,
    resetAfter,
    recurrent: recurrent.data,
    input: input.data,
    // r and z take both biases; so does n when the reset comes before the product.
    inputBias: b.map((v, i) => (i < 2 * n || !resetAfter ? v + c[i] : v)),
    candidateBias: resetAfter ? c.slice(2 * n) : new Float64Array(n),
  };
  const normalised = compact<GruSpec>({
    kind: "gru",
    resetAfter,
    recurrent: recurrent.data,
    input: spec.input === undefined ? undefined : input.data,
    inputBias,
    recurrentBias,
    readout: readout?.spec,
    initialState: undefined,
  });
  return assembleCell({
    label,
    core: gruCore(tensors, kernel),
    spec: normalised,
    initialState: spec.initialState,
    readout,
  });
}

interface GruTensors {
  readonly units: number;
  readonly inputs: number;
  readonly resetAfter: boolean;
  /** U, 3N x N. */
  readonly recurrent: Vector;
  /** W, 3N x M. */
  readonly input: Vector;
  /** What is added to `W u`, 3N. */
  readonly inputBias: Vector;
  /** What is added to `U_n h` before the reset, N. */
  readonly candidateBias: Vector;
}

function gruCore(tensors: GruTensors, kernel: Kernel): CellCore {
  const { units: n, inputs: m, resetAfter, recurrent, input, inputBias, candidateBias } = tensors;
  const gateRecurrent = recurrent.subarray(0, 2 * n * n);
  const candidateRecurrent = recurrent.subarray(2 * n * n);
  const gateInput = input.subarray(0, 2 * n * m);
  const candidateInput = input.subarray(2 * n * m);
  const gateBias = inputBias.subarray(0, 2 * n);
  const candidateInputBias = inputBias.subarray(2 * n);
  const none = new Float64Array(0);
  const zeros = new Float64Array(2 * n);

  // The forward pass, shared by everything below.
  const gates = new Float64Array(2 * n); // r, z
  const candidate = new Float64Array(n); // n
  const inner = new Float64Array(n); // U_n h + c_n (reset after), r * h (reset before)
  // Work space of the derivatives.
  const change = new Float64Array(3 * n);
  const candidateChange = change.subarray(2 * n);
  const innerChange = new Float64Array(n);
  const product = resetAfter ? none : new Float64Array(n * Math.max(n, m));
  const gateScratch = growingScratch();
  const innerScratch = growingScratch();

  function forward(h: Vector, u: Vector) {
    affine(2 * n, n, gateRecurrent, h, m, gateInput, u, gateBias, gates);
    for (let i = 0; i < 2 * n; i++) gates[i] = sigmoid(gates[i]);
    if (resetAfter) {
      affine(n, n, candidateRecurrent, h, 0, none, none, candidateBias, inner);
      affine(n, 0, none, none, m, candidateInput, u, candidateInputBias, candidate);
      for (let i = 0; i < n; i++) candidate[i] = tanh(candidate[i] + gates[i] * inner[i]);
    } else {
      for (let i = 0; i < n; i++) inner[i] = gates[i] * h[i];
      affine(n, n, candidateRecurrent, inner, m, candidateInput, u, candidateInputBias, candidate);
      for (let i = 0; i < n; i++) candidate[i] = tanh(candidate[i]);
    }
  }

  /** Rows of `dF` along matrices with rows for r, z, n: `a` is 3N x width (U with h, or W with u). */
  function derivative(h: Vector, width: number, a: Vector, ofState: boolean, out: Vector) {
    const zOffset = n * width;
    const nOffset = 2 * n * width;
    if (!resetAfter) {
      // out = U_n (diag(h r (1 - r)) A_r), plus U_n diag(r) for the state or A_n for the input.
      for (let i = 0, p = 0; i < n; i++) {
        const s = h[i] * gates[i] * (1 - gates[i]);
        for (let j = 0; j < width; j++, p++) product[p] = s * a[p];
        if (ofState) product[i * width + i] += gates[i];
      }
      kernel.gemm(false, false, n, width, n, 1, candidateRecurrent, product, 0, out);
    }
    for (let i = 0, p = 0; i < n; i++) {
      const r = gates[i];
      const z = gates[n + i];
      const v = candidate[i];
      const cz = (h[i] - v) * z * (1 - z);
      const cn = (1 - z) * (1 - v * v);
      if (resetAfter) {
        const cr = cn * inner[i] * r * (1 - r);
        const ca = ofState ? cn * r : cn;
        for (let j = 0; j < width; j++, p++) out[p] = cz * a[zOffset + p] + ca * a[nOffset + p] + cr * a[p];
      } else if (ofState) {
        for (let j = 0; j < width; j++, p++) out[p] = cz * a[zOffset + p] + cn * out[p];
      } else {
        for (let j = 0; j < width; j++, p++) out[p] = cz * a[zOffset + p] + cn * (out[p] + a[nOffset + p]);
      }
      if (ofState) out[i * width + i] += z;
    }
  }

  return {
    time: "discrete",
    dimension: n,
    inputDimension: m,
    units: n,
    outputRange: [0, n],
    lift: (h, _u, out) => out.set(h),
    rule(h, u, out) {
      forward(h, u);
      for (let i = 0; i < n; i++) {
        const z = gates[n + i];
        out[i] = (1 - z) * candidate[i] + z * h[i];
      }
    },
    jacobian(h, u, out) {
      forward(h, u);
      derivative(h, n, recurrent, true, out);
    },
    inputJacobian(h, u, out) {
      forward(h, u);
      derivative(h, m, input, false, out);
    },
    tangent(h, u, v, w, out) {
      forward(h, u);
      affine(2 * n, n, gateRecurrent, v, m, gateInput, w, zeros, change);
      for (let i = 0; i < 2 * n; i++) change[i] *= gates[i] * (1 - gates[i]);
      if (resetAfter) {
        affine(n, n, candidateRecurrent, v, 0, none, none, zeros, innerChange);
        affine(n, 0, none, none, m, candidateInput, w, zeros, out);
        for (let i = 0; i < n; i++) out[i] += gates[i] * innerChange[i] + change[i] * inner[i];
      } else {
        for (let i = 0; i < n; i++) innerChange[i] = gates[i] * v[i] + change[i] * h[i];
        affine(n, n, candidateRecurrent, innerChange, m, candidateInput, w, zeros, out);
      }
      for (let i = 0; i < n; i++) {
        const z = gates[n + i];
        const a = candidate[i];
        out[i] = (1 - z) * (1 - a * a) * out[i] + (h[i] - a) * change[n + i] + z * v[i];
      }
    },
    cotangent(h, u, v, out, outInput) {
      forward(h, u);
      // change = adjoint of the three pre-activations; for n, of the one W_n u enters.
      for (let i = 0; i < n; i++) {
        const z = gates[n + i];
        const a = candidate[i];
        change[n + i] = v[i] * (h[i] - a) * z * (1 - z);
        change[2 * n + i] = v[i] * (1 - z) * (1 - a * a);
        out[i] = z * v[i];
      }
      if (resetAfter) {
        for (let i = 0; i < n; i++) {
          const r = gates[i];
          change[i] = change[2 * n + i] * inner[i] * r * (1 - r);
          innerChange[i] = change[2 * n + i] * r;
        }
        addTransposed(n, n, candidateRecurrent, innerChange, out);
      } else {
        innerChange.fill(0);
        addTransposed(n, n, candidateRecurrent, candidateChange, innerChange);
        for (let i = 0; i < n; i++) {
          const r = gates[i];
          change[i] = innerChange[i] * h[i] * r * (1 - r);
          out[i] += innerChange[i] * r;
        }
      }
      addTransposed(2 * n, n, gateRecurrent, change, out);
      outInput.fill(0);
      addTransposed(3 * n, m, input, change, outInput);
    },
    ruleBatch(count, states, inputs, out) {
      const gate = gateScratch(count * 2 * n).subarray(0, count * 2 * n);
      for (let s = 0; s < count; s++) gate.set(gateBias, s * 2 * n);
      kernel.gemm(false, true, count, 2 * n, n, 1, states, gateRecurrent, 1, gate);
      if (m > 0) kernel.gemm(false, true, count, 2 * n, m, 1, inputs, gateInput, 1, gate);
      kernel.sigmoid(gate, gate);
      const within = innerScratch(count * n);
      for (let s = 0; s < count; s++) out.set(candidateInputBias, s * n);
      if (m > 0) kernel.gemm(false, true, count, n, m, 1, inputs, candidateInput, 1, out);
      if (resetAfter) {
        for (let s = 0; s < count; s++) within.set(candidateBias, s * n);
        kernel.gemm(false, true, count, n, n, 1, states, candidateRecurrent, 1, within);
        for (let s = 0, p = 0; s < count; s++)
          for (let i = 0; i < n; i++, p++) out[p] += gate[s * 2 * n + i] * within[p];
      } else {
        for (let s = 0, p = 0; s < count; s++)
          for (let i = 0; i < n; i++, p++) within[p] = gate[s * 2 * n + i] * states[p];
        kernel.gemm(false, true, count, n, n, 1, within, candidateRecurrent, 1, out);
      }
      kernel.tanh(out, out);
      for (let s = 0, p = 0; s < count; s++)
        for (let i = 0; i < n; i++, p++) {
          const z = gate[s * 2 * n + n + i];
          out[p] = (1 - z) * out[p] + z * states[p];
        }
    },
    domainOver: () => invariantBox(constantInterval(n, -1, 1)),
  };
}
