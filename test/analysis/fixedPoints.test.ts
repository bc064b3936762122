import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { findFixedPoints } from "../../src/analysis/fixedPoints.js";
import { buildCell } from "../../src/cells/build.js";
import { randomSpec } from "../../src/cells/initialise.js";
import type { GruSpec } from "../../src/cells/spec.js";
import { createRandom } from "../../src/core/random.js";
import { q as qOf } from "../../src/core/system.js";
import { adam } from "../../src/solve/adam.js";
import { dogleg } from "../../src/solve/dogleg.js";
import { lbfgs } from "../../src/solve/lbfgs.js";
import { levenbergMarquardt } from "../../src/solve/levenbergMarquardt.js";
import { newton } from "../../src/solve/newton.js";
import { flow, map } from "../../src/systems/custom.js";
import { distanceBetween, realSet, setDistance } from "./compare.js";
import {
  doubleWell,
  grid,
  henon,
  pitchfork,
  rescaled,
  saddleNode,
  subcriticalPitchfork,
} from "./normalForms.js";

const oracleOf = (name: string) =>
  JSON.parse(readFileSync(new URL(`../oracles/${name}.json`, import.meta.url), "utf8"));

/** First coordinates of the points, ascending. */
const placesOf = (report: ReturnType<typeof findFixedPoints>) =>
  report.points.map((p) => p.state[0]).sort((a, b) => a - b);
const near = (value: number, digits = 10) => expect.closeTo(value, digits);

describe("normal forms", () => {
  test.each([1, 0.04, 1e-4])("supercritical pitchfork at mu = %d: 0 unstable, +-sqrt mu stable", (mu) => {
    const report = findFixedPoints(pitchfork(mu), grid(1, 2, 9));
    expect(placesOf(report)).toEqual([near(-Math.sqrt(mu)), near(0), near(Math.sqrt(mu))]);
    expect(report.points.map((p) => p.stability)).toEqual(["stable", "stable", "unstable"]);
    expect(report.points.map((p) => p.index)).toEqual([1, 1, -1]);
    expect(report.points[0].eigenvalues.real[0]).toBeCloseTo(-2 * mu, 10);
    expect(report.points[2].eigenvalues.real[0]).toBeCloseTo(mu, 10);
  });

  test("before the pitchfork there is 0 alone, and at it 0 is degenerate and marginal", () => {
    const before = findFixedPoints(pitchfork(-0.3), grid(1, 2, 9));
    expect(before.points.map((p) => p.stability)).toEqual(["stable"]);
    const at = findFixedPoints(pitchfork(0), grid(1, 2, 9));
    expect(at.points.length).toBe(1);
    expect(at.points[0].index).toBe(0);
    expect(at.points[0].stability).not.toBe("unstable");
    expect(Math.abs(at.points[0].state[0])).toBeLessThan(1e-6);
  });

  test("subcritical pitchfork: 0 stable between two unstable points, alone and unstable after", () => {
    const report = findFixedPoints(subcriticalPitchfork(-0.25), grid(1, 2, 9));
    expect(placesOf(report)).toEqual([near(-0.5), near(0), near(0.5)]);
    expect(report.points.map((p) => p.stability)).toEqual(["stable", "unstable", "unstable"]);
    expect(report.points[1].eigenvalues.real[0]).toBeCloseTo(0.5, 10);
    const after = findFixedPoints(subcriticalPitchfork(0.25), grid(1, 2, 9));
    expect(after.points.map((p) => p.stability)).toEqual(["unstable"]);
  });

  test("saddle-node: two points before, none after however small the ghost's speed", () => {
    const report = findFixedPoints(saddleNode(-0.01), grid(2, 0.5, 4));
    expect(placesOf(report)).toEqual([near(-0.1), near(0.1)]);
    expect(report.points.map((p) => p.stability)).toEqual(["stable", "saddle"]);
    expect(setDistance(report.points[0].eigenvalues, realSet(0.8, 0.5))).toBeLessThan(1e-10);
    for (const mu of [1e-2, 1e-6, 1e-9, 1e-11]) {
      const ghost = findFixedPoints(saddleNode(mu), [...grid(2, 0.5, 4), [1e-6, 0]]);
      expect(ghost.points).toEqual([]);
      expect(ghost.starts.counts.fixed).toBe(0);
    }
  });

  test("the double well: a saddle at rest between two wells, with closed-form eigenvalues", () => {
    const delta = 0.5;
    const { points } = findFixedPoints(doubleWell(delta), grid(2, 2, 4));
    expect(points.map((p) => p.stability)).toEqual(["stable", "stable", "saddle"]);
    const root = Math.sqrt(delta ** 2 + 4) / 2;
    expect(setDistance(points[2].eigenvalues, realSet(-delta / 2 + root, -delta / 2 - root))).toBeLessThan(
      1e-12,
    );
  });

  test("the Henon map's two points and their eigenvalues", () => {
    const [a, b] = [1.4, 0.3];
    const { points } = findFixedPoints(henon(a, b), grid(2, 2, 4));
    const root = Math.sqrt((1 - b) ** 2 + 4 * a);
    for (const sign of [1, -1]) {
      const x = (-(1 - b) + sign * root) / (2 * a);
      const point = points.find((p) => Math.abs(p.state[0] - x) < 1e-12)!;
      expect(point.state[1]).toBeCloseTo(b * x, 12);
      const inner = Math.sqrt(a * a * x * x + b);
      expect(setDistance(point.eigenvalues, realSet(-a * x + inner, -a * x - inner))).toBeLessThan(1e-12);
      expect(point.stability).toBe("saddle");
    }
    expect(points.length).toBe(2);
  });
});

