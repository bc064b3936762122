/** Names the shape of {@link SweepFailure}. */
export const failureSchema = "rnn-dynamics/failure@1";

/** Why a row is not there. */
export type FailureKind = "threw" | "timed-out" | "out-of-memory" | "crashed";

/** A row that failed: what stands in `failed-*.jsonl`, one line each time it does. */
export interface SweepFailure {
  readonly schema: typeof failureSchema;
  readonly id: string;
  /** Digest of the study. */
  readonly study: string;
  readonly kind: FailureKind;
  readonly message: string;
}

export function failureOf(study: string, id: string, kind: FailureKind, message: string): SweepFailure {
  return { schema: failureSchema, id, study, kind, message };
}
