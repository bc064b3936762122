import { createRandom } from "../../../src/core/random.js";
import type { DynamicalSystem, Vector } from "../../../src/core/system.js";
import { eigen } from "../../../src/numeric/eigen.js";
import { normal } from "../../numeric/matrices.js";

/** `x <- phi(W x + v u)`, phi the identity unless given with its slope (as a function of the value). */
export function network(
  n: number,
  w: Float64Array,
  v: ArrayLike<number>,
  phi: (a: number) => number = (a) => a,
  slope: (value: number) => number = () => 1,
): DynamicalSystem {
  const rule = (x: Vector, u: Vector, out: Vector) => {
    for (let i = 0; i < n; i++) {
      let sum = v[i] * u[0];
      for (let j = 0; j < n; j++) sum += w[i * n + j] * x[j];
      out[i] = phi(sum);
    }
  };
  const value = new Float64Array(n);
  return {
    time: "discrete",
    dimension: n,
    inputDimension: 1,
    rule,
    jacobian(x, u, out) {
      rule(x, u, value);
      for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) out[i * n + j] = slope(value[i]) * w[i * n + j];
    },
    inputJacobian(x, u, out) {
      rule(x, u, value);
      for (let i = 0; i < n; i++) out[i] = slope(value[i]) * v[i];
    },
  };
}

export function tanhNetwork(n: number, w: Float64Array, v: ArrayLike<number>): DynamicalSystem {
  return network(n, w, v, Math.tanh, (value) => 1 - value * value);
}

/** Normal entries, scaled to the spectral radius. */
export function randomWeights(n: number, radius: number, seed: number): Float64Array {
  const w = normal(n, n, seed);
  const { real, imaginary } = eigen(n, w, "none");
  const largest = Math.hypot(real[0], imaginary[0]);
  return w.map((x) => (x * radius) / largest);
}

/** Rows of a random orthogonal matrix (Gram-Schmidt, twice). */
export function orthogonal(n: number, seed: number): Float64Array {
  const q = normal(n, n, seed);
  for (let i = 0; i < n; i++) {
    for (let twice = 0; twice < 2; twice++)
      for (let j = 0; j < i; j++) {
        let inner = 0;
        for (let k = 0; k < n; k++) inner += q[i * n + k] * q[j * n + k];
        for (let k = 0; k < n; k++) q[i * n + k] -= inner * q[j * n + k];
      }
    const size = Math.hypot(...q.subarray(i * n, (i + 1) * n));
    for (let k = 0; k < n; k++) q[i * n + k] /= size;
  }
  return q;
}

/** A chain: unit i hears unit i - 1 with this weight, unit 0 the input. */
export function delayLine(n: number, weight = 1): DynamicalSystem {
  const w = new Float64Array(n * n);
  for (let i = 1; i < n; i++) w[i * n + i - 1] = weight;
  return network(n, w, basisVector(n, 0));
}

/** The chain closed to a ring, all weights r. */
export function simpleCycle(n: number, r: number, v: ArrayLike<number>): DynamicalSystem {
  const w = new Float64Array(n * n);
  for (let i = 0; i < n; i++) w[i * n + ((i + n - 1) % n)] = r;
  return network(n, w, v);
}

export function diagonal(values: readonly number[], v: ArrayLike<number>): DynamicalSystem {
  const n = values.length;
  const w = new Float64Array(n * n);
  for (let i = 0; i < n; i++) w[i * n + i] = values[i];
  return network(n, w, v);
}

export function basisVector(n: number, i: number): Float64Array {
  const v = new Float64Array(n);
  v[i] = 1;
  return v;
}

export function uniforms(count: number, seed: number): Float64Array {
  const random = createRandom(seed);
  return Float64Array.from({ length: count }, () => 2 * random.uniform() - 1);
}
