import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fail } from "../core/check.js";
import { FileError } from "../io/fileError.js";
import type { SweepGroup, SweepStudy } from "../study/sweepStudy.js";
import { readIfThere } from "./sweepStore.js";
import { writeWhole } from "./writeWhole.js";

/** Names the shape of {@link SweepPlan}. */
export const planSchema = "rnn-dynamics/sweep@1";

/** Where a study comes from, so that another process finds it again. */
export interface SweepSource {
  /** `mechanisms`, `capacity`, `demo`, or the path of a module whose default export makes a study of a configuration. */
  readonly study: string;
  /** The folder that files named in the configuration are beside. */
  readonly beside: string;
}

/** `sweep.json`: what a folder is to hold, for those that look at it without the study's code. */
export interface SweepPlan {
  readonly schema: typeof planSchema;
  readonly source: SweepSource;
  /** See {@link SweepStudy}. */
  readonly version: string;
  readonly study: string;
  /** More groups may follow, when rows are there that decide which. */
  readonly open: boolean;
  readonly groups: readonly (readonly [group: string, rows: readonly string[]])[];
}

export function planOf(
  source: SweepSource,
  study: SweepStudy,
  groups: readonly SweepGroup[],
  open: boolean,
): SweepPlan {
  return {
    schema: planSchema,
    source,
    version: study.version,
    study: study.study,
    open,
    groups: groups.map(({ id, rows }) => [id, rows.map((row) => row.id)]),
  };
}

export function writePlan(folder: string, plan: SweepPlan): void {
  const text = `${JSON.stringify(plan)}\n`;
  const path = join(folder, "sweep.json");
  if (readIfThere(path)?.toString("utf8") !== text) writeWhole(path, text);
}

/** The plan of a folder; undefined where there is none. */
export function readPlan(folder: string): SweepPlan | undefined {
  const text = readIfThere(join(folder, "sweep.json"))?.toString("utf8");
  if (text === undefined) return undefined;
  const plan = parsed(join(folder, "sweep.json"), text) as SweepPlan;
  if (plan.schema !== planSchema)
    fail("sweep", `${join(folder, "sweep.json")} has schema ${plan.schema}, expected ${planSchema}`);
  return plan;
}

/** The configuration of a study from a JSON file, without the digest that the config.json of a folder has. */
export function readConfig(file: string): object {
  let text: string;
  try {
    text = readFileSync(file, "utf8").replace(/^\ufeff/, "");
  } catch (error) {
    throw new FileError(`${file}: cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  const { study: _, ...config } = parsed(file, text) as { study?: unknown };
  return config;
}

/** A folder holds one study: the configuration it was begun with, told by its digest. */
export function keepConfig(folder: string, config: object, study: string): void {
  const path = join(folder, "config.json");
  const text = `${JSON.stringify({ study, ...config }, null, 2)}\n`;
  const there = readIfThere(path)?.toString("utf8");
  if (there !== undefined && (parsed(path, there) as { study?: unknown }).study !== study)
    fail("study", `${path} belongs to another configuration; expected the same one, or an empty --out`);
  // What may be added without voiding rows: points and seeds.
  if (there !== text) writeWhole(path, text);
}

function parsed(file: string, text: string): object {
  try {
    const data: unknown = JSON.parse(text);
    if (typeof data !== "object" || data === null || Array.isArray(data))
      throw new Error("expected an object");
    return data;
  } catch (error) {
    throw new FileError(`${file}: ${(error as Error).message}`);
  }
}
