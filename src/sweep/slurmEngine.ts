import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { checkInteger, checkNumber, describe, fail } from "../core/check.js";
import { resolveOptions } from "../core/defaults.js";
import { type SweepEngine, SweepError, type SweepWork } from "./engine.js";
import type { LocalEngineOptions } from "./localEngine.js";
import type { GroupWork } from "./protocol.js";
import { createTally } from "./tally.js";
import { writeWhole } from "./writeWhole.js";

/** Options of {@link slurmEngine}: of the array, and of the workers in each of its tasks. */
export interface SlurmEngineOptions extends LocalEngineOptions {
  /** Tasks of the array, at most; groups are shared out among them, whole. @defaultValue `1000` */
  readonly tasks?: number;
  /** Tasks that run at the same time, at most; 0: no limit. @defaultValue `0` */
  readonly throttle?: number;
  /** @defaultValue the cluster's own */
  readonly partition?: string;
  /** Time limit of a task, as `sbatch --time` takes it. @defaultValue the partition's */
  readonly time?: string;
  /** Memory of a task, as `sbatch --mem` takes it. @defaultValue the partition's */
  readonly memoryPerTask?: string;
  /** More arguments of `sbatch`. @defaultValue `[]` */
  readonly sbatch?: readonly string[];
  /** Arrays in a row that may end without a single new row. @defaultValue `3` */
  readonly fruitless?: number;
  /** Seconds between looks at the queue. @defaultValue `10` */
  readonly poll?: number;
}

/** One array, as the tasks read it. */
export interface SlurmArray {
  readonly tasks: readonly (readonly GroupWork[])[];
  readonly checkpointEvery: number;
  readonly local: LocalEngineOptions;
}

type Resolved = Required<Omit<SlurmEngineOptions, keyof LocalEngineOptions>> & {
  readonly local: LocalEngineOptions;
};

/**
 * A job array of Slurm: `sbatch` submits it, `squeue` tells when it is over, and what is missing then (a task that
 * failed, was cancelled, preempted or ran out of time) is submitted again. Each task is the local engine on its groups,
 * with one worker unless told otherwise. The folder must be on a file system that the nodes share, and so must Node and
 * this package. Called again while an array of the folder is in the queue, it waits for that one. Its files are in
 * `slurm/`: arrays, and what the tasks print.
 *
 * @example
 * ```ts
 * slurmEngine({ partition: "short", time: "2:00:00", tasks: 100, throttle: 20 }).name; // => "slurm"
 * ```
 */
export function slurmEngine(options: SlurmEngineOptions = {}): SweepEngine {
  const where = "slurmEngine";
  const { workers, timeLimit, memory, attempts, ...own } = resolveOptions(
    where,
    {
      workers: 1 as number | undefined,
      timeLimit: undefined as number | undefined,
      memory: undefined as number | undefined,
      attempts: undefined as number | undefined,
      tasks: 1000,
      throttle: 0,
      partition: "",
      time: "",
      memoryPerTask: "",
      sbatch: [] as readonly string[],
      fruitless: 3,
      poll: 10,
    },
    options,
  );
  checkInteger(where, "tasks", own.tasks, 1, 1e6);
  checkInteger(where, "throttle", own.throttle, 0);
  checkInteger(where, "fruitless", own.fruitless, 1);
  checkNumber(where, "poll", own.poll, 0.05, 3600);
  for (const name of ["partition", "time", "memoryPerTask"] as const)
    if (typeof own[name] !== "string") fail(where, `${name} is ${describe(own[name])}, expected a text`);
  if (!Array.isArray(own.sbatch)) fail(where, `sbatch is ${describe(own.sbatch)}, expected a list of texts`);
  const local = {
    ...(workers !== undefined && { workers }),
    ...(timeLimit !== undefined && { timeLimit }),
    ...(memory !== undefined && { memory }),
    ...(attempts !== undefined && { attempts }),
  };
  return { name: "slurm", run: (work) => runSlurm(work, { ...own, local }) };
}

async function runSlurm(work: SweepWork, options: Resolved): Promise<void> {
  const folder = resolve(work.folder);
  const tally = createTally(folder, work);
  tally.update();
  const before = new Map(tally.failures);
  const missing = () => {
    tally.update();
    return work.groups
      .map(({ group, missing: ids }) => ({
        group,
        missing: ids.filter(
          (id) => !tally.done.has(id) && (tally.failures.get(id) ?? 0) === (before.get(id) ?? 0),
        ),
      }))
      .filter((left) => left.missing.length > 0);
  };
  const settled = () => tally.done.size + [...tally.failures.values()].reduce((sum, n) => sum + n, 0);

  for (const file of jobFiles(folder)) await untilOver(file, work, options);
  let fruitless = 0;
  for (let left = missing(); left.length > 0; left = missing()) {
    if (fruitless === options.fruitless)
      throw new SweepError(
        `${fruitless} arrays in a row made no row; see what their tasks printed in ${join(folder, "slurm")}`,
      );
    const there = settled();
    await untilOver(await submit(folder, left, work, options), work, options);
    tally.update();
    fruitless = settled() === there ? fruitless + 1 : 0;
  }
}

