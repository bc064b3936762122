import type { Rows } from "../core/check.js";
import type { Vector } from "../core/system.js";
import type { OriginalProtocol } from "./mechanismReport.js";

/** Labelled states at the start of a delay. */
export interface LabelledStates {
  /** P rows of length D. */
  readonly states: Rows;
  /** P labels: what each state is the memory of. Several states may carry one label. */
  readonly labels: ArrayLike<string | number>;
}

/** Options of {@link classifyMechanism}. Times are in steps (map) or in the flow's unit of time. */
export interface ClassifyMechanismOptions {
  /** How long the memories must last: the nominal delay. Required. */
  readonly delay: number;
  /** The input held during the delay, length M. @defaultValue zeros */
  readonly input?: ArrayLike<number>;
  /** Output of a state: a function, a K x D matrix as rows (or flat, typed), or one row. @defaultValue none */
  readonly readout?: ((state: Vector) => ArrayLike<number> | number) | Rows | readonly number[];
  /**
   * When given, labels must also differ by more than this in some output when the delay ends.
   * @defaultValue the readout decides nothing
   */
  readonly readoutTolerance?: number;
  /**
   * Distance between states below which they cannot be told apart: the noise level, in units of the state.
   * @defaultValue a thousandth of each memory's distance to other labels when the delay starts
   */
  readonly resolution?: number;
  /** Whether the network solves its task: at all, or from each memory. @defaultValue `true` */
  readonly solved?: boolean | ArrayLike<boolean>;
  /** How long memories are followed to where they end. @defaultValue 300 delays, at least 10000 steps; at most 100000 steps or 30 delays */
  readonly horizon?: number;
  /** Time of one integration step of a flow (rk4). @defaultValue 0.25 / the largest singular value of dF/dx on the way */
  readonly dt?: number;
  /** Longest cycle of a map that is looked for as one, in steps. @defaultValue `32` */
  readonly maxPeriod?: number;
  /** Rates of the units at a state, for phasic index and saturation. @defaultValue the state, where it stays within [-1, 1] */
  readonly rates?: (state: Vector) => ArrayLike<number>;
  /** States on the paths from which slow points are looked for. @defaultValue `8`, or 0 where D is above 256 */
  readonly slowStarts?: number;
  /**
   * How the readouts for the authors' rule are made.
   * @defaultValue a run of 350 delays, its last 14; one outcome per label; no noisy copies; noise 0.5
   */
  readonly original?: Partial<OriginalProtocol>;
  /** Seed of the noisy copies. @defaultValue `0` */
  readonly seed?: number;
  /** Called as each stage moves on. */
  readonly onProgress?: (stage: MechanismStage, done: number, total: number) => void;
}

/** The parts of a classification, in the order they are done. */
export type MechanismStage = "delay" | "limits" | "lifetimes" | "slow points";
