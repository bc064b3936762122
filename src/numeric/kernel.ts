/**
 * The hot primitives, as an interface, so that one implementation can replace another.
 *
 * All matrices are row-major `Float64Array`s. No primitive allocates; none changes an argument that its
 * description does not call output. Sizes are the caller's duty: a kernel does not check them.
 */
export interface Kernel {
  /** Which implementation this is, for reports. */
  readonly name: string;

  /** `C = alpha * op(A) * op(B) + beta * C`; op is the transpose when the flag is set. C is m x n, the inner size is k. */
  gemm(
    transposeA: boolean,
    transposeB: boolean,
    m: number,
    n: number,
    k: number,
    alpha: number,
    a: Float64Array,
    b: Float64Array,
    beta: number,
    c: Float64Array,
  ): void;

  /**
   * Makes W (n x n) ready for many steps of a leaky layer, see {@link Leak}. The arrays given here must not change
   * afterwards. What is returned steps `count` rows of X: Y holds `W_in u + b` of each row, and then its next state.
   */
  leaky(n: number, w: Float64Array, leak: Leak): (count: number, x: Float64Array, y: Float64Array) => void;

  /** `y = A x`; A is m x n. */
  gemv(m: number, n: number, a: Float64Array, x: Float64Array, y: Float64Array): void;

  /** `y = A' x`; A is m x n. */
  gemvTransposed(m: number, n: number, a: Float64Array, x: Float64Array, y: Float64Array): void;

  /**
   * LU with partial pivoting, in place: `P A = L U`, unit lower L below the diagonal, U on and above.
   * `pivots[i]` is the row swapped with row i. Returns the sign of det A: +1, -1, 0 (exactly singular;
   * then `luSolve` must not be called), or NaN when A is not finite.
   */
  luFactor(n: number, a: Float64Array, pivots: Int32Array): number;

  /** Solves `A x = b` (or `A' x = b`) in place from a factorisation by `luFactor`. */
  luSolve(n: number, lu: Float64Array, pivots: Int32Array, b: Float64Array, transpose?: boolean): void;

  /** Cholesky `A = L L'` of a symmetric matrix, lower triangle in place; false when not positive definite. */
  cholesky(n: number, a: Float64Array): boolean;

  /** Solves `L L' x = b` in place. */
  choleskySolve(n: number, l: Float64Array, b: Float64Array): void;

  /**
   * Real Schur form `Q' A Q = T` of rows and columns [low, high] of an n x n matrix, in place: Hessenberg reduction and
   * QR iteration. Eigenvalues go to `real` and `imaginary` by row, the positive imaginary part of a pair first.
   *
   * With `q` (n x n, output) the whole of `a` becomes quasi-triangular with standard 2 x 2 blocks; without, `a` is spoilt
   * and only the eigenvalues count. At most `sweeps` sweeps. Entries near 1 at the largest; finite, else it may not end well.
   */
  schur(
    n: number,
    a: Float64Array,
    low: number,
    high: number,
    q: Float64Array | undefined,
    real: Float64Array,
    imaginary: Float64Array,
    sweeps: number,
  ): SchurResult;

  /**
   * Right eigenvectors of a real Schur form as rows of `out`; a pair in rows (j - 1, j) as the real and the imaginary
   * part of the vector of the eigenvalue with positive imaginary part. Where an eigenvalue coincides with an earlier
   * one and the equation reads 0 = 0, both to within `tolerance`, the component is free and set to zero.
   */
  quasiTriangularVectors(
    n: number,
    t: Float64Array,
    real: Float64Array,
    imaginary: Float64Array,
    tolerance: number,
    out: Float64Array,
  ): void;

  /**
   * Least squares by Householder QR: the X that makes |A X - B| least, A m x n with m >= n, B m x k. Overwrites A;
   * X goes to the first n rows of B. Returns the least |R_ii| over the greatest, a hint of how well A determines X; 0
   * when a column of A depends exactly on those before it, NaN when A is not finite: X is then not to be used.
   */
  leastSquares(m: number, n: number, k: number, a: Float64Array, b: Float64Array): number;

  /** `out = tanh(x)`, elementwise; `out` may be `x`. */
  tanh(x: Float64Array, out: Float64Array): void;

  /** `out = 1 / (1 + exp(-x))`, elementwise, without overflow; `out` may be `x`. */
  sigmoid(x: Float64Array, out: Float64Array): void;

  /** `out = e^x`, elementwise; `out` may be `x`. */
  exp(x: Float64Array, out: Float64Array): void;
}

/** What leaky units do: `Y = keep X + gain (Y + W phi(X))` ("current") or `keep X + gain phi(Y + W X)` ("rate"). */
export interface Leak {
  readonly state: "current" | "rate";
  readonly keep: Float64Array;
  readonly gain: Float64Array;
  /** `out = phi(a)`, elementwise; `out` is not `a`. */
  activate(a: Float64Array, out: Float64Array): void;
}

/** Where a QR iteration ended. */
export interface SchurResult {
  /** Eigenvalues with index above this one are found; -1: all (outside [low, high] they are on the diagonal). */
  readonly failedAt: number;
  readonly sweeps: number;
}
