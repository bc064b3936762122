import type { DynamicalSystem, Matrix, Vector } from "../../core/system.js";
import { createForceKernel } from "../../train/createForceKernel.js";
import { bytesOfDoubles, bytesOfIntegers } from "../../train/forceKernel.js";
import { trainedSpec } from "../../train/trainedSpec.js";
import type { MechanismSubject } from "./mechanismSubject.js";

/** States side by side in one sparse product; the widths there are panels for. */
const widths = [2, 4, 8] as const;

/**
 * The trained network left to itself, as the map it was trained as: one Euler step without input,
 *
 *   `F(x) = x + a (J_T tanh(x) - x)`, `a = dt / tau`, `J_T = g J + sum_l F_l w_l'`
 *
 * It does what `discretize` of the built cell does, to rounding, and has the bits of `runForce`; J stays sparse and
 * the rest low-rank. A rule or product is O(density N^2 + 6 N), several at once in one pass over J; a Jacobian O(N^2).
 */
export function freeMap({
  network,
  trained,
}: Pick<MechanismSubject, "network" | "trained">): DynamicalSystem {
  const { units: n, coupling, gain, feedback, outputs, dt, tau } = network;
  const entries = coupling.values.length;
  const rate = dt / tau;
  const most = widths[widths.length - 1];
  const k = outputs.reduce((sum, each) => sum + each, 0);
  const bytes =
    bytesOfIntegers(n + 1) +
    bytesOfDoubles(entries) +
    widths.length * bytesOfIntegers(entries) +
    2 * bytesOfDoubles(n * most) +
    2 * bytesOfDoubles(k * n) +
    bytesOfDoubles(k) +
    3 * bytesOfDoubles(n);
  const kernel = createForceKernel(bytes, "auto");
  const starts = kernel.integers(n + 1);
  starts.set(coupling.starts);
  const values = kernel.doubles(entries);
  values.set(coupling.values);
  const offsets = widths.map((width) => {
    const at = kernel.integers(entries);
    for (let q = 0; q < entries; q++) at[q] = width * coupling.columns[q];
    return at;
  });
  const panel = kernel.doubles(n * most);
  const product = kernel.doubles(n * most);
  const weights = kernel.doubles(k * n);
  weights.set(trained.weights);
  /** Row l is column l of the feedback of all learners. */
  const rows = kernel.doubles(k * n);
  let row = 0;
  for (const [l, width] of outputs.entries())
    for (let q = 0; q < width; q++, row++)
      for (let i = 0; i < n; i++) rows[row * n + i] = feedback[l][i * width + q];
  const coefficients = kernel.doubles(k);
  const rates = kernel.doubles(n);
  const state = kernel.doubles(n);
  const drive = kernel.doubles(n);
  let recurrent: Matrix | undefined;

  /** `out = S + a (J_T R - S)` for up to eight rows; `load` puts row b of R into `rates`, `from` holds S. */
  const linearStep = (count: number, from: Matrix, load: (b: number) => void, out: Matrix, at: number) => {
    const size = widths.findIndex((width) => width >= count);
    const width = widths[size];
    for (let b = 0; b < count; b++) {
      load(b);
      for (let i = 0, to = b; i < n; i++, to += width) panel[to] = rates[i];
    }
    kernel.sparseMultiply(n, width, starts, offsets[size], values, panel, product);
    for (let b = 0; b < count; b++) {
      for (let i = 0, to = b; i < n; i++, to += width) rates[i] = panel[to];
      kernel.gemv(k, n, weights, rates, coefficients);
      const first = at + b * n;
      for (let i = 0; i < n; i++) state[i] = from[first + i];
      kernel.advance(n, width, b, product, gain, coefficients, rows, rate, drive, state, rates, panel);
      out.set(state, first);
    }
  };
  const step = (from: Matrix, at: number, count: number, out: Matrix) => {
    const load = (b: number) => {
      for (let i = 0, p = at + b * n; i < n; i++, p++) state[i] = from[p];
      kernel.tanh(state, rates);
    };
    linearStep(count, from, load, out, at);
  };

  return {
    time: "discrete",
    dimension: n,
    inputDimension: 0,
    rule: (x, _, out) => step(x, 0, 1, out),
    ruleBatch(count, states, _, out) {
      for (let b = 0; b < count; b += most) step(states, b * n, Math.min(most, count - b), out);
    },
    product(x: Vector, _, v, out) {
      const load = () => {
        state.set(x);
        kernel.tanh(state, rates);
        for (let i = 0; i < n; i++) rates[i] = (1 - rates[i] * rates[i]) * v[i];
      };
      linearStep(1, v, load, out, 0);
    },
    jacobian(x, _, out) {
      recurrent ??= trainedSpec(network, trained).recurrent as Matrix;
      for (let j = 0; j < n; j++) rates[j] = 1 - Math.tanh(x[j]) ** 2;
      for (let i = 0; i < n; i++) {
        const first = i * n;
        for (let j = 0; j < n; j++) out[first + j] = rate * recurrent[first + j] * rates[j];
        out[first + i] += 1 - rate;
      }
    },
  };
}
