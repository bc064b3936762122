import type { Analysis, AnalysisAttractor, AnalysisPoint, ComplexPair } from "../analysis/analyze.js";
import type { LabelledStates } from "../analysis/mechanismOptions.js";
import type { MechanismReport } from "../analysis/mechanismReport.js";
import type { Mode } from "../analysis/modes.js";
import { type Simulation, simulate } from "../analysis/simulate.js";
import { checkInteger, checkOneOf, checkRows, fail } from "../core/check.js";
import { resolveOptions } from "../core/defaults.js";
import type { Outcome } from "../core/outcome.js";
import { type DynamicalSystem, residual, type Vector } from "../core/system.js";
import type { CertificateSummary } from "../proof/index.js";
import { type Axis, axisChoices, directionAlong, type WithReadout } from "./axisChoices.js";
import { drawnModes, slowDirections } from "./drawnModes.js";
import { packFloats } from "./floats.js";
import { pageVersion } from "./pageCode.js";
import type {
  ReportAttractor,
  ReportData,
  ReportMode,
  ReportPoint,
  ReportTrajectories,
} from "./reportData.js";
import { frameOf, type ReportFrame } from "./reportFrame.js";
import { plural } from "./words.js";

/** Options of {@link writeReport} and {@link reportFigures}. */
export interface ReportOptions {
  /** Trajectories to draw, see `sampleTrajectories`; their states are of the system analysed. @defaultValue none */
  readonly trajectories?: Simulation | readonly Simulation[];
  /** What `classifyMechanism` said of this network. @defaultValue none */
  readonly mechanism?: MechanismReport;
  /** The memories it was told of, so that their paths during the delay are drawn. @defaultValue none */
  readonly memories?: LabelledStates;
  /** @defaultValue the network's file, or "Analysis" */
  readonly title?: string;
  /** Where the network came from, as in the command's JSON. @defaultValue unknown */
  readonly network?: { readonly file: string; readonly kind: string; readonly recognised: string };
  /**
   * The one to three axes shown first, by name: `pc1` ... (principal axes of the trajectories), `output1` ... (the
   * readout), `mode1` ... (slow modes of the slowest point), `x1` ... (state variables). The page offers others too.
   * @defaultValue `["pc1", "pc2", "pc3"]`, for up to three state variables these
   */
  readonly axes?: readonly string[];
  /** Principal axes made before, by `reportFrame`: reports that share them can be compared. @defaultValue their own */
  readonly frame?: ReportFrame;
  /** Trajectories drawn, at most: of more, evenly chosen ones. @defaultValue `500` */
  readonly maxTrajectories?: number;
  /** States drawn along all trajectories together, at most: of more, every second, third ... @defaultValue `120000` */
  readonly maxSamples?: number;
  /** Fixed points, slow points and cycles shown, at most, of each. @defaultValue `1000` */
  readonly maxPoints?: number;
  /** Points whose modes are drawn, at most. @defaultValue 5e9 / D^3, at least 8 */
  readonly maxModes?: number;
}

const defaults = {
  trajectories: [] as Simulation | readonly Simulation[],
  mechanism: undefined as MechanismReport | undefined,
  title: undefined as string | undefined,
  network: undefined as ReportOptions["network"],
  memories: undefined as LabelledStates | undefined,
  axes: undefined as readonly string[] | undefined,
  frame: undefined as ReportFrame | undefined,
  maxTrajectories: 500,
  maxSamples: 120_000,
  maxPoints: 1000,
  maxModes: undefined as number | undefined,
};

/** Samples of one curve, and of it all that is stored of a motion without a list of its own. */
const curveSamples = 128;
const cloudSamples = 400;

/** States drawn along the path of one memory, about. */
const pathSamples = 200;

/** Work on eigenvectors: points times D^3. At least `fewestModes` points get theirs. */
const modeBudget = 5e9;
const fewestModes = 8;

