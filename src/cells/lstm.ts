import type { Domain, Vector } from "../core/system.js";
import type { Kernel } from "../numeric/kernel.js";
import { tanh } from "../numeric/tanh.js";
import { sigmoid } from "./activation.js";
import { addTransposed, affine } from "./affine.js";
import { assembleCell } from "./assemble.js";
import type { Cell, CellCore } from "./cell.js";
import { affineBounds, constantInterval, type Interval, outward } from "./interval.js";
import { readReadout } from "./readout.js";
import { growingScratch } from "./scratch.js";
import type { LstmSpec } from "./spec.js";
import { checkFields, compact, readInput, readOptionalVector, readRecurrent } from "./tensors.js";

const fields = [
  "kind",
  "recurrent",
  "input",
  "inputBias",
  "recurrentBias",
  "readout",
  "initialState",
] as const;

/**
 * Long short-term memory, state [h; c] of length 2N:
 *
 *   i, f, o = sigmoid(W u + b + U h + c),  g = tanh(the same)
 *   c <- f * c + i * g
 *   h <- o * tanh(c)                                   (the new c)
 *
 * With t = tanh(new c), the Jacobian's rows are
 *
 *   dc_k/dh = c_k f_k (1 - f_k) U_f,k + g_k i_k (1 - i_k) U_i,k + i_k (1 - g_k^2) U_g,k,   dc_k/dc = f_k e_k
 *   dh_k/dh = t_k o_k (1 - o_k) U_o,k + o_k (1 - t_k^2) dc_k/dh,            dh_k/dc = o_k (1 - t_k^2) f_k e_k
 *
 * Every recurrent state has |h| <= 1 and |c_k| <= max i_k max |g_k| / (1 - max f_k), the gates bounded over all
 * |h| <= 1; where f_k can round to 1 that bound is infinite.
 * Hochreiter & Schmidhuber (1997); forget gate: Gers et al. (2000). Rule O(N^2), Jacobian O(N^2).
 */
export function lstmCell(label: string, spec: LstmSpec, kernel: Kernel): Cell {
  checkFields(label, spec, fields);
  const recurrent = readRecurrent(`${label} recurrent`, spec.recurrent, 4);
  const n = recurrent.columns;
  const input = readInput(`${label} input`, spec.input, 4 * n, "4N x M");
  const inputBias = readOptionalVector(`${label} inputBias`, spec.inputBias, 4 * n, "4N");
  const recurrentBias = readOptionalVector(`${label} recurrentBias`, spec.recurrentBias, 4 * n, "4N");
  const readout = readReadout(label, spec.readout, n);
  const bias = inputBias?.slice() ?? new Float64Array(4 * n);
  if (recurrentBias) for (let i = 0; i < 4 * n; i++) bias[i] += recurrentBias[i];
  const normalised = compact<LstmSpec>({
    kind: "lstm",
    recurrent: recurrent.data,
    input: spec.input === undefined ? undefined : input.data,
    inputBias,
    recurrentBias,
    readout: readout?.spec,
    initialState: undefined,
  });
  return assembleCell({
    label,
    core: lstmCore(n, input.columns, recurrent.data, input.data, bias, kernel),
    spec: normalised,
    initialState: spec.initialState,
    readout,
  });
}

