/** `rnn-dynamics/study`: by which mechanism a network holds a memory, and the study of many networks behind that question. */
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
  type CapacityStudyProgress,
  type CapacityStudyStore,
  capacityStudy,
} from "./capacity/capacityStudy.js";
export {
  type CapacityAtPoint,
  type CapacityMeasure,
  capacitySummary,
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
export type { CapacityDecoding, CapacityStudyConfig } from "./capacity/studyOptions.js";
export type { MeasureOptions } from "./mechanisms/measureOptions.js";
export type { MechanismGrid, MechanismParameters } from "./mechanisms/mechanismGrid.js";
export type { MechanismRow } from "./mechanisms/mechanismRow.js";
export {
  type MechanismStudyConfig,
  type MechanismStudyOptions,
  type MechanismStudyProgress,
  type MechanismStudyStore,
  mechanismStudy,
} from "./mechanisms/mechanismStudy.js";
export { mechanismTable } from "./mechanisms/mechanismTable.js";
export type { TrainedGroup, TrainedNetwork } from "./mechanisms/trainGroup.js";
