// The finder against Adam on q, the field's customary method, from the same starts on the same kernels.
//
// Both run to q < 1e-12 and stop starts that have converged. The finder runs as shipped: the searches it adds
// until its list looks complete are in its time. Adam gets the starts only, and its best setting per network:
// learning rate and schedule are chosen on 64 starts by most distinct points, then least time, and the time of
// choosing is not counted.
import { existsSync, readdirSync } from "node:fs";
import { adam, findFixedPoints } from "rnn-dynamics";
import { readTensors, readWeights } from "rnn-dynamics/io";
import { cpuSeconds, median } from "./table.mjs";

const folders = ["../shared/nets/flipflop", "test/fixtures/flipflop"].filter((folder) => existsSync(folder));
const starts = 1024;
const rounds = 3;
const target = 8;

export async function run() {
  const rows = [];
  for (const name of readdirSync(folders[0]).filter((n) =>
    existsSync(`${folders[0]}/${n}/weights.safetensors`),
  )) {
    const { cell } = await readWeights(`${folders[0]}/${name}/weights.safetensors`);
    const table = await readTensors(`${folders[0]}/${name}/test.safetensors`);
    const all = table.tensors.get("inits").data;
    const some = all.slice(0, starts * cell.dimension);
    const few = all.slice(0, 64 * cell.dimension);
    const finder = (from) => cpuSeconds(() => findFixedPoints(cell, from, { tolerance: 1e-12 }));
    const baseline = (setting, from) =>
      cpuSeconds(() =>
        findFixedPoints(cell, from, {
          method: adam(setting),
          maxSteps: setting.horizon,
          tolerance: 1e-12,
          searchBudget: 0,
        }),
      );
    const best = tune(few, baseline);
    finder(few);
    const ours = [];
    const theirs = [];
    let found = 0;
    let foundByAdam = 0;
    for (let round = 0; round < rounds; round++) {
      const a = finder(some);
      ours.push(a.seconds);
      found = a.result.points.length;
      if (round > 0 && theirs[0] > 20) continue;
      const b = baseline(best, some);
      theirs.push(b.seconds);
      foundByAdam = b.result.points.length;
    }
    const ratio = median(theirs) / median(ours);
    rows.push([
      name,
      median(ours).toFixed(2),
      found,
      median(theirs).toFixed(2),
      foundByAdam,
      `${best.learningRate}/${best.horizon}`,
      ratio.toFixed(1),
      ratio >= target && found >= foundByAdam ? "ok" : "SHORT",
    ]);
  }
  return {
    title: `Finder against Adam on q, ${starts} starts to q < 1e-12 (CPU seconds, medians; target ${target}x, no fewer points)`,
    columns: ["network", "finder s", "points", "Adam s", "points", "rate/steps", "Adam/finder", ""],
    rows,
    note: existsSync(folders[0]) ? "" : "The network peer_ff3_tanh16 is not here: four of five rows.",
  };
}

/** The Adam setting that finds most points from a few starts, the fastest of those. */
function tune(few, baseline) {
  let best;
  for (const horizon of [1000, 4000]) {
    for (const learningRate of [0.2, 0.05, 0.0125]) {
      const { seconds, result } = baseline({ learningRate, horizon }, few);
      const points = result.points.length;
      const converged = result.starts.counts.fixed;
      if (
        !best ||
        points > best.points ||
        (points === best.points &&
          (converged > 1.1 * best.converged || (converged >= 0.9 * best.converged && seconds < best.seconds)))
      )
        best = { learningRate, horizon, points, converged, seconds };
    }
  }
  return { learningRate: best.learningRate, horizon: best.horizon };
}
