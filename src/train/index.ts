/** `rnn-dynamics/train`: FORCE and backpropagation through time, in float64. */
export { trainBackprop } from "./backprop.js";
export { type BackpropGradient, type BackpropGradientOptions, backpropGradient } from "./backpropGradient.js";
export type { BackpropOptions } from "./backpropOptions.js";
export type { BackpropCheckpoint, BackpropEpoch, BackpropReport, BackpropStatus } from "./backpropReport.js";
export type { ForceKernelChoice } from "./createForceKernel.js";
export {
  type ForceOptions,
  type ForceReport,
  type ForceUpdate,
  type ResolvedForceOptions,
  trainForce,
} from "./force.js";
export type { ForceCheckpoint, ForceOutcome, ForceProgress } from "./forceCheckpoint.js";
export { createForceNetwork, type ForceNetwork, type ForceNetworkOptions } from "./forceNetwork.js";
export type { ForceTrial, ForceTrials } from "./forceTrial.js";
export { listParameters, type ParameterInfo } from "./parameters.js";
export { type ForceRuns, type RunForceOptions, runForce } from "./runForce.js";
export { type SparseMatrix, toSparse } from "./sparse.js";
export { type ForceWeights, trainedSpec } from "./trainedSpec.js";
export type { TrainingTrials } from "./trainingTrials.js";
