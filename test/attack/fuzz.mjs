// Mutated files against every reader of the built package: `npm run build`, then
//
//   node test/attack/fuzz.mjs [RUNS=100000] [SEED=1] [PART OF A READER'S NAME]
//
// Each run changes, inserts, removes, repeats or swaps a few bytes of a stored file and hands it to the reader. It must
// answer with a result or a FileError of one line within 2 seconds of processor time; anything else is printed, with the run's number, and
// the script ends with status 1. Files of HDF5, Keras, TF.js and ONNX are also recognised, and cut off: at each of their first 4096 bytes
// and at 200 places after. Last a table: runs, how many were still read, the slowest, the largest heap and buffers, and
// how much larger than before the process has been (threads and the HDF5 library included).
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { inflateSync } from "node:zlib";
import { readHdf5 } from "../../dist/io/hdf5.js";
import * as io from "../../dist/io/index.js";
import { readKeras } from "../../dist/io/keras.js";
import { threadReader } from "../../dist/io/nodeHdf5.js";
import { readOnnx } from "../../dist/io/onnx.js";
import { readTfjs } from "../../dist/io/tfjs.js";
import { writeZip } from "../../dist/io/zip.js";

const [runs = 100_000, seed = 1] = process.argv.slice(2, 4).map(Number);
const only = process.argv[4] ?? "";
const stored = (name) =>
  JSON.parse(readFileSync(join(import.meta.dirname, "../oracles", `${name}.json`), "utf8"));
const files = stored("pickles").map(({ name, base64 }) => ({ name, bytes: Buffer.from(base64, "base64") }));
const named = (pattern) =>
  files.filter(({ name }) => pattern.test(name)).map(({ bytes }) => new Uint8Array(bytes));
const weights = [
  { name: "weight_ih_l0", shape: [6, 1], data: [0.1, 0.2, -0.3, 0.4, -0.5, 0.6] },
  { name: "weight_hh_l0", shape: [6, 2], data: Array.from({ length: 12 }, (_, i) => Math.cos(i)) },
];
const networks = stored("networkFiles").files.map(({ name, deflated }) => ({
  name,
  bytes: new Uint8Array(inflateSync(Buffer.from(deflated, "base64"))),
}));
const ofKind = (ending) => networks.filter(({ name }) => name.endsWith(ending)).map(({ bytes }) => bytes);
const shards = stored("networkRuns").tfjs.map(({ model, shard }) => ({
  model: new TextEncoder().encode(JSON.stringify(model)),
  shard: new Uint8Array(Buffer.from(shard, "base64")),
}));
const thread = threadReader();
/** What the reader found is also taken for a network, as readWeights does. */
const recognised = async (table) => {
  const { tensors, metadata } = await table;
  const found = io.recognise(tensors, metadata, "f");
  if (found.modelSpec) io.applyModelSpec(found.modelSpec, tensors.values(), "f");
  return { tensors };
};
const around = (weights, run) =>
  writeZip(
    [
      { name: "config.json", bytes: new TextEncoder().encode(kerasConfig) },
      { name: "model.weights.h5", bytes: weights },
    ],
    run % 4 === 0,
  );
const [archive] = ofKind(".keras");
const kerasConfig = (await readKeras(archive, "f")).metadata.model_config;
const readers = {
  HDF5: [ofKind(".h5"), (bytes) => recognised(readHdf5(bytes, "f", thread)), true],
  // Every second archive is whole around damaged weights: else its checksums would end it.
  Keras: [
    ofKind(".keras"),
    (bytes, run) => recognised(readKeras(run % 2 ? around(bytes, run) : bytes, "f", thread)),
    true,
    ofKind("Keras 3 gru.weights.h5"),
  ],
  "TF.js": [
    shards.map(({ model }) => model),
    (bytes, run) => recognised(readTfjs(bytes, "f", async () => shards[run % shards.length].shard)),
    true,
  ],
  ONNX: [ofKind(".onnx"), (bytes) => recognised(readOnnx(bytes, "f", async () => new Uint8Array(160))), true],
  "PyTorch zip": [named(/^torch zip|torch zip$|checkpoint/), io.readPickle],
  "PyTorch legacy": [named(/legacy/), io.readPickle],
  "pickles with modules": [named(/storages inside/), io.readPickle],
  "plain pickles": [named(/^plain pickle|lone|list of/), io.readPickle],
  "MATLAB 5": [named(/^MATLAB/), io.readMatlab],
  safetensors: [[io.writeSafetensors(weights)], io.readSafetensors],
  npz: [[io.writeNpz(weights), io.writeNpz(weights, { compress: true })], io.readNpz],
};

