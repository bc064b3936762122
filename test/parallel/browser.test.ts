import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as esbuild from "esbuild";
import * as vite from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type * as Main from "../../src/index.js";
import { type Answer, type BrowserSite, openBrowser } from "../helpers/browser.js";
import { importBuilt } from "../helpers/built.js";
import { requireBuild, root } from "../helpers/files.js";

/** What every page does: the serial verbs and those of the pool on the same network, and a pool that is maltreated. */
const program = `
import { analyze, buildCell, defaultStarts, findFixedPoints, findSlowPoints, randomSpec } from "rnn-dynamics";
import { createPool } from "rnn-dynamics/parallel";

const cell = buildCell(randomSpec("vanilla", { units: 8, inputs: 1, gain: 2.5 }, 1));
const starts = defaultStarts(cell, { count: 60 });
const plain = (report) => JSON.parse(JSON.stringify(report, (_, v) => (ArrayBuffer.isView(v) ? Array.from(v) : v)));
const options = { slow: true, maxPeriod: 2 };
const serial = {
  fixed: plain(findFixedPoints(cell, starts)),
  slow: plain(findSlowPoints(cell, starts)),
  analysis: analyze(cell, starts, options),
};
globalThis.answer = (async () => {
  const parallel = [];
  for (const size of [1, 2, 3]) {
    const pool = createPool({ size });
    let progress = 0;
    parallel.push({
      fixed: plain(await pool.findFixedPoints(cell, starts, { onProgress: () => progress++ })),
      slow: plain(await pool.findSlowPoints(cell, starts)),
      analysis: await pool.analyze(cell, starts, options),
      progress,
    });
    pool.close();
  }
  const pool = createPool({ size: 2 });
  const own = (name) => ({ module: new URL("/systems.js", location.href), export: name });
  const refused = (promise) => promise.then(() => "nothing", (error) => String(error?.message ?? error));
  const controller = new AbortController();
  const aborted = refused(pool.findFixedPoints(own("endless"), [[9], [9]], { signal: controller.signal }));
  setTimeout(() => controller.abort("stop"), 100);
  const answer = {
    serial,
    parallel,
    aborted: await aborted,
    afterwards: (await pool.findFixedPoints(own("bistable"), [[1], [-1]])).points.length,
    thrown: await refused(pool.findFixedPoints(own("throwing"), [[1]])),
    crashed: (await pool.findFixedPoints(own("crashingOnce"), [[1], [-1], [2], [-2]])).points.length,
  };
  pool.close();
  return answer;
})();
`;

/** Systems of the page's own, as a module that workers import. */
const systems = `
const system = (before) => ({
  time: "discrete", dimension: 1, inputDimension: 0,
  rule(x, u, out) { before(x); out[0] = Math.tanh(2 * x[0]); },
  jacobian(x, u, out) { out[0] = 2 * (1 - Math.tanh(2 * x[0]) ** 2); },
});
const inWorker = typeof window === "undefined";
export const bistable = () => system(() => {});
export const throwing = () => system(() => { throw new RangeError("not today"); });
export const endless = () => system(() => { while (inWorker); });
export function crashingOnce() {
  const asked = new XMLHttpRequest();
  asked.open("GET", "/crash", false);
  if (inWorker) asked.send();
  return system(() => { if (asked.responseText === "yes") setTimeout(() => { throw new Error("crash"); }); });
}
`;

interface Reports {
  readonly fixed: Main.FixedPointReport;
  readonly slow: Main.SlowPointReport;
  readonly analysis: Main.Analysis;
}
interface Outcome {
  readonly serial: Reports;
  readonly parallel: readonly (Reports & { readonly progress: number })[];
  readonly aborted: string;
  readonly afterwards: number;
  readonly thrown: string;
  readonly crashed: number;
}

const html = (script: string): Answer => ({
  type: "text/html",
  body: `<!doctype html><meta charset="utf-8"><script type="module" src="${script}"></script>`,
});
const js = (body: string | Uint8Array, headers = {}): Answer => ({ type: "text/javascript", body, headers });

/** A page that may run its own scripts and workers, and nothing else; `more` loosens that. */
const strict = (more: string) => ({
  "content-security-policy": `default-src 'none'; connect-src 'self'; worker-src 'self'; script-src 'self' ${more}`,
});

