import type { Time } from "../../core/system.js";
import { axes, type Frame, powerTicks, roundTicks, text, through } from "../chart.js";
import { type SvgNode, svg } from "../svg.js";

/** Trajectories as the speed chart sees them: sample after sample. */
export interface SpeedData {
  readonly lengths: readonly number[];
  readonly times: ArrayLike<number>;
  /** log10 of the speed. */
  readonly logSpeeds: ArrayLike<number>;
}

/** Single trajectories drawn, and samples along each and along the median, at most. */
const mostLines = 40;
const mostSamples = 120;

/** Speed along trajectories: some of them, and the median and quartiles of all. */
export function speedChart(frame: Frame, title: string, time: Time, data: SpeedData): SvgNode[] {
  const { lengths, times, logSpeeds } = data;
  let latest = 0;
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < times.length; i++) {
    latest = Math.max(latest, times[i]);
    low = Math.min(low, logSpeeds[i]);
    high = Math.max(high, logSpeeds[i]);
  }
  if (!(high > low)) [low, high] = [low - 1, low + 1];
  [low, high] = [Math.floor(low), Math.ceil(high)];
  const isMap = time === "discrete";
  const { parts, toX, toY } = axes(
    frame,
    title,
    {
      label: isMap ? "time (steps)" : "time (in the unit of tau)",
      from: 0,
      to: latest || 1,
      ticks: roundTicks(0, latest || 1),
    },
    {
      label: `speed |residual| (state per ${isMap ? "step" : "unit of time"})`,
      from: low,
      to: high,
      ticks: powerTicks(low, high),
    },
  );
  const offsets = [0];
  for (const n of lengths) offsets.push(offsets[offsets.length - 1] + n);
  const every = Math.max(1, Math.ceil(lengths.length / mostLines));
  for (let k = 0; k < lengths.length; k += every) {
    const stride = Math.max(1, Math.ceil(lengths[k] / mostSamples));
    const places: (readonly [number, number])[] = [];
    for (let i = offsets[k]; i < offsets[k + 1]; i += stride) places.push([toX(times[i]), toY(logSpeeds[i])]);
    parts.push(
      svg("path", {
        d: through(places),
        fill: "none",
        stroke: "#9aa5b1",
        "stroke-width": 0.6,
      }),
    );
  }
  const longest = lengths.indexOf(Math.max(...lengths));
  const stride = Math.max(1, Math.ceil(lengths[longest] / mostSamples));
  const quartiles: { x: number; values: number[] }[] = [];
  for (let j = 0; j < lengths[longest]; j += stride) {
    const values = lengths
      .flatMap((n, k) => (j < n ? [logSpeeds[offsets[k] + j]] : []))
      .sort((a, b) => a - b);
    const at = (share: number) => values[Math.round(share * (values.length - 1))];
    quartiles.push({ x: toX(times[offsets[longest] + j]), values: [at(0.25), at(0.5), at(0.75)].map(toY) });
  }
  const curve = (k: number) => quartiles.map(({ x, values }) => [x, values[k]] as const);
  parts.push(
    svg("path", {
      d: `${through([...curve(0), ...curve(2).reverse()])}Z`,
      fill: "#0072B2",
      "fill-opacity": 0.18,
      stroke: "none",
    }),
    svg("path", { d: through(curve(1)), fill: "none", stroke: "#0072B2", "stroke-width": 2 }),
    text(frame.left + frame.width - 6, frame.top + 16, "median and quartiles", {
      "text-anchor": "end",
      "font-size": 11,
      fill: "#0072B2",
    }),
  );
  return parts;
}
