import { defaultKernel } from "./defaultKernel.js";
import type { Kernel } from "./kernel.js";

/** The solution of `X = A X A' + Q`, and how good it is. */
export interface DiscreteLyapunov {
  /** "not-converged": the powers of A do not die out in `2^60` steps, or overflow: the spectral radius is not below 1. */
  readonly status: "ok" | "not-finite" | "not-converged";
  /** n x n, exactly symmetric; zeros unless the status is "ok". */
  readonly x: Float64Array;
  /** `|A X A' + Q - X| / |X|` in Frobenius norms; 0 for X = 0, and unless the status is "ok". */
  readonly residual: number;
  /** How often A was squared. */
  readonly doublings: number;
}

/** Enough for a spectral radius of 1 - 1e-16. */
const mostDoublings = 60;

/**
 * Discrete Lyapunov equation `X = A X A' + Q`, Q symmetric: `X = sum over k of A^k Q A^k'`.
 *
 * The covariance of `x <- A x + noise` with noise of covariance Q. By doubling: `X <- X + A X A'`, `A <- A A`, until
 * `|A|^2` is below the rounding error, so that what is left out is, too. With Q positive semi-definite all summands
 * are, and nothing cancels. Neither argument is changed. Needs a spectral radius below 1; the error grows as
 * 1 / (1 - radius), as that of any method.
 *
 * Cost: 6 n^3 operations per doubling; about `log2(18 / (1 - radius))` doublings, 11 for a radius of .99. `5 n^2` numbers.
 *
 * Source: Smith (1968), SIAM J. Appl. Math. 16:198 (squared iteration).
 *
 * @example
 * ```ts
 * discreteLyapunov(1, Float64Array.of(0.5), Float64Array.of(3)).x; // => [4]
 * ```
 */
export function discreteLyapunov(
  n: number,
  a: Float64Array,
  q: Float64Array,
  kernel: Kernel = defaultKernel,
): DiscreteLyapunov {
  const failed = (status: DiscreteLyapunov["status"], doublings: number): DiscreteLyapunov => ({
    status,
    x: new Float64Array(n * n),
    residual: 0,
    doublings,
  });
  if (!Number.isFinite(squareOf(a)) || !Number.isFinite(squareOf(q))) return failed("not-finite", 0);
  const x = q.slice(0, n * n);
  let power: Float64Array = a.slice(0, n * n);
  let next: Float64Array = new Float64Array(n * n);
  const half = new Float64Array(n * n);
  let doublings = 0;
  for (let size = squareOf(power); size > Number.EPSILON / 4; size = squareOf(power)) {
    if (doublings === mostDoublings || !Number.isFinite(size)) return failed("not-converged", doublings);
    kernel.gemm(false, false, n, n, n, 1, power, x, 0, half);
    kernel.gemm(false, true, n, n, n, 1, half, power, 1, x);
    symmetrise(n, x);
    kernel.gemm(false, false, n, n, n, 1, power, power, 0, next);
    [power, next] = [next, power];
    doublings++;
  }
  // What is left: |power|^2 is at rounding level, but a long transient may still have weight in single entries.
  kernel.gemm(false, false, n, n, n, 1, power, x, 0, half);
  kernel.gemm(false, true, n, n, n, 1, half, power, 1, x);
  symmetrise(n, x);
  if (!Number.isFinite(squareOf(x))) return failed("not-converged", doublings);
  kernel.gemm(false, false, n, n, n, 1, a, x, 0, half);
  next.set(q.subarray(0, n * n));
  kernel.gemm(false, true, n, n, n, 1, half, a, 1, next);
  for (let i = 0; i < n * n; i++) next[i] -= x[i];
  const size = squareOf(x);
  return { status: "ok", x, residual: size > 0 ? Math.sqrt(squareOf(next) / size) : 0, doublings };
}

function squareOf(a: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * a[i];
  return sum;
}

function symmetrise(n: number, x: Float64Array): void {
  for (let i = 0; i < n; i++)
    for (let j = 0; j < i; j++) x[i * n + j] = x[j * n + i] = (x[i * n + j] + x[j * n + i]) / 2;
}
