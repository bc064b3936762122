import { relaxedSimdCode, simdCode } from "./wasmCode.js";

/** The functions of the WebAssembly module; arguments named after arrays are addresses in its memory, in bytes. */
export interface WasmFunctions {
  tanh(n: number, x: number, out: number): void;
  sigmoid(n: number, x: number, out: number): void;
  gemv(m: number, n: number, a: number, x: number, y: number): void;
  pack(
    count: number,
    depth: number,
    factor: number,
    from: number,
    line: number,
    inner: number,
    out: number,
  ): void;
  multiplyPacked(
    rowPanels: number,
    columnPanels: number,
    depth: number,
    a: number,
    b: number,
    c: number,
  ): void;
  sparseMultiply(
    rows: number,
    width: number,
    starts: number,
    offsets: number,
    values: number,
    x: number,
    y: number,
  ): void;
  advance(
    n: number,
    stride: number,
    product: number,
    gain: number,
    rows: number,
    coefficients: number,
    weights: number,
    rate: number,
    drive: number,
    state: number,
    rates: number,
    panel: number,
  ): void;
  schurStride(n: number): number;
  schurRoom(n: number): number;
  schur(
    n: number,
    a: number,
    low: number,
    high: number,
    q: number,
    vectors: number,
    real: number,
    imaginary: number,
    sweeps: number,
    work: number,
  ): number;
  triangularVectors(
    n: number,
    t: number,
    real: number,
    imaginary: number,
    tolerance: number,
    out: number,
  ): void;
  symmetricStep(n: number, p: number, c: number, k: number, r: number, out: number): void;
}

/** One running copy of the module, with a memory of its own. */
export interface WasmInstance {
  readonly memory: WebAssembly.Memory;
  readonly functions: WasmFunctions;
}

/** Which module this engine runs; undefined without WebAssembly or its SIMD, or where a page forbids it. */
const compiled = /* @__PURE__ */ compileBest();

/** "wasm-fma", "wasm", or undefined when this engine runs neither. */
export const wasmName: "wasm-fma" | "wasm" | undefined = compiled?.name;

/**
 * Starts the WebAssembly module with a memory of so many bytes. Undefined when this engine cannot, or the memory is
 * not to be had (4 GiB at most).
 */
export function startWasm(bytes: number): WasmInstance | undefined {
  if (compiled === undefined) return undefined;
  try {
    const memory = new WebAssembly.Memory({ initial: Math.max(1, Math.ceil(bytes / 65_536)) });
    const { exports } = new WebAssembly.Instance(compiled.module, { env: { memory } });
    return { memory, functions: exports as unknown as WasmFunctions };
  } catch {
    return undefined;
  }
}

function compileBest(): { name: "wasm-fma" | "wasm"; module: WebAssembly.Module } | undefined {
  for (const [name, code] of [
    ["wasm-fma", relaxedSimdCode],
    ["wasm", simdCode],
  ] as const) {
    try {
      const bytes = Uint8Array.from(atob(code), (character) => character.charCodeAt(0));
      return { name, module: new WebAssembly.Module(bytes) };
    } catch {
      // Not known to this engine, or forbidden: the next one.
    }
  }
  return undefined;
}