describe("networks whose points were found by others", () => {
  for (const [i, network] of oracleOf("tanhNetworks").networks.entries())
    test(`tanh network ${i}: the points that SciPy's hybrid method finds from 4000 starts, and no other`, () => {
      const n = network.bias.length;
      const cell = buildCell({
        kind: "vanilla",
        activation: "tanh",
        recurrent: network.recurrent,
        bias: network.bias,
      });
      const report = findFixedPoints(cell, grid(n, 1, n > 4 ? 2 : 3), { searchBudget: 2000 });
      expect(report.points.length).toBe(network.points.length);
      expect(report.completeness[0].verdict).toBe("consistent");
      for (const truth of network.points) {
        const point = report.points.find((p) => distanceBetween(p.state, truth.state) < 1e-10)!;
        expect(point.index).toBe(truth.index);
        expect(setDistance(point.eigenvalues, truth.eigenvalues)).toBeLessThan(1e-9);
      }
    });

  for (const [i, network] of oracleOf("plrnn").networks.entries())
    test(`piecewise-linear network ${i}: the points of all regions, enumerated by NumPy`, () => {
      const n = network.bias.length;
      const { diagonal, recurrent, bias } = network;
      const cell = buildCell({ kind: "plrnn", diagonal, recurrent, bias });
      const { points } = findFixedPoints(cell, grid(n, 3, 3), { searchBudget: 500 });
      expect(points.length).toBe(network.points.length);
      for (const truth of network.points) {
        const point = points.find((p) => distanceBetween(p.state, truth.state) < 1e-9)!;
        expect(setDistance(point.eigenvalues, truth.eigenvalues)).toBeLessThan(1e-9);
      }
    });
});

describe("a GRU whose gates saturate", () => {
  const random = createRandom(7);
  const thrown = Array.from({ length: 60 }, (_, k) =>
    Float64Array.from({ length: 6 }, () => random.normal() * [1, 30, 1e3, 1e6][k % 4]),
  );

  test.each([1, 5, 30])(
    "weights times %d: starts far outside the box never give a point outside it",
    (gain) => {
      const cell = buildCell(randomSpec("gru", { units: 6, gain }, 3));
      const u = new Float64Array(0);
      const { points, starts } = findFixedPoints(cell, thrown);
      expect(points.length).toBeGreaterThan(0);
      for (const p of points) {
        for (const v of p.state) expect(Math.abs(v)).toBeLessThanOrEqual(1);
        expect(p.q).toBeLessThanOrEqual(1e-20);
        expect(qOf(cell, p.state, u)).toBe(p.q);
      }
      // The box has a few units in the last place of slack.
      for (const v of starts.states) expect(Math.abs(v)).toBeLessThanOrEqual(1 + 1e-14);
      expect(Object.values(starts.counts).reduce((a, b) => a + b, 0)).toBe(60);
    },
  );

  test("a tanh unit that saturates to exactly 1 beside a line of points is no artefact", () => {
    const cell = buildCell({
      kind: "vanilla",
      activation: "clipped-relu",
      recurrent: [
        [1, 0],
        [0, 0],
      ],
      bias: [0, 30],
    });
    const boxed = {
      ...cell,
      domain: () => ({ lower: Float64Array.of(0, 0), upper: Float64Array.of(1, 1), invariant: true }),
    };
    const { points, starts } = findFixedPoints(boxed, [[0.4, 0.2]], { searchBudget: 0 });
    expect(starts.outcome).toEqual(["fixed"]);
    expect(Array.from(points[0].state)).toEqual([0.4, 1]);
  });

  test("where F(x) = x holds bit for bit only by saturation, the start is rejected as left-domain", () => {
    // z = sigmoid(100 h): at h = 1 it is 1 to the last bit, so h <- h. True points: n = h only.
    const one: GruSpec = {
      kind: "gru",
      recurrent: [[0], [100], [0.5]],
      inputBias: [0, 0, 0],
      recurrentBias: [0, 0, 0],
    };
    const cell = buildCell(one);
    const out = new Float64Array(1);
    cell.rule(Float64Array.of(1), new Float64Array(0), out);
    expect(out[0]).toBe(1);
    const { points, starts } = findFixedPoints(cell, [[5], [1], [1e6]], { searchBudget: 0 });
    expect(starts.outcome).toEqual(["left-domain", "left-domain", "left-domain"]);
    expect(points).toEqual([]);
    // Inside the box a saturated gate holds the state too, for 1e16 steps and more: degenerate, never stable.
    const held = findFixedPoints(cell, [[0.5]], { searchBudget: 0 });
    expect(held.points.map((p) => [p.stability, p.index])).toEqual([["marginal", 0]]);
    const inside = findFixedPoints(cell, [[-0.02], [0.01]], { searchBudget: 0 });
    expect(inside.points.map((p) => p.stability)).toEqual(["stable"]);
    expect(inside.points[0].state[0]).toBeCloseTo(0, 10);
  });
});

