import { createKernel } from "./createKernel.js";
import { blockSizes } from "./gemm.js";
import type { Kernel } from "./kernel.js";
import { startWasm, wasmName } from "./wasm.js";

/** Numbers that go through the memory of the module at a time. */
const chunk = 4096;

/**
 * The kernel in WebAssembly, two numbers at a time: products of packed blocks, tanh and sigmoid. Its memory is small
 * and of fixed size; operands are packed into it, results copied out. Undefined where the engine cannot.
 */
export function wasmKernel(): Kernel | undefined {
  const sizes = [...blockSizes, chunk];
  const started = startWasm(8 * sizes.reduce((sum, size) => sum + size, 0));
  if (started === undefined || wasmName === undefined) return undefined;
  const { memory, functions } = started;
  let top = 0;
  const [a, b, c, values] = sizes.map((size) => {
    const view = new Float64Array(memory.buffer, top, size);
    top += 8 * size;
    return view;
  });
  const elementwise =
    (apply: (n: number, x: number, out: number) => void) => (x: Float64Array, out: Float64Array) => {
      for (let from = 0; from < x.length; from += chunk) {
        const count = Math.min(chunk, x.length - from);
        values.set(x.subarray(from, from + count));
        apply(count, values.byteOffset, values.byteOffset);
        out.set(count === chunk ? values : values.subarray(0, count), from);
      }
    };
  const blocks = {
    a,
    b,
    c,
    multiply: (rowPanels: number, columnPanels: number, depth: number) =>
      functions.multiplyPacked(rowPanels, columnPanels, depth, a.byteOffset, b.byteOffset, c.byteOffset),
  };
  return createKernel(wasmName, blocks, {
    tanh: elementwise(functions.tanh),
    sigmoid: elementwise(functions.sigmoid),
  });
}
