import { mkdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, join } from "node:path";
import { performance } from "node:perf_hooks";
import {
  type Analysis,
  type AnalysisPoint,
  type AnalysisStage,
  type AnalyzeOptions,
  analyze,
} from "../analysis/analyze.js";
import { defaultStarts } from "../analysis/starts.js";
import type { Cell } from "../cells/cell.js";
import { fail } from "../core/check.js";
import { FileError, readWeights, type Weights } from "../io/index.js";
import { certifyAnalysis, findAllFixedPoints, toProof } from "../proof/index.js";
import { type ReportOptions, reportFigures, sampleTrajectories, writeReport } from "../report/index.js";
import { printableLines } from "../report/printable.js";
import { analysisReport } from "./analysisReport.js";
import { onWorkers } from "./onWorkers.js";
import { createProgress } from "./progress.js";
import { readStarts, splitPlace } from "./readStarts.js";
import { refuseOverwriting } from "./refuseOverwriting.js";
import { version } from "./version.js";
import { writeText } from "./writeText.js";

/** The flags of `rnn-dynamics analyze`, as parsed. */
export interface AnalyzeFlags {
  readonly model?: string;
  readonly starts?: string;
  readonly input?: number[];
  readonly period: number;
  readonly slow: boolean;
  readonly certify: boolean;
  readonly all: boolean;
  readonly proof?: string;
  readonly seed: number;
  /** undefined: as many as pay. */
  readonly workers?: number;
  readonly json?: string;
  /** File of the page to look at. */
  readonly html?: string;
  /** Folder of the figures. */
  readonly figures?: string;
  /** Axes shown first, by name. */
  readonly axes?: string[];
  readonly quiet: boolean;
}

/** A point and, where the network has one, its readout there. */
type PointWithReadout = AnalysisPoint & { readonly readout?: readonly number[] };

/** What `--json` writes: the analysis, where it came from, and the seconds each stage took. */
export interface AnalysisFile extends Analysis {
  readonly points: readonly PointWithReadout[];
  readonly slowPoints: readonly PointWithReadout[];
  readonly network: { readonly file: string; readonly kind: string; readonly recognised: string };
  readonly version: string;
  readonly timing: Readonly<Record<string, number>>;
}

/** `rnn-dynamics analyze WEIGHTS ...` */
export async function analyzeCommand(file: string, flags: AnalyzeFlags): Promise<void> {
  const clock = createClock();
  const { json, proof, html } = flags;
  const startsFile = flags.starts === undefined ? undefined : splitPlace(flags.starts).file;
  refuseOverwriting("analyze", { json, proof, html }, [file, flags.model, startsFile]);
  const weights = await readWeights(file, flags.model === undefined ? {} : { model: flags.model });
  const { cell } = weights;
  const input = flags.input ?? new Array<number>(cell.inputDimension).fill(0);
  if (input.length !== cell.inputDimension)
    fail(
      "analyze",
      `--input has ${input.length} values, expected ${cell.inputDimension} (the network's inputs)`,
    );
  // A flow has no cycles of steps; its limit cycles are among its attractors, with or without --period.
  const maxPeriod = cell.time === "continuous" ? 1 : flags.period;
  const given =
    flags.starts === undefined
      ? defaultStarts(cell, { seed: flags.seed, input, count: 512 })
      : await readStarts(flags.starts, cell.dimension);
  clock.mark("reading");
  const all = flags.all ? findAllFixedPoints(cell, { input }) : undefined;
  if (all) clock.mark("proof");
  // A search from a point that is proved lists it, however small its basin.
  const starts = all ? joined(given, all.points) : given;

  const toStandardOutput = flags.json === "-";
  const progress = createProgress(flags.quiet);
  let stage: AnalysisStage | undefined;
  const options: AnalyzeOptions = {
    input,
    maxPeriod,
    slow: flags.slow,
    seed: flags.seed,
    onProgress(next, done, total) {
      if (stage !== undefined && stage !== next) clock.mark(stage);
      stage = next;
      progress.update(next, done, total);
    },
  };
  const workers = flags.workers ?? worthWorkers(cell, starts.length / cell.dimension, options);
  let analysis: Analysis;
  try {
    analysis =
      workers === 1
        ? analyze(cell, starts, options)
        : await onWorkers(workers, (pool, signal) => pool.analyze(cell, starts, { ...options, signal }));
  } finally {
    progress.stop();
  }
  clock.mark(stage ?? "fixed points");
  if (flags.certify || flags.all || flags.proof !== undefined) {
    const certified = certifyAnalysis(cell, analysis, all);
    analysis = certified.analysis;
    clock.mark("proof");
    if (flags.proof !== undefined)
      writeText(
        flags.proof,
        `${JSON.stringify(toProof(cell, certified.certificates, { input, complete: all?.proved ? all.proof : null }))}\n`,
      );
  }

  if (flags.json !== undefined) {
    const { schema, ...rest } = analysis;
    const document: AnalysisFile = {
      schema,
      network: { file, kind: weights.spec.kind, recognised: weights.recognised.by },
      version,
      ...rest,
      points: rest.points.map((point) => withReadout(point, analysis, cell)),
      slowPoints: rest.slowPoints.map((point) => withReadout(point, analysis, cell)),
      timing: clock.seconds(),
    };
    const text = `${JSON.stringify(document)}\n`;
    if (toStandardOutput) process.stdout.write(text);
    else writeText(flags.json, text);
  }
  if (flags.html !== undefined || flags.figures !== undefined) {
    writeLooks(cell, analysis, starts, file, weights, flags);
    clock.mark("report");
  }
  if (!flags.quiet && !toStandardOutput) {
    process.stdout.write(
      printableLines(analysisReport(analysis, describe(file, weights, flags), cell, clock.seconds())),
    );
    const written = [flags.json, flags.proof, flags.html, flags.figures].filter((name) => name !== undefined);
    if (written.length > 0) process.stdout.write(printableLines(`\nwritten: ${written.join(", ")}\n`));
  }
}