/** Puts together all that a report shows. O(samples rule + points D^3). */
export function prepareReport(
  where: string,
  system: DynamicalSystem & WithReadout,
  analysis: Analysis,
  options?: ReportOptions,
): ReportData {
  const given = resolveOptions(where, defaults, options);
  for (const name of ["maxTrajectories", "maxSamples", "maxPoints"] as const)
    checkInteger(where, name, given[name], 1);
  if (given.maxModes !== undefined) checkInteger(where, "maxModes", given.maxModes, 0);
  const d = system.dimension;
  checkOneOf(where, "analysis.schema", analysis?.schema, ["rnn-dynamics/analysis@1"]);
  const about = analysis.system;
  if (about.dimension !== d || about.time !== system.time || about.inputDimension !== system.inputDimension)
    fail(
      where,
      `analysis is of a ${about.time} system of dimension ${about.dimension} with ${plural(about.inputDimension, "input")}, expected of the system given: ${system.time}, ${d}, ${system.inputDimension}`,
    );
  const simulations = Array.isArray(given.trajectories) ? given.trajectories : [given.trajectories];
  for (const [i, s] of simulations.entries())
    if (s?.dimension !== d || s.states?.length !== s.count * s.steps * d)
      fail(where, `trajectories[${i}] must be a Simulation of dimension ${d} with all its states recorded`);
  const { frame } = given;
  if (frame && frame.mean?.length !== d)
    fail(where, `frame is of ${plural(frame.mean?.length ?? 0, "state variable")}, expected ${d}`);
  const input = Float64Array.from(analysis.input);
  const notes: string[] = [];

  const kept = {
    points: cut(analysis.points, given.maxPoints, "fixed points", notes),
    slow: cut(analysis.slowPoints, given.maxPoints, "slow points", notes),
    cycles: cut(analysis.cycles, given.maxPoints, "cycles", notes),
  };
  const samples = gather(simulations, given, notes);
  const states = {
    points: kept.points.map((p) => Float64Array.from(p.state)),
    slow: kept.slow.map((p) => Float64Array.from(p.state)),
    cycles: kept.cycles.map((c) => c.states.map((x) => Float64Array.from(x))),
    attractors: analysis.attractors.reached.map((a) => pathOf(system, a, analysis, input)),
  };

  const all = [...states.points, ...states.slow];
  const withModes = given.maxModes ?? Math.max(fewestModes, Math.floor(modeBudget / Math.max(1, d ** 3)));
  if (all.length > withModes && withModes > 0)
    notes.push(`Eigenvectors are drawn at the first ${withModes} of ${plural(all.length, "point")}.`);
  const modes = all.map((x, i) => (i < withModes ? drawnModes(system, x, input) : []));

  const paths =
    given.mechanism && given.memories ? pathsOf(where, system, given.mechanism, given.memories) : [];
  const rows = () =>
    rowsFor(d, samples.states, [
      ...all,
      ...states.cycles.flat(),
      ...states.attractors.flat(),
      ...analysis.attractors.reached.map((a) => Float64Array.from(a.state)),
      ...paths.flatMap(({ states }) => states),
    ]);
  const { deviations, ...principal } = frame ?? frameOf(rows(), d);
  // Slow modes are those of this input's points: a frame that is shared has none.
  const slow = frame ? [] : slowestOf(all, modes, states.points.length);
  const { axes, shown } = axisChoices(where, system, input, principal, slow, deviations, given.axes);
  const place = (x: Vector) => axes.map((axis) => significant(axis.coordinate(x)));
  const point = (p: AnalysisPoint, x: Vector, own: readonly Mode[]): ReportPoint => {
    const { state: _, eigenvalues, timeConstants, ...rest } = p;
    return {
      ...rest,
      eigenvalues: eigenvalues.map(shortPair),
      timeConstants: timeConstants.map((t) => (t === null ? null : significant(t))),
      at: place(x),
      readout: readoutAt(system, x, input),
      certificate: certificateOf(p),
      modes: own.map((mode) => drawnMode(mode, axes, x)),
    };
  };

  return {
    title: given.title ?? given.network?.file ?? "Analysis",
    version: pageVersion,
    network: given.network ?? null,
    system: about,
    input: analysis.input,
    kernel: analysis.kernel,
    axes: axes.map(({ name, label, group }) => ({ name, label, group })),
    shown,
    points: kept.points.map((p, i) => point(p, states.points[i], modes[i])),
    slowPoints: kept.slow.map((p, i) => point(p, states.slow[i], modes[states.points.length + i])),
    cycles: kept.cycles.map(({ states: _, ...cycle }, i) => ({
      ...cycle,
      multipliers: cycle.multipliers.map(shortPair),
      at: states.cycles[i].map(place),
      certificate: certificateOf(cycle),
    })),
    attractors: analysis.attractors.reached.map(
      ({ state: _, ...rest }, i): ReportAttractor => ({
        ...rest,
        path: states.attractors[i].map(place),
      }),
    ),
    trajectories: samples.lengths.length > 0 ? embed(system, input, samples, axes) : null,
    starts: startCounts(analysis.starts),
    ends: analysis.ends ?? null,
    completeness: analysis.completeness,
    mechanism: given.mechanism
      ? mechanismOf(
          given.mechanism,
          paths.map(({ states, end }) => ({ at: states.map(place), end: end && place(end) })),
        )
      : null,
    options: analysis.options,
    notes,
  };
}

