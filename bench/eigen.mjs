// Eigenvalues and right eigenvectors of random RNN Jacobians.
import { eigen } from "../dist/numeric/eigen.js";
import { compare } from "./lib/compare.mjs";
import { rateJacobian } from "./lib/draw.mjs";
import { contender } from "./lib/measure.mjs";
import { mlMatrix, numpy, numpyAvx2 } from "./rivals/rivals.mjs";

/** Least ratio of their time to ours. */
const targets = {
  32: { mlMatrix: 3, numpy: 1 / 1.5 },
  100: { mlMatrix: 3.5, numpy: 1 / 2.5 },
  200: { mlMatrix: 5, numpy: 1 / 3 },
  500: { mlMatrix: 10, numpy: 1 / 3 },
};

export async function run({ tiny }) {
  const rows = [];
  for (const n of tiny ? [12] : [32, 100, 200, 500]) {
    const a = rateJacobian(n, 1.5, n);
    const target = targets[n] ?? {};
    const job = { job: "eigen", data: { n, a } };
    const found = await compare({
      tiny,
      row: "eigenvalues + vectors",
      size: `N = ${n}`,
      ours: contender(() => eigen(n, a, "right")),
      rivals: [
        { rival: mlMatrix, target: target.mlMatrix, ...job },
        { rival: numpy, target: target.numpy, ...job },
        { rival: numpyAvx2, target: target.numpy, ...job },
      ],
      difference: setDistance,
      tolerance: 1e-8,
    });
    rows.push(...found);
  }
  return { title: "random RNN Jacobians -I + W diag(phi'), g = 1.5", rows };
}

/** Largest distance between eigenvalues paired nearest first: two lists of one spectrum may differ in order. */
function setDistance(a, b) {
  const n = a.real.length;
  const free = new Set(b.real.keys());
  let largest = b.real.length === n ? 0 : Number.NaN;
  for (let i = 0; i < n; i++) {
    const distance = (j) => Math.hypot(a.real[i] - b.real[j], a.imaginary[i] - b.imaginary[j]);
    let best = -1;
    for (const j of free) if (best < 0 || distance(j) < distance(best)) best = j;
    free.delete(best);
    if (!(distance(best) <= largest)) largest = distance(best);
  }
  return largest;
}
