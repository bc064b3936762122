import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { down, gamma, inflation, tiny, unitRoundoff, up } from "../../src/proof/rounding.js";
import { D, scaledInteger } from "../helpers/decimal.js";

const seeded = { seed: 20131, numRuns: 3000 };
const double = fc.double({ noNaN: true, noDefaultInfinity: true });
const edge = fc.constantFrom(
  0,
  -0,
  Number.MIN_VALUE,
  -Number.MIN_VALUE,
  2 ** -1022,
  2 ** -1022 - 2 ** -1074,
  2 ** -970,
  2 ** -537,
  1,
  1 - 2 ** -53,
  1 + 2 ** -52,
  -1,
  2 ** 511,
  Number.MAX_VALUE / 4,
);
const number = fc.oneof(double, edge, fc.double({ min: -2, max: 2, noNaN: true }));

describe("outward rounding", () => {
  test("the constants are the powers of two they are said to be", () => {
    expect(scaledInteger(unitRoundoff)).toBe(1n << 1021n);
    expect(scaledInteger(tiny)).toBe(1n << 4n);
  });

  test("passes the exact sum, difference and product, subnormal and huge numbers included", () => {
    const unit = 1n << 1074n;
    fc.assert(
      fc.property(number, number, (a, b) => {
        const [x, y] = [scaledInteger(a), scaledInteger(b)];
        for (const [computed, exact] of [
          [a + b, (x + y) * unit],
          [a - b, (x - y) * unit],
          [a * b, x * y],
        ] as const) {
          const [low, high] = [down(computed), up(computed)];
          if (Number.isFinite(low)) expect(scaledInteger(low) * unit <= exact).toBe(true);
          if (Number.isFinite(high)) expect(scaledInteger(high) * unit >= exact).toBe(true);
        }
      }),
      seeded,
    );
  });

  test("passes the exact quotient", () => {
    fc.assert(
      fc.property(number, number, (a, b) => {
        const q = a / Math.abs(b);
        fc.pre(b !== 0 && Number.isFinite(up(q)) && Number.isFinite(down(q)));
        const [x, y] = [scaledInteger(a), scaledInteger(Math.abs(b))];
        const unit = 1n << 1074n;
        expect(scaledInteger(down(q)) * y <= x * unit).toBe(true);
        expect(scaledInteger(up(q)) * y >= x * unit).toBe(true);
      }),
      seeded,
    );
  });

  test("moves by at most two ulps, or 17 times the smallest number", () => {
    fc.assert(
      fc.property(number, (x) => {
        const step = Math.max(2 * Math.abs(x) * Number.EPSILON, 17 * Number.MIN_VALUE);
        if (Number.isFinite(up(x))) expect(up(x) - x).toBeLessThanOrEqual(step);
        if (Number.isFinite(down(x))) expect(x - down(x)).toBeLessThanOrEqual(step);
      }),
      seeded,
    );
  });

  test("what overflows is no bound or an unknown one, never a finite number", () => {
    expect(up(Infinity)).toBe(Infinity);
    expect(down(-Infinity)).toBe(-Infinity);
    expect(up(-Infinity)).toBeNaN();
    expect(down(Infinity)).toBeNaN();
    expect(up(Number.NaN)).toBeNaN();
    expect(down(Number.NaN)).toBeNaN();
    expect(up(Number.MAX_VALUE)).toBe(Infinity);
  });

  test("gamma(n) is at least n u / (1 - n u) up to n = 2^40, and at most 0.2 % and one unit more", () => {
    const u = new D(2).pow(-53);
    for (const n of [0, 1, 2, 3, 10, 100, 4097, 1e6, 2 ** 30, 2 ** 40]) {
      const least = u.times(n).div(new D(1).minus(u.times(n)));
      expect(least.lte(gamma(n))).toBe(true);
      expect(gamma(n)).toBeLessThanOrEqual(1.002 * (n + 1) * unitRoundoff);
    }
  });

  test("inflation(n) makes up for n + 4 roundings of every term", () => {
    const u = new D(2).pow(-53);
    for (const n of [0, 1, 2, 10, 1000, 2 ** 20])
      expect(
        new D(1)
          .minus(u)
          .pow(n + 4)
          .times(inflation(n))
          .gte(1),
      ).toBe(true);
  });
});
