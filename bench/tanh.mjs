// tanh of many numbers.
import { defaultKernel } from "../dist/numeric/defaultKernel.js";
import { compare, relativeDifference } from "./lib/compare.mjs";
import { normals } from "./lib/draw.mjs";
import { contender } from "./lib/measure.mjs";
import { javascript, numpy, numpyAvx2, tfjsCpu, tfjsWasm } from "./rivals/rivals.mjs";

export async function run({ tiny }) {
  const count = tiny ? 1000 : 1e6;
  const x = normals(count, 1);
  const out = new Float64Array(count);
  const job = { job: "tanh", data: { x } };
  const rows = await compare({
    tiny,
    row: "tanh",
    size: `${count} doubles`,
    ours: contender(() => {
      defaultKernel.tanh(x, out);
      return out;
    }),
    rivals: [
      { rival: numpy, target: 2, ...job },
      { rival: numpyAvx2, target: 2, ...job },
      { rival: javascript, ...job },
      { rival: tfjsWasm, ...job },
      { rival: tfjsCpu, ...job },
    ],
    difference: relativeDifference,
    tolerance: (theirs) => (theirs instanceof Float32Array ? 1e-6 : 1e-14),
  });
  return { title: "standard normal numbers; tfjs computes in float32", rows };
}