/** xorshift32: whole numbers below n. */
function below(state) {
  return (n) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % n;
  };
}

const telling = [0, 1, 2, 4, 0x28, 0x2e, 0x52, 0x62, 0x7f, 0x80, 0x81, 0x93, 0xff];

function mutate(bytes, random) {
  const out = [...bytes];
  for (let i = 1 + random(6); i > 0; i--) {
    const at = random(out.length || 1);
    const kind = random(7);
    if (kind === 0) out[at] = random(256);
    else if (kind === 1) out[at] = telling[random(telling.length)];
    else if (kind === 2) out[at] ^= 1 << random(8);
    else if (kind === 3) out.splice(at, 0, random(2) ? random(256) : telling[random(telling.length)]);
    else if (kind === 4) out.splice(at, 1 + random(8));
    else if (kind === 5)
      out.splice(at, 0, ...out.slice(random(out.length), random(out.length) + 40).slice(0, 200));
    // A length or a count, of 4 or 8 bytes.
    else
      for (let k = 0, size = random(2) ? 4 : 8; k < size; k++) out[at + k] = random(3) ? 0xff : random(256);
  }
  return Uint8Array.from(out, (v) => v ?? 0);
}

let failed = 0;
for (const [name, [samples, read, cut, others = samples]] of Object.entries(readers)) {
  if (!name.includes(only)) continue;
  const random = below(seed + 7919 * name.length);
  for (let i = 0; i < 20; i++) random(2);
  let done = 0;
  let slowest = 0;
  let largest = 0;
  let total = 0;
  const before = process.memoryUsage.rss();
  let grown = 0;
  const attack = async (bytes, run) => {
    const start = process.cpuUsage();
    total++;
    try {
      const { tensors } = await read(bytes, run);
      for (const { shape, data } of tensors.values())
        if (data.length !== shape.reduce((a, b) => a * b, 1))
          throw new Error(`shape [${shape}] of ${data.length} numbers`);
      done++;
    } catch (error) {
      if (!(error instanceof io.FileError) || /[\r\n]/.test(error.message)) {
        failed++;
        console.error(`${name}, run ${run}: ${error.stack}`);
      }
    }
    const { user, system } = process.cpuUsage(start);
    const elapsed = (user + system) / 1000;
    slowest = Math.max(slowest, elapsed);
    if (elapsed > 2000) {
      failed++;
      console.error(`${name}, run ${run}: ${elapsed.toFixed(0)} ms`);
    }
    if (total % 100 === 0) {
      const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
      largest = Math.max(largest, heapUsed + arrayBuffers);
      grown = Math.max(grown, rss - before);
      await setImmediate();
    }
  };
  for (let run = 0; run < runs; run++) {
    const list = run % 2 ? others : samples;
    await attack(mutate(list[run % list.length], random), run);
  }
  if (cut)
    for (const sample of samples.slice(0, 1)) {
      const places = Array.from({ length: Math.min(4096, sample.length) }, (_, at) => at);
      if (sample.length > 4096)
        for (let i = 0; i < 200; i++) places.push(4096 + random(sample.length - 4096));
      for (const at of places) await attack(sample.slice(0, at), 0);
    }
  console.log(
    `${name}: ${total} files, ${done} read, ${total - done} refused, slowest ${slowest.toFixed(0)} ms, most memory ${(largest / 2 ** 20).toFixed(0)} MiB, process ${(grown / 2 ** 20).toFixed(0)} MiB larger`,
  );
}
thread.close();
process.exitCode = failed > 0 ? 1 : 0;
