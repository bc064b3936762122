import { describe, expect, test } from "vitest";
import { analyze } from "../../src/analysis/analyze.js";
import { findAttractors } from "../../src/analysis/attractors.js";
import { findFixedPoints } from "../../src/analysis/fixedPoints.js";
import { findSlowPoints } from "../../src/analysis/slowPoints.js";
import { defaultStarts } from "../../src/analysis/starts.js";
import { buildCell } from "../../src/cells/build.js";
import { dogleg } from "../../src/solve/dogleg.js";
import { lbfgs } from "../../src/solve/lbfgs.js";
import { levenbergMarquardt } from "../../src/solve/levenbergMarquardt.js";
import { newton } from "../../src/solve/newton.js";
import { map } from "../../src/systems/custom.js";

describe("searches end", () => {
  test("on an exact continuum of fixed points with many starts, where deflation makes gradients overflow", () => {
    const cell = buildCell({
      kind: "vanilla",
      activation: "relu",
      recurrent: [
        [1, 0],
        [0, 1],
      ],
    });
    const { points } = analyze(cell, defaultStarts(cell, { count: 240 }));
    expect(points.length).toBeGreaterThan(0);
    expect(points.every((p) => p.index === 0)).toBe(true);
  });

  test.each([dogleg, newton, levenbergMarquardt, lbfgs()])("on weights near overflow: $name", (method) => {
    for (const size of [1e40, 1e52, 1e60, 1e75, 1e100, 1e150]) {
      const cell = buildCell({
        kind: "vanilla",
        activation: "relu",
        recurrent: [
          [size, size],
          [2 * size, -size],
        ],
        bias: [1, 1],
      });
      const { starts } = findFixedPoints(
        cell,
        [
          [1, 2],
          [-1, 0.5],
          [0, 0],
        ],
        { method },
      );
      expect(starts.outcome).toHaveLength(3);
      findSlowPoints(
        cell,
        [
          [1, 2],
          [-1, 0.5],
        ],
        { method },
      );
    }
  });
});

describe("the index check does not lie", () => {
  test("about a zero on a kink, which may repel on one side and attract on the other", () => {
    for (const activation of ["retanh", "clipped-relu"] as const) {
      const cell = buildCell({ kind: "vanilla", activation, recurrent: [[2]] });
      const { points, completeness } = findFixedPoints(cell, [[0], [0.5], [0.9]]);
      const zero = points.find((p) => Math.abs(p.state[0]) < 1e-9)!;
      expect([zero.index, zero.stability]).toEqual([0, "marginal"]);
      expect(completeness[0].verdict).toBe("undecided: a point is degenerate");
    }
  });

  test("about a zero on the surface of a box that a user states", () => {
    const logistic = map({
      dimension: 1,
      step: ([x]) => [3.2 * x * (1 - x)],
      domain: { lower: 0, upper: 1, invariant: true },
    });
    const { completeness } = findFixedPoints(logistic, [[0], [0.3], [0.7]]);
    expect(completeness[0].verdict).toBe("undecided: a point is degenerate");
  });

  test("about a box without bounds", () => {
    const line = map({
      dimension: 1,
      step: ([x]) => [2 * x + 1],
      domain: { lower: Number.NEGATIVE_INFINITY, upper: Number.POSITIVE_INFINITY, invariant: true },
    });
    const { completeness } = findFixedPoints(line, [[0]]);
    expect(completeness[0].verdict).toMatch(/^not applicable/);
  });

  test("still holds where saturated units sit on the surface of their box", () => {
    const cell = buildCell({
      kind: "vanilla",
      activation: "hard-tanh",
      recurrent: [
        [3, 0],
        [0, 3],
      ],
      bias: [0.1, -0.2],
    });
    const { points, completeness } = findFixedPoints(cell, defaultStarts(cell, { count: 100 }));
    expect(points).toHaveLength(9);
    expect(completeness[0].verdict).toBe("consistent");
  });
});

test.each([1e-3, 1e-7])(
  "three points of a system whose states are of size %s are three, each matched by its own attractor",
  (s) => {
    const small = map({
      dimension: 1,
      step: ([x]) => [s * Math.tanh((2 * x) / s)],
      jacobian: ([x]) => [2 / Math.cosh((2 * x) / s) ** 2],
      domain: { lower: -s, upper: s, invariant: true },
    });
    const starts = [[0.5 * s], [-0.5 * s], [0.01 * s]];
    const { points, completeness } = findFixedPoints(small, starts);
    expect(points).toHaveLength(3);
    expect(completeness[0].verdict).toBe("consistent");
    const { reached } = findAttractors(small, starts, { points });
    expect(new Set(reached.map((a) => a.match?.id)).size).toBe(2);
  },
);
