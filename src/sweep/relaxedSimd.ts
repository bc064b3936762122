// Imported before everything else of the command, because the kernel is chosen when it is first imported.
import { setFlagsFromString } from "node:v8";

// Node 20 has WebAssembly's relaxed SIMD (fused multiply-add) behind this flag; later ones have it on and no such flag.
if (Number.parseInt(process.versions.node, 10) === 20) setFlagsFromString("--experimental-wasm-relaxed-simd");
