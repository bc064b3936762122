import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Interval } from "../../src/cells/interval.js";
import { createRandom } from "../../src/core/random.js";
import { centreRadius, intervalAlgebra } from "../../src/proof/intervalAlgebra.js";
import { scaledInteger } from "../helpers/decimal.js";

const unit = 1n << 1074n; // numbers below are times 2^1074, products times 2^2148

/** Numbers of every size, so that terms cancel, underflow and swamp each other. */
const sizes = {
  ordinary: fc.double({ min: -3, max: 3, noNaN: true }),
  mixed: fc
    .tuple(fc.double({ min: -2, max: 2, noNaN: true }), fc.integer({ min: -60, max: 60 }))
    .map(([x, k]) => x * 2 ** k),
  tiny: fc
    .tuple(fc.double({ min: -2, max: 2, noNaN: true }), fc.integer({ min: -1074, max: -1000 }))
    .map(([x, k]) => x * 2 ** k),
  huge: fc
    .tuple(fc.double({ min: -2, max: 2, noNaN: true }), fc.integer({ min: 900, max: 1010 }))
    .map(([x, k]) => x * 2 ** k),
};
const anyNumber = fc.oneof(...Object.values(sizes), fc.constantFrom(0, -0));

interface Boxed {
  readonly box: Interval;
  /** A member. */
  readonly member: Float64Array;
}

/** A box and a member: at an end, or between. Half of the entries are points. */
function boxed(length: number, number = anyNumber): fc.Arbitrary<Boxed> {
  const entry = fc
    .tuple(number, number, fc.boolean(), fc.constantFrom(0, 0.3, 1))
    .map(([a, b, isPoint, t]) => {
      const [lower, upper] = isPoint ? [a, a] : [Math.min(a, b), Math.max(a, b)];
      const between = t === 0 ? lower : t === 1 ? upper : lower * (1 - t) + upper * t;
      return { lower, upper, member: Math.min(Math.max(between, lower), upper) };
    });
  return fc.array(entry, { minLength: length, maxLength: length }).map((entries) => ({
    box: {
      lower: Float64Array.from(entries, ({ lower }) => lower),
      upper: Float64Array.from(entries, ({ upper }) => upper),
    },
    member: Float64Array.from(entries, ({ member }) => member),
  }));
}

/** Whether an exact number, times `scale`, lies between bounds; an infinite or unknown bound promises nothing. */
function liesWithin(exact: bigint, lower: number, upper: number, scale: bigint): boolean {
  return (
    (!Number.isFinite(lower) || scaledInteger(lower) * scale <= exact) &&
    (!Number.isFinite(upper) || scaledInteger(upper) * scale >= exact)
  );
}

const seeded = { seed: 20141, numRuns: 800 };
const a = intervalAlgebra;

describe("a box of results holds the exact result of members:", () => {
  test("sums, differences and products, entry by entry", () => {
    fc.assert(
      fc.property(boxed(3), boxed(3), (x, y) => {
        const sum = a.add(x.box, y.box);
        const difference = a.subtract(x.box, y.box);
        const product = a.multiply(x.box, y.box);
        for (let i = 0; i < 3; i++) {
          const [p, q] = [scaledInteger(x.member[i]), scaledInteger(y.member[i])];
          expect(liesWithin(p + q, sum.lower[i], sum.upper[i], 1n)).toBe(true);
          expect(liesWithin(p - q, difference.lower[i], difference.upper[i], 1n)).toBe(true);
          expect(liesWithin(p * q, product.lower[i], product.upper[i], unit)).toBe(true);
        }
      }),
      seeded,
    );
  });

  const holdsAffine = (matrix: Float64Array, x: Boxed) => {
    const columns = x.member.length;
    const rows = matrix.length / columns;
    const { lower, upper } = a.affine(rows, columns, matrix, x.box);
    for (let i = 0; i < rows; i++) {
      let exact = 0n;
      for (let j = 0; j < columns; j++)
        exact += scaledInteger(matrix[i * columns + j]) * scaledInteger(x.member[j]);
      if (!liesWithin(exact, lower[i], upper[i], unit)) return false;
    }
    return true;
  };

  test.each(Object.keys(sizes) as (keyof typeof sizes)[])("A x for %s numbers", (size) => {
    const matrix = fc.array(sizes[size === "tiny" ? "huge" : size], { minLength: 12, maxLength: 12 });
    const state = boxed(6, sizes[size === "huge" ? "tiny" : size]);
    fc.assert(
      fc.property(matrix, state, (w, x) => {
        expect(holdsAffine(Float64Array.from(w), x)).toBe(true);
      }),
      seeded,
    );
  });

  test("A x for numbers of every size at once", () => {
    fc.assert(
      fc.property(fc.array(anyNumber, { minLength: 10, maxLength: 10 }), boxed(5), (w, x) => {
        expect(holdsAffine(Float64Array.from(w), x)).toBe(true);
      }),
      seeded,
    );
  });

  test("A x where subnormal states meet huge weights and the terms cancel", () => {
    // The errors of the products underflow beside the states, but not beside the products.
    const random = createRandom(20142);
    for (let run = 0; run < 500; run++) {
      const n = 8;
      const member = Float64Array.from({ length: n }, () => Math.floor(64 * random.uniform()) * 2 ** -1074);
      const w = Float64Array.from({ length: n }, () => random.normal() * 2 ** 1000);
      // The last term cancels the others to rounding.
      member[n - 1] = 2 ** -1074;
      const rest = w.subarray(0, n - 1).reduce((sum, v, j) => sum + v * member[j], 0);
      w[n - 1] = -rest / 2 ** -1074;
      if (!Number.isFinite(w[n - 1])) continue;
      expect(holdsAffine(w, { box: { lower: member, upper: member }, member })).toBe(true);
    }
  });

  test("A x of 300 columns whose terms cancel", () => {
    const random = createRandom(20143);
    for (let run = 0; run < 30; run++) {
      const n = 300;
      const member = Float64Array.from({ length: n }, () => random.normal());
      const w = Float64Array.from({ length: n }, () => random.normal());
      w[n - 1] = -w.subarray(0, n - 1).reduce((sum, v, j) => sum + v * member[j], 0) / member[n - 1];
      expect(holdsAffine(w, { box: { lower: member, upper: member }, member })).toBe(true);
    }
  });

  test("the activation of every entry, its image beside its slope", () => {
    const box = { lower: Float64Array.of(-1, 0.5), upper: Float64Array.of(0, 2) };
    const { lower, upper } = a.activate("relu", box);
    expect([...lower, ...upper]).toEqual([0, 0.5, 0, 2]);
  });
});

