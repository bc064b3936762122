import type { Kernel } from "./kernel.js";
import { typescriptKernel } from "./typescript.js";
import { growingWasm, startWasm, wasmName } from "./wasm.js";
import { wasmEigen } from "./wasmEigen.js";
import { wasmFactor } from "./wasmFactor.js";
import { leakyBytes, wasmGemm, wasmLeaky } from "./wasmProducts.js";

/** Numbers that go through the memory of the module at a time: even, for functions that work on pairs. */
const chunk = 4096;

/**
 * The kernel in WebAssembly, two numbers at a time. Operands are copied into its memory and results out of it; what
 * lies there already, as in the steps of a leaky layer, is worked on where it is. Undefined where the engine cannot.
 */
export function wasmKernel(): Kernel | undefined {
  const started = startWasm(8 * chunk + leakyBytes);
  const growing = growingWasm();
  if (started === undefined || growing === undefined || wasmName === undefined) return undefined;
  const { memory, functions } = started;
  const values = new Float64Array(memory.buffer, 0, chunk);
  const elementwise =
    (apply: (n: number, x: number, out: number) => void) => (x: Float64Array, out: Float64Array) => {
      if (x.buffer === memory.buffer && out.buffer === memory.buffer && x.length % 2 === 0)
        return apply(x.length, x.byteOffset, out.byteOffset);
      for (let from = 0; from < x.length; from += chunk) {
        const count = Math.min(chunk, x.length - from);
        values.set(x.subarray(from, from + count));
        apply(count, 0, 0);
        out.set(count === chunk ? values : values.subarray(0, count), from);
      }
    };
  const gemm = wasmGemm(growing);
  return {
    ...typescriptKernel,
    name: wasmName,
    gemm,
    leaky: wasmLeaky(started, 8 * chunk, gemm),
    tanh: elementwise(functions.tanh),
    sigmoid: elementwise(functions.sigmoid),
    exp: elementwise(functions.exp),
    ...wasmEigen(growing),
    ...wasmFactor(growing),
  };
}
