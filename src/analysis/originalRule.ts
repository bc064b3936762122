import { checkInteger, checkNumber, checkOneOf, fail } from "../core/check.js";
import { resolveOptions } from "../core/defaults.js";

/** Options of {@link originalRule}. */
export interface OriginalRuleOptions {
  /**
   * Which of the authors' two tests the series come from. "noisy": many noisy starts, variance below 1e-9, values
   * equal to 4 decimals, twice as many points as outcomes. "trial-ends": the states at the ends of trials, variance
   * below 1e-6, 2 decimals, as many points as outcomes. @defaultValue `"trial-ends"`
   */
  readonly variant?: "noisy" | "trial-ends";
  /** Number of different answers of the task. @defaultValue `3` */
  readonly outcomes?: number;
  /** Largest answer; a mean more than 2.5 beyond it (or below minus it) is far. @defaultValue `1.5` */
  readonly largestTarget?: number;
}

/** What {@link originalRule} returns. */
export interface OriginalRuleResult {
  /** `fixedPoint<n>`, `manifoldFps<n>`, `limitCycle`, `far_someFPs` or `both`. */
  readonly label: string;
  /** n, the number of different final values. */
  readonly finalValues: number;
  /** Variance over time of each series (of its most variable output). */
  readonly variances: readonly number[];
  /** Mean over time of each series (of its first output). */
  readonly means: readonly number[];
}

const defaults = {
  variant: "trial-ends" as "noisy" | "trial-ends",
  outcomes: 3,
  largestTarget: 1.5,
};

const thresholds = {
  noisy: { variance: 1e-9, decimals: 4, pointsPerOutcome: 2 },
  "trial-ends": { variance: 1e-6, decimals: 2, pointsPerOutcome: 1 },
} as const;

/** How far beyond the largest answer a mean is far. */
const far = 2.5;

/**
 * The rule by which Ghazizadeh & Ching (2021) sorted networks, as it stands in their code: from the readout alone, at
 * the end of a long free run from several starts. For comparison; its known faults (it counts values and not states,
 * calls chaos a limit cycle, misses slow decay) are kept.
 *
 * All variances below the threshold: `fixedPoint<n>` when n, the number of different final values, reaches the number
 * of outcomes (twice that for noisy starts: each has a mirror), else `manifoldFps<n>`. Otherwise `limitCycle` when no
 * two means are equal in float32; else `far_someFPs` when a mean lies beyond the largest target by 2.5; else `both`.
 *
 * @param series - one entry per start: its readout over the last stretch of the run, one number per time, or one row
 * of outputs per time (variance: of the most variable output; values: whole rows; far: any output)
 * @returns Throws for wrong arguments only; a series with NaN counts as varying. O(numbers).
 *
 * Source: Ghazizadeh & Ching, PLoS Comput Biol 17(9): e1009366 (2021), code of the preprint.
 *
 * @example
 * ```ts
 * const still = (value: number) => new Float64Array(700).fill(value);
 * originalRule([still(0.5), still(1), still(1.5), still(1)]).label; // => "fixedPoint3"
 * originalRule([still(0), still(0), still(0), still(0)]).label; // => "manifoldFps1"
 * ```
 */
export function originalRule(
  series: readonly (ArrayLike<number> | readonly ArrayLike<number>[])[],
  options?: OriginalRuleOptions,
): OriginalRuleResult {
  const where = "originalRule";
  const { variant, outcomes, largestTarget } = resolveOptions(where, defaults, options);
  checkOneOf(where, "variant", variant, Object.keys(thresholds));
  checkInteger(where, "outcomes", outcomes, 1);
  checkNumber(where, "largestTarget", largestTarget, 0);
  if (!Array.isArray(series) || series.length === 0)
    fail(where, "series is empty, expected one readout series per start");
  const tables = series.map((s, i) => rowsOf(where, s, i));
  const width = tables[0][0].length;
  for (const [i, rows] of tables.entries())
    for (const row of rows)
      if (row.length !== width)
        fail(where, `series[${i}] has rows of length ${row.length}, expected ${width} (as in series[0])`);

  const { variance, decimals, pointsPerOutcome } = thresholds[variant];
  const moments = tables.map(momentsOf);
  const means = moments.map((m) => m.means);
  const variances = moments.map((m) => Math.max(...m.variances));
  const finalValues = new Set(
    tables.map((rows) => rows[rows.length - 1].map((v) => rounded(v, decimals)).join()),
  ).size;
  const result = (label: string): OriginalRuleResult => ({
    label,
    finalValues,
    variances,
    means: means.map((m) => m[0]),
  });
  if (variances.every((v) => v < variance))
    return result(
      `${finalValues >= pointsPerOutcome * outcomes ? "fixedPoint" : "manifoldFps"}${finalValues}`,
    );
  const different = new Set(means.map((m) => m.map((v) => Math.fround(v) + 0).join())).size;
  if (different === means.length) return result("limitCycle");
  const limit = largestTarget + far;
  return result(means.some((m) => m.some((v) => v > limit || v < -limit)) ? "far_someFPs" : "both");
}

function rowsOf(
  where: string,
  given: ArrayLike<number> | readonly ArrayLike<number>[],
  i: number,
): number[][] {
  if (given === null || typeof given !== "object" || !(given.length > 0))
    fail(where, `series[${i}] is empty, expected the readout at one time or more`);
  return Array.from(given as ArrayLike<number | ArrayLike<number>>, (v) =>
    typeof v === "number" ? [v] : Array.from(v),
  );
}

function momentsOf(rows: readonly number[][]) {
  const width = rows[0].length;
  const means = new Array<number>(width).fill(0);
  const variances = new Array<number>(width).fill(0);
  for (const row of rows) for (let k = 0; k < width; k++) means[k] += row[k] / rows.length;
  for (const row of rows)
    for (let k = 0; k < width; k++) variances[k] += (row[k] - means[k]) ** 2 / rows.length;
  return { means, variances };
}

/** To the nearest decimal, halves to even as numpy rounds; never minus zero. */
function rounded(value: number, decimals: number): number {
  const scaled = value * 10 ** decimals;
  const floor = Math.floor(scaled);
  const rest = scaled - floor;
  const nearest = rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
  return nearest / 10 ** decimals + 0;
}
