import {
  type Analysis,
  analyze,
  buildCell,
  type Cell,
  type CellSpec,
  createRandom,
  defaultStarts,
  findAttractors,
  findFixedPoints,
  type Rows,
  type Simulation,
} from "rnn-dynamics";
import { inspectWeights, type ModelSpec, readWeights } from "rnn-dynamics/io";
import {
  makeReportData,
  type ReportData,
  type ReportFrame,
  type ReportOptions,
  reportFrame,
  sampleTrajectories,
} from "rnn-dynamics/report";
import { classifyMechanism } from "rnn-dynamics/study";
import { analysisOf } from "./analysisOf.js";
import { type Coordinate, lift } from "./lift.js";
import { type PhasePlane, phasePlane, type Window } from "./phasePlane.js";
import { type Reading, readingsOf } from "./readings.js";
import { distance, nothing, type Tracked, track } from "./track.js";

/** A network that was opened. */
export interface Opened {
  readonly spec: CellSpec;
  readonly name: string;
  readonly kind: string;
  readonly recognised: string;
  readonly notes: readonly string[];
}

/** A file that does not say what it is. */
export interface Unclear {
  readonly why: readonly string[];
  readonly candidates: readonly string[];
  readonly tensors: readonly string[];
  readonly readings: readonly Reading[];
}

/** What is shown for one input. */
export interface Scene {
  readonly tracked: Tracked;
  readonly data: ReportData;
  readonly plane: PhasePlane | null;
}

/** A state that somebody started from, and what became of it. */
export interface Followed {
  readonly state: Float64Array;
  /** States along the trajectory, along the axes. */
  readonly path: readonly (readonly number[])[];
  readonly type: string;
  readonly period: number | null;
  readonly lyapunovExponent: number | null;
  /** Number of the tracked point it ends in; null: none of them. */
  readonly point: number | null;
}

/** States a search in the background starts from, trajectories drawn, and their longest. */
const searchStarts = 256;
const drawn = { count: 40, maxSteps: 300 };

/** Largest dimension for slow points, and work on eigenvectors that may delay an answer (points times D^3). */
const mostForSlow = 128;
const modesAtOnce = 30_000;

/** Steps that a started trajectory is followed for to find where it ends. */
const followSteps = 20_000;

