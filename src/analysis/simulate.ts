import {
  checkInteger,
  checkNumber,
  checkOneOf,
  checkRows,
  checkVector,
  fail,
  type Rows,
} from "../core/check.js";
import { resolveOptions } from "../core/defaults.js";
import type { DynamicalSystem, Matrix, Time, Vector } from "../core/system.js";
import { checkIntegrateOptions, createIntegrator } from "../numeric/integrate.js";
import { discretize } from "../systems/discretize.js";
import { type Plan, perform, type Task } from "./plan.js";

/** How one trajectory ended; "too-many-steps" only from the adaptive integrator. */
export type SimulationOutcome = "ok" | "not-finite" | "too-many-steps";

/** Options of {@link simulate}. */
export interface SimulateOptions {
  /**
   * Input of each step: T rows of M, the same for all trajectories; or B T rows (all steps of trajectory 0,
   * then of trajectory 1, ...) when `steps` is given too. For a flow, row t is held during the t-th `dt`.
   */
  readonly inputs?: Rows;
  /** One input held all along, length M. @defaultValue zeros */
  readonly input?: ArrayLike<number>;
  /** Number of steps (flow: of intervals `dt`), T. @defaultValue the number of rows of `inputs` */
  readonly steps?: number;
  /** Flow: time between samples, in the flow's unit of time. A map ignores it: its clock counts steps. @defaultValue `1` */
  readonly dt?: number;
  /** Flow: adaptive Dormand-Prince between samples, or exactly one Euler or rk4 step per `dt`. @defaultValue `"adaptive"` */
  readonly method?: "adaptive" | "euler" | "rk4";
  /** Of the adaptive integrator. @defaultValue `1e-8` */
  readonly relativeTolerance?: number;
  /** Of the adaptive integrator. @defaultValue `1e-10` */
  readonly absoluteTolerance?: number;
  /** Steps of the adaptive integrator within one `dt`. @defaultValue `100000` */
  readonly maxSteps?: number;
  /** `"final"` keeps the last states only: `states` comes back empty. @defaultValue `"all"` */
  readonly record?: "all" | "final";
  /** Called now and then with the number of trajectories done. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** {@link SimulateOptions} as they were used. Inputs are flat, rows of M; empty for an autonomous system. */
export interface ResolvedSimulateOptions {
  readonly inputs: Float64Array;
  /** Whether `inputs` holds one row for the whole run, one per step, or one per trajectory and step. */
  readonly inputsPer: "run" | "step" | "trajectory";
  readonly steps: number;
  readonly dt: number;
  readonly method: "adaptive" | "euler" | "rk4";
  readonly relativeTolerance: number;
  readonly absoluteTolerance: number;
  readonly maxSteps: number;
  readonly record: "all" | "final";
}

/** Forward trajectories: B of them, T steps, D variables. */
export interface Simulation {
  readonly time: Time;
  /** B. */
  readonly count: number;
  /** T. */
  readonly steps: number;
  /** D. */
  readonly dimension: number;
  /** B x D. */
  readonly initialStates: Matrix;
  /** B x T x D: `states[(b * T + t) * D + i]` is the state after step t + 1. Empty with `record: "final"`. */
  readonly states: Float64Array;
  /** T: the time after each step. A map counts 1, 2, ...; a flow dt, 2 dt, ... */
  readonly times: Vector;
  /** B x D: the states after the last step (the initial ones when T = 0). */
  readonly finalStates: Matrix;
  /** One per trajectory. From the step that failed on, its states are NaN. */
  readonly outcomes: readonly SimulationOutcome[];
  readonly options: ResolvedSimulateOptions;
}

/** Trajectories followed together: all steps of some through a batch rule, then of the next; or one by one. */
const together = { batched: 64, alone: 8 };

/** Some of the trajectories: initial states, and inputs as {@link ResolvedSimulateOptions} has them. */
interface Part {
  readonly initial: Matrix;
  readonly inputs: Float64Array;
}

/** Runs one step of some trajectories: `out` from `states` (B x D) and `inputs` (B x M). */
type Advance = (states: Matrix, inputs: Matrix, out: Matrix, outcomes: SimulationOutcome[]) => void;

/**
 * Forward trajectories: the states that follow `initialState` under the rule, one or many at once.
 *
 * `initialState` is one state (length D) or B rows. A map steps T times, through `ruleBatch` where it has
 * one. A flow is sampled every `dt` with the input held in between, by an adaptive integrator or, to do what
 * a network trained with Euler steps does, by one Euler (or rk4) step per sample.
 *
 * Arguments that do not fit throw. A trajectory that stops being finite, or whose integration needs too
 * many steps, is NaN from there on and says so in `outcomes`; the others go on.
 * Cost: O(B T rule), memory 8 B T D bytes unless `record` is "final".
 *
 * @example
 * ```ts
 * const halve = map({ dimension: 1, step: ([x]) => [x / 2] });
 * const { states } = simulate(halve, [1], { steps: 3 });
 * states; // => [0.5, 0.25, 0.125]
 * ```
 */
export function simulate(
  system: DynamicalSystem,
  initialState: Rows | ArrayLike<number>,
  options: SimulateOptions = {},
): Simulation {
  const { simulation, parts, report, place } = begin(system, initialState, options);
  const follow = followTogether.prepare(system, simulation.options);
  for (const part of parts) {
    place(follow(part));
    report();
  }
  return simulation;
}

/** {@link simulate} as a plan. */
export function* simulationPlan(
  system: DynamicalSystem,
  initialState: Rows | ArrayLike<number>,
  options: SimulateOptions = {},
): Plan<Simulation> {
  const { simulation, parts, report, place } = begin(system, initialState, options);
  const shared = { ...simulation.options, inputs: new Float64Array(0) };
  for (const followed of yield* perform(followTogether, shared, parts, report)) place(followed);
  return simulation;
}

/** What a simulation returns, still to be filled, part by part in order. */
function begin(system: DynamicalSystem, initialState: Rows | ArrayLike<number>, options: SimulateOptions) {
  const { dimension: d, inputDimension: m } = system;
  const initial = checkInitial(initialState, d);
  const count = initial.length / d;
  const resolved = resolveSimulateOptions(options, m, count);
  const { steps, record, inputs, inputsPer, dt, method } = resolved;
  const isMap = system.time === "discrete";
  const isBatched = system.ruleBatch && (isMap || method !== "adaptive");
  const groups = Math.ceil(count / together[isBatched ? "batched" : "alone"]);
  const states = new Float64Array(record === "all" ? count * steps * d : 0);
  const finalStates = new Float64Array(count * d);
  const outcomes: SimulationOutcome[] = [];
  const simulation: Simulation = {
    time: system.time,
    count,
    steps,
    dimension: d,
    initialStates: initial,
    states,
    times: Float64Array.from({ length: steps }, (_, t) => (isMap ? t + 1 : (t + 1) * dt)),
    finalStates,
    outcomes,
    options: resolved,
  };
  const parts = Array.from({ length: groups }, (_, g): Part => {
    const [from, to] = [g, g + 1].map((k) => Math.floor((k * count) / groups));
    const own = inputsPer === "trajectory" ? inputs.slice(from * steps * m, to * steps * m) : inputs;
    return { initial: initial.slice(from * d, to * d), inputs: own };
  });
  let done = 0;
  const report = () => options.onProgress?.(Math.floor((++done * count) / groups), count);
  const place = (part: Pick<Simulation, "states" | "finalStates" | "outcomes">) => {
    states.set(part.states, record === "all" ? outcomes.length * steps * d : 0);
    finalStates.set(part.finalStates, outcomes.length * d);
    outcomes.push(...part.outcomes);
  };
  return { simulation, parts, report, place };
}

/** Follows some trajectories through all steps. */
export const followTogether: Task<
  ResolvedSimulateOptions,
  Part,
  Pick<Simulation, "states" | "finalStates" | "outcomes">
> = {
  name: "follow together",
  prepare(system, options) {
    const { dimension: d, inputDimension: m } = system;
    const { steps, record } = options;
    return ({ initial, inputs: given }) => {
      const count = initial.length / d;
      const advance =
        system.time === "discrete" ? mapAdvance(system, count) : flowAdvance(system, count, options);
      const states = new Float64Array(record === "all" ? count * steps * d : 0);
      const outcomes = new Array<SimulationOutcome>(count).fill("ok");
      const inputs = inputFeed({ ...options, inputs: given }, m, count);
      let current: Matrix = initial.slice();
      let next: Matrix = new Float64Array(count * d);
      let allOk = true;

      for (let t = 0; t < steps; t++) {
        advance(current, inputs(t), next, outcomes);
        allOk &&= outcomes.every((o) => o === "ok") && allFinite(next);
        for (let b = 0; b < count; b++) {
          // Once a trajectory has failed it stays failed, whatever the rule makes of NaN.
          if (!allOk) {
            const row = next.subarray(b * d, b * d + d);
            if (outcomes[b] === "ok" && !allFinite(row)) outcomes[b] = "not-finite";
            if (outcomes[b] !== "ok") row.fill(NaN);
          }
          if (record === "all") for (let i = 0; i < d; i++) states[(b * steps + t) * d + i] = next[b * d + i];
        }
        [current, next] = [next, current];
      }
      return { states, finalStates: current, outcomes };
    };
  },
};

function checkInitial(initialState: Rows | ArrayLike<number>, d: number): Matrix {
  const meaning = "the system's dimension";
  const flat = Array.isArray(initialState) && typeof initialState[0] !== "object";
  const { data } = flat
    ? { data: checkVector("simulate", "initialState", initialState as ArrayLike<number>, d, meaning) }
    : checkRows("simulate", "initialState", initialState as Rows, d, meaning);
  if (data.length === 0) fail("simulate", "initialState is empty, expected at least one state");
  return data;
}

function resolveSimulateOptions(given: SimulateOptions, m: number, count: number): ResolvedSimulateOptions {
  const where = "simulate";
  const merged = resolveOptions(
    where,
    {
      inputs: undefined as Rows | undefined,
      input: undefined as ArrayLike<number> | undefined,
      steps: undefined as number | undefined,
      dt: 1,
      method: "adaptive" as const,
      relativeTolerance: 1e-8,
      absoluteTolerance: 1e-10,
      maxSteps: 100_000,
      record: "all" as const,
      onProgress: undefined as SimulateOptions["onProgress"],
    },
    given,
  );
  const { inputs, input, dt, method, record } = merged;
  const { relativeTolerance, absoluteTolerance, maxSteps } = merged;
  checkNumber(where, "dt", dt, Number.MIN_VALUE);
  checkOneOf(where, "method", method, ["adaptive", "euler", "rk4"]);
  checkOneOf(where, "record", record, ["all", "final"]);
  checkIntegrateOptions(where, {
    relativeTolerance,
    absoluteTolerance,
    maxSteps,
    initialStep: 0,
    maxStep: Infinity,
  });
  const rest = { dt, method, relativeTolerance, absoluteTolerance, maxSteps, record };
  if (merged.steps !== undefined) checkInteger(where, "steps", merged.steps, 0);

  if (inputs === undefined) {
    if (merged.steps === undefined) fail(where, "neither steps nor inputs is given, expected one of them");
    const held =
      input === undefined
        ? new Float64Array(m)
        : checkVector(where, "input", input, m, "the system's inputs");
    return { inputs: held, inputsPer: "run", steps: merged.steps, ...rest };
  }
  if (input !== undefined) fail(where, "both input and inputs are given, expected one of them");
  if (m === 0) fail(where, "inputs is given, expected none: the system has no inputs");
  const table = checkRows(where, "inputs", inputs, m, "the system's inputs");
  const steps = merged.steps ?? table.count;
  if (table.count !== steps && table.count !== steps * count)
    fail(
      where,
      `inputs has ${table.count} rows, expected ${steps} (steps)${count > 1 ? ` or ${steps * count} (trajectories x steps)` : ""}`,
    );
  const inputsPer = table.count === steps ? "step" : "trajectory";
  return { inputs: table.data, inputsPer, steps, ...rest };
}

/** The inputs of step t, B x M, in one buffer that is filled anew for each step where they change. */
function inputFeed({ inputs, inputsPer, steps }: ResolvedSimulateOptions, m: number, count: number) {
  const rows = new Float64Array(count * m);
  const fill = (offset: (b: number) => number) => {
    for (let b = 0; b < count; b++) for (let i = 0; i < m; i++) rows[b * m + i] = inputs[offset(b) * m + i];
    return rows;
  };
  if (inputsPer === "run") {
    fill(() => 0);
    return () => rows;
  }
  return (t: number) => fill(inputsPer === "step" ? () => t : (b) => b * steps + t);
}

function mapAdvance(system: DynamicalSystem, count: number): Advance {
  if (count > 1 && system.ruleBatch)
    return (states, inputs, out) => system.ruleBatch!(count, states, inputs, out);
  const row = rowViews(system.dimension, system.inputDimension);
  return (states, inputs, out, outcomes) => {
    for (let b = 0; b < count; b++)
      if (outcomes[b] === "ok") system.rule(row.state(states, b), row.input(inputs, b), row.state(out, b));
  };
}

function flowAdvance(system: DynamicalSystem, count: number, options: ResolvedSimulateOptions): Advance {
  const { dt, method, relativeTolerance, absoluteTolerance, maxSteps } = options;
  if (method !== "adaptive") return mapAdvance(discretize(system, { dt, method }), count);
  const integrator = createIntegrator(system.dimension);
  const row = rowViews(system.dimension, system.inputDimension);
  // Each trajectory goes on with the step it had found.
  const lengths = new Float64Array(count);
  return (states, inputs, out, outcomes) => {
    for (let b = 0; b < count; b++) {
      if (outcomes[b] !== "ok") continue;
      const y = row.state(out, b);
      const u = row.input(inputs, b);
      y.set(row.state(states, b));
      const result = integrator.run((_, x, dx) => system.rule(x, u, dx), 0, dt, y, {
        relativeTolerance,
        absoluteTolerance,
        maxSteps,
        initialStep: lengths[b],
        maxStep: Infinity,
      });
      lengths[b] = result.nextStep;
      if (result.status === "not-finite" || result.status === "too-many-steps") outcomes[b] = result.status;
    }
  };
}

/** Rows of B x D and B x M buffers as vectors; each is made once. */
function rowViews(d: number, m: number) {
  const made = new Map<Float64Array, Float64Array[]>();
  const view = (buffer: Float64Array, b: number, width: number) => {
    let rows = made.get(buffer);
    if (!rows) made.set(buffer, (rows = []));
    return (rows[b] ??= buffer.subarray(b * width, (b + 1) * width));
  };
  return {
    state: (buffer: Float64Array, b: number) => view(buffer, b, d),
    input: (buffer: Float64Array, b: number) => view(buffer, b, m),
  };
}

/** Whether all are finite: 0 times anything else is not 0. */
function allFinite(x: Float64Array): boolean {
  let [even, odd] = [0, 0];
  for (let i = x.length & 1; i < x.length; i += 2) {
    even += 0 * x[i];
    odd += 0 * x[i + 1];
  }
  return even + odd + 0 * (x.length & 1 ? x[0] : 0) === 0;
}
