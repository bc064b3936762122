/** Comparison of states, and of unordered sets of complex numbers. */

/** Euclidean distance. */
export function distanceBetween(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return Math.sqrt(sum);
}

interface Complex {
  readonly real: ArrayLike<number>;
  readonly imaginary: ArrayLike<number>;
}

/** The largest distance in a pairing of two sets of complex numbers, each used once, nearest pairs first. */
export function setDistance(a: Complex, b: Complex): number {
  const n = a.real.length;
  if (b.real.length !== n) return Number.POSITIVE_INFINITY;
  const pairs: [distance: number, i: number, j: number][] = [];
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++)
      pairs.push([Math.hypot(a.real[i] - b.real[j], a.imaginary[i] - b.imaginary[j]), i, j]);
  pairs.sort((p, o) => p[0] - o[0]);
  const [usedA, usedB] = [new Set<number>(), new Set<number>()];
  let largest = 0;
  for (const [distance, i, j] of pairs) {
    if (usedA.has(i) || usedB.has(j)) continue;
    usedA.add(i);
    usedB.add(j);
    largest = Math.max(largest, distance);
  }
  return usedA.size === n ? largest : Number.NaN;
}

/** Real numbers as complex ones. */
export const realSet = (...real: number[]): Complex => ({ real, imaginary: real.map(() => 0) });

/** Rows of a flat array. */
export function rowsOf(flat: Float64Array, width: number): Float64Array[] {
  return Array.from({ length: flat.length / width }, (_, i) => flat.slice(i * width, (i + 1) * width));
}
