/** The report in a real browser, opened from disk with the network cut. Screenshots are kept in test/artefacts. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { analyze, flow, map, simulate } from "../../src/index.js";
import { readTensors, readWeights } from "../../src/io/index.js";
import { certifyAnalysis } from "../../src/proof/index.js";
import { hueOf, pointLooks } from "../../src/report/looks.js";
import { prepareReport } from "../../src/report/prepare.js";
import type { ReportData } from "../../src/report/reportData.js";
import { sampleTrajectories } from "../../src/report/trajectories.js";
import { htmlOf, writeReport } from "../../src/report/writeReport.js";
import { classifyMechanism } from "../../src/study/index.js";
import { launchBrowser } from "../helpers/browser.js";
import { root } from "../helpers/files.js";

/** What the page offers to scripts. */
interface Hook {
  places(): { id: string; x: number; y: number }[];
  draw(): void;
  data: ReportData;
}
declare const rnnDynamicsReport: Hook;
declare const axe: { run(): Promise<{ violations: { id: string; impact: string; nodes: unknown[] }[] }> };

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const artefacts = join(root, "test/artefacts");

/** x <- tanh 2x in both variables: nine fixed points on a grid of 0 and the two ends. */
const grid = map({
  dimension: 2,
  step: ([x, y]) => [Math.tanh(2 * x!), Math.tanh(2 * y!)],
  domain: { lower: -1, upper: 1, invariant: true },
});
const gridStarts = Array.from({ length: 49 }, (_, i) => [(i % 7) / 3 - 1.01, Math.floor(i / 7) / 3 - 0.99]);

let browser: Browser;
let folder: string;

beforeAll(async () => {
  mkdirSync(artefacts, { recursive: true });
  folder = mkdtempSync(join(tmpdir(), "rnn-dynamics-report-"));
  browser = await launchBrowser();
}, 60_000);
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Opens a page from disk; requests for anything but the file itself, and all complaints, are collected. */
async function open(html: string, before?: (page: Page) => Promise<unknown>) {
  const file = join(folder, "report.html");
  writeFileSync(file, html);
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => complaints.push(message.text()));
  page.on("request", (request) => {
    if (!request.url().startsWith(pathToFileURL(file).href)) complaints.push(`asks for ${request.url()}`);
  });
  await page.setOfflineMode(true);
  await page.setViewport({ width: 1360, height: 1000 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "light" }]);
  await before?.(page);
  await page.goto(pathToFileURL(file).href);
  await settled(page);
  return { page, complaints };
}

/** Until what was asked for is drawn. */
function settled(page: Page) {
  return page.evaluate(
    () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(null)))),
  );
}

/** Where a state of the grid's plane is drawn, from where its fixed points are. */
async function pixels(page: Page): Promise<(x: number, y: number) => [left: number, top: number]> {
  const places = await page.evaluate(() => {
    rnnDynamicsReport.draw();
    return rnnDynamicsReport.places();
  });
  const end = 0.957504024; // x = tanh 2x
  const [lefts, tops] = [places.map((p) => p.x), places.map((p) => p.y)];
  const middle = [lefts, tops].map((list) => (Math.min(...list) + Math.max(...list)) / 2) as [number, number];
  const scale = (Math.max(...lefts) - Math.min(...lefts)) / (2 * end);
  return (x, y) => [middle[0] + scale * x, middle[1] - scale * y];
}

const detail = (page: Page) => page.$eval(".detail", (node) => (node as HTMLElement).innerText);

async function flipFlop() {
  const { cell, spec, recognised } = await readWeights(`${root}examples/flipflop/ff3_gru16.safetensors`);
  const { tensors } = await readTensors(`${root}examples/flipflop/ff3_gru16-starts.safetensors`);
  const starts = tensors.get("inits")!.data;
  const { analysis } = certifyAnalysis(cell, analyze(cell, starts, { slow: true, maxPeriod: 2 }));
  const attractors = analysis.points.filter((p) => p.stability === "stable");
  const memories = { states: attractors.map((p) => p.state), labels: attractors.map((p) => p.id) };
  const mechanism = classifyMechanism(cell, memories, { delay: 20 });
  const network = { file: "ff3_gru16.safetensors", kind: spec.kind, recognised: recognised.by };
  const trajectories = sampleTrajectories(cell, starts);
  return { cell, analysis, options: { trajectories, mechanism, memories, network } };
}

