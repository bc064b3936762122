import type { Kernel } from "./kernel.js";
import { typescriptKernel } from "./typescript.js";
import { wasmKernel } from "./wasmKernel.js";

/** The fastest kernel this engine runs: WebAssembly with fused multiply-add, without it, or plain TypeScript. */
export const defaultKernel: Kernel = /* @__PURE__ */ (() => wasmKernel() ?? typescriptKernel)();
