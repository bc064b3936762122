/**
 * rnn-dynamics: how a trained recurrent neural network computes.
 *
 * The main door: browser and Node, no file system. Weight files are read by `rnn-dynamics/io`.
 */

// Finders
export {
  type Analysis,
  type AnalysisAttractor,
  type AnalysisCycle,
  type AnalysisPoint,
  type AnalysisStage,
  type AnalyzeOptions,
  analyze,
  type ComplexPair,
} from "./analysis/analyze.js";
export {
  type Attractor,
  type AttractorReport,
  type AttractorType,
  type FindAttractorsOptions,
  findAttractors,
} from "./analysis/attractors.js";
export type { Completeness, Verdict } from "./analysis/completeness.js";
export { type Cycle, type CycleReport, type FindCyclesOptions, findCycles } from "./analysis/cycles.js";
export {
  type FindFixedPointsOptions,
  type FixedPoint,
  type FixedPointReport,
  findFixedPoints,
  type StartsReport,
} from "./analysis/fixedPoints.js";
export type { KernelName } from "./analysis/kernelName.js";
export {
  type Linearization,
  type LinearizeOptions,
  type LinearizeSlowestOptions,
  linearize,
} from "./analysis/linearize.js";
export type { SlowestLinearization } from "./analysis/linearizeSlowest.js";
export type { ComplexArray, Mode } from "./analysis/modes.js";
// Trajectories and starts
export {
  type ResolvedSimulateOptions,
  type SimulateOptions,
  type Simulation,
  type SimulationOutcome,
  simulate,
} from "./analysis/simulate.js";
export {
  type FindSlowPointsOptions,
  findSlowPoints,
  type SlowPoint,
  type SlowPointKind,
  type SlowPointReport,
} from "./analysis/slowPoints.js";
export type { Stability } from "./analysis/stability.js";
export {
  type DefaultStartsOptions,
  defaultStarts,
  type SampleStartsOptions,
  sampleStarts,
} from "./analysis/starts.js";
// Trained networks
export { buildCell } from "./cells/build.js";
export type { Cell } from "./cells/cell.js";
export { type RandomSpecOptions, randomSpec } from "./cells/initialise.js";
export { fullRankSpec } from "./cells/lowRank.js";
export type * from "./cells/spec.js";
// Failures and randomness
export { ArgumentError, type Rows } from "./core/check.js";
export { type Outcome, outcomeMeaning } from "./core/outcome.js";
export { createRandom, type Random } from "./core/random.js";
// The noun, and systems of your own
export type { Domain, DynamicalSystem, Family, Matrix, Time, Vector } from "./core/system.js";
export { exponent, q, residual, residualJacobian, speed } from "./core/system.js";
// Methods the finders use; `rnn-dynamics/methods` has more
export { automatic } from "./solve/automatic.js";
export { dogleg } from "./solve/dogleg.js";
export { levenbergMarquardt } from "./solve/levenbergMarquardt.js";
export type { Iterate, Method, Stepper } from "./solve/loop.js";
export type { Problem } from "./solve/problem.js";
export { type DomainSpec, type FlowSpec, flow, type MapSpec, map } from "./systems/custom.js";
// Systems made from systems
export { type DiscretizeOptions, discretize } from "./systems/discretize.js";
export { type FlowMapOptions, flowMap } from "./systems/flowMap.js";
export { iterate } from "./systems/iterate.js";
export { type ReturnMap, type ReturnMapOptions, returnMap } from "./systems/returnMap.js";
export { withInput } from "./systems/withInput.js";
