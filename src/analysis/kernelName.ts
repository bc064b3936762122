import { defaultKernel } from "../numeric/defaultKernel.js";

/**
 * Which arithmetic a report was made with: WebAssembly with fused multiply-add, WebAssembly without it, or plain
 * TypeScript where the engine runs neither. Results differ by rounding between them, and by nothing else.
 */
export type KernelName = "wasm-fma" | "wasm" | "typescript";

/** The kernel of this engine. */
export const kernelName = /* @__PURE__ */ (() => defaultKernel.name as KernelName)();
