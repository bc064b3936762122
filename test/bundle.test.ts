import { beforeAll, describe, expect, test } from "vitest";
import { bundle, bundleSizes, measured, storedSizes, wasmRow } from "./helpers/bundle.mjs";
import { requireBuild } from "./helpers/files.js";

const budget = 60 * 1024;
const wasmBudget = 100 * 1024;
const growth = 1.1;

/** Sentences about every figure that is missing or more than 10 % above the stored one. */
function complaints(stored: Record<string, number>, now: Record<string, number>): string[] {
  return Object.entries(now).flatMap(([name, bytes]) => {
    const before = stored[name];
    if (before === undefined) return [`${name} has no stored size: npm run bundle-size stores it`];
    if (bytes <= before * growth) return [];
    return [
      `${name} grew from ${before} to ${bytes} bytes gzipped: if that is worth it, npm run bundle-size`,
    ];
  });
}

describe("what a browser downloads", () => {
  let sizes: Record<string, number>;

  beforeAll(async () => {
    requireBuild();
    sizes = await bundleSizes();
  });

  test("has not grown by more than a tenth since somebody last looked", () => {
    expect(complaints(storedSizes(), sizes)).toEqual([]);
  });

  test("is below 60 KB gzipped for everything behind the main door", () => {
    expect(sizes["everything from rnn-dynamics"]).toBeLessThan(budget);
  });

  test("is below 100 KB gzipped for the WebAssembly, with and without fused multiply-add", () => {
    expect(sizes[wasmRow]).toBeLessThan(wasmBudget);
    expect(sizes[wasmRow]).toBeGreaterThan(1000);
  });

  test("is smaller for one verb than for everything: the package can be shaken", () => {
    for (const [name, bytes] of Object.entries(sizes))
      if (name.startsWith("{")) expect(bytes, name).toBeLessThan(sizes["everything from rnn-dynamics"]!);
  });

  test("holds no file reader, no command line and no schema checker behind the main door", async () => {
    const { inputs, external } = await bundle(measured["everything from rnn-dynamics"]!);
    expect(external).toEqual([]);
    expect(
      inputs.filter((path) => /dist\/(io|cli)\/|node_modules\/(zod|commander|cli-progress)\//.test(path)),
    ).toEqual([]);
  });

  test("loads nothing at run time behind the door for files", async () => {
    expect((await bundle(measured["everything from rnn-dynamics/io"]!)).external).toEqual(["h5wasm"]);
  });
});

test("growth beyond a tenth is caught, and so is a size that nobody stored", () => {
  expect(complaints({ a: 1000, b: 1000 }, { a: 1100, b: 900 })).toEqual([]);
  expect(complaints({ a: 1000 }, { a: 1101, b: 1 })).toEqual([
    "a grew from 1000 to 1101 bytes gzipped: if that is worth it, npm run bundle-size",
    "b has no stored size: npm run bundle-size stores it",
  ]);
});
