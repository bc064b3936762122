import { createRandom } from "../core/random.js";
import { defaultKernel as kernel } from "./defaultKernel.js";
import { eigen } from "./eigen.js";
import { krylovSchur, type Leading, type Product } from "./krylovSchur.js";

/** Options of {@link slowestModes}. */
export interface SlowestModesOptions {
  /** How many eigenvalues; one more comes back where that would part a conjugate pair. */
  readonly count: number;
  /** Which: "modulus" for a map, whose slow modes have the largest modulus; "real" for a flow. */
  readonly leading: Leading;
  /** A pair has converged when |A v - lambda v| is at most this times the size of A. @defaultValue `1e-12` */
  readonly tolerance?: number;
  /** Products allowed, for the right vectors and again for the left. @defaultValue the larger of 6000 and 2 n */
  readonly maxProducts?: number;
  /** Seed of the starting vectors. @defaultValue `0` */
  readonly seed?: number;
}

/** What {@link slowestModes} returns: eigenpairs in the order asked for, k of them. */
export interface SlowestModes {
  /**
   * "ok"; "not-converged": the products were spent, or the left vectors do not belong to the same eigenvalues: see the
   * residuals for what was reached; "not-finite": a product has NaN or infinity, and nothing is returned.
   */
  readonly status: "ok" | "not-converged" | "not-finite";
  /** One sentence when the status is not "ok", else empty. */
  readonly message: string;
  /** Length k; of a pair the positive imaginary part first. */
  readonly real: Float64Array;
  readonly imaginary: Float64Array;
  /** n x k, vector j in column j, unit norm. */
  readonly rightReal: Float64Array;
  readonly rightImaginary: Float64Array;
  /**
   * n x k, w_j^H v_j = 1, and w_i^H v_j = 0 otherwise; of unit norm for a defective eigenvalue. Absent without the
   * transposed product; NaN where not to be had.
   */
  readonly leftReal?: Float64Array;
  readonly leftImaginary?: Float64Array;
  /** |w_j| |v_j|, the condition number of each eigenvalue; Infinity: defective. With left vectors only. */
  readonly condition?: Float64Array;
  /** |A v - lambda v|, by products with the vectors returned. */
  readonly residuals: Float64Array;
  /** |A' conj(w) - lambda conj(w)| / |w|; with left vectors only. */
  readonly leftResiduals?: Float64Array;
  /** The size of A as far as products showed: largest |A v| of a unit v. */
  readonly size: number;
  /** Products made, transposed ones included. */
  readonly products: number;
}

/** A residual this many times the tolerance still counts as converged: the vectors were formed in rounded arithmetic. */
const slack = 10;

/**
 * The leading eigenpairs of a large real matrix from its products alone: the slowest modes of a network, without its
 * Jacobian.
 *
 * Right vectors span the leading invariant subspace V that {@link krylovSchur} finds for A; with `transposed` given, left
 * ones that of A', made dual to V, so that right and left are biorthonormal.
 *
 * Never throws. Eigenvalues that come first but have many close neighbours (the edge of a random network's disc) take
 * many products; those that stand out take few. A repeated eigenvalue may come back fewer times than it is repeated.
 *
 * Cost: about 60 products for modes that stand out; O(n) numbers per direction, 120 directions.
 * Source: Stewart (2001); Saad, Numerical Methods for Large Eigenvalue Problems (2011).
 *
 * @param n - order, at least 1
 * @param product - `out = A v`
 * @param transposed - `out = A' v`
 *
 * @example
 * ```ts
 * const half = (v, out) => out.set(v.map((x, i) => x / (i + 2)));
 * slowestModes(100, half, undefined, { count: 2, leading: "modulus" }).real; // [0.5, 0.333...]
 * ```
 */
