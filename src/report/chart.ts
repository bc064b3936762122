import { cornersOf, type Look, type Shape } from "./looks.js";
import { escaped, flat, hundredths, type SvgNode, type SvgParts, svg, svgText } from "./svg.js";

/**
 * Small charts as plain data: no script, no font files, black on white, readable in print and by colour-blind people.
 */

/** Where a panel stands. */
export interface Frame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** One axis of a panel. */
export interface ChartAxis {
  readonly label: string;
  readonly from: number;
  readonly to: number;
  readonly log?: boolean;
  /** Values, or values and what is written there. */
  readonly ticks: readonly (number | readonly [number, string | number])[];
}

/** A point of a series, with its interval where it has one. */
export interface SeriesPoint {
  readonly x: number;
  readonly y: number;
  readonly low?: number;
  readonly high?: number;
}

/** Points of one look, joined by a line. */
export interface Series {
  readonly look: Pick<Look, "name" | "marker" | "colour">;
  readonly points: readonly SeriesPoint[];
  readonly dashed?: boolean;
}

/** Words at a place. */
export function text(
  x: number,
  y: number,
  words: string | number,
  attributes: Readonly<Record<string, string | number>> = {},
): SvgNode {
  return svg("text", { x, y, ...attributes }, String(words));
}

/** A whole picture as text. `title` and `description` are for those who cannot see it. */
export function picture(
  width: number,
  height: number,
  title: string,
  description: string,
  parts: SvgParts,
): string {
  const size = `viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" aria-label="${escaped(`${title}. ${description}`)}" font-family="sans-serif" font-size="12">
<title>${escaped(title)}</title>
<desc>${escaped(description)}</desc>
<rect width="${width}" height="${height}" fill="#ffffff"/>
${flat(parts).map(svgText).join("\n")}
</svg>
`;
}

/** A mark of a shape. */
export function marker(
  shape: Shape,
  x: number,
  y: number,
  size: number,
  colour: string,
  more: Readonly<Record<string, string | number>> = {},
): SvgNode {
  const list = cornersOf(shape);
  if (list) {
    const points = list.map(([a, b]) => `${hundredths(x + a * size)},${hundredths(y + b * size)}`).join(" ");
    return svg("polygon", { points, fill: colour, ...more });
  }
  if (shape === "circle") return svg("circle", { cx: x, cy: y, r: size, fill: colour, ...more });
  if (shape === "ring")
    return svg("circle", {
      cx: x,
      cy: y,
      r: size,
      fill: "none",
      stroke: colour,
      "stroke-width": 1.4,
      ...more,
    });
  const arm = size * 0.9;
  const [left, right, top, bottom] = [x - arm, x + arm, y - arm, y + arm].map(hundredths);
  return svg("path", {
    d: `M${left},${top}L${right},${bottom}M${left},${bottom}L${right},${top}`,
    stroke: colour,
    "stroke-width": 2,
    ...more,
  });
}

/** The line through places, in pixels; starts anew after one that is not finite. */
export function through(places: Iterable<readonly [number, number]>): string {
  let d = "";
  let up = true;
  for (const [x, y] of places) {
    if (!Number.isFinite(x) || !Number.isFinite(y)) {
      up = true;
      continue;
    }
    d += `${up ? "M" : "L"}${hundredths(x)},${hundredths(y)}`;
    up = false;
  }
  return d;
}

