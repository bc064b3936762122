// The networks of networkFiles.json as TensorFlow.js keeps and runs them, and the ONNX files as ONNX Runtime runs them.
// Run: node test/oracles/networkRuns.mjs > test/oracles/networkRuns.json
import { readFileSync } from "node:fs";
import { inflateSync } from "node:zlib";
import * as ort from "onnxruntime-web";
import { loadTfjsLayers } from "../helpers/tfjs.mjs";

const { units, inputs, files, weights, readout } = JSON.parse(
  readFileSync(new URL("networkFiles.json", import.meta.url), "utf8"),
);
const { tf, layers } = await loadTfjsLayers();

/** PyTorch's rows of gates as Keras's columns: gate blocks in another order, transposed. */
function turned(rows, order, to) {
  const blocks = [...to].flatMap((gate) =>
    rows.slice(order.indexOf(gate) * units, (order.indexOf(gate) + 1) * units),
  );
  return typeof rows[0] === "number"
    ? tf.tensor1d(blocks)
    : tf.tensor2d(blocks[0].map((_, j) => blocks.map((row) => row[j])));
}

const kinds = {
  "gru before": ["gru", "rzn", "zrn", { recurrentActivation: "sigmoid" }],
  lstm: ["lstm", "ifgo", "ifgo", { recurrentActivation: "sigmoid" }],
  rnn: ["simpleRNN", "h", "h", {}],
};
const tfjs = [];
for (const [network, [kind, order, to, options]] of Object.entries(kinds)) {
  const { ih, hh, bi } = weights[network];
  const recurrent = layers.layers[kind]({
    units,
    inputShape: [null, inputs[0].length],
    returnSequences: true,
    name: kind,
    ...options,
  });
  const dense = layers.layers.dense({ units: readout.bias.length, name: "dense" });
  const model = layers.sequential({ layers: [recurrent, dense] });
  recurrent.setWeights([turned(ih, order, to), turned(hh, order, to), turned(bi, order, to)]);
  dense.setWeights([turned(readout.weight, "h", "h"), tf.tensor1d(readout.bias)]);
  const [states, outputs] = [
    recurrent.apply(tf.tensor3d([inputs])).arraySync()[0],
    model.predict(tf.tensor3d([inputs])).arraySync()[0],
  ];
  await model.save({
    save: async (artifacts) => {
      const { modelTopology, format, generatedBy, convertedBy, weightSpecs, weightData } = artifacts;
      const manifest = [{ paths: ["group1-shard1of1.bin"], weights: weightSpecs }];
      tfjs.push({
        network,
        model: { format, generatedBy, convertedBy, modelTopology, weightsManifest: manifest },
        shard: Buffer.from(weightData).toString("base64"),
        states,
        outputs,
      });
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
    },
  });
}

ort.env.wasm.numThreads = 1;
ort.env.logLevel = "fatal";
const onnx = [];
for (const { name, deflated, run, states } of files) {
  if (!name.endsWith(".onnx") || run === false || states === null) continue;
  const session = await ort.InferenceSession.create(
    new Uint8Array(inflateSync(Buffer.from(deflated, "base64"))),
  );
  const feed = new ort.Tensor("float32", Float32Array.from(inputs.flat()), [
    inputs.length,
    1,
    inputs[0].length,
  ]);
  const { dims, data } = (await session.run({ [session.inputNames[0]]: feed }))[session.outputNames[0]];
  const width = dims.at(-1);
  onnx.push({
    name,
    // A file with a readout answers with outputs, one without with states.
    of: name.startsWith("PyTorch") ? "outputs" : "states",
    values: inputs.map((_, t) => Array.from(data.slice(t * width, (t + 1) * width))),
  });
}
process.stdout.write(`${JSON.stringify({ tfjs, onnx })}\n`);
