import { describe, expect, test } from "vitest";
import { polish } from "../../src/solve/polish.js";
import { circleAndLine, problemOf } from "./problems.js";

const s = Math.SQRT1_2;

describe("polish", () => {
  test("brings a near zero to the last bits and estimates its own error", () => {
    const root = polish(circleAndLine, Float64Array.of(0.7, 0.71));
    expect(Math.hypot(root.x[0] - s, root.x[1] - s)).toBeLessThan(2e-16);
    expect(root.q).toBeLessThan(1e-31);
    expect(root.correction).toBeLessThan(1e-15);
  });

  test("gives the sign of det(-J) as index: opposite at the two zeros of a circle and a line", () => {
    // J = [2x 2y; 1 -1], det(-J) = det J = -2 (x + y).
    expect(polish(circleAndLine, Float64Array.of(0.7, 0.71)).index).toBe(-1);
    expect(polish(circleAndLine, Float64Array.of(-0.7, -0.71)).index).toBe(1);
  });

  test("estimates the smallest singular value", () => {
    const rotated = problemOf(
      2,
      ([x, y]) => [3 * x - 4 * y, 4e-3 * x + 3e-3 * y],
      () => [
        [3, -4],
        [4e-3, 3e-3],
      ],
    );
    // Rows are orthogonal with norms 5 and 5e-3.
    expect(polish(rotated, Float64Array.of(0.1, 0)).smallestSingularValue).toBeCloseTo(5e-3, 8);
  });

  test("calls a double zero degenerate, in one dimension as in two", () => {
    const double = problemOf(
      2,
      ([x, y]) => [(x - 0.3) ** 2, y + x],
      ([x]) => [
        [2 * (x - 0.3), 0],
        [1, 1],
      ],
    );
    const root = polish(double, Float64Array.of(0.301, -0.3));
    expect(root.index).toBe(0);
    expect(Math.abs(root.x[0] - 0.3)).toBeLessThan(1e-7);
    expect(root.correction).toBeLessThan(1e-7);
    const cubic = problemOf(
      1,
      ([x]) => [(x - 0.3) ** 3],
      ([x]) => [[3 * (x - 0.3) ** 2]],
    );
    expect(polish(cubic, Float64Array.of(0.31)).index).toBe(0);
  });

  test("returns a state that is no zero with a large correction", () => {
    const lifted = problemOf(
      1,
      ([x]) => [x * x + 1e-12],
      ([x]) => [[2 * x]],
    );
    expect(polish(lifted, Float64Array.of(1e-5)).correction).toBeGreaterThan(5e-7);
    const ends = polish(
      problemOf(
        1,
        () => [1],
        () => [[0]],
      ),
      Float64Array.of(2),
    );
    expect(ends.correction).toBe(Number.POSITIVE_INFINITY);
    expect(ends.index).toBe(0);
  });

  test("does not change the state it is given", () => {
    const x = Float64Array.of(0.7, 0.71);
    polish(circleAndLine, x);
    expect(x).toEqual(Float64Array.of(0.7, 0.71));
  });
});
