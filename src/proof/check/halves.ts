/** A box of a tree that is replayed. */
export interface Part {
  readonly lower: Float64Array<ArrayBuffer>;
  readonly upper: Float64Array<ArrayBuffer>;
}

/** The halves of a box along a coordinate, the upper one first: a stack gives them back in the order of the tree. */
export function halves({ lower, upper }: Part, along: number): [Part, Part] {
  const middle = lower[along] + (upper[along] - lower[along]) / 2;
  const low = upper.slice();
  const high = lower.slice();
  low[along] = middle;
  high[along] = middle;
  return [
    { lower: high, upper },
    { lower, upper: low },
  ];
}
