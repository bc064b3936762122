// The finder against Adam on q, the field's customary search, written in torch (see rivals/with_torch.py): the same
// networks, the same 1024 starts, the input held at 0.
//
// The finder runs as shipped: the searches it adds until its list looks complete, and the eigenvalues of every point,
// are in its time. The other side finds states only. A true point counts as found by either side when a returned
// state is within 0.01 of it; the true points are those stored with the networks, from other methods and more starts.
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { findFixedPoints, q } from "rnn-dynamics";
import { readTensors, readWeights } from "rnn-dynamics/io";
import { compare, relativeDifference } from "./lib/compare.mjs";
import { contender } from "./lib/measure.mjs";
import { torch } from "./rivals/rivals.mjs";

const near = 0.01;
const targets = { ff3_gru16: 30, integ_tanh64_static: 30, ff3_tanh16: 10, ff3_lstm16: 10 };
const variants = [
  { number: "f32", setting: "plateau", words: "Adam f32, rate 1 until a plateau" },
  { number: "f64", setting: "plateau", words: "Adam f64, rate 1 until a plateau" },
  { number: "f64", setting: "steps", words: "Adam f64, rate 0.05 in steps" },
];

/** All five networks where they are at hand, else the four that are kept with the tests. */
const folder = ["../../shared/nets/flipflop", "../test/fixtures/flipflop"]
  .map((path) => fileURLToPath(new URL(path, import.meta.url)))
  .find((path) => existsSync(path));

export async function run({ tiny }) {
  const rows = [];
  const names = readdirSync(folder).filter((name) => existsSync(`${folder}/${name}/weights.safetensors`));
  for (const name of tiny ? names.slice(0, 3) : names) {
    const { cell } = await readWeights(`${folder}/${name}/weights.safetensors`);
    const { tensors } = await readTensors(`${folder}/${name}/weights.safetensors`);
    const { tensors: stored } = await readTensors(`${folder}/${name}/test.safetensors`);
    const d = cell.dimension;
    const starts = Float64Array.from(stored.get("inits").data.slice(0, (tiny ? 4 : 1024) * d));
    const truth = rowsOf(stored.get("gt.zero.x").data, d);
    const weights = (part) => Float64Array.from(tensors.get(part).data);
    const data = {
      kind: cell.spec.kind,
      recurrent: weights("weight_hh_l0"),
      input: weights("weight_ih_l0"),
      biases: { bias_ih: weights("bias_ih_l0"), bias_hh: weights("bias_hh_l0") },
      starts,
      dimension: d,
    };
    const found = await compare({
      tiny,
      row: "finder",
      size: name,
      ours: search(cell, starts),
      rivals: [
        ...variants.map(({ words, ...variant }) => ({
          rival: { name: words, prepare: torch.prepare },
          job: "search",
          data: { ...data, ...variant },
          target: targets[name],
        })),
        { rival: { name: "ours, the starts only", prepare: () => search(cell, starts, 0) } },
      ],
      difference: (own, their) => relativeDifference(own.q, their.q),
      tolerance: 1e-5,
      judge: (own, their) => {
        if (!their.states) return {};
        const [a, b] = [own, their].map(({ states }) => count(truth, rowsOf(states, d)));
        const text = ({ found, others }) =>
          `${found} of ${truth.length}${others ? ` and ${others} others` : ""}`;
        const steps = their.steps ? `, ${their.steps} steps` : "";
        return { remark: `${text(a)}; theirs ${text(b)}${steps}`, holds: a.found >= b.found };
      },
    });
    rows.push(...found);
  }
  return {
    title: "fixed points from 1024 starts; true points found, other states returned",
    rows,
    note: "Both accept q < 1e-12. Our time has the searches added for completeness and all eigenvalues in it.",
  };
}

/** The finder as a contender; without a budget of extra searches, from the given starts alone. */
function search(cell, starts, searchBudget) {
  const options = { tolerance: 1e-12, ...(searchBudget !== undefined && { searchBudget }) };
  const u = new Float64Array(cell.inputDimension);
  let report;
  return contender(
    () => {
      report = findFixedPoints(cell, starts, options);
    },
    {
      result: () => ({
        q: Float64Array.from(rowsOf(starts, cell.dimension), (x) => q(cell, x, u)),
        states: report && Float64Array.from(report.points.flatMap(({ state }) => [...state])),
      }),
    },
  );
}

const rowsOf = (data, d) =>
  Array.from({ length: data.length / d }, (_, i) => data.subarray(i * d, (i + 1) * d));

/** How many of the true points are among the states, and how many states are no true point. */
function count(truth, states) {
  const close = (a, b) => a.every((x, i) => Math.abs(x - b[i]) < near);
  return {
    found: truth.filter((point) => states.some((state) => close(point, state))).length,
    others: states.filter((state) => !truth.some((point) => close(point, state))).length,
  };
}
