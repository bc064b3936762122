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

/** Whether data is a failure of a study. */
export function isFailureOf(study: string, data: unknown): data is SweepFailure {
  const failure = data as Partial<SweepFailure> | null;
  return (
    typeof failure === "object" &&
    failure !== null &&
    failure.schema === failureSchema &&
    failure.study === study &&
    [failure.id, failure.kind, failure.message].every((field) => typeof field === "string")
  );
}

/** What something that was thrown says. */
export function errorText(error: unknown): string {
  if (error instanceof Error) return String(error.message) || error.name;
  try {
    return String(error);
  } catch {
    return "something was thrown that is no text";
  }
}

export function failureOf(study: string, id: string, kind: FailureKind, message: string): SweepFailure {
  return { schema: failureSchema, id, study, kind, message };
}
