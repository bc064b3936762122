import { activity } from "./activity.js";
import { classifyDelay } from "./classify.js";
import { depth } from "./depth.js";
import { forgetting } from "./forgetting.js";
import { freeRuns } from "./freeRuns.js";
import { interruption } from "./interruption.js";
import { landscape } from "./landscape.js";
import { type MeasureOptions, resolveMeasureOptions } from "./measureOptions.js";
import { type MechanismProvenance, type MechanismRow, mechanismRowSchema } from "./mechanismRow.js";
import { checkSubject, type MechanismSubject, taskOf } from "./mechanismSubject.js";
import { noise } from "./noise.js";
import { originalLabels } from "./originalLabels.js";
import { finite } from "./response.js";
import { spectra } from "./spectra.js";
import { trialTypes } from "./spmCases.js";
import { success } from "./success.js";
import { trialEnds } from "./trialEnds.js";
import { evidenceOf, verdictOf } from "./verdict.js";

export type { MeasureOptions } from "./measureOptions.js";
export type { MechanismProvenance, MechanismRow } from "./mechanismRow.js";

/**
 * All that the mechanisms study measures on one trained network, as one row of plain data: success, the mechanism it
 * remembers by, forgetting, robustness to noise and interruption, attractors, speeds, spectra, activity.
 *
 * A network that does not solve the task gets no mechanism. One that is far from solving it (`fullFrom`) is measured
 * in brief: forgetting, noise, interruption, landscape and evidence are null. The same arguments give the same bytes.
 * Throws for wrong arguments only.
 *
 * Cost: about a million steps of one run, O(density N^2) each, besides the classification, two eigenvalue problems and
 * one for each fixed point; N = 300: 4 to 16 s, in brief 1 s.
 *
 * Source: Ghazizadeh & Ching (2021), PLoS Comput Biol 17(9): e1009366; tests from the authors' code, its faults mended.
 */
export function measureNetwork(
  subject: MechanismSubject,
  { parameters, trained, kernel, study = "" }: MechanismProvenance,
  options?: MeasureOptions,
): MechanismRow {
  const where = "measureNetwork";
  checkSubject(where, subject);
  const o = resolveMeasureOptions(where, options);
  const [seed] = o.stimulusSeeds;
  const { options: task, dt } = taskOf(subject, 4, 0);

  const ends = trialEnds(subject);
  const reached = success(subject, ends, {
    seeds: o.stimulusSeeds,
    threshold: o.threshold,
    share: o.share,
  });
  const solved = reached.solved && trained.outcome === "ok";
  const full = solved || reached.decided >= o.fullFrom;
  const active = activity(subject, ends, { seed });
  const free = freeRuns(subject, ends, { copies: full ? o.copies : 0 });

  const classify = (states: Float64Array, label: (first: number, second: number) => number) =>
    classifyDelay(
      subject,
      states,
      Array.from({ length: 16 }, (_, c) => label(...trialTypes[c & 3])),
      { solved, horizon: o.horizon },
    );
  const report = full ? classify(active.afterStimulus1, (first) => first) : null;
  const report2 =
    full && o.delay2 ? classify(active.afterStimulus2, (first, second) => first + second) : null;
  const verdict = report && verdictOf(report);
  return {
    schema: mechanismRowSchema,
    id: parameters.id,
    study,
    parameters,
    training: {
      outcome: trained.outcome,
      failedAt: trained.failedAt,
      answerError: finite(trained.lastErrors[0]),
      memoryError: finite(trained.lastErrors[1]),
      kernel,
    },
    solved,
    measured: full ? "full" : "brief",
    success: reached,
    mechanism: verdict?.label ?? "unclassified",
    reason: verdict ? verdict.reason : "not learned",
    confidence: verdict?.confidence ?? null,
    runnerUp: verdict?.runnerUp ?? null,
    evidence: report && evidenceOf(report, dt),
    delay2: report2 && verdictOf(report2),
    original: originalLabels(free, Math.max(...task.encoding.map(Math.abs))),
    activity: {
      saturationDelay: active.saturationDelay,
      saturationResponse: active.saturationResponse,
      phasicIndex: active.phasicIndex,
      phasicIndexDelay2: active.phasicIndexDelay2,
    },
    spectra: spectra(subject),
    depth: depth(subject, free),
    landscape: report && landscape(subject, free, report.attractors),
    forgetting: full ? forgetting(subject, ends, { extensions: o.extensions, seed }) : null,
    noise: full
      ? noise(subject, ends, { biased: o.biased, zeroMean: o.zeroMean, noiseSeeds: o.noiseSeeds, seed })
      : null,
    interruption: full ? interruption(subject, ends, { fractions: o.fractions, seed }) : null,
    options: o,
  };
}
