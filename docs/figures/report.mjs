// The pictures of reports in README.md and docs/report.md: two networks, in a headless Chromium.
// From the repository, built: node docs/figures/report.mjs
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import chromium from "@sparticuz/chromium";
import puppeteer from "puppeteer-core";
import { analyze } from "rnn-dynamics";
import { readTensors, readWeights } from "rnn-dynamics/io";
import { certifyAnalysis } from "rnn-dynamics/proof";
import { sampleTrajectories, writeReport } from "rnn-dynamics/report";

const pictures = [
  {
    file: "ff3_tanh16",
    out: "report-flipflop",
    scheme: "light",
    axes: ["output1", "output2", "output3"],
    item: "point-8",
    modes: "all",
    turn: [0.15, -0.1],
  },
  { file: "integ_tanh64_static", out: "report-integrator", scheme: "dark", item: "slow-0", turn: [0.1, 0] },
];

const folder = await mkdtemp(join(tmpdir(), "report-"));
const browser = await puppeteer.launch({
  executablePath: await chromium.executablePath(),
  args: chromium.args,
  headless: "shell",
});
try {
  for (const { file, out, scheme, axes, item, modes, turn } of pictures) {
    const { cell, spec, recognised } = await readWeights(`examples/flipflop/${file}.safetensors`);
    const { tensors } = await readTensors(`examples/flipflop/${file}-starts.safetensors`);
    const starts = tensors.get("inits").data;
    const { analysis } = certifyAnalysis(cell, analyze(cell, starts, { slow: true }));
    const html = writeReport(cell, analysis, {
      trajectories: sampleTrajectories(cell, starts),
      title: `${file}.safetensors`,
      network: { file: `examples/flipflop/${file}.safetensors`, kind: spec.kind, recognised: recognised.by },
      axes,
    });
    await writeFile(join(folder, "report.html"), html);
    const page = await browser.newPage();
    await page.setViewport({ width: 1280, height: 950 });
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    await page.goto(pathToFileURL(join(folder, "report.html")).href);
    if (modes) await page.select("select[name=arrows]", modes);
    await page.evaluate(
      ([id, by]) => {
        globalThis.rnnDynamicsReport.select(id);
        globalThis.rnnDynamicsReport.turn(...by);
      },
      [item, turn],
    );
    await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
    await page.screenshot({ path: fileURLToPath(new URL(`../images/${out}.png`, import.meta.url)) });
    await page.close();
  }
} finally {
  await browser.close();
  await rm(folder, { recursive: true });
}
