// Seeded numbers that the benches share.
import { buildCell, randomSpec } from "rnn-dynamics";

/** Standard normal numbers: the initial weights of a network of gain 1, times sqrt(units). */
export function normals(count, seed) {
  const units = Math.ceil(Math.sqrt(count));
  const { recurrent } = randomSpec("vanilla", { units, gain: Math.sqrt(units) }, seed);
  return Float64Array.from({ length: count }, (_, i) => recurrent[i]);
}

/** Jacobian of a random rate network at a random state: `-I + W diag(phi')`, W of gain g, phi = tanh; n x n. */
export function rateJacobian(n, gain, seed) {
  const cell = buildCell(randomSpec("rate", { units: n, gain, time: "continuous" }, seed));
  const jacobian = new Float64Array(n * n);
  cell.jacobian(normals(n, seed + 1), new Float64Array(cell.inputDimension), jacobian);
  return jacobian;
}
