import { expect, test } from "vitest";
import { capacityText } from "../../src/cli/capacityText.js";
import type { CapacityRow } from "../../src/study/capacity/capacityRow.js";

const row = (name: string, seed: number, capacity: number) =>
  ({ id: `${name}-s${seed}`, seed, capacity, outcome: "ok" }) as CapacityRow;

test("the best setting is the one with the best mean over the most seeds, not the luckiest network", () => {
  const rows = [row("a", 0, 0.9), row("a", 10, 0.1), row("b", 0, 0.6), row("b", 10, 0.6), row("c", 0, 0.95)];
  expect(capacityText([], rows)).toBe("  best setting: b, mean capacity 0.60 (seeds: 2)");
});

test("without rows there is nothing to say, not even a table's head", () => {
  expect(capacityText([], [])).toBe("");
});
