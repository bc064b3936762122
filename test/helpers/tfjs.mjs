// TensorFlow.js as an outside reference. As published its core has no gradients in Node: a bundle brings them in.
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { compileFunction } from "node:vm";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../../", import.meta.url));
const contents = `
import "@tensorflow/tfjs-core/dist/register_all_gradients";
export * from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
export { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
`;

/**
 * TensorFlow.js with every gradient: float32, one thread, silent. It starts on `backend`, "cpu" or "wasm"; await
 * `setBackend` to change to the other. Once a process is enough: its engine is global.
 */
export async function loadTfjs(backend) {
  const tf = await bundled(contents);
  tf.enableProdMode();
  tf.setWasmPaths(`${root}node_modules/@tensorflow/tfjs-backend-wasm/dist/`);
  if (!(await tf.setBackend(backend))) throw new Error(`TensorFlow.js has no backend ${backend} here`);
  return tf;
}

/** TensorFlow.js with its layers, on the backend "cpu": `tf` as {@link loadTfjs} gives it, and `layers`. */
export async function loadTfjsLayers() {
  const { tf, layers } = await bundled(`
import "@tensorflow/tfjs-core/dist/register_all_gradients";
import "@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops";
import "@tensorflow/tfjs-backend-cpu";
export * as tf from "@tensorflow/tfjs-core";
export * as layers from "@tensorflow/tfjs-layers";
`);
  tf.enableProdMode();
  if (!(await tf.setBackend("cpu"))) throw new Error("TensorFlow.js has no backend cpu here");
  return { tf, layers };
}

/** A module of TensorFlow.js's parts as one script. */
async function bundled(contents) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root, loader: "js" },
    bundle: true,
    format: "cjs",
    platform: "node",
    mainFields: ["module", "main"], // the ES modules, which share one core
    write: false,
    logLevel: "silent",
  });
  const module = { exports: {} };
  const names = ["require", "module", "__dirname"]; // the wasm backend asks for them
  compileFunction(outputFiles[0].text, names)(createRequire(import.meta.url), module, root);
  return module.exports;
}
