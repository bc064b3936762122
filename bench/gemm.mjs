// Matrix products in float64, (B x N)(N x N): a batch of B states times the weights of N units.
import { defaultKernel } from "../dist/numeric/defaultKernel.js";
import { compare, relativeDifference } from "./lib/compare.mjs";
import { normals } from "./lib/draw.mjs";
import { contender } from "./lib/measure.mjs";
import { mlMatrix, numpy, numpyAvx2, tfjsCpu, tfjsWasm } from "./rivals/rivals.mjs";

export async function run({ tiny }) {
  const rows = [];
  for (const n of tiny ? [9] : [100, 200, 500])
    for (const m of tiny ? [7] : [64, 1024]) {
      const [a, b, c] = [normals(m * n, n), normals(n * n, n + 1), new Float64Array(m * n)];
      const job = { job: "product", data: { m, n, k: n, a, b } };
      const found = await compare({
        tiny,
        row: "matrix product",
        size: `(${m} x ${n})(${n} x ${n})`,
        operations: 2 * m * n * n,
        ours: contender(() => {
          defaultKernel.gemm(false, false, m, n, n, 1, a, b, 0, c);
          return c;
        }),
        rivals: [
          { rival: numpy, as: "share", target: 0.35, ...job },
          { rival: numpyAvx2, as: "share", target: 0.35, ...job },
          { rival: mlMatrix, ...job },
          { rival: tfjsWasm, ...job },
          { rival: tfjsCpu, ...job },
        ],
        difference: relativeDifference,
        tolerance: (theirs) => (theirs instanceof Float32Array ? 1e-4 : 1e-10),
      });
      rows.push(...found);
    }
  return {
    title: `float64, ours with the kernel "${defaultKernel.name}"; tfjs computes in float32`,
    rows,
    note: "The target, 35 % of OpenBLAS, was set on a machine with AVX2, where OpenBLAS reaches 40 GF/s; with AVX-512 it reaches more, so it is also run without.",
  };
}
