// How fast the playground's points follow a slider, for two networks of 64 units: from the move to the picture drawn, in a
// headless Chromium that renders in software. From the repository, built: node bench/browser/playground.mjs
import { loadavg } from "node:os";
import { openPlayground } from "../lib/openPlayground.mjs";

const share = (values, at) => values.toSorted((a, b) => a - b)[Math.floor(at * (values.length - 1))];
const row = (name, values) =>
  console.log(
    `${name.padEnd(24)} ${[0.1, 0.5, 0.9, 1].map((at) => share(values, at).toFixed(0).padStart(6)).join("")}`,
  );

await openPlayground(async ({ page, choose, slide, searched }) => {
  console.log(
    `${"milliseconds".padEnd(24)} ${["10 %", "50 %", "90 %", "worst"].map((s) => s.padStart(6)).join("")}`,
  );
  for (const [id, to] of [
    ["three-bits", 0.6],
    ["integrator", 0.3],
  ]) {
    await choose(id);
    const points = () => page.evaluate("rnnDynamicsPlayground.tracked().points.length");
    const first = await points();
    const answers = [];
    for (let k = 1; k <= 60; k++) answers.push(await slide(1, (to * k) / 60));
    const last = await points();
    await searched();
    console.log(
      `${id}: ${first} points at the beginning, ${last} at the end, ${await points()} by a full search`,
    );
    row(
      "  move to picture",
      answers.map(({ took }) => took),
    );
    row(
      "  of it computing",
      answers.map(({ computed }) => computed),
    );
  }
});
console.log(`load of the machine      ${loadavg()[0].toFixed(1)}`);
