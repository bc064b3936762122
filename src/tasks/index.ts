/** `rnn-dynamics/tasks`: trials of working-memory and control tasks, pure functions of options and a seed. */
export {
  type ContextIntegrationLabel,
  type ContextIntegrationOptions,
  type ContextIntegrationTrialSet,
  contextIntegration,
  type ResolvedContextIntegrationOptions,
} from "./contextIntegration.js";
export {
  type DelayedMatchToSampleLabel,
  type DelayedMatchToSampleOptions,
  type DelayedMatchToSampleTrialSet,
  delayedMatchToSample,
} from "./delayedMatchToSample.js";
export { type FlipFlopLabel, type FlipFlopOptions, type FlipFlopTrialSet, flipFlop } from "./flipFlop.js";
export { type ItemStream, type ItemStreamOptions, itemInputs, itemStream } from "./itemStream.js";
export {
  type ParametricWorkingMemoryLabel,
  type ParametricWorkingMemoryOptions,
  type ParametricWorkingMemoryTrialSet,
  parametricWorkingMemory,
  type ResolvedParametricWorkingMemoryOptions,
} from "./parametricWorkingMemory.js";
export { sequentialPatternMatching } from "./sequentialPatternMatching.js";
export {
  type SineGenerationLabel,
  type SineGenerationOptions,
  type SineGenerationTrialSet,
  sineGeneration,
} from "./sineGeneration.js";
export {
  type ResolvedSpmOptions,
  type SpmDigit,
  type SpmLabel,
  type SpmOptions,
  type SpmSequence,
  type SpmTrialSet,
  spmSequence,
} from "./spmSequence.js";
export { spmTrial } from "./spmTrial.js";
export type { StimulusSource } from "./stimulusSource.js";
export type { Interval } from "./timeline.js";
export type { TrialSet } from "./trials.js";
