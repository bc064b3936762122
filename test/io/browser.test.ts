import { join } from "node:path";
import { inflateSync } from "node:zlib";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { readWeights } from "../../src/io/index.js";
import { openBrowser } from "../helpers/browser.js";
import { fromBase64, oracle } from "./helpers.js";

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

test("a real browser reads networks of every framework as Node does", async () => {
  type Stored = { name: string; deflated: string; states: unknown; beside?: unknown };
  const { files } = oracle("networkFiles") as { files: Stored[] };
  const readable = files.filter((file) => file.states !== null && !file.beside);
  const bytes = readable.map(({ deflated }) => new Uint8Array(inflateSync(fromBase64(deflated))));
  const { outputFiles } = await build({
    stdin: {
      contents: `
        import { readWeights } from "./src/io/index.ts";
        const names = ${JSON.stringify(readable.map(({ name }) => name))};
        globalThis.answer = (async () => {
          const out = [];
          for (const [i, name] of names.entries()) {
            const file = new File([await (await fetch("/file/" + i)).arrayBuffer()], name);
            const { cell } = await readWeights(file);
            const x = Float64Array.from({ length: cell.dimension }, (_, i) => Math.sin(i + 1) / 2);
            const next = new Float64Array(cell.dimension);
            cell.rule(x, new Float64Array(cell.inputDimension), next);
            out.push([name, Array.from(next)]);
          }
          return out;
        })();`,
      resolveDir: join(import.meta.dirname, "../.."),
    },
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
  });
  const site = await openBrowser((path) => {
    if (path === "/") return { type: "text/html", body: '<script type="module" src="/page.js"></script>' };
    if (path === "/page.js") return { type: "text/javascript", body: outputFiles[0].contents };
    const file = bytes[Number(path.slice("/file/".length))];
    return file && { type: "application/octet-stream", body: file };
  });
  try {
    const answer = (await site.answerOf("/")) as [string, number[]][];
    expect(answer.map(([name]) => name)).toEqual(readable.map(({ name }) => name));
    expect(readable.filter(({ name }) => /\.(h5|keras)$/.test(name)).length).toBeGreaterThan(3);
    for (const [i, [name, state]] of answer.entries()) {
      const { cell } = await readWeights(bytes[i], { name });
      const x = Float64Array.from({ length: cell.dimension }, (_, j) => Math.sin(j + 1) / 2);
      const next = new Float64Array(cell.dimension);
      cell.rule(x, new Float64Array(cell.inputDimension), next);
      expect([name, state.map((v) => v.toFixed(12))]).toEqual([name, Array.from(next, (v) => v.toFixed(12))]);
    }
  } finally {
    await site.close();
  }
}, 60_000);
