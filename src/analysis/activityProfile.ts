/** How the units of a network behave during the delay. */
export interface ActivityProfile {
  /** Mean within-delay standard deviation of a rate over time, relative to the mean size of a rate: 0 is tonic. */
  readonly phasicIndex: number;
  /** Share of rates, over units, times and memories, whose size is above 0.8. */
  readonly saturation: number;
}

/** Size of a rate from which a unit counts as saturated (Ghazizadeh & Ching 2021, code). */
const saturated = 0.8;

/**
 * Phasic index and saturation of rates: one entry per time, rows of `width` per memory. The standard deviation is
 * taken over time for each unit and memory, then averaged. NaN when all rates are 0. O(times * memories * width).
 */
export function activityProfile(rates: readonly Float64Array[]): ActivityProfile {
  const size = rates[0].length;
  const times = rates.length;
  let deviation = 0;
  let absolute = 0;
  let high = 0;
  for (let k = 0; k < size; k++) {
    let mean = 0;
    for (const r of rates) mean += r[k] / times;
    let square = 0;
    for (const r of rates) {
      square += (r[k] - mean) ** 2 / times;
      absolute += Math.abs(r[k]) / times;
      if (Math.abs(r[k]) > saturated) high++;
    }
    deviation += Math.sqrt(square);
  }
  return { phasicIndex: deviation / absolute, saturation: high / (size * times) };
}
