import { describe, expect, test } from "vitest";
import { findSlowPoints } from "../../src/analysis/slowPoints.js";
import { flow, map } from "../../src/systems/custom.js";
import { distanceBetween, realSet, setDistance } from "./compare.js";
import { grid, pitchfork, rescaled, saddleNode } from "./normalForms.js";

/** A curve y = x^2 that attracts (factor 1/2), along which x drifts by eps (a + x^2) per step. */
const slowCurve = (eps: number, a: number) =>
  map({
    dimension: 2,
    step: ([x, y]) => {
      const moved = x + eps * (a + x * x);
      return [moved, moved * moved + 0.5 * (y - x * x)];
    },
  });

describe("ghosts of a saddle-node", () => {
  test.each([1e-2, 1e-3, 1e-4, 1e-6, 1e-9])("at mu = %d: one ghost, at 0, of speed mu", (mu) => {
    const report = findSlowPoints(saddleNode(mu), grid(2, 0.5, 4));
    expect(report.points.length).toBe(1);
    const [ghost] = report.points;
    expect(ghost.kind).toBe("ghost");
    expect(Math.hypot(...ghost.state)).toBeLessThan(1e-7);
    expect(ghost.speed / mu).toBeCloseTo(1, 9);
    expect(ghost.gradientNorm).toBeLessThan(1e-14);
    // Hessian of q = ((x^2 + mu)^2 + y^2 / 4) / 2 at 0: diag(2 mu, 1/4).
    expect(Math.abs(ghost.smallestCurvature - 2 * mu)).toBeLessThan(1e-8);
    expect(ghost.largestCurvature).toBeCloseTo(0.25, 8);
    expect(setDistance(ghost.eigenvalues, realSet(1, 0.5))).toBeLessThan(1e-7);
    expect(ghost.fromStarts).toBe(report.starts.counts.slow);
  });

  test("before it, where there are fixed points, there is no ghost", () => {
    const report = findSlowPoints(saddleNode(-0.01), grid(2, 0.5, 4));
    expect(report.points).toEqual([]);
    expect(report.starts.counts.fixed).toBeGreaterThan(0);
  });

  test.each([
    [1e-3, 1],
    [1, 50],
    [1e3, 1],
    [1e3, 0.01],
  ])("as a flow in units of %d, %d times as fast: still one ghost in the same place", (scale, rate) => {
    const ghost = flow({
      dimension: 2,
      velocity: ([x, y]) => [(x - 0.1) ** 2 + 1e-3, -y],
      jacobian: ([x]) => [
        [2 * (x - 0.1), 0],
        [0, -1],
      ],
    });
    const starts = grid(2, 0.6 * scale, 4);
    const { points } = findSlowPoints(rescaled(ghost, scale, rate), starts);
    expect(points.map((p) => p.kind)).toEqual(["ghost"]);
    expect(distanceBetween(points[0].state, [0.1 * scale, 0])).toBeLessThan(1e-5 * scale);
    expect(points[0].speed / (1e-3 * scale * rate)).toBeCloseTo(1, 6);
  });
});

describe("slow manifolds", () => {
  test.each([1e-3, 1e-4])(
    "a planted slow curve with drift %d (1 + x^2) is a slow manifold with the curve's extent",
    (eps) => {
      const report = findSlowPoints(slowCurve(eps, 1), grid(2, 1.5, 5));
      expect(report.points.length).toBe(1);
      const [point] = report.points;
      expect(point.kind).toBe("slow-manifold");
      // q at (x, x^2): eps^2 (1 + x^2)^2 (1 + 4 x^2) / 2 to leading order; its minimum is at 0.
      expect(Math.hypot(...point.state)).toBeLessThan(0.02);
      expect(point.speed / eps).toBeCloseTo(1, 2);
      expect(point.extent).toBeGreaterThan(1);
      expect(point.extent).toBeLessThan(12);
      expect(point.stability).not.toBe("stable");
    },
  );

  test("an even drift along a line makes every state of it a slow point, and each a manifold's", () => {
    const conveyor = map({
      dimension: 2,
      step: ([x, y]) => [x + 1e-4, 0.5 * y],
      jacobian: () => [1, 0, 0, 0.5],
    });
    const { points } = findSlowPoints(conveyor, grid(2, 1, 3));
    expect(points.length).toBeGreaterThan(0);
    for (const p of points) {
      expect(p.kind).toBe("slow-manifold");
      expect(p.speed).toBeCloseTo(1e-4, 10);
    }
  });
});

