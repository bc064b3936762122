import { isSmall } from "./gemm.js";
import type { Kernel } from "./kernel.js";
import { leakyStep } from "./leaky.js";
import { typescriptKernel } from "./typescript.js";
import type { GrowingWasm, WasmInstance } from "./wasm.js";

/** Numbers that are copied into the module at a time. */
const mostNumbers = 1 << 21;

/** Bytes that {@link wasmLeaky} keeps packed weights in, and as many that it works in. */
const keptBytes = 1 << 24;
export const leakyBytes = 2 * keptBytes;

/** The matrix product in WebAssembly; plain TypeScript for small ones, and where the memory is not to be had. */
export function wasmGemm(wasm: GrowingWasm): Kernel["gemm"] {
  return function gemm(transposeA, transposeB, m, n, k, alpha, a, b, beta, c) {
    const [sizeA, sizeB, sizeC] = [m * k, k * n, m * n];
    if (sizeA + sizeB + sizeC > mostNumbers) {
      if (!transposeA && m > 128) {
        const half = 64 * (m >> 7);
        gemm(false, transposeB, half, n, k, alpha, a, b, beta, c);
        const [restA, restC] = [a.subarray(half * k), c.subarray(half * n)];
        return gemm(false, transposeB, m - half, n, k, alpha, restA, b, beta, restC);
      }
      if (transposeA && !transposeB && k > 512) {
        const half = 256 * (k >> 9);
        gemm(true, false, m, n, half, alpha, a, b, beta, c);
        return gemm(true, false, m, n, k - half, alpha, a.subarray(half * m), b.subarray(half * n), 1, c);
      }
    }
    const room = wasm.begin + wasm.sizes.factorRoom();
    const started = isSmall(m, n, k) ? undefined : wasm.start(room + 8 * (sizeA + sizeB + sizeC));
    if (started === undefined)
      return typescriptKernel.gemm(transposeA, transposeB, m, n, k, alpha, a, b, beta, c);
    const inside = new Float64Array(started.memory.buffer, room, sizeA + sizeB + sizeC);
    const product = inside.subarray(sizeA + sizeB);
    inside.set(a.subarray(0, sizeA));
    inside.set(b.subarray(0, sizeB), sizeA);
    if (beta === 0) product.fill(0);
    else product.set(c.subarray(0, sizeC));
    if (beta !== 0 && beta !== 1) for (let i = 0; i < sizeC; i++) product[i] *= beta;
    started.functions.multiplyAdd(
      m,
      n,
      k,
      alpha,
      room,
      transposeA ? 8 : 8 * k,
      transposeA ? 8 * m : 8,
      room + 8 * sizeA,
      transposeB ? 8 : 8 * n,
      transposeB ? 8 * k : 8,
      product.byteOffset,
      8 * n,
      wasm.begin,
    );
    c.set(product);
  };
}

/**
 * The step of a leaky layer in WebAssembly: packed weights stay in the {@link leakyBytes} from `begin` on, until others
 * need the room; then all are forgotten, and packed again when they are next used.
 */
export function wasmLeaky(
  { memory: { buffer }, functions }: WasmInstance,
  begin: number,
  gemm: Kernel["gemm"],
): Kernel["leaky"] {
  let round = 1;
  let top = begin;
  return (n, w, leak) => {
    const { state, keep, gain, activate } = leak;
    const plain = leakyStep({ gemm }, n, w, leak);
    const bytes = 32 * n * Math.ceil(n / 4);
    const packed = { round: 0, at: 0 };
    const scratch = begin + keptBytes;
    const work = scratch + functions.factorRoom();
    const room = begin + leakyBytes - work;
    return (count, x, y) => {
      const size = count * n;
      if (isSmall(count, n, n) || Math.max(bytes, 24 * size + 16 * n) > room) return plain(count, x, y);
      if (packed.round !== round) {
        if (top + bytes > scratch) {
          round++;
          top = begin;
        }
        packed.round = round;
        packed.at = top;
        top += bytes;
        new Float64Array(buffer, work, n * n).set(w);
        functions.packWeights(n, n, work, packed.at);
      }
      const leaks = new Float64Array(buffer, work, 2 * n);
      leaks.set(keep);
      leaks.set(gain, n);
      const [states, drives, active] = [0, 1, 2].map(
        (i) => new Float64Array(buffer, work + 8 * (2 * n + i * size), size),
      );
      states.set(x.subarray(0, size));
      drives.set(y.subarray(0, size));
      const isCurrent = state === "current";
      if (isCurrent) activate(states, active);
      const operand = isCurrent ? active : states;
      functions.addPacked(count, n, n, operand.byteOffset, packed.at, drives.byteOffset, scratch);
      if (!isCurrent) activate(drives, active);
      const result = isCurrent ? drives : active;
      functions.leak(count, n, states.byteOffset, result.byteOffset, work, work + 8 * n);
      y.set(result);
    };
  };
}
