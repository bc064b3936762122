import type { Analysis } from "../analysis/analyze.js";
import type { DynamicalSystem } from "../core/system.js";
import type { WithReadout } from "./axisChoices.js";
import { pageScript, pageScriptHash, pageStyle, pageStyleHash } from "./pageCode.js";
import { prepareReport, type ReportOptions } from "./prepare.js";
import type { ReportData } from "./reportData.js";
import { escaped } from "./svg.js";

/**
 * One page to look at: a self-contained HTML file with the state space to turn, the points and their spectra, speeds,
 * how every start ended, and what speaks for completeness. It opens from disk, asks nothing of any network, and may
 * run no script but its own (a content security policy with hashes): names from a weight file are text in it.
 *
 * `system` is the one analysed: it gives the readout, eigenvectors and speeds. `trajectories` are drawn; without them
 * only points are. What is more than the limits of the options is thinned, and the page says so. The same arguments
 * give the same bytes.
 *
 * Throws for wrong arguments: an analysis or trajectories of another dimension, an unknown axis. An eigen-decomposition
 * per point, O(points D^3), and O(samples D) for the coordinates. The page alone has about 0.6 MB.
 *
 * @example
 * const cell = buildCell({ kind: "vanilla", activation: "tanh", recurrent: [[2, 0], [0, 0.5]] });
 * const starts = defaultStarts(cell);
 * const trajectories = sampleTrajectories(cell, starts);
 * const html = writeReport(cell, analyze(cell, starts), { trajectories, title: "Two units" });
 * html.includes("<title>Two units"); // => true
 */
export function writeReport(
  system: DynamicalSystem & WithReadout,
  analysis: Analysis,
  options?: ReportOptions,
): string {
  return htmlOf(prepareReport("writeReport", system, analysis, options));
}

/** The page of prepared data. */
export function htmlOf(data: ReportData): string {
  const policy = [
    "default-src 'none'",
    `script-src '${pageScriptHash}'`,
    `style-src '${pageStyleHash}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  // Nothing in JSON but strings has a <, and in these \u003c means the same: no element can end or begin here.
  const json = JSON.stringify(data).replaceAll("<", "\\u003c");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(data.title)} - rnn-dynamics</title>
<style>${pageStyle}</style>
</head>
<body>
<main id="report"><noscript>This report draws itself with a script, and scripts are turned off here.</noscript></main>
<script type="application/json" id="data">${json}</script>
<script>${pageScript}</script>
</body>
</html>
`;
}
