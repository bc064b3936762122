import { dogleg } from "./dogleg.js";
import type { Method } from "./loop.js";
import { newtonKrylov } from "./newtonKrylov.js";

/** From this many unknowns on, products are tried before a factorisation. */
const large = 256;

/**
 * The default method: {@link newtonKrylov} for 256 unknowns or more, {@link dogleg} for fewer.
 *
 * @example
 * ```ts
 * const bistable = map({ dimension: 1, step: ([x]) => [Math.tanh(2 * x)] });
 * const { options } = findFixedPoints(bistable, [[-1], [0.1], [1]]);
 * options.method; // => "automatic"
 * ```
 */
export const automatic: Method = {
  name: "automatic",
  prepare: (problem) => (problem.dimension < large ? dogleg : newtonKrylov).prepare(problem),
};
