import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { root } from "../helpers/files.js";

/** A fresh folder for a test file. */
export const newDesk = () => mkdtempSync(join(tmpdir(), "rnn-dynamics-sweep-"));

/** Writes a configuration; returns its path. */
export function configIn(desk: string, name: string, config: object): string {
  const path = join(desk, `${name}.json`);
  writeFileSync(path, JSON.stringify(config));
  return path;
}

/** The arguments of `rnn-dynamics sweep run demo CONFIG --out DIR --quiet ...`. */
export function runOf(config: string, out: string, flags: readonly string[]): string[] {
  return ["sweep", "run", "demo", config, "--out", out, "--quiet", ...flags];
}

/** Starts `rnn-dynamics sweep ...`. */
export function startSweep(args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  return spawn(process.execPath, [join(root, "dist/cli/main.js"), ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
}

/** Runs the command to its end, or ends it after so many seconds. */
export async function command(args: readonly string[], env: NodeJS.ProcessEnv = {}, seconds = 50) {
  return ended(startSweep(args, env), seconds);
}

export async function ended(child: ChildProcess, seconds = 50) {
  let [stdout, stderr] = ["", ""];
  child.stdout!.on("data", (chunk) => (stdout += chunk));
  child.stderr!.on("data", (chunk) => (stderr += chunk));
  const late = setTimeout(() => child.kill("SIGKILL"), 1000 * seconds);
  const [code] = await once(child, "close");
  clearTimeout(late);
  return { code, stdout, stderr };
}

/** The collected table of a folder: text of the CSV file and bytes of the Parquet file. */
export async function collected(folder: string) {
  const { code, stderr } = await command(["sweep", "collect", folder]);
  if (code !== 0) throw new Error(stderr);
  return {
    csv: readFileSync(join(folder, "collected.csv"), "utf8"),
    parquet: readFileSync(join(folder, "collected.parquet")),
  };
}

/** Ids in the files of rows, one for each line that is whole. */
export function idsOnDisk(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.startsWith("rows-"))
    .flatMap((name) => readFileSync(join(folder, name), "utf8").split("\n"))
    .flatMap((line) => {
      try {
        return [(JSON.parse(line) as { id: string }).id];
      } catch {
        return [];
      }
    });
}

/** Process numbers of the workers of a run. */
export function workersOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** Waits until something is so; throws after so many seconds. */
export async function until(so: () => boolean, seconds = 20): Promise<void> {
  for (let waited = 0; !so(); waited += 0.02) {
    if (waited > seconds) throw new Error("waited in vain");
    await sleep(20);
  }
}
