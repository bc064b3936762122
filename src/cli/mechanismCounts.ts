import { table } from "../report/table.js";
import type { MechanismRow } from "../study/mechanisms/mechanismRow.js";

/** How many networks remember by which mechanism, for each gain: the first look at a study. */
export function mechanismCounts(rows: readonly MechanismRow[]): string {
  const gains = [...new Set(rows.map(({ parameters }) => parameters.gain))].sort((a, b) => a - b);
  const labels = ["direct-fixed-point", "slow-manifold", "limit-cycle", "mixed", "unclassified"] as const;
  const count = (among: readonly MechanismRow[]) => [
    among.length,
    among.filter(({ solved }) => solved).length,
    ...labels.map((label) => among.filter(({ mechanism }) => mechanism === label).length),
  ];
  const lines = gains.map((gain) => [
    `g = ${gain}`,
    ...count(rows.filter((r) => r.parameters.gain === gain)),
  ]);
  return table(
    [{ head: "", align: "left" }, ...["networks", "solved", ...labels].map((head) => ({ head }))],
    [...lines, ["all", ...count(rows)]].map((cells) => cells.map(String)),
  );
}