describe("methods", () => {
  // Two bistable units coupled weakly: 9 points.
  const small = buildCell({
    kind: "vanilla",
    activation: "tanh",
    recurrent: [
      [1.8, 0.1],
      [-0.1, 1.8],
    ],
  });
  const starts = grid(2, 1, 5);

  test.each([
    ["adam", adam(), 1e-12],
    ["lbfgs", lbfgs(), 1e-12],
    ["newton", newton, 1e-20],
    ["levenberg-marquardt", levenbergMarquardt, 1e-20],
  ] as const)("%s finds the points of a small flip-flop", (name, method, tolerance) => {
    const expected = findFixedPoints(small, starts);
    expect(expected.points.length).toBe(9);
    const report = findFixedPoints(small, starts, { method, tolerance, maxSteps: 6000 });
    expect(report.options.method).toBe(name);
    expect(report.points.length).toBe(9);
    for (const [i, p] of report.points.entries()) {
      expect(p.q).toBeLessThan(1e-12);
      expect(distanceBetween(p.state, expected.points[i].state)).toBeLessThan(1e-9);
    }
    for (const [i, outcome] of report.starts.outcome.entries())
      if (outcome === "fixed") expect(report.starts.q[i]).toBeLessThanOrEqual(tolerance);
  });

  const awkward = [
    [1e6, -1e6],
    [0, 0],
    [0, 0],
    [1e-300, 0],
    [0.3, 0.3],
    [0.3, 0.3],
  ];
  test.each([dogleg, newton, levenbergMarquardt, adam(), lbfgs()].map((m) => [m.name, m] as const))(
    "%s takes huge, zero and repeated starts, of maps and flows, without throwing",
    (_name, method) => {
      for (const system of [small, henon(1.4, 0.3), doubleWell(0.1), saddleNode(1e-3), saddleNode(0)]) {
        const { starts: ends } = findFixedPoints(system, awkward, {
          method,
          maxSteps: 100,
          searchBudget: 60,
        });
        expect(ends.outcome.length).toBe(6);
        expect(ends.outcome[1]).toBe(ends.outcome[2]);
        expect(ends.q[4]).toBe(ends.q[5]);
        expect(Object.values(ends.counts).reduce((a, b) => a + b, 0)).toBe(6);
      }
    },
  );
});

