import type { Analysis } from "../analysis/analyze.js";
import type { DynamicalSystem } from "../core/system.js";
import type { WithReadout } from "./axisChoices.js";
import { prepareReport, type ReportOptions } from "./prepare.js";
import type { ReportData } from "./reportData.js";

/**
 * What the page of {@link writeReport} knows, as plain JSON, for pages of your own: points with their spectra and modes,
 * cycles, attractors, trajectories, projected on axes to look along.
 *
 * Throws for wrong arguments, as `writeReport`. An eigen-decomposition per point, O(points D^3); `maxModes: 0` spares it.
 *
 * @example
 * const cell = buildCell({ kind: "vanilla", activation: "tanh", recurrent: [[2, 0], [0, 0.5]] });
 * const { axes, points } = makeReportData(cell, analyze(cell, defaultStarts(cell)), { maxModes: 0 });
 * axes.map(({ name }) => name); // => ["x1", "x2"]
 * points.length; // => 3
 */
export function makeReportData(
  system: DynamicalSystem & WithReadout,
  analysis: Analysis,
  options?: ReportOptions,
): ReportData {
  return prepareReport("makeReportData", system, analysis, options);
}