/** What a worker can be asked. Everything that crosses is plain data. */
export const answers = {
  /** Reads a file; what it may be, if it does not say. */
  async open(file: {
    bytes: Blob;
    name: string;
    model?: ModelSpec | string;
    params?: Blob;
  }): Promise<Opened | Unclear> {
    const { bytes, name, model, params } = file;
    const options = { name, ...(model && { model }), ...(params && { params }) };
    const inspection = await inspectWeights(bytes, options);
    const { recognised } = inspection;
    if (recognised && !recognised.modelSpec)
      return {
        why: recognised.why,
        candidates: recognised.candidates,
        tensors: inspection.tensors.map((t) => `${t.name} [${t.shape.join(", ")}]`),
        readings: readingsOf(inspection),
      };
    const weights = await readWeights(bytes, options);
    const { spec, notes } = weights;
    return {
      spec,
      name,
      kind: spec.kind,
      recognised: weights.recognised.by,
      notes,
    };
  },

  /** Which network all other questions are about. */
  use(spec: CellSpec): void {
    inUse.cell = buildCell(spec);
  },

  /** A first look: quick, so that there is something to see. */
  begin(_: null): Scene & { frame: ReportFrame; units: number } {
    const cell = cellInUse();
    const input = new Array<number>(cell.inputDimension).fill(0);
    const starts = defaultStarts(cell, { count: cell.dimension < 100 ? 48 : 8, input });
    const trajectories = sketch(cell, starts, input);
    const { states } = trajectories;
    const frame = reportFrame(states.every(Number.isFinite) ? states : starts, cell.dimension);
    const first = { ...nothing, seeds: rowsOf(starts, cell.dimension) };
    const { tracked, report, idOf } = track(cell, first, input, 0);
    const analysis = analysisOf(report, input);
    const data = dataOf(cell, analysis, idOf, { frame, trajectories });
    return { tracked, frame, units: cell.units, plane: null, data };
  },

  /** The points at another input, continued from those before. */
  track(question: {
    frame: ReportFrame;
    before: Tracked;
    input: readonly number[];
    round: number;
    window: Window | null;
  }): Scene & { milliseconds: number } {
    const began = performance.now();
    const { frame, before, input, round, window } = question;
    const cell = cellInUse();
    const { tracked, report, idOf } = track(cell, before, input, round);
    const maxModes = Math.floor(modesAtOnce / cell.dimension ** 3);
    const data = dataOf(cell, analysisOf(report, input), idOf, { frame, maxModes });
    const plane = window && phasePlane(cell, input, window);
    return { tracked, data, plane, milliseconds: performance.now() - began };
  },

  /** Nullclines and field of a system of two variables. */
  plane({ input, window }: { input: readonly number[]; window: Window }): PhasePlane {
    return phasePlane(cellInUse(), input, window);
  },

  /** A whole analysis, which may correct what was tracked. */
  search(question: { frame: ReportFrame; before: Tracked }): Scene & {
    searches: number;
    born: readonly number[];
    gone: readonly number[];
  } {
    const { frame, before } = question;
    const { input } = before;
    const cell = cellInUse();
    const d = cell.dimension;
    const drawnStarts = defaultStarts(cell, { count: searchStarts, input });
    // Beside the points, not on them: a trajectory that starts on a saddle would stay there.
    const random = createRandom(1);
    const beside = before.points.flatMap(({ state }) => Array.from(state, (v) => v + 1e-3 * random.normal()));
    const starts = Float64Array.from([...beside, ...drawnStarts]);
    const analysis = analyze(cell, starts, { input, slow: d <= mostForSlow });
    const states = analysis.points.map(({ state }) => Float64Array.from(state));
    const idOf = new Array<number>(states.length).fill(-1);
    for (const [i, { id }] of before.points.entries()) {
      const to = analysis.ends.point[i];
      if (to >= 0 && idOf[to] < 0) idOf[to] = id;
    }
    let { nextId } = before;
    const born: number[] = [];
    for (const [k, id] of idOf.entries()) if (id < 0) born.push((idOf[k] = nextId++));
    const gone = before.points.map(({ id }) => id).filter((id) => !idOf.includes(id));
    const slow = analysis.slowPoints.map(({ state }) => Float64Array.from(state));
    const tracked: Tracked = {
      input,
      points: states.map((state, k) => ({ id: idOf[k], state })).sort((a, b) => a.id - b.id),
      seeds: [...slow, ...before.seeds.filter((x) => slow.every((y) => distance(x, y) > 1e-2))].slice(0, 8),
      nextId,
    };
    const trajectories = sketch(cell, drawnStarts, input);
    const data = dataOf(cell, analysis, idOf, { frame, trajectories });
    const { total } = analysis.starts;
    const searches = total + analysis.completeness.extraSearches;
    return { tracked, data, plane: null, searches, born, gone };
  },

  /** Trajectories from states, and where they end. */
  follow(question: { frame: ReportFrame; tracked: Tracked; states: readonly Float64Array[] }): Followed[] {
    const { frame, tracked, states } = question;
    const cell = cellInUse();
    const { input } = tracked;
    const points = tracked.points.map(({ id, state }) => ({ id, state, condition: 0 }));
    const count = states.length;
    const { reached, followed, attractor } = findAttractors(cell, states, {
      input,
      points,
      trajectories: count,
      maxSteps: followSteps,
    });
    const trajectories = sampleTrajectories(cell, states, {
      input,
      count,
      maxSteps: 600,
      ...finer(cell, states, input),
    });
    const paths = pathsAlong(cell, input, frame, trajectories);
    return states.map((state, i) => {
      const { type, period, lyapunovExponent, match } = reached[attractor[followed.indexOf(i)]];
      return { state, path: paths[i], type, period, lyapunovExponent, point: match?.id ?? null };
    });
  },

  /** By which mechanism labelled states are held. */
  classify(question: {
    frame: ReportFrame;
    input: readonly number[];
    states: readonly Float64Array[];
    labels: readonly string[];
    delay: number;
  }): ReportData["mechanism"] {
    const { frame, input, states, labels, delay } = question;
    const cell = cellInUse();
    const memories = { states, labels };
    const mechanism = classifyMechanism(cell, memories, { delay, input });
    return makeReportData(cell, emptyAnalysis(cell, input), { frame, mechanism, memories, maxModes: 0 })
      .mechanism;
  },

  /** The state at a place. */
  place(question: {
    frame: ReportFrame;
    input: readonly number[];
    base: Float64Array;
    coordinates: readonly Coordinate[];
  }): Float64Array {
    const { frame, input, base, coordinates } = question;
    return lift(cellInUse(), frame, input, base, coordinates);
  },

  /** A state drawn at random. */
  random({ input, seed }: { input: readonly number[]; seed: number }): Float64Array {
    return defaultStarts(cellInUse(), { count: 1, input, seed });
  },
};

