import { createMultiplyAdd } from "./gemm.js";
import type { Kernel } from "./kernel.js";
import { leakyStep } from "./leaky.js";
import { leastSquares } from "./leastSquares.js";
import { luFactor, luSolve } from "./lu.js";

/** A kernel in plain TypeScript from its functions and its Schur form. */
export function createKernel(
  name: string,
  own: Pick<Kernel, "tanh" | "sigmoid" | "exp" | "schur" | "quasiTriangularVectors"> & Partial<Kernel>,
): Kernel {
  const multiplyAdd = createMultiplyAdd();
  const kernel: Kernel = {
    name,
    gemm(transposeA, transposeB, m, n, k, alpha, a, b, beta, c) {
      const size = m * n;
      if (beta === 0) c.fill(0, 0, size);
      else if (beta !== 1) for (let i = 0; i < size; i++) c[i] *= beta;
      if (alpha === 0 || k === 0) return;
      const aRow = transposeA ? 1 : k;
      const aColumn = transposeA ? m : 1;
      const bRow = transposeB ? 1 : n;
      const bColumn = transposeB ? k : 1;
      multiplyAdd(m, n, k, alpha, a, 0, aRow, aColumn, b, 0, bRow, bColumn, c, 0, n);
    },
    leaky: (n, w, leak) => leakyStep(kernel, n, w, leak),
    gemv,
    gemvTransposed,
    luFactor: (n, a, pivots) => luFactor(multiplyAdd, n, a, pivots),
    luSolve,
    cholesky,
    choleskySolve,
    leastSquares,
    ...own,
  };
  return kernel;
}

function gemv(m: number, n: number, a: Float64Array, x: Float64Array, y: Float64Array): void {
  let i = 0;
  for (; i + 4 <= m; i += 4) {
    let p0 = i * n;
    let p1 = p0 + n;
    let p2 = p1 + n;
    let p3 = p2 + n;
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let j = 0; j < n; j++) {
      const xj = x[j];
      s0 += a[p0++] * xj;
      s1 += a[p1++] * xj;
      s2 += a[p2++] * xj;
      s3 += a[p3++] * xj;
    }
    y[i] = s0;
    y[i + 1] = s1;
    y[i + 2] = s2;
    y[i + 3] = s3;
  }
  for (; i < m; i++) {
    let p = i * n;
    let sum = 0;
    for (let j = 0; j < n; j++) sum += a[p++] * x[j];
    y[i] = sum;
  }
}

function gemvTransposed(m: number, n: number, a: Float64Array, x: Float64Array, y: Float64Array): void {
  y.fill(0, 0, n);
  let i = 0;
  for (; i + 4 <= m; i += 4) {
    let p0 = i * n;
    let p1 = p0 + n;
    let p2 = p1 + n;
    let p3 = p2 + n;
    const x0 = x[i];
    const x1 = x[i + 1];
    const x2 = x[i + 2];
    const x3 = x[i + 3];
    for (let j = 0; j < n; j++) y[j] += a[p0++] * x0 + a[p1++] * x1 + (a[p2++] * x2 + a[p3++] * x3);
  }
  for (; i < m; i++) {
    let p = i * n;
    const xi = x[i];
    for (let j = 0; j < n; j++) y[j] += a[p++] * xi;
  }
}

/** Row by row: `L[i, j] = (A[i, j] - L[i, :j] . L[j, :j]) / L[j, j]`; both rows are contiguous. */
function cholesky(n: number, a: Float64Array): boolean {
  for (let i = 0; i < n; i++) {
    const rowI = i * n;
    for (let j = 0; j < i; j++) {
      const rowJ = j * n;
      let s0 = 0;
      let s1 = 0;
      let k = 0;
      for (; k + 2 <= j; k += 2) {
        s0 += a[rowI + k] * a[rowJ + k];
        s1 += a[rowI + k + 1] * a[rowJ + k + 1];
      }
      if (k < j) s0 += a[rowI + k] * a[rowJ + k];
      a[rowI + j] = (a[rowI + j] - (s0 + s1)) / a[rowJ + j];
    }
    let rest = a[rowI + i];
    for (let k = 0; k < i; k++) rest -= a[rowI + k] * a[rowI + k];
    if (!(rest > 0) || rest === Infinity) return false;
    a[rowI + i] = Math.sqrt(rest);
  }
  return true;
}

function choleskySolve(n: number, l: Float64Array, b: Float64Array): void {
  for (let i = 0; i < n; i++) {
    const row = i * n;
    let sum = b[i];
    for (let k = 0; k < i; k++) sum -= l[row + k] * b[k];
    b[i] = sum / l[row + i];
  }
  for (let i = n - 1; i >= 0; i--) {
    const row = i * n;
    const x = (b[i] /= l[row + i]);
    for (let k = 0; k < i; k++) b[k] -= l[row + k] * x;
  }
}