describe("the report in a browser", () => {
  test("draws every point where it was computed, in its own colour", async () => {
    const analysis = analyze(grid, gridStarts);
    expect(analysis.points).toHaveLength(9);
    const { page, complaints } = await open(writeReport(grid, analysis));
    const { places, pixels } = await page.evaluate(() => {
      rnnDynamicsReport.draw();
      const canvas = document.querySelector<HTMLCanvasElement>(".marks")!;
      const ratio = canvas.width / canvas.clientWidth;
      const pen = canvas.getContext("2d")!;
      const places = rnnDynamicsReport.places();
      const pixels = places.map(({ x, y }) => [...pen.getImageData(x * ratio, y * ratio, 1, 1).data]);
      return { places, pixels };
    });
    expect(places.map(({ id }) => id)).toEqual(analysis.points.map(({ id }) => `point-${id}`));
    // Looked at from the front, with one scale: pixels are the coordinates times one number, plus two.
    const [first] = places;
    const states = analysis.points.map((p) => p.state);
    const far = states.findIndex((x) => Math.abs(x[0]! - states[0]![0]!) > 0.5);
    const scale = (places[far]!.x - first!.x) / (states[far]![0]! - states[0]![0]!);
    expect(scale).toBeGreaterThan(50);
    for (const [i, { x, y }] of places.entries()) {
      expect(x - first!.x).toBeCloseTo(scale * (states[i]![0]! - states[0]![0]!), 2);
      expect(y - first!.y).toBeCloseTo(-scale * (states[i]![1]! - states[0]![1]!), 2);
      const colour = pointLooks[analysis.points[i]!.stability].colour;
      const expected = [1, 3, 5].map((k) => Number.parseInt(colour.slice(k, k + 2), 16));
      for (const [c, value] of expected.entries()) expect(Math.abs(pixels[i]![c]! - value)).toBeLessThan(4);
    }
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("shows the figures of a point that is clicked, hovered, or reached by keys", async () => {
    const { page, complaints } = await open(writeReport(grid, analyze(grid, gridStarts)));
    const places = await page.evaluate(() => rnnDynamicsReport.places());
    const box = (await (await page.$(".marks"))!.boundingBox())!;
    const centre = places.find(({ id }) => id === "point-8")!; // the unstable one comes last
    await page.mouse.click(box.x + centre.x + 3, box.y + centre.y - 2);
    expect(await detail(page)).toMatch(/Point 8: unstable/);
    expect(await detail(page)).toMatch(/unstable, 2 unstable directions[\s\S]*2\.0000/);
    expect(
      await page.$$eval(".detail svg.chart circle, .detail svg.chart polygon", (marks) => marks.length),
    ).toBe(
      2 + 1, // both eigenvalues, and the unit circle
    );
    await page.mouse.move(box.x + places[0]!.x, box.y + places[0]!.y);
    expect(await page.$eval(".tip", (tip) => (tip as HTMLElement).innerText)).toMatch(/Point 0\s+stable/);
    await page.focus(".marks");
    await page.keyboard.press("n");
    expect(await detail(page)).toMatch(/Point 0: stable/);
    await page.keyboard.press("p");
    expect(await detail(page)).toMatch(/Point 8: unstable/);
    await page.keyboard.press("ArrowLeft");
    await settled(page);
    const turned = await page.evaluate(() => rnnDynamicsReport.places());
    expect(turned.some(({ x }, i) => Math.abs(x - places[i]!.x) > 2)).toBe(true);
    await page.focus("input[type=radio]:checked");
    await page.keyboard.press("ArrowUp");
    expect(await detail(page)).toMatch(/Point 7: saddle/);
    expect(await page.$eval("[role=status]", (node) => node.textContent)).toBe("Point 7, saddle, selected");
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("tells trajectory, step and speed of the state under the pointer", async () => {
    const starts = [
      [0.2, 0.7],
      [-0.6, 0.1],
    ];
    const { page, complaints } = await open(
      writeReport(grid, analyze(grid, gridStarts), {
        trajectories: simulate(grid, starts, { steps: 4 }),
        maxTrajectories: 2,
      }),
    );
    const at = await pixels(page);
    const box = (await (await page.$(".marks"))!.boundingBox())!;
    for (const [line, start] of starts.entries()) {
      let [x, y] = start as [number, number];
      for (let step = 0; step <= 1; step++) {
        const [left, top] = at(x, y);
        await page.mouse.move(box.x + left, box.y + top);
        const tip = await page.$eval(".tip", (node) => (node as HTMLElement).innerText);
        const speed = Math.hypot(Math.tanh(2 * x) - x, Math.tanh(2 * y) - y);
        expect(tip.split("\n")).toEqual([
          `Trajectory ${line}`,
          `step ${step}; speed ${speed.toExponential(2)} per step`,
        ]);
        [x, y] = [Math.tanh(2 * x), Math.tanh(2 * y)];
      }
    }
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("draws each memory in the colour of its label, from its ring to the end of the delay", async () => {
    const states = [
      [0.3, 0.05],
      [0.4, -0.05],
      [-0.3, 0.05],
    ];
    const memories = { states, labels: ["right", "right", "left"] };
    const mechanism = classifyMechanism(grid, memories, { delay: 3 });
    const analysis = analyze(grid, gridStarts);
    const { page, complaints } = await open(writeReport(grid, analysis, { mechanism, memories }));
    const at = await pixels(page);
    const colourAt = async (x: number, y: number) =>
      page.evaluate(
        (left, top) => {
          rnnDynamicsReport.draw();
          const canvas = document.querySelector<HTMLCanvasElement>(".marks")!;
          const ratio = canvas.width / canvas.clientWidth;
          const { data } = canvas.getContext("2d")!.getImageData(left * ratio, top * ratio, 1, 1);
          return [...data.subarray(0, 3)];
        },
        x,
        y,
      );
    const expected = (k: number) =>
      [1, 3, 5].map((i) => Number.parseInt(hueOf(k).colour.slice(i, i + 2), 16));
    for (const [i, [x, y]] of states.entries()) {
      const [left, top] = at(x!, y!);
      const label = i < 2 ? 0 : 1;
      // The ring has a radius of six pixels; three steps later there is a disc.
      const ring = await colourAt(left, top + 6);
      let [a, b] = [x!, y!];
      for (let step = 0; step < 3; step++) [a, b] = [Math.tanh(2 * a), Math.tanh(2 * b)];
      const disc = await colourAt(...at(a, b));
      for (const colour of [ring, disc])
        for (const [c, value] of expected(label).entries())
          expect(Math.abs(colour[c]! - value)).toBeLessThan(12);
    }
    const text = await page.$eval("main", (main) => (main as HTMLElement).innerText);
    expect(text).toContain("Distance of each memory to the nearest one of another label over time");
    await page.screenshot({ path: join(artefacts, "report-memories.png"), fullPage: true });
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("every control is reached with the Tab key", async () => {
    const { page } = await open(
      writeReport(grid, analyze(grid, gridStarts), {
        trajectories: simulate(grid, gridStarts, { steps: 5 }),
      }),
    );
    const reached = new Set<string>();
    for (let k = 0; k < 14; k++) {
      await page.keyboard.press("Tab");
      reached.add(
        await page.evaluate(() => {
          const at = document.activeElement!;
          return at.getAttribute("name") ?? at.getAttribute("class") ?? at.textContent!;
        }),
      );
    }
    for (const name of ["axis-1", "axis-2", "axis-3", "arrows", "Reset view", "marks", "item"])
      expect(reached).toContain(name);
    await page.close();
  });

  test("shows a trained network with proofs and a mechanism, light and dark, without faults for axe", async () => {
    const { cell, analysis, options } = await flipFlop();
    const { page, complaints } = await open(writeReport(cell, analysis, options));
    expect(await page.$$eval(".items tbody tr", (rows) => rows.length)).toBe(27 + analysis.cycles.length);
    const text = await page.$eval("main", (main) => (main as HTMLElement).innerText);
    for (const words of [
      "27 different fixed points proved",
      "direct-fixed-point",
      "PyTorch nn.GRU",
      "yes, within",
    ])
      expect(text).toContain(words);
    await page.click("#row-point-8");
    await page.screenshot({ path: join(artefacts, "report-light.png"), fullPage: true });
    for (const scheme of ["light", "dark"]) {
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
      await settled(page);
      await page.evaluate(axeSource);
      const { violations } = await page.evaluate(() => axe.run());
      const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
      expect(
        serious.map(({ id, nodes }) => `${scheme}: ${id} ${JSON.stringify(nodes).slice(0, 600)}`),
      ).toEqual([]);
    }
    await page.screenshot({ path: join(artefacts, "report-dark.png"), fullPage: true });
    await page.pdf({ path: join(artefacts, "report.pdf") });
    await page.setViewport({ width: 400, height: 800 });
    await settled(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(400);
    await page.screenshot({ path: join(artefacts, "report-narrow.png") });
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("draws the limit cycle of a flow along other axes, and says what it thinned", async () => {
    const oscillator = flow({ dimension: 2, velocity: ([x, y]) => [y!, (1 - x! * x!) * y! - x!] });
    const starts = [
      [0.1, 0],
      [2, 2],
      [-1, 0.5],
      [0.5, -3],
    ];
    const trajectories = sampleTrajectories(oscillator, starts);
    const { page, complaints } = await open(
      writeReport(oscillator, analyze(oscillator, starts), {
        trajectories,
        maxSamples: 500,
        axes: ["x2", "x1"],
      }),
    );
    expect(await page.$eval("#notes", (note) => note.textContent)).toMatch(
      /Of \d+ states .* one in \d is drawn/,
    );
    const path = await page.evaluate(() => rnnDynamicsReport.data.attractors[0]!.path);
    expect(path.length).toBeGreaterThan(100);
    expect(await page.$eval(".marks", (node) => node.getAttribute("aria-label"))).toMatch(
      /along state variable 2, state variable 1: 1 fixed point/,
    );
    await page.screenshot({ path: join(artefacts, "report-oscillator.png") });
    await page.select("select[name=axis-3]", "0");
    expect(await page.$eval(".marks", (node) => node.getAttribute("aria-label"))).toMatch(
      /state variable 2, state variable 1, state variable 2/,
    );
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("works without WebGL, and says so", async () => {
    const trajectories = sampleTrajectories(grid, gridStarts);
    const { page, complaints } = await open(
      writeReport(grid, analyze(grid, gridStarts), { trajectories }),
      (page) =>
        page.evaluateOnNewDocument(`
          const get = HTMLCanvasElement.prototype.getContext;
          HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
            return kind.startsWith("webgl") ? null : get.call(this, kind, ...rest);
          };`),
    );
    expect(await page.$eval("main", (main) => (main as HTMLElement).innerText)).toContain("offers no WebGL");
    const drawn = await page.evaluate(() => {
      const canvas = document.querySelector<HTMLCanvasElement>(".lines")!;
      return canvas
        .getContext("2d")!
        .getImageData(0, 0, canvas.width, canvas.height)
        .data.some((v) => v > 0);
    });
    expect(drawn).toBe(true);
    expect(await page.evaluate(() => rnnDynamicsReport.places().length)).toBe(9);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("lines of trajectories are drawn by WebGL where there is WebGL", async () => {
    const trajectories = sampleTrajectories(grid, gridStarts);
    const analysis = analyze(grid, gridStarts);
    const colours = async (html: string) => {
      const { page, complaints } = await open(html);
      const count = await page.evaluate(() => {
        rnnDynamicsReport.draw();
        const gl = document.querySelector<HTMLCanvasElement>(".lines")!.getContext("webgl2")!;
        const { drawingBufferWidth: w, drawingBufferHeight: h } = gl;
        const pixels = new Uint8Array(4 * w * h);
        gl.readPixels(0, 0, w, h, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
        return pixels.filter((v, i) => i % 4 === 0 && v < 230).length;
      });
      expect(complaints.filter((words) => !words.includes("ReadPixels"))).toEqual([]);
      await page.close();
      return count;
    };
    expect(await colours(writeReport(grid, analysis))).toBe(0);
    expect(await colours(writeReport(grid, analysis, { trajectories }))).toBeGreaterThan(500);
  });

  test("text of any field is text: no script, element or request comes of it", async () => {
    const { cell, analysis, options } = await flipFlop();
    const evil =
      '</script><script>globalThis.hacked=1</script>"><img src="http://evil.example/x" onerror="globalThis.hacked=2"><svg onload="globalThis.hacked=3"><!--';
    const data = prepareReport("writeReport", cell, analysis, { ...options, title: "title" });
    // Names that the program itself decides by; a wrong one is no text but a broken file.
    const decisive = new Set(["time", "outcome", "stability", "group", "positions", "logSpeeds", "times"]);
    let poisoned = 0;
    const poison = (value: unknown, key: string): unknown => {
      if (typeof value === "string") {
        if (decisive.has(key)) return value;
        poisoned++;
        return evil + value;
      }
      if (Array.isArray(value)) return value.map((item) => poison(item, key));
      if (typeof value !== "object" || value === null) return value;
      return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, poison(v, k)]));
    };
    const { page, complaints } = await open(
      htmlOf({ ...(poison(data, "") as ReportData), options: { [evil]: evil }, notes: [evil] }),
    );
    expect(poisoned).toBeGreaterThan(100);
    await page.click("#row-point-8");
    await page.$$eval("details", (all) => all.map((details) => (details.open = true)));
    await settled(page);
    const after = await page.evaluate(() => ({
      hacked: "hacked" in globalThis,
      foreign: document.querySelectorAll("img, iframe, object, embed, link, a, [onload], [onerror]").length,
      scripts: document.querySelectorAll("script").length,
      title: document.title,
      heading: document.querySelector("h1")!.textContent,
    }));
    expect(after).toEqual({
      hacked: false,
      foreign: 0,
      scripts: 2,
      title: `${evil}title - rnn-dynamics`,
      heading: `${evil}title`,
    });
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("a script or request that got in all the same is stopped by the page's policy", async () => {
    const html = writeReport(grid, analyze(grid, gridStarts)).replace(
      "</body>",
      '<script>globalThis.hacked = 1</script><img src="http://evil.example/x"></body>',
    );
    const { page, complaints } = await open(html);
    expect(await page.evaluate(() => "hacked" in globalThis)).toBe(false);
    expect(complaints.filter((words) => /Content Security Policy/.test(words)).length).toBeGreaterThan(1);
    await page.close();
  });
});
