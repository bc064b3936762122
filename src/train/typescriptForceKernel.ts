import { typescriptKernel } from "../numeric/typescript.js";
import type { ForceKernel } from "./forceKernel.js";

/**
 * The primitives of FORCE training in plain TypeScript: run everywhere, and are what faster ones are tested
 * against. Sums are held in local variables; every element of P is loaded and stored once per update. `| 0` spares
 * the engine a check for overflow.
 *
 * @example
 * ```ts
 * const p = Float64Array.of(1, 0, 1); // the identity, 2 x 2
 * const out = new Float64Array(2);
 * typescriptForceKernel.symmetricStep(2, p, 0.5, Float64Array.of(1, 1), Float64Array.of(1, 0), out);
 * out; // => [0.5, -0.5]
 * ```
 */
export const typescriptForceKernel: ForceKernel = {
  name: typescriptKernel.name,
  gemv: typescriptKernel.gemv,
  tanh: typescriptKernel.tanh,
  sparseMultiply,
  symmetricStep,
};

function sparseMultiply(
  rows: number,
  width: number,
  starts: Int32Array,
  offsets: Int32Array,
  values: Float64Array,
  x: Float64Array,
  y: Float64Array,
): void {
  if (width === 1) multiplyOne(rows, starts, offsets, values, x, y);
  else if (width === 4) multiplyFour(rows, starts, offsets, values, x, y);
  else if (width === 6) multiplySix(rows, starts, offsets, values, x, y);
  else
    for (let i = 0; i < rows; i++)
      for (let b = 0; b < width; b++) {
        let sum = 0;
        for (let q = starts[i]; q < starts[i + 1]; q++) sum += values[q] * x[offsets[q] + b];
        y[i * width + b] = sum;
      }
}

/** Four rows side by side as far as the shortest goes: four sums in flight hide the latency of one. */
function multiplyOne(
  rows: number,
  starts: Int32Array,
  columns: Int32Array,
  values: Float64Array,
  x: Float64Array,
  y: Float64Array,
): void {
  let i = 0;
  for (; i + 4 <= rows; i += 4) {
    let q0 = starts[i];
    let q1 = starts[i + 1];
    let q2 = starts[i + 2];
    let q3 = starts[i + 3];
    const end = starts[i + 4];
    const shared = Math.min(q1 - q0, q2 - q1, q3 - q2, end - q3);
    const [e0, e1, e2] = [q1, q2, q3];
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let n = 0; n < shared; n++) {
      s0 += values[q0] * x[columns[q0++]];
      s1 += values[q1] * x[columns[q1++]];
      s2 += values[q2] * x[columns[q2++]];
      s3 += values[q3] * x[columns[q3++]];
    }
    while (q0 < e0) s0 += values[q0] * x[columns[q0++]];
    while (q1 < e1) s1 += values[q1] * x[columns[q1++]];
    while (q2 < e2) s2 += values[q2] * x[columns[q2++]];
    while (q3 < end) s3 += values[q3] * x[columns[q3++]];
    y[i] = s0;
    y[i + 1] = s1;
    y[i + 2] = s2;
    y[i + 3] = s3;
  }
  for (; i < rows; i++) {
    let sum = 0;
    for (let q = starts[i]; q < starts[i + 1]; q++) sum += values[q] * x[columns[q]];
    y[i] = sum;
  }
}

function multiplyFour(
  rows: number,
  starts: Int32Array,
  offsets: Int32Array,
  values: Float64Array,
  x: Float64Array,
  y: Float64Array,
): void {
  for (let i = 0; i < rows; i++) {
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    const end = starts[i + 1];
    for (let q = starts[i]; q < end; q++) {
      const a = values[q];
      const o = offsets[q];
      s0 += a * x[o];
      s1 += a * x[(o + 1) | 0];
      s2 += a * x[(o + 2) | 0];
      s3 += a * x[(o + 3) | 0];
    }
    const at = 4 * i;
    y[at] = s0;
    y[at + 1] = s1;
    y[at + 2] = s2;
    y[at + 3] = s3;
  }
}

function multiplySix(
  rows: number,
  starts: Int32Array,
  offsets: Int32Array,
  values: Float64Array,
  x: Float64Array,
  y: Float64Array,
): void {
  for (let i = 0; i < rows; i++) {
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    let s4 = 0;
    let s5 = 0;
    const end = starts[i + 1];
    for (let q = starts[i]; q < end; q++) {
      const a = values[q];
      const o = offsets[q];
      s0 += a * x[o];
      s1 += a * x[(o + 1) | 0];
      s2 += a * x[(o + 2) | 0];
      s3 += a * x[(o + 3) | 0];
      s4 += a * x[(o + 4) | 0];
      s5 += a * x[(o + 5) | 0];
    }
    const at = 6 * i;
    y[at] = s0;
    y[at + 1] = s1;
    y[at + 2] = s2;
    y[at + 3] = s3;
    y[at + 4] = s4;
    y[at + 5] = s5;
  }
}

/** Two rows and two columns at a time; each element off the diagonal serves its row and its column. */
function symmetricStep(
  n: number,
  p: Float64Array,
  c: number,
  k: Float64Array,
  r: Float64Array,
  out: Float64Array,
): void {
  let at = 0;
  let i = 0;
  for (; i + 2 <= n; i += 2) {
    let at0 = at;
    let at1 = at + i + 1;
    const r0 = r[i];
    const r1 = r[i + 1];
    const c0 = c * k[i];
    const c1 = c * k[i + 1];
    let s0 = 0;
    let s1 = 0;
    let t0 = 0;
    let t1 = 0;
    for (let j = 0; j < i; j += 2) {
      const k0 = k[j];
      const k1 = k[j + 1];
      const a0 = p[at0] - c0 * k0;
      const a1 = p[at0 + 1] - c0 * k1;
      const b0 = p[at1] - c1 * k0;
      const b1 = p[at1 + 1] - c1 * k1;
      p[at0] = a0;
      p[at0 + 1] = a1;
      p[at1] = b0;
      p[at1 + 1] = b1;
      at0 += 2;
      at1 += 2;
      const q0 = r[j];
      const q1 = r[j + 1];
      s0 += a0 * q0;
      s1 += a1 * q1;
      t0 += b0 * q0;
      t1 += b1 * q1;
      out[j] += a0 * r0 + b0 * r1;
      out[j + 1] += a1 * r0 + b1 * r1;
    }
    const a = p[at0] - c0 * k[i];
    const b = p[at1] - c1 * k[i];
    const d = p[at1 + 1] - c1 * k[i + 1];
    p[at0] = a;
    p[at1] = b;
    p[at1 + 1] = d;
    out[i] = s0 + s1 + (a * r0 + b * r1);
    out[i + 1] = t0 + t1 + (b * r0 + d * r1);
    at = at1 + 2;
  }
  if (i === n) return;
  const ci = c * k[i];
  const ri = r[i];
  let sum = 0;
  for (let j = 0; j < i; j++, at++) {
    const a = (p[at] -= ci * k[j]);
    sum += a * r[j];
    out[j] += a * ri;
  }
  out[i] = sum + (p[at] -= ci * k[i]) * ri;
}
