/** The chain rule's arithmetic, shared by the systems that are built from another one. */
import type { DynamicalSystem, Matrix, Vector } from "../core/system.js";
import { defaultKernel } from "../numeric/defaultKernel.js";

/** `out = A B (+ C)`; A is d x d, the others d x m, all row-major. `out` is none of the others. O(d^2 m). */
export function addProduct(d: number, m: number, a: Matrix, b: Matrix, c: Matrix | undefined, out: Matrix) {
  if (c === undefined) out.fill(0);
  else out.set(c);
  defaultKernel.gemm(false, false, d, m, d, 1, a, b, 1, out);
}

/** `out = (dF/dx) v`, by the system's `product` or by its Jacobian; `matrix` lends D x D of work space. */
export function applyJacobian(
  system: DynamicalSystem,
  x: Vector,
  u: Vector,
  v: Vector,
  out: Vector,
  matrix: () => Matrix,
) {
  if (system.product) return system.product(x, u, v, out);
  const d = system.dimension;
  const jacobian = matrix();
  system.jacobian(x, u, jacobian);
  for (let i = 0; i < d; i++) {
    let sum = 0;
    for (let j = 0; j < d; j++) sum += jacobian[i * d + j] * v[j];
    out[i] = sum;
  }
}

/** `out = (dF/dx)' v`, by the system's `pullback` or by its Jacobian. */
export function applyTransposedJacobian(
  system: DynamicalSystem,
  x: Vector,
  u: Vector,
  v: Vector,
  out: Vector,
  matrix: () => Matrix,
) {
  if (system.pullback) return system.pullback(x, u, v, out);
  const d = system.dimension;
  const jacobian = matrix();
  system.jacobian(x, u, jacobian);
  out.fill(0);
  for (let i = 0; i < d; i++) {
    const vi = v[i];
    for (let j = 0; j < d; j++) out[j] += jacobian[i * d + j] * vi;
  }
}

/** Euclidean length of a vector of any size. */
export function norm(v: Vector): number {
  let sum = 0;
  for (let i = 0; i < v.length; i++) sum += v[i] * v[i];
  return Math.sqrt(sum);
}
