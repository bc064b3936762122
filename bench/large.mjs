// Large networks: the default method (products with the Jacobian first) against the dogleg (a factorisation per step),
// from the same noisy states of trajectories. The time has all of it: searches, polishing, eigenvalues; "search" is what
// the starts alone took, with the polishing of new points.
import { buildCell, createRandom, dogleg, findFixedPoints, sampleStarts, simulate } from "rnn-dynamics";
import { cpuSeconds } from "./table.mjs";

/** Seconds of CPU one distinct point of the large network may cost. */
const target = 2;

const cases = [
  { name: "3 memories, N = 256", units: 256, gain: 0.5, memories: 3, starts: 64, most: Infinity },
  { name: "3 memories, N = 1000", units: 1000, gain: 0.5, memories: 3, starts: 24, most: target },
  { name: "chaotic, N = 256", units: 256, gain: 1.5, memories: 0, starts: 64, most: Infinity },
];

export async function run() {
  const rows = [];
  for (const { name, units, gain, memories, starts, most } of cases) {
    const cell = network(units, gain, memories);
    const from = startsOf(cell, starts);
    const found = {};
    for (const method of [dogleg, undefined]) {
      const began = process.cpuUsage();
      let searched = 0;
      const onProgress = () => {
        const { user, system } = process.cpuUsage(began);
        searched = (user + system) / 1e6;
      };
      const { seconds, result } = cpuSeconds(() =>
        findFixedPoints(cell, from, { method, searchBudget: 0, onProgress }),
      );
      const points = result.points.length;
      found[result.options.method] = points;
      const each = seconds / points;
      const isDefault = method === undefined;
      rows.push([
        name,
        result.options.method,
        result.starts.counts.fixed,
        points,
        seconds.toFixed(2),
        (searched / points).toFixed(3),
        each.toFixed(3),
        !isDefault ? "" : each <= most && points >= found.dogleg ? "ok" : "SHORT",
      ]);
    }
  }
  return {
    title: `Large networks, no further searches (CPU seconds; target ${target} s a point at N = 1000, nowhere fewer points)`,
    columns: ["network", "method", "starts fixed", "points", "s", "search / point", "s / point", ""],
    rows,
    note: "",
  };
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
