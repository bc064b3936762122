export declare function loadTfjs(backend: "cpu" | "wasm"): Promise<typeof import("@tensorflow/tfjs-core")>;
