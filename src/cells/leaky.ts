/**
 * The one rule behind the vanilla, rate and piecewise-linear cells: each unit keeps a part of its state and
 * gains a part of its drive,
 *
 *   out_i = keep_i x_i + gain_i r_i,
 *   state "current":  r = W phi(x) + L x + W_in u + b
 *   state "rate":     r = phi(W x + W_in u + b)
 *
 * with keep = 1 - alpha, gain = alpha (map); keep = -1/tau, gain = 1/tau (flow); keep = 0, gain = 1
 * (vanilla); keep = diag(A), gain = 1 (piecewise-linear). L is nonzero only where a readout of the current is
 * fed back.
 */
import type { Domain, Matrix, Time, Vector } from "../core/system.js";
import type { Kernel } from "../numeric/kernel.js";
import { activate } from "./activate.js";
import type { Activation } from "./activation.js";
import { addProduct, addTransposed, affine } from "./affine.js";
import type { CellCore } from "./cell.js";
import { affineBounds, constantInterval, image, invariantBox, settled, within } from "./interval.js";

/** The tensors of a leaky layer, feedback and scale already folded in. */
export interface LeakyTensors {
  readonly time: Time;
  readonly state: "current" | "rate";
  readonly units: number;
  readonly inputs: number;
  readonly activation: Activation;
  /** W, N x N. */
  readonly recurrent: Matrix;
  /** L, N x N; state "current" only. */
  readonly direct?: Matrix;
  /** W_in, N x M. */
  readonly input: Matrix;
  /** b, N. */
  readonly bias: Vector;
  readonly keep: Vector;
  readonly gain: Vector;
}

/** The system behind a leaky layer. rule O(N (N + M)), jacobian O(N^2). */
export function leakyCore(tensors: LeakyTensors, kernel: Kernel): CellCore {
  return tensors.state === "current" ? currentCore(tensors, kernel) : rateCore(tensors, kernel);
}

function rateCore(tensors: LeakyTensors, kernel: Kernel): CellCore {
  const { units: n, inputs: m, recurrent, input, bias, keep, gain } = tensors;
  const { value, slope } = tensors.activation;
  const drive = new Float64Array(n);
  const zeros = new Float64Array(n);

  /** drive = gain * phi'(W x + W_in u + b). */
  function gains(x: Vector, u: Vector) {
    affine(n, n, recurrent, x, m, input, u, bias, drive);
    for (let i = 0; i < n; i++) {
      const a = drive[i];
      drive[i] = gain[i] * slope(a, value(a));
    }
  }

  return {
    ...common(tensors, kernel),
    rule(x, u, out) {
      affine(n, n, recurrent, x, m, input, u, bias, out);
      for (let i = 0; i < n; i++) out[i] = keep[i] * x[i] + gain[i] * value(out[i]);
    },
    jacobian(x, u, out) {
      gains(x, u);
      for (let i = 0, p = 0; i < n; i++) {
        const c = drive[i];
        for (let j = 0; j < n; j++, p++) out[p] = c * recurrent[p];
        out[i * n + i] += keep[i];
      }
    },
    inputJacobian(x, u, out) {
      gains(x, u);
      for (let i = 0, p = 0; i < n; i++) for (let j = 0; j < m; j++, p++) out[p] = drive[i] * input[p];
    },
    tangent(x, u, v, w, out) {
      gains(x, u);
      affine(n, n, recurrent, v, m, input, w, zeros, out);
      for (let i = 0; i < n; i++) out[i] = keep[i] * v[i] + drive[i] * out[i];
    },
    cotangent(x, u, v, out, outInput) {
      gains(x, u);
      for (let i = 0; i < n; i++) {
        out[i] = keep[i] * v[i];
        drive[i] *= v[i];
      }
      addTransposed(n, n, recurrent, drive, out);
      outInput.fill(0);
      addTransposed(n, m, input, drive, outInput);
    },
    ...(isBounded(tensors) && {
      domainOver(lower: Vector, upper: Vector): Domain {
        const drive = driveBounds(tensors, lower, upper);
        const [low, high] = tensors.activation.range;
        const widest = settled(tensors, constantInterval(n, low, high));
        const argument = affineBounds(n, n, recurrent, widest, drive);
        return invariantBox(within(settled(tensors, image(tensors.activation, argument)), widest));
      },
    }),
  };
}

