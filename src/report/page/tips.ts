import type { ReportData } from "../reportData.js";
import { leading, leadingName, plural, short, slowestMode } from "../words.js";
import type { Unpacked } from "./spaceContent.js";

/** The one line of a state on a trajectory. */
export function stateLine(data: ReportData, { times, logSpeeds }: Unpacked, i: number): string {
  const isMap = data.system.time === "discrete";
  return `${isMap ? "step" : "time"} ${short(times[i])}; speed ${(10 ** logSpeeds[i]).toExponential(2)} per ${isMap ? "step" : "unit of time"}`;
}

/** The one line of a point that is hovered. */
export function itemLine(
  data: ReportData,
  item: { readonly kind: string; readonly position: number },
): string {
  if (item.kind === "cycle") {
    const { period, stability, q } = data.cycles[item.position];
    return `${stability} cycle, period ${period}, q ${q.toExponential(0)}`;
  }
  const point = (item.kind === "point" ? data.points : data.slowPoints)[item.position];
  const { time } = data.system;
  return `${point.stability}, ${plural(point.unstableDimension, "unstable direction")}; ${leadingName(time)} ${leading(point.eigenvalues, time)}; ${slowestMode(point, time)}; q ${point.q.toExponential(0)}`;
}
