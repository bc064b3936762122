// Training by backpropagation through time against TensorFlow.js: forward, backward and Adam for the same network on
// the same batch; ours in float64, theirs in float32. A leaky tanh (rate) network; every update sees all trials.
import { randomSpec } from "rnn-dynamics";
import { trainBackprop } from "rnn-dynamics/train";
import { compare } from "./lib/compare.mjs";
import { contender } from "./lib/measure.mjs";
import { tfjsCpu, tfjsWasm } from "./rivals/rivals.mjs";

const learningRate = 0.005;
const warmUp = 3;

export async function run({ tiny }) {
  const [n, m, k, batch, steps] = tiny ? [8, 3, 3, 4, 6] : [100, 3, 3, 64, 50];
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
  const options = { batchSize: batch, learningRate, clipNorm: Number.POSITIVE_INFINITY };
  // With what is done once: checks, memory and the loss at the end, a few percent.
  const train = (epochs) => trainBackprop(spec, trials, { ...options, epochs });
  const per = 20;
  const { weight, bias: readoutBias } = spec.readout;
  const { alpha, recurrent, input, bias } = spec;
  const data = {
    spec: { n, m, k, alpha, recurrent, input, bias, weight, readoutBias },
    trials,
    learningRate,
    warmUp,
    tuned: false,
  };
  const rows = await compare({
    tiny,
    row: "backpropagation, per update",
    size: `N = ${n}, B = ${batch}, T = ${steps}`,
    ours: contender(() => train(per), { per, result: () => train(warmUp).loss }),
    rivals: [
      // As it comes: the figure a user of TensorFlow.js in Node would see.
      { rival: tfjsWasm, job: "training", data, target: 6 },
      {
        rival: { name: "tfjs-wasm, tuned (f32)", prepare: tfjsWasm.prepare },
        job: "training",
        data: { ...data, tuned: true },
      },
      { rival: tfjsCpu, job: "training", data },
    ],
    difference: (own, their) => Math.abs(their / own - 1),
    tolerance: 1e-5,
  });
  return {
    title: "backpropagation through time and Adam, rate network",
    rows,
    note: "Tuned: with a gradient of our own for its matrix products, which transposes first.",
  };
}
