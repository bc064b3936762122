import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { adam } from "../../src/solve/adam.js";
import { dogleg } from "../../src/solve/dogleg.js";
import { lbfgs } from "../../src/solve/lbfgs.js";
import { levenbergMarquardt } from "../../src/solve/levenbergMarquardt.js";
import { type Method, runFrom } from "../../src/solve/loop.js";
import { newton } from "../../src/solve/newton.js";
import { newtonKrylov } from "../../src/solve/newtonKrylov.js";
import { halfSquare, type Problem } from "../../src/solve/problem.js";
import { affine, badlyScaled, circleAndLine, problemOf, rosenbrock } from "./problems.js";

const descents: Method[] = [dogleg, newtonKrylov, newton, levenbergMarquardt, lbfgs()];
const methods: Method[] = [...descents, adam()];
const limits = { tolerance: 1e-20, maxSteps: 6000 };

const coordinate = fc.double({ min: -3, max: 3, noNaN: true });
const seeded = { seed: 20130301, numRuns: 60 };

/** 1/2 |r|^2 computed here, apart from the method's own bookkeeping. */
function qAt(problem: Problem, x: Float64Array): number {
  const r = new Float64Array(problem.dimension);
  problem.residual(x, r);
  return halfSquare(r);
}

describe.each(descents.map((m) => [m.name, m] as const))("%s", (_name, method) => {
  test.each([
    ["Rosenbrock's valley", rosenbrock],
    ["a badly scaled system", badlyScaled],
    ["a circle and a line", circleAndLine],
  ] as const)("q never rises along accepted steps on %s", (_what, problem) => {
    fc.assert(
      fc.property(coordinate, coordinate, (a, b) => {
        const stepper = method.prepare(problem);
        stepper.start(Float64Array.of(a, b));
        let q = stepper.iterate.q;
        expect(q).toBe(qAt(problem, Float64Array.of(a, b)));
        for (let k = 0; k < 60 && stepper.iterate.status === "running"; k++) {
          stepper.step();
          expect(stepper.iterate.q).toBeLessThanOrEqual(q);
          expect(stepper.iterate.q).toBe(qAt(problem, stepper.iterate.x));
          q = stepper.iterate.q;
        }
      }),
      seeded,
    );
  });

  test("finds the zero of Rosenbrock's valley from the customary start", () => {
    const end = runFrom(rosenbrock, method.prepare(rosenbrock), Float64Array.of(-1.2, 1), limits);
    expect(end.reason).toBe("converged");
    expect(Math.hypot(end.x[0] - 1, end.x[1] - 1)).toBeLessThan(1e-9);
  });
});

describe.each(methods.map((m) => [m.name, m] as const))("%s", (_name, method) => {
  test("does not change its start, and one prepared stepper serves many starts", () => {
    const stepper = method.prepare(circleAndLine);
    const start = Float64Array.of(0.3, 2);
    const first = runFrom(circleAndLine, stepper, start, limits);
    const kept = { ...first, x: first.x.slice() };
    runFrom(circleAndLine, stepper, Float64Array.of(-5, 1), limits);
    expect(runFrom(circleAndLine, stepper, start, limits)).toEqual(kept);
    expect(start).toEqual(Float64Array.of(0.3, 2));
  });

  test("stays in the problem's box, from a start far outside it too", () => {
    const box = { lower: Float64Array.of(-1, -1), upper: Float64Array.of(1, 1) };
    const boxed = { ...circleAndLine, ...box };
    for (const start of [
      [1e6, -1e6],
      [0.9, 0.1],
      [-1e300, 3],
    ]) {
      const end = runFrom(boxed, method.prepare(boxed), Float64Array.from(start), limits);
      for (const v of end.x) expect(Math.abs(v)).toBeLessThanOrEqual(1);
      expect(Number.isFinite(end.q)).toBe(true);
    }
  });

  test("ends at once at an exact zero, in no steps", () => {
    const linear = affine(
      [
        [2, 1],
        [1, 3],
      ],
      [3, 4],
    );
    const end = runFrom(linear, method.prepare(linear), Float64Array.of(1, 1), limits);
    expect([end.reason, end.steps, end.q]).toEqual(["converged", 0, 0]);
  });

  test("tells a residual that is not finite, at the start or on the way, and does not throw", () => {
    const logarithm = problemOf(
      1,
      ([x]) => [Math.log(x) + 3],
      ([x]) => [[1 / x]],
    );
    const bad = runFrom(logarithm, method.prepare(logarithm), Float64Array.of(-1), limits);
    expect(bad.reason).toBe("not-finite");
    const near = runFrom(logarithm, method.prepare(logarithm), Float64Array.of(30), limits);
    expect(["converged", "stalled", "not-finite", "out-of-steps"]).toContain(near.reason);
    if (near.reason === "converged") expect(near.x[0]).toBeCloseTo(Math.exp(-3), 9);
  });

  test("survives a Jacobian that is zero everywhere", () => {
    const constant = problemOf(
      2,
      () => [1, 2],
      () => [
        [0, 0],
        [0, 0],
      ],
    );
    const end = runFrom(constant, method.prepare(constant), Float64Array.of(0.5, -0.5), limits);
    expect(end.q).toBe(2.5);
    expect(["stationary", "stalled", "out-of-steps"]).toContain(end.reason);
  });
});

test("second-order methods reach the rounding floor of a singular (double) zero", () => {
  const double = problemOf(
    2,
    ([x, y]) => [x * x, y - x],
    ([x]) => [
      [2 * x, 0],
      [-1, 1],
    ],
  );
  for (const method of [dogleg, newtonKrylov, newton, levenbergMarquardt]) {
    const end = runFrom(double, method.prepare(double), Float64Array.of(0.7, -1), limits);
    expect(end.reason).toBe("converged");
    expect(Math.hypot(...end.x)).toBeLessThan(1e-4);
  }
});

test("the dogleg and Levenberg-Marquardt stop at a minimum of q that is not a zero, and say so", () => {
  // r = x^2 + 1: q is smallest at x = 0 and 1/2 there.
  const lifted = problemOf(
    1,
    ([x]) => [x * x + 1],
    ([x]) => [[2 * x]],
  );
  for (const method of [dogleg, newtonKrylov, levenbergMarquardt]) {
    const end = runFrom(lifted, method.prepare(lifted), Float64Array.of(0.8), limits);
    expect(["stationary", "stalled"]).toContain(end.reason);
    expect(Math.abs(end.x[0])).toBeLessThan(1e-3);
    expect(end.q).toBeCloseTo(0.5, 6);
  }
});

test("a budget of one step is kept", () => {
  const end = runFrom(rosenbrock, dogleg.prepare(rosenbrock), Float64Array.of(-1.2, 1), {
    tolerance: 0,
    maxSteps: 1,
  });
  expect([end.steps, end.reason]).toEqual([1, "out-of-steps"]);
});
