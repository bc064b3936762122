import { describe, expect, test } from "vitest";
import type { MechanismRow } from "../../../src/study/mechanisms/mechanismRow.js";
import { mechanismStudy } from "../../../src/study/mechanisms/mechanismStudy.js";
import type { SweepProgress, SweepStore } from "../../../src/study/runSweep.js";

const config = {
  grid: { units: 24, trials: 40, gains: [0.8, 1.2], densities: [0.5], feedbackDivisors: [1], seeds: [0, 1] },
  tests: { quick: true },
};

/** A store in memory whose power fails after so many calls. */
function storeThatFails(after: number, kept = emptyStore()) {
  let left = after;
  const use = () => {
    if (left-- <= 0) throw new Error("power failure");
  };
  const store: SweepStore<MechanismRow> = {
    rows: () => kept.rows.map((row) => JSON.parse(row) as MechanismRow),
    addRow(row) {
      use();
      kept.rows.push(JSON.stringify(row));
    },
    load: <T>(name: string) => kept.state.get(name) as T | undefined,
    save(name, data) {
      use();
      kept.state.set(name, structuredClone(data));
    },
    drop: (name) => void kept.state.delete(name),
  };
  return { store, kept };
}
function emptyStore() {
  return { rows: [] as string[], state: new Map<string, unknown>() };
}

describe("mechanismStudy", () => {
  const unbroken = mechanismStudy(config);

  test("has one row per network, in the order of the grid, as plain data", () => {
    expect(unbroken.map(({ id }) => id)).toEqual([
      "gauss-s0-p0.5-g0.8-f1-i50",
      "gauss-s0-p0.5-g1.2-f1-i50",
      "gauss-s1-p0.5-g0.8-f1-i50",
      "gauss-s1-p0.5-g1.2-f1-i50",
    ]);
    expect(JSON.parse(JSON.stringify(unbroken))).toEqual(unbroken);
    expect(mechanismStudy(config)).toEqual(unbroken);
  });

  test("gives no mechanism to networks that did not learn", () => {
    for (const { solved, mechanism, reason } of unbroken)
      if (!solved) expect([mechanism, reason]).toEqual(["unclassified", "not learned"]);
    expect(unbroken.some(({ solved }) => !solved)).toBe(true);
  });

  test("goes on where it was, wherever it is broken off, to the same rows", () => {
    for (const steps of [0, 1, 2, 3, 5, 8]) {
      const { store, kept } = storeThatFails(steps);
      expect(() => mechanismStudy(config, { store, checkpointEvery: 16 })).toThrow("power failure");
      const again = storeThatFails(Number.POSITIVE_INFINITY, kept);
      expect(mechanismStudy(config, { store: again.store, checkpointEvery: 16 })).toEqual(unbroken);
      expect(kept.rows).toHaveLength(4);
    }
  });

  test("in parts makes the rows of the whole, each once", () => {
    const parts = [1, 2].flatMap((i) => mechanismStudy(config, { shard: [i, 2] }));
    expect(parts).toEqual(unbroken);
  });

  test("tells its progress, which never goes back and ends at the end", () => {
    const told: SweepProgress[] = [];
    mechanismStudy(config, { onProgress: (progress) => told.push(progress) });
    told.forEach((each, i) => {
      expect(each.total).toBe(8);
      expect(each.done).toBeGreaterThanOrEqual(told[i - 1]?.done ?? 0);
    });
    expect(told.at(-1)).toMatchObject({ stage: "measuring", done: 8, rows: 4 });
  });

  test.each([
    [{ grids: {} }, {}, "grids"],
    [{ grid: { gains: [] } }, {}, "gains"],
    [{ tests: { copies: -1 } }, {}, "copies"],
    [{ tests: { extensions: "all" } }, {}, "extensions"],
    [{ tests: { noiseSeeds: [0.5] } }, {}, "noiseSeeds"],
    [config, { shard: [2, 1] }, "shard"],
    [config, { checkpointEvery: -1 }, "checkpointEvery"],
    [config, { onProgres: 1 }, "onProgres"],
  ])("refuses %o with %o before it trains anything", (wrong, options, named) => {
    expect(() => mechanismStudy(wrong as object, options as object)).toThrow(named);
  });
});
