/** A real Slurm on this machine: controller and daemon, started here (see slurm.sh). */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRandom } from "../../src/core/random.js";
import { runSweep } from "../../src/study/runSweep.js";
import { demoSweep } from "../../src/sweep/demoStudy.js";
import { requireBuild, root } from "../helpers/files.js";
import { collected, command, configIn, ended, idsOnDisk, newDesk, runOf, startSweep } from "./demo.js";

const desk = newDesk();
const slurm = join(desk, "slurm");
const script = join(root, "test/sweep/slurm.sh");
const programs = ["slurmctld", "slurmd", "munged", "sbatch", "squeue", "scancel"];
const installed =
  process.getuid?.() === 0 && programs.every((name) => spawnSync("which", [name]).status === 0);
if (!installed)
  process.stderr.write(
    "Not tested here: the slurm engine (needs root, slurmctld, slurmd, slurm-client, munge).\n",
  );
/** The file for SLURM_CONF; where Slurm is installed, it must start. */
const conf = installed ? execFileSync("sh", [script, "start", slurm], { encoding: "utf8" }).trim() : "";
const env = { SLURM_CONF: conf };
const at = (name: string) => join(desk, name);

const demo = { rows: 40, together: 2, seconds: 0.05, throws: [7] };
const config = configIn(desk, "demo", demo);
const run = (out: string, ...flags: string[]) => runOf(config, at(out), flags);
const array = ["--engine", "slurm", "--tasks", "8", "--poll", "0.2", "--partition", "main", "--time", "5"];

afterAll(() => {
  if (installed) execFileSync("sh", [script, "stop", slurm]);
  // Tasks that were cancelled may still be writing their last line.
  rmSync(desk, { recursive: true, force: true, maxRetries: 30, retryDelay: 200 });
});

describe.skipIf(!installed)("the slurm engine", () => {
  let local: Awaited<ReturnType<typeof collected>>;

  beforeAll(async () => {
    requireBuild();
    expect((await command(run("local", "--workers", "2"))).code).toBe(1);
    local = await collected(at("local"));
  }, 60_000);

  test("40 rows as an array of 8 give the table of local workers and of a plain loop, byte for byte", async () => {
    expect(await command([...run("array"), ...array, "--throttle", "4"], env)).toMatchObject({
      code: 1,
      stderr: "",
    });
    expect(readdirSync(at("array/slurm")).filter((name) => name.endsWith(".log"))).toHaveLength(8);
    expect(await collected(at("array"))).toEqual(local);
    // The loop has no engine, no file and no process.
    const looped = runSweep("loop", demoSweep("loop", { ...demo, throws: [] }));
    const cells = (text: string) =>
      text
        .trim()
        .split("\n")
        .slice(1)
        .map((line) => line.split(",").slice(-4).join());
    const expected = looped.map(
      ({ parameters, result }) => `${parameters.row},${result.mean},${result.large},`,
    );
    expect(cells(local.csv).filter((_, i) => i !== 7)).toEqual(expected.filter((_, i) => i !== 7));
  });

  test("keeps rows that stay together in one task", () => {
    const { tasks } = JSON.parse(readFileSync(at("array/slurm/array-1.json"), "utf8"));
    expect(tasks).toHaveLength(8);
    const groups = tasks.flat().map(({ group }: { group: { id: string } }) => group.id);
    expect(new Set(groups).size).toBe(20);
    for (const task of tasks) for (const { missing } of task) expect(missing).toHaveLength(2);
  });

  test("survives scancel of random tasks, and waits for an array that is in the queue", async () => {
    const random = createRandom(2);
    const slow = configIn(desk, "slow", { ...demo, throws: [], seconds: 0.3 });
    const args = ["sweep", "run", "demo", slow, "--quiet", "--out"];
    const watched = startSweep([...args, at("cancelled"), ...array, "--throttle", "4"], env);
    const first = ended(watched);
    const job = await jobOf(at("cancelled"));
    for (let cancelled = 0; cancelled < 4; cancelled++) {
      await sleep(500);
      spawnSync("scancel", [`${job}_${Math.floor(8 * random.uniform())}`], {
        env: { ...process.env, ...env },
      });
    }
    // Whoever watches may go away: the array goes on, and the next run waits for it.
    watched.kill("SIGKILL");
    await first;
    expect((await command([...args, at("cancelled"), ...array], env)).code).toBe(0);
    const arrays = readdirSync(at("cancelled/slurm")).filter((name) => /^array-\d+\.json$/.test(name));
    expect(arrays.length).toBeGreaterThan(1);
    expect((await command([...args, at("undisturbed"), "--workers", "4"])).code).toBe(0);
    expect(idsOnDisk(at("cancelled")).sort()).toEqual(idsOnDisk(at("undisturbed")).sort());
    expect(await collected(at("cancelled"))).toEqual(await collected(at("undisturbed")));
  });

  test("gives up and says where to look when arrays make no row", async () => {
    const module = at("homesick.mjs");
    writeFileSync(
      module,
      `import { defineSweep } from "${new URL("../../dist/sweep/index.js", import.meta.url)}";
      if (process.env.SLURM_JOB_ID) throw new Error("not at home");
      export default () => defineSweep({ name: "homesick", version: 1, grid: { x: [1] }, run: () => ({}) });`,
    );
    const args = ["sweep", "run", module, configIn(desk, "none", {}), "--out", at("vain"), "--quiet"];
    const { code, stderr } = await command([...args, ...array], env);
    expect([code, stderr]).toEqual([2, expect.stringContaining("3 arrays in a row made no row")]);
    const logs = readdirSync(at("vain/slurm")).filter((name) => name.endsWith(".log"));
    expect(readFileSync(join(at("vain/slurm"), logs[0]), "utf8")).toContain("not at home");
  });

  test("says in one line what Slurm refuses, and that there is no Slurm", async () => {
    const refused = await command([...run("refused"), ...array, "--sbatch=--no-such-flag"], env);
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toMatch(/^rnn-dynamics: sbatch: .*no-such-flag.*\n$/);
    const absent = await command([...run("absent"), ...array], { PATH: "/nowhere" });
    expect(absent).toMatchObject({ code: 2, stdout: "" });
    expect(absent.stderr).toContain("sbatch is not there");
  });
});

/** The number of the array that a run has submitted. */
async function jobOf(folder: string): Promise<string> {
  const file = join(folder, "slurm/array-1.job");
  for (let waited = 0; !existsSync(file); waited++) {
    if (waited > 500) throw new Error("nothing was submitted");
    await sleep(20);
  }
  return readFileSync(file, "utf8");
}
