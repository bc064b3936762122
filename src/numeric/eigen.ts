/** Which eigenvectors {@link eigen} returns besides the eigenvalues. */
export type EigenVectors = "none" | "right" | "both";
/**
 * The eigen-decomposition of a real square matrix.
 *
 * Eigenvalues are ordered by decreasing modulus; conjugate pairs are adjacent, positive imaginary part first.
 * Vector j is column j: `rightReal[i * n + j] + i * rightImaginary[i * n + j]`. Right vectors have unit
 * Euclidean norm. Left vectors w satisfy w^H A = lambda w^H, scaled so that w_j^H v_j = 1.
 */
export interface EigenDecomposition {
  readonly status: "ok" | "not-finite" | "not-converged";
  /** One sentence when the status is not "ok", else empty. */
  readonly message: string;
  readonly real: Float64Array;
  readonly imaginary: Float64Array;
  readonly rightReal?: Float64Array;
  readonly rightImaginary?: Float64Array;
  readonly leftReal?: Float64Array;
  readonly leftImaginary?: Float64Array;
  /** Condition number of each eigenvalue, |w_j| |v_j| / |w_j^H v_j| >= 1 (Infinity: defective); with "both" only. */
  readonly condition?: Float64Array;
}

export declare function eigen(n: number, a: Float64Array, vectors?: EigenVectors): EigenDecomposition;
