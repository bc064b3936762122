import type { Outcome } from "../core/outcome.js";
import type { DynamicalSystem, Vector } from "../core/system.js";
import { eigen } from "../numeric/eigen.js";
import { levenbergMarquardt } from "../solve/levenbergMarquardt.js";
import { runFrom } from "../solve/loop.js";
import { type Minimum, minimise } from "../solve/minimise.js";
import { norm } from "../solve/problem.js";
import type { Task } from "./plan.js";
import { restProblem } from "./restProblem.js";
import { slowValleyLength } from "./slowValley.js";
import { stabilityOf } from "./stability.js";

/**
 * What a slow point is.
 *
 * "slow-manifold": it lies in a valley along which speed stays slow over a distance comparable to the size
 * of the state: one point of a line, ring or sheet of slow states. "ghost": speed rises on every side: the
 * remnant of fixed points that met and vanished. `extent` is the length they are told apart by.
 */
export type SlowPointKind = "ghost" | "slow-manifold";

/** Extent, relative to the size of the state or of a typical start, from which a slow point is part of a manifold. */
const manifoldExtent = 0.5;

/** Newton steps of one refinement. */
const refinementSteps = 40;

/** The local minimum of q above zero that a descent was bound for, or why there is none. */
export interface Refined {
  readonly outcome: Outcome;
  readonly minimum?: Minimum;
}

/** Refines the end of a descent that stopped above zero. */
export const refineSlow: Task<{ input: Vector }, Vector, Refined> = {
  name: "refine",
  prepare(system, { input }) {
    const problem = restProblem(system, input);
    const stepper = levenbergMarquardt.prepare(problem);
    return (x0) => {
      const minimum = minimise(problem, x0, refinementSteps);
      if (minimum.status !== "stationary") return { outcome: minimum.status };
      const zero = runFrom(problem, stepper, minimum.x, { tolerance: 1e-26, maxSteps: 50 });
      if (zero.reason === "converged" && minimum.q < 1e-18) return { outcome: "fixed" };
      const flattest = minimum.curvatures[0];
      const steepest = minimum.curvatures[minimum.curvatures.length - 1];
      if (!(flattest > -1e-9 * steepest)) return { outcome: "stalled" };
      return { outcome: "slow", minimum };
    };
  },
};

/** Speed up to which a valley is slow, and the size of a typical start. */
interface SlowScale {
  readonly input: Vector;
  readonly valleySpeed: number;
  readonly startSize: number;
}

/** Everything about a slow point that its place in the list does not decide. */
export const describeSlow: Task<SlowScale, Minimum, ReturnType<typeof describeMinimum>> = {
  name: "describe slow point",
  prepare: (system, scale) => (minimum) => describeMinimum(system, scale, minimum),
};

function describeMinimum(
  system: DynamicalSystem,
  { input, valleySpeed, startSize }: SlowScale,
  minimum: Minimum,
) {
  const n = system.dimension;
  const jacobian = new Float64Array(n * n);
  system.jacobian(minimum.x, input, jacobian);
  const { real, imaginary } = eigen(n, jacobian, "none");
  const size = Math.max(norm(minimum.x), startSize);
  const extent = slowValleyLength(restProblem(system, input), minimum.x, minimum.flattest, valleySpeed, size);
  return {
    state: minimum.x,
    q: minimum.q,
    speed: Math.sqrt(2 * minimum.q),
    gradientNorm: minimum.gradientNorm,
    errorEstimate: minimum.correction,
    smallestCurvature: minimum.curvatures[0],
    largestCurvature: minimum.curvatures[n - 1],
    extent,
    kind: (extent > manifoldExtent * size ? "slow-manifold" : "ghost") as SlowPointKind,
    ...stabilityOf(system.time, real, imaginary),
    eigenvalues: { real, imaginary },
  };
}
