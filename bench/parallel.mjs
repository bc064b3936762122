// The verbs on two workers against the serial verbs: wall time, which only says something on an idle machine.
//
// Both sides are warmed up by one run. What the machine itself allows is measured beside it: the same serial work in
// two processes at once, against one alone (2.0 when two processors are free).
import { spawn } from "node:child_process";
import { analyze, buildCell, defaultStarts, findFixedPoints, findSlowPoints, randomSpec } from "rnn-dynamics";
import { createPool } from "rnn-dynamics/parallel";
import { median } from "./lib/measure.mjs";

const size = 2;
const rounds = 3;
const target = 1.7;

const cases = [
  ["findFixedPoints, GRU of 64", "gru", { units: 64, gain: 3 }, 4096, "findFixedPoints", {}],
  ["findFixedPoints, tanh of 128", "vanilla", { units: 128, gain: 1.5 }, 128, "findFixedPoints", {}],
  ["findSlowPoints, GRU of 64", "gru", { units: 64, gain: 3 }, 2048, "findSlowPoints", {}],
  ["analyze, tanh of 128", "vanilla", { units: 128, gain: 1.5 }, 256, "analyze", {}],
];
const small = [["findFixedPoints, GRU of 4", "gru", { units: 4, gain: 3 }, 8, "findFixedPoints", {}]];
const verbs = { analyze, findFixedPoints, findSlowPoints };

export async function run({ tiny }) {
  const rows = [];
  const pool = createPool({ size });
  for (const [name, kind, shape, count, verb, options] of tiny ? small : cases) {
    const cell = buildCell(randomSpec(kind, shape, 1));
    const starts = defaultStarts(cell, { count });
    const serially = () => verbs[verb](cell, starts, options);
    const report = serially();
    const same = JSON.stringify(await pool[verb](cell, starts, options)) === JSON.stringify(report);
    const base = { row: "worker pool", size: name, unit: "s", rival: "the serial verb", as: "times" };
    if (tiny) {
      rows.push({ ...base, verdict: same ? "agrees" : "DIFFERS" });
      continue;
    }
    const alone = [];
    const together = [];
    for (let round = 0; round < rounds; round++) {
      alone.push(await seconds(serially));
      together.push(await seconds(() => pool[verb](cell, starts, options)));
    }
    const ratio = median(alone) / median(together);
    rows.push({
      ...base,
      ours: median(together),
      theirs: median(alone),
      ratio,
      target: `at least ${target}x faster`,
      verdict: !same ? "DIFFERS" : ratio >= target ? "holds" : "SHORT",
    });
  }
  pool.close();
  const title = `${size} workers against the serial verb, wall time`;
  if (tiny) return { title, rows };
  const [one, two] = [await copies(1), await copies(2)];
  const note = `Two copies of a serial run side by side get ${((2 * one) / two).toFixed(2)} times the work of one done: what this machine allows now.`;
  return { title, rows, note };
}

async function seconds(work) {
  const before = performance.now();
  await work();
  return (performance.now() - before) / 1000;
}

/** Wall seconds of so many serial runs at once, each in its process. */
function copies(count) {
  const program = `
    import { buildCell, defaultStarts, findFixedPoints, randomSpec } from "rnn-dynamics";
    const cell = buildCell(randomSpec("vanilla", { units: 128, gain: 1.5 }, 1));
    findFixedPoints(cell, defaultStarts(cell, { count: 128 }));`;
  const one = () =>
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: "inherit" });
      child.on("error", reject);
      child.on("close", resolve);
    });
  return seconds(() => Promise.all(Array.from({ length: count }, one)));
}
