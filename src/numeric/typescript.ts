import { createKernel } from "./createKernel.js";
import type { Kernel } from "./kernel.js";
import { tanh as tanhOf } from "./tanh.js";
import { typescriptEigen } from "./typescriptEigen.js";

/**
 * The kernel in plain TypeScript: runs everywhere, and is what faster kernels are tested against.
 *
 * @example
 * ```ts
 * const y = new Float64Array(2);
 * typescriptKernel.gemv(2, 2, Float64Array.of(1, 2, 3, 4), Float64Array.of(1, 1), y); // y = [3, 7]
 * ```
 */
export const typescriptKernel: Kernel = /* @__PURE__ */ createKernel("typescript", {
  tanh,
  sigmoid,
  exp,
  ...typescriptEigen,
});

function tanh(x: Float64Array, out: Float64Array): void {
  const n = x.length;
  for (let i = 0; i < n; i++) out[i] = tanhOf(x[i]);
}

function exp(x: Float64Array, out: Float64Array): void {
  const n = x.length;
  for (let i = 0; i < n; i++) out[i] = Math.exp(x[i]);
}

/** Only a non-positive number is ever exponentiated. */
function sigmoid(x: Float64Array, out: Float64Array): void {
  const n = x.length;
  for (let i = 0; i < n; i++) {
    const v = x[i];
    const e = Math.exp(v < 0 ? v : -v);
    out[i] = (v < 0 ? e : 1) / (1 + e);
  }
}
