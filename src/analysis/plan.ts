import type { DynamicalSystem } from "../core/system.js";

/**
 * One kind of independent work on a system: `prepare` is given what all jobs of a batch share, and returns the
 * function that does one job. A job's result depends on the system, the shared part and the job only. All three but
 * the system are plain data (a `method` in the shared part crosses by its name), so that any thread can do it.
 */
export interface Task<Shared extends object, Job, Result> {
  readonly name: string;
  prepare(system: DynamicalSystem, shared: Shared): (job: Job) => Result;
}

/** Independent jobs of one task: to be done in any order, by anyone. */
export interface Batch {
  readonly task: Task<object, unknown, unknown>;
  readonly shared: object;
  readonly jobs: readonly unknown[];
  /** To be called as each job is done. */
  readonly onDone: (() => void) | undefined;
}

/**
 * A verb as a plan: it yields batches of jobs, is sent their results in the order of the jobs, and returns a report.
 * All that depends on order is done by the plan itself; so whoever does the jobs, the report has the same bytes.
 */
export type Plan<Report> = Generator<Batch, Report, readonly unknown[]>;

/** The results of jobs, inside a plan: `const ends = yield* perform(task, shared, jobs)`. */
export function* perform<Shared extends object, Job, Result>(
  task: Task<Shared, Job, Result>,
  shared: Shared,
  jobs: readonly Job[],
  onDone?: () => void,
): Plan<readonly Result[]> {
  if (jobs.length === 0) return [];
  return (yield { task: task as Batch["task"], shared, jobs, onDone }) as readonly Result[];
}

/** Carries a plan out here and now, one job after the other. */
export function carryOut<Report>(system: DynamicalSystem, plan: Plan<Report>): Report {
  let step = plan.next([]);
  while (!step.done) {
    const { task, shared, jobs, onDone } = step.value;
    const work = task.prepare(system, shared);
    const results = jobs.map((job) => {
      const result = work(job);
      onDone?.();
      return result;
    });
    step = plan.next(results);
  }
  return step.value;
}
