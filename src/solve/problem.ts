import type { Matrix, Vector } from "../core/system.js";

/**
 * A square system of equations r(x) = 0, with the box its solutions lie in, if one is known.
 *
 * Solvers know nothing else: not whether r came from a map or a flow, nor from which network.
 */
export interface Problem {
  /** n, the number of unknowns and equations. */
  readonly dimension: number;
  /** `out[n] = r(x)`. */
  residual(x: Vector, out: Vector): void;
  /** `out[n * n] = dr/dx`, row-major. */
  jacobian(x: Vector, out: Matrix): void;
  /** `out[n] = (dr/dx)' v`; with v = r it is the gradient of q = 1/2 |r|^2. */
  pullback(x: Vector, v: Vector, out: Vector): void;
  /** `out[n] = (dr/dx) v` without forming the Jacobian; absent where that is not possible. */
  product?(x: Vector, v: Vector, out: Vector): void;
  /** Steps are kept inside this box. */
  readonly lower?: Vector;
  readonly upper?: Vector;
  /** Zeros a search may end in; see {@link KnownZeros}. */
  readonly known?: KnownZeros | undefined;
}

/** Zeros found before, which a search may end in. */
export interface KnownZeros {
  /** Rows. */
  readonly states: Float64Array;
  /** The size of a typical state. */
  readonly unit: number;
}

/** q = 1/2 |r|^2; NaN when any entry is not finite. */
export function halfSquare(r: Vector): number {
  let sum = 0;
  for (let i = 0; i < r.length; i++) sum += r[i] * r[i];
  return sum < Infinity ? sum / 2 : Number.NaN;
}

/** Euclidean norm. */
export function norm(v: Vector): number {
  let sum = 0;
  for (let i = 0; i < v.length; i++) sum += v[i] * v[i];
  return Math.sqrt(sum);
}

/** Moves x to the nearest point of the problem's box, in place; true when it moved. */
export function clampToBox(problem: Problem, x: Vector): boolean {
  const { lower, upper } = problem;
  if (lower === undefined || upper === undefined) return false;
  let moved = false;
  for (let i = 0; i < x.length; i++) {
    if (x[i] < lower[i]) {
      x[i] = lower[i];
      moved = true;
    } else if (x[i] > upper[i]) {
      x[i] = upper[i];
      moved = true;
    }
  }
  return moved;
}
