import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fail } from "../core/check.js";
import { FileError } from "../io/fileError.js";
import type { RowShape, SweepGroup, SweepStudy } from "../study/sweepStudy.js";
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
  /** Digest of the module's file: a module that was moved is still the same. */
  readonly contents?: string;
}

/** `sweep.json`: what a folder is to hold, for those that look at it without the study's code. */
export interface SweepPlan extends RowShape {
  readonly schema: typeof planSchema;
  readonly source: SweepSource;
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
    ...(study.parts && { parts: study.parts }),
    open,
    groups: groups.map(({ id, rows }) => [id, rows.map((row) => row.id)]),
  };
}

export function writePlan(folder: string, plan: SweepPlan): void {
  const text = `${JSON.stringify(plan)}\n`;
  const path = join(folder, "sweep.json");
  if (readIfThere(path)?.toString("utf8") !== text) writeWhole(path, text);
}

/** The plan of a folder; undefined where there is none. Throws where it is damaged, or of a newer version. */
export function readPlan(folder: string): SweepPlan | undefined {
  const path = join(folder, "sweep.json");
  const text = readIfThere(path)?.toString("utf8");
  if (text === undefined) return undefined;
  const damaged = (what: string): never => {
    throw new FileError(
      `${path} is damaged (${what}); when it is deleted, "sweep run" with the same --out writes it anew`,
    );
  };
  let plan: Partial<SweepPlan>;
  try {
    plan = parsed(path, text);
  } catch (error) {
    return damaged((error as Error).message.replace(`${path}: `, ""));
  }
  if (plan.schema !== planSchema && /^rnn-dynamics\/sweep@\d+$/.test(String(plan.schema)))
    fail(
      "sweep",
      `${path} has schema ${plan.schema}, expected ${planSchema}: a newer version of rnn-dynamics made it, update the package`,
    );
  if (plan.schema !== planSchema) damaged("it has no schema");
  const isText = (value: unknown) => typeof value === "string";
  const { source, version, study, groups, parts = [] } = plan;
  if (![source?.study, source?.beside, version, study].every(isText)) damaged("it names no study");
  if (!Array.isArray(parts) || !parts.every(isText)) damaged("its parts are no names");
  const isGroup = (group: unknown) =>
    Array.isArray(group) && isText(group[0]) && Array.isArray(group[1]) && group[1].every(isText);
  if (!Array.isArray(groups) || !groups.every(isGroup)) damaged("its groups are none");
  return plan as SweepPlan;
}

/** A source with the digest of its module as it is now. */
export function withContents({ study, beside }: SweepSource): SweepSource {
  const contents = contentsOf(study);
  return { study, beside, ...(contents !== undefined && { contents }) };
}

function contentsOf(study: string): string | undefined {
  if (!/\.m?js$/.test(study)) return undefined;
  try {
    return createHash("sha256").update(readFileSync(study)).digest("hex").slice(0, 32);
  } catch {
    return undefined;
  }
}

/**
 * A folder holds one study: of one module (or a copy of it), and of one configuration, told by its digest. Throws where
 * what is asked for is another; keeps the configuration, to which points and seeds may have been added.
 */
export function keepSource(folder: string, source: SweepSource, config: object, study: string): void {
  const before = readPlan(folder)?.source;
  if (before && before.study !== source.study) {
    const was = before.contents ?? contentsOf(before.study);
    if (was === undefined || was !== source.contents)
      fail(
        "study",
        `${folder} was begun with ${before.study}, and ${source.study} is not the same; expected a new --out (or delete ${join(folder, "sweep.json")} to go on all the same)`,
      );
  }
  const path = join(folder, "config.json");
  const text = `${JSON.stringify({ study, ...config }, null, 2)}\n`;
  const there = readIfThere(path)?.toString("utf8");
  if (there !== undefined && (parsed(path, there) as { study?: unknown }).study !== study)
    fail(
      "study",
      `${path} belongs to another configuration or version of the study; expected the same, or a new --out`,
    );
  if (there !== text) writeWhole(path, text);
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
