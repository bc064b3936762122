import { checkInteger, checkNumber, describe, fail } from "../../core/check.js";
import { resolveOptions } from "../../core/defaults.js";
import { createRandom } from "../../core/random.js";
import {
  type CapacityParameter,
  type CapacityPoint,
  capacityParameters,
  checkParameter,
  pointName,
} from "./capacityGrid.js";

/** A search for the setting with the largest capacity. */
export interface CapacitySearch {
  /** Lowest and highest value of each parameter searched; the others stay at the centre. */
  readonly over: Readonly<Partial<Record<CapacityParameter, readonly [number, number]>>>;
  /** Networks it may run. @defaultValue `120` */
  readonly budget?: number;
  /** Of the candidates. @defaultValue `0` */
  readonly seed?: number;
}

/** Candidates of a round; each is to have rows for these seeds. */
export interface SearchRound {
  readonly points: readonly CapacityPoint[];
  readonly seeds: readonly number[];
}

/** A search with every field set. */
export type ResolvedSearch = Required<CapacitySearch>;

/** Of this many candidates one goes on to the next round, with this many times the seeds. */
const thinning = 3;

/** Significant digits of a candidate's parameters. */
const digits = 4;

/** A search with every field set; throws where it is wrong. */
export function resolveSearch(where: string, search: CapacitySearch): ResolvedSearch {
  const o = resolveOptions(where, { over: {}, budget: 120, seed: 0 } as ResolvedSearch, search);
  if (typeof o.over !== "object" || o.over === null || Object.keys(o.over).length === 0)
    fail(where, `over is ${describe(o.over)}, expected for example { "gain": [0.5, 1.5] }`);
  for (const [parameter, range] of Object.entries(o.over)) {
    if (!(capacityParameters as readonly string[]).includes(parameter))
      fail(where, `over has ${JSON.stringify(parameter)}, expected some of ${capacityParameters.join(", ")}`);
    if (!Array.isArray(range) || range.length !== 2)
      fail(where, `over.${parameter} is ${describe(range)}, expected [lowest, highest]`);
    for (const end of range) checkNumber(where, `over.${parameter}`, end, 0);
    if (range[0] >= range[1])
      fail(where, `over.${parameter} is [${range.join(", ")}], expected [lowest, highest]`);
    for (const end of range) checkParameter(where, `over.${parameter}`, parameter, end);
  }
  checkInteger(where, "budget", o.budget, thinning, 1e6);
  checkInteger(where, "seed", o.seed, 0, 2 ** 32 - 1);
  return o;
}

/**
 * The rounds of a search by successive halving (here: thirding): many candidates with one seed each, the best third of
 * them with three, and so on until all seeds are used or the budget is. Candidates are a Latin hypercube; a range that
 * spans a decade or more is divided evenly in its logarithm. Given the capacities so far, the next round; null: no more.
 *
 * Source: Jamieson & Talwalkar (2016); Latin hypercube, McKay, Beckman & Conover (1979).
 */
export function nextRound(
  search: ResolvedSearch,
  centre: CapacityPoint,
  seeds: readonly number[],
  round: number,
  capacityOf: (point: CapacityPoint, seed: number) => number,
): SearchRound | null {
  const rounds = 1 + Math.ceil(Math.log(seeds.length) / Math.log(thinning) - 1e-9);
  if (round >= rounds) return null;
  const seedsIn = (k: number) => Math.min(seeds.length, thinning ** k);
  // All rounds together run at most `budget` networks: those of a round that the one before has not run.
  const perCandidate = Array.from(
    { length: rounds },
    (_, k) => (seedsIn(k) - (k > 0 ? seedsIn(k - 1) : 0)) / thinning ** k,
  ).reduce((a, b) => a + b, 0);
  const first = Math.max(1, Math.floor(search.budget / perCandidate));
  let points = hypercube(search, centre, first);
  for (let k = 1; k <= round; k++) {
    const used = seeds.slice(0, seedsIn(k - 1));
    const mean = (point: CapacityPoint) =>
      used.reduce((sum, seed) => sum + capacityOf(point, seed), 0) / used.length;
    const order = points.map((point, at) => ({ point, at, mean: mean(point) }));
    order.sort((a, b) => b.mean - a.mean || a.at - b.at);
    points = order.slice(0, Math.max(1, Math.floor(first / thinning ** k))).map(({ point }) => point);
  }
  return { points, seeds: seeds.slice(0, seedsIn(round)) };
}

/** So many points, each parameter once in each of as many slices of its range. */
function hypercube({ over, seed }: ResolvedSearch, centre: CapacityPoint, count: number): CapacityPoint[] {
  const random = createRandom(seed);
  const points: Record<string, number>[] = Array.from({ length: count }, () => ({ ...centre }));
  capacityParameters.forEach((parameter, k) => {
    const range = over[parameter];
    if (!range) return;
    const own = random.stream(k);
    const order = own.permutation(count);
    const [low, high] = range;
    const logarithmic = low > 0 && high / low >= 10;
    points.forEach((point, i) => {
      const at = (order[i] + own.uniform()) / count;
      const value = logarithmic ? low * (high / low) ** at : low + (high - low) * at;
      point[parameter] = parameter === "units" ? Math.round(value) : Number(value.toPrecision(digits));
    });
  });
  const distinct = new Map((points as unknown as CapacityPoint[]).map((point) => [pointName(point), point]));
  return [...distinct.values()];
}
