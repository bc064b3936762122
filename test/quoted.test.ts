/** What README.md and docs/start.md show of `npm start` is what it prints. */
import { expect, test } from "vitest";
import { requireBuild, root, textOf } from "./helpers/files.js";
import { run } from "./helpers/run.js";

/** Times differ from run to run, and q at the rounding floor from processor to processor. */
const steady = (line: string) =>
  line
    .trimEnd()
    .replace(/^Time .*/, "Time")
    .replace(/ +\d+e-3\d/, " q");

test("every line of a report that the pages quote is printed", async () => {
  requireBuild();
  const [, , ...command] = JSON.parse(textOf("package.json")).scripts.start.split(" && ")[1].split(" ");
  const { code, stdout } = await run(process.execPath, [`${root}dist/cli/main.js`, ...command], root);
  expect(code).toBe(0);
  const printed = new Set(stdout.split("\n").map(steady));
  const quoted = ["README.md", "docs/start.md"].flatMap((page) =>
    [...textOf(page).matchAll(/```text\n(.*?)```/gs)]
      .map(([, block]) => block.split("\n").map(steady))
      // What other commands print is not this test's.
      .filter((lines) => lines.some((line) => line !== "" && printed.has(line)))
      .flatMap((lines) => lines.filter((line) => line.trim() !== "" && line.trim() !== "...")),
  );
  expect(quoted.length).toBeGreaterThan(20);
  expect(quoted.filter((line) => !printed.has(line))).toEqual([]);
});
