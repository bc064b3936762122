import { join } from "node:path";
import { build } from "esbuild";
import { expect, test } from "vitest";

test("the door bundles for the browser, and no code of Node's comes along", async () => {
  const { outputFiles, errors, warnings } = await build({
    entryPoints: [join(import.meta.dirname, "../../src/io/index.ts")],
    bundle: true,
    external: ["h5wasm"], // an optional peer, loaded when a HDF5 file is opened
    write: false,
    minify: true,
    format: "esm",
    platform: "browser",
  });
  expect([errors, warnings]).toEqual([[], []]);
  expect(outputFiles[0].text).not.toMatch(/require\(|from"node:|import\("node:/);
});
