import type { DynamicalSystem, Vector } from "../core/system.js";
import type { CellSpec } from "./spec.js";

/** A trained network as a dynamical system: its rule, and what only a network has. */
export interface Cell extends DynamicalSystem {
  /** The plain description it was built from, tensors normalised to flat `Float64Array`s. */
  readonly spec: CellSpec;
  /** Number of units, N (a low-rank cell has R state variables and N units). */
  readonly units: number;
  /** Number of outputs, K; 0 without a readout. */
  readonly outputDimension: number;
  /** Where a layer above, or a readout, finds this cell's output h in its state: `[start, end)`. */
  readonly outputRange: readonly [start: number, end: number];
  /** The trained initial state, or zeros. Length D. */
  readonly initialState: Vector;
  /** `out[K] = readout(x)`. `u` matters only to cells whose units depend on it (low-rank). */
  readout(x: Vector, u: Vector, out: Vector): void;
  /** `out[N]`: the activity of all units from the state. The identity unless the cell is low-rank. */
  lift(x: Vector, u: Vector, out: Vector): void;
  readonly inputJacobian: NonNullable<DynamicalSystem["inputJacobian"]>;
}