/** The first `most` of a list, and a sentence if that is not all. */
function cut<T>(items: readonly T[], most: number, name: string, notes: string[]): readonly T[] {
  if (items.length > most) notes.push(`The first ${most} of ${items.length} ${name} are shown.`);
  return items.slice(0, most);
}

interface Samples {
  readonly lengths: number[];
  /** Rows of D. */
  readonly states: Float64Array;
  readonly times: number[];
}

/** States along the trajectories, the initial ones included, within the limits; of one that fails, those before. */
function gather(
  simulations: readonly Simulation[],
  { maxTrajectories, maxSamples }: { maxTrajectories: number; maxSamples: number },
  notes: string[],
): Samples {
  const all = simulations.flatMap((s) => Array.from({ length: s.count }, (_, b) => [s, b] as const));
  const count = Math.min(all.length, maxTrajectories, maxSamples);
  const chosen = Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)]);
  if (count < all.length) notes.push(`${count} of ${all.length} trajectories are drawn, evenly chosen.`);
  const total = chosen.reduce((sum, [s]) => sum + s.steps + 1, 0);
  let stride = Math.ceil(total / maxSamples);
  while (chosen.reduce((sum, [s]) => sum + Math.ceil(s.steps / stride) + 1, 0) > maxSamples && stride < total)
    stride++;
  if (stride > 1)
    notes.push(
      `Of ${total} states along the trajectories one in ${stride} is drawn (the limit is ${maxSamples}).`,
    );
  const lengths: number[] = [];
  const times: number[] = [];
  const rows: Float64Array[] = [];
  for (const [s, b] of chosen) {
    const d = s.dimension;
    const before = rows.length;
    for (let t = 0; t <= s.steps; t = t < s.steps ? Math.min(t + stride, s.steps) : t + 1) {
      const row =
        t === 0
          ? s.initialStates.subarray(b * d, (b + 1) * d)
          : s.states.subarray((b * s.steps + t - 1) * d, (b * s.steps + t) * d);
      if (!row.every(Number.isFinite)) break;
      rows.push(row);
      times.push(t === 0 ? 0 : s.times[t - 1]);
    }
    lengths.push(rows.length - before);
  }
  const d = simulations[0]?.dimension ?? 0;
  const states = new Float64Array(rows.length * d);
  for (const [i, row] of rows.entries()) states.set(row, i * d);
  return { lengths, states, times };
}

