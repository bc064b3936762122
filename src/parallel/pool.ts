import { type Analysis, type AnalyzeOptions, analysisPlan } from "../analysis/analyze.js";
import { type AttractorReport, attractorPlan, type FindAttractorsOptions } from "../analysis/attractors.js";
import { type CycleReport, cyclePlan, type FindCyclesOptions } from "../analysis/cycles.js";
import {
  type FindFixedPointsOptions,
  type FixedPointReport,
  fixedPointPlan,
} from "../analysis/fixedPoints.js";
import {
  type ClassifyMechanismOptions,
  type LabelledStates,
  type MechanismReport,
  mechanismPlan,
} from "../analysis/mechanism.js";
import type { Plan } from "../analysis/plan.js";
import { type SimulateOptions, type Simulation, simulationPlan } from "../analysis/simulate.js";
import { type FindSlowPointsOptions, type SlowPointReport, slowPointPlan } from "../analysis/slowPoints.js";
import { checkInteger, describe, fail, type Rows } from "../core/check.js";
import { resolveOptions } from "../core/defaults.js";
import type { DynamicalSystem } from "../core/system.js";
import { createCrew } from "./crew.js";
import { type Crossable, crossingOf, systemFrom } from "./crossing.js";
import { builtIn } from "./nodeThread.js";
import { checkMethod } from "./protocol.js";

/** Options of {@link createPool}. */
export interface PoolOptions {
  /** Number of workers, at most 1024. @defaultValue the number of processors */
  readonly size?: number;
  /**
   * Script of the workers, for programs in one file: `rnn-dynamics/parallel/worker`, bundled by you.
   * @defaultValue the one beside this module, which Node and most bundlers find
   */
  readonly worker?: URL | string;
}

/** The options of a verb, and a signal that ends the call. */
export type Parallel<Options> = Options & {
  /** Ends the call early: it rejects with the signal's reason, and workers stop. @defaultValue none */
  readonly signal?: AbortSignal;
};

/** The verbs, asynchronous, on the workers of one pool. Calls may overlap; they share the workers. */
export interface Pool {
  /** Number of workers. */
  readonly size: number;
  findFixedPoints(
    system: Crossable,
    starts: Rows,
    options?: Parallel<FindFixedPointsOptions>,
  ): Promise<FixedPointReport>;
  findSlowPoints(
    system: Crossable,
    starts: Rows,
    options?: Parallel<FindSlowPointsOptions>,
  ): Promise<SlowPointReport>;
  findCycles(system: Crossable, starts: Rows, options?: Parallel<FindCyclesOptions>): Promise<CycleReport>;
  findAttractors(
    system: Crossable,
    starts: Rows,
    options?: Parallel<FindAttractorsOptions>,
  ): Promise<AttractorReport>;
  analyze(system: Crossable, starts: Rows, options?: Parallel<AnalyzeOptions>): Promise<Analysis>;
  simulate(
    system: Crossable,
    initialState: Rows | ArrayLike<number>,
    options?: Parallel<SimulateOptions>,
  ): Promise<Simulation>;
  /** As in `rnn-dynamics/study`. Readouts and rates that are functions are called in the caller's thread. */
  classifyMechanism(
    system: Crossable,
    memories: LabelledStates,
    options: Parallel<ClassifyMechanismOptions>,
  ): Promise<MechanismReport>;
  /** Ends the workers; calls in progress reject. */
  close(): void;
}

const defaults = { size: undefined as number | undefined, worker: undefined as URL | string | undefined };

/**
 * A pool of workers that does what the verbs of `rnn-dynamics` do, on several processors.
 *
 * Worker threads in Node, Web Workers in a browser; no shared memory. Each worker has its own copy of the system and
 * its own kernel. The report is byte for byte that of the serial verb, for any number of workers. A worker that
 * crashes is replaced and its jobs are done again; a job that crashes three workers rejects the call. An error that a
 * rule throws rejects the call, as the serial verb would have thrown it; so do wrong arguments.
 *
 * Workers start when they are first needed (a tenth of a second) and stay. An idle pool does not keep Node running;
 * `close()` ends the workers.
 *
 * @example
 * ```ts
 * import { buildCell } from "rnn-dynamics";
 * import { createPool } from "rnn-dynamics/parallel";
 *
 * const cell = buildCell({ kind: "vanilla", activation: "tanh", recurrent: [[2]] });
 * const pool = createPool({ size: 2 });
 * const { points } = await pool.findFixedPoints(cell, [[-1], [0.1], [1]]);
 * pool.close();
 * points.length; // => 3
 * ```
 */
