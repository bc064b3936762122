import { checkInteger, checkRows, checkVector, fail, type Rows } from "../core/check.js";
import { resolveOptions } from "../core/defaults.js";
import type { Outcome } from "../core/outcome.js";
import type { DynamicalSystem, Time } from "../core/system.js";
import { type AttractorReport, type AttractorType, attractorPlan, matchAttractors } from "./attractors.js";
import type { Completeness } from "./completeness.js";
import { type Cycle, type CycleReport, cyclePlan } from "./cycles.js";
import { evenRows } from "./evenRows.js";
import { type FixedPointReport, fixedPointPlan } from "./fixedPoints.js";
import { type KernelName, kernelName } from "./kernelName.js";
import { carryOut, type Plan } from "./plan.js";
import { type SlowPointKind, type SlowPointReport, slowPointPlan } from "./slowPoints.js";
import type { Stability } from "./stability.js";
import { defaultStarts } from "./starts.js";
import { timeConstants } from "./timeConstants.js";

/** Names the shape of {@link Analysis}; changes when that does. */
export const analysisSchema = "rnn-dynamics/analysis@1";

/** Options of {@link analyze}. */
export interface AnalyzeOptions {
  /** The input held, length M. @defaultValue zeros */
  readonly input?: ArrayLike<number>;
  /**
   * Look for cycles of 2 up to this many steps, from up to 256 of the starts and from the attractors that
   * trajectories reach; 1 looks for none. Maps only. @defaultValue `1`
   */
  readonly maxPeriod?: number;
  /** Look for slow points too. @defaultValue `false` */
  readonly slow?: boolean;
  /** @defaultValue `0` */
  readonly seed?: number;
  /** Called as each stage moves on. */
  readonly onProgress?: (stage: AnalysisStage, done: number, total: number) => void;
}

/** The parts of an analysis, in the order they are done. */
export type AnalysisStage = "attractors" | "fixed points" | "cycles" | "slow points";

/** A complex number as JSON has it. */
export type ComplexPair = readonly [real: number, imaginary: number];

/** A fixed or slow point as JSON. Infinity and NaN are null. */
export interface AnalysisPoint {
  readonly id: number;
  readonly state: readonly number[];
  /** 1/2 |residual|^2. */
  readonly q: number;
  /** |gradient of q|. */
  readonly gradientNorm: number;
  /** About how far the exact point is. */
  readonly errorEstimate: number | null;
  readonly stability: Stability;
  readonly unstableDimension: number;
  /** Eigenvalues of dF/dx by decreasing modulus. */
  readonly eigenvalues: readonly ComplexPair[];
  /** -1 / growth rate of each, in steps or units of time; negative: grows; null: neither. */
  readonly timeConstants: readonly (number | null)[];
  readonly fromStarts: number;
  /** Fixed points: sign of det(I - dF/dx) (maps) or det(-dF/dx) (flows); 0 when degenerate. */
  readonly index?: -1 | 0 | 1;
  /** Slow points: what kind, how fast, how curved, how long (see `findSlowPoints`). */
  readonly kind?: SlowPointKind;
  readonly speed?: number;
  readonly smallestCurvature?: number;
  readonly extent?: number;
}

/** A cycle as JSON. */
export interface AnalysisCycle {
  readonly id: number;
  readonly period: number;
  /** The orbit, one row per step. */
  readonly states: readonly (readonly number[])[];
  readonly multipliers: readonly ComplexPair[];
  readonly stability: Stability;
  readonly unstableDimension: number;
  readonly q: number;
  readonly fromStarts: number;
}

/** An attractor as JSON. */
export interface AnalysisAttractor {
  readonly id: number;
  readonly type: AttractorType;
  readonly state: readonly number[];
  readonly period: number | null;
  readonly lyapunovExponent: number | null;
  readonly fromStarts: number;
  /** The point or cycle of this analysis that it is; null when it is none of them. */
  readonly match: { readonly kind: "point" | "cycle"; readonly id: number } | null;
}

