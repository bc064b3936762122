import { loadTfjs } from "../../test/helpers/tfjs.mjs";
import { contender } from "../lib/measure.mjs";
import { tfjsTraining } from "./tfjsTraining.mjs";

export async function start(backend) {
  const tf = await loadTfjs(backend);
  /** The numbers of a tensor that is then done with. Not in `tidy`: it would look for tensors among them. */
  const read = (tensor) => {
    const data = tensor.dataSync();
    tensor.dispose();
    return data;
  };
  return {
    about: { name: `tfjs ${tf.version_core}, ${backend} (f32)` },
    jobs: {
      product({ m, n, k, a, b }) {
        const left = tf.tensor2d(Float32Array.from(a), [m, k]);
        const right = tf.tensor2d(Float32Array.from(b), [k, n]);
        return contender(() => read(tf.matMul(left, right)));
      },
      tanh({ x }) {
        const tensor = tf.tensor1d(Float32Array.from(x));
        return contender(() => read(tf.tanh(tensor)));
      },
      training: (data) => tfjsTraining(tf, data),
    },
  };
}