export function createPool(options?: PoolOptions): Pool {
  const given = resolveOptions("createPool", defaults, options);
  const size = given.size ?? processors();
  checkInteger("createPool", "size", size, 1, 1024);
  checkWorker(given.worker);
  const crew = createCrew(size, given.worker);
  const closing = new AbortController();
  let calls = 0;

  function verb<Subject, Options extends object, Report>(
    where: string,
    planOf: (system: DynamicalSystem, subject: Subject, options: Options) => Plan<Report>,
  ) {
    return async (system: Crossable, subject: Subject, options?: Parallel<Options>): Promise<Report> => {
      const { signal, ...rest }: Parallel<Partial<Options>> & { method?: unknown } = options ?? {};
      if (signal !== undefined && typeof signal?.throwIfAborted !== "function")
        fail(where, `signal is ${describe(signal)}, expected an AbortSignal`);
      const ends = signal ? [closing.signal, signal] : [closing.signal];
      for (const end of ends) end.throwIfAborted();
      if (where !== "simulate") checkMethod(where, rest.method);
      const crossing = crossingOf(where, system);
      const own =
        "spec" in crossing ? (system as DynamicalSystem) : await untilEnd(systemFrom(where, crossing), ends);
      const { time, dimension, inputDimension } = own;
      const call = { id: calls++, system: crossing, shape: { time, dimension, inputDimension } };
      const onAbort = () => crew.abandon(call, signal!.reason);
      signal?.addEventListener("abort", onAbort);
      try {
        // What is no object of options is refused by the plan, in the words of the serial verb.
        const given = (Object(options) === options ? rest : options) as Options;
        const plan = planOf(own, subject, given);
        let step = plan.next([]);
        while (!step.done) {
          for (const end of ends) end.throwIfAborted();
          step = plan.next(await crew.perform(call, step.value));
        }
        return step.value;
      } finally {
        signal?.removeEventListener("abort", onAbort);
        crew.dismiss(call);
      }
    };
  }

  return {
    size,
    findFixedPoints: verb("findFixedPoints", fixedPointPlan),
    findSlowPoints: verb("findSlowPoints", slowPointPlan),
    findCycles: verb("findCycles", cyclePlan),
    findAttractors: verb("findAttractors", attractorPlan),
    analyze: verb("analyze", analysisPlan),
    simulate: verb("simulate", simulationPlan),
    classifyMechanism: verb("classifyMechanism", mechanismPlan),
    close() {
      closing.abort(closedError());
      crew.close(closing.signal.reason);
    },
  };
}

/** What the promise comes to, unless one of the signals ends it first. */
function untilEnd<T>(promise: Promise<T>, signals: readonly AbortSignal[]): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = () => reject(signals.find(({ aborted }) => aborted)!.reason);
    const stop = () => {
      for (const signal of signals) signal.removeEventListener("abort", end);
    };
    for (const signal of signals) signal.addEventListener("abort", end);
    promise.then(resolve, reject).finally(stop);
  });
}

/** Refuses what cannot be the address of a script: Node wants a whole one, a page reads others as relative to it. */
function checkWorker(worker: unknown): void {
  const base = globalThis.location?.href;
  const isAddress = worker instanceof URL || (typeof worker === "string" && URL.canParse(worker, base));
  if (worker !== undefined && !isAddress)
    fail(
      "createPool",
      `worker is ${describe(worker)}, expected the URL of a script such as new URL("./worker.js", import.meta.url)`,
    );
}

/** The number of processors this process may use. */
function processors(): number {
  const os = builtIn("node:os");
  return os ? os.availableParallelism() : (globalThis.navigator?.hardwareConcurrency ?? 1);
}

function closedError(): Error {
  return new Error("rnn-dynamics/parallel: the pool is closed");
}
