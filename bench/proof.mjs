// What a proof costs beside an eigen-decomposition: certify against eigenvalues + right vectors of the same Jacobian.
import { buildCell, findFixedPoints, randomSpec } from "rnn-dynamics";
import { certify } from "rnn-dynamics/proof";
import { eigen } from "../dist/numeric/eigen.js";
import { compare } from "./lib/compare.mjs";
import { contender } from "./lib/measure.mjs";

export async function run({ tiny }) {
  const rows = [];
  for (const n of tiny ? [8] : [32, 100, 200]) {
    const cell = buildCell(randomSpec("vanilla", { units: n, gain: 1.3 }, 1));
    const { points } = findFixedPoints(cell, [new Float64Array(n)]);
    const { state } = points[0];
    const jacobian = new Float64Array(n * n);
    cell.jacobian(state, new Float64Array(0), jacobian);
    const decompose = contender(() => eigen(n, jacobian, "right"));
    const found = await compare({
      tiny,
      row: "certify a point",
      size: `N = ${n}`,
      ours: contender(() => certify(cell, state)),
      rivals: [
        {
          rival: { name: "one eigen-decomposition", prepare: () => decompose },
          target: n === 100 ? 1 / 10 : undefined,
        },
      ],
      // The growing directions proved are those of the eigenvalues.
      difference: ({ unstable }, { real, imaginary }) =>
        Math.abs((unstable ?? Number.NaN) - real.filter((re, i) => Math.hypot(re, imaginary[i]) > 1).length),
      tolerance: 0,
    });
    rows.push(...found);
  }
  return { title: "certifying one fixed point of a random tanh network, g = 1.3", rows };
}
