export declare const measured: Readonly<Record<string, string>>;
export declare function bundle(text: string): Promise<{ text: string; external: string[]; inputs: string[] }>;
export declare function bundleSizes(): Promise<Record<string, number>>;
export declare function storedSizes(): Record<string, number>;

/** The row of the compiled WebAssembly. */
export const wasmRow: string;
