import type { CapacityRow } from "../study/capacity/capacityRow.js";
import type { SweepSummary } from "../study/capacity/capacitySummary.js";
import { table } from "./table.js";

/** What each parameter does to capacity, and the best networks: the first look at a study. */
export function capacityText(sweeps: readonly SweepSummary[], rows: readonly CapacityRow[]): string {
  const fixed = (value: number) => value.toFixed(2);
  const lines = sweeps.flatMap(({ parameters, points, correlations }) =>
    correlations.flatMap(({ parameter, rho, low, high, p }) => {
      if (points.length < 2) return [];
      const means = points.map(({ mean }) => mean);
      return [
        [
          parameters.length > 1
            ? `${parameter} (with ${parameters.filter((q) => q !== parameter).join(", ")})`
            : parameter,
          String(points.length),
          `${fixed(Math.min(...means))} to ${fixed(Math.max(...means))}`,
          `${fixed(rho)} [${fixed(low)}, ${fixed(high)}]`,
          p < 0.001 ? "< 0.001" : p.toFixed(3),
        ],
      ];
    }),
  );
  const best = rows.reduce<CapacityRow | undefined>(
    (a, b) => (a && a.capacity >= b.capacity ? a : b),
    undefined,
  );
  const parts = [
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
  ];
  if (best) parts.push(`  best network: ${best.id}, capacity ${fixed(best.capacity)}`);
  const failed = rows.filter(({ outcome }) => outcome !== "ok").length;
  if (failed > 0) parts.push(`  ${failed} networks could not be decoded: see the column outcome`);
  return parts.join("\n\n");
}