function currentCore(tensors: LeakyTensors, kernel: Kernel): CellCore {
  const { units: n, inputs: m, recurrent, direct, input, bias, keep, gain } = tensors;
  const { value, slope } = tensors.activation;
  const rates = new Float64Array(n);
  const zeros = new Float64Array(n);

  function slopes(x: Vector) {
    for (let i = 0; i < n; i++) rates[i] = slope(x[i], value(x[i]));
  }

  return {
    ...common(tensors, kernel),
    rule(x, u, out) {
      for (let i = 0; i < n; i++) rates[i] = value(x[i]);
      affine(n, n, recurrent, rates, m, input, u, bias, out);
      if (direct) addProduct(n, n, direct, x, out);
      for (let i = 0; i < n; i++) out[i] = keep[i] * x[i] + gain[i] * out[i];
    },
    jacobian(x, _u, out) {
      slopes(x);
      for (let i = 0, p = 0; i < n; i++) {
        const c = gain[i];
        if (direct) for (let j = 0; j < n; j++, p++) out[p] = c * (recurrent[p] * rates[j] + direct[p]);
        else for (let j = 0; j < n; j++, p++) out[p] = c * recurrent[p] * rates[j];
        out[i * n + i] += keep[i];
      }
    },
    inputJacobian(_x, _u, out) {
      for (let i = 0, p = 0; i < n; i++) for (let j = 0; j < m; j++, p++) out[p] = gain[i] * input[p];
    },
    tangent(x, _u, v, w, out) {
      slopes(x);
      for (let i = 0; i < n; i++) rates[i] *= v[i];
      affine(n, n, recurrent, rates, m, input, w, zeros, out);
      if (direct) addProduct(n, n, direct, v, out);
      for (let i = 0; i < n; i++) out[i] = keep[i] * v[i] + gain[i] * out[i];
    },
    cotangent(x, _u, v, out, outInput) {
      for (let i = 0; i < n; i++) rates[i] = gain[i] * v[i];
      outInput.fill(0);
      addTransposed(n, m, input, rates, outInput);
      out.fill(0);
      addTransposed(n, n, recurrent, rates, out);
      for (let i = 0; i < n; i++) out[i] = out[i] * slope(x[i], value(x[i])) + keep[i] * v[i];
      if (direct) addTransposed(n, n, direct, rates, out);
    },
    ...(isBounded(tensors) && {
      domainOver(lower: Vector, upper: Vector): Domain {
        const drive = driveBounds(tensors, lower, upper);
        const [low, high] = tensors.activation.range;
        const anyRate = constantInterval(n, low, high);
        const widest = settled(tensors, affineBounds(n, n, recurrent, anyRate, drive));
        const rate = within(image(tensors.activation, widest), anyRate);
        return invariantBox(within(settled(tensors, affineBounds(n, n, recurrent, rate, drive)), widest));
      },
    }),
  };
}

function common(tensors: LeakyTensors, kernel: Kernel) {
  const { time, units, inputs, state, activation, recurrent, direct, input, bias, keep, gain } = tensors;
  const step = kernel.leaky(units, recurrent, {
    state,
    keep,
    gain,
    activate: (a, out) => activate(kernel, activation, a, out),
  });
  return {
    time,
    dimension: units,
    inputDimension: inputs,
    units,
    outputRange: [0, units] as const,
    lift: (x: Vector, _u: Vector, out: Vector) => out.set(x),
    ruleBatch(count: number, states: Matrix, us: Matrix, out: Matrix) {
      for (let s = 0; s < count; s++) out.set(bias, s * units);
      if (direct) kernel.gemm(false, true, count, units, units, 1, states, direct, 1, out);
      if (inputs > 0) kernel.gemm(false, true, count, units, inputs, 1, us, input, 1, out);
      step(count, states, out);
    },
  };
}

/** Whether a box holds every recurrent state: bounded activation, and in a map a leak that forgets. */
function isBounded({ time, activation, direct, keep }: LeakyTensors): boolean {
  const [low, high] = activation.range;
  if (direct || !Number.isFinite(low) || !Number.isFinite(high)) return false;
  return time === "continuous" || keep.every((k) => Math.abs(k) < 1);
}

/** Bounds of `W_in u + b`. */
function driveBounds({ units: n, inputs: m, input, bias }: LeakyTensors, lower: Vector, upper: Vector) {
  return affineBounds(n, m, input, { lower, upper }, { lower: bias, upper: bias });
}
