import type { Outcome } from "../core/outcome.js";
import type { Vector } from "../core/system.js";
import { type Ended, type Method, runFrom } from "../solve/loop.js";
import { polish, type Root } from "../solve/polish.js";
import { norm, type Problem } from "../solve/problem.js";
import { DistinctStates } from "./distinct.js";

/** What a root search needs to know; a subset of the options of every finder. */
export interface RootSearchOptions {
  readonly method: Method;
  readonly tolerance: number;
  readonly maxSteps: number;
  readonly distinctTolerance: number;
}

/** How the search from one start ended. */
export interface SearchEnd {
  readonly outcome: Outcome;
  /** Where the search stopped; the root itself is polished further. */
  readonly state: Vector;
  readonly q: number;
  readonly gradientNorm: number;
  readonly steps: number;
  /** Number of the root it ended in, or -1. */
  readonly root: number;
  /** True when this search was the first to end there. */
  readonly isNew: boolean;
}

/** A search for all zeros of one problem: call `from` with start after start, read `roots`. */
export interface RootSearch {
  readonly problem: Problem;
  readonly roots: readonly Root[];
  /** `using` replaces the problem that is searched (a deflated one); the roots stay those of `problem`. */
  from(x0: Vector, using?: Problem, maxSteps?: number): SearchEnd;
  /** The number of the root equal to x, or -1. */
  find(x: Vector): number;
}

/** Newton correction, relative to unit + |x|, above which a state with tiny q creeps and does not rest. */
const restingCorrection = 1e-6;

/**
 * Share of |r| times the root mean square singular value of J below which the gradient of q counts as
 * small: a search that got stuck there sits near a local minimum of q.
 */
const flat = 0.1;

/** Distance from the surface of the box, relative to 1 + |x|, that counts as on it (a box may have slack). */
const surface = 1e-12;

/** Share of |J| below which a row of it counts as zero. */
const unresponsive = 1e-7;

/** A search that can make no more progress and whose |r| is below this many rounding floors has converged. */
const atFloor = 16;

/**
 * Prepares a search for the zeros of a problem.
 *
 * A start counts as "fixed" only if q is below tolerance AND the Newton correction is negligible AND the
 * state is not an artefact of the box: a gate that saturates to exactly 1 makes F(x) = x hold bit for bit
 * outside the box, and a ghost of a saddle-node makes q tiny where there is no zero. `unit`: the size of a
 * typical state, at most 1; distances are measured against it where states are small.
 */
export function createRootSearch(problem: Problem, options: RootSearchOptions, unit = 1): RootSearch {
  const stepper = options.method.prepare(problem);
  const distinct = new DistinctStates(options.distinctTolerance, unit);
  const roots: Root[] = [];

  function from(x0: Vector, using?: Problem, maxSteps = options.maxSteps): SearchEnd {
    let ended: Ended;
    if (using === undefined) {
      ended = runFrom(problem, stepper, x0, { tolerance: options.tolerance, maxSteps });
    } else {
      const away = runFrom(using, options.method.prepare(using), x0, {
        tolerance: options.tolerance,
        maxSteps,
      });
      ended = runFrom(problem, stepper, away.x, { tolerance: options.tolerance, maxSteps });
    }
    return classify(ended);
  }

  const n = problem.dimension;
  const jacobian = new Float64Array(n * n);
  const residual = new Float64Array(n);
  const gradient = new Float64Array(n);

  /** |gradient of q| at the state itself: the method's own is one step old. */
  function gradientNormAt(x: Vector): number {
    problem.residual(x, residual);
    problem.pullback(x, residual, gradient);
    return norm(gradient);
  }

  function classify(ended: Ended): SearchEnd {
    const gradientNorm = gradientNormAt(ended.x);
    const common = { q: ended.q, gradientNorm, steps: ended.steps };
    const end = (outcome: Outcome, root = -1, isNew = false): SearchEnd => ({
      outcome,
      state: ended.x.slice(),
      ...common,
      root,
      isNew,
    });
    if (ended.reason === "not-finite") return end("not-finite");
    if (ended.reason === "out-of-steps") return end("out-of-steps");
    if (ended.reason !== "converged") {
      problem.jacobian(ended.x, jacobian);
      const size = norm(jacobian);
      const speed = Math.sqrt(2 * ended.q);
      const floor = Number.EPSILON * (unit + norm(ended.x)) * Math.max(1, size);
      if (!(speed <= atFloor * floor))
        return end(gradientNorm <= (flat * size * speed) / Math.sqrt(n) ? "slow" : "stalled");
    }

    const known = distinct.find(ended.x);
    if (known >= 0) return end("fixed", known);
    const root = polish(problem, ended.x, unit);
    if (isArtefact(root)) return end("left-domain");
    if (!isResting(root, unit)) return end("slow");
    const error = Math.min(root.correction, 1e-5 * (unit + norm(root.x)));
    const { index, isNew, better } = distinct.add(root.x, root.q, error);
    if (better) roots[index] = root;
    return end("fixed", index, isNew);
  }

  /**
   * Saturation, not rest: a coordinate on the surface of the box whose own equation responds to nothing. (A tanh
   * unit saturates there too, but its residual F(x) - x still answers to x.)
   */
  function isArtefact({ x, index }: Root): boolean {
    const { lower, upper } = problem;
    if (!lower || !upper || index !== 0) return false;
    problem.jacobian(x, jacobian);
    const little = unresponsive * norm(jacobian);
    for (let i = 0; i < n; i++) {
      const margin = surface * (1 + Math.abs(x[i]));
      if (x[i] - lower[i] > margin && upper[i] - x[i] > margin) continue;
      if (norm(jacobian.subarray(i * n, (i + 1) * n)) <= little) return true;
    }
    return false;
  }

  return { problem, roots, from, find: (x) => distinct.find(x) };
}

/** The exact zero is near: the Newton correction is negligible, or the residual is rounding on a continuum of zeros. */
export function isResting(root: Root, unit = 1): boolean {
  if (root.correction <= restingCorrection * (unit + norm(root.x))) return true;
  return root.index === 0 && Math.sqrt(2 * root.q) <= 4 * root.roundingFloor;
}
