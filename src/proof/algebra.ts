import type { Interval } from "../cells/interval.js";
import type { ActivationName } from "../cells/spec.js";
import type { Matrix } from "../core/system.js";

/**
 * What the equation of a network needs from the numbers it is written in. One equation ({@link ./equation.ts}) then
 * serves boxes, boxes with derivatives, and the plain check of a proof.
 *
 * Values are vectors of stated length; `V` holds one.
 */
export interface Algebra<V> {
  /** A vector known to lie between two others. */
  constant(bounds: Interval): V;
  /** `A x`, A exact, rows x columns. */
  affine(rows: number, columns: number, matrix: Matrix, x: V): V;
  add(a: V, b: V): V;
  subtract(a: V, b: V): V;
  /** Entry by entry. */
  multiply(a: V, b: V): V;
  /** Entry by entry. */
  activate(name: ActivationName, a: V): V;
  /** Entries [start, end). */
  slice(a: V, start: number, end: number): V;
  concatenate(a: V, b: V): V;
}