/** Submits an array for what is left; returns the file that has its number in the queue. */
async function submit(
  folder: string,
  left: readonly GroupWork[],
  { checkpointEvery }: SweepWork,
  { tasks, throttle, partition, time, memoryPerTask, sbatch, local }: Resolved,
): Promise<string> {
  const own = join(folder, "slurm");
  mkdirSync(own, { recursive: true });
  const number = 1 + Math.max(0, ...arraysIn(own));
  const shared = shareOut(left, tasks);
  const array: SlurmArray = { tasks: shared, checkpointEvery, local };
  const file = join(own, `array-${number}.json`);
  writeWhole(file, JSON.stringify(array));
  const script = join(own, `array-${number}.sh`);
  const task = fileURLToPath(new URL("./task.js", import.meta.url));
  writeWhole(
    script,
    `#!/bin/sh\nexec ${[process.execPath, task, folder, file].map(quoted).join(" ")} "$SLURM_ARRAY_TASK_ID"\n`,
  );
  const said = await command("sbatch", [
    "--parsable",
    `--array=0-${shared.length - 1}${throttle > 0 ? `%${throttle}` : ""}`,
    "--job-name=rnn-dynamics",
    "--nodes=1",
    "--ntasks=1",
    `--cpus-per-task=${local.workers ?? 1}`,
    "--requeue",
    "--open-mode=append",
    `--output=${join(own, "%A_%a.log")}`,
    ...(partition ? [`--partition=${partition}`] : []),
    ...(time ? [`--time=${time}`] : []),
    ...(memoryPerTask ? [`--mem=${memoryPerTask}`] : []),
    ...sbatch,
    script,
  ]);
  const job = /^\d+/.exec(said.trim())?.[0];
  if (job === undefined) throw new SweepError(`sbatch printed ${describe(said)}, expected a job's number`);
  const jobFile = join(own, `array-${number}.job`);
  writeWhole(jobFile, job);
  return jobFile;
}

/** Groups to tasks, so that each gets about as many rows. */
export function shareOut(groups: readonly GroupWork[], most: number): GroupWork[][] {
  const tasks = Array.from({ length: Math.min(most, groups.length) }, () => ({
    rows: 0,
    groups: [] as GroupWork[],
  }));
  const largestFirst = [...groups].sort((a, b) => b.missing.length - a.missing.length);
  // A heap would be quicker; with a thousand tasks nobody can tell.
  for (const group of largestFirst) {
    const least = tasks.reduce((a, b) => (b.rows < a.rows ? b : a));
    least.groups.push(group);
    least.rows += group.missing.length;
  }
  return tasks.map((task) => task.groups);
}

/** Waits until no task of a job is in the queue; then its number means nothing any more, and the file goes. */
async function untilOver(file: string, { signal }: SweepWork, { poll }: Resolved): Promise<void> {
  const job = readFileSync(file, "utf8");
  for (let unanswered = 0; ; ) {
    signal?.throwIfAborted();
    const state = await inQueue(job);
    if (state === "over") return rmSync(file, { force: true });
    unanswered = state === "unknown" ? unanswered + 1 : 0;
    if (unanswered * poll > mostUnanswered)
      throw new SweepError(
        `squeue has not answered for ${mostUnanswered} s; the array goes on, "sweep run" waits for it again`,
      );
    try {
      await sleep(1000 * poll, undefined, signal ? { signal } : {});
    } catch {
      signal!.throwIfAborted();
    }
  }
}

/** Seconds that the queue may be away. */
const mostUnanswered = 600;

async function inQueue(job: string): Promise<"waiting" | "over" | "unknown"> {
  try {
    return (await command("squeue", ["--noheader", `--jobs=${job}`, "--format=%T"])).trim() === ""
      ? "over"
      : "waiting";
  } catch (error) {
    return /Invalid job id/i.test((error as Error).message) ? "over" : "unknown";
  }
}

/** One file for each job that an earlier run of the folder submitted and did not see end. */
function jobFiles(folder: string): string[] {
  const own = join(folder, "slurm");
  if (!existsSync(own)) return [];
  return readdirSync(own)
    .filter((name) => name.endsWith(".job"))
    .map((name) => join(own, name));
}

function arraysIn(own: string): number[] {
  return readdirSync(own).flatMap((name) => {
    const number = /^array-(\d+)\.json$/.exec(name)?.[1];
    return number === undefined ? [] : [Number(number)];
  });
}

/** What a command of Slurm prints; throws what it complains of. */
function command(name: string, args: readonly string[]): Promise<string> {
  return new Promise((resolveOutput, reject) => {
    execFile(name, args, { maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      if (!error) resolveOutput(stdout);
      else if ((error as NodeJS.ErrnoException).code === "ENOENT")
        reject(new SweepError(`${name} is not there: this is no machine from which Slurm takes jobs`));
      else reject(new SweepError(`${name}: ${stderr.trim().replaceAll("\n", "; ") || error.message}`));
    });
  });
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
