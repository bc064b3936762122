// How fast a large report opens and turns, in a headless Chromium that renders in software: 1024 starts, 256 units,
// 200 trajectories of 500 steps. From the repository, built: node bench/browser/report.mjs
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import chromium from "@sparticuz/chromium";
import puppeteer from "puppeteer-core";
import { analyze, buildCell, createRandom, defaultStarts, simulate } from "rnn-dynamics";
import { writeReport } from "rnn-dynamics/report";

/** A random network with three bits of memory: 0.5 of random weights and three patterns that hold themselves. */
function network(units) {
  const random = createRandom(1);
  const patterns = Array.from({ length: 3 }, () => Array.from({ length: units }, () => random.normal()));
  const recurrent = Array.from({ length: units }, (_, i) =>
    Array.from(
      { length: units },
      (_, j) =>
        (0.5 * random.normal()) / Math.sqrt(units) +
        patterns.reduce((sum, p) => sum + (1.6 * p[i] * p[j]) / units, 0),
    ),
  );
  return buildCell({ kind: "vanilla", activation: "tanh", recurrent });
}

const cell = network(256);
const starts = defaultStarts(cell, { count: 1024 });
const analysis = analyze(cell, starts);
const trajectories = simulate(
  cell,
  Array.from({ length: 200 }, (_, i) => starts.subarray(i * 256, (i + 1) * 256)),
  { steps: 500 },
);
let from = performance.now();
const html = writeReport(cell, analysis, { trajectories, title: "256 units" });
const written = performance.now() - from;
const folder = fileURLToPath(new URL("../../.cache/", import.meta.url));
mkdirSync(folder, { recursive: true });
writeFileSync(`${folder}report.html`, html);

const browser = await puppeteer.launch({
  executablePath: await chromium.executablePath(),
  args: chromium.args,
  headless: "shell",
});
try {
  const page = await browser.newPage();
  await page.setViewport({ width: 1360, height: 900 });
  from = performance.now();
  await page.goto(pathToFileURL(`${folder}report.html`).href);
  await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
  const opened = performance.now() - from;
  const frames = await page.evaluate(`new Promise((done) => {
    const times = [];
    const step = (now) => {
      times.push(now);
      rnnDynamicsReport.turn(0.02, 0);
      if (now - times[0] > 4000) done((1000 * (times.length - 1)) / (now - times[0]));
      else requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  })`);
  const renderer = await page.evaluate(`(() => {
    const gl = document.createElement("canvas").getContext("webgl2");
    return gl ? gl.getParameter(gl.getExtension("WEBGL_debug_renderer_info").UNMASKED_RENDERER_WEBGL) : "none";
  })()`);
  console.log(`points           ${analysis.points.length}`);
  console.log(`file             ${(html.length / 1e6).toFixed(1)} MB, written in ${written.toFixed(0)} ms`);
  console.log(`opens in         ${opened.toFixed(0)} ms`);
  console.log(`turns at         ${frames.toFixed(1)} frames/s (${renderer})`);
} finally {
  await browser.close();
}
