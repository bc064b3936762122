// The picture of the playground in docs/playground.md, in a headless Chromium.
// From the repository, built: node docs/figures/playground.mjs
import { fileURLToPath } from "node:url";
import { openPlayground } from "../../bench/lib/openPlayground.mjs";

await openPlayground(
  async ({ page, slide, searched }) => {
    await slide(1, 0.1);
    await searched();
    const box = await (await page.$(".marks")).boundingBox();
    const places = await page.evaluate("rnnDynamicsPlayground.places()");
    const middle = places.find(({ id }) => id === "point-8") ?? places[0];
    for (const [right, down] of [
      [-120, -40],
      [60, -110],
      [40, 120],
    ])
      await page.mouse.click(box.x + middle.x + right, box.y + middle.y + down);
    await page.waitForFunction(
      "document.querySelectorAll('.starts tbody tr').length === 3 && !document.querySelector('.starts').innerText.includes('…')",
    );
    await page.evaluate(() => {
      const { data, select } = globalThis.rnnDynamicsPlayground;
      select(`point-${data().points.find((p) => p.stability === "saddle").id}`);
    });
    await page.mouse.move(5, 5);
    await new Promise((done) => setTimeout(done, 500));
    await page.screenshot({
      path: fileURLToPath(new URL("../images/playground.png", import.meta.url)),
      clip: { x: 0, y: 0, width: 1280, height: 1000 },
    });
  },
  { width: 1280, height: 1000 },
);
