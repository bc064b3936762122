import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  erfCore,
  erfError,
  exp,
  expError,
  expm1,
  expm1Error,
  log1p,
  log1pError,
  tanhCore,
  tanhError,
} from "../../src/proof/elementary.js";
import { D, type Digits, digits, erf, erfc, exactActivations } from "../helpers/decimal.js";

const seeded = { seed: 20132, numRuns: 500 };
const between = (min: number, max: number) =>
  fc.oneof(
    fc.double({ min, max, noNaN: true }),
    fc
      .tuple(fc.double({ min, max, noNaN: true }), fc.integer({ min: -30, max: 0 }))
      .map(([x, k]) => x * 10 ** k),
    // Where the formula changes its power of two: odd halves of ln 2.
    fc
      .tuple(fc.integer({ min: -2200, max: 2200 }), fc.integer({ min: -9, max: 9 }))
      .map(([k, d]) => (k / 4) * Math.LN2 * (1 + d * 2 ** -52))
      .filter((x) => x >= min && x <= max),
  );

/** |computed - exact| / |exact|. */
function missOf(computed: number, exact: Digits): number {
  return digits(computed).minus(exact).div(exact).abs().toNumber();
}

describe("the oracle", () => {
  // Digits of mpmath 1.3 at 50 digits.
  test.each([
    ["erf", erf, "0.5", "0.52049987781304653768274665389196452873645157575796"],
    ["erf", erf, "2", "0.99532226501895273416206925636725292861089179704006"],
    ["erfc", erfc, "5", "1.5374597944280348501883434853833788901180503147234e-12"],
    ["erfc", erfc, "10", "2.0884875837625447570007862949577886115608181193212e-45"],
  ] as const)("has the digits of another library: %s", (_, f, x, expected) => {
    expect(f(new D(x)).minus(expected).abs().lte(new D(expected).times("1e-48"))).toBe(true);
  });
});

describe("elementary functions stay within their proven errors of the exact value:", () => {
  const hold = (
    name: string,
    min: number,
    max: number,
    computed: (x: number) => number,
    exact: (x: Digits) => Digits,
    error: (x: number) => number,
  ) =>
    test(`${name} from ${min} to ${max}`, () => {
      fc.assert(
        fc.property(between(min, max), (x) => {
          fc.pre(Math.abs(x) > 1e-290);
          expect(missOf(computed(x), exact(digits(x)))).toBeLessThanOrEqual(error(x));
        }),
        seeded,
      );
    });

  hold(
    "exp",
    -708,
    709.7,
    exp,
    (x) => D.exp(x),
    () => expError,
  );
  hold(
    "expm1",
    -100,
    44,
    expm1,
    (x) => (x.abs().lt("1e-20") ? x.plus(x.times(x).div(2)) : D.exp(x).minus(1)),
    () => expm1Error,
  );
  hold("tanh", 0, 22, tanhCore, exactActivations.tanh.value, () => tanhError);
  hold(
    "log1p",
    0,
    1,
    log1p,
    (y) => (y.lt("1e-25") ? y.minus(y.times(y).div(2)) : D.ln(y.plus(1))),
    () => log1pError,
  );
  hold("erf", 0, 6, erfCore, erf, erfError);

  test("exp of what is not normal loses no more than the smallest number beside", () => {
    for (const x of [-708.5, -709, -720.123, -740, -744.4, -745, -745.13, -745.2, -746, -1e5, -1e308]) {
      const error = new D(2).pow(-1074).plus(D.exp(digits(x)).times(expError));
      expect(
        digits(exp(x))
          .minus(D.exp(digits(x)))
          .abs()
          .lte(error),
      ).toBe(true);
    }
  });

  test("limits and zeros are exact", () => {
    expect([exp(0), exp(-0), expm1(0), tanhCore(0), log1p(0), erfCore(0)]).toEqual([1, 1, 0, 0, 0, 0]);
    expect([exp(710), exp(Infinity), exp(-Infinity), expm1(-Infinity)]).toEqual([Infinity, Infinity, 0, -1]);
  });

  test("NaN stays NaN", () => {
    for (const f of [exp, expm1, tanhCore, log1p, erfCore, erfError]) expect(f(Number.NaN)).toBeNaN();
  });
});

describe("what the accounting of docs/proof-bounds.md builds on", () => {
  const high = 0.6931471803691238;
  const low = 1.9082149292705877e-10;

  test("k times the high part of ln 2 is exact for |k| < 2^21", () => {
    const last = (2 ** 21 - 1) * high;
    expect(
      digits(high)
        .times(2 ** 21 - 1)
        .eq(digits(last)),
    ).toBe(true);
  });

  test("both parts of ln 2 together miss it by less than 2^-86", () => {
    expect(digits(high).plus(digits(low)).minus(D.ln(2)).abs().lte(new D(2).pow(-86))).toBe(true);
  });

  test("2 / sqrt(pi) is right to u of itself", () => {
    const exact = new D(2).div(D.acos(-1).sqrt());
    expect(missOf(1.1283791670955126, exact)).toBeLessThanOrEqual(2 ** -53);
  });

  test("the tails of the series are below the rounding", () => {
    // sum of r^n / (n + 1)! from n = 13, and of t^k / (2 k + 1) from k = 19, and of the erf series after its last term
    const tail = (from: number, term: (n: number) => Digits) =>
      Array.from({ length: 60 }, (_, i) => term(from + i)).reduce((sum, v) => sum.plus(v), new D(0));
    let f = new D(1);
    const factorials = Array.from({ length: 80 }, (_, n) => (n === 0 ? f : (f = f.times(n))));
    expect(tail(13, (n) => new D(0.3466).pow(n).div(factorials[n + 1])).toNumber()).toBeLessThan(
      0.2 * 2 ** -53,
    );
    expect(
      tail(19, (k) =>
        new D(1)
          .div(9)
          .pow(k)
          .div(2 * k + 1),
      ).toNumber(),
    ).toBeLessThan(0.001 * 2 ** -53);
  });
});