describe("scales", () => {
  test.each([1e-3, 1, 1e3, 1e6])("states of size %d", (scale) => {
    const { points, starts } = findFixedPoints(rescaled(doubleWell(0.5), scale), grid(2, 2 * scale, 4));
    expect(points.map((p) => p.stability)).toEqual(["stable", "stable", "saddle"]);
    expect(Math.abs(points[0].state[0]) / scale).toBeCloseTo(1, 9);
    expect(starts.counts.slow).toBe(0);
  });

  test.each([1e-4, 0.02, 100])(
    "a flow with tau = %d has the same points, its eigenvalues 1 / tau times as large",
    (tau) => {
      const { points } = findFixedPoints(rescaled(pitchfork(1), 1, 1 / tau), [[-0.7], [0.1], [1.9]]);
      expect(points.map((p) => p.stability)).toEqual(["stable", "stable", "unstable"]);
      expect(points[0].eigenvalues.real[0] * tau).toBeCloseTo(-2, 9);
    },
  );

  test("rates of hundreds of Hz and time constants of milliseconds do not hide a point behind rounding", () => {
    const cell = buildCell({
      kind: "rate",
      time: "continuous",
      activation: "softplus",
      tau: 1e-3,
      recurrent: [
        [0.5, -0.2],
        [0.1, 0.4],
      ],
      bias: [2e4, 1e4],
    });
    const { points, starts } = findFixedPoints(cell, [
      [0, 0],
      [1e4, 2e4],
    ]);
    // Both units far above threshold: x = W x + b there.
    expect(points.map((p) => p.stability)).toEqual(["stable"]);
    expect(starts.counts.fixed).toBe(2);
    const [x, y] = points[0].state;
    expect(Math.abs(0.5 * x - 0.2 * y + 2e4 - x)).toBeLessThan(1e-7);
    expect(Math.abs(0.1 * x + 0.4 * y + 1e4 - y)).toBeLessThan(1e-7);
  });

  test("a network of 200 units is searched too", () => {
    const cell = buildCell(randomSpec("vanilla", { units: 200, gain: 0.8 }, 5));
    const random = createRandom(1);
    const starts = Array.from({ length: 4 }, () => Float64Array.from({ length: 200 }, () => random.normal()));
    const { points } = findFixedPoints(cell, starts, { searchBudget: 8 });
    expect(points.map((p) => [p.stability, p.index])).toEqual([["stable", 1]]);
    expect(Math.hypot(...points[0].state)).toBeLessThan(1e-12);
  });
});

describe("numerical trouble", () => {
  test("a rule that is NaN in part of the space gives outcomes, not exceptions", () => {
    const broken = map({
      dimension: 1,
      step: ([x]) => [x > 0.8 ? Number.NaN : Math.tanh(2 * x) * 0.7],
    });
    const { starts, points } = findFixedPoints(broken, [[0.9], [-0.5], [1e6], [0.01]]);
    expect([starts.outcome[0], starts.outcome[2]]).toEqual(["not-finite", "not-finite"]);
    expect(starts.point[0]).toBe(-1);
    expect(points.length).toBe(3);
  });

  test("a singular Jacobian everywhere: a line of points, each marginal with index 0", () => {
    const line = map({ dimension: 2, step: ([x, y]) => [x, 0.5 * y], jacobian: () => [1, 0, 0, 0.5] });
    const { points, starts } = findFixedPoints(
      line,
      [
        [1, 1],
        [-2, 0.3],
        [0.4, 0],
      ],
      { searchBudget: 20 },
    );
    expect(starts.counts.fixed).toBe(3);
    for (const p of points) expect([p.stability, p.index]).toEqual(["marginal", 0]);
  });

  test("no fixed point at all: no point, and no start called fixed", () => {
    const conveyor = map({ dimension: 1, step: ([x]) => [x + 1], jacobian: () => [1] });
    const { points, starts, completeness } = findFixedPoints(conveyor, [[0], [3]], { searchBudget: 20 });
    expect(points).toEqual([]);
    expect(starts.counts.fixed).toBe(0);
    expect(completeness[0].unseenEstimate).toBe(0);
  });
});

