import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRandom } from "../../src/core/random.js";
import { eigen } from "../../src/numeric/eigen.js";
import type { Leading } from "../../src/numeric/krylovSchur.js";
import { type SlowestModes, slowestModes } from "../../src/numeric/slowestModes.js";
import oracle from "../oracles/slowestModes.json" with { type: "json" };
import { matrix, normal } from "./matrices.js";

const seeded = { seed: 2001, numRuns: 25 };

function dense(n: number, a: Float64Array) {
  const times = (entry: (i: number, j: number) => number) => (v: Float64Array, out: Float64Array) => {
    for (let i = 0; i < n; i++) {
      out[i] = 0;
      for (let j = 0; j < n; j++) out[i] += entry(i, j) * v[j];
    }
  };
  return { product: times((i, j) => a[i * n + j]), transposed: times((i, j) => a[j * n + i]) };
}

const diagonal = (d: ArrayLike<number>) => (v: Float64Array, out: Float64Array) => {
  for (let i = 0; i < v.length; i++) out[i] = d[i] * v[i];
};

/** Checks A v = lambda v, w^H A = lambda w^H and w_i^H v_j = (i = j) from the products, to `tolerance`. */
function expectEigenpairs(
  n: number,
  product: (v: Float64Array, out: Float64Array) => void,
  transposed: (v: Float64Array, out: Float64Array) => void,
  modes: SlowestModes,
  tolerance: number,
) {
  const k = modes.real.length;
  let worst = 0;
  const column = (a: Float64Array, j: number) => Float64Array.from({ length: n }, (_, i) => a[i * k + j]);
  for (let j = 0; j < k; j++) {
    for (const [apply, sign, re, im, size] of [
      [product, 1, modes.rightReal, modes.rightImaginary, 1],
      [transposed, -1, modes.leftReal!, modes.leftImaginary!, modes.condition![j]],
    ] as const) {
      const [x, y] = [column(re, j), column(im, j)];
      const [ax, ay] = [new Float64Array(n), new Float64Array(n)];
      apply(x, ax);
      apply(y, ay);
      const [l, w] = [modes.real[j], sign * modes.imaginary[j]];
      for (let i = 0; i < n; i++) {
        const miss = Math.hypot(ax[i] - l * x[i] + w * y[i], ay[i] - l * y[i] - w * x[i]) / size;
        if (!(miss <= worst)) worst = miss;
      }
    }
    for (let i = 0; i < k; i++) {
      const [a, b] = [column(modes.leftReal!, i), column(modes.leftImaginary!, i)];
      const [c, d] = [column(modes.rightReal, j), column(modes.rightImaginary, j)];
      let [re, im] = [0, 0];
      for (let p = 0; p < n; p++) {
        re += a[p] * c[p] + b[p] * d[p];
        im += a[p] * d[p] - b[p] * c[p];
      }
      expect(Math.hypot(re - (i === j ? 1 : 0), im)).toBeLessThan(1e-9 * modes.condition![i]);
    }
  }
  expect(worst).toBeLessThan(tolerance);
}

