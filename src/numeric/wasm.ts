import { relaxedSimdCode, simdCode } from "./wasmCode.js";

/** The functions of the WebAssembly module; arguments named after arrays are addresses in its memory, in bytes. */
export interface WasmFunctions {
  tanh(n: number, x: number, out: number): void;
  sigmoid(n: number, x: number, out: number): void;
  exp(n: number, x: number, out: number): void;
  gemv(m: number, n: number, a: number, x: number, y: number): void;
  multiplyAdd(
    m: number,
    n: number,
    k: number,
    alpha: number,
    a: number,
    aRow: number,
    aColumn: number,
    b: number,
    bRow: number,
    bColumn: number,
    c: number,
    cRow: number,
    scratch: number,
  ): void;
  packWeights(rows: number, n: number, w: number, out: number): void;
  addPacked(count: number, rows: number, n: number, x: number, w: number, y: number, scratch: number): void;
  leak(count: number, n: number, x: number, y: number, keep: number, gain: number): void;
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
  isFinite(n: number, x: number): number;
  factorRoom(): number;
  luFactor(n: number, a: number, pivots: number, scratch: number): number;
  leastSquares(m: number, n: number, k: number, a: number, b: number, work: number): number;
  cholesky(n: number, a: number, scratch: number): number;
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

/** Bytes of memory that stay with a kernel; larger problems get theirs for one call. */
const keptBytes = 1 << 25;

/** A module whose memory is as large as the problem at hand needs. */
export interface GrowingWasm {
  /** Where the memory may be used from: 0 means "none" to the module. */
  readonly begin: number;
  /** The module with room for so many bytes from `begin` on; what lies there is not cleared. Undefined: not to be had. */
  start(bytes: number): WasmInstance | undefined;
  /** The functions, to ask for sizes. */
  readonly sizes: WasmFunctions;
}

/** Undefined where {@link startWasm} is. */
export function growingWasm(): GrowingWasm | undefined {
  let kept = startWasm(1);
  if (kept === undefined) return undefined;
  const begin = 64;
  return {
    begin,
    sizes: kept.functions,
    start(bytes) {
      const needed = begin + bytes;
      if (kept !== undefined && kept.memory.buffer.byteLength >= needed) return kept;
      const started = startWasm(needed);
      if (started !== undefined && needed <= keptBytes) kept = started;
      return started;
    },
  };
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
