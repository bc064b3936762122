import type { Kernel } from "./kernel.js";
import { typescriptEigen } from "./typescriptEigen.js";
import type { GrowingWasm } from "./wasm.js";

/** Schur form and its eigenvectors in WebAssembly; plain TypeScript where the memory is not to be had. */
export function wasmEigen(wasm: GrowingWasm): Pick<Kernel, "schur" | "quasiTriangularVectors"> {
  const { begin: firstByte, sizes } = wasm;
  return {
    schur(n, a, low, high, q, real, imaginary, sweeps) {
      const row = sizes.schurStride(n) / 8;
      const room = sizes.schurRoom(n);
      const matrix = 8 * n * row;
      const begin = firstByte + 16 * n + 64;
      const started = wasm.start(begin + 3 * matrix + room);
      if (started === undefined) return typescriptEigen.schur(n, a, low, high, q, real, imaginary, sweeps);
      const { buffer } = started.memory;
      const h = new Float64Array(buffer, begin, n * row);
      const qTransposed = new Float64Array(buffer, begin + matrix, n * row);
      const vectors = new Float64Array(buffer, begin + 2 * matrix, n * row);
      const values = new Float64Array(buffer, firstByte, 2 * n);
      const counted = new Int32Array(buffer, firstByte + 16 * n, 1);
      h.fill(0);
      vectors.fill(0);
      qTransposed.fill(0);
      for (let i = 0; i < n; i++) h.set(a.subarray(i * n, (i + 1) * n), i * row);
      counted[0] = sweeps;
      const failedAt = started.functions.schur(
        n,
        h.byteOffset,
        low,
        high,
        q === undefined ? 0 : qTransposed.byteOffset,
        vectors.byteOffset,
        values.byteOffset,
        values.byteOffset + 8 * n,
        counted.byteOffset,
        begin + 3 * matrix,
      );
      for (let i = 0; i < n; i++) a.set(h.subarray(i * row, i * row + n), i * n);
      if (q !== undefined)
        for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) q[j * n + i] = qTransposed[i * row + j];
      real.set(values.subarray(0, n));
      imaginary.set(values.subarray(n));
      return { failedAt, sweeps: counted[0] };
    },
    quasiTriangularVectors(n, t, real, imaginary, tolerance, out) {
      const matrix = 8 * n * n;
      const begin = firstByte + 16 * n;
      const started = wasm.start(begin + 2 * matrix);
      if (started === undefined) {
        typescriptEigen.quasiTriangularVectors(n, t, real, imaginary, tolerance, out);
        return;
      }
      const { buffer } = started.memory;
      const values = new Float64Array(buffer, firstByte, 2 * n);
      const from = new Float64Array(buffer, begin, n * n);
      const to = new Float64Array(buffer, begin + matrix, n * n);
      values.set(real);
      values.set(imaginary, n);
      from.set(t);
      to.fill(0);
      started.functions.triangularVectors(
        n,
        from.byteOffset,
        values.byteOffset,
        values.byteOffset + 8 * n,
        tolerance,
        to.byteOffset,
      );
      out.set(to);
    },
  };
}
