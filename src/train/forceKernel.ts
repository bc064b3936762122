import type { Kernel } from "../numeric/kernel.js";

/**
 * The hot primitives of FORCE training, as an interface, so that one implementation can replace another.
 *
 * As with {@link Kernel}: nothing is allocated, sizes are the caller's duty, an argument not called output is
 * left alone. Each result is summed in an order that depends on the sizes only, and column b of a product on
 * column b of the operand only: a network comes out of a batch with the bits it would have alone.
 */
export interface ForceKernel extends Pick<Kernel, "name" | "gemv" | "tanh"> {
  /**
   * `Y = A X`, A sparse with `rows` rows, X and Y with `width` numbers per row (row-major; X has one row per
   * column of A). Entry q of A multiplies the row of X that begins at `offsets[q]`, i.e. `width` times its column.
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
   * `P <- P - c k k'`, then `out = P r`, in one pass over P. P is symmetric, n x n, kept as its lower triangle
   * row by row: entry (i, j <= i) is `p[i (i + 1) / 2 + j]`. Output: p, out. `out` must not be k or r.
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
