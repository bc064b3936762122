/**
 * The hot primitives of FORCE training, as an interface, so that one implementation can replace another.
 *
 * Arrays come from the kernel's own memory (`doubles`, `integers`): a kernel takes no others. Nothing is allocated by
 * a primitive, sizes are the caller's duty, an argument not called output is left alone. Each result is summed in an
 * order that depends on the sizes only, and column b of a product on column b of the operand only: a network comes out
 * of a batch with the bits it would have alone.
 *
 * A panel holds the rates of several networks side by side: row-major, one row per unit, one column per network.
 */
export interface ForceKernel {
  /** Which implementation this is, for reports. */
  readonly name: string;

  /** So many zeros in the kernel's memory; throws when the bytes asked for at the start are used up. */
  doubles(length: number): Float64Array;
  integers(length: number): Int32Array;

  /**
   * `Y = A X`, A sparse with `rows` rows; panels of even `width`. Entry q of A multiplies the row of X that begins at
   * `offsets[q]`, i.e. `width` times its column. Output: y.
   */
  sparseMultiply(
    rows: number,
    width: number,
    starts: Int32Array,
    offsets: Int32Array,
    values: Float64Array,
    x: Float64Array,
    y: Float64Array,
  ): void;

  /**
   * One Euler step of the network in column `column` of the panels:
   * `drive = gain product + sum_l coefficients[l] weights[l]`, `state <- state + rate (drive - state)`,
   * `rates = tanh(state)`, which also go into the column of `panel`. `weights` has `coefficients.length` rows of n.
   * Outputs: state, rates, panel; drive is scratch of n.
   */
  advance(
    n: number,
    width: number,
    column: number,
    product: Float64Array,
    gain: number,
    coefficients: Float64Array,
    weights: Float64Array,
    rate: number,
    drive: Float64Array,
    state: Float64Array,
    rates: Float64Array,
    panel: Float64Array,
  ): void;

  /** `out = tanh(x)`, elementwise. */
  tanh(x: Float64Array, out: Float64Array): void;

  /** `y = A x`; A is m x n. */
  gemv(m: number, n: number, a: Float64Array, x: Float64Array, y: Float64Array): void;

  /**
   * `P <- P - c k k'`, then `out = P r`, in one pass over P. P is symmetric, n x n, kept as its lower triangle
   * row by row: entry (i, j <= i) is `p[i (i + 1) / 2 + j]`. Outputs: p, out. `out` must not be k or r.
   */
  symmetricStep(
    n: number,
    p: Float64Array,
    c: number,
    k: Float64Array,
    r: Float64Array,
    out: Float64Array,
  ): void;
}

/** Bytes that an array of so many doubles takes in a kernel's memory. */
export function bytesOfDoubles(length: number): number {
  return 16 * Math.ceil(length / 2);
}

/** Bytes that an array of so many integers takes in a kernel's memory. */
export function bytesOfIntegers(length: number): number {
  return 16 * Math.ceil(length / 4);
}
