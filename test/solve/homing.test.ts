import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findFixedPoints } from "../../src/analysis/fixedPoints.js";
import { dogleg } from "../../src/solve/dogleg.js";
import { runFrom } from "../../src/solve/loop.js";
import { halfSquare, type Problem } from "../../src/solve/problem.js";
import { map } from "../../src/systems/custom.js";

/** Zeros at (0, 0) and (+-e, e^2), on a bent line: v (e^2 - v^2) = 0 and w = v^2. */
function pitchfork(e: number): Problem {
  const residual = (x: Float64Array, out: Float64Array) => {
    out[0] = x[0] * (e * e - x[0] * x[0]);
    out[1] = x[0] * x[0] - x[1];
  };
  const jacobian = (x: Float64Array, out: Float64Array) => {
    out.set([e * e - 3 * x[0] * x[0], 0, 2 * x[0], -1]);
  };
  return {
    dimension: 2,
    residual,
    jacobian,
    pullback(x, v, out) {
      out[0] = (e * e - 3 * x[0] * x[0]) * v[0] + 2 * x[0] * v[1];
      out[1] = -v[1];
    },
  };
}

const limits = { tolerance: 1e-30, maxSteps: 200 };
const seeded = { seed: 20180903, numRuns: 200 };
const knowing = (problem: Problem, states: Float64Array): Problem => ({
  ...problem,
  known: { states, unit: 1 },
});

describe("a search that knows zeros", () => {
  test("arrives in one of them exactly, with the q of that zero", () => {
    const e = 0.5;
    const states = Float64Array.of(0, 0, e, e * e, -e, e * e);
    const problem = knowing(pitchfork(e), states);
    const stepper = dogleg.prepare(problem);
    const r = new Float64Array(2);
    let arrivals = 0;
    fc.assert(
      fc.property(
        fc.double({ min: -1, max: 1, noNaN: true }),
        fc.double({ min: -1, max: 1, noNaN: true }),
        (v, w) => {
          const end = runFrom(problem, stepper, Float64Array.of(v, w), limits);
          if (end.reason !== "arrived") return;
          arrivals++;
          const which = [0, 1, 2].filter((k) => end.x[0] === states[2 * k] && end.x[1] === states[2 * k + 1]);
          expect(which.length).toBe(1);
          problem.residual(end.x, r);
          expect(end.q).toBe(halfSquare(r));
        },
      ),
      seeded,
    );
    expect(arrivals).toBeGreaterThan(30);
  });

  test.each([1e-1, 1e-2, 1e-3])("is not drawn past an unknown zero %d away", (e) => {
    const problem = knowing(pitchfork(e), Float64Array.of(0, 0));
    const stepper = dogleg.prepare(problem);
    fc.assert(
      fc.property(fc.double({ min: 0.9, max: 1.3, noNaN: true }), fc.boolean(), (share, mirrored) => {
        const v = (mirrored ? -1 : 1) * share * e;
        const end = runFrom(problem, stepper, Float64Array.of(v, v * v), limits);
        expect(end.reason).not.toBe("arrived");
        expect(Math.abs(end.x[0] - Math.sign(v) * e)).toBeLessThan(e / 100);
      }),
      seeded,
    );
  });

  test("does the same whatever was searched before", () => {
    const problem = knowing(pitchfork(0.3), Float64Array.of(0, 0, 0.3, 0.09));
    const used = dogleg.prepare(problem);
    fc.assert(
      fc.property(
        fc.double({ min: -1, max: 1, noNaN: true }),
        fc.double({ min: -1, max: 1, noNaN: true }),
        (v, w) => {
          const x = Float64Array.of(v, w);
          const one = runFrom(problem, used, x, limits);
          const [state, q, steps] = [one.x.slice(), one.q, one.steps];
          const other = runFrom(problem, dogleg.prepare(problem), x, limits);
          expect({ state, q, steps }).toEqual({ state: other.x, q: other.q, steps: other.steps });
        },
      ),
      seeded,
    );
  });

  test("finds points that lie a thousandth apart, all three from as many starts as there are", () => {
    // tanh(g x) = x near g = 1: zeros at 0 and about +-sqrt(3 (g - 1)).
    const e = 1e-3;
    const g = 1 + (e * e) / 3;
    const system = map({ dimension: 2, step: ([x, y]) => [Math.tanh(g * x), 0.5 * y + 0.1 * x] });
    const starts = Array.from({ length: 300 }, (_, i) => [Math.sin(i), Math.cos(3 * i)]);
    const { points } = findFixedPoints(system, starts);
    expect(points.length).toBe(3);
    for (const [k, x] of [-e, e, 0].entries()) expect(Math.abs(points[k].state[0] - x)).toBeLessThan(1e-5);
  });
});

describe("a known zero on a line of slow states", () => {
  test("does not hold a search up that meets another zero exactly", () => {
    const problem: Problem = {
      dimension: 2,
      residual(x, out) {
        out[0] = 1e-3 * x[0] * (1 - x[0]);
        out[1] = x[0] * x[0] - x[1];
      },
      jacobian(x, out) {
        out.set([1e-3 * (1 - 2 * x[0]), 0, 2 * x[0], -1]);
      },
      pullback(x, v, out) {
        out[0] = 1e-3 * (1 - 2 * x[0]) * v[0] + 2 * x[0] * v[1];
        out[1] = -v[1];
      },
    };
    const known = knowing(problem, Float64Array.of(0, 0));
    const end = runFrom(known, dogleg.prepare(known), Float64Array.of(1, 1.5), limits);
    expect([...end.x, end.q, end.reason]).toEqual([1, 1, 0, "converged"]);
  });

  test("is reached along the bent line in less than half the steps", () => {
    // Along w = v^2 the speed is small everywhere, and zero at v = 0 only.
    const problem: Problem = {
      dimension: 2,
      residual(x, out) {
        out[0] = 1e-3 * x[0] * (x[0] * x[0] - 3 * x[0] + 2.6);
        out[1] = x[0] * x[0] - x[1];
      },
      jacobian(x, out) {
        out.set([1e-3 * (3 * x[0] * x[0] - 6 * x[0] + 2.6), 0, 2 * x[0], -1]);
      },
      pullback(x, v, out) {
        out[0] = 1e-3 * (3 * x[0] * x[0] - 6 * x[0] + 2.6) * v[0] + 2 * x[0] * v[1];
        out[1] = -v[1];
      },
    };
    const known = knowing(problem, Float64Array.of(0, 0));
    const from = Float64Array.of(-1, 1.3);
    const plain = runFrom(problem, dogleg.prepare(problem), from, limits);
    const led = runFrom(known, dogleg.prepare(known), from, limits);
    expect(plain.reason).toBe("converged");
    expect(led.reason).toBe("arrived");
    expect([...led.x]).toEqual([0, 0]);
    expect(led.steps).toBeLessThan(plain.steps / 2);
  });
});
