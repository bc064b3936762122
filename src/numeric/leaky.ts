import type { Kernel, Leak } from "./kernel.js";

/** The step of a leaky layer ({@link Kernel.leaky}) by the products of a kernel. */
export function leakyStep(
  kernel: Pick<Kernel, "gemm">,
  n: number,
  w: Float64Array,
  { state, keep, gain, activate }: Leak,
): ReturnType<Kernel["leaky"]> {
  let scratch = new Float64Array(0);
  return (count, x, y) => {
    const size = count * n;
    if (scratch.length < size) scratch = new Float64Array(size);
    const z = scratch.subarray(0, size);
    const isCurrent = state === "current";
    if (isCurrent) activate(x.subarray(0, size), z);
    kernel.gemm(false, true, count, n, n, 1, isCurrent ? z : x, w, 1, y);
    if (!isCurrent) activate(y.subarray(0, size), z);
    const drive = isCurrent ? y : z;
    for (let s = 0, p = 0; s < count; s++)
      for (let i = 0; i < n; i++, p++) y[p] = keep[i] * x[p] + gain[i] * drive[p];
  };
}
