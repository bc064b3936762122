import type { Cell } from "../../cells/cell.js";
import type { Kernel } from "../../numeric/kernel.js";

/**
 * One layer of a network unrolled over T steps and a batch of B trials. Rows of all arrays are time-major: row
 * `t * B + b`. One kind of cell, one module; nobody else knows how a kind computes its gradient.
 */
export interface Layer {
  /** T B x O: what a readout or a layer above sees after each step. */
  readonly outputs: Float64Array;
  /** T B x N: the activity of the units after each step; may be the same array as `outputs`. */
  readonly rates: Float64Array;
  /** Adjoint of `outputs`, as large; the layer's `backward` uses it up. */
  readonly outputGradient: Float64Array;
  /** Adjoint of `rates`; the same array as `outputGradient` where `rates` is `outputs`. */
  readonly rateGradient: Float64Array;
  /** Fills `outputs` and `rates` and remembers what `backward` needs. */
  forward(): void;
  /** Adds to the gradients of the plan, from the adjoints above. */
  backward(): void;
}

/** What a layer is made of. Arrays are views that stay valid: the caller changes their content, not their place. */
export interface LayerPlan {
  /** The layer as a cell, for its sizes and its normalised description. */
  readonly cell: Cell;
  /** B. */
  readonly batch: number;
  /** T. */
  readonly steps: number;
  readonly kernel: Kernel;
  /** Euler step of a network in continuous time, in the unit of its tau. */
  readonly dt: number | undefined;
  /** The tensor of a name, flat; `undefined` when absent (zero). */
  tensor(name: string): Float64Array | undefined;
  /** Where the gradient of a tensor is added; `undefined` when it is not trained. */
  gradient(name: string): Float64Array | undefined;
  /** D: the state before the first step, the same for all trials. */
  readonly initialState: Float64Array;
  /** D: where its gradient is added. */
  readonly initialStateGradient: Float64Array | undefined;
  /** T B x M. */
  readonly inputs: Float64Array;
  /** T B x M: where the adjoint of the inputs is added. */
  readonly inputGradient: Float64Array | undefined;
  /** T B x D: added to the state after each step. */
  readonly noise: Float64Array | undefined;
}

/** How one kind of cell is trained. */
export interface LayerModule {
  /** The tensors the cell may be given that can be trained, with their shapes (rows, columns) or (length). */
  shapes(cell: Cell): Readonly<Record<string, readonly number[]>>;
  /** The unrolled layer; allocates all it will ever need, O(T B N) numbers. */
  unroll(plan: LayerPlan): Layer;
}