/** Everything `analyze` found, as plain JSON data. */
export interface Analysis {
  readonly schema: typeof analysisSchema;
  readonly system: { readonly time: Time; readonly dimension: number; readonly inputDimension: number };
  readonly input: readonly number[];
  readonly points: readonly AnalysisPoint[];
  /** Empty unless asked for. */
  readonly slowPoints: readonly AnalysisPoint[];
  /** Empty unless asked for. */
  readonly cycles: readonly AnalysisCycle[];
  /** How the starts ended; the six sum to total. */
  readonly starts: {
    readonly total: number;
    readonly fixed: number;
    readonly slow: number;
    readonly stalled: number;
    readonly leftDomain: number;
    readonly outOfSteps: number;
    readonly notFinite: number;
  };
  /** How the search for fixed points from each start ended, in the order of the starts. */
  readonly ends: {
    readonly outcome: readonly Outcome[];
    /** 1/2 |residual|^2 there. */
    readonly q: readonly (number | null)[];
    /** `id` of the point, or -1. */
    readonly point: readonly number[];
  };
  /** Where trajectories end, up to 96 from the starts and 32 from states drawn all over; `unexplained` are those that are no point or cycle listed here. */
  readonly attractors: {
    readonly followed: number;
    readonly reached: readonly AnalysisAttractor[];
    readonly unexplained: readonly AnalysisAttractor[];
  };
  readonly completeness: Omit<Completeness, "condition">;
  /** The arithmetic it was made with. */
  readonly kernel: KernelName;
  readonly options: {
    readonly maxPeriod: number;
    readonly slow: boolean;
    readonly seed: number;
    readonly fixedPoints: FixedPointReport["options"];
    readonly attractors: AttractorReport["options"];
    readonly cycles: readonly CycleReport["options"][];
    readonly slowPoints: SlowPointReport["options"] | null;
  };
}

/** Trajectories that are followed from the starts, and from states drawn all over the state space. */
const givenTrajectories = 96;
const drawnTrajectories = 32;

/** Starts from which cycles of each period are searched. */
const cycleStarts = 256;

const defaults = {
  input: undefined as ArrayLike<number> | undefined,
  maxPeriod: 1,
  slow: false,
  seed: 0,
  onProgress: undefined as AnalyzeOptions["onProgress"],
};

/**
 * The whole analysis in one call, as the command line prints it: attractors by forward simulation, fixed
 * points with their spectra, cycles and slow points if asked for, and what speaks for or against the lists
 * being complete. Each attractor reached is handed to the finders, so that none is lost.
 *
 * Returns plain JSON data. Throws only for wrong arguments. Cost: that of the finders it calls.
 *
 * @example
 * ```ts
 * import { analyze, map } from "rnn-dynamics";
 *
 * const flip = map({ dimension: 1, step: (x, u, out) => { out[0] = -Math.tanh(2 * x[0]); } });
 * const { points, cycles, attractors } = analyze(flip, [[0.3], [-2]], { maxPeriod: 2 });
 * `${points.length} point, ${cycles.length} cycle, ${attractors.unexplained.length} unexplained`;
 * // => '1 point, 1 cycle, 0 unexplained'
 * ```
 */
export function analyze(system: DynamicalSystem, starts: Rows, options?: AnalyzeOptions): Analysis {
  return carryOut(system, analysisPlan(system, starts, options));
}