describe("in a real browser", () => {
  let folder: string;
  let site: BrowserSite;
  let crashes = 0;
  const bundled = new Map<string, Uint8Array>();
  const outcomes = new Map<string, Outcome>();
  const outcomeOf = async (path: string) => {
    if (!outcomes.has(path)) outcomes.set(path, (await site.answerOf(path)) as Outcome);
    return outcomes.get(path)!;
  };

  beforeAll(async () => {
    requireBuild();
    // Inside the repository, so that "rnn-dynamics" is this package.
    mkdirSync(join(root, ".cache"), { recursive: true });
    folder = mkdtempSync(join(root, ".cache/browser-"));
    writeFileSync(join(folder, "page.js"), program);
    writeFileSync(join(folder, "index.html"), html("./page.js").body as string);
    const { outputFiles } = await esbuild.build({
      entryPoints: { page: join(folder, "page.js"), worker: "rnn-dynamics/parallel/worker" },
      absWorkingDir: folder,
      outdir: join(folder, "esbuild"),
      bundle: true,
      format: "esm",
      platform: "browser",
      write: false,
      logLevel: "silent",
    });
    for (const { path, contents } of outputFiles)
      bundled.set(`/esbuild/${path.split(/[/\\]/).at(-1)}`, contents);
    await vite.build({
      root: folder,
      base: "/vite/",
      configFile: false,
      logLevel: "silent",
      worker: { format: "es" },
    });
    for (const name of readdirSync(join(folder, "dist"), { recursive: true, encoding: "utf8" }))
      if (name.endsWith(".js") || name.endsWith(".html"))
        bundled.set(`/vite/${name.split("\\").join("/")}`, readFileSync(join(folder, "dist", name)));
    site = await openBrowser((path) => {
      const [, policy, rest] = /^\/(strict|no-wasm|mixed)(\/.*)$/.exec(path) ?? [];
      const asked = rest ?? path;
      const wasm = policy === "strict" || (policy === "mixed" && !asked.endsWith("worker.js"));
      const headers = policy ? strict(wasm ? "'wasm-unsafe-eval'" : "") : {};
      if (asked === "/esbuild/") return { ...html("page.js"), headers };
      if (asked === "/vite/") return { type: "text/html", body: bundled.get("/vite/index.html")! };
      if (asked === "/systems.js") return js(systems);
      if (asked === "/crash") return { type: "application/json", body: crashes++ === 0 ? "yes" : "no" };
      const found = bundled.get(asked);
      return found && js(found, headers);
    });
  }, 120_000);

  afterAll(async () => {
    await site?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test.each([
    ["bundled by esbuild, the worker beside the page", "/esbuild/"],
    ["bundled by vite, which finds the worker itself", "/vite/"],
    ["under a strict content security policy", "/strict/esbuild/"],
    ["where WebAssembly is forbidden", "/no-wasm/esbuild/"],
  ])("%s, a pool of any size gives the bytes of the serial verbs", async (_, path) => {
    const { serial, parallel } = await outcomeOf(path);
    expect(serial.fixed.points.length).toBeGreaterThan(2);
    for (const { progress, ...reports } of parallel) {
      expect(JSON.stringify(reports)).toBe(JSON.stringify(serial));
      expect(progress).toBe(60);
    }
  });

  test("a worker with another arithmetic than its page is refused: it would give other bytes", async () => {
    await expect(site.answerOf("/mixed/esbuild/")).rejects.toThrow(
      /a worker runs the typescript kernel, its caller wasm/,
    );
  });

  test("an aborted call ends, a thrown error arrives, a crashed worker is replaced", async () => {
    for (const path of ["/esbuild/", "/vite/"]) {
      crashes = 0;
      outcomes.delete(path);
      const { aborted, afterwards, thrown, crashed } = await outcomeOf(path);
      expect({ aborted, afterwards, thrown, crashed }).toEqual({
        aborted: "stop",
        afterwards: 3,
        thrown: "not today",
        crashed: 3,
      });
      expect(crashes).toBeGreaterThan(1);
    }
  });

  test("the report says which arithmetic was used, and all of them find what Node finds", async () => {
    const main = await importBuilt<typeof Main>("index.js");
    const cell = main.buildCell(main.randomSpec("vanilla", { units: 8, inputs: 1, gain: 2.5 }, 1));
    const here = main.findFixedPoints(cell, main.defaultStarts(cell, { count: 60 }));
    const kernels = new Map<string, Main.KernelName>();
    for (const path of ["/esbuild/", "/strict/esbuild/", "/no-wasm/esbuild/"]) {
      const { fixed, analysis } = (await outcomeOf(path)).serial;
      expect(analysis.kernel).toBe(fixed.kernel);
      kernels.set(path, fixed.kernel);
      expect(fixed.points.length).toBe(here.points.length);
      for (const [i, point] of fixed.points.entries())
        for (const [j, v] of Array.from(point.state).entries())
          expect(v).toBeCloseTo(here.points[i].state[j]!, 10);
      if (fixed.kernel === here.kernel)
        expect(fixed.points.map((p) => Array.from(p.state))).toEqual(
          here.points.map((p) => Array.from(p.state)),
        );
    }
    expect(kernels.get("/no-wasm/esbuild/")).toBe("typescript");
    expect(kernels.get("/esbuild/")).toMatch(/^wasm/);
    expect(kernels.get("/strict/esbuild/")).toBe(kernels.get("/esbuild/"));
  });
});