describe("slowestModes", () => {
  test.each(oracle.cases)("finds the eigenvalues ARPACK finds for $name", (given) => {
    const { n, leak, rows, columns, values } = given;
    const times = (from: number[], to: number[]) => (v: Float64Array, out: Float64Array) => {
      for (let i = 0; i < n; i++) out[i] = leak * v[i];
      for (let e = 0; e < values.length; e++) out[to[e]] += values[e] * v[from[e]];
    };
    const [product, transposed] = [times(columns, rows), times(rows, columns)];
    const count = given.real.length;
    const modes = slowestModes(n, product, transposed, { count, leading: given.leading as Leading });
    expect(modes.status).toBe("ok");
    expect(modes.real.length).toBeGreaterThanOrEqual(count);
    for (let j = 0; j < count; j++) {
      expect(Math.abs(modes.real[j] - given.real[j])).toBeLessThan(1e-9 * modes.condition![j]);
      expect(Math.abs(modes.imaginary[j] - given.imaginary[j])).toBeLessThan(1e-9 * modes.condition![j]);
    }
    expectEigenpairs(n, product, transposed, modes, 1e-10 * (1 + Math.abs(leak)));
  });

  test("agrees with the dense solver on random matrices of any size, right and left", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 90 }),
        fc.integer({ min: 1, max: 6 }),
        fc.constantFrom<Leading>("modulus", "real"),
        fc.integer({ min: 0, max: 1e6 }),
        (n, count, leading, s) => {
          const a = normal(n, n, s).map((v) => v / Math.sqrt(n));
          const { product, transposed } = dense(n, a);
          const modes = slowestModes(n, product, transposed, { count, leading });
          expect(modes.status).toBe("ok");
          const all = eigen(n, a, "none");
          const order = Array.from(all.real.keys());
          if (leading === "real") order.sort((i, j) => all.real[j] - all.real[i] || i - j);
          const k = modes.real.length;
          expect([Math.min(n, count), Math.min(n, count + 1)]).toContain(k);
          for (let j = 0; j < k; j++) {
            expect(Math.abs(modes.real[j] - all.real[order[j]])).toBeLessThan(1e-9 * modes.condition![j]);
            expect(Math.abs(modes.imaginary[j] - all.imaginary[order[j]])).toBeLessThan(
              1e-9 * modes.condition![j],
            );
          }
          expectEigenpairs(n, product, transposed, modes, 1e-10);
        },
      ),
      seeded,
    );
  });

  test("the modes of a ring are those of the closed form, each of a repeated pair found twice", () => {
    // A circulant with weights 0.5 to the left and 0.5 to the right: eigenvalues cos(2 pi k / n), all but two double.
    const n = 300;
    const ring = (v: Float64Array, out: Float64Array) => {
      for (let i = 0; i < n; i++) out[i] = 0.5 * (v[(i + 1) % n] + v[(i + n - 1) % n]);
    };
    const modes = slowestModes(n, ring, ring, { count: 5, leading: "real" });
    expect(modes.status).toBe("ok");
    const expected = [0, 1, 1, 2, 2].map((k) => Math.cos((2 * Math.PI * k) / n));
    modes.real.forEach((v, j) => expect(v).toBeCloseTo(expected[j], 9));
    // One way round: eigenvalues exp(2 pi i k / n) r, all of one modulus; the real part ranks them.
    const oneWay = (v: Float64Array, out: Float64Array) => {
      for (let i = 0; i < n; i++) out[i] = 0.9 * v[(i + 1) % n];
    };
    const leading = slowestModes(n, oneWay, undefined, { count: 3, leading: "real" });
    expect(leading.status).toBe("ok");
    expect(leading.real[0]).toBeCloseTo(0.9, 9);
    expect(leading.real[1]).toBeCloseTo(0.9 * Math.cos((2 * Math.PI) / n), 9);
    expect(leading.imaginary[1]).toBeCloseTo(0.9 * Math.sin((2 * Math.PI) / n), 9);
    expect(leading.leftReal).toBeUndefined();
  });

  test("the modes of a leak plus low rank come with the exact vectors, after one space", () => {
    // A = -I + m n' with m'n = 0.7: one eigenvalue -0.3 with right vector m and left vector n; all others -1.
    const n = 2000;
    const random = createRandom(8);
    const m = Float64Array.from({ length: n }, () => random.normal() / Math.sqrt(n));
    const w = Float64Array.from({ length: n }, (_, i) => random.normal() / Math.sqrt(n) + m[i]);
    const overlap = m.reduce((sum, v, i) => sum + v * w[i], 0);
    for (let i = 0; i < n; i++) w[i] *= 0.7 / overlap;
    const times = (out: Float64Array, v: Float64Array, to: Float64Array, from: Float64Array) => {
      let inner = 0;
      for (let i = 0; i < n; i++) inner += from[i] * v[i];
      for (let i = 0; i < n; i++) out[i] = to[i] * inner - v[i];
    };
    const modes = slowestModes(
      n,
      (v, out) => times(out, v, m, w),
      (v, out) => times(out, v, w, m),
      { count: 3, leading: "real" },
    );
    expect(modes.status).toBe("ok");
    expect(modes.real[0]).toBeCloseTo(-0.3, 12);
    expect([modes.real[1], modes.real[2]]).toEqual([expect.closeTo(-1, 12), expect.closeTo(-1, 12)]);
    const sign = Math.sign(modes.rightReal[0] * m[0]);
    const size = Math.hypot(...m);
    for (let i = 0; i < n; i++) {
      expect(Math.abs(modes.rightReal[3 * i] - (sign * m[i]) / size)).toBeLessThan(1e-12);
      expect(Math.abs(modes.leftReal![3 * i] - (sign * w[i] * size) / 0.7)).toBeLessThan(1e-11);
    }
  });

  test.each([
    ["zero", () => 0, [0, 0, 0]],
    ["the identity", (i: number) => (i >= 0 ? 1 : 0), [1, 1, 1]],
    ["rank one", (i: number) => (i === 7 ? 3 : 0), [3, 0, 0]],
    ["few distinct eigenvalues", (i: number) => (i % 2 === 0 ? 1 : -0.5), [1, 1, 1]],
  ])("an early invariant subspace is no trouble: %s", (_what, entry, expected) => {
    for (const n of [3, 100]) {
      const values = Float64Array.from({ length: n }, (_, i) => entry(i));
      const sorted = values.slice().sort((a, b) => Math.abs(b) - Math.abs(a));
      const apply = diagonal(values);
      const modes = slowestModes(n, apply, apply, { count: 3, leading: "modulus" });
      expect(modes.status).toBe("ok");
      const wanted = n === 3 ? sorted : expected;
      modes.real.forEach((v, j) => expect(v).toBeCloseTo(wanted[j], 12));
      expect([...modes.imaginary]).toEqual([0, 0, 0]);
      expect(modes.residuals.every((r) => r < 1e-12)).toBe(true);
    }
  });

  test("a small gap takes many restarts and is still resolved; too few products are said to be", () => {
    const n = 500;
    const values = Float64Array.from({ length: n }, (_, i) => 1 - i / n);
    const apply = diagonal(values);
    const modes = slowestModes(n, apply, apply, { count: 4, leading: "modulus" });
    expect(modes.status).toBe("ok");
    for (let j = 0; j < 4; j++) expect(modes.real[j]).toBeCloseTo(values[j], 9);
    const short = slowestModes(n, apply, apply, { count: 4, leading: "modulus", maxProducts: 60 });
    expect(short.status).toBe("not-converged");
    expect(short.message).not.toBe("");
    expect(short.real.length).toBe(4);
    expect(Math.max(...short.residuals)).toBeGreaterThan(1e-10);
    expect(Math.abs(short.real[0] - 1)).toBeLessThan(0.05);
  });

  test("defective eigenvalues are reported by their condition, never by a throw", () => {
    const jordan = matrix(30, (i, j) => (i === j ? 0.9 : j === i + 1 ? 1 : 0));
    const { product, transposed } = dense(30, jordan);
    const modes = slowestModes(30, product, transposed, { count: 2, leading: "modulus" });
    expect(["ok", "not-converged"]).toContain(modes.status);
    expect(modes.residuals.every((r) => r < 1e-10)).toBe(true);
    expect(Math.max(...modes.condition!)).toBeGreaterThan(1e8);
  });

  test("says when products are not finite, and gives the same bytes for the same seed", () => {
    const bad = slowestModes(20, (_, out) => out.fill(Number.NaN), undefined, {
      count: 2,
      leading: "modulus",
    });
    expect([bad.status, bad.real.length]).toEqual(["not-finite", 0]);
    const { product, transposed } = dense(70, normal(70, 70, 1));
    const run = (seed: number) => slowestModes(70, product, transposed, { count: 3, leading: "real", seed });
    expect(run(5)).toEqual(run(5));
    expect(run(6).rightReal).not.toEqual(run(5).rightReal);
  });
});
