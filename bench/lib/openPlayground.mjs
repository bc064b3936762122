// The playground as it is built, served from this machine, in a headless Chromium that renders in software.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import chromium from "@sparticuz/chromium";
import puppeteer from "puppeteer-core";
import { build, preview } from "vite";

/** Opens the page, and hands it to `use` with a few hands: `choose` a network, `slide` an input, `searched`. */
export async function openPlayground(use, { width = 1360, height = 1000, scheme = "light" } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "playground-"));
  const configFile = fileURLToPath(new URL("../../examples/playground/vite.config.ts", import.meta.url));
  const site = { configFile, logLevel: "error", build: { outDir: folder, emptyOutDir: true } };
  await build(site);
  const server = await preview({ ...site, preview: { host: "127.0.0.1", port: 0 } });
  const browser = await puppeteer.launch({
    executablePath: await chromium.executablePath(),
    args: chromium.args,
    headless: "shell",
  });
  try {
    const page = await browser.newPage();
    await page.setViewport({ width, height });
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    await page.goto(server.resolvedUrls.local[0]);
    const searched = () =>
      page.waitForFunction("rnnDynamicsPlayground.isSearched()", { timeout: 120_000, polling: 100 });
    await searched();
    await use({
      page,
      searched,
      async choose(id) {
        await page.evaluate("document.querySelector('.lead').textContent = ''");
        await page.select("#network", id);
        await page.waitForFunction("document.querySelector('.lead').textContent !== ''");
        await searched();
      },
      /** Moves an input, and resolves to the milliseconds it took and the milliseconds of computing. */
      slide: (channel, value) =>
        page.evaluate(
          async (k, v) => {
            const { dataset } = document.querySelector("#timing");
            const slider = document.querySelector(`input[name=input-${k}]`);
            const { round } = dataset;
            slider.value = v;
            slider.dispatchEvent(new Event("input"));
            while (dataset.round === round) await new Promise((done) => setTimeout(done, 1));
            return { took: Number(dataset.took), computed: Number(dataset.computed) };
          },
          channel,
          value,
        ),
    });
  } finally {
    await browser.close();
    await server.close();
    await rm(folder, { recursive: true });
  }
}
