import { checkInteger, checkNumber, checkOneOf, fail } from "../core/check.js";
import type { Domain, Matrix, Vector } from "../core/system.js";
import type { Kernel } from "../numeric/kernel.js";
import { activate } from "./activate.js";
import { type Activation, activation } from "./activation.js";
import { addTransposed, affine } from "./affine.js";
import { assembleCell } from "./assemble.js";
import type { Cell, CellCore } from "./cell.js";
import { affineBounds, constantInterval, image, invariantBox, settled, within } from "./interval.js";
import { checkActivation } from "./network.js";
import { type Leak, readLeak } from "./rate.js";
import { type Readout, readReadout } from "./readout.js";
import { growingScratch } from "./scratch.js";
import type { LowRankSpec, RateSpec } from "./spec.js";
import { checkFields, compact, readInput, readMatrix, readOptionalVector } from "./tensors.js";

const fields = [
  "kind",
  "time",
  "activation",
  "tau",
  "dt",
  "alpha",
  "diagonal",
  "scale",
  "rank",
  "left",
  "right",
  "input",
  "bias",
  "readout",
  "initialState",
] as const;

/**
 * Low-rank rate network, solved in R dimensions: `tau dk/dt = -k + s n' phi(x)`, `x = m k + W_in u + b`.
 *
 * With a diagonal: `k <- diagonal k + s n' phi(x)`. Jacobian of the flow: `(-I + s n' diag(phi'(x)) m) / tau`, R x R; its other N - R modes all decay with
 * time constant tau. `lift` gives the current x of all N units; {@link fullRankSpec} the N-dimensional
 * network. Rule and Jacobian cost O(N R) and O(N R^2). Mastrogiuseppe & Ostojic (2018, Neuron 99:609).
 */
export function lowRankCell(label: string, spec: LowRankSpec, kernel: Kernel): Cell {
  const network = readLowRank(label, spec);
  return assembleCell({
    label,
    core: lowRankCore(network, kernel),
    spec: network.normalised,
    initialState: spec.initialState,
    readout: network.readout,
    activation: network.phi,
  });
}

/**
 * The N-dimensional network a low-rank network stands for: `W = m n'`, the same s, inputs, bias and readout.
 *
 * Its fixed points are exactly the lifted fixed points of the low-rank cell under the same held input. An
 * initial state k becomes `m k + b`, its lift at zero input. Throws where the description is malformed, or has a
 * diagonal, whose decays are not those of units. O(N^2 R).
 *
 * @example
 * const full = fullRankSpec({ kind: "low-rank", time: "continuous", activation: "tanh",
 *   left: [[1], [1]], right: [[2], [0]], scale: 0.5 });
 * full.recurrent; // => [2, 0, 2, 0]
 */
export function fullRankSpec(spec: LowRankSpec): RateSpec {
  const { units: n, rank, left, right, bias, normalised } = readLowRank("low-rank", spec);
  if (spec.diagonal) fail("fullRankSpec", "spec has a diagonal");
  const recurrent = new Float64Array(n * n);
  for (let i = 0, p = 0; i < n; i++)
    for (let j = 0; j < n; j++, p++)
      for (let r = 0; r < rank; r++) recurrent[p] += left[i * rank + r] * right[j * rank + r];
  let initialState: Vector | undefined;
  if (spec.initialState !== undefined) {
    const k = readOptionalVector("low-rank initialState", spec.initialState, rank, "R, the rank")!;
    initialState = new Float64Array(n);
    affine(n, rank, left, k, 0, new Float64Array(0), new Float64Array(0), bias, initialState);
  }
  const { time, tau, dt, alpha, scale, input, readout } = normalised;
  return compact<RateSpec>({
    kind: "rate",
    time,
    state: "current",
    activation: normalised.activation,
    tau,
    dt,
    alpha,
    scale,
    recurrent,
    input,
    bias: normalised.bias,
    feedback: undefined,
    readout,
    initialState,
  });
}

