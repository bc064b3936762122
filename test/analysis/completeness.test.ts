import { describe, expect, test } from "vitest";
import { indexVerdict, unseenEstimate } from "../../src/analysis/completeness.js";
import { findFixedPoints } from "../../src/analysis/fixedPoints.js";
import { buildCell } from "../../src/cells/build.js";
import { flow, map } from "../../src/systems/custom.js";
import { saddleNode } from "./normalForms.js";

/** Three uncoupled bistable units: 27 fixed points, 8 stable; the signs of det(I - J) sum to +1. */
const planted = buildCell({
  kind: "vanilla",
  activation: "tanh",
  recurrent: [
    [2, 0, 0],
    [0, 2, 0],
    [0, 0, 2],
  ],
});
const missing = "at least one point is missing";
const corners = [-1, 1].flatMap((a) => [-1, 1].flatMap((b) => [-1, 1].map((c) => [a, b, c])));

describe("the index check", () => {
  test("accepts +1, and proves by any other sum that points are missing", () => {
    expect(indexVerdict([1], true)).toEqual({ indexSum: 1, expected: 1, verdict: "consistent" });
    expect(indexVerdict([1, 1, -1], true).verdict).toBe("consistent");
    expect(indexVerdict([1, 1], true)).toEqual({ indexSum: 2, expected: 1, verdict: missing });
    expect(indexVerdict([1, -1], true).verdict).toBe(missing);
    expect(indexVerdict([], true)).toEqual({ indexSum: 0, expected: 1, verdict: missing });
  });

  test("a degenerate point leaves it undecided, an unbounded system makes it inapplicable", () => {
    expect(indexVerdict([1, 0], true).verdict).toBe("undecided: a point is degenerate");
    expect(indexVerdict([1, 1], false)).toEqual({
      indexSum: 2,
      expected: null,
      verdict: "not applicable: the dynamics is not known to be bounded",
    });
  });

  test("any one point taken from a complete list is missed", () => {
    const { points, completeness } = findFixedPoints(planted, corners, { searchBudget: 3000 });
    expect(points.length).toBe(27);
    expect(completeness[0].verdict).toBe("consistent");
    const indices = points.map((p) => p.index);
    for (let k = 0; k < 27; k++)
      expect(
        indexVerdict(
          indices.filter((_, i) => i !== k),
          true,
        ).verdict,
      ).toBe(missing);
  });

  test("without a budget, starts that reach only the memories are told so; the extra searches find the rest", () => {
    const without = findFixedPoints(planted, corners, { searchBudget: 0 });
    expect(without.points.length).toBe(8);
    expect(without.completeness[0]).toMatchObject({
      indexSum: 8,
      verdict: missing,
      extraSearches: 0,
      foundByExtraSearches: 0,
    });
    const withBudget = findFixedPoints(planted, corners, { searchBudget: 3000 });
    expect(withBudget.points.length).toBe(27);
    expect(withBudget.completeness[0]).toMatchObject({ verdict: "consistent", foundByExtraSearches: 19 });
    expect(withBudget.points.filter((p) => p.fromStarts === 0).length).toBe(19);
    expect(withBudget.completeness[0].extraSearches).toBeLessThanOrEqual(withBudget.options.searchBudget);
  });

  test("a flow into its box has the same sum: the signs are of det(-J)", () => {
    const rate = buildCell({
      kind: "rate",
      time: "continuous",
      activation: "tanh",
      tau: 0.02,
      recurrent: [
        [3, 0],
        [0, 3],
      ],
    });
    const { points, completeness } = findFixedPoints(rate, [
      [2, 2],
      [0.1, -0.2],
    ]);
    expect(points.length).toBe(9);
    expect(completeness[0]).toMatchObject({ indexSum: 1, expected: 1, verdict: "consistent" });
  });

  test("a degenerate point of a system with a box: undecided, never consistent", () => {
    // x <- tanh x has a triple zero at 0.
    const critical = map({
      dimension: 1,
      step: ([x]) => [Math.tanh(x)],
      jacobian: ([x]) => [1 - Math.tanh(x) ** 2],
      domain: { lower: -1, upper: 1, invariant: true },
    });
    const { points, completeness } = findFixedPoints(critical, [[0.9], [-0.3]]);
    for (const p of points) expect(p.index).toBe(0);
    expect(completeness[0].verdict).toBe("undecided: a point is degenerate");
  });

  test("a double point (saddle-node at its birth) has index 0, also in one dimension", () => {
    for (const system of [
      saddleNode(0),
      flow({ dimension: 1, velocity: ([x]) => [(x - 0.3) ** 2], jacobian: ([x]) => [2 * (x - 0.3)] }),
    ]) {
      const starts = system.dimension === 1 ? [[0.4]] : [[-0.2, 0.1]];
      const { points, completeness } = findFixedPoints(system, starts, { searchBudget: 0 });
      expect(points.map((p) => p.index)).toEqual([0]);
      expect(completeness[0].expected).toBe(null);
    }
  });
});

describe("Chao's estimate", () => {
  test("is f1 (f1 - 1) / (2 (f2 + 1)), worked by hand", () => {
    // Hit once: 4 points; twice: 2; so 4 * 3 / (2 * 3) = 2.
    expect(unseenEstimate([1, 1, 1, 1, 2, 2, 7, 30])).toBe(2);
    expect(unseenEstimate([1, 1, 1])).toBe(3);
    expect(unseenEstimate([1, 5, 9])).toBe(0);
    expect(unseenEstimate([])).toBe(0);
  });

  test("counts in the report what neither the starts nor the extra searches found", () => {
    const starts = corners.slice(0, 4);
    const without = findFixedPoints(planted, starts, { searchBudget: 0 });
    expect(without.points.map((p) => p.fromStarts)).toEqual([1, 1, 1, 1]);
    expect(without.completeness[0].unseenEstimate).toBe(6);
    const all = findFixedPoints(planted, starts, { searchBudget: 3000 });
    expect(all.points.length).toBe(27);
    expect(all.completeness[0].unseenEstimate).toBeLessThan(1);
  });
});
