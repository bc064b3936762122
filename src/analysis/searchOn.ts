import type { Random } from "../core/random.js";
import type { Vector } from "../core/system.js";
import { indexVerdict, unseenEstimate } from "./completeness.js";
import type { Descent } from "./descend.js";
import type { Plan } from "./plan.js";
import { flatten, type RootSearch } from "./rootSearch.js";

/** How many searches one round makes of each kind. */
const round = { midpoints: 64, deflated: 8, fresh: 16 };

/** A box side longer than this is too long to draw from: states fill little of it. */
const widest = 20;

/** Steps allowed to a deflated search: those that led to new points on random networks needed fewer. */
const deflatedSteps = 30;

/**
 * Searches on beyond the given starts, round by round, until the list looks complete.
 *
 * A round tries midpoints between points found (saddles lie between attractors), starts driven away from
 * every known point by deflation, random states near the starts, and the states that `drawn` gives for the
 * round (rows from all over the state space: the starts may all lie in one basin). The searches of a round know
 * the points found before it. It stops after a round that found nothing new while the index sum is right (or cannot be used) and the estimate of unseen points is below one, or when
 * the budget is spent. `hits` counts how often each root was hit, and goes on counting. `images` names states
 * that are zeros whenever x is one (the rest of its cycle). Returns the number of searches made, and whether
 * the budget ended them.
 */
export function* searchOn(
  search: RootSearch,
  starts: Float64Array,
  bounded: boolean,
  hits: number[],
  budget: number,
  random: Random,
  drawn: (round: number) => Float64Array,
  images?: (x: Vector) => readonly Vector[],
): Plan<{ made: number; budgetSpent: boolean }> {
  const { roots } = search;
  const n = search.problem.dimension;
  const tried = new Set<string>();
  let made = 0;
  let closed = 0;
  function* closeUnderImages(): Plan<void> {
    while (images && closed < roots.length) {
      const open = roots.slice(closed).flatMap((root) => images(root.x));
      closed = roots.length;
      yield* search.from(open.map((x) => ({ x })));
    }
  }
  yield* closeUnderImages();
  for (let k = 0; made < budget; k++) {
    const before = roots.length;
    const rng = random.stream(k);
    const searches: Descent[] = midpoints(roots, tried, round.midpoints).map((x) => ({ x }));
    const known = flatten(roots);
    for (let i = 0; i < round.deflated; i++)
      searches.push({ x: pick(starts, n, rng), known, maxSteps: deflatedSteps });
    for (let i = 0; i < round.fresh; i++) searches.push({ x: fresh(search, starts, rng) });
    const rows = drawn(k);
    for (let i = 0; i < rows.length; i += n) searches.push({ x: rows.slice(i, i + n) });
    const affordable = searches.slice(0, budget - made);
    made += affordable.length;
    for (const { root } of yield* search.from(affordable)) if (root >= 0) hits[root] = (hits[root] ?? 0) + 1;
    yield* closeUnderImages();
    const { expected, verdict } = indexVerdict(
      roots.map((root) => root.index),
      bounded,
    );
    const settled = expected === null || verdict !== "at least one point is missing";
    if (settled && roots.length === before && unseenEstimate(hits) < 1) return { made, budgetSpent: false };
  }
  return { made, budgetSpent: budget > 0 };
}

/** Midpoints of pairs not tried before, nearest pairs first. */
function midpoints(roots: RootSearch["roots"], tried: Set<string>, limit: number): Vector[] {
  const pairs: { key: string; distance: number; a: Vector; b: Vector }[] = [];
  const considered = roots.slice(-200);
  const offset = roots.length - considered.length;
  considered.forEach((p, i) => {
    for (let j = 0; j < i; j++) {
      const key = `${offset + j},${offset + i}`;
      if (tried.has(key)) continue;
      const other = considered[j].x;
      let distance = 0;
      for (let d = 0; d < other.length; d++) distance += (p.x[d] - other[d]) ** 2;
      pairs.push({ key, distance, a: p.x, b: other });
    }
  });
  pairs.sort((p, o) => p.distance - o.distance);
  return pairs.slice(0, limit).map(({ key, a, b }) => {
    tried.add(key);
    return a.map((v, i) => (v + b[i]) / 2);
  });
}

/** One of the given starts. */
function pick(starts: Float64Array, n: number, rng: Random): Vector {
  const i = rng.integer(starts.length / n);
  return starts.slice(i * n, (i + 1) * n);
}

/** A random state: in the box where it is finite, else near a start, twice as far from the mean. */
function fresh(search: RootSearch, starts: Float64Array, rng: Random): Vector {
  const { dimension: n, lower, upper } = search.problem;
  const x = pick(starts, n, rng);
  const other = pick(starts, n, rng);
  const inBox = rng.uniform() < 0.5;
  for (let i = 0; i < n; i++) {
    const [lo, hi] = [lower?.[i] ?? -Infinity, upper?.[i] ?? Infinity];
    if (inBox && hi - lo < widest) x[i] = lo + rng.uniform() * (hi - lo);
    else x[i] += rng.normal() * (0.1 + Math.abs(x[i] - other[i]));
  }
  return x;
}
