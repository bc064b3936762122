import type { ModelSpec } from "./modelSpec.js";

/** What a file was recognised as, or why it was not. */
export type Recognition =
  | {
      readonly modelSpec: ModelSpec;
      /** The rule that fitted, e.g. `"PyTorch GRU"`. */
      readonly by: string;
      /** The evidence, and what was assumed, one sentence each. */
      readonly why: readonly string[];
      /** Those of `why` that a careful reader should check: what was assumed, what was left out. */
      readonly notes: readonly string[];
    }
  | {
      readonly modelSpec: undefined;
      /** What it might be. */
      readonly candidates: readonly string[];
      /** What is missing or in the way, one sentence each. */
      readonly why: readonly string[];
    };

/** A network that is not understood, and why. */
export function unknown(candidates: readonly string[], why: string): Recognition {
  return { modelSpec: undefined, candidates, why: [why] };
}
