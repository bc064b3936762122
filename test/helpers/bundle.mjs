// Sizes of what a browser downloads. As a program (npm run bundle-size) it stores them in test/bundle-size.json.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../../", import.meta.url));
const stored = new URL("../bundle-size.json", import.meta.url);

/** What is measured: a name for people -> the module a user would write. */
export const measured = {
  "everything from rnn-dynamics": 'export * from "rnn-dynamics";',
  "everything from rnn-dynamics/io": 'export * from "rnn-dynamics/io";',
  "{ map, findFixedPoints }": 'export { map, findFixedPoints } from "rnn-dynamics";',
  "{ map, findSlowPoints }": 'export { map, findSlowPoints } from "rnn-dynamics";',
  "{ map, linearize }": 'export { map, linearize } from "rnn-dynamics";',
  "{ map, simulate }": 'export { map, simulate } from "rnn-dynamics";',
  "{ buildCell }": 'export { buildCell } from "rnn-dynamics";',
};

/** Leaves the compiled WebAssembly out: it has a row, and a budget, of its own. */
const withoutWasm = {
  name: "without-wasm",
  setup({ onLoad }) {
    onLoad({ filter: /dist[\\/]numeric[\\/]wasmCode\.js$/ }, () => ({
      contents: 'export const simdCode = "", relaxedSimdCode = "";',
    }));
  },
};

/**
 * One module bundled and minified for the browser from `dist`, without the compiled WebAssembly: its text and the
 * modules it would load at run time.
 */
export async function bundle(text) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: text, resolveDir: root, loader: "js" },
    bundle: true,
    external: ["h5wasm"], // an optional peer, loaded when a HDF5 file is opened
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    metafile: true,
    write: false,
    logLevel: "silent",
    plugins: [withoutWasm],
  });
  const external = Object.values(metafile.outputs).flatMap((output) =>
    output.imports.filter((entry) => entry.external).map((entry) => entry.path),
  );
  return { text: outputFiles[0].text, external, inputs: Object.keys(metafile.inputs) };
}

/** The row of the compiled WebAssembly, both variants of it, as the text that is sent. */
export const wasmRow = "WebAssembly";

/** Bytes after gzip, for every module of {@link measured} and the WebAssembly that comes with it. */
export async function bundleSizes() {
  const wasm = readFileSync(new URL("../../dist/numeric/wasmCode.js", import.meta.url));
  const sizes = { [wasmRow]: gzipSync(wasm, { level: 9 }).length };
  for (const [name, text] of Object.entries(measured))
    sizes[name] = gzipSync((await bundle(text)).text, { level: 9 }).length;
  return sizes;
}

/** The sizes of the last time somebody looked at them. */
export function storedSizes() {
  return JSON.parse(readFileSync(stored, "utf8"));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const sizes = await bundleSizes();
  writeFileSync(stored, `${JSON.stringify(sizes, null, 2)}\n`);
  for (const [name, bytes] of Object.entries(sizes)) console.log(`${String(bytes).padStart(7)}  ${name}`);
}
