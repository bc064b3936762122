import { checkNumber, fail } from "../core/check.js";
import { resolveOptions } from "../core/defaults.js";
import type { DynamicalSystem, Vector } from "../core/system.js";
import {
  checkIntegrateOptions,
  createIntegrator,
  type IntegrateOptions,
  integrateDefaults,
} from "../numeric/integrate.js";
import { norm } from "./chain.js";
import { createVariational, type Variational } from "./variational.js";

/** Options of {@link flowMap}. */
export interface FlowMapOptions extends IntegrateOptions {
  /** T, in the flow's unit of time. Has no default. */
  readonly duration: number;
}

/** The defaults of {@link FlowMapOptions}: those of {@link integrateDefaults}, and no duration. */
export const flowMapDefaults: Required<FlowMapOptions> = { ...integrateDefaults, duration: NaN };

/**
 * The time-T map of a flow, `x(0) -> x(T)` with the input held: its fixed points are the flow's fixed
 * points and its cycles of period T, T/2, ...; its eigenvalues at a cycle are the Floquet multipliers.
 *
 * Adaptive Dormand-Prince 5(4). The Jacobian is the solution of the variational equation
 * `dW/dt = (df/dx) W, W(0) = I`, integrated with the state so that the step control sees both; `product`
 * carries one tangent vector only. The box of the flow's recurrent states holds, and stays invariant.
 *
 * A rule cannot throw on numerical trouble: when the integration fails (blow-up, step budget, NaN) all of
 * `out` is NaN. Throws for a map and for a missing or non-positive duration.
 * Cost: O(steps) rules; Jacobian O(steps) Jacobians and O(steps D^3).
 *
 * @example
 * ```ts
 * const decay = flow({ dimension: 1, velocity: ([x]) => [-x] });
 * const out = new Float64Array(1);
 * flowMap(decay, { duration: 1 }).rule(Float64Array.of(1), new Float64Array(0), out);
 * out; // => [0.367879441]
 * ```
 */
export function flowMap(flow: DynamicalSystem, options: FlowMapOptions): DynamicalSystem {
  if (flow.time !== "continuous") fail("flowMap", "system is a map, expected a flow; use iterate");
  const resolved = checkIntegrateOptions("flowMap", resolveOptions("flowMap", flowMapDefaults, options));
  const { duration } = resolved;
  checkNumber("flowMap", "duration", duration, Number.MIN_VALUE);

  const d = flow.dimension;
  const integrator = createIntegrator(d);
  const state = new Float64Array(d);
  let matrix: Variational | undefined;
  let vector: Variational | undefined;

  return {
    time: "discrete",
    dimension: d,
    inputDimension: flow.inputDimension,
    rule(x, u, out) {
      out.set(x);
      const { status } = integrator.run((_, y, dy) => flow.rule(y, u, dy), 0, duration, out, resolved);
      if (status !== "ok") out.fill(NaN);
    },
    jacobian(x, u, out) {
      matrix ??= createVariational(flow, d);
      state.set(x);
      out.fill(0);
      for (let i = 0; i < d; i++) out[i * d + i] = 1;
      if (matrix.run(state, out, u, duration, resolved).status !== "ok") out.fill(NaN);
    },
    product(x, u, v, out) {
      vector ??= createVariational(flow, 1);
      // The equation is linear in v: a unit vector keeps the error control meaningful for any length of v.
      const length = norm(v);
      if (length === 0) return void out.fill(0);
      state.set(x);
      for (let i = 0; i < d; i++) out[i] = v[i] / length;
      const { status } = vector.run(state, out, u, duration, resolved);
      for (let i = 0; i < d; i++) out[i] = status === "ok" ? out[i] * length : NaN;
    },
    ...(flow.domain && { domain: (u: Vector) => flow.domain!(u) }),
  };
}
