import type { Outcome } from "../../core/outcome.js";
import { axes, type Frame, powerTicks, roundTicks, text } from "../chart.js";
import type { ReportEnds } from "../reportData.js";
import { type SvgNode, svg } from "../svg.js";

/** How the ends of searches are coloured. */
export const outcomeColours: Readonly<Record<Outcome, string>> = {
  fixed: "#0072B2",
  slow: "#C98A00",
  stalled: "#A64D79",
  "left-domain": "#D55E00",
  "out-of-steps": "#007D5B",
  "not-finite": "#777777",
};

/** q below this counts as this: rounding ends here. */
const floor = -36;

/** How many starts ended at which q, by how they ended: stacked bars over log10 q. */
export function qHistogram(frame: Frame, title: string, ends: ReportEnds): SvgNode[] {
  const known = ends.q
    .map((q, i) => ({
      outcome: ends.outcome[i],
      power: q === null ? Number.NaN : Math.max(floor, Math.log10(q)),
    }))
    .filter(({ power }) => Number.isFinite(power));
  const powers = known.map(({ power }) => power);
  const from = Math.floor(powers.reduce((a, b) => Math.min(a, b), -20)) - 1;
  const to = Math.ceil(powers.reduce((a, b) => Math.max(a, b), 0)) + 1;
  const bins = to - from;
  const outcomes = (Object.keys(outcomeColours) as Outcome[]).filter((o) =>
    known.some(({ outcome }) => outcome === o),
  );
  const counts = outcomes.map((o) => {
    const row = new Array<number>(bins).fill(0);
    for (const { outcome, power } of known)
      if (outcome === o) row[Math.min(bins - 1, Math.floor(power - from))]++;
    return row;
  });
  const highest = Math.max(
    1,
    ...Array.from({ length: bins }, (_, b) => counts.reduce((sum, row) => sum + row[b], 0)),
  );
  const x = { label: "q = ½ |residual|² where the search ended", from, to, ticks: powerTicks(from, to, 8) };
  const y = { label: "starts", from: 0, to: highest * 1.06, ticks: roundTicks(0, highest, 4) };
  const { parts, toX, toY } = axes(frame, title, x, y);
  const base = new Array<number>(bins).fill(0);
  for (const [k, outcome] of outcomes.entries())
    for (const [b, count] of counts[k].entries()) {
      if (count === 0) continue;
      parts.push(
        svg("rect", {
          x: toX(from + b) + 0.5,
          y: toY(base[b] + count),
          width: toX(from + b + 1) - toX(from + b) - 1,
          height: toY(base[b]) - toY(base[b] + count),
          fill: outcomeColours[outcome],
        }),
      );
      base[b] += count;
    }
  for (const [k, outcome] of outcomes.entries()) {
    const [left, top] = [frame.left + 0.42 * frame.width, frame.top + 10 + 16 * k];
    parts.push(
      svg("rect", { x: left, y: top, width: 10, height: 10, fill: outcomeColours[outcome] }),
      text(left + 15, top + 9, `${outcome}: ${counts[k].reduce((sum, c) => sum + c, 0)}`, {
        "font-size": 11,
      }),
    );
  }
  return parts;
}
