/** `rnn-dynamics/io`: networks and arrays, in and out of files. Runs in Node and in browsers. */
export { applyModelSpec } from "./applyModelSpec.js";
export { checkTrajectory, type Trajectory, type TrajectoryReport } from "./checkTrajectory.js";
export { FileError } from "./fileError.js";
export type { Format } from "./format.js";
export { type Inspection, inspectWeights } from "./inspectWeights.js";
export { type CellJson, cellSchema, fromJSON, toJSON } from "./json.js";
export { readMatlab } from "./matlab.js";
export type { ModelSource } from "./modelSource.js";
export {
  type GruModel,
  type LayerModel,
  type LowRankModel,
  type LstmModel,
  type ModelSpec,
  modelSchema,
  type PiecewiseLinearModel,
  parseModelSpec,
  type RateModel,
  type StackedModel,
  type TensorRef,
  type TensorSource,
  type TensorStack,
  type VanillaModel,
} from "./modelSpec.js";
export { readNpy, writeNpy } from "./npy.js";
export { readNpz, readNpzHeaders, writeNpz } from "./npz.js";
export { type ReadTensorsOptions, readTensors } from "./readTensors.js";
export { type ReadWeightsOptions, readWeights, type TensorUse, type Weights } from "./readWeights.js";
export { modelKey, recognise } from "./recognise.js";
export type { Recognition } from "./recognition.js";
export { readSafetensors, readSafetensorsHeaders, writeSafetensors } from "./safetensors.js";
export type { NamedBytes, Source } from "./source.js";
export type { Tensor, TensorFormat, TensorHeader, TensorHeaders, TensorLike, TensorTable } from "./tensor.js";
export { tensorsOf } from "./tensorsOf.js";
export { readPickle } from "./torch.js";
export type { WriteType } from "./writable.js";
