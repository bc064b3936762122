import { typescriptKernel } from "../numeric/typescript.js";
import type { ForceKernel } from "./forceKernel.js";

/**
 * The primitives of FORCE training in plain TypeScript: run everywhere, and are what faster ones are tested
 * against. Sums are held in local variables; every element of P is loaded and stored once per update.
 */
export function createTypescriptForceKernel(): ForceKernel {
  return {
    name: typescriptKernel.name,
    doubles: (length) => new Float64Array(length),
    integers: (length) => new Int32Array(length),
    sparseMultiply,
    advance,
    tanh: typescriptKernel.tanh,
    gemv: typescriptKernel.gemv,
    symmetricStep,
  };
}

/** Four columns at a time, then two: an entry of A is loaded once for all of them. `| 0` spares a check for overflow. */
function sparseMultiply(
  rows: number,
  width: number,
  starts: Int32Array,
  offsets: Int32Array,
  values: Float64Array,
  x: Float64Array,
  y: Float64Array,
): void {
  for (let i = 0; i < rows; i++) {
    const start = starts[i];
    const end = starts[i + 1];
    let b = 0;
    for (; b + 4 <= width; b += 4) {
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      for (let q = start; q < end; q++) {
        const a = values[q];
        const o = (offsets[q] + b) | 0;
        s0 += a * x[o];
        s1 += a * x[(o + 1) | 0];
        s2 += a * x[(o + 2) | 0];
        s3 += a * x[(o + 3) | 0];
      }
      const at = i * width + b;
      y[at] = s0;
      y[at + 1] = s1;
      y[at + 2] = s2;
      y[at + 3] = s3;
    }
    for (; b < width; b += 2) {
      let s0 = 0;
      let s1 = 0;
      for (let q = start; q < end; q++) {
        const a = values[q];
        const o = (offsets[q] + b) | 0;
        s0 += a * x[o];
        s1 += a * x[(o + 1) | 0];
      }
      const at = i * width + b;
      y[at] = s0;
      y[at + 1] = s1;
    }
  }
}

function advance(
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
): void {
  for (let i = 0, at = column; i < n; i++, at += width) drive[i] = gain * product[at];
  for (let l = 0; l < coefficients.length; l++) {
    const c = coefficients[l];
    const row = l * n;
    if (c !== 0) for (let i = 0; i < n; i++) drive[i] += c * weights[row + i];
  }
  for (let i = 0, at = column; i < n; i++, at += width) {
    const x = state[i] + rate * (drive[i] - state[i]);
    state[i] = x;
    panel[at] = rates[i] = Math.tanh(x);
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
