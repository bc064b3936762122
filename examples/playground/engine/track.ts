import { type Cell, defaultStarts, type FixedPointReport, findFixedPoints } from "rnn-dynamics";

/** Fixed points that keep their number while the input moves. */
export interface Tracked {
  readonly input: readonly number[];
  readonly points: readonly { readonly id: number; readonly state: Float64Array }[];
  /** States where q has a minimum or a point was lost: where points are born. */
  readonly seeds: readonly Float64Array[];
  readonly nextId: number;
}

/** Nothing known yet. */
export const nothing: Tracked = { input: [], points: [], seeds: [], nextId: 0 };

/** The input moves at most this far between two answers, in any channel; but in at most so many steps. */
const stride = 0.5;
const mostSteps = 4;

/** Seeds kept, and steps allowed to one search: it begins near its end or is not worth more. */
const mostSeeds = 8;
const searchSteps = 12;

/** Random starts and seeds per answer: fewer where one costs more. The seeds take turns. */
const perAnswer = { small: { random: 6, seeds: 8 }, large: { random: 1, seeds: 2 } };

/** Dimensions from which a search is dear. */
const large = 40;

/**
 * Follows points to another input: Newton's method from each of them, and searches from the seeds and a few random
 * states for points that are born. Points keep their `id`. `ids` of the report's points are in `idOf`.
 */
export function track(
  cell: Cell,
  before: Tracked,
  input: readonly number[],
  round: number,
): { tracked: Tracked; report: FixedPointReport; idOf: number[] } {
  const from = before.input.length === input.length ? before.input : input;
  const far = Math.max(0, ...input.map((v, k) => Math.abs(v - from[k])));
  const steps = Math.min(mostSteps, Math.max(1, Math.ceil(far / stride)));
  let now = before;
  for (let k = 1; ; k++) {
    const at = input.map((v, i) => from[i] + ((v - from[i]) * k) / steps);
    const answer = oneStep(cell, now, k === steps ? input : at, round * mostSteps + k);
    if (k === steps) return answer;
    now = answer.tracked;
  }
}

function oneStep(cell: Cell, before: Tracked, input: readonly number[], seed: number) {
  const d = cell.dimension;
  // The first time there is nothing to follow, only to look for.
  const most = d < large || before.points.length === 0 ? perAnswer.small : perAnswer.large;
  const random = defaultStarts(cell, { count: most.random, input, seed });
  const used = before.points.length === 0 ? before.seeds : before.seeds.slice(0, most.seeds);
  const known = [...before.points.map(({ state }) => state), ...used];
  const starts = new Float64Array(known.length * d + random.length);
  for (const [i, x] of known.entries()) starts.set(x, i * d);
  starts.set(random, known.length * d);
  const report = findFixedPoints(cell, starts, { input, searchBudget: 0, maxSteps: searchSteps });
  return { report, ...follow(before, input, report, used.length, d) };
}

/** Who became who: a point of the report takes the number of the nearest point before that was searched to it. */
function follow(
  before: Tracked,
  input: readonly number[],
  { points, starts }: FixedPointReport,
  usedSeeds: number,
  d: number,
): { tracked: Tracked; idOf: number[] } {
  const idOf = new Array<number>(points.length).fill(-1);
  const claimed = new Array<number>(points.length).fill(Number.POSITIVE_INFINITY);
  for (const [i, { id, state }] of before.points.entries()) {
    const to = starts.point[i];
    if (to < 0) continue;
    const gone = distance(state, points[to].state);
    if (gone < claimed[to]) [idOf[to], claimed[to]] = [id, gone];
  }
  let { nextId } = before;
  for (let k = 0; k < idOf.length; k++) if (idOf[k] < 0) idOf[k] = nextId++;
  const kept = new Set(idOf);
  const lost = before.points.filter(({ id }) => !kept.has(id)).map(({ state }) => state);
  const minima = starts.outcome.flatMap((outcome, i) =>
    outcome === "slow" || outcome === "stalled" || outcome === "out-of-steps"
      ? [starts.states.slice(i * d, (i + 1) * d)]
      : [],
  );
  const tracked = {
    input,
    points: points.map(({ state }, k) => ({ id: idOf[k], state })).sort((a, b) => a.id - b.id),
    seeds: apart([...lost, ...before.seeds.slice(usedSeeds), ...minima]).slice(0, mostSeeds),
    nextId,
  };
  return { tracked, idOf };
}

/** Finite states, without those that are nearly one that stands before. */
function apart(states: readonly Float64Array[]): Float64Array[] {
  const kept: Float64Array[] = [];
  for (const x of states)
    if (x.every(Number.isFinite) && kept.every((y) => distance(x, y) > 1e-2)) kept.push(x);
  return kept;
}

/** Euclidean. */
export function distance(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return Math.sqrt(sum);
}
