import { describe, expect, test } from "vitest";
import { groupByCondition } from "../../src/analysis/conditions.js";
import { findFixedPoints } from "../../src/analysis/fixedPoints.js";
import { findSlowPoints } from "../../src/analysis/slowPoints.js";
import { buildCell } from "../../src/cells/build.js";
import { checkRows } from "../../src/core/check.js";

const driven = buildCell({
  kind: "vanilla",
  activation: "tanh",
  recurrent: [
    [2, 0.3],
    [-0.2, 1.5],
  ],
  input: [
    [1, 0],
    [0, 1],
  ],
});
const starts = [
  [0.5, 0.5],
  [-0.5, 0.2],
  [0.9, -0.9],
  [-0.1, 0],
];
const [calm, pushed] = [
  [0, 0],
  [2, -0.1],
];

describe("conditions", () => {
  test("one input for all starts is one condition; the default input is zero", () => {
    const table = checkRows("f", "starts", starts, 2, "D");
    const groups = groupByCondition("f", driven, table, undefined, undefined);
    expect(groups).toEqual([{ id: 0, input: Float64Array.of(0, 0), starts: [0, 1, 2, 3] }]);
    expect(groupByCondition("f", driven, table, pushed, undefined)[0].input).toEqual(
      Float64Array.from(pushed),
    );
  });

  test("starts with equal inputs share a condition, numbered in order of appearance or as given", () => {
    const table = checkRows("f", "starts", starts, 2, "D");
    const input = [pushed, calm, pushed, calm];
    expect(groupByCondition("f", driven, table, input, undefined)).toEqual([
      { id: 0, input: Float64Array.from(pushed), starts: [0, 2] },
      { id: 1, input: Float64Array.from(calm), starts: [1, 3] },
    ]);
    expect(groupByCondition("f", driven, table, input, [7, 3, 7, 3]).map((g) => g.id)).toEqual([7, 3]);
    const flat = Float64Array.from(input.flat());
    expect(groupByCondition("f", driven, table, flat, undefined).length).toBe(2);
  });

  test("two conditions in one call give what two calls give", () => {
    const both = findFixedPoints(driven, starts, { input: [calm, calm, pushed, pushed] });
    const one = findFixedPoints(driven, starts.slice(0, 2), { input: calm, searchBudget: 256 });
    const other = findFixedPoints(driven, starts.slice(2), { input: pushed, searchBudget: 256 });
    const states = (report: typeof both, condition: number) =>
      report.points
        .filter((p) => p.condition === condition)
        .map((p) => Array.from(p.state, (v) => v.toFixed(12)));
    expect(states(both, 0)).toEqual(states(one, 0));
    expect(states(both, 1)).toEqual(states(other, 0));
    expect(states(both, 0).length).not.toBe(states(both, 1).length);
    expect(both.completeness.map((c) => [c.condition, c.verdict, c.indexSum])).toEqual([
      [0, "consistent", one.completeness[0].indexSum],
      [1, "consistent", other.completeness[0].indexSum],
    ]);
    expect(both.points.map((p) => p.id)).toEqual(both.points.map((_, i) => i));
    for (const p of both.points)
      expect(p.input).toEqual(Float64Array.from(p.condition === 0 ? calm : pushed));
    expect(both.starts.condition).toEqual(Int32Array.of(0, 0, 1, 1));
    for (const [i, id] of both.starts.point.entries())
      if (id >= 0) expect(both.points[id].condition).toBe(both.starts.condition[i]);
  });

  test("an input that changes nothing but the number of its condition changes nothing", () => {
    const plain = findFixedPoints(driven, starts);
    const named = findFixedPoints(driven, starts, { conditions: [5, 5, 5, 5] });
    expect(named.points.map((p) => p.condition)).toEqual(plain.points.map(() => 5));
    expect(named.points.map((p) => p.state)).toEqual(plain.points.map((p) => p.state));
  });

  const expectRefusal = (options: object, message: string) =>
    expect(() => findFixedPoints(driven, starts, options)).toThrow(message);

  test("wrong inputs and conditions are refused in one line", () => {
    expectRefusal(
      { input: [1] },
      "findFixedPoints: input has length 1, expected 2 (the system's inputDimension)",
    );
    expectRefusal({ input: [calm, pushed] }, "findFixedPoints: input has 2 rows, expected 4 (one per start)");
    expectRefusal(
      { input: [calm, calm, calm, [1, 2, 3]] },
      "findFixedPoints: input has rows of length 3, expected 2 (the system's inputDimension)",
    );
    expectRefusal({ input: [Number.NaN, 0] }, "findFixedPoints: input[0] is NaN, expected a finite number");
    expectRefusal({ input: null }, "findFixedPoints: input must be an array");
    expectRefusal({ input: 3 }, "findFixedPoints: input must be an array");
    expectRefusal(
      { conditions: [0, 1] },
      "findFixedPoints: conditions has length 2, expected 4 (one per start)",
    );
    expectRefusal(
      { conditions: [0, 0, 0, 0.5] },
      "findFixedPoints: conditions[3] is 0.5, expected an integer",
    );
    expectRefusal(
      { input: [calm, pushed, calm, calm], conditions: [1, 1, 1, 1] },
      "findFixedPoints: conditions: starts of condition 1 have different inputs, expected one input",
    );
    expect(() => findSlowPoints(driven, starts, { input: [1] })).toThrow(
      /^findSlowPoints: input has length 1/,
    );
  });
});
