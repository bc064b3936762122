/** The playground as it is built, in a real browser that reaches its own server and nothing else. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import type { Browser, Page } from "puppeteer-core";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Cell, defaultStarts, findFixedPoints } from "../../src/index.js";
import { readWeights, writeSafetensors } from "../../src/io/index.js";
import type { ReportData } from "../../src/report/index.js";
import { type Answer, launchBrowser, serve } from "../helpers/browser.js";
import { requireBuild, root } from "../helpers/files.js";
import { competing } from "./competing.js";

/** What the page offers to scripts. */
interface Hook {
  places(): { id: string; x: number; y: number }[];
  tracked(): { input: number[]; points: { id: number; state: Float64Array }[] };
  data(): ReportData | null;
  isSearched(): boolean;
}
declare const rnnDynamicsPlayground: Hook;
declare const axe: { run(): Promise<{ violations: { id: string; impact: string; nodes: unknown[] }[] }> };

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const artefacts = join(root, "test/artefacts");
const types: Readonly<Record<string, Answer["type"]>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
};

let browser: Browser;
let site: Awaited<ReturnType<typeof serve>>;
let folder: string;

beforeAll(async () => {
  requireBuild();
  mkdirSync(artefacts, { recursive: true });
  folder = mkdtempSync(join(tmpdir(), "rnn-dynamics-playground-"));
  await build({
    configFile: join(root, "examples/playground/vite.config.ts"),
    logLevel: "error",
    build: { outDir: folder, emptyOutDir: true, minify: false },
  });
  site = await serve((path) => {
    const file = join(folder, path === "/" ? "index.html" : path);
    if (path.includes("..") || !existsSync(file)) return undefined;
    return { type: types[extname(file)] ?? "application/octet-stream", body: readFileSync(file) };
  });
  browser = await launchBrowser({ offline: true });
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await site?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Opens the page; complaints of it and its workers, and requests to anybody else, are collected. */
async function open(scheme: "light" | "dark" = "light") {
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => complaints.push(message.text()));
  page.on("request", (request) => {
    if (!request.url().startsWith(site.origin) && !request.url().startsWith("data:"))
      complaints.push(`asks for ${request.url()}`);
  });
  await page.setViewport({ width: 1360, height: 1100 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  await page.goto(`${site.origin}/`);
  await searched(page);
  return { page, complaints };
}

const searched = (page: Page) =>
  page.waitForFunction(() => rnnDynamicsPlayground.isSearched(), { timeout: 30_000 });

const text = (page: Page, selector: string) =>
  page.$eval(selector, (node) => (node as HTMLElement).innerText);

/** Moves a slider as a hand does, and waits until the answer is there. */
async function slide(page: Page, channel: number, value: number) {
  await page.$eval(
    `input[name=input-${channel}]`,
    (slider, v) => {
      (slider as HTMLInputElement).value = String(v);
      slider.dispatchEvent(new Event("input"));
    },
    value,
  );
  await page.waitForFunction(
    (k, v) => rnnDynamicsPlayground.tracked().input[k - 1] === v,
    { timeout: 20_000 },
    channel,
    value,
  );
}

/** The states shown, in a fixed order, to seven digits. */
async function shown(page: Page): Promise<string[]> {
  const states = await page.evaluate(() =>
    rnnDynamicsPlayground.tracked().points.map(({ state }) => [...state]),
  );
  return ordered(states);
}

function ordered(states: readonly ArrayLike<number>[]): string[] {
  return states.map((x) => Array.from(x, (v) => (Math.abs(v) < 1e-7 ? 0 : v).toFixed(6)).join(" ")).sort();
}

function computed(cell: Cell, input: readonly number[]): string[] {
  const { points } = findFixedPoints(cell, defaultStarts(cell, { count: 512, input, seed: 5 }), { input });
  return ordered(points.map(({ state }) => state));
}

async function drop(page: Page, name: string, bytes: Uint8Array) {
  await page.evaluate(
    (fileName, numbers) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([Uint8Array.from(numbers)], fileName));
      document.body.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
    },
    name,
    [...bytes],
  );
}

/** What axe-core has against the page as it is, faults that matter only. */
async function faults(page: Page): Promise<string[]> {
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(() => axe.run());
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id} ${JSON.stringify(nodes).slice(0, 600)}`);
}

/** Tensors of a network of two units, under these names. */
const tensors = (names: readonly string[]) =>
  names.map((name) => ({ name, shape: [2, 2], data: Float64Array.of(1.5, 0, 0, 0.5) }));

describe("the playground in a browser", () => {
  test("shows the points that the library computes, and what vanishes and appears as a slider moves", async () => {
    const { page, complaints } = await open();
    const { cell } = competing();
    expect(await shown(page)).toEqual(computed(cell, [0, 0]));
    expect(await text(page, "#search")).toMatch(/A full search \(\d+ searches\) agrees/);
    expect(await text(page, "#count")).toMatch(/^9 fixed points: 4 stable/);

    // The answer right after the move, before any full search: two saddle-nodes passed.
    for (const u of [0.02, 0.05, 0.1, 0.15, 0.2]) await slide(page, 1, u);
    expect(await shown(page)).toEqual(computed(cell, [0.2, 0]));
    expect(await text(page, "#count")).toMatch(/^5 fixed points/);
    expect(await text(page, "#timing")).toMatch(/^Moved in \d+ ms, \d+ ms of it computing/);
    expect(await page.$eval("[role=status]", (node) => node.textContent)).toMatch(
      /vanished\. \d fixed points/,
    );
    // Back again: they are born where they vanished, and points that stayed keep their numbers.
    const kept = await page.evaluate(() => rnnDynamicsPlayground.tracked().points.map(({ id }) => id));
    for (const u of [0.1, 0.05, 0]) await slide(page, 1, u);
    await searched(page);
    expect(await shown(page)).toEqual(computed(cell, [0, 0]));
    const after = await page.evaluate(() => rnnDynamicsPlayground.tracked().points.map(({ id }) => id));
    for (const id of kept) expect(after).toContain(id);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("shows the figures of a point that is clicked, and where a click elsewhere leads to", async () => {
    const { page, complaints } = await open();
    const places = await page.evaluate(() => rnnDynamicsPlayground.places());
    const data = (await page.evaluate(() => rnnDynamicsPlayground.data()))!;
    const box = (await (await page.$(".marks"))!.boundingBox())!;
    const saddle = data.points.findIndex(({ stability }) => stability === "saddle");
    await page.mouse.click(box.x + places[saddle]!.x + 2, box.y + places[saddle]!.y - 2);
    const detail = await text(page, ".detail");
    expect(detail).toContain(`Point ${data.points[saddle]!.id}: saddle`);
    expect(detail).toContain(Math.max(...data.points[saddle]!.eigenvalues.map(([re]) => re)).toFixed(4));

    // Four starts near the stable points end there; two labels make them memories.
    const stable = data.points.flatMap((p, i) => (p.stability === "stable" ? [i] : []));
    for (const i of stable) {
      const { x, y } = places[i]!;
      const [dx, dy] = [box.width / 2 - x, box.height / 2 - y];
      const r = Math.hypot(dx, dy);
      await page.mouse.click(box.x + x + (18 * dx) / r, box.y + y + (18 * dy) / r);
    }
    await page.waitForFunction(
      (n) =>
        [...document.querySelectorAll(".starts tbody tr")].filter((row) => /at Point/.test(row.textContent!))
          .length === n,
      { timeout: 20_000 },
      stable.length,
    );
    const ends = await page.$$eval(".starts tbody tr", (rows) =>
      rows.map((row) => row.children[2]!.textContent),
    );
    expect(ends).toEqual(stable.map((i) => `at Point ${data.points[i]!.id}`));
    const evil = '<img src="x" onerror="globalThis.hacked=1">';
    const labels = await page.$$(".starts input[type=text]");
    for (const [i, label] of labels.entries()) {
      await label.click({ clickCount: 3 });
      await label.type(i === 0 ? evil : "other");
    }
    await page.keyboard.press("Tab");
    await page.evaluate(() => {
      const buttons = [...document.querySelectorAll("button")];
      buttons.find((button) => button.textContent === "By which mechanism?")!.click();
    });
    await page.waitForFunction(() => rnnDynamicsPlayground.data()?.mechanism, { timeout: 20_000 });
    const main = await text(page, "main");
    expect(main).toContain("direct-fixed-point");
    expect(main).toContain(evil);
    expect(await page.evaluate(() => "hacked" in globalThis)).toBe(false);
    expect(await faults(page)).toEqual([]);
    await page.screenshot({ path: join(artefacts, "playground-mechanism.png"), fullPage: true });
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("keys move sliders and reach every control; light and dark pages have no serious fault for axe", async () => {
    const { page, complaints } = await open();
    await page.focus("input[name=input-2]");
    for (let k = 0; k < 3; k++) await page.keyboard.press("ArrowRight");
    await page.waitForFunction(() => rnnDynamicsPlayground.tracked().input[1]! > 0.029);
    await searched(page);
    await page.focus(".marks");
    await page.keyboard.press("n");
    expect(await text(page, ".detail")).toMatch(/^\s*Point 0/);
    await page.evaluate(() => {
      const buttons = [...document.querySelectorAll("button")];
      buttons.find((button) => button.textContent === "Start near the selected point")!.click();
    });
    await page.waitForFunction(() => /at Point/.test(document.querySelector(".starts tbody")!.textContent!));
    const reached = new Set<string>();
    await page.focus("#network");
    for (let k = 0; k < 28; k++) {
      await page.keyboard.press("Tab");
      reached.add(
        await page.evaluate(() => {
          const at = document.activeElement!;
          return at.getAttribute("name") ?? at.getAttribute("class") ?? at.textContent!;
        }),
      );
    }
    for (const name of ["file", "axis-1", "arrows", "marks", "input-1", "input-2-value", "delay", "item"])
      expect([...reached]).toContain(name);
    for (const scheme of ["light", "dark"]) {
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
      expect([scheme, await faults(page)]).toEqual([scheme, []]);
      await page.screenshot({ path: join(artefacts, `playground-${scheme}.png`), fullPage: true });
    }
    await page.setViewport({ width: 400, height: 800 });
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => done(null))));
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(400);
    await page.screenshot({ path: join(artefacts, "playground-narrow.png"), fullPage: true });
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("a broken file says why, a file that could be several things asks, and a good one opens", async () => {
    const { page, complaints } = await open();
    const file = join(root, "examples/flipflop/ff3_gru16.safetensors");
    const bytes = readFileSync(file);
    await drop(page, "broken.safetensors", bytes.subarray(0, 900));
    await page.waitForFunction(() => document.querySelector("[role=alert]:not([hidden])"));
    const why = await text(page, "[role=alert]");
    expect(why).toMatch(/^broken\.safetensors: .+/);
    expect(why).not.toMatch(/undefined|NaN|\bat .*:\d+:\d+/);

    // Names that would be elements, if anything took them for more than text.
    const evil = '"><img src="x" onerror="globalThis.hacked=1"><script>globalThis.hacked=2</script>';
    const names = ["a.", `${evil}.`].flatMap((p) => [`${p}weight_hh_l0`, `${p}weight_ih_l0`]);
    await drop(page, `${evil}.safetensors`, writeSafetensors(tensors(names)));
    await page.waitForSelector("#reading");
    expect(await text(page, ".unclear")).toContain("It may be:");
    expect(await text(page, ".unclear")).toContain(evil);
    expect(await faults(page)).toEqual([]);
    await page.$$eval("details", (all) => all.map((details) => (details.open = true)));
    await page.evaluate(() =>
      [...document.querySelectorAll("button")].find((b) => b.textContent === "Open it so")!.click(),
    );
    await page.waitForFunction(() => document.querySelector(".lead")!.textContent!.includes("PyTorch"));
    await searched(page);
    expect((await shown(page)).length).toBe(3); // x <- tanh 1.5 x and tanh x / 2
    const foreign = await page.evaluate(() => ({
      hacked: "hacked" in globalThis,
      elements: document.querySelectorAll("main img, main script, main iframe, main [onerror]").length,
    }));
    expect(foreign).toEqual({ hacked: false, elements: 0 });

    // The names of a laboratory's files, without the parameters that tell their equation: a preset is chosen.
    const shapes = { w_rec: [3, 3], w_inp: [1, 3], w_inp_scale: [1, 1], w_out: [3, 1], w_out_scale: [1, 1] };
    const files = Object.entries(shapes).map(([name, shape]) => ({
      name,
      shape,
      data: Float64Array.from({ length: shape[0]! * shape[1]! }, (_, i) => (i % 4 === 0 ? 0.5 : 0)),
    }));
    await drop(page, "lab.safetensors", writeSafetensors(files));
    await page.waitForSelector("#reading");
    const readings = await page.$$eval("#reading option", (all) => all.map((option) => option.textContent!));
    const tanh = readings.findIndex((name) => name.startsWith("phase-limit-cycle network, tanh"));
    await page.select("#reading", String(tanh));
    await page.evaluate(() =>
      [...document.querySelectorAll("button")].find((b) => b.textContent === "Open it so")!.click(),
    );
    await page.waitForFunction(() =>
      document.querySelector(".lead")!.textContent!.includes("lab.safetensors"),
    );
    expect(await text(page, ".lead")).toContain("phase-limit-cycle network, tanh, tau 100, dt 20 (rate)");

    await drop(page, "mine.safetensors", bytes);
    await page.waitForFunction(() => rnnDynamicsPlayground.data()?.system.dimension === 16);
    await searched(page);
    const { cell } = await readWeights(file);
    expect(await shown(page)).toEqual(computed(cell, [0, 0, 0]));
    expect(await text(page, ".lead")).toContain("mine.safetensors: PyTorch nn.GRU");
    await page.screenshot({ path: join(artefacts, "playground-file.png"), fullPage: true });
    expect(complaints).toEqual([]);
    await page.close();
  });
});
