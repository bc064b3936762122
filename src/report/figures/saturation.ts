import { axes, type Frame, roundTicks, through } from "../chart.js";
import { saturationCurve } from "../saturationCurve.js";
import { type SvgNode, svg } from "../svg.js";

/** How many different points so many of the starts find, on average. */
export function saturationChart(frame: Frame, title: string, ends: readonly number[]): SvgNode[] {
  const { starts, points } = saturationCurve(ends);
  const highest = Math.max(1, ...points);
  const x = { label: "starts", from: 0, to: ends.length || 1, ticks: roundTicks(0, ends.length || 1) };
  const y = {
    label: "different points found",
    from: 0,
    to: highest * 1.06,
    ticks: roundTicks(0, highest, 4),
  };
  const { parts, toX, toY } = axes(frame, title, x, y);
  const places = starts.map((m, i) => [toX(m), toY(points[i])] as const);
  parts.push(
    svg("path", {
      d: through([[toX(0), toY(0)], ...places]),
      fill: "none",
      stroke: "#0072B2",
      "stroke-width": 2,
    }),
  );
  return parts;
}
