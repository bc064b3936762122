import {
  type DynamicalSystem,
  residual,
  residualJacobian,
  residualProduct,
  residualPullback,
  type Vector,
} from "../core/system.js";
import type { Problem } from "../solve/problem.js";

/** The equations whose zeros are the states at rest while the input is held at `u`, in the system's box. */
export function restProblem(system: DynamicalSystem, u: Vector): Problem {
  const n = system.dimension;
  const scratch = system.pullback ? undefined : new Float64Array(n * n);
  const domain = system.domain?.(u);
  return {
    dimension: n,
    residual: (x, out) => residual(system, x, u, out),
    jacobian: (x, out) => residualJacobian(system, x, u, out),
    pullback: (x, v, out) => residualPullback(system, x, u, v, out, scratch),
    ...(system.product && { product: (x, v, out) => residualProduct(system, x, u, v, out) }),
    ...(domain ? { lower: domain.lower, upper: domain.upper } : {}),
  };
}
