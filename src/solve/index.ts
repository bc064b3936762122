/** `rnn-dynamics/methods`: every method that can be handed to a finder, those kept for comparison included. */
export { type AdamOptions, adam } from "./adam.js";
export { automatic } from "./automatic.js";
export { dogleg } from "./dogleg.js";
export { type LbfgsOptions, lbfgs } from "./lbfgs.js";
export { levenbergMarquardt } from "./levenbergMarquardt.js";
export type { Iterate, Method, Stepper } from "./loop.js";
export { newton } from "./newton.js";
export { newtonKrylov } from "./newtonKrylov.js";
export type { Problem } from "./problem.js";
