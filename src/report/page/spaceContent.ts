import { unpackFloats } from "../floats.js";
import { type Hue, hueOf, type Look, pointLooks } from "../looks.js";
import type { ReportData, ReportMechanism, ReportPoint } from "../reportData.js";
import { short } from "../words.js";
import type { Place, SpaceContent, SpaceLabel, SpaceStroke } from "./stateSpace.js";

/** What can be selected, under one name each: `point-3`, `slow-0`, `cycle-1`. */
export interface Item {
  readonly id: string;
  readonly name: string;
  readonly look: Look;
  readonly kind: "point" | "slow" | "cycle";
  /** Position in its list. */
  readonly position: number;
  /** Along all axes. */
  readonly at: readonly number[];
}

/** Which arrows are drawn. */
export type ArrowChoice = "selected" | "all" | "none";

/** What is shown of the data, and how. */
export interface SpaceChoice {
  /** Positions of axes; -1: none. */
  readonly axes: readonly [number, number, number];
  readonly trajectories: boolean;
  readonly equalScale: boolean;
  readonly arrows: ArrowChoice;
  readonly selected: string | null;
  /** Memories and their paths. */
  readonly memories: boolean;
}

/** What an axis spans. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** An arrow of a unit vector that lies in the view is this long, in a cube of side 2. */
const arrowLength = 0.28;

/** Everything that can be selected, in the order of the tables. */
export function itemsOf({ points, slowPoints, cycles }: ReportData): Item[] {
  return [
    ...points.map((p, position) => ({
      id: `point-${p.id}`,
      name: `Point ${p.id}`,
      look: pointLooks[p.stability],
      kind: "point" as const,
      position,
      at: p.at,
    })),
    ...slowPoints.map((p, position) => ({
      id: `slow-${p.id}`,
      name: `Slow point ${p.id}`,
      look: pointLooks.slow,
      kind: "slow" as const,
      position,
      at: p.at,
    })),
    ...cycles.map((c, position) => ({
      id: `cycle-${c.id}`,
      name: `Cycle ${c.id}`,
      look: { ...pointLooks[c.stability], marker: "circle" as const },
      kind: "cycle" as const,
      position,
      at: c.at[0],
    })),
  ];
}

/** Trajectories, unpacked once. */
export interface Unpacked {
  readonly lengths: readonly number[];
  readonly positions: Float32Array;
  readonly logSpeeds: Float32Array;
  readonly times: Float32Array;
}

/** The numbers of the trajectories. */
export function unpack(data: ReportData): Unpacked | null {
  const t = data.trajectories;
  return (
    t && {
      lengths: t.lengths,
      positions: unpackFloats(t.positions),
      logSpeeds: unpackFloats(t.logSpeeds),
      times: unpackFloats(t.times),
    }
  );
}

/**
 * Makes what a view shows for a choice of axes. The data fill a cube; with one scale for all axes where that is asked for,
 * so that angles and distances are true.
 */
export function spaceMaker(
  data: ReportData,
  items: readonly Item[],
  unpacked: Unpacked | null,
  spans = spansOf(data, items, unpacked),
) {
  const none: SpaceContent["lines"] = {
    positions: new Float32Array(0),
    lengths: [],
    slowness: new Float32Array(0),
  };
  const slowness = unpacked ? slownessOf(unpacked.logSpeeds) : new Float32Array(0);
  let last: { key: string; lines: SpaceContent["lines"] } = { key: "", lines: none };

  return (choice: SpaceChoice): SpaceContent => {
    const { axes, selected } = choice;
    const { scales, middle } = scaleOf(spans, choice);
    const place = (at: ArrayLike<number>, offset = 0): Place =>
      axes.map((a, k) => (a < 0 ? 0 : (at[offset + a] - middle[k]) * scales[k])) as unknown as Place;
    const key = `${axes} ${choice.equalScale}`;
    if (unpacked && choice.trajectories && last.key !== key) {
      const count = unpacked.times.length;
      const positions = new Float32Array(3 * count);
      for (let i = 0; i < count; i++)
        for (let k = 0; k < 3; k++) {
          const a = axes[k];
          positions[3 * i + k] =
            a < 0 ? 0 : (unpacked.positions[i * spans.length + a] - middle[k]) * scales[k];
        }
      last = { key, lines: { positions, lengths: unpacked.lengths, slowness } };
    }
    const drawn: readonly { at: readonly number[]; modes: ReportPoint["modes"] }[] =
      choice.arrows === "none"
        ? []
        : items.flatMap((item) => {
            if (item.kind === "cycle" || (choice.arrows === "selected" && item.id !== selected)) return [];
            return [(item.kind === "point" ? data.points : data.slowPoints)[item.position]];
          });
    const direction = (v: readonly number[]) => axes.map((a, k) => (a < 0 ? 0 : v[a] * scales[k]));
    const longest = Math.max(
      1e-12,
      ...drawn.flatMap(({ modes }) => modes.map((m) => Math.hypot(...direction(m.real)))),
    );
    const arrows: SpaceContent["arrows"][number][] = [];
    const planes: SpaceContent["planes"][number][] = [];
    for (const { at, modes } of drawn)
      for (const { real, imaginary, grows } of modes) {
        const centre = place(at);
        const step = direction(real).map((v) => (v * arrowLength) / longest);
        const ahead = (sign: number, v: readonly number[]): Place =>
          centre.map((c, k) => c + sign * v[k]) as unknown as Place;
        if (imaginary !== null) {
          const side = direction(imaginary).map((v) => (v * arrowLength) / longest);
          const places = Array.from({ length: 40 }, (_, i) => {
            const angle = (i * Math.PI) / 20;
            return ahead(
              1,
              step.map((v, k) => v * Math.cos(angle) - side[k] * Math.sin(angle)),
            );
          });
          planes.push({ places, grows });
          continue;
        }
        // Growing modes lead away from the point, others toward it.
        for (const sign of [1, -1]) {
          const tip = ahead(sign, step);
          const near = ahead(
            sign,
            step.map((v) => 0.12 * v),
          );
          arrows.push(grows ? { from: centre, to: tip, grows } : { from: tip, to: near, grows });
        }
      }
    const reach = (k: number) => 1 / scales[k];
    return {
      axes: axes.flatMap((a, k) =>
        a < 0
          ? []
          : [
              {
                label: data.axes[a].label,
                from: short(middle[k] - reach(k)),
                to: short(middle[k] + reach(k)),
              },
            ],
      ),
      lines: choice.trajectories && unpacked ? last.lines : none,
      curves: [
        ...data.cycles.map((c) => ({
          id: `cycle-${c.id}`,
          dashed: true,
          places: [...c.at, c.at[0]].map((at) => place(at)),
        })),
        ...data.attractors
          .filter(({ path }) => path.length > 0)
          .map(({ path, id }) => ({
            id: `attractor-${id}`,
            dashed: false,
            places: path.map((at) => place(at)),
          })),
      ],
      arrows,
      planes,
      ...(choice.memories && data.mechanism
        ? memoryPaths(data.mechanism, place)
        : { strokes: [], labels: [] }),
      markers: items.map(({ id, name, look, at }) => ({ id, name, look, at: place(at) })),
      isFlat: axes[2] < 0,
    };
  };
}

