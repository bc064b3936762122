import { basename } from "node:path";
import { type Analysis, type AnalyzeOptions, analyze } from "../analysis/analyze.js";
import {
  type ClassifyMechanismOptions,
  classifyMechanism,
  type MechanismReport,
} from "../analysis/mechanism.js";
import { defaultStarts } from "../analysis/starts.js";
import { activation } from "../cells/activation.js";
import type { Cell } from "../cells/cell.js";
import type { CellSpec } from "../cells/spec.js";
import { fail } from "../core/check.js";
import { FileError, readTensors, readWeights } from "../io/index.js";
import { sampleTrajectories, writeReport } from "../report/index.js";
import { printableLines } from "../report/printable.js";
import { mechanismText } from "./mechanismText.js";
import { onWorkers } from "./onWorkers.js";
import { createProgress } from "./progress.js";
import { readLabels } from "./readLabels.js";
import { readStarts, splitPlace } from "./readStarts.js";
import { refuseOverwriting } from "./refuseOverwriting.js";
import { version } from "./version.js";
import { writeText } from "./writeText.js";

/** The flags of `rnn-dynamics classify`, as parsed. */
export interface ClassifyFlags {
  readonly model?: string;
  readonly memories: string;
  readonly labels: string;
  readonly delay: number;
  readonly readout?: string;
  readonly input?: number[];
  readonly horizon?: number;
  readonly seed: number;
  /** Absent: one, this thread. */
  readonly workers?: number;
  readonly json?: string;
  readonly html?: string;
  readonly quiet: boolean;
}

/** States that the search for the page's points starts from, beside the memories. */
const pageStarts = 512;

/** What `--json` writes: the report, and where it came from. */
export interface MechanismFile extends MechanismReport {
  readonly network: { readonly file: string; readonly kind: string; readonly recognised: string };
  readonly version: string;
}

/** `rnn-dynamics classify WEIGHTS ...`: by which mechanism the network remembers. */
export async function classifyCommand(file: string, flags: ClassifyFlags): Promise<void> {
  const inputs = [file, flags.model, splitPlace(flags.memories).file, splitPlace(flags.labels).file];
  refuseOverwriting("classify", { json: flags.json, html: flags.html }, inputs);
  const weights = await readWeights(file, flags.model === undefined ? {} : { model: flags.model });
  const { cell, spec } = weights;
  const input = flags.input ?? new Array<number>(cell.inputDimension).fill(0);
  if (input.length !== cell.inputDimension)
    fail(
      "classify",
      `--input has ${input.length} values, expected ${cell.inputDimension} (the network's inputs)`,
    );
  const states = await readStarts(flags.memories, cell.dimension);
  const labels = await readLabels(flags.labels, states.length / cell.dimension);
  const readout =
    flags.readout === undefined
      ? readoutOf(cell, input)
      : await readMatrix(file, flags.readout, cell.dimension);
  const rates = ratesOf(spec);

  const progress = createProgress(flags.quiet);
  const memories = { states, labels: Array.from(labels) };
  const options: ClassifyMechanismOptions = {
    delay: flags.delay,
    input,
    seed: flags.seed,
    ...(flags.horizon !== undefined && { horizon: flags.horizon }),
    ...(readout && { readout }),
    ...(rates && { rates }),
    onProgress: (stage, done, total) => progress.update(stage, done, total),
  };
  const { workers = 1 } = flags;
  let report: MechanismReport;
  let analysis: Analysis | undefined;
  // The page shows the points among which the memories live: searched from all over, and from the memories.
  const search: AnalyzeOptions = {
    input,
    seed: flags.seed,
    onProgress: (stage, done, total) => progress.update(stage, done, total),
  };
  const starts = () =>
    Float64Array.from([...defaultStarts(cell, { seed: flags.seed, input, count: pageStarts }), ...states]);
  try {
    if (workers === 1) {
      report = classifyMechanism(cell, memories, options);
      if (flags.html !== undefined) analysis = analyze(cell, starts(), search);
    } else
      [report, analysis] = await onWorkers(workers, async (pool, signal) => [
        await pool.classifyMechanism(cell, memories, { ...options, signal }),
        flags.html === undefined ? undefined : await pool.analyze(cell, starts(), { ...search, signal }),
      ]);
  } finally {
    progress.stop();
  }
  if (analysis && flags.html !== undefined)
    writeText(
      flags.html,
      writeReport(cell, analysis, {
        mechanism: report,
        memories,
        trajectories: sampleTrajectories(cell, starts(), { input }),
        network: { file, kind: spec.kind, recognised: weights.recognised.by },
        title: basename(file),
      }),
    );

  const toStandardOutput = flags.json === "-";
  if (flags.json !== undefined) {
    const { schema, ...rest } = report;
    const network = { file, kind: spec.kind, recognised: weights.recognised.by };
    const document: MechanismFile = { schema, network, version, ...rest };
    const text = `${JSON.stringify(document)}\n`;
    if (toStandardOutput) process.stdout.write(text);
    else writeText(flags.json, text);
  }
  if (!flags.quiet && !toStandardOutput) {
    process.stdout.write(
      printableLines(
        mechanismText(report, { file, recognised: weights.recognised.by, notes: weights.notes }),
      ),
    );
    const written = [flags.json, flags.html].filter((name) => name !== undefined);
    if (written.length > 0) process.stdout.write(printableLines(`\nwritten: ${written.join(", ")}\n`));
  }
}

/** The network's own readout with the input held; undefined when it has none. */
function readoutOf(
  cell: Cell,
  input: readonly number[],
): ((state: Float64Array) => Float64Array) | undefined {
  if (cell.outputDimension === 0) return undefined;
  const held = Float64Array.from(input);
  return (state) => {
    const out = new Float64Array(cell.outputDimension);
    cell.readout(state, held, out);
    return out;
  };
}

/** Rates of a rate network whose state is the current; elsewhere the state serves. */
function ratesOf(spec: CellSpec): ((state: Float64Array) => Float64Array) | undefined {
  if (spec.kind !== "rate" || spec.state === "rate") return undefined;
  const phi = activation(spec.activation);
  return (state) => state.map((a) => phi.value(a));
}

/** Rows of the tensor `name` of the weight file: K outputs of D numbers each. */
async function readMatrix(file: string, name: string, dimension: number): Promise<Float64Array> {
  const { tensors } = await readTensors(file);
  const tensor = tensors.get(name);
  const listed = [...tensors.values()].map((t) => `${t.name} [${t.shape.join(", ")}]`).join(", ");
  if (tensor === undefined)
    throw new FileError(`${file}: no tensor ${JSON.stringify(name)}, expected one of ${listed}`);
  if (tensor.shape.at(-1) !== dimension)
    throw new FileError(
      `${file}: tensor ${JSON.stringify(name)} has shape [${tensor.shape.join(", ")}], expected rows of ${dimension} (the system's dimension)`,
    );
  return tensor.data;
}
