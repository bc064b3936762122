/**
 * `rnn-dynamics/study`: by which mechanism a network holds a memory, the study of many networks behind that question, and
 * classical measures of how much it can hold.
 */
export {
  type ClassifyMechanismOptions,
  classifyMechanism,
  type LabelledStates,
  type LifetimeKind,
  type LimitKind,
  type MechanismAttractor,
  type MechanismLabel,
  type MechanismMemory,
  type MechanismReport,
  type MechanismSlowPoint,
  type MechanismStage,
  type OriginalLabel,
  type OriginalProtocol,
  type SlowModes,
  type UnclassifiedReason,
} from "../analysis/mechanism.js";
export { type OriginalRuleOptions, type OriginalRuleResult, originalRule } from "../analysis/originalRule.js";
export type { SearchOptions, StartOptions } from "../analysis/searchOptions.js";
export type {
  CapacityNetwork,
  CapacityParameter,
  CapacityPoint,
  CapacitySweep,
} from "./capacity/capacityGrid.js";
export type { CapacityLag, CapacityRow } from "./capacity/capacityRow.js";
export type { CapacitySearch } from "./capacity/capacitySearch.js";
export {
  type CapacityStudyOptions,
  capacityStudy,
} from "./capacity/capacityStudy.js";
export {
  type CapacityAtPoint,
  type CapacityAxis,
  type CapacityMeasure,
  capacitySummary,
  lagSummary,
  type RankCorrelation,
  type SweepSummary,
} from "./capacity/capacitySummary.js";
export { capacityTable } from "./capacity/capacityTable.js";
export {
  type DecoderName,
  type DecodingOptions,
  type DecodingReport,
  decodeItems,
  type LagDecoding,
} from "./capacity/decodeItems.js";
export type { DecodingBaselines, DecodingScores } from "./capacity/decodingScores.js";
export { type ReservoirOptions, type ReservoirVariant, reservoirSpec } from "./capacity/reservoir.js";
export {
  type ReservoirRecording,
  type ReservoirStatesOptions,
  reservoirStates,
} from "./capacity/reservoirStates.js";
export type { CapacityDecoding, CapacityStudyConfig } from "./capacity/studyOptions.js";
export type { CapacityEstimator } from "./measures/capacityOfTargets.js";
export type { DriveOptions, InputLaw, ResolvedDriveOptions } from "./measures/drive.js";
export {
  type DrivenLyapunovOptions,
  type DrivenLyapunovReport,
  drivenLyapunov,
  type ResolvedDrivenLyapunovOptions,
} from "./measures/drivenLyapunov.js";
export {
  type EchoStateCheckOptions,
  type EchoStateReport,
  echoStateCheck,
  type ResolvedEchoStateCheckOptions,
} from "./measures/echoStateCheck.js";
export type { Estimate } from "./measures/estimate.js";
export {
  type FisherMemoryOptions,
  type FisherMemoryReport,
  fisherMemory,
  type ResolvedFisherMemoryOptions,
} from "./measures/fisherMemory.js";
export {
  type CapacityTerm,
  type DegreeCapacity,
  type InformationProcessingCapacityOfStatesOptions,
  type InformationProcessingCapacityOptions,
  type InformationProcessingCapacityReport,
  informationProcessingCapacity,
  informationProcessingCapacityOfStates,
  type ResolvedInformationProcessingCapacityOfStatesOptions,
  type ResolvedInformationProcessingCapacityOptions,
} from "./measures/informationProcessingCapacity.js";
export type { LegendreTerm } from "./measures/legendreTerms.js";
export {
  type LinearMemoryCapacityOptions,
  type LinearMemoryCapacityReport,
  linearMemoryCapacity,
  type ResolvedLinearMemoryCapacityOptions,
} from "./measures/linearMemoryCapacity.js";
export {
  type MemoryCapacityOfStatesOptions,
  type MemoryCapacityOptions,
  type MemoryCapacityReport,
  memoryCapacity,
  memoryCapacityOfStates,
  type ResolvedMemoryCapacityOfStatesOptions,
  type ResolvedMemoryCapacityOptions,
} from "./measures/memoryCapacity.js";
export {
  type ParticipationRatioOptions,
  type ParticipationRatioReport,
  participationRatio,
} from "./measures/participationRatio.js";
export type { MeasureOptions } from "./mechanisms/measureOptions.js";
export type { MechanismGrid, MechanismParameters } from "./mechanisms/mechanismGrid.js";
export type { MechanismRow } from "./mechanisms/mechanismRow.js";
export {
  type MechanismStudyConfig,
  type MechanismStudyOptions,
  mechanismStudy,
} from "./mechanisms/mechanismStudy.js";
export { mechanismTable } from "./mechanisms/mechanismTable.js";
export type { TrainedGroup, TrainedNetwork } from "./mechanisms/trainGroup.js";
export type { SweepProgress, SweepRunOptions, SweepStore } from "./runSweep.js";
export type { SweepRow } from "./sweepStudy.js";
