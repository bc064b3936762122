import { describe, expect, test } from "vitest";
import { mechanismGroups } from "../../../src/study/mechanisms/mechanismGrid.js";

describe("the grid", () => {
  test("is by default the 672 networks of the original study, 16 groups with a J each", () => {
    const groups = mechanismGroups("grid", {});
    const networks = groups.flatMap((group) => group.rows);
    expect(groups).toHaveLength(16);
    expect(networks).toHaveLength(7 * 4 * 6 * 4);
    expect(new Set(networks.map(({ id }) => id)).size).toBe(672);
    for (const group of groups)
      for (const of of ["seed", "density", "distribution"] as const)
        expect(new Set(group.rows.map((network) => network[of])).size).toBe(1);
    expect(networks.every(({ units, trials }) => units === 1000 && trials === 3500)).toBe(true);
  });

  test("begins with all parameters of the first seed, and splits groups that are too large for a batch", () => {
    const groups = mechanismGroups("grid", { seeds: [3, 1], batch: 10 });
    expect(groups.slice(0, 20).every(({ rows }) => rows.every(({ seed }) => seed === 3))).toBe(true);
    expect(groups).toHaveLength(40);
    expect(groups.map(({ rows }) => rows.length).slice(0, 5)).toEqual([10, 10, 10, 10, 2]);
    expect(new Set(groups.map(({ id }) => id)).size).toBe(40);
  });

  test.each([
    [{ gains: [] }, "gains"],
    [{ gains: [0.8, 0.8] }, "each value once"],
    [{ gains: [Number.NaN] }, "gains[0]"],
    [{ densities: [1.5] }, "densities[0]"],
    [{ feedbackDivisors: [0] }, "feedbackDivisors[0]"],
    [{ seeds: [0.5] }, "seeds"],
    [{ trials: 6 }, "multiple of 4"],
    [{ units: 0 }, "units"],
    [{ distributions: ["normal"] }, "distributions"],
    [{ gain: [1] }, "gain"],
  ])("refuses %o", (grid, named) => {
    expect(() => mechanismGroups("grid", grid as object)).toThrow(named);
  });
});
