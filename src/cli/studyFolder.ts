import { readFileSync } from "node:fs";
import { SingleBar } from "cli-progress";
import { fail } from "../core/check.js";
import { FileError } from "../io/index.js";
import { writeWhole } from "./studyStore.js";

/** The flags of `rnn-dynamics study`, as parsed. */
export interface StudyFlags {
  readonly out: string;
  readonly shard?: readonly [number, number];
  readonly checkpointEvery: number;
  readonly quiet: boolean;
}

/** A study's configuration from a JSON file, without the digest that the config.json of a folder has. */
export function readConfig<Config>(file: string): Config {
  let text: string;
  try {
    text = readFileSync(file, "utf8").replace(/^\ufeff/, "");
  } catch (error) {
    throw new FileError(`${file}: cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  try {
    const config: unknown = JSON.parse(text);
    if (typeof config !== "object" || config === null || Array.isArray(config))
      throw new Error("expected an object");
    const { study: _, ...rest } = config as { study?: unknown };
    return rest as Config;
  } catch (error) {
    throw new FileError(`${file}: ${(error as Error).message}`);
  }
}

/** A folder holds one study: the configuration it was begun with, told by its digest. */
export function keepConfig(path: string, config: object & { readonly study: string }): void {
  let there: string | undefined;
  try {
    there = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  const text = `${JSON.stringify(config, null, 2)}\n`;
  if (there === undefined) {
    writeWhole(path, text);
    return;
  }
  let known: unknown;
  try {
    known = (JSON.parse(there) as { study?: unknown } | null)?.study;
  } catch (error) {
    throw new FileError(`${path}: ${(error as Error).message}`);
  }
  if (known !== config.study)
    fail("study", `${path} belongs to another configuration; expected the same one, or an empty --out`);
  // What may be added without voiding rows: points and seeds.
  if (there !== text) writeWhole(path, text);
}

/** How far a study is, for its bar. */
export interface StudyProgress {
  readonly stage: string;
  readonly group: string;
  readonly done: number;
  readonly total: number;
  /** Networks with a row. */
  readonly networks: number;
}

/** A bar with the time left on standard error; silent when that is no terminal. */
export function createBar(quiet: boolean) {
  if (quiet || !process.stderr.isTTY)
    return { update: undefined as ((progress: StudyProgress) => void) | undefined, stop() {} };
  const bar = new SingleBar({
    format: "{stage} {group} [{bar}] {percentage}% | {networks} networks done | {eta_formatted} left",
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
    etaBuffer: 200,
  });
  let started = false;
  return {
    update: ({ stage, group, done, total, networks }: StudyProgress) => {
      const shown = { stage, group, networks };
      if (started) {
        bar.setTotal(total);
        bar.update(done, shown);
      } else bar.start(total, done, shown);
      started = true;
    },
    stop() {
      if (started) bar.stop();
      started = false;
    },
  };
}
