// Large networks: the default method (products with the Jacobian first) against the dogleg (a factorisation per step),
// from the same noisy states of trajectories.
import { buildCell, createRandom, dogleg, findFixedPoints, sampleStarts, simulate } from "rnn-dynamics";
import { cpuSeconds } from "./lib/measure.mjs";

/** Seconds of CPU one distinct point of the large network may cost. */
const target = 2;

const cases = [
  { name: "3 memories, N = 256", units: 256, gain: 0.5, memories: 3, starts: 64, most: Infinity },
  { name: "3 memories, N = 1000", units: 1000, gain: 0.5, memories: 3, starts: 24, most: target },
  { name: "chaotic, N = 256", units: 256, gain: 1.5, memories: 0, starts: 64, most: Infinity },
];

const small = [{ name: "tiny", units: 20, gain: 0.5, memories: 2, starts: 6, most: target }];

export async function run({ tiny }) {
  const rows = [];
  for (const { name, units, gain, memories, starts, most } of tiny ? small : cases) {
    const cell = network(units, gain, memories);
    const from = startsOf(cell, starts);
    const sides = [undefined, dogleg].map((method) => search(cell, from, method));
    const [ours, theirs] = sides;
    const held = ours.points >= theirs.points && (tiny || ours.each <= most);
    rows.push({
      row: "large networks, a point",
      size: name,
      unit: "s",
      rival: "a factorisation per step",
      as: "times",
      ...(!tiny && { ours: ours.each, theirs: theirs.each, ratio: theirs.each / ours.each }),
      ...(most < Infinity && { target: `under ${most} s` }),
      verdict: tiny
        ? held
          ? "agrees"
          : "DIFFERS"
        : held
          ? most < Infinity
            ? "holds"
            : "no target"
          : "SHORT",
      remark: `${ours.points} points; theirs ${theirs.points}; ${starts} starts`,
    });
  }
  return { title: "CPU time per distinct point, eigenvalues included, without further searches", rows };
}

function search(cell, from, method) {
  const options = { method, searchBudget: 0 };
  const { seconds, result } = cpuSeconds(() => findFixedPoints(cell, from, options));
  return { points: result.points.length, each: seconds / result.points.length };
}

/** A rate network: gain times random weights, and so many random patterns it remembers. */
function network(n, gain, memories) {
  const random = createRandom(1);
  const recurrent = Float64Array.from({ length: n * n }, () => (gain * random.normal()) / Math.sqrt(n));
  for (let k = 0; k < memories; k++) {
    const pattern = Float64Array.from({ length: n }, () => (random.uniform() < 0.5 ? -1 : 1));
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) recurrent[i * n + j] += (2 * pattern[i] * pattern[j]) / n;
  }
  return buildCell({ kind: "rate", time: "continuous", activation: "tanh", recurrent });
}

/** States of trajectories from random states, with noise. */
function startsOf(cell, count) {
  const random = createRandom(2);
  const initial = Array.from({ length: 8 }, () =>
    Float64Array.from({ length: cell.dimension }, () => random.normal()),
  );
  const trajectories = simulate(cell, initial, { dt: 0.1, steps: 200, method: "euler" });
  return sampleStarts(trajectories, { count, noise: 0.3, seed: 3 });
}