function joined(starts: Float64Array, points: readonly { readonly state: Float64Array }[]): Float64Array {
  return Float64Array.from([...starts, ...points.flatMap(({ state }) => Array.from(state))]);
}

/** The page and the figures. */
function writeLooks(
  cell: Cell,
  analysis: Analysis,
  starts: Float64Array,
  file: string,
  weights: Weights,
  { html, figures, axes }: AnalyzeFlags,
): void {
  const options: ReportOptions = {
    trajectories: sampleTrajectories(cell, starts, { input: analysis.input }),
    network: { file, kind: weights.spec.kind, recognised: weights.recognised.by },
    title: basename(file),
    ...(axes && { axes }),
  };
  if (html !== undefined) writeText(html, writeReport(cell, analysis, options));
  if (figures === undefined) return;
  makeFolder(figures);
  for (const [name, text] of Object.entries(reportFigures(cell, analysis, options)))
    writeText(join(figures, `${name}.svg`), text);
}

/** Seconds of work that pay for one worker: it takes a tenth to start, and more to warm up. */
const perWorker = 0.5;

/** How many workers an analysis is worth: one per half second that it takes alone, roughly; at most the processors. */
function worthWorkers(cell: Cell, starts: number, { maxPeriod = 1, slow = false }: AnalyzeOptions): number {
  const { dimension, units } = cell;
  const perSearch = 1e-4 + 9e-9 * dimension * dimension * Math.max(dimension, units);
  const searches = (starts + 300) * (1.5 + (slow ? 1 : 0)) + 500 * (maxPeriod - 1);
  return Math.max(1, Math.min(availableParallelism(), Math.floor((searches * perSearch) / perWorker)));
}

function describe(file: string, weights: Weights, flags: AnalyzeFlags) {
  return {
    file,
    recognised: weights.recognised.by,
    notes:
      weights.cell.time === "continuous" && flags.period > 1
        ? [
            "--period is for maps and does nothing here: a flow's limit cycles are among its attractors",
            ...weights.notes,
          ]
        : weights.notes,
    startsFrom: flags.starts ?? "drawn over the state space, half of them carried forward",
  };
}

function withReadout(point: AnalysisPoint, { input }: Analysis, cell: Cell): PointWithReadout {
  if (cell.outputDimension === 0) return point;
  const readout = new Float64Array(cell.outputDimension);
  cell.readout(Float64Array.from(point.state), Float64Array.from(input), readout);
  return { ...point, readout: Array.from(readout) };
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new FileError(`${folder}: cannot be made (${(error as NodeJS.ErrnoException).code})`);
  }
}

/** Seconds between marks, by name. */
function createClock() {
  let last = performance.now();
  const taken: Record<string, number> = {};
  return {
    mark(name: string) {
      const now = performance.now();
      taken[name] = (taken[name] ?? 0) + (now - last) / 1000;
      last = now;
    },
    seconds(): Record<string, number> {
      const total = Object.values(taken).reduce((sum, s) => sum + s, 0);
      return Object.fromEntries(
        [...Object.entries(taken), ["total", total]].map(([k, s]) => [k, Number((s as number).toFixed(3))]),
      );
    },
  };
}