interface LowRankNetwork {
  readonly units: number;
  readonly rank: number;
  readonly inputs: number;
  readonly phi: Activation;
  readonly scale: number;
  readonly left: Matrix;
  readonly right: Matrix;
  readonly input: Matrix;
  readonly bias: Vector;
  readonly leak: Leak;
  readonly readout: Readout | undefined;
  readonly normalised: LowRankSpec;
}

function readLowRank(label: string, spec: LowRankSpec): LowRankNetwork {
  checkFields(label, spec, fields);
  checkOneOf("buildCell", `${label} time`, spec.time, ["continuous", "discrete"]);
  checkActivation("buildCell", `${label} activation`, spec.activation);
  const scale = spec.scale ?? 1;
  checkNumber("buildCell", `${label} scale`, scale);
  if (spec.rank !== undefined) checkInteger("buildCell", `${label} rank`, spec.rank, 1);
  for (const name of ["tau", "dt", "alpha"] as const)
    if (spec[name] !== undefined) checkNumber("buildCell", `${label} ${name}`, spec[name]);
  // Flat factors do not tell N from R; rows, the rank or the bias do.
  const rank = spec.rank ?? rankOf(spec.left) ?? rankOf(spec.right);
  const rows = rank === undefined ? spec.bias?.length : undefined;
  if (rank === undefined && rows === undefined)
    fail("buildCell", `${label} left is flat, expected rows or a rank`);
  const left = readMatrix(`${label} left`, spec.left, rows, rank, "N x R");
  const n = left.rows;
  const r = left.columns;
  if (n === 0 || r === 0) fail("buildCell", `${label} left is empty, expected N x R with both at least 1`);
  const right = readMatrix(`${label} right`, spec.right, n, r, "N x R");
  const input = readInput(`${label} input`, spec.input, n, "N x M");
  const bias = readOptionalVector(`${label} bias`, spec.bias, n, "N, the units");
  const leak = readLeak(label, spec, r);
  const readout = readReadout(label, spec.readout, n, "rate");
  const normalised = compact<LowRankSpec>({
    kind: "low-rank",
    time: spec.time,
    activation: spec.activation,
    tau: leak.tau as number | undefined,
    dt: spec.dt,
    alpha: spec.alpha,
    diagonal: spec.diagonal && leak.keep,
    scale,
    rank: r,
    left: left.data,
    right: right.data,
    input: spec.input === undefined ? undefined : input.data,
    bias,
    readout: readout?.spec,
    initialState: undefined,
  });
  return {
    units: n,
    rank: r,
    inputs: input.columns,
    phi: activation(spec.activation),
    scale,
    left: left.data,
    right: right.data,
    input: input.data,
    bias: bias ?? new Float64Array(n),
    leak,
    readout,
    normalised,
  };
}

/** The row length of a matrix written as rows. */
function rankOf(value: LowRankSpec["left"]): number | undefined {
  const row: unknown = Array.isArray(value) ? value[0] : undefined;
  return Array.isArray(row) || ArrayBuffer.isView(row)
    ? (row as ArrayLike<number> & object).length
    : undefined;
}

