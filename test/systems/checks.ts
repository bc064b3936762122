/** What the tests of derived systems share: small systems with known derivatives. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect } from "vitest";
import type { DynamicalSystem } from "../../src/core/system.js";
import { flow, map } from "../../src/systems/custom.js";

/** Seeded property checks. */
export const seeded = { seed: 20130301, numRuns: 40 };

export const none = new Float64Array(0);

/** Finite numbers of moderate size. */
export const number = fc.double({ min: -1.5, max: 1.5, noNaN: true });

/** A vector of n such numbers. */
export const vector = (n: number) =>
  fc.array(number, { minLength: n, maxLength: n }).map((v) => Float64Array.from(v));

/** The oracle of test/oracles/flows.py. */
export const oracle = JSON.parse(readFileSync(new URL("../oracles/flows.json", import.meta.url), "utf8"));

const weights = Float64Array.of(0.9, -1.4, 0.3, 1.1, 0.5, -0.8, -0.2, 0.7, 1.2);
const inputWeights = Float64Array.of(0.4, -0.6, 0.1, 0.9, -0.3, 0.2);

/** `W tanh(x) + B u - leak x` with 3 variables and 2 inputs, its derivatives written out by hand. */
function tanhNetwork(leak: number) {
  const sum = (x: Float64Array, u: Float64Array) =>
    Float64Array.from({ length: 3 }, (_, i) => {
      let value = -leak * x[i];
      for (let j = 0; j < 3; j++) value += weights[i * 3 + j] * Math.tanh(x[j]);
      for (let j = 0; j < 2; j++) value += inputWeights[i * 2 + j] * u[j];
      return value;
    });
  const jacobian = (x: Float64Array) =>
    weights.map((w, e) => w * (1 - Math.tanh(x[e % 3]) ** 2) - (e % 4 === 0 ? leak : 0));
  return { sum, jacobian, inputJacobian: () => inputWeights };
}

/** A driven map with a hand-written Jacobian, product, pullback, batch rule and box. */
export function drivenMap(): DynamicalSystem {
  const { sum, jacobian, inputJacobian } = tanhNetwork(0);
  const times = (j: Float64Array, v: Float64Array, transpose: boolean) =>
    v.map((_, i) => v.reduce((total, vk, k) => total + j[transpose ? k * 3 + i : i * 3 + k] * vk, 0));
  const plain = map({
    dimension: 3,
    inputDimension: 2,
    step: sum,
    jacobian,
    inputJacobian,
    product: (x, _u, v) => times(jacobian(x), v, false),
    pullback: (x, _u, v) => times(jacobian(x), v, true),
    domain: (u) => ({ lower: -3 - Math.abs(u[0]) - Math.abs(u[1]), upper: 8, invariant: true }),
  });
  return {
    ...plain,
    ruleBatch(count, states, inputs, out) {
      for (let b = 0; b < count; b++)
        out.set(sum(states.subarray(b * 3, b * 3 + 3), inputs.subarray(b * 2, b * 2 + 2)), b * 3);
    },
  };
}

/** The same as a flow `dx/dt = -x + W tanh(x) + B u`. */
export function drivenFlow(): DynamicalSystem {
  const { sum, jacobian, inputJacobian } = tanhNetwork(1);
  const plain = flow({
    dimension: 3,
    inputDimension: 2,
    velocity: sum,
    jacobian,
    inputJacobian,
    domain: { lower: [-5, -5, -5], upper: 5, invariant: true },
  });
  return {
    ...plain,
    ruleBatch(count, states, inputs, out) {
      for (let b = 0; b < count; b++)
        out.set(sum(states.subarray(b * 3, b * 3 + 3), inputs.subarray(b * 2, b * 2 + 2)), b * 3);
    },
  };
}

/** `out` of a rule-like call, written over NaN, with the arguments checked to be unchanged. */
export function call(
  f: (x: Float64Array, u: Float64Array, out: Float64Array) => void,
  x: Float64Array,
  u: Float64Array,
  length: number,
): Float64Array {
  const [xBefore, uBefore] = [x.slice(), u.slice()];
  const out = new Float64Array(length).fill(NaN);
  f(x, u, out);
  expect(x).toEqual(xBefore);
  expect(u).toEqual(uBefore);
  return out;
}

/** The largest difference between two vectors of one length. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const d = Math.abs(a[i] - b[i]);
    if (!(d <= largest)) largest = d;
  }
  return largest;
}
