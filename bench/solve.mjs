// One linear system A x = b: LU with partial pivoting and one solution.
import { defaultKernel } from "../dist/numeric/defaultKernel.js";
import { compare, relativeDifference } from "./lib/compare.mjs";
import { normals } from "./lib/draw.mjs";
import { contender } from "./lib/measure.mjs";
import { mlMatrix, numpy, numpyAvx2 } from "./rivals/rivals.mjs";

export async function run({ tiny }) {
  const rows = [];
  for (const n of tiny ? [11] : [32, 100, 200, 500]) {
    const [a, b] = [normals(n * n, n), normals(n, n + 1)];
    const [lu, x, pivots] = [new Float64Array(n * n), new Float64Array(n), new Int32Array(n)];
    const job = { job: "solve", data: { n, a, b } };
    const target = n >= 100 ? 1 / 2.5 : undefined;
    const found = await compare({
      tiny,
      row: "linear solve",
      size: `N = ${n}`,
      ours: contender(() => {
        lu.set(a);
        x.set(b);
        defaultKernel.luFactor(n, lu, pivots);
        defaultKernel.luSolve(n, lu, pivots, x);
        return x;
      }),
      rivals: [
        { rival: numpy, target, ...job },
        { rival: numpyAvx2, target, ...job },
        { rival: mlMatrix, ...job },
      ],
      difference: relativeDifference,
      tolerance: 1e-8,
    });
    rows.push(...found);
  }
  return { title: "normal random matrices, one right-hand side, arguments kept", rows };
}
