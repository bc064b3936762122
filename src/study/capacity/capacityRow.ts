import type { CapacityPoint } from "./capacityGrid.js";
import type { DecoderName } from "./decodeItems.js";
import type { DecodingBaselines, DecodingScores } from "./decodingScores.js";
import type { NeuralDecoding } from "./neural.js";

/** Names the shape of {@link CapacityRow}; changes when that does. */
export const capacityRowSchema = "rnn-dynamics/capacity-row@1";

/** What the capacity study measures on one network: plain data, the same when read back from JSON. */
export interface CapacityRow {
  readonly schema: typeof capacityRowSchema;
  readonly id: string;
  /** Digest of the configuration: rows of one study have the same. */
  readonly study: string;
  readonly point: CapacityPoint;
  readonly seed: number;
  readonly kernel: string;
  /** "not-finite": the states overflowed, or their powers would (above 1e70); "silent": no state varies. Nothing was decoded then. */
  readonly outcome: "ok" | "not-finite" | "silent";
  /** Pearson's r of the true and the decoded number X ago by the study's decoder; 0 unless the outcome is "ok". */
  readonly capacity: number;
  readonly network: {
    /** Largest modulus and largest real part of the eigenvalues of J (gain included); null where N is above `spectrumUpTo`. */
    readonly spectralRadius: number | null;
    readonly abscissa: number | null;
    /** Channels that reach no unit, and units that no channel reaches. */
    readonly deadChannels: number;
    readonly unitsWithoutInput: number;
    /** Root mean square of all sampled states. */
    readonly rms: number | null;
    /** (sum of variances along the principal axes)^2 / sum of their squares: how many directions the states fill. */
    readonly participationRatio: number | null;
    readonly constantUnits: number;
    readonly singularGram: boolean;
  };
  readonly decoders: readonly {
    readonly decoder: DecoderName;
    /** Sum of r^2, and of bits, over its lags. */
    readonly totalDetermination: number;
    readonly totalInformation: number;
    readonly lags: readonly CapacityLag[];
  }[];
  readonly baselines:
    | (DecodingBaselines & { readonly shuffled: DecodingScores; readonly beyond: DecodingScores | null })
    | null;
}

/** One lag of one decoder. */
export interface CapacityLag extends DecodingScores {
  readonly lag: number;
  /** Neural and softmax only. */
  readonly training?: Omit<NeuralDecoding, "scores" | "curve"> & {
    readonly inputNoise: number;
    readonly trainingLoss: number | null;
    readonly validationLoss: number | null;
  };
}
