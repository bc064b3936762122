import { createKernel } from "./createKernel.js";
import { blockSizes, type Pack } from "./gemm.js";
import type { Kernel } from "./kernel.js";
import { growingWasm, startWasm, wasmName } from "./wasm.js";
import { wasmEigen } from "./wasmEigen.js";
import { wasmFactor } from "./wasmFactor.js";

/** Numbers that go through the memory of the module at a time: even, for functions that work on pairs. */
const chunk = 4096;
/** A block whose numbers lie within so many is copied whole, gaps and all; else line by line. */
const largestRange = 1 << 17;

/**
 * The kernel in WebAssembly, two numbers at a time: products of packed blocks, tanh, sigmoid and exp. Its memory is small
 * and of fixed size; operands are packed into it, results copied out. Undefined where the engine cannot.
 */
export function wasmKernel(): Kernel | undefined {
  const sizes = [...blockSizes, chunk, largestRange];
  const started = startWasm(8 * sizes.reduce((sum, size) => sum + size, 0));
  const growing = growingWasm();
  if (started === undefined || growing === undefined || wasmName === undefined) return undefined;
  const { memory, functions } = started;
  let top = 0;
  const [a, b, c, values, raw] = sizes.map((size) => {
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
  /** Copies the numbers of a block into the module's memory, which then packs them. */
  const packInto =
    (out: Float64Array): Pack =>
    (lines, depth, alpha, x, start, line, inner) => {
      const range = (lines - 1) * line + (depth - 1) * inner + 1;
      if (range <= largestRange) {
        raw.set(x.subarray(start, start + range));
        functions.pack(lines, depth, alpha, raw.byteOffset, 8 * line, 8 * inner, out.byteOffset);
        return;
      }
      // One of the two strides is 1: copy the stretches along it.
      const along = inner === 1;
      const [count, length, stride] = along ? [lines, depth, line] : [depth, lines, inner];
      for (let i = 0; i < count; i++)
        raw.set(x.subarray(start + i * stride, start + i * stride + length), i * length);
      const [dense, one] = [8 * length, 8];
      functions.pack(
        lines,
        depth,
        alpha,
        raw.byteOffset,
        along ? dense : one,
        along ? one : dense,
        out.byteOffset,
      );
    };
  const blocks = {
    packA: packInto(a),
    packB: packInto(b),
    c,
    multiply: (rowPanels: number, columnPanels: number, depth: number) =>
      functions.multiplyPacked(rowPanels, columnPanels, depth, a.byteOffset, b.byteOffset, c.byteOffset),
  };
  return createKernel(wasmName, blocks, {
    tanh: elementwise(functions.tanh),
    sigmoid: elementwise(functions.sigmoid),
    exp: elementwise(functions.exp),
    ...wasmEigen(growing),
    ...wasmFactor(growing),
  });
}
