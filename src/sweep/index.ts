/** `rnn-dynamics/sweep`: studies of many rows, on one machine or on a cluster, that survive anything. Node only. */
export type { Cell } from "../study/csvText.js";
export type {
  RowMaker,
  RowShape,
  SweepEntry,
  SweepGroup,
  SweepHooks,
  SweepRow,
  SweepStudy,
} from "../study/sweepStudy.js";
export { collectSweep, type SweepCollection } from "./collect.js";
export {
  type DefinedEntry,
  type DefinedRow,
  defineSweep,
  type ParameterGrid,
  type Parameters,
  type ParametersOf,
  type ParameterValue,
  type SweepDefinition,
  type SweepResult,
} from "./defineSweep.js";
export { type SweepEngine, SweepError, type SweepWork } from "./engine.js";
export type { FailureKind, SweepFailure } from "./failure.js";
export { type LocalEngineOptions, localEngine } from "./localEngine.js";
export type { GroupWork } from "./protocol.js";
export { type SlurmEngineOptions, slurmEngine } from "./slurmEngine.js";
export { type SweepStatus, sweepStatus } from "./status.js";
export {
  retrySweepFolder,
  runSweepFolder,
  type SweepFolderOptions,
  type SweepFolderProgress,
} from "./sweep.js";