describe("what is not a slow point", () => {
  test("zeros are set aside as fixed", () => {
    const report = findSlowPoints(pitchfork(1), [[-0.7], [0.02], [1.6]]);
    expect(report.points).toEqual([]);
    expect(report.starts.counts.fixed).toBe(3);
    expect(report.starts.point).toEqual(Int32Array.of(-1, -1, -1));
  });

  test("a start that stalls or runs out of steps is never one", () => {
    const ghost = saddleNode(1e-3);
    const stopped = findSlowPoints(ghost, grid(2, 0.5, 4), { maxSteps: 1 });
    for (const [i, outcome] of stopped.starts.outcome.entries())
      expect(stopped.starts.point[i] >= 0).toBe(outcome === "slow");
    // |x| has a kink at its minimum: the gradient does not vanish there.
    const kink = flow({
      dimension: 1,
      velocity: ([x]) => [Math.abs(x) + 0.1],
      jacobian: ([x]) => [Math.sign(x)],
    });
    const report = findSlowPoints(kink, [[0.5], [-0.3]], { maxSpeed: 1 });
    expect(report.points).toEqual([]);
    expect(report.starts.counts.slow).toBe(0);
  });

  test("a minimum of q that is not slow is only counted", () => {
    const report = findSlowPoints(saddleNode(1e-2), grid(2, 0.5, 4), { maxSpeed: 1e-3 });
    expect(report.points).toEqual([]);
    expect(report.tooFast).toBe(1);
    expect(Math.max(...report.starts.point)).toBe(-1);
  });

  test("a rule that is not finite somewhere gives outcomes, not exceptions", () => {
    const broken = map({ dimension: 1, step: ([x]) => [x > 0.5 ? Number.NaN : x + x * x + 1e-3] });
    const { starts, points } = findSlowPoints(broken, [[0.9], [-0.2]]);
    expect(starts.outcome).toEqual(["not-finite", "slow"]);
    expect(points.length).toBe(1);
  });
});

describe("the report", () => {
  test("is plain data, repeats bit for bit, and leaves the starts alone", () => {
    const starts = grid(2, 0.5, 4);
    const copy = starts.map((x) => x.slice());
    const report = findSlowPoints(saddleNode(1e-3), starts);
    expect(structuredClone(report)).toEqual(report);
    expect(findSlowPoints(saddleNode(1e-3), starts)).toEqual(report);
    expect(starts).toEqual(copy);
    expect(report.starts.outcome.length).toBe(16);
    expect(Object.values(report.starts.counts).reduce((a, b) => a + b, 0)).toBe(16);
  });

  test("two inputs: the slow point of each, numbered by condition", () => {
    const driven = map({
      dimension: 1,
      inputDimension: 1,
      step: ([x], [u]) => [x + x * x + u],
    });
    const starts = [[-0.4], [0.3], [-0.4], [0.3]];
    const { points } = findSlowPoints(driven, starts, { input: [[1e-3], [1e-3], [2e-3], [2e-3]] });
    expect(points.map((p) => [p.id, p.condition, p.speed.toFixed(6)])).toEqual([
      [0, 0, "0.001000"],
      [1, 1, "0.002000"],
    ]);
  });

  test("wrong arguments are refused in one line", () => {
    const system = saddleNode(1e-3);
    const refuse = (options: object, message: string) =>
      expect(() => findSlowPoints(system, [[0, 0]], options)).toThrow(message);
    refuse({ maxSpeed: -1 }, "findSlowPoints: maxSpeed is -1, expected a number of at least 0");
    refuse({ tolerance: -1 }, "findSlowPoints: tolerance is -1, expected a finite number of at least 0");
    refuse({ maxStep: 3 }, 'findSlowPoints: unknown option "maxStep", expected one of');
    expect(() => findSlowPoints(system, [])).toThrow("findSlowPoints: starts is empty");
  });
});
