import { type DynamicalSystem, residual, residualJacobian, type Vector } from "../core/system.js";
import { defaultKernel as kernel } from "../numeric/defaultKernel.js";
import { norm2 } from "./rows.js";

/** Longest step, way and number of steps, in units of the size of the states. */
const longestStep = 0.05;
const longestWay = 8;
const mostSteps = 1000;
/** Times a step is shortened. */
const mostTries = 40;
/** Step, in units of the size, below which the state has arrived. */
const arrived = 1e-9;

/**
 * Follows a state that creeps along a slow manifold, however slowly, to where it comes to rest: `dx/dt = residual(x)`
 * by linearly implicit Euler steps `(1/h - J) dx = r`, h chosen so that each step goes a twentieth of `size` at most.
 *
 * For a map this takes the steps of a creeping state for the flow they trace. Check that what comes back rests and is
 * stable. Undefined when it does not come to rest within 8 sizes of way. Cost: 20 to 1000 Jacobians and LUs (D^3 / 3 each).
 *
 * Source: pseudo-transient continuation, Kelley & Keyes (1998), with steps short enough to stay on the trajectory.
 */
export function creepTo(system: DynamicalSystem, x0: Vector, size: number): Vector | undefined {
  const n = x0.length;
  const none = new Float64Array(0);
  const x = x0.slice();
  const r = new Float64Array(n);
  const step = new Float64Array(n);
  const jacobian = new Float64Array(n * n);
  const shifted = new Float64Array(n * n);
  const pivots = new Int32Array(n);
  const cap = longestStep * size;
  let way = 0;
  let h = 0;
  for (let k = 0; k < mostSteps; k++) {
    residual(system, x, none, r);
    const speed = norm2(r);
    if (speed === 0) return x;
    residualJacobian(system, x, none, jacobian);
    h = k === 0 ? cap / speed : 2 * h;
    let tries = 0;
    for (; ; tries++) {
      for (let i = 0; i < n * n; i++) shifted[i] = -jacobian[i];
      for (let i = 0; i < n; i++) shifted[i * n + i] += 1 / h;
      step.set(r);
      const sign = kernel.luFactor(n, shifted, pivots);
      if (Number.isNaN(sign)) return undefined;
      // Where a mode grows faster than 1 / h the step would go backwards: one such makes the determinant negative.
      const forward = sign === 1;
      if (forward) kernel.luSolve(n, shifted, pivots, step);
      const length = norm2(step);
      if (forward && length <= cap) break;
      // No way forward however short: the Jacobian is not known well enough for a motion this slow.
      if (tries === mostTries) return x;
      h *= forward && length < 4 * cap ? (0.9 * cap) / length : 0.25;
    }
    for (let i = 0; i < n; i++) x[i] += step[i];
    const length = norm2(step);
    way += length;
    if (!(way <= longestWay * size)) return undefined;
    if (tries === 0 && length <= arrived * size) return x;
  }
  return undefined;
}