/** The scale of each axis shown, and the middle of the cube along it: places are (coordinate - middle) scale. */
export function scaleOf(
  spans: readonly Span[],
  { axes, equalScale }: Pick<SpaceChoice, "axes" | "equalScale">,
): { scales: readonly number[]; middle: readonly number[] } {
  const half = axes.map((a) => (a < 0 ? 0 : (spans[a].to - spans[a].from) / 2 || 1));
  const largest = Math.max(...half);
  return {
    scales: half.map((h) => 0.94 / ((equalScale ? largest : h) || 1)),
    middle: axes.map((a) => (a < 0 ? 0 : (spans[a].from + spans[a].to) / 2)),
  };
}

/** The paths of memories during the delay, coloured by label, and the attractors they are going to. */
function memoryPaths(
  { memories, paths }: ReportMechanism,
  place: (at: readonly number[]) => Place,
): Pick<SpaceContent, "strokes" | "labels"> {
  const hueOfMemory = memoryHues(memories);
  const strokes: SpaceStroke[] = [];
  const labels: SpaceLabel[] = [];
  const named = new Set<number>();
  for (const [i, { at, end }] of paths.entries()) {
    const colour = hueOfMemory[i];
    const places = at.map((x) => place(x));
    strokes.push({ places, colour, width: 2 });
    const last = places[places.length - 1];
    if (end) strokes.push({ places: [last, place(end)], colour, width: 1.2, dashed: true });
    labels.push({ at: places[0], text: String(memories[i].label), colour });
    labels.push({ at: last, text: "", colour, filled: true });
    const { attractor } = memories[i];
    if (!end || attractor === null || named.has(attractor)) continue;
    named.add(attractor);
    labels.push({ at: place(end), text: `attractor ${attractor}`, colour: neutralHue, below: true });
  }
  return { strokes, labels };
}

const neutralHue: Hue = { colour: "#52606d", bright: "#9fb0c0" };

/** One colour per label, in the order of their first memories. */
export function memoryHues(memories: readonly { readonly label: string | number }[]): Hue[] {
  const seen = [...new Set(memories.map(({ label }) => label))];
  return memories.map(({ label }) => hueOf(seen.indexOf(label)));
}

/** What every axis spans. */
export function spansOf(data: ReportData, items: readonly Item[], unpacked: Unpacked | null): Span[] {
  return data.axes.map((_, a) => span(data, items, unpacked, a));
}

/** What an axis spans: all that can be selected, and nearly all of the trajectories. */
function span(data: ReportData, items: readonly Item[], unpacked: Unpacked | null, a: number): Span {
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const see = (v: number) => {
    if (!Number.isFinite(v)) return;
    from = Math.min(from, v);
    to = Math.max(to, v);
  };
  for (const { at } of items) see(at[a]);
  for (const { at } of data.cycles) for (const x of at) see(x[a]);
  for (const { path } of data.attractors) for (const x of path) see(x[a]);
  for (const { at } of data.mechanism?.paths ?? []) for (const x of at) see(x[a]);
  if (unpacked) {
    // But for a hundredth at each end, so that one far start does not shrink all the rest.
    const along = new Float32Array(unpacked.times.length);
    for (let i = 0; i < along.length; i++) along[i] = unpacked.positions[i * data.axes.length + a];
    along.sort();
    see(along[Math.floor(0.01 * (along.length - 1))]);
    see(along[Math.ceil(0.99 * (along.length - 1))]);
  }
  return to >= from ? { from, to } : { from: -1, to: 1 };
}

/** 0 where as fast as the fastest, 1 where slower than all but a tenth. */
function slownessOf(logSpeeds: Float32Array): Float32Array {
  const sorted = Float32Array.from(logSpeeds).sort();
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  const [slow, fast] = [Math.max(at(0.1), at(1) - 4), at(1)];
  return logSpeeds.map((v) => Math.min(1, Math.max(0, (fast - v) / (fast - slow || 1))));
}
