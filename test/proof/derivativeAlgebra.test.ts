import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Interval } from "../../src/cells/interval.js";
import { createRandom } from "../../src/core/random.js";
import type { Matrix } from "../../src/core/system.js";
import {
  type Differentiated,
  dense,
  derivativeAlgebra,
  variable,
} from "../../src/proof/derivativeAlgebra.js";
import { addBounds, normBound, productBounds, shiftEntry } from "../../src/proof/intervalMatrix.js";
import { D, type Digits, digits, exactActivations, holds, scaledInteger } from "../helpers/decimal.js";

const d = 4;
const a = derivativeAlgebra(d);
const unit = 1n << 1074n;

const point = (x: Float64Array): Interval => ({ lower: x, upper: x });
const derivativeOf = (x: Differentiated): { centre: Matrix; radius: Matrix } =>
  dense(x.by, d, x.box.lower.length);
const numbers = (length: number, size = 2) =>
  fc
    .array(fc.double({ min: -size, max: size, noNaN: true }), { minLength: length, maxLength: length })
    .map((list) => Float64Array.from(list));
const seeded = { seed: 20151, numRuns: 150 };

/** Whether every exact entry lies within centre and radius. */
function holdsMatrix(
  { centre, radius }: { centre: Matrix; radius: Matrix },
  exact: readonly Digits[],
): boolean {
  return exact.every((v, p) => {
    const slack = v.abs().times("1e-55");
    return digits(centre[p]).minus(v).abs().lte(digits(radius[p]).plus(slack));
  });
}

describe("intervals of matrices hold the exact result of members:", () => {
  /** sum a_ij b_jk times 2^2148. */
  const exactProduct = (rows: number, inner: number, columns: number, x: Matrix, y: Matrix): bigint[] =>
    Array.from({ length: rows * columns }, (_, p) => {
      const [i, k] = [Math.floor(p / columns), p % columns];
      let sum = 0n;
      for (let j = 0; j < inner; j++)
        sum += scaledInteger(x[i * inner + j]) * scaledInteger(y[j * columns + k]);
      return sum;
    });
  const holdsProduct = (
    rows: number,
    inner: number,
    columns: number,
    x: Matrix,
    y: Matrix,
    radius: Matrix,
  ) => {
    const product = productBounds(rows, inner, columns, x, { centre: y, radius });
    // The members at the corners: centre plus and minus the radius, where those are numbers.
    const corners = [1, -1, 0].map((sign) => y.map((v, p) => v + sign * radius[p]));
    return corners.every((corner) => {
      const inside = corner.every(
        (v, p) =>
          scaledInteger(v) <= scaledInteger(y[p]) + scaledInteger(radius[p]) &&
          scaledInteger(v) >= scaledInteger(y[p]) - scaledInteger(radius[p]),
      );
      if (!inside) return true;
      return exactProduct(rows, inner, columns, x, corner).every((exact, p) => {
        const c = scaledInteger(product.centre[p]) * unit;
        const r = scaledInteger(product.radius[p]) * unit;
        return c - r <= exact && exact <= c + r;
      });
    });
  };

  test("products, of matrices large enough for every path of the kernel", () => {
    const random = createRandom(20152);
    for (const [m, k, n] of [
      [1, 1, 1],
      [3, 5, 2],
      [7, 9, 5],
      [12, 20, 9],
    ]) {
      for (let run = 0; run < 5; run++) {
        const x = Float64Array.from({ length: m * k }, () => random.normal());
        const y = Float64Array.from({ length: k * n }, () => random.normal());
        const radius = Float64Array.from({ length: k * n }, () =>
          run === 0 ? 0 : 2 ** Math.floor(-60 * random.uniform()),
        );
        expect(holdsProduct(m, k, n, x, y, radius)).toBe(true);
      }
    }
  });

  test("products of huge by subnormal numbers that cancel", () => {
    const random = createRandom(20153);
    for (let run = 0; run < 200; run++) {
      const n = 8;
      const y = Float64Array.from({ length: n }, () => Math.floor(64 * random.uniform()) * 2 ** -1074);
      const x = Float64Array.from({ length: n }, () => random.normal() * 2 ** 1000);
      y[n - 1] = 2 ** -1074;
      const rest = x.subarray(0, n - 1).reduce((sum, v, j) => sum + v * y[j], 0);
      x[n - 1] = -rest / 2 ** -1074;
      if (!Number.isFinite(x[n - 1])) continue;
      expect(holdsProduct(1, n, 1, x, y, new Float64Array(n))).toBe(true);
    }
  });

  test("sums, and shifts of one entry", () => {
    fc.assert(
      fc.property(numbers(3), numbers(3, 1e-9), numbers(3, 1e-3), numbers(3, 1e-18), (x, r, y, s) => {
        const sum = { centre: x.slice(), radius: r.map(Math.abs) };
        addBounds(sum, { centre: y, radius: s.map(Math.abs) });
        shiftEntry(sum, 0, -1, 0);
        for (const [p, sign] of [
          [0, 1],
          [1, -1],
          [2, 1],
        ]) {
          const exact =
            scaledInteger(x[p]) +
            scaledInteger(y[p]) +
            BigInt(sign) * (scaledInteger(Math.abs(r[p])) + scaledInteger(Math.abs(s[p]))) -
            (p === 0 ? scaledInteger(1) : 0n);
          const [c, radius] = [scaledInteger(sum.centre[p]), scaledInteger(sum.radius[p])];
          expect(c - radius <= exact && exact <= c + radius).toBe(true);
        }
      }),
      seeded,
    );
  });

  test("the norm is at least the largest row sum, and NaN where an entry is unknown", () => {
    fc.assert(
      fc.property(numbers(12), numbers(12, 1e-3), (centre, r) => {
        const radius = r.map(Math.abs);
        const sums = [0, 1, 2].map((i) => {
          let sum = 0n;
          for (let p = 4 * i; p < 4 * i + 4; p++)
            sum += scaledInteger(Math.abs(centre[p])) + scaledInteger(radius[p]);
          return sum;
        });
        const norm = normBound(3, 4, { centre, radius });
        for (const sum of sums) expect(scaledInteger(norm) >= sum).toBe(true);
        expect(norm).toBeLessThanOrEqual(
          (1 + 1e-13) * Math.max(...sums.map((v) => Number(v >> 1010n) * 2 ** -64)) + 1e-18,
        );
      }),
      seeded,
    );
    const unknown = { centre: Float64Array.of(1, Number.NaN, 3, 4), radius: new Float64Array(4) };
    expect(normBound(2, 2, unknown)).toBeNaN();
  });
});

