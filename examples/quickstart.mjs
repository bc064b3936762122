// Where does a trained GRU come to rest? From the repository: npm run build && node examples/quickstart.mjs
import { readFile } from "node:fs/promises";
import { findFixedPoints } from "rnn-dynamics";
import { readSafetensors, readWeights } from "rnn-dynamics/io";

const file = (name) => new URL(`flipflop/${name}.safetensors`, import.meta.url);
const { cell } = await readWeights(await readFile(file("ff3_gru16")));
const { tensors } = readSafetensors(await readFile(file("ff3_gru16-starts")));
const { points } = findFixedPoints(cell, tensors.get("inits").data, { input: [0, 0, 0] });

console.table(
  points.map(({ stability, unstableDimension, q, fromStarts }) => ({
    stability,
    unstableDimension,
    q,
    fromStarts,
  })),
);
