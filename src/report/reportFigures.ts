import type { Analysis } from "../analysis/analyze.js";
import type { DynamicalSystem } from "../core/system.js";
import type { WithReadout } from "./axisChoices.js";
import { legend, picture } from "./chart.js";
import { qHistogram } from "./figures/qHistogram.js";
import { saturationChart } from "./figures/saturation.js";
import { spectrumPlane } from "./figures/spectrum.js";
import { speedChart } from "./figures/speedChart.js";
import { statePlane } from "./figures/statePlane.js";
import { unpackFloats } from "./floats.js";
import { pointLooks } from "./looks.js";
import { looksOf } from "./looksOf.js";
import { prepareReport, type ReportOptions } from "./prepare.js";
import type { ReportData } from "./reportData.js";
import { kindsOf, plural } from "./words.js";

/** The names of the figures of {@link reportFigures}. */
export type FigureName = "state-space" | "eigenvalues" | "q-histogram" | "saturation" | "speed";

const [width, height] = [560, 480];
const frame = { left: 64, top: 34, width: 472, height: 370 };

/** Eigenvalues drawn, at most; of more, the largest of every point. */
const mostEigenvalues = 4000;

/**
 * Figures for papers: the plane of the first two axes, the eigenvalues of all points, how far each search came (q),
 * how many points so many starts find (saturation), and the speed along trajectories. Plain SVG, black on white, no script: shapes tell what colours tell, axes name
 * their units.
 *
 * Returns the text of each figure by name; those that there is nothing to draw for are absent (`speed` without
 * trajectories). Throws as {@link writeReport} does; costs as much.
 *
 * @example
 * const bistable = map({ dimension: 1, step: (x, u, out) => { out[0] = Math.tanh(2 * x[0]); } });
 * const starts = [[-1], [0.1], [1]];
 * const figures = reportFigures(bistable, analyze(bistable, starts));
 * Object.keys(figures); // => ["state-space", "eigenvalues", "q-histogram", "saturation"]
 */
export function reportFigures(
  system: DynamicalSystem & WithReadout,
  analysis: Analysis,
  options?: ReportOptions,
): Partial<Record<FigureName, string>> {
  return figuresOf(prepareReport("reportFigures", system, analysis, options));
}

/** The figures of prepared data. */
export function figuresOf(data: ReportData): Partial<Record<FigureName, string>> {
  const { points, slowPoints, system, trajectories, ends } = data;
  const looks = looksOf(data);
  const names = legend(70, height - 14, looks, 105);
  const sentence = `${plural(points.length, "fixed point")}${points.length > 0 ? ` (${kindsOf(points)})` : ""}, ${plural(slowPoints.length, "slow point")}, ${plural(data.cycles.length, "cycle")}.`;
  const per = Math.max(1, Math.floor(mostEigenvalues / Math.max(1, points.length + slowPoints.length)));
  const spectra = [
    ...points.map((p) => ({ look: pointLooks[p.stability], values: p.eigenvalues.slice(0, per) })),
    ...slowPoints.map((p) => ({ look: pointLooks.slow, values: p.eigenvalues.slice(0, per) })),
  ];
  const some = points.some((p) => p.eigenvalues.length > per) ? ` (the ${per} largest of each)` : "";
  return {
    "state-space": picture(width, height, `State space: ${data.title}`, sentence, [
      statePlane(frame, "State space", data),
      names,
    ]),
    ...(spectra.length > 0 && {
      eigenvalues: picture(
        width,
        height,
        `Eigenvalues: ${data.title}`,
        `Eigenvalues of dF/dx at every point${some}; ${system.time === "discrete" ? "inside the unit circle" : "left of the imaginary axis"} a mode decays. ${sentence}`,
        [spectrumPlane(frame, `Eigenvalues at all points${some}`, system.time, spectra), names],
      ),
    }),
    ...(ends && {
      "q-histogram": picture(
        width,
        height - 30,
        `Where the searches ended: ${data.title}`,
        `q at the end of the search from each of ${plural(ends.q.length, "start")}, by how it ended.`,
        qHistogram(frame, "Where the searches ended", ends),
      ),
    }),
    ...(ends?.point.some((point) => point >= 0) && {
      saturation: picture(
        width,
        height - 30,
        `Saturation: ${data.title}`,
        `How many different fixed points so many of ${plural(ends.point.length, "start")} find on average.`,
        saturationChart(frame, "Saturation of the search", ends.point),
      ),
    }),
    ...(trajectories && {
      speed: picture(
        width,
        height - 30,
        `Speed: ${data.title}`,
        `Speed along ${plural(trajectories.lengths.length, "trajectory", "trajectories")}: some of them, the median and the quartiles.`,
        speedChart(frame, "Speed along trajectories", system.time, {
          lengths: trajectories.lengths,
          times: unpackFloats(trajectories.times),
          logSpeeds: unpackFloats(trajectories.logSpeeds),
        }),
      ),
    }),
  };
}