function embed(
  system: DynamicalSystem,
  input: Vector,
  { lengths, states, times }: Samples,
  axes: readonly Axis[],
): ReportTrajectories {
  const d = system.dimension;
  const positions = new Float32Array(times.length * axes.length);
  for (let i = 0; i < times.length; i++) {
    const x = states.subarray(i * d, (i + 1) * d);
    for (let a = 0; a < axes.length; a++) positions[i * axes.length + a] = axes[a].coordinate(x);
  }
  return {
    lengths,
    positions: packFloats(positions),
    logSpeeds: packFloats(logSpeeds(system, input, states)),
    times: packFloats(times),
  };
}

/** log10 |residual| at rows of states, with the input held; at least -16, where nothing moves. */
function logSpeeds(system: DynamicalSystem, input: Vector, states: Float64Array): Float64Array {
  const d = system.dimension;
  const count = states.length / d;
  const out = new Float64Array(count);
  const together = system.ruleBatch ? 256 : 1;
  const next = new Float64Array(together * d);
  const inputs = new Float64Array(together * input.length);
  for (let k = 0; k < inputs.length; k++) inputs[k] = input[k % input.length];
  for (let from = 0; from < count; from += together) {
    const n = Math.min(together, count - from);
    const rows = states.subarray(from * d, (from + n) * d);
    const ahead = next.subarray(0, n * d);
    if (system.ruleBatch) {
      system.ruleBatch(n, rows, inputs.subarray(0, n * input.length), ahead);
      if (system.time === "discrete") for (let k = 0; k < n * d; k++) ahead[k] -= rows[k];
    } else residual(system, rows, input, ahead);
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let k = i * d; k < (i + 1) * d; k++) sum += ahead[k] * ahead[k];
      out[from + i] = Math.max(-16, Math.log10(Math.sqrt(sum)));
    }
  }
  return out;
}

/** States along an attractor that no list shows, to draw it. */
function pathOf(
  system: DynamicalSystem,
  attractor: AnalysisAttractor,
  analysis: Analysis,
  input: Vector,
): Float64Array[] {
  const { type, period, match, state } = attractor;
  if (match !== null || type === "fixed-point" || type === "unbounded") return [];
  const isMap = system.time === "discrete";
  const closed = (type === "cycle" || type === "limit-cycle") && period !== null && period > 0;
  const steps = closed ? (isMap ? Math.min(Math.ceil(period), cloudSamples) : curveSamples) : cloudSamples;
  const dt = isMap ? 1 : closed ? period / curveSamples : 4 * (analysis.options.attractors.dt ?? 0.25);
  const { states, outcomes } = simulate(system, state, { input, steps, dt });
  if (outcomes[0] !== "ok") return [];
  const d = system.dimension;
  return [
    Float64Array.from(state),
    ...Array.from({ length: steps }, (_, t) => states.slice(t * d, (t + 1) * d)),
  ];
}

/** Rows that the principal axes are of: trajectories where there are any, with the points. */
function rowsFor(d: number, states: Float64Array, others: readonly Float64Array[]): Float64Array {
  const rows = new Float64Array(states.length + others.length * d);
  rows.set(states);
  for (const [i, x] of others.entries()) rows.set(x, states.length + i * d);
  return rows;
}

