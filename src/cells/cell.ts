import type { Domain, DynamicalSystem, Matrix, Vector } from "../core/system.js";
import type { CellSpec } from "./spec.js";

/**
 * A trained network as a dynamical system: its rule, and what only a network has.
 *
 * A cell keeps scratch arrays, allocated once when it is built: calls on different cells never interfere,
 * but one cell must not be shared by threads (send its `spec` and build it again there).
 */
export interface Cell extends DynamicalSystem {
  /** The plain description it was built from, tensors normalised to flat `Float64Array`s, defaults filled in. */
  readonly spec: CellSpec;
  /** Number of units, N (a low-rank cell has R state variables and N units; a stack counts all layers). */
  readonly units: number;
  /** Number of outputs, K; 0 without a readout. */
  readonly outputDimension: number;
  /** Where a layer above, or a readout, finds this cell's output h in its state: `[start, end)`. */
  readonly outputRange: readonly [start: number, end: number];
  /** The trained initial state, or zeros. Length D. */
  readonly initialState: Vector;
  /** `out[K] = readout(x)`. `u` matters only to cells whose units depend on it (low-rank). */
  readout(x: Vector, u: Vector, out: Vector): void;
  /**
   * `out[N]`: the activity of all units from the state. The identity where the state is the units' (vanilla,
   * rate, GRU, PLRNN); an LSTM's h; a low-rank network's current `m k + W_in u + b`; a stack's layers in turn.
   */
  lift(x: Vector, u: Vector, out: Vector): void;
  readonly inputJacobian: NonNullable<DynamicalSystem["inputJacobian"]>;
  readonly product: NonNullable<DynamicalSystem["product"]>;
  readonly pullback: NonNullable<DynamicalSystem["pullback"]>;
  readonly ruleBatch: NonNullable<DynamicalSystem["ruleBatch"]>;
  /** `out[D] = (dF/dx) v + (dF/du) w`: how a small change of state v and of input w shows after the rule. */
  tangent(x: Vector, u: Vector, v: Vector, w: Vector, out: Vector): void;
  /** `out[D] = (dF/dx)' v` and `outInput[M] = (dF/du)' v`: one step of backpropagation, one forward pass. */
  cotangent(x: Vector, u: Vector, v: Vector, out: Vector, outInput: Vector): void;
  /** As `domain`, for an input that may wander anywhere between `lower` and `upper` (length M). */
  domainOver?(lower: Vector, upper: Vector): Domain;
}

/** A cell before its readout: what each kind of cell has to write itself. */
export interface CellCore
  extends Pick<
    Cell,
    | "time"
    | "dimension"
    | "inputDimension"
    | "units"
    | "outputRange"
    | "rule"
    | "jacobian"
    | "inputJacobian"
    | "ruleBatch"
    | "tangent"
    | "cotangent"
    | "domainOver"
    | "lift"
  > {
  /** The untrained initial state: D numbers. Zeros when absent. */
  readonly restingState?: Vector;
  /** What a readout of the "state" sees, when that is not `lift`. */
  observe?(x: Vector, u: Vector, out: Matrix): void;
}
