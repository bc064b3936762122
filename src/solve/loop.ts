import type { Vector } from "../core/system.js";
import { clampToBox, type Problem } from "./problem.js";

/**
 * Where a search stands. A stepper owns one and updates it in place.
 *
 * status: "running"; "arrived" (at a known zero); "stationary" (the gradient of q vanishes, q does not); "stalled" (no step makes
 * progress although the gradient does not vanish); "not-finite".
 */
export interface Iterate {
  readonly x: Vector;
  q: number;
  /** |gradient of q| = |J' r|, at the state the last step began from; NaN where the step did not need it. */
  gradientNorm: number;
  status: "running" | "arrived" | "stationary" | "stalled" | "not-finite";
}

/** One running search: workspace allocated once, used for many starts of the same problem. */
export interface Stepper {
  readonly iterate: Iterate;
  /** Begin at x (copied). */
  start(x: Vector): void;
  /** One accepted step, or a change of status. q never rises unless the method says so. */
  step(): void;
}

/** A root finder or minimiser, exchangeable: prepare it for a problem, then start and step it. */
export interface Method {
  readonly name: string;
  prepare(problem: Problem): Stepper;
}

/** When the loop stops. */
export interface Limits {
  /** Stop when q falls below this. */
  readonly tolerance: number;
  /** Stop after this many steps. */
  readonly maxSteps: number;
}

/** How one search ended. `x` belongs to the stepper: copy it before the next start. */
export interface Ended {
  readonly x: Vector;
  readonly q: number;
  readonly gradientNorm: number;
  readonly steps: number;
  readonly reason: "converged" | "arrived" | "stationary" | "stalled" | "not-finite" | "out-of-steps";
}

/** Runs any method from one start until it ends. The start is first moved into the problem's box. */
export function runFrom(problem: Problem, stepper: Stepper, x0: Vector, limits: Limits): Ended {
  const x = x0.slice();
  clampToBox(problem, x);
  stepper.start(x);
  const { iterate } = stepper;
  let steps = 0;
  while (iterate.status === "running" && !(iterate.q <= limits.tolerance) && steps < limits.maxSteps) {
    stepper.step();
    steps++;
  }
  const reason =
    iterate.status === "not-finite" || iterate.status === "arrived"
      ? iterate.status
      : iterate.q <= limits.tolerance
        ? "converged"
        : iterate.status === "running"
          ? "out-of-steps"
          : iterate.status;
  return { x: iterate.x, q: iterate.q, gradientNorm: iterate.gradientNorm, steps, reason };
}
