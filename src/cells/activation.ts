import { tanh } from "../numeric/tanh.js";
import { erf, erfc } from "./erf.js";
import type { ActivationName } from "./spec.js";

/**
 * An elementwise activation phi, with what its analyses need: slope, range and how fast the slope can change.
 */
export interface Activation {
  readonly name: ActivationName;
  /** `phi(a)`. */
  value(a: number): number;
  /** `phi'(a)`, given `value = phi(a)`, which saves an exponential. At a kink: the smaller of the two one-sided
   * slopes, as in PyTorch (relu at 0: 0). */
  slope(a: number, value: number): number;
  /** Infimum and supremum of phi. */
  readonly range: readonly [lower: number, upper: number];
  /** Lipschitz constant: the supremum of |phi'|. */
  readonly lipschitz: number;
  /** Curvature bound: the Lipschitz constant of phi'; `Infinity` when phi has kinks. */
  readonly curvature: number;
  /** Where phi' jumps, ascending. Between kinks phi is smooth. */
  readonly kinks: readonly number[];
}

const inverseSqrt2 = Math.SQRT1_2;
const inverseSqrt2Pi = 0.3989422804014327;
const twoOverSqrtPi = 1.1283791670955126;

/** Logistic function `1 / (1 + exp(-a))`; never overflows: the limits are exactly 0 and 1. */
export function sigmoid(a: number): number {
  return 1 / (1 + Math.exp(-a));
}

const smooth: readonly number[] = [];

const catalogue: Readonly<Record<ActivationName, Omit<Activation, "name">>> = {
  tanh: {
    value: tanh,
    slope: (_, value) => 1 - value * value,
    range: [-1, 1],
    lipschitz: 1,
    curvature: 4 / (3 * Math.sqrt(3)),
    kinks: smooth,
  },
  relu: {
    value: (a) => Math.max(a, 0),
    slope: (a) => (a > 0 ? 1 : 0),
    range: [0, Infinity],
    lipschitz: 1,
    curvature: Infinity,
    kinks: [0],
  },
  sigmoid: {
    value: sigmoid,
    slope: (_, value) => value * (1 - value),
    range: [0, 1],
    lipschitz: 1 / 4,
    curvature: 1 / (6 * Math.sqrt(3)),
    kinks: smooth,
  },
  softplus: {
    value: (a) => Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a))),
    slope: (a) => sigmoid(a),
    range: [0, Infinity],
    lipschitz: 1,
    curvature: 1 / 4,
    kinks: smooth,
  },
  linear: {
    value: (a) => a,
    slope: () => 1,
    range: [-Infinity, Infinity],
    lipschitz: 1,
    curvature: 0,
    kinks: smooth,
  },
  elu: {
    value: (a) => (a > 0 ? a : Math.expm1(a)),
    slope: (a) => (a > 0 ? 1 : Math.exp(a)),
    range: [-1, Infinity],
    lipschitz: 1,
    curvature: 1,
    kinks: smooth,
  },
  gelu: {
    value: (a) => (a === -Infinity ? 0 : 0.5 * a * erfc(-a * inverseSqrt2)),
    slope: (a) =>
      Math.abs(a) === Infinity
        ? a > 0
          ? 1
          : 0
        : 0.5 * erfc(-a * inverseSqrt2) + a * inverseSqrt2Pi * Math.exp(-0.5 * a * a),
    range: [-0.16997120747990369, Infinity],
    lipschitz: 1.1289041451851547,
    curvature: 2 * inverseSqrt2Pi,
    kinks: smooth,
  },
  "leaky-relu": {
    value: (a) => (a > 0 ? a : 0.01 * a),
    slope: (a) => (a > 0 ? 1 : 0.01),
    range: [-Infinity, Infinity],
    lipschitz: 1,
    curvature: Infinity,
    kinks: [0],
  },
  "clipped-relu": {
    value: (a) => clip(a, 0, 1),
    slope: (a) => (a > 0 && a < 1 ? 1 : 0),
    range: [0, 1],
    lipschitz: 1,
    curvature: Infinity,
    kinks: [0, 1],
  },
  retanh: {
    value: (a) => Math.max(tanh(a), 0),
    slope: (a, value) => (a > 0 ? 1 - value * value : 0),
    range: [0, 1],
    lipschitz: 1,
    curvature: Infinity,
    kinks: [0],
  },
  "hard-tanh": {
    value: (a) => clip(a, -1, 1),
    slope: (a) => (a > -1 && a < 1 ? 1 : 0),
    range: [-1, 1],
    lipschitz: 1,
    curvature: Infinity,
    kinks: [-1, 1],
  },
  "hard-sigmoid": {
    value: (a) => clip((a + 3) / 6, 0, 1),
    slope: (a) => (a > -3 && a < 3 ? 1 / 6 : 0),
    range: [0, 1],
    lipschitz: 1 / 6,
    curvature: Infinity,
    kinks: [-3, 3],
  },
  erf: {
    value: erf,
    slope: (a) => twoOverSqrtPi * Math.exp(-a * a),
    range: [-1, 1],
    lipschitz: twoOverSqrtPi,
    curvature: (4 / Math.sqrt(Math.PI)) * Math.SQRT1_2 * Math.exp(-0.5),
    kinks: smooth,
  },
};

/** Names of all activations. */
export const activationNames = Object.keys(catalogue) as readonly ActivationName[];

/**
 * The activation of a name, which must be one of {@link activationNames}.
 *
 * The conventions that differ between frameworks: elu has alpha 1; leaky-relu has slope 0.01 below zero;
 * clipped-relu is min(max(a, 0), 1); hard-sigmoid is min(max(a + 3, 0), 6) / 6 (PyTorch, Keras 3); gelu is
 * the exact `a * normalCdf(a)`; retanh is max(tanh(a), 0).
 *
 * @example
 * const { value, slope } = activation("tanh");
 * slope(0.5, value(0.5)); // => 0.786447732965927
 */
export function activation(name: ActivationName): Activation {
  return { name, ...catalogue[name] };
}

function clip(a: number, lower: number, upper: number): number {
  return Math.min(Math.max(a, lower), upper);
}
