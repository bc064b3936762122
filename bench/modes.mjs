// The ten slowest modes of a large rate network at rest, right and left: from products with the Jacobian, and from the
// whole eigen-decomposition.
import { createRandom, linearize } from "rnn-dynamics";
import { cpuSeconds } from "./lib/measure.mjs";

const units = 1000;
const inWeights = 20;
const modes = 10;
/** How many times faster the few modes should come. */
const target = 5;

export async function run({ tiny }) {
  const n = tiny ? 40 : units;
  const system = sparseNetwork(n, 0.9);
  const origin = new Float64Array(n);
  const few = cpuSeconds(() => linearize(system, origin, { modes }));
  const all = cpuSeconds(() => linearize(system, origin));
  const { real, imaginary } = all.result.eigenvalues;
  const order = Array.from(real.keys()).sort((i, j) => real[j] - real[i] || i - j);
  const distances = Array.from(few.result.eigenvalues.real, (re, j) =>
    Math.hypot(re - real[order[j]], few.result.eigenvalues.imaginary[j] - imaginary[order[j]]),
  );
  const agrees = few.result.status === "ok" && Math.max(...distances) < 1e-8;
  const ratio = all.seconds / few.seconds;
  return {
    title: "linearize at the origin of a sparse rate network, right and left vectors",
    rows: [
      {
        row: `${modes} slowest modes`,
        size: `N = ${n}`,
        unit: "s",
        rival: "all modes",
        as: "times",
        ...(!tiny && { ours: few.seconds, theirs: all.seconds, ratio }),
        target: `at least ${target}x faster`,
        verdict: !agrees ? "DIFFERS" : tiny ? "agrees" : ratio >= target ? "holds" : "SHORT",
        remark: `${few.result.products} products`,
      },
    ],
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
