import { axes, powerTicks, roundTicks, through } from "../chart.js";
import type { ReportData, ReportMechanism } from "../reportData.js";
import { svg } from "../svg.js";
import { short } from "../words.js";
import { card, table } from "./card.js";
import { type Content, chart, element, svgElement } from "./dom.js";
import { memoryHues } from "./spaceContent.js";
import type { Theme } from "./theme.js";

/** Distances below this share of the largest are drawn at it. */
const deepest = 1e-16;

/** By which mechanism memories are held: label, checks, memories, how far apart they stay. */
export function mechanismCard(
  m: NonNullable<ReportData["mechanism"]>,
  { system }: Pick<ReportData, "system">,
  theme: Theme,
): Content {
  const unit = system.time === "discrete" ? "steps" : "units of time";
  return card(
    "Mechanism",
    element(
      "p",
      {},
      element("strong", {}, m.label),
      m.unclassified === null ? null : ` (${m.unclassified})`,
      `, confidence ${m.confidence.toFixed(2)}`,
      m.runnerUp === null ? null : `; otherwise ${m.runnerUp}`,
      ".",
    ),
    element(
      "ul",
      {},
      m.reasons.map((reason) => element("li", {}, reason)),
    ),
    m.checks.length > 0
      ? table(
          "Checks the label has to pass (0.5 is the threshold)",
          ["score", "check", "otherwise"],
          m.checks.map(({ score, sentence, otherwise }) => [
            [
              element("meter", { min: 0, max: 1, low: 0.5, value: score, "aria-label": "score" }),
              ` ${score.toFixed(2)}`,
            ],
            sentence,
            otherwise,
          ]),
        )
      : null,
    table(
      "Memories",
      ["label", "ends on", "attractor", "told apart", `lifetime (${unit})`],
      m.memories.map(({ label, limit, attractor, toldApart, lifetime, lifetimeKind }) => [
        String(label),
        limit,
        attractor ?? "none",
        toldApart ? "yes" : "no",
        lifetime === null ? lifetimeKind : short(lifetime),
      ]),
    ),
    separationChart(m, unit, theme),
  );
}

/** How far each memory is from the nearest one of another label while they are held: coloured by label, the smallest black. */
function separationChart({ separability, memories }: ReportMechanism, unit: string, theme: Theme): Content {
  const { times, nearestOther, smallest } = separability;
  const largest = Math.max(0, ...nearestOther.flat().map((y) => y ?? 0), ...smallest.map((y) => y ?? 0));
  const known = smallest.flatMap((y, i) => (y === null ? [] : [i]));
  if (known.length < 2 || largest === 0) return null;
  const power = (y: number) => Math.log10(Math.max(y, deepest * largest));
  const place = (row: readonly (number | null)[]) => row.map((y) => (y === null ? Number.NaN : power(y)));
  const rows = nearestOther.map(place);
  const least = place(smallest);
  const low = Math.floor(Math.min(...[...rows.flat(), ...least].filter(Number.isFinite)));
  const high = Math.ceil(power(largest) + 0.05);
  const latest = times[known[known.length - 1]];
  const { parts, toX, toY } = axes(
    { left: 58, top: 16, width: 440, height: 190 },
    "",
    { label: `time (${unit})`, from: 0, to: latest, ticks: roundTicks(0, latest) },
    { label: "distance (state)", from: low, to: high, ticks: powerTicks(low, high) },
  );
  const line = (row: readonly number[], stroke: string, width: number, dash?: string) =>
    svg("path", {
      d: through(row.map((y, i) => [toX(times[i]), toY(y)])),
      fill: "none",
      stroke,
      "stroke-width": width,
      "stroke-dasharray": dash,
    });
  const hues = memoryHues(memories).map((hue) => (theme.dark ? hue.bright : hue.colour));
  const name = "Distance of each memory to the nearest one of another label over time";
  const labels = new Map(memories.map(({ label }, i) => [label, hues[i]]));
  return [
    element("h3", {}, name),
    chart(
      510,
      252,
      name,
      [...parts, ...rows.map((row, i) => line(row, hues[i], 1.8)), line(least, theme.ink, 1.2, "5 4")],
      theme.recolour,
    ),
    element(
      "ul",
      { class: "legend" },
      [...labels].map(([label, stroke]) => element("li", {}, key(stroke, 2.5), ` ${label}`)),
      element("li", {}, key(theme.ink, 1.5, "5 4"), " smallest of all"),
    ),
  ];
}

/** A piece of line for a legend; a style sheet cannot colour it, since styles in elements are forbidden. */
function key(stroke: string, width: number, dash?: string): SVGElement {
  const attributes = { viewBox: "0 0 24 8", class: "line-key", "aria-hidden": "true" };
  const line = svg("path", { d: "M0,4h24", stroke, "stroke-width": width, "stroke-dasharray": dash });
  return svgElement(svg("svg", attributes, line), (colour) => colour);
}
