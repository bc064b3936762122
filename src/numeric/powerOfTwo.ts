/** Multiplies `x[start..end)` by `2^k` in place. Exact unless a result over- or underflows; any integer k. */
export function scaleByPowerOfTwo(x: Float64Array, k: number, start = 0, end = x.length): void {
  while (k !== 0) {
    const step = Math.max(-1000, Math.min(1000, k));
    const factor = 2 ** step;
    for (let i = start; i < end; i++) x[i] *= factor;
    k -= step;
  }
}

/** The integer e with `2^e <= max |x| < 2^(e + 1)`, up to the rounding of the logarithm; 0 for a zero array. */
export function exponentOfLargest(x: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < x.length; i++) {
    const size = Math.abs(x[i]);
    if (size > largest) largest = size;
  }
  return largest === 0 ? 0 : Math.floor(Math.log2(largest));
}
