import type { SweepEntry, SweepGroup } from "../study/sweepStudy.js";

/** A group, and which of its rows are to be made. Plain data. */
export interface GroupWork {
  readonly group: SweepGroup<SweepEntry>;
  readonly missing: readonly string[];
}

/** What a worker is started with, as JSON in its arguments. */
export interface WorkerSettings {
  readonly folder: string;
  /** Names the worker's own files: `rows-WRITER.jsonl`, `failed-WRITER.jsonl`. */
  readonly writer: string;
  readonly checkpointEvery: number;
}

/** What a worker tells. Any message is a sign of life. */
export type FromWorker =
  | { readonly kind: "ready" }
  /** A row is begun; null: what its group shares. */
  | { readonly kind: "begin"; readonly id: string | null }
  | { readonly kind: "progress" }
  /** A row, or its failure, is on disk. */
  | { readonly kind: "settled"; readonly id: string }
  | { readonly kind: "done" }
  /** No row can be made here: a full disk, a study that is not what it was. */
  | { readonly kind: "fatal"; readonly message: string };
