import { startWasm, wasmName } from "../numeric/wasm.js";
import type { ForceKernel } from "./forceKernel.js";

/**
 * The primitives of FORCE training in WebAssembly: two numbers at a time, see src/numeric/assembly/force.ts. All
 * arrays live in one memory of fixed size, so that nothing is copied. Undefined where the engine cannot.
 */
export function createWasmForceKernel(bytes: number): ForceKernel | undefined {
  const started = startWasm(bytes);
  if (started === undefined || wasmName === undefined) return undefined;
  const { memory, functions } = started;
  const { buffer } = memory;
  let top = 0;
  const take = (size: number): number => {
    const from = top;
    top += 16 * Math.ceil(size / 16);
    if (top > buffer.byteLength) throw new Error(`FORCE kernel: ${top} bytes asked for, ${bytes} expected`);
    return from;
  };
  return {
    name: wasmName,
    doubles: (length) => new Float64Array(buffer, take(8 * length), length),
    integers: (length) => new Int32Array(buffer, take(4 * length), length),
    sparseMultiply: (rows, width, starts, offsets, values, x, y) =>
      functions.sparseMultiply(
        rows,
        width,
        starts.byteOffset,
        offsets.byteOffset,
        values.byteOffset,
        x.byteOffset,
        y.byteOffset,
      ),
    advance: (n, width, column, product, gain, coefficients, weights, rate, drive, state, rates, panel) =>
      functions.advance(
        n,
        8 * width,
        product.byteOffset + 8 * column,
        gain,
        coefficients.length,
        coefficients.byteOffset,
        weights.byteOffset,
        rate,
        drive.byteOffset,
        state.byteOffset,
        rates.byteOffset,
        panel.byteOffset + 8 * column,
      ),
    tanh: (x, out) => functions.tanh(x.length, x.byteOffset, out.byteOffset),
    gemv: (m, n, a, x, y) => functions.gemv(m, n, a.byteOffset, x.byteOffset, y.byteOffset),
    symmetricStep: (n, p, c, k, r, out) =>
      functions.symmetricStep(n, p.byteOffset, c, k.byteOffset, r.byteOffset, out.byteOffset),
  };
}
