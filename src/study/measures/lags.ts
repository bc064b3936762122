/** `first` .. `last`. */
export function lagsFrom(first: number, last: number): Float64Array {
  return Float64Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
}

/** How far curves of D state variables go where nobody says. */
export function longestLag(dimension: number): number {
  return Math.max(10, Math.min(2 * dimension, 500));
}
