// Peak memory of a search, in a process of its own.
import { spawnSync } from "node:child_process";

const limit = 500;

const work = (units, count) => `
  import { buildCell, findFixedPoints, randomSpec, sampleStarts } from "rnn-dynamics";
  const cell = buildCell(randomSpec("vanilla", { units: ${units}, gain: 0.9 }, 1));
  const starts = sampleStarts([new Float64Array(${units})], { count: ${count}, noise: 0.5 });
  const { starts: ended } = findFixedPoints(cell, starts, { searchBudget: 0 });
  console.log(JSON.stringify({ ...ended.counts, megabytes: process.resourceUsage().maxRSS / 1024 }));
`;

export async function run({ tiny }) {
  const [units, count] = tiny ? [8, 4] : [256, 1024];
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ["--input-type=module", "-e", work(units, count)],
    { encoding: "utf8", cwd: import.meta.dirname },
  );
  if (status !== 0) throw new Error(stderr);
  const { megabytes, fixed } = JSON.parse(stdout);
  return {
    title: "peak of the process that searches",
    rows: [
      {
        row: "memory of a search",
        size: `${count} starts, N = ${units}`,
        unit: "MB",
        ours: megabytes,
        target: `under ${limit} MB`,
        verdict: megabytes < limit ? "holds" : "SHORT",
        remark: `${fixed} starts fixed`,
      },
    ],
  };
}
