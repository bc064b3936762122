import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { minimise } from "../../src/solve/minimise.js";
import { affine, problemOf, rosenbrock } from "./problems.js";

describe("minimise", () => {
  test("finds the closed-form minimum of a quadratic, with the eigenvalues of its Hessian", () => {
    // Rows: q = 1/2 ((2x - 2)^2 + (y / 2 + 1)^2): minimum at (1, -2), Hessian diag(4, 1/4).
    const quadratic = affine(
      [
        [2, 0],
        [0, 0.5],
      ],
      [2, -1],
    );
    const minimum = minimise(quadratic, Float64Array.of(-3, 5));
    expect(minimum.status).toBe("stationary");
    expect(Math.hypot(minimum.x[0] - 1, minimum.x[1] + 2)).toBeLessThan(1e-12);
    expect(minimum.curvatures[0]).toBeCloseTo(0.25, 8);
    expect(minimum.curvatures[1]).toBeCloseTo(4, 8);
    expect(Math.abs(minimum.flattest[1])).toBeCloseTo(1, 8);
  });

  test("finds a minimum above zero to rounding: x' = x^2 + mu on a line, tilted", () => {
    // r = (x^2 + mu, y - x / 2): q' = 0 at y = x / 2, 2 x (x^2 + mu) = 0, so x = 0, q = mu^2 / 2,
    // Hessian [[2 mu + 1/4, -1/2], [-1/2, 1]].
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        fc.double({ min: -0.6, max: 0.6, noNaN: true }),
        (mu, x0) => {
          const problem = problemOf(
            2,
            ([x, y]) => [x * x + mu, y - x / 2],
            ([x]) => [
              [2 * x, 0],
              [-0.5, 1],
            ],
          );
          const minimum = minimise(problem, Float64Array.of(x0, 0.4));
          expect(minimum.status).toBe("stationary");
          expect(Math.hypot(...minimum.x)).toBeLessThan(1e-9);
          expect(minimum.q).toBeCloseTo(mu ** 2 / 2, 14);
          const [a, d] = [2 * mu + 0.25, 1];
          const root = Math.sqrt(((a - d) / 2) ** 2 + 0.25);
          expect(minimum.curvatures[0]).toBeCloseTo((a + d) / 2 - root, 7);
          expect(minimum.curvatures[1]).toBeCloseTo((a + d) / 2 + root, 7);
        },
      ),
      { seed: 20061, numRuns: 30 },
    );
  });

  test("follows Rosenbrock's valley to its zero", () => {
    const minimum = minimise(rosenbrock, Float64Array.of(-1.2, 1));
    expect(Math.hypot(minimum.x[0] - 1, minimum.x[1] - 1)).toBeLessThan(1e-7);
  });

  test("leaves a maximum or saddle of q downhill, never uphill", () => {
    const doubleWell = problemOf(
      1,
      ([x]) => [x * x - 1],
      ([x]) => [[2 * x]],
    );
    const minimum = minimise(doubleWell, Float64Array.of(1e-3));
    expect(Math.abs(minimum.x[0])).toBeCloseTo(1, 7);
  });

  test("stays in the box, keeps its start unchanged, and reports a budget that ran out", () => {
    const boxed = {
      ...affine([[1]], [5]),
      lower: Float64Array.of(-1),
      upper: Float64Array.of(1),
    };
    const start = Float64Array.of(0);
    expect(minimise(boxed, start).x[0]).toBe(1);
    expect(start[0]).toBe(0);
    expect(minimise(rosenbrock, Float64Array.of(-1.2, 1), 1).status).toBe("out-of-steps");
  });

  test("says not-finite where the residual is NaN", () => {
    const broken = problemOf(
      1,
      () => [Number.NaN],
      () => [[Number.NaN]],
    );
    expect(minimise(broken, Float64Array.of(0)).status).toBe("not-finite");
  });
});
