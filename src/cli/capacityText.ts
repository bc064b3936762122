import { table } from "../report/table.js";
import type { CapacityRow } from "../study/capacity/capacityRow.js";
import type { SweepSummary } from "../study/capacity/capacitySummary.js";

/** What each parameter does to capacity, and the best setting: the first look at a study. */
export function capacityText(sweeps: readonly SweepSummary[], rows: readonly CapacityRow[]): string {
  const fixed = (value: number) => value.toFixed(2);
  const lines = sweeps.flatMap(({ parameters, points, correlations, decoder }) =>
    correlations.flatMap(({ parameter, rho, low, high, p }) => {
      if (points.length < 2) return [];
      const means = points.map(({ mean }) => mean);
      return [
        [
          parameters.length > 1
            ? `${parameter} (with ${parameters.filter((q) => q !== parameter).join(", ")})`
            : decoder
              ? `${parameter} X (${decoder})`
              : parameter,
          String(points.length),
          `${fixed(Math.min(...means))} to ${fixed(Math.max(...means))}`,
          `${fixed(rho)} [${fixed(low)}, ${fixed(high)}]`,
          p < 0.001 ? "< 0.001" : p.toFixed(3),
        ],
      ];
    }),
  );
  const parts: string[] = [];
  if (lines.length > 0)
    parts.push(
      table(
        [
          { head: "capacity against", align: "left" },
          { head: "points" },
          { head: "mean capacity" },
          { head: "rank correlation" },
          { head: "p" },
        ],
        lines,
      ),
    );
  const best = bestSetting(rows);
  if (best)
    parts.push(`  best setting: ${best.name}, mean capacity ${fixed(best.mean)} (seeds: ${best.seeds})`);
  const failed = rows.filter(({ outcome }) => outcome !== "ok").length;
  if (failed > 0) parts.push(`  ${failed} networks could not be decoded: see the column outcome`);
  return parts.join("\n\n");
}

/** The largest mean capacity among the settings that have the most seeds: one lucky seed is no setting. */
function bestSetting(rows: readonly CapacityRow[]) {
  const settings = new Map<string, number[]>();
  for (const { id, seed, capacity } of rows) {
    const name = id.slice(0, id.length - `-s${seed}`.length);
    settings.set(name, [...(settings.get(name) ?? []), capacity]);
  }
  const most = Math.max(...[...settings.values()].map(({ length }) => length));
  return [...settings]
    .filter(([, { length }]) => length === most)
    .map(([name, own]) => ({ name, seeds: most, mean: own.reduce((sum, c) => sum + c, 0) / most }))
    .reduce<{ name: string; seeds: number; mean: number } | undefined>(
      (a, b) => (a && a.mean >= b.mean ? a : b),
      undefined,
    );
}
