import type { Outcome } from "../core/outcome.js";
import type { DynamicalSystem, Vector } from "../core/system.js";
import { polish, type Root } from "../solve/polish.js";
import { norm, type Problem } from "../solve/problem.js";
import {
  type Descended,
  type Descent,
  type DescentOptions,
  descend,
  polishEnd,
  soughtProblem,
} from "./descend.js";
import { DistinctStates } from "./distinct.js";
import { type Plan, perform } from "./plan.js";

/** What a root search needs to know. */
export interface RootSearchOptions extends DescentOptions {
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
}

/** A search for all zeros of one problem: have `from` carried out for start after start, read `roots`. */
export interface RootSearch {
  readonly problem: Problem;
  readonly roots: readonly Root[];
  /** Searches from every start; the ends in the order of the starts. */
  from(starts: readonly Descent[], onDone?: () => void): Plan<SearchEnd[]>;
  /** The number of the root equal to x, or -1. */
  find(x: Vector): number;
}

/** Searches of the first batch, and how many times those made before the next one may have: it knows what they found. */
const fewest = 32;
const growth = 3;

/** Newton correction, relative to unit + |x|, above which a state with tiny q creeps and does not rest. */
const restingCorrection = 1e-6;

/** Distance from the surface of the box, relative to 1 + |x|, that counts as on it (a box may have slack). */
const surface = 1e-12;

/** Share of |J| below which a row of it counts as zero. */
const unresponsive = 1e-7;

/**
 * Prepares a search for the zeros of a problem.
 *
 * A start counts as "fixed" only if q is below tolerance AND the Newton correction is negligible AND the
 * state is not an artefact of the box: a gate that saturates to exactly 1 makes F(x) = x hold bit for bit
 * outside the box, and a ghost of a saddle-node makes q tiny where there is no zero.
 */
export function createRootSearch(system: DynamicalSystem, options: RootSearchOptions): RootSearch {
  const { distinctTolerance, ...shared } = options;
  const { unit } = options;
  const problem = soughtProblem(system, options);
  const distinct = new DistinctStates(distinctTolerance, unit);
  const roots: Root[] = [];
  let made = 0;
  const n = problem.dimension;
  const jacobian = new Float64Array(n * n);

  function* from(starts: readonly Descent[], onDone?: () => void): Plan<SearchEnd[]> {
    const ends: SearchEnd[] = [];
    while (ends.length < starts.length) {
      const batch = starts.slice(ends.length, ends.length + Math.max(fewest, growth * made));
      const found = flatten(roots);
      const ended = yield* perform(descend, { ...shared, found }, batch, onDone);
      const polished = yield* polishNew(ended);
      for (const end of ended) ends.push(classify(end, polished.get(end)));
      made += batch.length;
    }
    return ends;
  }

  /** One of each kind of end that looks new, polished: most of those that `classify` will need. */
  function* polishNew(ended: readonly Descended[]): Plan<ReadonlyMap<Descended, Root>> {
    const candidates = new DistinctStates(distinctTolerance, unit);
    const first = ended.filter(
      ({ verdict, state, q }) =>
        verdict === "converged" && distinct.find(state) < 0 && candidates.add(state, q).isNew,
    );
    const states = first.map(({ state }) => state);
    const found = yield* perform(polishEnd, shared, states);
    return new Map(first.map((end, i) => [end, found[i]]));
  }

  function classify(ended: Descended, polished?: Root): SearchEnd {
    const { state, q, gradientNorm, steps, verdict } = ended;
    const end = (outcome: Outcome, root = -1): SearchEnd => ({
      outcome,
      state,
      q,
      gradientNorm,
      steps,
      root,
    });
    if (verdict !== "converged") return end(verdict);
    const known = distinct.find(state);
    if (known >= 0) return end("fixed", known);
    const root = polished ?? polish(problem, state, unit);
    if (isArtefact(root)) return end("left-domain");
    if (!isResting(root, unit)) return end("slow");
    const error = Math.min(root.correction, 1e-5 * (unit + norm(root.x)));
    const { index, better } = distinct.add(root.x, root.q, error);
    if (better) roots[index] = root;
    return end("fixed", index);
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

/** The roots as rows. */
export function flatten(roots: readonly Root[]): Float64Array {
  const rows = new Float64Array(roots.reduce((size, { x }) => size + x.length, 0));
  roots.forEach(({ x }, k) => rows.set(x, k * x.length));
  return rows;
}

/** The exact zero is near: the Newton correction is negligible, or the residual is rounding on a continuum of zeros. */
export function isResting(root: Root, unit = 1): boolean {
  if (root.correction <= restingCorrection * (unit + norm(root.x))) return true;
  return root.index === 0 && Math.sqrt(2 * root.q) <= 4 * root.roundingFloor;
}
