export declare function loadTfjs(backend: "cpu" | "wasm"): Promise<typeof import("@tensorflow/tfjs-core")>;
export declare function loadTfjsLayers(): Promise<{
  tf: typeof import("@tensorflow/tfjs-core");
  layers: typeof import("@tensorflow/tfjs-layers");
}>;
