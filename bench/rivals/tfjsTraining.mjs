import { contender } from "../lib/measure.mjs";

/**
 * Backpropagation through time and Adam for a leaky tanh network, in TensorFlow.js as one would write it: inputs and
 * readout are one product each, the recurrent product is made step by step. Its result is the loss after `warmUp`
 * updates. `tuned`: with a gradient of our own for the matrix products.
 */
export function tfjsTraining(tf, { spec, trials, learningRate, warmUp, tuned }) {
  const { n, m, k, alpha } = spec;
  const { count: batch, steps } = trials;
  const matMul = tuned ? quickGradients(tf) : tf.matMul;
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
    matrix(spec.weight, k),
  ];
  const [bias, readoutBias] = [spec.bias, spec.readoutBias].map((data) =>
    tf.variable(tf.tensor1d(Float32Array.from(data))),
  );

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
  const update = () => adam.minimize(objective);
  for (let i = 0; i < warmUp; i++) update();
  const loss = tf.tidy(() => objective().dataSync()[0]);
  return contender(update, { result: () => loss });
}

/** The matrix product with a faster gradient, which transposes first: this backend is slow at products that do. */
function quickGradients(tf) {
  const gradient = (d, [a, b]) => [tf.matMul(d, tf.transpose(b)), tf.matMul(tf.transpose(a), d)];
  return (a, b) =>
    tf.customGrad((a, b, save) => {
      save([a, b]);
      return { value: tf.matMul(a, b), gradFunc: gradient };
    })(a, b);
}