function lowRankCore(network: LowRankNetwork, kernel: Kernel): CellCore {
  const { units: n, rank: r, inputs: m, left, input, bias } = network;
  const { keep, gain } = network.leak;
  const { value, slope, range } = network.phi;
  const time = network.normalised.time;
  // s n', R x N: its rows are read along with phi.
  const right = new Float64Array(r * n);
  for (let i = 0; i < n; i++)
    for (let a = 0; a < r; a++) right[a * n + i] = network.scale * network.right[i * r + a];
  const current = new Float64Array(n);
  const zeros = new Float64Array(Math.max(n, r));
  const none = new Float64Array(0);
  const scratch = growingScratch();

  const lift = (k: Vector, u: Vector, out: Vector) => affine(n, r, left, k, m, input, u, bias, out);

  /** current = phi'(x). */
  function slopes(k: Vector, u: Vector) {
    lift(k, u, current);
    for (let i = 0; i < n; i++) {
      const x = current[i];
      current[i] = slope(x, value(x));
    }
  }

  /** out = gain * s n' diag(phi') B, B: N x width. */
  function projected(width: number, b: Matrix, out: Matrix) {
    out.fill(0);
    for (let a = 0; a < r; a++)
      for (let i = 0; i < n; i++) {
        const c = gain[a] * right[a * n + i] * current[i];
        for (let j = 0; j < width; j++) out[a * width + j] += c * b[i * width + j];
      }
  }

  const bounded =
    range.every(Number.isFinite) && (time === "continuous" || keep.every((k) => Math.abs(k) < 1));

  return {
    time,
    dimension: r,
    inputDimension: m,
    units: n,
    outputRange: [0, r],
    lift,
    rule(k, u, out) {
      lift(k, u, current);
      for (let i = 0; i < n; i++) current[i] = value(current[i]);
      affine(r, n, right, current, 0, none, none, zeros, out);
      for (let a = 0; a < r; a++) out[a] = keep[a] * k[a] + gain[a] * out[a];
    },
    jacobian(k, u, out) {
      slopes(k, u);
      projected(r, left, out);
      for (let a = 0; a < r; a++) out[a * r + a] += keep[a];
    },
    inputJacobian(k, u, out) {
      slopes(k, u);
      projected(m, input, out);
    },
    tangent(k, u, v, w, out) {
      slopes(k, u);
      const change = scratch(n);
      affine(n, r, left, v, m, input, w, zeros, change);
      for (let i = 0; i < n; i++) change[i] *= current[i];
      affine(r, n, right, change, 0, none, none, zeros, out);
      for (let a = 0; a < r; a++) out[a] = keep[a] * v[a] + gain[a] * out[a];
    },
    cotangent(k, u, v, out, outInput) {
      slopes(k, u);
      for (let i = 0; i < n; i++) {
        let sum = 0;
        for (let a = 0; a < r; a++) sum += right[a * n + i] * gain[a] * v[a];
        current[i] *= sum;
      }
      for (let a = 0; a < r; a++) out[a] = keep[a] * v[a];
      addTransposed(n, r, left, current, out);
      outInput.fill(0);
      addTransposed(n, m, input, current, outInput);
    },
    ruleBatch(count, states, inputs, out) {
      const memory = scratch(2 * count * n);
      const x = memory.subarray(0, count * n);
      const rates = memory.subarray(count * n, 2 * count * n);
      for (let s = 0; s < count; s++) x.set(bias, s * n);
      kernel.gemm(false, true, count, n, r, 1, states, left, 1, x);
      if (m > 0) kernel.gemm(false, true, count, n, m, 1, inputs, input, 1, x);
      activate(kernel, network.phi, x, rates);
      kernel.gemm(false, true, count, r, n, 1, rates, right, 0, out);
      for (let s = 0, p = 0; s < count; s++)
        for (let a = 0; a < r; a++, p++) out[p] = keep[a] * states[p] + gain[a] * out[p];
    },
    ...(bounded && {
      domainOver(lower: Vector, upper: Vector): Domain {
        const zero = { lower: zeros, upper: zeros };
        const leaking = { time, keep, gain };
        const anyRate = constantInterval(n, range[0], range[1]);
        const widest = settled(leaking, affineBounds(r, n, right, anyRate, zero));
        const drive = affineBounds(n, m, input, { lower, upper }, { lower: bias, upper: bias });
        const rate = within(image(network.phi, affineBounds(n, r, left, widest, drive)), anyRate);
        return invariantBox(within(settled(leaking, affineBounds(r, n, right, rate, zero)), widest));
      },
    }),
  };
}
