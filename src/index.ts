/**
 * rnn-dynamics: how a trained recurrent neural network computes.
 *
 * The main door: browser and Node, no file system. Weight files are read by `rnn-dynamics/io`.
 */

// Types of options and reports
export type * from "./analysis/analyze.js";
// Finders
export { analyze } from "./analysis/analyze.js";
export type * from "./analysis/attractors.js";
export { findAttractors } from "./analysis/attractors.js";
export type * from "./analysis/completeness.js";
export type * from "./analysis/cycles.js";
export { findCycles } from "./analysis/cycles.js";
export type * from "./analysis/fixedPoints.js";
export { findFixedPoints } from "./analysis/fixedPoints.js";
export type * from "./analysis/linearize.js";
export { linearize } from "./analysis/linearize.js";
export type * from "./analysis/simulate.js";
// Trajectories and starts
export { simulate } from "./analysis/simulate.js";
export type * from "./analysis/slowPoints.js";
export { findSlowPoints } from "./analysis/slowPoints.js";
export type { Stability } from "./analysis/stability.js";
export type * from "./analysis/starts.js";
export { defaultStarts, sampleStarts } from "./analysis/starts.js";
// Trained networks
export { buildCell } from "./cells/build.js";
export type { Cell } from "./cells/cell.js";
export { randomSpec } from "./cells/initialise.js";
export { fullRankSpec } from "./cells/lowRank.js";
export type * from "./cells/spec.js";
// Failures and randomness
export { ArgumentError, type Rows } from "./core/check.js";
export { type Outcome, outcomeMeaning } from "./core/outcome.js";
export { createRandom, type Random } from "./core/random.js";
// The noun, and systems of your own
export type { Domain, DynamicalSystem, Family, Matrix, Time, Vector } from "./core/system.js";
export { exponent, q, residual, residualJacobian, speed } from "./core/system.js";
// Methods the finders can use
export { adam } from "./solve/adam.js";
export { dogleg } from "./solve/dogleg.js";
export { lbfgs } from "./solve/lbfgs.js";
export { levenbergMarquardt } from "./solve/levenbergMarquardt.js";
export type { Iterate, Method, Stepper } from "./solve/loop.js";
export { newton } from "./solve/newton.js";
export type { Problem } from "./solve/problem.js";
export { flow, map } from "./systems/custom.js";
// Systems made from systems
export { discretize } from "./systems/discretize.js";
export { flowMap } from "./systems/flowMap.js";
export { iterate } from "./systems/iterate.js";
export { returnMap } from "./systems/returnMap.js";
export { withInput } from "./systems/withInput.js";
