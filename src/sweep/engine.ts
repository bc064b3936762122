import type { RowShape } from "../study/sweepStudy.js";
import type { GroupWork } from "./protocol.js";

/** What an engine is to do; how the study's rows are told. */
export interface SweepWork extends RowShape {
  readonly folder: string;
  readonly groups: readonly GroupWork[];
  readonly checkpointEvery: number;
  /** Ends the work; rows made so far stay. */
  readonly signal?: AbortSignal;
}

/**
 * Who makes the rows. When `run` resolves, every row of the work is in the folder, or a failure that says why not. It
 * rejects with a {@link SweepError} when rows cannot be made at all, and with the signal's reason.
 */
export interface SweepEngine {
  readonly name: string;
  run(work: SweepWork): Promise<void>;
}

/** A sweep that cannot go on, through no fault of its rows: a full disk, a cluster that is away. */
export class SweepError extends Error {
  override readonly name = "SweepError";
}
