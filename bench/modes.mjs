// The ten slowest modes of a large rate network at rest, right and left: from products with the Jacobian, and from the
// whole eigen-decomposition.
import { createRandom, linearize } from "rnn-dynamics";
import { cpuSeconds } from "./table.mjs";

const units = 1000;
const inWeights = 20;
const modes = 10;
/** How many times faster the few modes should come. */
const target = 5;

export async function run() {
  const system = sparseNetwork(units, 0.9);
  const origin = new Float64Array(units);
  const few = cpuSeconds(() => linearize(system, origin, { modes }));
  const all = cpuSeconds(() => linearize(system, origin));
  const { real, imaginary } = all.result.eigenvalues;
  const order = Array.from(real.keys()).sort((i, j) => real[j] - real[i] || i - j);
  const gap = few.result.eigenvalues.real.reduce(
    (most, re, j) =>
      Math.max(
        most,
        Math.hypot(re - real[order[j]], few.result.eigenvalues.imaginary[j] - imaginary[order[j]]),
      ),
    0,
  );
  const ratio = all.seconds / few.seconds;
  return {
    title: `The ${modes} slowest modes of a sparse rate network (CPU seconds; target ${target}x, the same eigenvalues)`,
    columns: ["units", "products s", "products", "dense s", "dense/products", "largest difference", ""],
    rows: [
      [
        units,
        few.seconds.toFixed(2),
        few.result.products,
        all.seconds.toFixed(2),
        ratio.toFixed(1),
        gap.toExponential(1),
        ratio >= target && few.result.status === "ok" && gap < 1e-8 ? "ok" : "SHORT",
      ],
    ],
    note: "",
  };
}

/** dx/dt = -x + W tanh(x), with few weights per unit, at the origin's linearisation. */
function sparseNetwork(n, gain) {
  const random = createRandom(4);
  const from = Int32Array.from({ length: n * inWeights }, () => random.integer(n));
  const weights = Float64Array.from(from, () => (gain * random.normal()) / Math.sqrt(inWeights));
  const forEach = (visit) => {
    for (let e = 0; e < from.length; e++) visit(Math.floor(e / inWeights), from[e], weights[e]);
  };
  const slope = (x) => 1 - Math.tanh(x) ** 2;
  return {
    time: "continuous",
    dimension: n,
    inputDimension: 0,
    rule(x, _u, out) {
      for (let i = 0; i < n; i++) out[i] = -x[i];
      forEach((i, j, w) => {
        out[i] += w * Math.tanh(x[j]);
      });
    },
    jacobian(x, _u, out) {
      out.fill(0);
      for (let i = 0; i < n; i++) out[i * n + i] = -1;
      forEach((i, j, w) => {
        out[i * n + j] += w * slope(x[j]);
      });
    },
    product(x, _u, v, out) {
      for (let i = 0; i < n; i++) out[i] = -v[i];
      forEach((i, j, w) => {
        out[i] += w * slope(x[j]) * v[j];
      });
    },
    pullback(x, _u, v, out) {
      for (let i = 0; i < n; i++) out[i] = -v[i];
      forEach((i, j, w) => {
        out[j] += w * slope(x[j]) * v[i];
      });
    },
  };
}
