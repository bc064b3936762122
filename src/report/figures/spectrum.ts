import type { ComplexPair } from "../../analysis/analyze.js";
import type { Time } from "../../core/system.js";
import { axes, type ChartAxis, type Frame, marker, roundTicks } from "../chart.js";
import type { Look } from "../looks.js";
import { type SvgNode, svg } from "../svg.js";

/** Eigenvalues drawn with one look. */
export interface Spectrum {
  readonly look: Look;
  readonly values: readonly ComplexPair[];
}

/**
 * The complex plane with eigenvalues, and the border between decay and growth: the unit circle (maps) or the
 * imaginary axis (flows). Both axes have one scale.
 */
export function spectrumPlane(
  frame: Frame,
  title: string,
  time: Time,
  spectra: readonly Spectrum[],
): SvgNode[] {
  const all = spectra.flatMap(({ values }) => values);
  const isMap = time === "discrete";
  const border = isMap ? 1 : 0;
  let [left, right, high] = [isMap ? -1 : 0, border, isMap ? 1 : 0];
  for (const [re, im] of all) {
    if (!Number.isFinite(re) || !Number.isFinite(im)) continue;
    left = Math.min(left, re);
    right = Math.max(right, re);
    high = Math.max(high, Math.abs(im));
  }
  const room = 0.06 * (Math.max(right - left, 2 * high) || 1);
  const perUnit = Math.min(frame.width / (right - left + 2 * room), frame.height / (2 * high + 2 * room));
  const middle = (left + right) / 2;
  const [halfWidth, halfHeight] = [frame.width / perUnit / 2, frame.height / perUnit / 2];
  const unit = isMap ? "per step" : "per unit of time";
  const x: ChartAxis = {
    label: `real part (${unit})`,
    from: middle - halfWidth,
    to: middle + halfWidth,
    ticks: roundTicks(middle - halfWidth, middle + halfWidth),
  };
  const y: ChartAxis = {
    label: `imaginary part (${unit})`,
    from: -halfHeight,
    to: halfHeight,
    ticks: roundTicks(-halfHeight, halfHeight),
  };
  const { parts, toX, toY } = axes(frame, title, x, y);
  parts.push(
    isMap
      ? svg("circle", {
          cx: toX(0),
          cy: toY(0),
          r: perUnit,
          fill: "none",
          stroke: "#333",
          "stroke-width": 1.2,
        })
      : svg("path", {
          d: `M${toX(0)},${frame.top}v${frame.height}`,
          stroke: "#333",
          "stroke-width": 1.2,
        }),
  );
  for (const { look, values } of spectra)
    for (const [re, im] of values)
      if (Number.isFinite(re) && Number.isFinite(im))
        parts.push(
          marker(look.marker, toX(re), toY(im), 3.4, look.colour, {
            "fill-opacity": 0.75,
          }),
        );
  return parts;
}
