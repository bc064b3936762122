import type { Vector } from "../core/system.js";
import { defaultKernel as kernel } from "../numeric/defaultKernel.js";
import { norm, type Problem } from "../solve/problem.js";

/** Steps taken along the valley on each side, and corrections per step. */
const stepsPerSide = 32;
const corrections = 3;

/**
 * How far a valley of low speed reaches around a slow point: the length of the curve through `x0`, begun
 * along `direction`, on which |r| is smallest across the curve and stays at or below `maxSpeed`.
 *
 * A predictor step along the curve, then Gauss-Newton across it. Followed for `reach` on each side at
 * most. Cost: about 200 Jacobians and Cholesky factorisations (n^3 / 3 each).
 */
export function slowValleyLength(
  problem: Problem,
  x0: Vector,
  direction: Vector,
  maxSpeed: number,
  reach: number,
): number {
  return (
    oneSide(problem, x0, direction, maxSpeed, reach) +
    oneSide(
      problem,
      x0,
      direction.map((v) => -v),
      maxSpeed,
      reach,
    )
  );
}

function oneSide(problem: Problem, x0: Vector, direction: Vector, maxSpeed: number, reach: number): number {
  const n = problem.dimension;
  const h = reach / stepsPerSide;
  const x = x0.slice();
  const previous = x0.slice();
  const along = direction.slice();
  const r = new Float64Array(n);
  const step = new Float64Array(n);
  const jacobian = new Float64Array(n * n);
  const normal = new Float64Array(n * n);
  let travelled = 0;
  for (let k = 0; k < stepsPerSide; k++) {
    previous.set(x);
    for (let i = 0; i < n; i++) x[i] += h * along[i];
    for (let c = 0; c < corrections; c++) {
      problem.residual(x, r);
      problem.jacobian(x, jacobian);
      kernel.gemm(true, false, n, n, n, 1, jacobian, jacobian, 0, normal);
      let trace = 0;
      for (let i = 0; i < n; i++) trace += normal[i * n + i];
      // A stiff spring holds the correction across the curve; a weak one keeps it finite.
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) normal[i * n + j] += 10 * trace * along[i] * along[j];
        normal[i * n + i] += 1e-10 * trace;
      }
      kernel.gemvTransposed(n, n, jacobian, r, step);
      if (!kernel.cholesky(n, normal)) return travelled;
      kernel.choleskySolve(n, normal, step);
      for (let i = 0; i < n; i++) x[i] -= step[i];
    }
    problem.residual(x, r);
    if (!(norm(r) <= maxSpeed)) return travelled;
    let moved = 0;
    for (let i = 0; i < n; i++) moved += (x[i] - previous[i]) ** 2;
    moved = Math.sqrt(moved);
    if (!(moved > h / 10) || moved > 3 * h) return travelled;
    for (let i = 0; i < n; i++) along[i] = (x[i] - previous[i]) / moved;
    travelled += moved;
  }
  return travelled;
}
