import { fail } from "../../core/check.js";

/** Samples [from, to) of a part. */
export interface Part {
  readonly from: number;
  readonly to: number;
}

/** The parts of a recording that a decoder is trained on, chosen by, and judged on. */
export interface Split {
  readonly training: Part;
  readonly validation: Part;
  readonly test: Part;
}

/** Samples to leave out between parts: the longest lag, and never less than would leave one item on both sides. */
export function gapOf(longestLag: number, perItem: number): number {
  return Math.max(longestLag, perItem - 1);
}

/** Samples a part must have. */
const least = 10;

/**
 * Contiguous parts of `count` samples, by shares, with `gap` samples left out before each: so that no part sees what
 * another was asked for. (Neighbouring samples are alike: a random split over time would leak.)
 */
export function splitSamples(where: string, count: number, shares: readonly number[], gap: number): Split {
  const sum = shares.reduce((total, share) => total + share, 0);
  const usable = count - 3 * gap;
  const ends = [shares[0] / sum, (shares[0] + shares[1]) / sum, 1].map((share) =>
    Math.round(share * Math.max(0, usable)),
  );
  const [training, validation, test] = [
    { from: gap, to: gap + ends[0] },
    { from: 2 * gap + ends[0], to: 2 * gap + ends[1] },
    { from: 3 * gap + ends[1], to: 3 * gap + ends[2] },
  ];
  for (const { from, to } of [training, validation, test])
    if (to - from < least)
      fail(
        where,
        `${count} samples are too few, expected more: training, validation and test need ${least} each, besides gaps of ${gap} (the longest lag)`,
      );
  return { training, validation, test };
}
