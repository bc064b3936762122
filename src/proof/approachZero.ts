import { type DynamicalSystem, residual, residualJacobian, type Vector } from "../core/system.js";
import { defaultKernel } from "../numeric/defaultKernel.js";

/**
 * Newton's steps from a state, halved while the residual grows; undefined where they do not arrive within `steps`, or
 * leave what `stays` allows. Nothing is claimed of the result. O(D^3) a step.
 */
export function approachZero(
  system: DynamicalSystem,
  input: Vector,
  from: Vector,
  steps: number,
  stays: (x: Vector) => boolean = () => true,
): Vector | undefined {
  const d = from.length;
  let x = from.slice();
  let r = new Float64Array(d);
  const jacobian = new Float64Array(d * d);
  const pivots = new Int32Array(d);
  const size = (v: Vector) => v.reduce((most, e) => (Math.abs(e) <= most ? most : Math.abs(e)), 0);
  residual(system, x, input, r);
  let q = size(r);
  // Near a zero at the origin nothing but the way there has a scale.
  let scale = size(x);
  for (let k = 0; k < steps; k++) {
    if (q === 0) return x;
    residualJacobian(system, x, input, jacobian);
    if (!(Math.abs(defaultKernel.luFactor(d, jacobian, pivots)) === 1)) return undefined;
    const step = r.slice();
    defaultKernel.luSolve(d, jacobian, pivots, step, false);
    scale = Math.max(scale, size(step));
    let moved = false;
    for (let share = 1; share > 1e-4; share /= 2) {
      const next = x.map((v, i) => v - share * step[i]);
      const after = new Float64Array(d);
      residual(system, next, input, after);
      const p = size(after);
      if (p < q) {
        x = next;
        r = after;
        q = p;
        moved = true;
        break;
      }
    }
    if (!stays(x)) return undefined;
    // No step makes it smaller: rounding is all there is left, or the search is stuck.
    if (!moved || size(step) <= 1e-13 * scale) return size(step) <= 1e-7 * scale ? x : undefined;
  }
  return undefined;
}
