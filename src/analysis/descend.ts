import type { Outcome } from "../core/outcome.js";
import type { DynamicalSystem, Vector } from "../core/system.js";
import { eigen } from "../numeric/eigen.js";
import { deflate } from "../solve/deflate.js";
import { type Method, runFrom } from "../solve/loop.js";
import { polish, type Root } from "../solve/polish.js";
import { norm, type Problem } from "../solve/problem.js";
import { iterate } from "../systems/iterate.js";
import { withInput } from "../systems/withInput.js";
import type { Task } from "./plan.js";
import { restProblem } from "./restProblem.js";

/** What a search is for: the states at rest under a held input, or those that return after `period` steps. */
export interface Sought {
  readonly input: Vector;
  readonly period: number;
}

/** What all descents of a search share. */
export interface DescentOptions extends Sought {
  readonly method: Method;
  readonly tolerance: number;
  readonly maxSteps: number;
  /** The size of a typical state, at most 1; distances are measured against it where states are small. */
  readonly unit: number;
  /** Zeros found before, rows: a search ends as soon as it is certain to come to one of them. */
  readonly found?: Float64Array;
}

/** One search to make. */
export interface Descent {
  readonly x: Vector;
  /** Zeros to be driven away from (rows), where the search begins. */
  readonly known?: Float64Array;
  readonly maxSteps?: number;
}

/** Where one search stopped: on what may be a zero ("converged"), or how else. */
export interface Descended {
  readonly state: Vector;
  readonly q: number;
  /** |gradient of q| at the state. */
  readonly gradientNorm: number;
  readonly steps: number;
  readonly verdict: "converged" | Outcome;
}

/**
 * Share of |r| times the root mean square singular value of J below which the gradient of q counts as
 * small: a search that got stuck there sits near a local minimum of q.
 */
const flat = 0.1;

/** A search that can make no more progress and whose |r| is below this many rounding floors has converged. */
const atFloor = 16;

const none = new Float64Array(0);

/** The system whose rest is sought, and the input it is held at. */
function soughtSystem(system: DynamicalSystem, { input, period }: Sought) {
  if (period === 1) return { system, input };
  return { system: iterate(withInput(system, input), period), input: none };
}

/** The equations of a search. */
export function soughtProblem(system: DynamicalSystem, sought: Sought): Problem {
  const held = soughtSystem(system, sought);
  return restProblem(held.system, held.input);
}

/** Runs the method from one start. */
export const descend: Task<DescentOptions, Descent, Descended> = {
  name: "descend",
  prepare(system, options) {
    const { method, tolerance, unit, found } = options;
    const problem: Problem = {
      ...soughtProblem(system, options),
      known: found && { states: found, unit },
    };
    const stepper = method.prepare(problem);
    const n = problem.dimension;
    const jacobian = new Float64Array(n * n);
    const residual = new Float64Array(n);
    const gradient = new Float64Array(n);
    return ({ x, known, maxSteps = options.maxSteps }) => {
      const limits = { tolerance, maxSteps };
      let from = x;
      if (known) {
        const away = deflate(problem, known, Math.sqrt(n) / 4);
        from = runFrom(away, method.prepare(away), x, limits).x;
      }
      const ended = runFrom(problem, stepper, from, limits);
      const { q, steps, reason } = ended;
      const state = ended.x.slice();
      if (reason === "arrived")
        return { state, q, gradientNorm: ended.gradientNorm, steps, verdict: "converged" };
      // The method's own gradient is one step old.
      problem.residual(state, residual);
      problem.pullback(state, residual, gradient);
      const gradientNorm = norm(gradient);
      const end = (verdict: Descended["verdict"]): Descended => ({ state, q, gradientNorm, steps, verdict });
      if (reason === "converged" || reason === "not-finite" || reason === "out-of-steps") return end(reason);
      problem.jacobian(state, jacobian);
      const size = norm(jacobian);
      const speed = Math.sqrt(2 * q);
      const floor = Number.EPSILON * (unit + norm(state)) * Math.max(1, size);
      if (speed <= atFloor * floor) return end("converged");
      return end(gradientNorm <= (flat * size * speed) / Math.sqrt(n) ? "slow" : "stalled");
    };
  },
};

/** Polishes what may be a zero. */
export const polishEnd: Task<DescentOptions, Vector, Root> = {
  name: "polish",
  prepare(system, options) {
    const problem = soughtProblem(system, options);
    return (x) => polish(problem, x, options.unit);
  },
};

/** Eigenvalues of dF/dx, or of a period's dF^k/dx, by decreasing modulus. */
export const spectrum: Task<Sought, Vector, { real: Float64Array; imaginary: Float64Array }> = {
  name: "spectrum",
  prepare(system, sought) {
    const held = soughtSystem(system, sought);
    const n = system.dimension;
    const jacobian = new Float64Array(n * n);
    return (x) => {
      held.system.jacobian(x, held.input, jacobian);
      const { real, imaginary } = eigen(n, jacobian, "none");
      return { real, imaginary };
    };
  },
};
