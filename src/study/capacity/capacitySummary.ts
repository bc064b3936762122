import { describe, fail } from "../../core/check.js";
import { createRandom } from "../../core/random.js";
import { type CapacityParameter, type CapacitySweep, capacityParameters, pointName } from "./capacityGrid.js";
import { type CapacityRow, capacityRowSchema } from "./capacityRow.js";
import type { DecoderName } from "./decodeItems.js";
import { pearson } from "./decodingScores.js";
import type { CapacityStudyConfig } from "./studyOptions.js";
import { resolveCapacityStudy } from "./studyOptions.js";

/** What is summarised of each network. */
export type CapacityMeasure = (row: CapacityRow) => number | null;

/** What capacity is put against: a parameter of the network, or the lag X. */
export type CapacityAxis = CapacityParameter | "lag";

/** Capacity at one point of a sweep, over its seeds. */
export interface CapacityAtPoint {
  /** What the sweep varies. */
  readonly values: Readonly<Partial<Record<CapacityAxis, number>>>;
  readonly seeds: number;
  readonly mean: number;
  /** 95 % bootstrap interval of the mean, over seeds; the mean itself where there is one seed. */
  readonly low: number;
  readonly high: number;
}

/** Rank correlation of one parameter with capacity. */
export interface RankCorrelation {
  readonly parameter: CapacityAxis;
  /** Spearman's rho of the parameter and the mean capacity at each point. */
  readonly rho: number;
  /** 95 % bootstrap interval over seeds. */
  readonly low: number;
  readonly high: number;
  /** Two-sided p by permutation of the points: how often chance gives an |rho| as large. */
  readonly p: number;
  readonly points: number;
}

/** What a sweep shows. */
export interface SweepSummary {
  readonly parameters: readonly CapacityAxis[];
  /** Of a summary over lags: whose. */
  readonly decoder?: DecoderName;
  readonly points: readonly CapacityAtPoint[];
  /** One per parameter; in a sweep of several, over all points. */
  readonly correlations: readonly RankCorrelation[];
}

/** Draws of a bootstrap, and permutations. */
const draws = 2000;
const permutations = 9999;

/**
 * What each sweep of a study shows: mean capacity and its interval at every point, and a rank correlation with a p-value
 * for every parameter. Seeds are what is resampled: the same seeds are at all points, so differences between points keep
 * what the seeds have in common.
 *
 * `measure`: what counts as capacity; by default Pearson's r at lag X by the study's decoder. Rows may be missing: points
 * without a row are left out, and seeds that not all points of a sweep have count at the points that have them, not in the
 * correlations (unless no seed is everywhere). A network that could not be decoded counts as 0, unless `measure` gives null.
 * Throws for rows of another configuration. O(points seeds draws).
 *
 * @example
 * ```ts
 * const config = {
 *   stream: { items: 300, values: 4 },
 *   decoding: { decoders: { ridge: [0, 1] }, beyond: 0 },
 *   sweeps: [{ units: [5, 20, 80] }],
 *   seeds: [0, 1],
 * };
 * const [sweep] = capacitySummary(config, capacityStudy(config));
 * sweep.points.length; // => 3
 * sweep.correlations[0].rho; // => 1
 * ```
 */
export function capacitySummary(
  config: CapacityStudyConfig,
  rows: readonly CapacityRow[],
  measure: CapacityMeasure = (row) => row.capacity,
): SweepSummary[] {
  const where = "capacitySummary";
  const { centrePoint, sweeps, seeds, study } = resolveCapacityStudy(where, config);
  checkRowsOf(where, rows, study);
  if (typeof measure !== "function")
    fail(where, `measure is ${describe(measure)}, expected a function of a row`);
  const known = new Map(rows.map((row) => [row.id, row]));
  return sweeps.map((sweep) => {
    const parameters = capacityParameters.filter((name) => sweep[name] !== undefined);
    const table = combinations(sweep, parameters).map((values) => {
      const name = pointName({ ...centrePoint, ...values });
      const capacities = seeds.map((seed) => {
        const row = known.get(`${name}-s${seed}`);
        return (row ? measure(row) : null) ?? Number.NaN;
      });
      return { values, capacities };
    });
    return summaryOf(parameters, table);
  });
}

/**
 * Capacity against the lag X at the centre of a study, for each of its decoders with two lags or more: Pearson's r of the
 * true and the decoded number, with the intervals and the rank correlation of {@link capacitySummary}. Rows of other points
 * do not count; the centre must be among the points for there to be any. Throws for rows of another configuration.
 *
 * @example
 * ```ts
 * const config = {
 *   network: { units: 40 },
 *   stream: { items: 300, values: 4 },
 *   decoding: { decoders: { ridge: [0, 1, 2, 3] }, beyond: 0 },
 *   sweeps: [{ units: [40] }],
 *   seeds: [0, 1],
 * };
 * const [{ decoder, points }] = lagSummary(config, capacityStudy(config));
 * decoder; // => "ridge"
 * points.map(({ values }) => values.lag); // => [0, 1, 2, 3]
 * ```
 */
