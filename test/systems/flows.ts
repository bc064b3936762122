/** Flows whose solutions are known: in closed form, or from test/oracles/flows.py. */
import type { DynamicalSystem } from "../../src/core/system.js";
import { flow } from "../../src/systems/custom.js";
import { oracle } from "./checks.js";

/** `dx/dt = A x + B u` with the oracle's 4 x 4 A and 4 x 2 B. */
export function linearFlow(): DynamicalSystem {
  const { A, B } = oracle.linear;
  return flow({
    dimension: 4,
    inputDimension: 2,
    velocity: (x, u) => x.map((_, i) => dot(A, i, x) + dot(B, i, u)),
    jacobian: () => A,
    inputJacobian: () => B,
  });
}

/** `dx/dt = -x + W tanh(x) + B u` with the oracle's W and B: 3 units, 2 inputs. */
export function networkFlow(): DynamicalSystem {
  const { W, B } = oracle.network;
  return flow({
    dimension: 3,
    inputDimension: 2,
    velocity: (x, u) => x.map((xi, i) => -xi + dot(W, i, x.map(Math.tanh)) + dot(B, i, u)),
    jacobian: (x) =>
      W.map((w: number, e: number) => w * (1 - Math.tanh(x[e % 3]) ** 2) - (e % 4 === 0 ? 1 : 0)),
    inputJacobian: () => B,
  });
}

/** The Hopf normal form: `r' = r (mu - r^2)`, angle speed omega. Its cycle is the circle of radius sqrt(mu). */
export function hopf(mu: number, omega: number): DynamicalSystem {
  return flow({
    dimension: 2,
    velocity: ([x, y]) => {
      const growth = mu - x * x - y * y;
      return [growth * x - omega * y, growth * y + omega * x];
    },
    jacobian: ([x, y]) => [
      [mu - 3 * x * x - y * y, -2 * x * y - omega],
      [-2 * x * y + omega, mu - x * x - 3 * y * y],
    ],
  });
}

/** The radius that r' = r (mu - r^2) reaches from r in time t, and its derivative by r. */
export function hopfRadius(mu: number, r: number, t: number): { radius: number; slope: number } {
  const decay = Math.exp(-2 * mu * t);
  const denominator = r * r + (mu - r * r) * decay;
  return {
    radius: r * Math.sqrt(mu / denominator),
    slope: (mu * decay * Math.sqrt(mu)) / denominator ** 1.5,
  };
}

/** Van der Pol's oscillator with mu = 1. */
export function vanDerPol(): DynamicalSystem {
  return flow({
    dimension: 2,
    velocity: ([x, y]) => [y, (1 - x * x) * y - x],
    jacobian: ([x, y]) => [
      [0, 1],
      [-2 * x * y - 1, 1 - x * x],
    ],
  });
}

function dot(matrix: number[], row: number, v: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < v.length; j++) sum += matrix[row * v.length + j] * v[j];
  return sum;
}
