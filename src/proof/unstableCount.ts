import type { Matrix, Time } from "../core/system.js";
import { eigen } from "../numeric/eigen.js";
import { addBounds, type IntervalMatrix, normBound, productBounds } from "./intervalMatrix.js";
import { approximateInverse } from "./inverse.js";
import { inflation, tiny, unitRoundoff, up } from "./rounding.js";

/** How many eigenvalues grow, proved for every member of an interval matrix; or why that is not known. */
export type UnstableCount =
  | { readonly count: number; readonly margin: number }
  | { readonly count: null; readonly reason: string };

/**
 * Counts the eigenvalues outside the unit circle (maps) or right of the imaginary axis (flows) of every member of an
 * interval matrix.
 *
 * With V the computed eigenvectors (real and imaginary parts as columns) and L their block-diagonal eigenvalues,
 * `V^-1 J V = L + V^-1 (J V - V L)` is enclosed; block Gershgorin discs around the eigenvalues hold those of every
 * member, with equal counts in every separate union (Feingold & Varga 1962). Decided when no disc touches the
 * boundary; `margin` is the smallest distance of a disc from it. About two eigen-decompositions of cost.
 */
export function unstableCount(time: Time, n: number, jacobian: IntervalMatrix): UnstableCount {
  const computed = eigen(n, jacobian.centre, "right");
  if (computed.status !== "ok") return { count: null, reason: computed.message };
  const { real, imaginary } = computed;
  const vectors = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    // A pair: its real part in the first column, its imaginary part in the second.
    const second = imaginary[j] < 0;
    for (let i = 0; i < n; i++)
      vectors[i * n + j] = second ? computed.rightImaginary![i * n + j - 1] : computed.rightReal![i * n + j];
  }
  const inverse = approximateInverse(n, vectors);
  if (!inverse) return { count: null, reason: "its eigenvectors are not independent" };

  const rest = timesExact(n, jacobian, vectors);
  addBounds(rest, minusScaled(n, vectors, real, imaginary));
  const moved = productBounds(n, n, n, inverse, rest);
  const gap = productBounds(n, n, n, inverse, { centre: vectors, radius: new Float64Array(n * n) });
  for (let i = 0; i < n; i++) gap.centre[i * n + i] -= 1;
  for (let i = 0; i < n * n; i++) gap.radius[i] += unitRoundoff * (Math.abs(gap.centre[i]) + 1) * 2;
  const error = normBound(n, n, gap);
  if (!(error < 0.5)) return { count: null, reason: "its eigenvectors are nearly dependent" };
  const amplify = up(up(error / (1 - error)) * (1 + 2 ** -50));

  // Row sums of |V^-1 (J V - V L)|, with what the inverse lacks.
  let most = 0;
  const columnMost = new Float64Array(n);
  for (let i = 0, p = 0; i < n; i++)
    for (let j = 0; j < n; j++, p++) {
      const size = Math.abs(moved.centre[p]) + moved.radius[p];
      columnMost[j] = Math.max(columnMost[j], size);
    }
  for (let j = 0; j < n; j++) most += columnMost[j];
  const sums = new Float64Array(n);
  for (let i = 0, p = 0; i < n; i++) {
    for (let j = 0; j < n; j++, p++) sums[i] += Math.abs(moved.centre[p]) + moved.radius[p];
    sums[i] = (sums[i] + amplify * most) * inflation(2 * n + 8) + tiny;
  }

  let count = 0;
  let margin = Infinity;
  for (let j = 0; j < n; j++) {
    const pair = imaginary[j] !== 0;
    const first = imaginary[j] < 0 ? j - 1 : j;
    const radius = pair ? up(sums[first] + sums[first + 1]) : sums[j];
    // Distance of the centre from the boundary, signed: positive outside.
    const distance = time === "continuous" ? real[j] : Math.hypot(real[j], imaginary[j]) - 1;
    const slack = time === "continuous" ? 0 : 2 ** -48 * (1 + Math.abs(distance));
    // Three times the disc: a checker that rounds more coarsely must decide alike.
    const clear = Math.abs(distance) - 3 * radius - slack;
    if (!(clear > 0))
      return {
        count: null,
        reason: `an eigenvalue within ${radius.toExponential(1)} of ${describe(real[j], imaginary[j])} may lie on either side`,
      };
    margin = Math.min(margin, clear);
    if (distance > 0) count++;
  }
  return { count, margin };
}

/** `J V` for an interval matrix J and an exact V. */
function timesExact(n: number, j: IntervalMatrix, v: Matrix): { centre: Matrix; radius: Matrix } {
  const transposed = productBounds(n, n, n, transpose(n, v), {
    centre: transpose(n, j.centre),
    radius: transpose(n, j.radius),
  });
  return { centre: transpose(n, transposed.centre), radius: transpose(n, transposed.radius) };
}

/** `-V L`, L block diagonal: columns (a + bi) of a pair give `-(a x - b y)` and `-(b x + a y)`. */
function minusScaled(n: number, v: Matrix, real: Float64Array, imaginary: Float64Array): IntervalMatrix {
  const centre = new Float64Array(n * n);
  const radius = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      const a = real[j];
      const b = imaginary[j];
      const p = i * n + j;
      // J (x + iy) = (a + ib)(x + iy): J x = a x - b y, J y = b x + a y; imaginary[j] is b in the first column, -b in the second.
      const partner = b > 0 ? v[p + 1] : b < 0 ? v[p - 1] : 0;
      const s = a * v[p];
      const t = b * partner;
      centre[p] = t - s;
      radius[p] = 3 * unitRoundoff * (Math.abs(s) + Math.abs(t)) * (1 + 2 ** -40) + 8 * tiny;
    }
  return { centre, radius };
}

function transpose(n: number, a: Matrix): Matrix {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) out[j * n + i] = a[i * n + j];
  return out;
}

function describe(real: number, imaginary: number): string {
  const part = (v: number) => v.toPrecision(6);
  return imaginary === 0
    ? part(real)
    : `${part(real)} ${imaginary > 0 ? "+" : "-"} ${part(Math.abs(imaginary))}i`;
}