function lstmCore(
  n: number,
  m: number,
  recurrent: Vector,
  input: Vector,
  bias: Vector,
  kernel: Kernel,
): CellCore {
  const zeros = new Float64Array(4 * n);
  // The forward pass, shared by everything below.
  const gates = new Float64Array(4 * n); // i, f, g, o
  const squashed = new Float64Array(n); // tanh of the new c
  const change = new Float64Array(4 * n);
  const gateScratch = growingScratch();
  const outputScratch = growingScratch();

  function forward(x: Vector, u: Vector) {
    affine(4 * n, n, recurrent, x, m, input, u, bias, gates);
    for (let k = 0; k < n; k++) {
      const i = (gates[k] = sigmoid(gates[k]));
      const f = (gates[n + k] = sigmoid(gates[n + k]));
      const g = (gates[2 * n + k] = tanh(gates[2 * n + k]));
      gates[3 * n + k] = sigmoid(gates[3 * n + k]);
      squashed[k] = tanh(f * x[n + k] + i * g);
    }
  }

  /** Derivatives along `a`, 4N x width (U with h, or W with u), into the first columns of 2N x stride. */
  function derivative(x: Vector, width: number, a: Vector, stride: number, out: Vector) {
    const block = n * width;
    for (let k = 0, p = 0; k < n; k++) {
      const i = gates[k];
      const f = gates[n + k];
      const g = gates[2 * n + k];
      const o = gates[3 * n + k];
      const t = squashed[k];
      const ci = g * i * (1 - i);
      const cf = x[n + k] * f * (1 - f);
      const cg = i * (1 - g * g);
      const co = t * o * (1 - o);
      const through = o * (1 - t * t);
      const hRow = k * stride;
      const cRow = (n + k) * stride;
      for (let j = 0; j < width; j++, p++) {
        const dc = ci * a[p] + cf * a[block + p] + cg * a[2 * block + p];
        out[cRow + j] = dc;
        out[hRow + j] = co * a[3 * block + p] + through * dc;
      }
    }
  }

  return {
    time: "discrete",
    dimension: 2 * n,
    inputDimension: m,
    units: n,
    outputRange: [0, n],
    lift(x, _u, out) {
      for (let k = 0; k < n; k++) out[k] = x[k];
    },
    rule(x, u, out) {
      forward(x, u);
      for (let k = 0; k < n; k++) {
        out[n + k] = gates[n + k] * x[n + k] + gates[k] * gates[2 * n + k];
        out[k] = gates[3 * n + k] * squashed[k];
      }
    },
    jacobian(x, u, out) {
      forward(x, u);
      out.fill(0);
      derivative(x, n, recurrent, 2 * n, out);
      for (let k = 0; k < n; k++) {
        const f = gates[n + k];
        const t = squashed[k];
        out[(n + k) * 2 * n + n + k] = f;
        out[k * 2 * n + n + k] = gates[3 * n + k] * (1 - t * t) * f;
      }
    },
    inputJacobian(x, u, out) {
      forward(x, u);
      derivative(x, m, input, m, out);
    },
    tangent(x, u, v, w, out) {
      forward(x, u);
      affine(4 * n, n, recurrent, v, m, input, w, zeros, change);
      for (let k = 0; k < n; k++) {
        const i = gates[k];
        const f = gates[n + k];
        const g = gates[2 * n + k];
        const o = gates[3 * n + k];
        const t = squashed[k];
        const dc =
          f * v[n + k] +
          x[n + k] * f * (1 - f) * change[n + k] +
          g * i * (1 - i) * change[k] +
          i * (1 - g * g) * change[2 * n + k];
        out[n + k] = dc;
        out[k] = t * o * (1 - o) * change[3 * n + k] + o * (1 - t * t) * dc;
      }
    },
    cotangent(x, u, v, out, outInput) {
      forward(x, u);
      for (let k = 0; k < n; k++) {
        const i = gates[k];
        const f = gates[n + k];
        const g = gates[2 * n + k];
        const o = gates[3 * n + k];
        const t = squashed[k];
        const dc = v[n + k] + v[k] * o * (1 - t * t);
        change[k] = dc * g * i * (1 - i);
        change[n + k] = dc * x[n + k] * f * (1 - f);
        change[2 * n + k] = dc * i * (1 - g * g);
        change[3 * n + k] = v[k] * t * o * (1 - o);
        out[k] = 0;
        out[n + k] = dc * f;
      }
      addTransposed(4 * n, n, recurrent, change, out);
      outInput.fill(0);
      addTransposed(4 * n, m, input, change, outInput);
    },
    ruleBatch(count, states, inputs, out) {
      const gate = gateScratch(count * 4 * n).subarray(0, count * 4 * n);
      const h = outputScratch(count * n).subarray(0, count * n);
      for (let s = 0; s < count; s++) {
        gate.set(bias, s * 4 * n);
        for (let k = 0; k < n; k++) h[s * n + k] = states[s * 2 * n + k];
      }
      kernel.gemm(false, true, count, 4 * n, n, 1, h, recurrent, 1, gate);
      if (m > 0) kernel.gemm(false, true, count, 4 * n, m, 1, inputs, input, 1, gate);
      // Few long calls of the kernel: h lends its memory to g, then to the new c.
      for (let s = 0; s < count; s++) for (let k = 0; k < n; k++) h[s * n + k] = gate[s * 4 * n + 2 * n + k];
      kernel.tanh(h, h);
      kernel.sigmoid(gate, gate);
      for (let s = 0; s < count; s++) {
        const p = s * 4 * n;
        const q = s * 2 * n;
        for (let k = 0; k < n; k++) {
          const c = gate[p + n + k] * states[q + n + k] + gate[p + k] * h[s * n + k];
          out[q + n + k] = c;
          h[s * n + k] = c;
        }
      }
      kernel.tanh(h, h);
      for (let s = 0; s < count; s++)
        for (let k = 0; k < n; k++) out[s * 2 * n + k] = gate[s * 4 * n + 3 * n + k] * h[s * n + k];
    },
    domainOver(lower: Vector, upper: Vector): Domain {
      const h = constantInterval(n, -1, 1);
      const drive = affineBounds(4 * n, m, input, { lower, upper }, { lower: bias, upper: bias });
      return memoryBox(n, h, affineBounds(4 * n, n, recurrent, h, drive));
    },
  };
}

/** The box of [h; c] from bounds of h and of the gates' arguments (4N, rows i, f, g, o). */
function memoryBox(n: number, h: Interval, gate: Interval): Domain {
  const lower = new Float64Array(2 * n);
  const upper = new Float64Array(2 * n);
  lower.set(h.lower);
  upper.set(h.upper);
  let invariant = true;
  for (let k = 0; k < n; k++) {
    const i = sigmoid(gate.upper[k]);
    const f = sigmoid(gate.upper[n + k]);
    const forgetting = sigmoid(-gate.upper[n + k]);
    const g = Math.max(-Math.tanh(gate.lower[2 * n + k]), Math.tanh(gate.upper[2 * n + k]));
    let c = Infinity;
    if (f < 1) {
      c = (i * g) / forgetting;
      c += outward(c) / forgetting;
    } else {
      invariant = false;
    }
    lower[n + k] = -c;
    upper[n + k] = c;
  }
  return { lower, upper, invariant };
}
