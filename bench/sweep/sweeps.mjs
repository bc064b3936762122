/**
 * What a sweep costs besides its rows. `node bench/sweep/sweeps.mjs overhead` runs rows that sleep for a second; `size` makes
 * a folder of 100,000 rows, and takes time and memory of status and collect. Both say on which machine.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createRandom } from "../../dist/core/random.js";
import { loadStudy, sourceOf } from "../../dist/sweep/loadStudy.js";
import { planOf, writePlan } from "../../dist/sweep/plan.js";

const cli = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const desk = mkdtempSync(join(tmpdir(), "sweeps-"));
console.log(`${cpus()[0].model}, ${availableParallelism()} processors, Node ${process.versions.node}`);

/** Runs the command; seconds of wall time, of processor time, and MB of memory at the most. */
function timed(...args) {
  const began = process.hrtime.bigint();
  const { status, stdout, stderr } = spawnSync(
    "/usr/bin/time",
    ["-f", "%U %S %M", process.execPath, cli, ...args],
    {
      encoding: "utf8",
    },
  );
  const wall = Number(process.hrtime.bigint() - began) / 1e9;
  if (status !== 0) throw new Error(stderr);
  const [user, system, kilobytes] = stderr.trim().split("\n").at(-1).split(" ").map(Number);
  return { wall, cpu: user + system, memory: (kilobytes * 1024) / 1e6, stdout };
}

/** Start apart: rows of a short run and of a long one. */
function overhead() {
  const workers = 4;
  const [few, many] = [40, 360].map((rows) => {
    const config = join(desk, `${rows}.json`);
    writeFileSync(config, JSON.stringify({ rows, seconds: 1 }));
    const out = join(desk, `${rows}`);
    const { wall, cpu } = timed("sweep", "run", "demo", config, "--out", out, "--workers", `${workers}`);
    const ideal = rows / workers;
    console.log(`${rows} rows of 1 s, ${workers} workers: ${wall.toFixed(2)} s, ${ideal} s of it rows`);
    return { rows, wall, cpu, ideal };
  });
  const share = (many.wall - few.wall) / (many.ideal - few.ideal) - 1;
  const milliseconds = (1000 * (many.cpu - few.cpu)) / (many.rows - few.rows);
  console.log(
    `each more row: ${(100 * share).toFixed(2)} % of wall time, ${milliseconds.toFixed(1)} ms of processor`,
  );
}

/** 100,000 rows of the demo study, as 64 workers would have left them; `characters` of text in each. */
async function size(characters) {
  const folder = join(desk, `size-${characters}`);
  mkdirSync(join(folder, "state"), { recursive: true });
  const config = { rows: 100_000, seconds: 0, characters };
  writeFileSync(join(desk, "size.json"), JSON.stringify(config));
  const source = sourceOf("demo", join(desk, "size.json"));
  const study = await loadStudy(source, config, "size.json");
  writeFileSync(join(folder, "config.json"), JSON.stringify({ study: study.study, ...config }));
  writePlan(folder, planOf(source, study, study.groups, false));
  const files = Array.from({ length: 64 }, (_, k) => openSync(join(folder, `rows-node-${k}.jsonl`), "w"));
  let bytes = 0;
  study.groups.forEach((group, i) => {
    const [{ id, seed, parameters }] = group.rows;
    const mean = createRandom(i).uniform();
    const result = { mean, large: mean > 0.5, text: String(mean).repeat(characters).slice(0, characters) };
    const row = { schema: study.version, id, study: study.study, seed, parameters, result };
    bytes += writeSync(files[(i * 7) % 64], `${JSON.stringify(row)}\n`);
  });
  for (const verb of ["status", "collect"]) {
    const { wall, cpu, memory } = timed("sweep", verb, folder);
    console.log(
      `100,000 rows, ${(bytes / 1e6).toFixed(0)} MB: ${verb} ${wall.toFixed(2)} s (${cpu.toFixed(2)} s of processor), ${memory.toFixed(0)} MB`,
    );
  }
}

const what = process.argv[2];
try {
  if (what === "overhead") overhead();
  else if (what === "size") for (const characters of [0, 1000]) await size(characters);
  else console.log("node bench/sweep/sweeps.mjs overhead|size");
} finally {
  rmSync(desk, { recursive: true, force: true });
}
