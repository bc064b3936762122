import type { Kernel } from "./kernel.js";
import { typescriptKernel } from "./typescript.js";
import type { GrowingWasm } from "./wasm.js";

/** Below this order the copies in and out cost more than the module saves. */
const worthwhile = 24;

/** Factorisations in WebAssembly; plain TypeScript for small matrices, and where the memory is not to be had. */
export function wasmFactor(wasm: GrowingWasm): Pick<Kernel, "luFactor" | "cholesky" | "leastSquares"> {
  /** The module with the matrix in it, the address behind which all else goes, and the matrix there. */
  function put(n: number, a: Float64Array) {
    const room = wasm.sizes.factorRoom();
    const started = n < worthwhile ? undefined : wasm.start(room + 8 * n * n + 4 * n);
    if (started === undefined) return undefined;
    const { memory, functions } = started;
    const inside = new Float64Array(memory.buffer, wasm.begin + room, n * n);
    inside.set(a.length === n * n ? a : a.subarray(0, n * n));
    return { functions, buffer: memory.buffer, inside, scratch: wasm.begin };
  }
  return {
    luFactor(n, a, pivots) {
      const at = put(n, a);
      if (at === undefined) return typescriptKernel.luFactor(n, a, pivots);
      const { functions, buffer, inside, scratch } = at;
      if (functions.isFinite(n * n, inside.byteOffset) === 0) return Number.NaN;
      const swapped = new Int32Array(buffer, inside.byteOffset + 8 * n * n, n);
      const sign = functions.luFactor(n, inside.byteOffset, swapped.byteOffset, scratch);
      a.set(inside);
      pivots.set(swapped);
      for (let i = 0; i < n; i++) if (!Number.isFinite(a[i * n + i])) return Number.NaN;
      return sign;
    },
    cholesky(n, a) {
      const at = put(n, a);
      if (at === undefined) return typescriptKernel.cholesky(n, a);
      const { functions, inside, scratch } = at;
      const ok = functions.cholesky(n, inside.byteOffset, scratch) !== 0;
      if (ok) for (let i = 0; i < n; i++) a.set(inside.subarray(i * n, i * n + i + 1), i * n);
      return ok;
    },
    leastSquares(m, n, k, a, b) {
      const work = m + Math.max(n, k);
      const started = m * n < worthwhile ** 2 ? undefined : wasm.start(8 * (m * (n + k) + work));
      if (started === undefined) return typescriptKernel.leastSquares(m, n, k, a, b);
      const { memory, functions } = started;
      const insideA = new Float64Array(memory.buffer, wasm.begin, m * n);
      const insideB = new Float64Array(memory.buffer, wasm.begin + 8 * m * n, m * k);
      insideA.set(a.subarray(0, m * n));
      insideB.set(b.subarray(0, m * k));
      const ratio = functions.leastSquares(
        m,
        n,
        k,
        insideA.byteOffset,
        insideB.byteOffset,
        insideB.byteOffset + 8 * m * k,
      );
      a.set(insideA);
      b.set(insideB);
      return ratio;
    },
  };
}
