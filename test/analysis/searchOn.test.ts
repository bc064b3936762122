import { describe, expect, test } from "vitest";
import { carryOut } from "../../src/analysis/plan.js";
import { createRootSearch } from "../../src/analysis/rootSearch.js";
import { searchOn } from "../../src/analysis/searchOn.js";
import { createRandom } from "../../src/core/random.js";
import type { DynamicalSystem } from "../../src/core/system.js";
import { dogleg } from "../../src/solve/dogleg.js";
import { map } from "../../src/systems/custom.js";
import { rowsOf } from "./compare.js";

const none = new Float64Array(0);
const options = {
  input: none,
  period: 1,
  unit: 1,
  method: dogleg,
  tolerance: 1e-20,
  maxSteps: 300,
  distinctTolerance: 1e-6,
};
const bistable = map({
  dimension: 2,
  step: ([x, y]) => [Math.tanh(2 * x), Math.tanh(2 * y)],
  domain: { lower: -1, upper: 1, invariant: true },
});

/** A search from the starts, and how often each root was hit. */
function search(system: DynamicalSystem, starts: Float64Array) {
  const found = createRootSearch(system, options);
  const hits: number[] = [];
  const from = rowsOf(starts, system.dimension).map((x) => ({ x }));
  for (const { root } of carryOut(system, found.from(from))) {
    if (root >= 0) hits[root] = (hits[root] ?? 0) + 1;
  }
  const goOn = (...args: Parameters<typeof searchOn> extends [unknown, ...infer Rest] ? Rest : never) =>
    carryOut(system, searchOn(found, ...args));
  return { found, hits, goOn };
}

/** No states drawn beside the starts. */
const nowhere = () => new Float64Array(0);

describe("searchOn", () => {
  test("finds the saddles between attractors, and stops soon after the list is complete", () => {
    const starts = Float64Array.of(1, 1, -1, 1, 1, -1, -1, -1);
    const { found, hits, goOn } = search(bistable, starts);
    expect(found.roots.length).toBe(4);
    const { made, budgetSpent } = goOn(starts, true, hits, 10_000, createRandom(0), nowhere);
    expect(budgetSpent).toBe(false);
    expect(found.roots.length).toBe(9);
    expect(made).toBeLessThan(1000);
    expect(hits.length).toBe(9);
  });

  test("makes no search without a budget, and never more than the budget", () => {
    const starts = Float64Array.of(1, 1);
    for (const budget of [0, 1, 17]) {
      const { found, hits, goOn } = search(bistable, starts);
      expect(goOn(starts, true, hits, budget, createRandom(0), nowhere).made).toBeLessThanOrEqual(budget);
      if (budget === 0) expect(found.roots.length).toBe(1);
    }
  });

  test("spends the whole budget while the index sum says that a point is missing", () => {
    // A box declared invariant that is not: the sum can never be 1.
    const lying = map({
      dimension: 1,
      step: ([x]) => [x + 1 + x * x],
      domain: { lower: -1, upper: 1, invariant: true },
    });
    const starts = Float64Array.of(0.3);
    const { found, hits, goOn } = search(lying, starts);
    expect(goOn(starts, true, hits, 500, createRandom(0), nowhere)).toEqual({
      made: 500,
      budgetSpent: true,
    });
    expect(found.roots.length).toBe(0);
  });

  test("the same seed makes the same searches; starts and roots found before stay as they are", () => {
    const starts = Float64Array.of(1, 1, 0.3, -0.2);
    const copy = starts.slice();
    const run = (seed: number) => {
      const { found, hits, goOn } = search(bistable, starts);
      const before = found.roots.map((r) => Array.from(r.x));
      goOn(starts, true, hits, 500, createRandom(seed), nowhere);
      expect(found.roots.slice(0, before.length).map((r) => Array.from(r.x))).toEqual(before);
      return found.roots.map((r) => Array.from(r.x));
    };
    expect(run(3)).toEqual(run(3));
    expect(starts).toEqual(copy);
  });

  test("closes the list under images, so that no cycle is half known", () => {
    const flip = map({ dimension: 2, step: ([x, y]) => [-Math.tanh(2 * x), Math.tanh(2 * y)] });
    const squared = map({
      dimension: 2,
      step: ([x, y]) => [Math.tanh(2 * Math.tanh(2 * x)), Math.tanh(2 * Math.tanh(2 * y))],
    });
    const starts = Float64Array.of(1, 1);
    const { found, hits, goOn } = search(squared, starts);
    const image = (x: Float64Array) => {
      const out = new Float64Array(2);
      flip.rule(x, none, out);
      return [out];
    };
    goOn(starts, false, hits, 1, createRandom(0), nowhere, image);
    for (const root of found.roots) expect(found.find(image(root.x)[0])).toBeGreaterThanOrEqual(0);
    expect(found.roots.length).toBeGreaterThanOrEqual(2);
  });
});
