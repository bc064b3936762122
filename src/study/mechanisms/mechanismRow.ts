import type { ForceOutcome } from "../../train/forceCheckpoint.js";
import type { ActivityReport } from "./activity.js";
import type { Depth } from "./depth.js";
import type { ForgettingReport } from "./forgetting.js";
import type { Interruption } from "./interruption.js";
import type { LandscapeReport } from "./landscape.js";
import type { ResolvedMeasureOptions } from "./measureOptions.js";
import type { MechanismParameters } from "./mechanismGrid.js";
import type { NoiseReport } from "./noise.js";
import type { OriginalLabels } from "./originalLabels.js";
import type { SpectraReport } from "./spectra.js";
import type { SuccessReport } from "./success.js";
import type { TrainedNetwork } from "./trainGroup.js";
import type { Verdict, VerdictEvidence } from "./verdict.js";

/** Where a network comes from, for its row. */
export interface MechanismProvenance {
  readonly parameters: MechanismParameters;
  readonly trained: Pick<TrainedNetwork, "outcome" | "failedAt" | "lastErrors">;
  /** The kernel it was trained with. */
  readonly kernel: string;
  /** Digest of the study's configuration. @defaultValue `""` */
  readonly study?: string;
}

/** Names the shape of {@link MechanismRow}; changes when that does. */
export const mechanismRowSchema = "rnn-dynamics/mechanism-row@1";

/**
 * All that the mechanisms study measures on one network: plain data, the same when read back from JSON. What is not
 * finite, or was not measured, is null. Times in tau.
 */
export interface MechanismRow {
  readonly schema: typeof mechanismRowSchema;
  readonly id: string;
  /** Digest of the configuration: rows of one study have the same. */
  readonly study: string;
  readonly parameters: MechanismParameters;
  readonly training: {
    readonly outcome: ForceOutcome;
    readonly failedAt: number;
    /** Mean error of z and of z_d before the updates, over the last tenth of the trials. */
    readonly answerError: number | null;
    readonly memoryError: number | null;
    readonly kernel: string;
  };
  /** Whether it passes the gate of `success` (and its training did not fail). */
  readonly solved: boolean;
  /** "brief": it is too far from solving the task for robustness, landscape and classification to mean anything. */
  readonly measured: "full" | "brief";
  readonly success: SuccessReport;
  /** How it remembers in delay 1; "unclassified" unless solved. */
  readonly mechanism: Verdict["label"];
  readonly reason: Verdict["reason"];
  readonly confidence: number | null;
  readonly runnerUp: Verdict["runnerUp"];
  readonly evidence: VerdictEvidence | null;
  /** How it remembers the sum in delay 2; null unless asked for. */
  readonly delay2: Verdict | null;
  readonly original: OriginalLabels;
  readonly activity: Omit<ActivityReport, "afterStimulus1" | "afterStimulus2">;
  readonly spectra: SpectraReport;
  readonly depth: readonly Depth[];
  readonly landscape: LandscapeReport | null;
  readonly forgetting: ForgettingReport | null;
  readonly noise: NoiseReport | null;
  readonly interruption: readonly Interruption[] | null;
  readonly options: ResolvedMeasureOptions;
}
