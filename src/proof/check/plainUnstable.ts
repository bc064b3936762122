import type { Matrix, Time } from "../../core/system.js";
import { eigen } from "../../numeric/eigen.js";
import { product } from "./plainAlgebra.js";
import { above, below, type Pair, plus, times } from "./plainInterval.js";
import { plainInverse, plainNorm, preconditioned } from "./plainSystem.js";

/**
 * Checks that `count` eigenvalues of every member of a matrix within bounds grow. Computed eigenvectors are only a
 * change of basis here; what counts are Gershgorin discs of the transformed matrix, in the checker's arithmetic.
 */
export function checkUnstable(
  time: Time,
  n: number,
  jacobian: { readonly lower: Matrix; readonly upper: Matrix },
  count: number,
): string | undefined {
  const centre = jacobian.lower.map((low, i) => low + (jacobian.upper[i] - low) / 2);
  const { status, real, imaginary, rightReal, rightImaginary } = eigen(n, centre, "right");
  if (status !== "ok") return "its eigenvalues cannot be computed";
  const basis = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++)
      basis[i * n + j] = imaginary[j] < 0 ? rightImaginary![i * n + j - 1] : rightReal![i * n + j];
  const inverse = plainInverse(n, basis);
  if (!inverse) return "its eigenvectors are dependent";
  // B = W J V; V^-1 J V = (W V)^-1 B. W V = I + E, so |V^-1 J V - B| <= e / (1 - e) max |B| by columns.
  const transposed = transpose(n, jacobian.lower);
  const transposedUpper = transpose(n, jacobian.upper);
  const right = product(n, n, n, transpose(n, basis), transposed, transposedUpper); // (J V)'
  const similar = preconditioned(n, inverse, {
    lower: transpose(n, right.lower),
    upper: transpose(n, right.upper),
  });
  const error = plainNorm(n, preconditioned(n, inverse, { lower: basis, upper: basis }), 1);
  if (!(error < 0.5)) return "its eigenvectors are nearly dependent";
  const amplify = above(error / below(1 - error));
  let spread = 0;
  for (let j = 0; j < n; j++) {
    let most = 0;
    for (let i = 0; i < n; i++) {
      const p = i * n + j;
      most = Math.max(most, Math.abs(similar.lower[p]), Math.abs(similar.upper[p]));
    }
    spread = above(spread + most);
  }
  const extra = above(amplify * spread);
  let growing = 0;
  for (let j = 0; j < n; j++) {
    const first = imaginary[j] < 0 ? j - 1 : j;
    const last = imaginary[j] === 0 ? j : first + 1;
    let radius = 0;
    for (let i = first; i <= last; i++) {
      radius = above(radius + extra);
      for (let k = 0; k < n; k++) {
        const at = i * n + k;
        const own = block(i, k, first, last, real[j], Math.abs(imaginary[j]));
        radius = above(
          radius +
            Math.max(Math.abs(below(similar.lower[at] - own)), Math.abs(above(similar.upper[at] - own))),
        );
      }
    }
    const size: Pair = plus(
      times([real[j], real[j]], [real[j], real[j]]),
      times([imaginary[j], imaginary[j]], [imaginary[j], imaginary[j]]),
    );
    const modulus: Pair = [below(Math.sqrt(Math.max(size[0], 0))), above(Math.sqrt(size[1]))];
    const inside = time === "continuous" ? above(real[j] + radius) < 0 : above(modulus[1] + radius) < 1;
    const outside = time === "continuous" ? below(real[j] - radius) > 0 : below(modulus[0] - radius) > 1;
    if (!inside && !outside) return "an eigenvalue may lie on either side of the boundary";
    if (outside) growing++;
  }
  return growing === count ? undefined : `${growing} eigenvalues grow, not ${count}`;
}

/** Entry of the block-diagonal form: `a` on the diagonal, b above and -b below it within a pair. */
function block(i: number, k: number, first: number, last: number, a: number, b: number): number {
  if (i === k) return a;
  if (first === last || k < first || k > last) return 0;
  return i === first ? b : -b;
}

function transpose(n: number, a: Matrix): Matrix {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) out[j * n + i] = a[i * n + j];
  return out;
}
