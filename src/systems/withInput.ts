import { checkVector } from "../core/check.js";
import type { DynamicalSystem } from "../core/system.js";

/**
 * The system with its input held at a constant: `F(x)` with `F(x) = system.rule(x, input)`.
 *
 * The result is autonomous (`inputDimension` 0); time, Jacobian, product, pullback, batch rule and domain
 * are those of the system at that input. The input is copied.
 *
 * Throws when `input` is not a finite vector of length M. Cost: none beyond the system's own, except for
 * one copy of the input per state in `ruleBatch`.
 *
 * @example
 * ```ts
 * const driven = flow({ dimension: 1, inputDimension: 1, velocity: (x, u) => [u[0] - x[0]] });
 * const held = withInput(driven, [3]);
 * const out = new Float64Array(1);
 * held.rule(Float64Array.of(1), new Float64Array(0), out);
 * out; // => [2]
 * ```
 */
export function withInput(system: DynamicalSystem, input: ArrayLike<number>): DynamicalSystem {
  const m = system.inputDimension;
  const held = checkVector("withInput", "input", input, m, "the system's inputs");
  let tiled = new Float64Array(0);
  const { product, pullback, ruleBatch, domain } = system;
  return {
    time: system.time,
    dimension: system.dimension,
    inputDimension: 0,
    rule: (x, _, out) => system.rule(x, held, out),
    jacobian: (x, _, out) => system.jacobian(x, held, out),
    ...(product && { product: (x, _, v, out) => product.call(system, x, held, v, out) }),
    ...(pullback && { pullback: (x, _, v, out) => pullback.call(system, x, held, v, out) }),
    ...(ruleBatch && {
      ruleBatch: (count, states, _, out) => {
        if (tiled.length < count * m) {
          tiled = new Float64Array(count * m);
          for (let i = 0; i < count; i++) tiled.set(held, i * m);
        }
        ruleBatch.call(system, count, states, tiled.subarray(0, count * m), out);
      },
    }),
    ...(domain && { domain: () => domain.call(system, held) }),
  };
}
