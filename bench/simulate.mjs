// Batched forward simulation of a rate network by Euler steps, through the public `simulate`.
//
// numpy's side is the loop one would write with care: in place, nothing allocated. Ours keeps final states only, as
// numpy's loop does, and copies, checks and watches every state for overflow besides: that is what a user gets.
import { buildCell, randomSpec, simulate } from "rnn-dynamics";
import { compare, relativeDifference } from "./lib/compare.mjs";
import { normals } from "./lib/draw.mjs";
import { contender } from "./lib/measure.mjs";
import { numpy, numpyAvx2 } from "./rivals/rivals.mjs";

const batch = 64;
/** Least ratio of numpy's time to ours. */
const targets = { 100: 1, 500: 0.4 };

export async function run({ tiny }) {
  const rows = [];
  for (const n of tiny ? [10] : [100, 500]) {
    const steps = tiny ? 20 : 100;
    const options = { units: n, gain: 1.5, inputs: 0, time: "discrete", alpha: 0.1 };
    const spec = { ...randomSpec("rate", options, n), bias: normals(n, 5).map((x) => 0.1 * x) };
    const cell = buildCell(spec);
    const starts = normals(batch * n, 6);
    const data = { n, batch, steps, alpha: spec.alpha, weights: spec.recurrent, bias: spec.bias, starts };
    const table = Array.from({ length: batch }, (_, b) => starts.subarray(b * n, (b + 1) * n));
    const job = { job: "simulate", data, target: targets[n] };
    const found = await compare({
      tiny,
      row: "simulation, per step",
      size: `N = ${n}, B = ${batch}`,
      ours: contender(() => simulate(cell, table, { steps, record: "final" }).finalStates, { per: steps }),
      rivals: [
        { rival: numpy, ...job },
        { rival: numpyAvx2, ...job },
      ],
      difference: relativeDifference,
      // The network is chaotic: rounding grows.
      tolerance: 1e-6,
    });
    rows.push(...found);
  }
  return { title: "rate network, gain 1.5, Euler map, final states only", rows };
}
