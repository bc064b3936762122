/**
 * `rnn-dynamics/report`: results to look at: one page, figures for papers, notebooks and terminals.
 */
export type { WithReadout } from "./axisChoices.js";
export { makeReportData } from "./makeReportData.js";
export type { ReportOptions } from "./prepare.js";
export type {
  ReportAttractor,
  ReportAxis,
  ReportCycle,
  ReportData,
  ReportEnds,
  ReportMechanism,
  ReportMode,
  ReportPoint,
  ReportTrajectories,
} from "./reportData.js";
export { type FigureName, reportFigures } from "./reportFigures.js";
export { type ReportFrame, reportFrame } from "./reportFrame.js";
export { type SaturationCurve, saturationCurve } from "./saturationCurve.js";
export { type Showable, type Shown, show } from "./show.js";
export { type SampleTrajectoriesOptions, sampleTrajectories } from "./trajectories.js";
export { writeReport } from "./writeReport.js";