export function slowestModes(
  n: number,
  product: Product,
  transposed: Product | undefined,
  options: SlowestModesOptions,
): SlowestModes {
  const { leading, tolerance = 1e-12, maxProducts = Math.max(6000, 2 * n), seed = 0 } = options;
  const random = createRandom(seed);
  const request = { count: options.count, leading, tolerance, maxProducts };
  const right = krylovSchur(n, product, { ...request, random: random.stream(0) });
  if (right.status === "not-finite") return nothing("not-finite", "A product with the matrix is not finite.");
  const k = right.count;
  const projected = eigen(k, right.t, "both");
  const { status, real, imaginary, rightReal, rightImaginary, leftReal, leftImaginary } = projected;
  if (status !== "ok" || k === 0)
    return nothing("not-converged", "The projected eigenproblem did not converge.");
  const order = orderOf(leading, real, imaginary);
  const sorted = { real: pick(real, order), imaginary: pick(imaginary, order) };
  const [vReal, vImaginary] = expand(n, right.basis, order, rightReal!, rightImaginary!);
  const residuals = residualsOf(n, product, sorted.real, sorted.imaginary, vReal, vImaginary);
  const enough = slack * tolerance * right.size;
  let converged = right.status === "ok" && residuals.every((r) => r <= enough);
  let message = converged ? "" : "Not all modes have converged: see the residuals.";
  let products = right.products + 2 * k;
  let left: Partial<SlowestModes> = {};

  if (transposed) {
    const subspace = krylovSchur(n, transposed, { ...request, random: random.stream(1) });
    products += subspace.products + 2 * k;
    const dual = subspace.count === k ? dualBasis(n, k, subspace.basis, right.basis) : undefined;
    const basis = dual ?? new Float64Array(k * n).fill(Number.NaN);
    const [wReal, wImaginary] = expand(n, basis, order, leftReal!, leftImaginary!);
    const norms = wReal.slice(0, k).map((_, j) => columnNorm(n, k, j, wReal, wImaginary));
    // A defective one has a left vector of unit norm, which says nothing about its condition.
    const condition = norms.map((norm, j) => (projected.condition![order[j]] === Infinity ? Infinity : norm));
    const leftResiduals = residualsOf(
      n,
      transposed,
      sorted.real,
      sorted.imaginary,
      wReal,
      wImaginary.map((v) => -v),
    ).map((r, j) => r / norms[j]);
    if (converged && !(subspace.status === "ok" && leftResiduals.every((r) => r <= 1e3 * enough))) {
      converged = false;
      message = "The left vectors have not converged.";
    }
    left = { leftReal: wReal, leftImaginary: wImaginary, condition, leftResiduals };
  }
  return {
    status: converged ? "ok" : "not-converged",
    message,
    ...sorted,
    rightReal: vReal,
    rightImaginary: vImaginary,
    ...left,
    residuals,
    size: right.size,
    products,
  };
}

function nothing(status: SlowestModes["status"], message: string): SlowestModes {
  const none = () => new Float64Array(0);
  return {
    status,
    message,
    real: none(),
    imaginary: none(),
    rightReal: none(),
    rightImaginary: none(),
    residuals: none(),
    size: Number.NaN,
    products: 0,
  };
}

/** Positions in the order asked for; eigen's order (modulus) breaks ties, so pairs stay together. */
function orderOf(leading: Leading, real: Float64Array, imaginary: Float64Array): number[] {
  const order = Array.from(real.keys());
  if (leading === "modulus") return order;
  const head = (j: number) => (imaginary[j] < 0 ? j - 1 : j);
  return order.sort((i, j) => real[head(j)] - real[head(i)] || i - j);
}

function pick(values: Float64Array, order: readonly number[]): Float64Array {
  return Float64Array.from(order, (j) => values[j]);
}

/** n x k: the combinations of the basis (k rows of n) in the columns of k x k `real + i imaginary`, reordered. */
function expand(
  n: number,
  basis: Float64Array,
  order: readonly number[],
  real: Float64Array,
  imaginary: Float64Array,
): [Float64Array, Float64Array] {
  const k = order.length;
  const both = [real, imaginary].map((part) => {
    const columns = new Float64Array(k * k);
    for (let i = 0; i < k; i++) for (let j = 0; j < k; j++) columns[i * k + j] = part[i * k + order[j]];
    const out = new Float64Array(n * k);
    kernel.gemm(true, false, n, k, k, 1, basis, columns, 0, out);
    return out;
  });
  return [both[0], both[1]];
}

/** The basis of W's row space that is dual to V's: (W V')^-1 W; undefined where the two spaces do not match. */
function dualBasis(n: number, k: number, w: Float64Array, v: Float64Array): Float64Array | undefined {
  const gram = new Float64Array(k * k);
  kernel.gemm(false, true, k, k, n, 1, w, v, 0, gram);
  const pivots = new Int32Array(k);
  const sign = kernel.luFactor(k, gram, pivots);
  if (sign !== 1 && sign !== -1) return undefined;
  const out = new Float64Array(k * n);
  const column = new Float64Array(k);
  for (let i = 0; i < n; i++) {
    for (let a = 0; a < k; a++) column[a] = w[a * n + i];
    kernel.luSolve(k, gram, pivots, column);
    for (let a = 0; a < k; a++) out[a * n + i] = column[a];
  }
  return out;
}

/** |A v - lambda v| of every column; NaN where the vector is. */
function residualsOf(
  n: number,
  product: Product,
  real: Float64Array,
  imaginary: Float64Array,
  vReal: Float64Array,
  vImaginary: Float64Array,
): Float64Array {
  const k = real.length;
  const [re, im, imageRe, imageIm] = [0, 0, 0, 0].map(() => new Float64Array(n));
  return real.map((lambda, j) => {
    const omega = imaginary[j];
    for (let i = 0; i < n; i++) {
      re[i] = vReal[i * k + j];
      im[i] = vImaginary[i * k + j];
    }
    product(re, imageRe);
    if (omega !== 0) product(im, imageIm);
    let sum = 0;
    for (let i = 0; i < n; i++) {
      sum += (imageRe[i] - lambda * re[i] + omega * im[i]) ** 2;
      if (omega !== 0) sum += (imageIm[i] - lambda * im[i] - omega * re[i]) ** 2;
    }
    return Math.sqrt(sum);
  });
}

function columnNorm(n: number, k: number, j: number, re: Float64Array, im: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += re[i * k + j] ** 2 + im[i * k + j] ** 2;
  return Math.sqrt(sum);
}
