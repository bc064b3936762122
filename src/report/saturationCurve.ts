/** The saturation curve of a search: how many different points so many starts find. */
export interface SaturationCurve {
  /** Numbers of starts, ascending, from 1 to all. */
  readonly starts: readonly number[];
  /** The expected number of different points that so many of the starts, drawn at random, end in. */
  readonly points: readonly number[];
  /** The slope at the right end: the share of all starts that were alone in reaching their point. */
  readonly slope: number;
}

/** Places at which the curve is taken, at most. */
const most = 120;

/**
 * The saturation curve (rarefaction) of a search: from the point that each start ended in, how many different points
 * m of these S starts would have found, on average over all choices of m,
 *
 * `E(m) = sum over points i of 1 - C(S - n_i, m) / C(S, m)`, point i hit n_i times.
 *
 * Where it is flat, more starts of the same kind find little that is new; `slope`, f1 / S with f1 the number of
 * points hit once, is about the chance that one more start does (Good 1953). It says nothing of points that such
 * starts cannot reach.
 *
 * `ends`: for each start the number of its point, negative for none. No starts give an empty curve; nothing throws.
 * O(S points). Source: Hurlbert (1971), Ecology 52:577; Good (1953), Biometrika 40:237.
 *
 * @example
 * const { starts, points, slope } = saturationCurve([0, 0, 1, 0]);
 * points; // => [1, 1.5, 1.75, 2]
 * slope; // => 0.25
 */
export function saturationCurve(ends: ArrayLike<number>): SaturationCurve {
  const total = ends.length;
  const hits = new Map<number, number>();
  for (let i = 0; i < total; i++) if (ends[i] >= 0) hits.set(ends[i], (hits.get(ends[i]) ?? 0) + 1);
  const counts = [...hits.values()];
  const missed = new Float64Array(counts.length).fill(1);
  const starts: number[] = [];
  const points: number[] = [];
  const step = Math.ceil(total / most);
  for (let m = 1; m <= total; m++) {
    for (let i = 0; i < counts.length; i++)
      missed[i] *= Math.max(0, total - counts[i] - (m - 1)) / (total - (m - 1));
    if (m > 1 && m < total && m % step > 0) continue;
    starts.push(m);
    points.push(missed.reduce((sum, chance) => sum + 1 - chance, 0));
  }
  return { starts, points, slope: total > 0 ? counts.filter((n) => n === 1).length / total : 0 };
}