/** {@link analyze} as a plan. */
export function* analysisPlan(
  system: DynamicalSystem,
  starts: Rows,
  options?: AnalyzeOptions,
): Plan<Analysis> {
  const where = "analyze";
  const given = resolveOptions(where, defaults, options);
  checkInteger(where, "maxPeriod", given.maxPeriod, 1);
  checkInteger(where, "seed", given.seed);
  if (given.maxPeriod > 1 && system.time === "continuous")
    fail(where, "maxPeriod is for maps; a flow's limit cycles are among its attractors");
  const m = system.inputDimension;
  const input = checkVector(where, "input", given.input ?? new Float64Array(m), m, "the system's inputs");
  const table = checkRows(where, "starts", starts, system.dimension, "the system's dimension");
  const { seed } = given;
  const progress = (stage: AnalysisStage) => (done: number, total: number) =>
    given.onProgress?.(stage, done, total);

  const longest = Math.max(32, given.maxPeriod);
  const drawn = defaultStarts(system, { count: drawnTrajectories, input, seed });
  const ofStarts = evenRows(table.data, system.dimension, givenTrajectories);
  const followed = new Float64Array(ofStarts.length + drawn.length);
  followed.set(ofStarts);
  followed.set(drawn, ofStarts.length);
  const forward = yield* attractorPlan(system, followed, {
    input,
    maxPeriod: longest,
    onProgress: progress("attractors"),
  });
  const hints = (period: number) =>
    forward.reached.filter((a) => (a.period ?? 1) === period && a.multipliers !== null).map((a) => a.state);
  const fixed = yield* fixedPointPlan(system, starts, {
    input,
    seed,
    hints: hints(1),
    onProgress: progress("fixed points"),
  });
  const cycleReports = [];
  for (let period = 2; period <= given.maxPeriod; period++)
    cycleReports.push(
      yield* cyclePlan(system, evenRows(table.data, system.dimension, cycleStarts), {
        input,
        seed,
        period,
        hints: hints(period),
        onProgress: progress("cycles"),
      }),
    );
  const cycles = cycleReports.flatMap((r) => r.cycles).map((cycle, id) => ({ ...cycle, id }));
  const slow = given.slow
    ? yield* slowPointPlan(system, starts, { input, onProgress: progress("slow points") })
    : undefined;
  const attractors = matchAttractors(forward, fixed.points, cycles);
  const reached = attractors.reached.map(attractorJson);
  const { condition: _, ...completeness } = fixed.completeness[0];

  return {
    schema: analysisSchema,
    system: fixed.system,
    input: Array.from(input),
    points: fixed.points.map((p) => ({ ...pointJson(system.time, p), index: p.index })),
    slowPoints: (slow?.points ?? []).map((p) => ({
      ...pointJson(system.time, p),
      kind: p.kind,
      speed: p.speed,
      smallestCurvature: p.smallestCurvature,
      extent: p.extent,
    })),
    cycles: cycles.map(cycleJson),
    starts: startsJson(fixed.starts.total, fixed.starts.counts),
    ends: {
      outcome: fixed.starts.outcome,
      q: Array.from(fixed.starts.q, finite),
      point: Array.from(fixed.starts.point),
    },
    attractors: {
      followed: attractors.followed.length,
      reached,
      unexplained: reached.filter((a) => a.match === null),
    },
    completeness,
    kernel: kernelName,
    options: {
      maxPeriod: given.maxPeriod,
      slow: given.slow,
      seed,
      fixedPoints: fixed.options,
      attractors: attractors.options,
      cycles: cycleReports.map((r) => r.options),
      slowPoints: slow?.options ?? null,
    },
  };
}

function pointJson(
  time: Time,
  point: {
    readonly id: number;
    readonly state: Float64Array;
    readonly q: number;
    readonly gradientNorm: number;
    readonly errorEstimate: number;
    readonly stability: Stability;
    readonly unstableDimension: number;
    readonly eigenvalues: { readonly real: Float64Array; readonly imaginary: Float64Array };
    readonly fromStarts: number;
  },
) {
  const { real, imaginary } = point.eigenvalues;
  return {
    id: point.id,
    state: Array.from(point.state),
    q: point.q,
    gradientNorm: point.gradientNorm,
    errorEstimate: finite(point.errorEstimate),
    stability: point.stability,
    unstableDimension: point.unstableDimension,
    eigenvalues: pairs(real, imaginary),
    timeConstants: Array.from(timeConstants(time, real, imaginary), finite),
    fromStarts: point.fromStarts,
  };
}

function cycleJson(cycle: Cycle): AnalysisCycle {
  const n = cycle.states.length / cycle.period;
  return {
    id: cycle.id,
    period: cycle.period,
    states: Array.from({ length: cycle.period }, (_, k) =>
      Array.from(cycle.states.subarray(k * n, (k + 1) * n)),
    ),
    multipliers: pairs(cycle.multipliers.real, cycle.multipliers.imaginary),
    stability: cycle.stability,
    unstableDimension: cycle.unstableDimension,
    q: cycle.q,
    fromStarts: cycle.fromStarts,
  };
}

function attractorJson(a: AttractorReport["reached"][number]): AnalysisAttractor {
  return {
    id: a.id,
    type: a.type,
    state: Array.from(a.state),
    period: a.period,
    lyapunovExponent: finite(a.lyapunovExponent),
    fromStarts: a.fromStarts,
    match: a.match,
  };
}

function startsJson(total: number, counts: Readonly<Record<Outcome, number>>): Analysis["starts"] {
  const { "left-domain": leftDomain, "out-of-steps": outOfSteps, "not-finite": notFinite, ...rest } = counts;
  return { total, ...rest, leftDomain, outOfSteps, notFinite };
}

function pairs(real: Float64Array, imaginary: Float64Array): ComplexPair[] {
  return Array.from(real, (re, i) => [re, imaginary[i]] as const);
}

function finite(value: number | null): number | null {
  return Number.isFinite(value) ? value : null;
}
