import type { AnalysisAttractor, AnalysisCycle, AnalysisPoint, ComplexPair } from "../analysis/analyze.js";
import type { Completeness } from "../analysis/completeness.js";
import type { MechanismReport } from "../analysis/mechanismReport.js";
import type { Outcome } from "../core/outcome.js";
import type { Time } from "../core/system.js";
import type { CertificateSummary } from "../proof/index.js";

/** Everything a report's page knows, as plain JSON. Coordinates are along the report's axes, in the order of `axes`. */
export interface ReportData {
  readonly title: string;
  readonly version: string;
  readonly network: { readonly file: string; readonly kind: string; readonly recognised: string } | null;
  readonly system: { readonly time: Time; readonly dimension: number; readonly inputDimension: number };
  readonly input: readonly number[];
  readonly kernel: string;
  readonly axes: readonly ReportAxis[];
  /** The axes shown first, as positions in `axes`; up to three. */
  readonly shown: readonly number[];
  readonly points: readonly ReportPoint[];
  readonly slowPoints: readonly ReportPoint[];
  readonly cycles: readonly ReportCycle[];
  readonly attractors: readonly ReportAttractor[];
  readonly trajectories: ReportTrajectories | null;
  readonly starts: readonly { readonly outcome: Outcome; readonly count: number }[];
  /** How each start ended; null in analyses of before this was recorded. */
  readonly ends: ReportEnds | null;
  readonly completeness: Omit<Completeness, "condition"> & { readonly distinct?: number };
  readonly mechanism: ReportMechanism | null;
  readonly options: unknown;
  /** What was left out or thinned, in sentences. */
  readonly notes: readonly string[];
}

/** One direction to look along. */
export interface ReportAxis {
  readonly name: string;
  readonly label: string;
  /** Axes of one group share a unit. */
  readonly group: "pc" | "output" | "mode" | "state";
}

/** A fixed or slow point. */
export interface ReportPoint extends Omit<AnalysisPoint, "state"> {
  readonly at: readonly number[];
  readonly readout: readonly number[] | null;
  readonly certificate: CertificateSummary | null;
  /** The modes drawn as arrows. */
  readonly modes: readonly ReportMode[];
}

/** A direction that grows or decays slowly; a pair spans a plane. */
export interface ReportMode {
  readonly eigenvalue: ComplexPair;
  readonly timeConstant: number | null;
  readonly grows: boolean;
  /** Real part of the unit vector, along the axes. */
  readonly real: readonly number[];
  /** Imaginary part; null for a real eigenvalue. */
  readonly imaginary: readonly number[] | null;
}

/** A cycle of steps. */
export interface ReportCycle extends Omit<AnalysisCycle, "states"> {
  readonly at: readonly (readonly number[])[];
  readonly certificate: CertificateSummary | null;
}

/** Where trajectories end. */
export interface ReportAttractor extends Omit<AnalysisAttractor, "state"> {
  /** States along it where no point or cycle of the lists shows it; else empty. */
  readonly path: readonly (readonly number[])[];
}

/** Trajectories, sample after sample; numbers are float32 in base64. */
export interface ReportTrajectories {
  /** Samples of each. */
  readonly lengths: readonly number[];
  /** Samples x axes. */
  readonly positions: string;
  /** log10 of the speed at each sample. */
  readonly logSpeeds: string;
  /** The time of each sample, in steps or units of time. */
  readonly times: string;
}

/** By which mechanism memories are held, and where they go. */
export interface ReportMechanism
  extends Pick<
    MechanismReport,
    "label" | "unclassified" | "confidence" | "runnerUp" | "reasons" | "checks" | "memories" | "separability"
  > {
  /** Of each memory its states during the delay, and where on its attractor it is going; empty where not known. */
  readonly paths: readonly {
    readonly at: readonly (readonly number[])[];
    readonly end: readonly number[] | null;
  }[];
}

/** How the search from each start ended. */
export interface ReportEnds {
  readonly outcome: readonly Outcome[];
  readonly q: readonly (number | null)[];
  readonly point: readonly number[];
}