/** Axes with ticks and names, and where their values lie in pixels. */
export function axes(frame: Frame, title: string, x: ChartAxis, y: ChartAxis) {
  const { left, top, width, height } = frame;
  const toX = scale(x, left, width);
  const toY = scale(y, top + height, -height);
  const parts: SvgNode[] = [svg("rect", { x: left, y: top, width, height, fill: "none", stroke: "#333" })];
  if (title !== "")
    parts.push(text(left + width / 2, top - 8, title, { "text-anchor": "middle", "font-weight": "bold" }));
  if (x.label !== "")
    parts.push(text(left + width / 2, top + height + 34, x.label, { "text-anchor": "middle" }));
  if (y.label !== "")
    parts.push(
      svg(
        "text",
        { transform: `translate(${left - 45},${top + height / 2}) rotate(-90)`, "text-anchor": "middle" },
        y.label,
      ),
    );
  for (const [value, words] of x.ticks.map(tickWords))
    parts.push(
      svg("path", { d: `M${hundredths(toX(value))},${top + height}v4`, stroke: "#333" }),
      text(toX(value), top + height + 17, words, { "text-anchor": "middle", "font-size": 11 }),
    );
  for (const [value, words] of y.ticks.map(tickWords))
    parts.push(
      svg("path", { d: `M${left - 4},${hundredths(toY(value))}h4`, stroke: "#333" }),
      svg("path", { d: `M${left},${hundredths(toY(value))}h${width}`, stroke: "#e4e4e4" }),
      text(left - 7, toY(value) + 4, words, { "text-anchor": "end", "font-size": 11 }),
    );
  return { parts, toX, toY };
}

function tickWords(tick: ChartAxis["ticks"][number]): readonly [number, string | number] {
  return typeof tick === "number" ? [tick, tick] : tick;
}

function scale({ from, to, log }: ChartAxis, start: number, length: number): (v: number) => number {
  const f = log ? Math.log : (v: number) => v;
  return (v) => start + ((f(v) - f(from)) / (f(to) - f(from))) * length;
}

/** One panel: axes, and series of points joined by lines, with bars for the intervals. */
export function panel(
  frame: Frame,
  title: string,
  x: ChartAxis,
  y: ChartAxis,
  series: readonly Series[],
): SvgNode[] {
  const { parts, toX, toY } = axes(frame, title, x, y);
  for (const [k, { look, points, dashed }] of series.entries()) {
    // A few pixels apart, so that intervals at one place can be told apart.
    const at = (v: number) => toX(v) + 3 * (k - (series.length - 1) / 2);
    const seen = points.filter(({ y: value }) => Number.isFinite(value));
    if (seen.length === 0) continue;
    parts.push(
      svg("path", {
        d: through(seen.map((p) => [at(p.x), toY(p.y)])),
        fill: "none",
        stroke: look.colour,
        "stroke-width": 1.6,
        "stroke-dasharray": dashed ? "5 4" : undefined,
      }),
    );
    for (const p of seen) {
      if (Number.isFinite(p.low))
        parts.push(
          svg("path", {
            d: through([
              [at(p.x), toY(p.low!)],
              [at(p.x), toY(p.high!)],
            ]),
            stroke: look.colour,
            "stroke-width": 1,
          }),
        );
      parts.push(marker(look.marker, at(p.x), toY(p.y), 3.6, look.colour));
    }
  }
  return parts;
}

/** The names of looks beside their marks, in one row. */
export function legend(
  left: number,
  top: number,
  list: readonly Pick<Look, "name" | "marker" | "colour">[],
  step = 150,
): SvgNode[] {
  return list.flatMap((look, i) => [
    marker(look.marker, left + i * step, top - 4, 4.5, look.colour),
    text(left + i * step + 11, top, look.name),
  ]);
}

/** About `count` round values that cover [from, to]. */
export function roundTicks(from: number, to: number, count = 5): number[] {
  const width = to - from;
  if (!(width > 0) || !Number.isFinite(width)) return [from];
  const rough = width / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((m) => m * power >= rough * 0.999) ?? 10);
  const ticks: number[] = [];
  for (let k = Math.ceil(from / step - 1e-9); k * step <= to + 1e-9 * step; k++)
    ticks.push(Number((k * step).toPrecision(12)));
  return ticks;
}

/** Powers of ten in [from, to], both given as exponents, at most `count`, written as such. */
export function powerTicks(from: number, to: number, count = 6): (readonly [number, string])[] {
  const step = Math.max(1, Math.ceil((to - from) / count));
  const ticks: (readonly [number, string])[] = [];
  for (let e = Math.ceil(from / step) * step; e <= to; e += step) ticks.push([e, e === 0 ? "1" : `1e${e}`]);
  return ticks;
}
