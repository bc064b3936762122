// Training by backpropagation through time against TensorFlow.js: forward, backward and Adam for the same network on
// the same batch, one thread each; ours in float64, theirs in float32.
//
// A leaky tanh (rate) network; every update sees all trials. CPU seconds, medians of the rounds. Both sides start at
// the same weights and must have the same loss after the same updates.
import { randomSpec } from "rnn-dynamics";
import { trainBackprop } from "rnn-dynamics/train";
import { loadTfjs } from "../test/helpers/tfjs.mjs";
import { cpuSeconds, median } from "./table.mjs";

const [n, m, k, batch, steps] = [100, 3, 3, 64, 50];
const rounds = 7;
const updates = 20;
const learningRate = 0.005;

/** Of WebAssembly as it comes: the figure a user of TensorFlow.js in Node would see. */
const target = 6;

export async function run() {
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
  const train = (epochs) => cpuSeconds(() => trainBackprop(spec, trials, { ...options, epochs }));
  // The first updates warm both sides up. Ours are timed before TensorFlow.js is there: CPU time is that of the whole
  // process, and its garbage would be collected on our account.
  const warmUp = 3;
  const { loss } = train(warmUp).result;
  train(updates);
  // With what is done once: checks, memory and the loss at the end, a few percent.
  const ours = Array.from({ length: rounds }, () => train(updates).seconds / updates);
  const tf = await loadTfjs("wasm");
  const against = [
    { name: "tfjs-wasm", backend: "wasm", matMul: tf.matMul, updates: 5, target },
    { name: "tfjs-wasm, tuned (see below)", backend: "wasm", matMul: tuned(tf), updates: 5 },
    { name: "tfjs-cpu", backend: "cpu", matMul: tf.matMul, updates: 1 },
  ];

  const theirs = [];
  for (const { name, backend, matMul, updates, target } of against) {
    await tf.setBackend(backend);
    const training = tfjsTraining(tf, matMul, spec, trials);
    for (let i = 0; i < warmUp; i++) training.update();
    if (!(Math.abs(training.loss() / loss - 1) < 1e-5))
      throw new Error(`${name} has another loss after ${warmUp} updates: it does not do the same work`);
    const repeat = () => {
      for (let i = 0; i < updates; i++) training.update();
    };
    theirs.push({ name, backend, target, seconds: [], time: () => cpuSeconds(repeat).seconds / updates });
  }
  for (let round = 0; round < rounds; round++)
    for (const { backend, seconds, time } of theirs) {
      await tf.setBackend(backend);
      seconds.push(time());
    }
  const own = 1000 * median(ours);
  return {
    title: `Backpropagation through time and Adam: rate network, N = ${n}, B = ${batch}, T = ${steps} (CPU milliseconds per update, medians)`,
    columns: ["against", "theirs", "ours", "ours per step", "ratio", "target", ""],
    rows: theirs.map(({ name, target, seconds }) => {
      const ratio = (1000 * median(seconds)) / own;
      return [
        name,
        (1000 * median(seconds)).toFixed(0),
        own.toFixed(1),
        (own / steps).toFixed(2),
        ratio.toFixed(1),
        target ? `${target}x` : "",
        target ? (ratio >= target ? "ok" : "SHORT") : "",
      ];
    }),
    note: `tuned: with a gradient of our own for its matrix products, which transposes first. After ${warmUp} updates all losses agree to 1e-5.`,
  };
}

/** The same training in TensorFlow.js: inputs and readout are one product each, the recurrent one step by step. */
function tfjsTraining(tf, matMul, spec, trials) {
  const table = (data, width) =>
    tf.transpose(tf.tensor3d(Float32Array.from(data), [batch, steps, width]), [1, 0, 2]);
  const [inputs, targets, mask] = [table(trials.inputs, m), table(trials.targets, k), table(trials.mask, k)];
  const rowsOf = (tensor, width) => tf.reshape(tensor, [steps * batch, width]);
  // Stored the other way round: the forward pass transposes nothing.
  const matrix = (data, rows) =>
    tf.variable(tf.transpose(tf.tensor2d(Float32Array.from(data), [rows, data.length / rows])));
  const [recurrent, input, weight] = [
    matrix(spec.recurrent, n),
    matrix(spec.input, n),
    matrix(spec.readout.weight, k),
  ];
  const [bias, readoutBias] = [spec.bias, spec.readout.bias].map((data) =>
    tf.variable(tf.tensor1d(Float32Array.from(data))),
  );
  const { alpha } = spec;

  const objective = () => {
    const drives = tf.unstack(tf.reshape(tf.add(matMul(rowsOf(inputs, m), input), bias), [steps, batch, n]));
    let x = tf.zeros([batch, n]);
    let rate = tf.tanh(x);
    const rates = drives.map((drive) => {
      x = tf.add(tf.mul(1 - alpha, x), tf.mul(alpha, tf.add(matMul(rate, recurrent), drive)));
      rate = tf.tanh(x);
      return rate;
    });
    const y = tf.reshape(tf.add(matMul(tf.concat(rates, 0), weight), readoutBias), [steps, batch, k]);
    return tf.div(tf.sum(tf.mul(mask, tf.squaredDifference(y, targets))), tf.sum(mask));
  };
  const adam = tf.train.adam(learningRate, 0.9, 0.999, 1e-8);
  return {
    update: () => adam.minimize(objective),
    loss: () => tf.tidy(() => objective().dataSync()[0]),
  };
}

/** The matrix product with a faster gradient: this backend is slow at products that transpose. */
function tuned(tf) {
  const gradient = (d, [a, b]) => [tf.matMul(d, tf.transpose(b)), tf.matMul(tf.transpose(a), d)];
  return (a, b) =>
    tf.customGrad((a, b, save) => {
      save([a, b]);
      return { value: tf.matMul(a, b), gradFunc: gradient };
    })(a, b);
}