/** The states of each memory during the delay, and the state of its attractor that is nearest to the last of them. */
function pathsOf(
  where: string,
  system: DynamicalSystem,
  { options: { delay, input }, memories, attractors }: MechanismReport,
  { states, labels }: LabelledStates,
): { states: Float64Array[]; end: Float64Array | null }[] {
  const d = system.dimension;
  const table = checkRows(where, "memories.states", states, d, "the system's dimension");
  if (table.count !== memories.length || labels.length !== memories.length)
    fail(
      where,
      `memories has ${plural(table.count, "state")} and ${plural(labels.length, "label")}, expected ${memories.length} (those of the mechanism)`,
    );
  const isMap = system.time === "discrete";
  const steps = isMap ? Math.max(1, Math.round(delay)) : pathSamples;
  const run = simulate(system, table.data, { input, steps, dt: isMap ? 1 : delay / steps });
  const stride = Math.ceil(steps / pathSamples);
  return memories.map(({ attractor }, b) => {
    const path = [table.data.slice(b * d, (b + 1) * d)];
    for (let t = stride - 1; ; t += stride) {
      const at = b * steps + Math.min(t, steps - 1);
      const x = run.states.slice(at * d, (at + 1) * d);
      if (!x.every(Number.isFinite)) break;
      path.push(x);
      if (t >= steps - 1) break;
    }
    const last = path[path.length - 1];
    const ends = attractors.find(({ id }) => id === attractor)?.states ?? [];
    const distance = (x: readonly number[]) => Math.hypot(...x.map((v, i) => v - last[i]));
    const end = ends.reduce<readonly number[] | null>(
      (best, x) => (best === null || distance(x) < distance(best) ? x : best),
      null,
    );
    return { states: path, end: end && Float64Array.from(end) };
  });
}

/** Axes of the point with the slowest mode. */
function slowestOf(states: readonly Vector[], modes: readonly (readonly Mode[])[], fixed: number) {
  let best = -1;
  let rate = Number.POSITIVE_INFINITY;
  for (const [i, list] of modes.entries())
    for (const mode of list)
      if (Math.abs(mode.exponent.real) < rate) {
        best = i;
        rate = Math.abs(mode.exponent.real);
      }
  if (best < 0) return [];
  const at = best < fixed ? `point ${best}` : `slow point ${best - fixed}`;
  return slowDirections(modes[best], states[best], at);
}

function drawnMode(mode: Mode, axes: readonly Axis[], x: Vector): ReportMode {
  const { real, imaginary } = mode.eigenvalue;
  const along = (v: Vector) => axes.map((axis) => significant(directionAlong(axis, x, v)));
  return {
    eigenvalue: shortPair([real, imaginary]),
    timeConstant: Number.isFinite(mode.timeConstant) ? significant(mode.timeConstant) : null,
    grows: mode.exponent.real > 1e-9,
    real: along(mode.right.real),
    imaginary: imaginary === 0 ? null : along(mode.right.imaginary),
  };
}

function readoutAt(system: DynamicalSystem & WithReadout, x: Vector, input: Vector): number[] | null {
  const outputs = system.outputDimension ?? 0;
  if (!system.readout || outputs === 0) return null;
  const out = new Float64Array(outputs);
  system.readout(x, input, out);
  return Array.from(out.subarray(0, 8), significant);
}

function certificateOf(item: object): CertificateSummary | null {
  return "certificate" in item ? (item.certificate as CertificateSummary) : null;
}

function startCounts(starts: Analysis["starts"]): { outcome: Outcome; count: number }[] {
  return [
    { outcome: "fixed", count: starts.fixed },
    { outcome: "slow", count: starts.slow },
    { outcome: "stalled", count: starts.stalled },
    { outcome: "left-domain", count: starts.leftDomain },
    { outcome: "out-of-steps", count: starts.outOfSteps },
    { outcome: "not-finite", count: starts.notFinite },
  ];
}

function mechanismOf(
  report: MechanismReport,
  paths: NonNullable<ReportData["mechanism"]>["paths"],
): ReportData["mechanism"] {
  const { label, unclassified, confidence, runnerUp, reasons, checks, memories, separability } = report;
  return { label, unclassified, confidence, runnerUp, reasons, checks, memories, separability, paths };
}

function shortPair([real, imaginary]: ComplexPair): ComplexPair {
  return [significant(real), significant(imaginary)];
}

/** Seven digits: as many as a float32 has. */
function significant(value: number): number {
  return Number.isFinite(value) ? Number(value.toPrecision(7)) : value;
}