describe("the report", () => {
  const bistable = map({
    dimension: 1,
    step: ([x]) => [Math.tanh(2 * x)],
    domain: { lower: -1, upper: 1, invariant: true },
  });

  test("one dimension and a single start are enough", () => {
    const { points, starts } = findFixedPoints(bistable, [[0.4]]);
    expect(points.map((p) => p.stability)).toEqual(["stable", "stable", "unstable"]);
    expect([starts.total, starts.counts.fixed]).toEqual([1, 1]);
    expect(points.map((p) => p.id)).toEqual([0, 1, 2]);
  });

  test("every number describes the returned state", () => {
    const { points, starts } = findFixedPoints(bistable, grid(1, 1, 7));
    const gradientNorm = (x: number) =>
      Math.abs((Math.tanh(2 * x) - x) * (2 * (1 - Math.tanh(2 * x) ** 2) - 1));
    for (const p of points) {
      expect(qOf(bistable, p.state, p.input)).toBe(p.q);
      expect(p.gradientNorm).toBeLessThan(1e-15);
    }
    for (let i = 0; i < starts.total; i++) {
      const x = starts.states.slice(i, i + 1);
      expect(qOf(bistable, x, new Float64Array(0))).toBe(starts.q[i]);
      expect(Math.abs(starts.gradientNorm[i] - gradientNorm(x[0]))).toBeLessThan(1e-15);
      expect(Math.abs(x[0] - points[starts.point[i]].state[0])).toBeLessThan(1e-6);
    }
    const hits = points.map((p) => Array.from(starts.point).filter((id) => id === p.id).length);
    expect(points.map((p) => p.fromStarts)).toEqual(hits);
  });

  test("hints are searched but not counted as starts", () => {
    const starts = [[0.9]];
    const report = findFixedPoints(bistable, starts, { hints: [[-0.9], [0]], searchBudget: 0 });
    expect(report.points.length).toBe(3);
    expect(report.starts.total).toBe(1);
    expect(report.points.map((p) => p.fromStarts).sort()).toEqual([0, 0, 1]);
  });

  test("a point far from all starts is flagged on demand only", () => {
    const wide = map({ dimension: 1, step: ([x]) => [x - (x - 0.1) * (x - 50) * 1e-3] });
    const starts = [[0], [0.2], [0.3], [49]];
    const plain = findFixedPoints(wide, starts, { searchBudget: 0 });
    expect(plain.points.map((p) => p.outlier)).toEqual([false, false]);
    const flagged = findFixedPoints(wide, starts, { searchBudget: 0, outlierDistance: 2 - 1e-6 });
    expect(flagged.points.filter((p) => p.outlier).map((p) => Math.round(p.state[0]))).toEqual([50]);
  });

  test("progress counts every start once", () => {
    const seen: number[] = [];
    findFixedPoints(bistable, [[0.1], [0.2], [0.3]], {
      onProgress: (done, total) => seen.push(done / total),
    });
    expect(seen).toEqual([1 / 3, 2 / 3, 1]);
  });
});

describe("wrong arguments are refused in one line that names function, argument, got and expected", () => {
  const two = flow({ dimension: 2, velocity: ([x, y]) => [-x, -y] });
  const refusals: [what: string, starts: unknown, options: object | undefined, message: string][] = [
    [
      "width",
      [[1, 2, 3]],
      undefined,
      "findFixedPoints: starts has rows of length 3, expected 2 (the system's dimension)",
    ],
    [
      "flat length",
      new Float64Array(3),
      undefined,
      "findFixedPoints: starts has 3 numbers, expected a multiple of 2 (the system's dimension)",
    ],
    ["none", [], undefined, "findFixedPoints: starts is empty, expected at least one row"],
    ["NaN", [[0, Number.NaN]], undefined, "findFixedPoints: starts[0][1] is NaN, expected a finite number"],
    [
      "infinity",
      [[0, Number.POSITIVE_INFINITY]],
      undefined,
      "findFixedPoints: starts[0][1] is Infinity, expected a finite number",
    ],
    ["not rows", "abc", undefined, 'findFixedPoints: starts must be rows of numbers, got "abc"'],
    [
      "unknown option",
      [[0, 0]],
      { tolerence: 1 },
      'findFixedPoints: unknown option "tolerence", expected one of',
    ],
    [
      "negative tolerance",
      [[0, 0]],
      { tolerance: -1 },
      "findFixedPoints: tolerance is -1, expected a finite number of at least 0",
    ],
    [
      "no steps",
      [[0, 0]],
      { maxSteps: 0 },
      "findFixedPoints: maxSteps is 0, expected an integer of at least 1",
    ],
    [
      "fractional budget",
      [[0, 0]],
      { searchBudget: 1.5 },
      "findFixedPoints: searchBudget is 1.5, expected an integer of at least 0",
    ],
    ["seed", [[0, 0]], { seed: 0.5 }, "findFixedPoints: seed is 0.5, expected an integer"],
    [
      "method by name",
      [[0, 0]],
      { method: "dogleg" },
      "findFixedPoints: method must be a Method such as dogleg or levenbergMarquardt",
    ],
    [
      "hints",
      [[0, 0]],
      { hints: [[1]] },
      "findFixedPoints: hints has rows of length 1, expected 2 (the system's dimension)",
    ],
    [
      "outliers",
      [[0, 0]],
      { outlierDistance: -1 },
      "findFixedPoints: outlierDistance is -1, expected a positive number",
    ],
    [
      "input of a system without one",
      [[0, 0]],
      { input: [1] },
      "findFixedPoints: input has length 1, expected 0 (the system's inputDimension)",
    ],
    ["options", [[0, 0]], [] as object, "findFixedPoints: options must be an object"],
  ];
  test.each(refusals)("%s", (_what, starts, options, message) => {
    let said = "";
    try {
      findFixedPoints(two, starts as never, options as never);
    } catch (error) {
      said = (error as Error).message;
      expect((error as Error).name).toBe("ArgumentError");
    }
    expect(said).toContain(message);
    expect(said).not.toContain("\n");
  });
});