/** All questions. */
export type Answers = typeof answers;

/** The network all other questions are about. */
const inUse: { cell: Cell | null } = { cell: null };

function cellInUse(): Cell {
  if (!inUse.cell) throw new Error("no network is open");
  return inUse.cell;
}

/** Trajectories to see the flow by. */
function sketch(cell: Cell, starts: Float64Array, input: readonly number[]): Simulation {
  return sampleTrajectories(cell, starts, { input, ...drawn, ...finer(cell, starts, input) });
}

/** A flow is sampled three times as densely as a report needs it: its curves are looked at from near. */
function finer(cell: Cell, starts: Rows, input: readonly number[]): { dt?: number } {
  if (cell.time === "discrete") return {};
  return { dt: sampleTrajectories(cell, starts, { input, count: 1, maxSteps: 1 }).options.dt / 3 };
}

function rowsOf(flat: Float64Array, d: number): Float64Array[] {
  return Array.from({ length: flat.length / d }, (_, i) => flat.slice(i * d, (i + 1) * d));
}

/** The page's data, points under their own numbers. */
function dataOf(cell: Cell, analysis: Analysis, idOf: readonly number[], options: ReportOptions): ReportData {
  const data = makeReportData(cell, analysis, options);
  const renumbered = data.points.map((p, k) => ({ ...p, id: idOf[k] })).sort((a, b) => a.id - b.id);
  const attractors = data.attractors.map((a) =>
    a.match?.kind === "point" ? { ...a, match: { ...a.match, id: idOf[a.match.id] } } : a,
  );
  const ends = data.ends && { ...data.ends, point: data.ends.point.map((p) => (p < 0 ? p : idOf[p])) };
  return { ...data, points: renumbered, attractors, ends };
}

/** An analysis that lists nothing: to project what is drawn beside points. */
function emptyAnalysis(cell: Cell, input: readonly number[]): Analysis {
  const start = defaultStarts(cell, { count: 1, input });
  const report = findFixedPoints(cell, start, { input, searchBudget: 0, maxSteps: 1 });
  return { ...analysisOf(report, input), points: [] };
}

/** Each trajectory along the axes of the data. */
function pathsAlong(
  cell: Cell,
  input: readonly number[],
  frame: ReportFrame,
  trajectories: Simulation,
): number[][][] {
  const bare = emptyAnalysis(cell, input);
  const { axes, trajectories: packed } = makeReportData(cell, bare, { frame, trajectories, maxModes: 0 });
  if (!packed) return trajectories.outcomes.map(() => []);
  const numbers = floatsOf(packed.positions);
  let from = 0;
  return packed.lengths.map((n) => {
    const path = Array.from({ length: n }, (_, i) =>
      Array.from(numbers.subarray((from + i) * axes.length, (from + i + 1) * axes.length)),
    );
    from += n;
    return path;
  });
}

/** Numbers as a report packs them: float32, little-endian, in base64. */
function floatsOf(text: string): Float32Array {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  return new Float32Array(bytes.buffer);
}
