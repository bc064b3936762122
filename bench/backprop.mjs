// Backpropagation through time in batches against the same gradient trial by trial, step by step, in plain loops.
//
// A leaky tanh (rate) network; one full-batch update of trainBackprop is one forward and one backward pass, clipping
// and Adam. CPU seconds, medians of the rounds; the slow version runs a few trials only and is scaled up.
import { buildCell, randomSpec } from "rnn-dynamics";
import { trainBackprop } from "rnn-dynamics/train";
import { cpuSeconds, median } from "./table.mjs";

const [n, m, k, batch, steps] = [100, 3, 3, 64, 50];
const rounds = 5;
const updates = 10;
const few = 4;
const target = 3;

export function run() {
  const spec = {
    ...randomSpec("rate", { units: n, inputs: m, outputs: k, gain: 1.2, time: "discrete", alpha: 0.2 }, 1),
    bias: new Float64Array(n),
  };
  const wave = (length, frequency) => Float64Array.from({ length }, (_, i) => Math.sin(frequency * i));
  const trials = {
    count: batch,
    steps,
    inputDimension: m,
    outputDimension: k,
    inputs: wave(batch * steps * m, 0.7),
    targets: wave(batch * steps * k, 0.3),
    mask: new Float64Array(batch * steps * k).fill(1),
  };
  const train = (epochs) =>
    cpuSeconds(() => trainBackprop(spec, trials, { epochs, batchSize: batch })).seconds;
  const cell = buildCell(spec);
  train(updates);
  trialByTrial(cell, trials, few);
  const ours = [];
  const theirs = [];
  for (let round = 0; round < rounds; round++) {
    // The difference leaves out what is done once: checks, memory and the loss at the end.
    ours.push((train(2 * updates) - train(updates)) / updates);
    theirs.push((cpuSeconds(() => trialByTrial(cell, trials, few)).seconds * batch) / few);
  }
  const update = 1000 * median(ours);
  const slow = 1000 * median(theirs);
  const ratio = slow / update;
  const name = `rate, N = ${n}, B = ${batch}, T = ${steps}`;
  return {
    title: `Backpropagation through time (CPU milliseconds, medians; target ${target}x)`,
    columns: ["network", "ms per update", "ms per step", "trial by trial ms", "ratio", ""],
    rows: [
      [
        name,
        update.toFixed(1),
        (update / steps).toFixed(2),
        slow.toFixed(0),
        ratio.toFixed(1),
        ratio >= target ? "ok" : "SHORT",
      ],
    ],
    note: "",
  };
}

/** Gradient of the first `count` trials by every tensor, one trial and one step at a time. */
function trialByTrial(cell, trials, count) {
  const { recurrent, input, bias, alpha, readout } = cell.spec;
  const w = recurrent;
  const gradient = [w, input, bias, readout.weight, readout.bias].map((x) => new Float64Array(x.length));
  const [dw, din, db, dout, doutBias] = gradient;
  for (let b = 0; b < count; b++) {
    const x = [new Float64Array(n)];
    const r = [new Float64Array(n)];
    for (let t = 0; t < steps; t++) {
      const next = new Float64Array(n);
      for (let i = 0; i < n; i++) {
        let drive = bias[i];
        for (let j = 0; j < n; j++) drive += w[i * n + j] * r[t][j];
        for (let j = 0; j < m; j++) drive += input[i * m + j] * trials.inputs[(b * steps + t) * m + j];
        next[i] = (1 - alpha) * x[t][i] + alpha * drive;
      }
      x.push(next);
      r.push(next.map(Math.tanh));
    }
    let dx = new Float64Array(n);
    let dr = new Float64Array(n);
    for (let t = steps - 1; t >= 0; t--) {
      const rate = r[t + 1];
      for (let o = 0; o < k; o++) {
        let y = readout.bias[o];
        for (let j = 0; j < n; j++) y += readout.weight[o * n + j] * rate[j];
        const p = (b * steps + t) * k + o;
        const e = (2 * trials.mask[p] * (y - trials.targets[p])) / trials.mask.length;
        doutBias[o] += e;
        for (let j = 0; j < n; j++) {
          dout[o * n + j] += e * rate[j];
          dr[j] += e * readout.weight[o * n + j];
        }
      }
      const before = new Float64Array(n);
      const rateBefore = new Float64Array(n);
      for (let i = 0; i < n; i++) {
        const d = dx[i] + dr[i] * (1 - rate[i] * rate[i]);
        const delta = alpha * d;
        before[i] = (1 - alpha) * d;
        db[i] += delta;
        for (let j = 0; j < n; j++) {
          dw[i * n + j] += delta * r[t][j];
          rateBefore[j] += delta * w[i * n + j];
        }
        for (let j = 0; j < m; j++) din[i * m + j] += delta * trials.inputs[(b * steps + t) * m + j];
      }
      dx = before;
      dr = rateBefore;
    }
  }
  return gradient;
}
