/** `rnn-dynamics/study`: by which mechanism a network holds a memory. */
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
