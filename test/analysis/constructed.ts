/** Networks whose mechanism is known because they were built that way. Oracles for the classifier. */
import { createRandom } from "../../src/core/random.js";
import type { DynamicalSystem } from "../../src/core/system.js";
import { flow, map } from "../../src/systems/custom.js";
import { discretize } from "../../src/systems/discretize.js";

/** A flow with labelled states and a delay, and what the classifier must say about it. */
export interface Constructed {
  readonly system: DynamicalSystem;
  readonly states: number[][];
  readonly labels: (string | number)[];
  readonly delay: number;
}

const polar = (x: number, y: number, radial: (r: number) => number, turning: number) => {
  const r = Math.hypot(x, y);
  const growth = r > 0 ? radial(r) / r : 0;
  return [growth * x - turning * y, growth * y + turning * x];
};

/** `x' = x - x^3`, `y' = -y`: points at x = +-1 (rate -2). */
export const bistable = (delay = 20): Constructed => ({
  system: flow({ dimension: 2, velocity: ([x, y]) => [x - x ** 3, -y] }),
  states: [
    [0.6, 0.4],
    [-0.5, 0.2],
  ],
  labels: ["up", "down"],
  delay,
});

/** Three bistable variables: points at the 8 corners of a cube. */
export const cube = (delay = 20): Constructed => {
  const corners = Array.from({ length: 8 }, (_, k) => [k & 1, k & 2, k & 4].map((bit) => (bit ? 1 : -1)));
  return {
    system: flow({ dimension: 3, velocity: (x, _, out) => void x.forEach((v, i) => (out[i] = v - v ** 3)) }),
    states: corners.map((c, k) => c.map((v, i) => v * (0.7 + 0.05 * ((k + i) % 4)))),
    labels: corners.map((_, k) => k),
    delay,
  };
};

/** `x' = -rate x`, `y' = -y`: memories along x, all on their slow way to 0. */
export const slowLine = (rate = 0.01, delay = 20): Constructed => ({
  system: flow({ dimension: 2, velocity: ([x, y]) => [-rate * x, -y] }),
  states: [
    [1, 0.5],
    [-0.8, 0.3],
    [0.2, -0.6],
  ],
  labels: ["a", "b", "c"],
  delay,
});

/** Two slow variables, a fast one. */
export const slowPlane = (rate = 0.01, delay = 20): Constructed => ({
  system: flow({ dimension: 3, velocity: ([x, y, z]) => [-rate * x, -1.3 * rate * y, -z + 0.2 * x * y] }),
  states: [
    [1, 0, 0.5],
    [0, 1, 0.1],
    [-1, 0, -0.3],
    [0, -1, 0],
  ],
  labels: ["e", "n", "w", "s"],
  delay,
});

/** A saddle-node just gone at x = 0 (passage takes pi / sqrt(mu)), an attractor at x = 3. */
export const ghost = (mu = 1e-4, delay = 50): Constructed => ({
  system: flow({ dimension: 2, velocity: ([x, y]) => [((mu + x * x) * (3 - x)) / 3, -y] }),
  states: [
    [-0.01, 0.4],
    [2.5, 0.3],
  ],
  labels: ["stay", "gone"],
  delay,
});

/** Stable cycles of radius 1 and 3, an unstable one between. */
export const twoCycles = (delay = 20): Constructed => ({
  system: flow({
    dimension: 2,
    velocity: ([x, y]) => polar(x, y, (r) => -(r - 1) * (r - 2) * (r - 3), 1),
  }),
  states: [
    [0.8, 0.3],
    [0, 2.8],
  ],
  labels: ["inner", "outer"],
  delay,
});

/** One stable cycle of radius 1; memories are phases on it. */
export const phases = (delay = 20, count = 3, turning = 1): Constructed => ({
  system: flow({ dimension: 2, velocity: ([x, y]) => polar(x, y, (r) => r - r ** 3, turning) }),
  states: Array.from({ length: count }, (_, k) => {
    const angle = (2 * Math.PI * k) / count;
    return [(0.8 + 0.1 * k) * Math.cos(angle), (0.8 + 0.1 * k) * Math.sin(angle)];
  }),
  labels: Array.from({ length: count }, (_, k) => k),
  delay,
});

/** A stable point at 0 inside a stable cycle of radius 2. */
export const pointAndCycle = (delay = 20): Constructed => ({
  system: flow({
    dimension: 2,
    velocity: ([x, y]) => polar(x, y, (r) => (-r * (r * r - 1) * (r * r - 4)) / 4, 1),
  }),
  states: [
    [0.3, 0.2],
    [1.7, 0.4],
  ],
  labels: ["rest", "turn"],
  delay,
});

/** Two points, each with a slow line through it: two labels share one of them, a third has the other. */
export const mixed = (rate = 0.01, delay = 20): Constructed => ({
  system: flow({ dimension: 3, velocity: ([x, y, z]) => [x - x ** 3, -rate * y, -z] }),
  states: [
    [0.9, 1, 0.2],
    [1.1, -1, 0.1],
    [-0.9, 0.5, 0],
  ],
  labels: ["a", "b", "c"],
  delay,
});

/** Lorenz's chaotic flow. */
export const chaos = (delay = 2): Constructed => ({
  system: flow({
    dimension: 3,
    velocity: ([x, y, z]) => [10 * (y - x), x * (28 - z) - y, x * y - (8 / 3) * z],
  }),
  states: [
    [5, 5, 20],
    [-7, -5, 25],
  ],
  labels: ["a", "b"],
  delay,
});

