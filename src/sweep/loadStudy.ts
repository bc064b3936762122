import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { fail } from "../core/check.js";
import { FileError } from "../io/fileError.js";
import type { CapacityStudyConfig } from "../study/capacity/studyOptions.js";
import type { MechanismStudyConfig } from "../study/mechanisms/mechanismStudy.js";
import type { SweepEntry, SweepGroup, SweepStudy } from "../study/sweepStudy.js";
import type { StimulusSource } from "../tasks/stimulusSource.js";
import { mostRows } from "./defineSweep.js";
import { type DemoConfig, demoSweep } from "./demoStudy.js";
import { errorText } from "./failure.js";
import { readConfig, readPlan, type SweepSource, withContents } from "./plan.js";

type Maker = (config: object, source: SweepSource) => SweepStudy | Promise<SweepStudy>;

/** A study whatever its entries and rows are: whoever runs it hands it back its own. */
const anyStudy = (study: unknown) => study as SweepStudy;

/** Each loads its code when it is asked for: a worker starts sooner without the others'. */
const makers: Readonly<Record<string, Maker>> = {
  async mechanisms(config, source) {
    const { mechanismSweep } = await import("../study/mechanisms/mechanismStudy.js");
    return anyStudy(mechanismSweep("study", await withStimuli(config, source)));
  },
  async capacity(config) {
    const { capacitySweep } = await import("../study/capacity/capacityStudy.js");
    return anyStudy(capacitySweep("study", config as CapacityStudyConfig));
  },
  demo: (config) => anyStudy(demoSweep("study", config as DemoConfig)),
};

/** The source of a study named on a command line, with its configuration in a file. */
export function sourceOf(study: string, file: string): SweepSource {
  const beside = dirname(resolve(file));
  if (Object.hasOwn(makers, study)) return { study, beside };
  if (!/\.m?js$/.test(study))
    fail(
      "study",
      `${JSON.stringify(study)} is no study, expected mechanisms, capacity, demo or a module (.mjs)`,
    );
  return withContents({ study: resolve(study), beside });
}

/** The study of a source and a configuration from a file; throws where the configuration is wrong. */
export async function loadStudy(source: SweepSource, config: object, file: string): Promise<SweepStudy> {
  const study = Object.hasOwn(makers, source.study)
    ? await makers[source.study](config, source)
    : await studyOfModule(source, config, file);
  const rows = study.groups.reduce((count, group) => count + group.rows.length, 0);
  if (rows > mostRows)
    fail("study", `${file} asks for ${rows} rows, expected at most ${mostRows}: make several studies of it`);
  return study;
}

async function studyOfModule(source: SweepSource, config: object, file: string): Promise<SweepStudy> {
  let made: unknown;
  try {
    made = ((await import(pathToFileURL(source.study).href)) as { default?: unknown }).default;
  } catch (error) {
    throw new FileError(`${source.study}: ${errorText(error)}`);
  }
  if (typeof made !== "function")
    fail(
      "study",
      `${source.study} has no function as its default export, expected one from a configuration to a study`,
    );
  let study: unknown;
  try {
    study = await (made as Maker)(config, source);
  } catch (error) {
    fail("study", `${source.study} makes no study of ${file}: ${errorText(error)}`);
  }
  if (!isStudy(study))
    fail("study", `${source.study} makes no study of ${file}: expected what defineSweep returns`);
  return study;
}

function isStudy(data: unknown): data is SweepStudy {
  const study = (data ?? {}) as Partial<SweepStudy>;
  return (
    [study.name, study.version, study.study].every((name) => typeof name === "string") &&
    [study.open, study.cells].every((call) => typeof call === "function") &&
    Array.isArray(study.groups) &&
    (study.groups as readonly (Partial<SweepGroup> | null)[]).every(
      (group) =>
        typeof group?.id === "string" &&
        Array.isArray(group.rows) &&
        (group.rows as readonly (Partial<SweepEntry> | null)[]).every((row) => typeof row?.id === "string"),
    )
  );
}

/** The study that a folder was begun with. */
export async function loadFolderStudy(
  folder: string,
): Promise<{ source: SweepSource; config: object; study: SweepStudy }> {
  const plan = readPlan(folder);
  if (!plan) fail("sweep", `${folder} holds no sweep.json, expected the folder of a study`);
  const file = join(folder, "config.json");
  const config = readConfig(file);
  const study = await loadStudy(plan.source, config, file);
  if (study.study !== plan.study)
    fail(
      "sweep",
      `${folder} was begun with study ${plan.study}, its code (${plan.source.study}) now makes ${study.study}; expected the code it was begun with, or a new --out`,
    );
  return { source: withContents(plan.source), config, study };
}

/** `"stimuli": { "codes": FILE }`: the points in tensors digit0 and digit1. */
async function withStimuli(
  config: MechanismStudyConfig,
  { beside }: SweepSource,
): Promise<MechanismStudyConfig> {
  const stimuli = config.grid?.stimuli as StimulusSource | { readonly codes?: unknown } | undefined;
  if (typeof stimuli !== "object" || stimuli === null || !("codes" in stimuli)) return config;
  const { codes } = stimuli;
  if (typeof codes !== "string") fail("study", "grid.stimuli.codes must be the name of a file");
  const { readTensors } = await import("../io/index.js");
  const { tensors } = await readTensors(resolve(beside, codes));
  const points = ["digit0", "digit1"].map((name) => {
    const tensor = tensors.get(name);
    if (!tensor) throw new FileError(`${codes}: has no tensor ${name}, expected digit0 and digit1`);
    return Float64Array.from(tensor.data as ArrayLike<number>);
  });
  return { ...config, grid: { ...config.grid, stimuli: [points[0], points[1]] } };
}
