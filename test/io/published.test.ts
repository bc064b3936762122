import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readWeights } from "../../src/io/index.js";
import { oracle, sharedNet } from "./helpers.js";

/** Networks trained by others, as their authors published them. All is skipped where the folder is absent. */
const folder = sharedNet("published");
const here = describe.skipIf(!folder);
const open = async (...parts: string[]) => (await readWeights(join(folder!, ...parts))).cell;

here("every published network opens, and steps as its authors' equation does in NumPy", () => {
  const steps: Record<string, { size: number; values: number[] }> = oracle("published");
  const files = (path: string): string[] =>
    readdirSync(join(folder!, path)).flatMap((name) => {
      const inner = join(path, name);
      return statSync(join(folder!, inner)).isDirectory() ? files(inner) : [inner];
    });

  test("no file is left out", () => {
    const networks = files("").filter((f) => !/params\.pkl$|README\.md$/.test(f));
    expect(networks.sort()).toEqual(Object.keys(steps).sort());
    expect(networks.length).toBe(56);
  });

  test.each(Object.entries(steps))("%s", async (path, { size, values }) => {
    const cell = await open(path);
    const madeUp = (length: number, shift: number) =>
      Float64Array.from({ length }, (_, i) => Math.sin(1 + shift + i));
    const [x, u] = [madeUp(cell.dimension, 0), madeUp(cell.inputDimension, 2)];
    let next = new Float64Array(cell.dimension);
    cell.rule(x, u, next);
    // The phase-limit-cycle equation is of all units, which the low-rank state stands for.
    if (size !== cell.dimension) {
      const lifted = new Float64Array(cell.units);
      cell.lift(next, u, lifted);
      next = lifted;
    }
    expect(next.length).toBe(size);
    const sum = next.reduce((a, b) => a + b, 0);
    const scale = 1 + next.reduce((a, b) => a + Math.abs(b), 0);
    for (const [i, v] of [next[0], next[size >> 1], next[size - 1], sum].entries())
      expect(Math.abs(v - values[i])).toBeLessThan(1e-13 * scale);
  });
});