/** `x' = 0.1 x` escapes. */
export const unbounded = (delay = 20): Constructed => ({
  system: flow({ dimension: 2, velocity: ([x, y]) => [0.1 * x, -y] }),
  states: [
    [1, 0.2],
    [-1, 0.3],
  ],
  labels: ["a", "b"],
  delay,
});

/** A leak and nothing else; after 4 time constants 2 % are left, after 40 nothing. */
export const leak = (delay: number): Constructed => ({
  system: flow({ dimension: 2, velocity: ([x, y]) => [-x, -1.5 * y] }),
  states: [
    [1, 0.5],
    [-1, 0.2],
  ],
  labels: ["a", "b"],
  delay,
});

/** A line of exact fixed points. */
export const lineAttractor = (delay = 20): Constructed => ({
  system: flow({ dimension: 2, velocity: ([x, y]) => [0, -y + 0.3 * x * x] }),
  states: [
    [1, 0.5],
    [-0.8, 0.3],
    [0.2, -0.6],
  ],
  labels: ["a", "b", "c"],
  delay,
});

/** A ring of exact fixed points. */
export const ringAttractor = (delay = 20): Constructed => ({
  system: flow({ dimension: 2, velocity: ([x, y]) => polar(x, y, (r) => r - r ** 3, 0) }),
  states: [
    [1.2, 0],
    [-0.8, 0],
  ],
  labels: ["a", "b"],
  delay,
});

/** The normal form of a pitchfork just past its threshold: points at +-sqrt(eps), rate -2 eps. */
export const weakPair = (eps = 1e-3, delay = 20): Constructed => ({
  system: flow({ dimension: 2, velocity: ([x, y]) => [eps * x - x ** 3, -y] }),
  states: [
    [0.3, 0.2],
    [-0.3, 0.1],
  ],
  labels: ["a", "b"],
  delay,
});

/** The same as a map: one rk4 step of `dt`; the delay counts steps. */
export const asMap = (c: Constructed, dt: number): Constructed => ({
  ...c,
  system: discretize(c.system, { dt, method: "rk4" }),
  delay: Math.round(c.delay / dt),
});

/** Columns of a random matrix, made orthonormal: N x d, row-major. */
export function orthonormal(rows: number, columns: number, seed: number): Float64Array {
  const random = createRandom(seed);
  const q = Float64Array.from({ length: rows * columns }, () => random.normal());
  for (let j = 0; j < columns; j++) {
    for (let k = 0; k < j; k++) {
      let dot = 0;
      for (let i = 0; i < rows; i++) dot += q[i * columns + j] * q[i * columns + k];
      for (let i = 0; i < rows; i++) q[i * columns + j] -= dot * q[i * columns + k];
    }
    let size = 0;
    for (let i = 0; i < rows; i++) size += q[i * columns + j] ** 2;
    for (let i = 0; i < rows; i++) q[i * columns + j] /= Math.sqrt(size);
  }
  return q;
}

/**
 * The system on a random d-dimensional plane of N units; what lies off the plane leaks away. `units` = d: a rotation.
 * The states get a part off the plane, of size `off`.
 */
export function embedded(c: Constructed, units: number, seed: number, off = 0.2): Constructed {
  const { system } = c;
  const d = system.dimension;
  const q = orthonormal(units, d, seed);
  const isMap = system.time === "discrete";
  const none = new Float64Array(0);
  const inner = (x: Float64Array) => {
    const y = new Float64Array(d);
    for (let i = 0; i < units; i++) for (let k = 0; k < d; k++) y[k] += q[i * d + k] * x[i];
    return y;
  };
  const rule = (x: Float64Array, _: Float64Array, out: Float64Array) => {
    const y = inner(x);
    const f = new Float64Array(d);
    system.rule(y, none, f);
    for (let i = 0; i < units; i++) {
      let rest = x[i];
      let sum = 0;
      for (let k = 0; k < d; k++) {
        rest -= q[i * d + k] * y[k];
        sum += q[i * d + k] * f[k];
      }
      out[i] = sum + (isMap ? 0.7 : -1) * rest;
    }
  };
  const jacobian = (x: Float64Array, _: Float64Array, out: Float64Array) => {
    const small = new Float64Array(d * d);
    system.jacobian(inner(x), none, small);
    const leakage = isMap ? 0.7 : -1;
    for (let i = 0; i < units; i++)
      for (let j = 0; j < units; j++) {
        let sum = i === j ? leakage : 0;
        for (let k = 0; k < d; k++) {
          sum -= leakage * q[i * d + k] * q[j * d + k];
          for (let l = 0; l < d; l++) sum += q[i * d + k] * small[k * d + l] * q[j * d + l];
        }
        out[i * units + j] = sum;
      }
  };
  const random = createRandom(seed).stream(1);
  return {
    ...c,
    system: isMap
      ? map({ dimension: units, step: rule, jacobian })
      : flow({ dimension: units, velocity: rule, jacobian }),
    states: c.states.map((y) => {
      const noise = Float64Array.from({ length: units }, () => random.normal());
      const seen = inner(noise);
      return Array.from({ length: units }, (_, i) => {
        let x = (off * noise[i]) / Math.sqrt(units);
        for (let k = 0; k < d; k++) x += q[i * d + k] * (y[k] - (off * seen[k]) / Math.sqrt(units));
        return x;
      });
    }),
  };
}