export function lagSummary(config: CapacityStudyConfig, rows: readonly CapacityRow[]): SweepSummary[] {
  const where = "lagSummary";
  const { centrePoint, seeds, study, decoding } = resolveCapacityStudy(where, config);
  checkRowsOf(where, rows, study);
  const known = new Map(rows.map((row) => [row.id, row]));
  const rowOf = (seed: number) => known.get(`${pointName(centrePoint)}-s${seed}`);
  return decoding.decoders.flatMap(({ name, lags }) => {
    if (lags.length < 2) return [];
    const table = lags.map((lag) => ({
      values: { lag },
      capacities: seeds.map((seed) => {
        const row = rowOf(seed);
        if (row === undefined) return Number.NaN;
        const own = row.decoders.find(({ decoder }) => decoder === name);
        return own?.lags.find((at) => at.lag === lag)?.correlation ?? 0;
      }),
    }));
    return [{ ...summaryOf(["lag"], table), decoder: name }];
  });
}

function summaryOf(parameters: readonly CapacityAxis[], table: readonly Line[]): SweepSummary {
  const there = table.filter(({ capacities }) => capacities.some((c) => !Number.isNaN(c)));
  return {
    parameters,
    points: there.map(({ values, capacities }) => atPoint(values, capacities)),
    correlations: parameters.map((parameter) => correlationOf(parameter, there)),
  };
}

/** Refuses what are not rows of this study. */
function checkRowsOf(where: string, rows: readonly CapacityRow[], study: string): void {
  if (!Array.isArray(rows)) fail(where, `rows must be a list of rows, got ${describe(rows)}`);
  rows.forEach((row, i) => {
    if (row?.schema !== capacityRowSchema)
      fail(where, `rows[${i}] must be a row of capacityStudy, got ${describe(row)}`);
    if (row.study !== study)
      fail(where, `rows[${i}] is of study ${row.study}, expected ${study}, that of the configuration`);
  });
}

type Line = {
  readonly values: Readonly<Partial<Record<CapacityAxis, number>>>;
  /** By seed; NaN where there is no row. */
  readonly capacities: readonly number[];
};

function combinations(sweep: CapacitySweep, parameters: readonly CapacityParameter[]) {
  let made: Partial<Record<CapacityParameter, number>>[] = [{}];
  for (const parameter of parameters)
    made = made.flatMap((values) => sweep[parameter]!.map((value) => ({ ...values, [parameter]: value })));
  return made;
}

function atPoint(values: Line["values"], capacities: readonly number[]): CapacityAtPoint {
  const own = capacities.filter((c) => !Number.isNaN(c));
  const random = createRandom(0);
  const means = Array.from({ length: draws }, () => mean(own.map(() => own[random.integer(own.length)])));
  const [low, high] = interval(means);
  return { values, seeds: own.length, mean: mean(own), low, high };
}

function correlationOf(parameter: CapacityAxis, lines: readonly Line[]): RankCorrelation {
  const x = lines.map(({ values }) => values[parameter]!);
  const count = lines[0]?.capacities.length ?? 0;
  const whole = Array.from({ length: count }, (_, s) => s).filter((s) =>
    lines.every(({ capacities }) => !Number.isNaN(capacities[s])),
  );
  const meansOver = (seeds: readonly number[]) =>
    lines.map(({ capacities }) =>
      mean((seeds.length > 0 ? seeds.map((s) => capacities[s]) : capacities).filter((c) => !Number.isNaN(c))),
    );
  const means = meansOver(whole);
  const rho = spearman(x, means);
  const random = createRandom(1);
  const resampled =
    whole.length > 1
      ? Array.from({ length: draws }, () =>
          spearman(x, meansOver(whole.map(() => whole[random.integer(whole.length)]))),
        )
      : [rho];
  const [low, high] = interval(resampled);
  const ranksX = ranks(x);
  const ranksY = ranks(means);
  let extreme = 0;
  for (let k = 0; k < permutations; k++) {
    const order = random.permutation(x.length);
    if (
      Math.abs(
        pearson(
          ranksX,
          ranksY.map((_, i) => ranksY[order[i]]),
        ),
      ) >=
      Math.abs(rho) - 1e-12
    )
      extreme++;
  }
  return { parameter, rho, low, high, p: (extreme + 1) / (permutations + 1), points: x.length };
}

/** Spearman's rank correlation; ties share their mean rank; 0 where one side is constant. O(n log n). */
export function spearman(x: readonly number[], y: readonly number[]): number {
  return pearson(ranks(x), ranks(y));
}

function ranks(values: readonly number[]): Float64Array {
  const order = Array.from(values.keys()).sort((a, b) => values[a] - values[b]);
  const out = new Float64Array(values.length);
  for (let i = 0; i < order.length; ) {
    let end = i + 1;
    while (end < order.length && values[order[end]] === values[order[i]]) end++;
    for (let k = i; k < end; k++) out[order[k]] = (i + end - 1) / 2;
    i = end;
  }
  return out;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, v) => sum + v, 0) / values.length;
}

/** The middle 95 %. */
function interval(values: number[]): [number, number] {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))];
  return [at(0.025), at(0.975)];
}
