import { axes, type Frame, marker, roundTicks, through } from "../chart.js";
import { unpackFloats } from "../floats.js";
import { pointLooks } from "../looks.js";
import type { ReportData } from "../reportData.js";
import { type SvgNode, svg } from "../svg.js";

/** Trajectories drawn, and samples along each, at most: a figure must stay small. */
const mostLines = 100;
const mostSamples = 150;

/** The first two axes shown: trajectories, cycles, points. One axis alone is drawn against zero. */
export function statePlane(frame: Frame, title: string, data: ReportData): SvgNode[] {
  const { axes: all, shown, trajectories } = data;
  const [a, b = -1] = shown;
  const at = (place: ArrayLike<number>, offset = 0) =>
    [place[offset + a], b < 0 ? 0 : place[offset + b]] as const;
  const lines: (readonly [number, number])[][] = [];
  if (trajectories) {
    const positions = unpackFloats(trajectories.positions);
    const every = Math.max(1, Math.ceil(trajectories.lengths.length / mostLines));
    let from = 0;
    for (const [k, n] of trajectories.lengths.entries()) {
      const stride = Math.max(1, Math.ceil(n / mostSamples));
      if (k % every === 0) {
        const line: (readonly [number, number])[] = [];
        for (let i = from; i < from + n; i += stride) line.push(at(positions, i * all.length));
        lines.push(line);
      }
      from += n;
    }
  }
  const curves = [
    ...data.cycles.map((c) => ({ line: [...c.at, c.at[0]].map((p) => at(p)), cycle: true })),
    ...data.attractors
      .filter((t) => t.path.length > 0)
      .map((t) => ({ line: t.path.map((p) => at(p)), cycle: false })),
  ];
  const points = [
    ...data.slowPoints.map((p) => ({ place: at(p.at), look: pointLooks.slow })),
    ...[...data.points].reverse().map((p) => ({ place: at(p.at), look: pointLooks[p.stability] })),
  ];
  const places = [...lines.flat(), ...curves.flatMap((c) => c.line), ...points.map((p) => p.place)];
  const sameUnit = b >= 0 && all[a].group === all[b].group;
  const [x, y] = ranges(places, frame, sameUnit);
  const drawn = axes(
    frame,
    title,
    { label: all[a].label, ...x, ticks: roundTicks(x.from, x.to) },
    { label: b < 0 ? "" : all[b].label, ...y, ticks: b < 0 ? [] : roundTicks(y.from, y.to) },
  );
  const toPixels = (line: readonly (readonly [number, number])[]) =>
    line.map(([u, v]) => [drawn.toX(u), drawn.toY(v)] as const);
  return [
    ...drawn.parts,
    ...lines.map((line) =>
      svg("path", {
        d: through(toPixels(line)),
        fill: "none",
        stroke: "#9aa5b1",
        "stroke-width": 0.6,
      }),
    ),
    ...curves.map(({ line, cycle }) =>
      svg("path", {
        d: through(toPixels(line)),
        fill: "none",
        stroke: "#333",
        "stroke-width": 1.4,
        "stroke-dasharray": cycle ? "5 3" : undefined,
      }),
    ),
    ...toPixels(points.map((p) => p.place)).map(([u, v], i) =>
      marker(points[i].look.marker, u, v, 5, points[i].look.colour),
    ),
  ];
}

/** What both axes span, with some room; one scale for both where they share a unit. */
function ranges(places: readonly (readonly [number, number])[], frame: Frame, sameUnit: boolean) {
  const spans = [0, 1].map((k) => {
    let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const place of places)
      if (Number.isFinite(place[k])) {
        from = Math.min(from, place[k]);
        to = Math.max(to, place[k]);
      }
    if (!(to >= from)) [from, to] = [-1, 1];
    const room = 0.05 * (to - from) || Math.max(1e-3, 0.05 * Math.abs(from));
    return { from: from - room, to: to + room };
  });
  if (!sameUnit) return spans;
  const perPixel = Math.max(
    (spans[0].to - spans[0].from) / frame.width,
    (spans[1].to - spans[1].from) / frame.height,
  );
  return [frame.width, frame.height].map((length, k) => {
    const middle = (spans[k].from + spans[k].to) / 2;
    return { from: middle - (perPixel * length) / 2, to: middle + (perPixel * length) / 2 };
  });
}