describe("derivatives", () => {
  test("of the state are the identity, of its image the matrix, and of a constant zero: exactly", () => {
    const box = { lower: Float64Array.of(-1, 0, 1, 2), upper: Float64Array.of(0, 1, 3, 2) };
    const x = variable(box);
    const identity = derivativeOf(x);
    expect([...identity.centre]).toEqual([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]);
    expect(identity.radius.every((r) => r === 0)).toBe(true);
    const w = Float64Array.of(1, -2, 0.1, 4, 5, 0, 7, 1 / 3);
    const image = derivativeOf(a.affine(2, 4, w, x));
    expect([...image.centre]).toEqual([...w]);
    expect(image.radius.every((r) => r === 0)).toBe(true);
    const constant = derivativeOf(a.affine(2, 4, w, a.constant(box)));
    expect([...constant.centre, ...constant.radius].every((v) => v === 0)).toBe(true);
  });

  /** Everything the algebra can do, in one expression of a state of 4: f, and its exact derivative. */
  const v = Float64Array.of(
    0.3,
    -1.2,
    0.7,
    0.1,
    0.9,
    0.4,
    -0.5,
    0.2,
    -0.8,
    0.6,
    1.1,
    -0.3,
    0.2,
    -0.7,
    0.5,
    1.3,
  );
  const c = Float64Array.of(0.5, -0.25, 0.75, 0.1);
  const f = (x: Differentiated): Differentiated => {
    const t = a.activate("tanh", a.affine(4, 4, v, x)); // dense
    const s = a.activate("sigmoid", x); // diagonal
    const mixed = a.subtract(a.multiply(t, s), a.multiply(a.constant(point(c)), x));
    const swapped = a.concatenate(a.slice(mixed, 2, 4), a.slice(s, 0, 2));
    return a.add(a.affine(4, 4, v, swapped), a.add(s, a.slice(a.concatenate(x, t), 2, 6)));
  };
  const exact = (x: readonly Digits[]): Digits[] => {
    const { tanh, sigmoid } = exactActivations;
    const times = (y: readonly Digits[]) =>
      [0, 1, 2, 3].map((i) => y.reduce((sum, yj, j) => sum.plus(digits(v[4 * i + j]).times(yj)), new D(0)));
    const t = times(x).map(tanh.value);
    const s = x.map(sigmoid.value);
    const mixed = t.map((ti, i) => ti.times(s[i]).minus(digits(c[i]).times(x[i])));
    const swapped = times([mixed[2], mixed[3], s[0], s[1]]);
    const last = [x[2], x[3], t[0], t[1]];
    return swapped.map((y, i) => y.plus(s[i]).plus(last[i]));
  };
  const differences = (x: readonly Digits[]): Digits[] => {
    const h = new D("1e-20");
    const columns = x.map((_, j) => {
      const [above, below] = [h, h.neg()].map((step) =>
        exact(x.map((xi, i) => (i === j ? xi.plus(step) : xi))),
      );
      return above.map((y, i) => y.minus(below[i]).div(h.times(2)));
    });
    return Array.from({ length: 16 }, (_, p) => columns[p % 4][Math.floor(p / 4)]);
  };

  test("of an expression hold those of members: sums, products, activations, slices and joins, dense and diagonal", () => {
    fc.assert(
      fc.property(numbers(4), numbers(4, 0.1), numbers(4, 1), (x, r, t) => {
        const box = {
          lower: x.map((xi, i) => xi - Math.abs(r[i])),
          upper: x.map((xi, i) => xi + Math.abs(r[i])),
        };
        const member = x.map((xi, i) => Math.min(Math.max(xi + r[i] * t[i], box.lower[i]), box.upper[i]));
        const y = f(variable(box));
        const at = Array.from(member, digits);
        exact(at).forEach((value, i) => {
          expect(holds(y.box.lower[i], value, y.box.upper[i])).toBe(true);
        });
        // The differences are right to h^2 = 1e-40.
        const by = derivativeOf(y);
        expect(
          holdsMatrix({ centre: by.centre, radius: by.radius.map((v) => v + 1e-38) }, differences(at)),
        ).toBe(true);
      }),
      { ...seeded, numRuns: 30 },
    );
  });

  test("at a point are known to 1e-14", () => {
    const { radius } = derivativeOf(f(variable(point(Float64Array.of(0.1, -0.4, 1.3, 0.7)))));
    expect(Math.max(...radius)).toBeLessThan(1e-14);
  });

  test("share no memory with what they were made of", () => {
    const x = variable(point(Float64Array.of(1, 2, 3, 4)));
    const before = structuredClone(x);
    derivativeOf(x).centre.fill(7);
    f(x);
    expect(x).toEqual(before);
  });
});
