// Peak memory of a search: 1024 starts on a network of 256 units, in a process of its own.
import { spawnSync } from "node:child_process";

const limit = 500;

const work = `
  import { buildCell, findFixedPoints, randomSpec, sampleStarts } from "rnn-dynamics";
  const cell = buildCell(randomSpec("vanilla", { units: 256, gain: 0.9 }, 1));
  const starts = sampleStarts([new Float64Array(256)], { count: 1024, noise: 0.5 });
  const { starts: ended } = findFixedPoints(cell, starts, { searchBudget: 0 });
  console.log(JSON.stringify({ ...ended.counts, megabytes: process.resourceUsage().maxRSS / 1024 }));
`;

export async function run() {
  const { stdout, stderr, status } = spawnSync(process.execPath, ["--input-type=module", "-e", work], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  const { megabytes, fixed } = JSON.parse(stdout);
  return {
    title: `Memory: 1024 starts, 256 units (peak of the process; target under ${limit} MB)`,
    columns: ["search", "MB", "starts fixed", ""],
    rows: [["findFixedPoints", megabytes.toFixed(0), fixed, megabytes < limit ? "ok" : "SHORT"]],
  };
}
