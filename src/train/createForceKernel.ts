import type { ForceKernel } from "./forceKernel.js";
import { createTypescriptForceKernel } from "./typescriptForceKernel.js";
import { createWasmForceKernel } from "./wasmForceKernel.js";

/** "auto": WebAssembly where the engine runs it with SIMD, else TypeScript; "typescript": plain TypeScript. */
export type ForceKernelChoice = "auto" | "typescript";

/** A kernel whose memory holds so many bytes, every array rounded up to a multiple of 16. */
export function createForceKernel(bytes: number, choice: ForceKernelChoice): ForceKernel {
  return (choice === "auto" ? createWasmForceKernel(bytes) : undefined) ?? createTypescriptForceKernel();
}
