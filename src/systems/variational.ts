import type { DynamicalSystem, Matrix, Vector } from "../core/system.js";
import {
  createIntegrator,
  type IntegrateOptions,
  type Integration,
  type Velocity,
} from "../numeric/integrate.js";
import { addProduct } from "./chain.js";

/** Carries tangent vectors along a trajectory; keeps its work space. */
export interface Variational {
  /**
   * `state` = x(t), `tangents` (D x columns, row-major) = the derivative of x(t) along them; both in place.
   */
  run(
    state: Vector,
    tangents: Matrix,
    u: Vector,
    duration: number,
    options: Required<IntegrateOptions>,
  ): Integration;
}

/**
 * The variational equation of a flow: `dx/dt = f(x)`, `dW/dt = (df/dx) W` for D x `columns` tangents W,
 * integrated together, so that the steps are short enough for both.
 *
 * One column goes through the flow's `product` where it has one. Cost per velocity call: one rule, one
 * Jacobian and O(D^2 columns).
 */
export function createVariational(flow: DynamicalSystem, columns: number): Variational {
  const d = flow.dimension;
  const size = d * columns;
  const product = columns === 1 ? flow.product?.bind(flow) : undefined;
  const jacobian = new Float64Array(product ? 0 : d * d);
  const joint = new Float64Array(d + size);
  const integrator = createIntegrator(d + size);
  // Views into whatever buffers the integrator passes: it has few, so each pair is made once.
  const views = new Map<Float64Array, { x: Vector; w: Matrix }>();
  const view = (y: Float64Array) => {
    let pair = views.get(y);
    if (!pair) views.set(y, (pair = { x: y.subarray(0, d), w: y.subarray(d) }));
    return pair;
  };

  return {
    run(state, tangents, u, duration, options) {
      const velocity: Velocity = (_, y, out) => {
        const { x, w } = view(y);
        const { x: dx, w: dw } = view(out);
        flow.rule(x, u, dx);
        if (product) return product(x, u, w, dw);
        flow.jacobian(x, u, jacobian);
        addProduct(d, columns, jacobian, w, undefined, dw);
      };
      joint.set(state);
      joint.set(tangents, d);
      const result = integrator.run(velocity, 0, duration, joint, options);
      state.set(joint.subarray(0, d));
      tangents.set(joint.subarray(d));
      return result;
    },
  };
}