describe("boxes of results", () => {
  test("the centre and radius of a box reach both ends; a point has none", () => {
    fc.assert(
      fc.property(boxed(4), ({ box }) => {
        const { centre, radius } = centreRadius(box);
        for (let i = 0; i < 4; i++) {
          if (!Number.isFinite(radius[i])) continue;
          const [c, r] = [scaledInteger(centre[i]), scaledInteger(radius[i])];
          expect(c - r <= scaledInteger(box.lower[i]) && scaledInteger(box.upper[i]) <= c + r).toBe(true);
          if (box.lower[i] === box.upper[i]) expect(radius[i]).toBe(0);
        }
      }),
      seeded,
    );
  });

  test("of a point are a few ulps wide, and A x within (n + 5) 2^-52 |A| |x|", () => {
    const random = createRandom(20144);
    for (const n of [1, 8, 64, 300]) {
      const x = Float64Array.from({ length: n }, () => random.normal());
      const w = Float64Array.from({ length: n }, () => random.normal());
      const { lower, upper } = a.affine(1, n, w, { lower: x, upper: x });
      const size = x.reduce((sum, v, j) => sum + Math.abs(v * w[j]), 0);
      expect(upper[0] - lower[0]).toBeLessThanOrEqual((n + 5) * 2 ** -52 * size);
    }
  });

  test("of parts lie within those of the whole, up to rounding", () => {
    const ordinary = boxed(5, sizes.ordinary);
    const matrix = fc.array(sizes.ordinary, { minLength: 15, maxLength: 15 });
    fc.assert(
      fc.property(ordinary, ordinary, matrix, (x, y, w) => {
        const point = { lower: x.member, upper: x.member };
        for (const f of [
          (box: Interval) => a.add(box, y.box),
          (box: Interval) => a.subtract(y.box, box),
          (box: Interval) => a.multiply(box, y.box),
          (box: Interval) => a.affine(3, 5, Float64Array.from(w), box),
        ]) {
          const [part, whole] = [f(point), f(x.box)];
          for (let i = 0; i < part.lower.length; i++) {
            expect(part.lower[i]).toBeGreaterThanOrEqual(whole.lower[i] - 1e-13);
            expect(part.upper[i]).toBeLessThanOrEqual(whole.upper[i] + 1e-13);
          }
        }
      }),
      seeded,
    );
  });

  test("slices and joins are those of the bounds, and nothing writes into its arguments", () => {
    const box = { lower: Float64Array.of(1, 2, 3), upper: Float64Array.of(4, 5, 6) };
    const part = a.slice(box, 1, 3);
    expect([[...part.lower], [...part.upper]]).toEqual([
      [2, 3],
      [5, 6],
    ]);
    const joined = a.concatenate(part, box);
    expect([...joined.lower, ...joined.upper]).toEqual([2, 3, 1, 2, 3, 5, 6, 4, 5, 6]);
    a.add(box, box);
    a.affine(1, 3, Float64Array.of(1, 1, 1), box);
    a.activate("tanh", box);
    expect([...box.lower, ...box.upper]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test("a number that overflows, or is none, is never bounded on both sides by finite numbers", () => {
    const bad = [
      { lower: Float64Array.of(Number.NaN), upper: Float64Array.of(Number.NaN) },
      { lower: Float64Array.of(Infinity), upper: Float64Array.of(Infinity) },
      { lower: Float64Array.of(-Infinity), upper: Float64Array.of(3) },
      { lower: Float64Array.of(1e308), upper: Float64Array.of(1e308) },
    ];
    const large = { lower: Float64Array.of(1e308), upper: Float64Array.of(1.5e308) };
    for (const box of bad)
      for (const { lower, upper } of [
        a.add(box, large),
        a.subtract(a.multiply(box, large), large),
        a.multiply(box, large),
        a.affine(1, 1, Float64Array.of(10), box),
      ])
        expect(Number.isFinite(lower[0]) && Number.isFinite(upper[0])).toBe(false);
    const zero = a.affine(1, 1, Float64Array.of(0), bad[0]);
    expect(zero.lower[0]).toBeNaN();
  });
});
