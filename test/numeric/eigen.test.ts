import fc from "fast-check";
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { describe, expect, test } from "vitest";
import { createRandom } from "../../src/core/random.js";
import { defaultKernel } from "../../src/numeric/defaultKernel.js";
import { type EigenDecomposition, type EigenVectors, eigen as solve } from "../../src/numeric/eigen.js";
import type { Kernel } from "../../src/numeric/kernel.js";
import { typescriptKernel } from "../../src/numeric/typescript.js";
import oracle from "../oracles/eigen.json" with { type: "json" };
import { largestDifference, matrix, norm, normal, product, transpose } from "./matrices.js";

describe.each([typescriptKernel, defaultKernel])("on the $name kernel:", (kernel) => {
  const eigen = (n: number, a: Float64Array, vectors?: EigenVectors) => solve(n, a, vectors, kernel);
  const seeded = { seed: 5, numRuns: 60 };
  const seed = fc.integer({ min: 0, max: 1e6 });
  const small = fc.integer({ min: 1, max: 24 });

  /** Column j of the right or left vectors as [real, imaginary] pairs. */
  function columnOf(n: number, re: Float64Array, im: Float64Array, j: number): [number, number][] {
    return Array.from({ length: n }, (_, i) => [re[i * n + j], im[i * n + j]]);
  }

  /** Largest |A v - lambda v| over |A| |v|, and the same for left vectors. */
  function residuals(n: number, a: Float64Array, e: EigenDecomposition): { right: number; left: number } {
    const worst = { right: 0, left: 0 };
    for (const side of ["right", "left"] as const) {
      const m = side === "right" ? a : transpose(n, n, a);
      for (let j = 0; j < n; j++) {
        const v = columnOf(n, e[`${side}Real`]!, e[`${side}Imaginary`]!, j);
        const size = Math.hypot(...v.flat());
        // A' w = conj(lambda) w is the left equation.
        const beat = side === "right" ? e.imaginary[j] : -e.imaginary[j];
        let sum = 0;
        for (let i = 0; i < n; i++) {
          let re = -(e.real[j] * v[i][0] - beat * v[i][1]);
          let im = -(e.real[j] * v[i][1] + beat * v[i][0]);
          for (let k = 0; k < n; k++) {
            re += m[i * n + k] * v[k][0];
            im += m[i * n + k] * v[k][1];
          }
          sum += re * re + im * im;
        }
        const miss = Math.sqrt(sum) / (size * norm(a) || 1);
        if (!(miss <= worst[side])) worst[side] = miss;
      }
    }
    return worst;
  }

  /** The same by whole products, for large matrices. */
  function residualsByProducts(
    n: number,
    a: Float64Array,
    e: EigenDecomposition,
  ): { right: number; left: number } {
    const worst = (m: Float64Array, re: Float64Array, im: Float64Array, sign: number) => {
      const [mRe, mIm] = [product(n, n, n, m, re), product(n, n, n, m, im)];
      let largest = 0;
      for (let j = 0; j < n; j++) {
        let miss = 0;
        let size = 0;
        for (let i = 0; i < n; i++) {
          const [p, beat] = [i * n + j, sign * e.imaginary[j]];
          miss +=
            (mRe[p] - e.real[j] * re[p] + beat * im[p]) ** 2 +
            (mIm[p] - e.real[j] * im[p] - beat * re[p]) ** 2;
          size += re[p] ** 2 + im[p] ** 2;
        }
        const relative = Math.sqrt(miss / size) / norm(a);
        if (!(relative <= largest)) largest = relative;
      }
      return largest;
    };
    return {
      right: worst(a, e.rightReal!, e.rightImaginary!, 1),
      left: worst(transpose(n, n, a), e.leftReal!, e.leftImaginary!, -1),
    };
  }

  /** Largest |w_i^H v_j - delta_ij|. */
  function biorthogonality(n: number, e: EigenDecomposition): number {
    const re = product(n, n, n, transpose(n, n, e.leftReal!), e.rightReal!);
    const im = product(n, n, n, transpose(n, n, e.leftReal!), e.rightImaginary!);
    const re2 = product(n, n, n, transpose(n, n, e.leftImaginary!), e.rightImaginary!);
    const im2 = product(n, n, n, transpose(n, n, e.leftImaginary!), e.rightReal!);
    let worst = 0;
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) {
        const p = i * n + j;
        const miss = Math.hypot(re[p] + re2[p] - (i === j ? 1 : 0), im[p] - im2[p]);
        if (!(miss <= worst)) worst = miss;
      }
    return worst;
  }

  /** Largest distance in a greedy one-to-one matching of two sets of complex numbers. */
  function setDistance(
    aRe: ArrayLike<number>,
    aIm: ArrayLike<number>,
    bRe: ArrayLike<number>,
    bIm: ArrayLike<number>,
  ): number {
    const rest = Array.from(bRe, (_, j) => j);
    let worst = 0;
    for (let i = 0; i < aRe.length; i++) {
      rest.sort(
        (j, k) => Math.hypot(aRe[i] - bRe[j], aIm[i] - bIm[j]) - Math.hypot(aRe[i] - bRe[k], aIm[i] - bIm[k]),
      );
      const j = rest.shift()!;
      worst = Math.max(worst, Math.hypot(aRe[i] - bRe[j], aIm[i] - bIm[j]));
    }
    return worst;
  }

  function expectLaws(n: number, a: Float64Array, biorthogonalTo = 1e-11) {
    const copy = a.slice();
    const e = eigen(n, a, "both");
    expect(a).toEqual(copy);
    expect(e.status).toBe("ok");
    expect(e.message).toBe("");
    const { right, left } = residuals(n, a, e);
    expect(right).toBeLessThan(1e-13);
    expect(left).toBeLessThan(1e-13);
    expect(biorthogonality(n, e)).toBeLessThan(biorthogonalTo);
    for (let j = 0; j < n; j++) {
      const v = columnOf(n, e.rightReal!, e.rightImaginary!, j);
      expect(Math.abs(Math.hypot(...v.flat()) - 1)).toBeLessThan(1e-14);
      const w = columnOf(n, e.leftReal!, e.leftImaginary!, j);
      expect(e.condition![j]).toBeGreaterThan(1 - 1e-12);
      expect(Math.abs(e.condition![j] / Math.hypot(...w.flat()) - 1)).toBeLessThan(1e-12);
    }
    return e;
  }

  describe("eigen obeys its laws on random matrices", () => {
    test("A v = lambda v, w^H A = lambda w^H, w_i^H v_j = delta_ij, unit right vectors", () => {
      fc.assert(
        fc.property(small, seed, (n, s) => {
          expectLaws(n, normal(n, n, s), 1e-9);
        }),
        seeded,
      );
    });

    test("and on larger ones, where products are blocked", () => {
      for (const n of [63, 100, 151]) expectLaws(n, normal(n, n, n), 1e-10);
    });

    test("and on matrices of every kind that are large enough for early deflation", () => {
      const n = 65;
      const x = normal(n, n, 1);
      const y = normal(n, n, 2);
      const at = (i: number, j: number) => x[i * n + j];
      const kinds: Record<string, (i: number, j: number) => number> = {
        "skew-symmetric": (i, j) => (i < j ? at(i, j) : i > j ? -at(j, i) : 0),
        symmetric: (i, j) => (i < j ? at(i, j) : at(j, i)),
        cyclic: (i, j) => ((i + 1) % n === j ? 1 : 0),
        ones: () => 1,
        "rank three": (i, j) => at(i, 0) * at(0, j) + at(i, 1) * at(1, j) + at(i, 2) * at(2, j),
        sparse: (i, j) => (y[i * n + j] > 1 ? at(i, j) : 0),
        graded: (i, j) => at(i, j) * 10 ** ((-(i + j) * 8) / n),
        "leaky units": (i, j) => (i === j ? 0.9 : 0) + (0.1 * at(i, j)) / Math.sqrt(n),
        "few integers": (i, j) => Math.round(at(i, j)),
        "almost the identity": (i, j) => (i === j ? 1 : 1e-14 * at(i, j)),
      };
      for (const [name, entry] of Object.entries(kinds)) {
        const a = matrix(n, entry);
        const e = eigen(n, a, "both");
        expect(e.status, name).toBe("ok");
        const misses = residualsByProducts(n, a, e);
        expect(Math.max(misses.right, misses.left), name).toBeLessThan(1e-13);
        expect(biorthogonality(n, e), name).toBeLessThan(1e-9);
        expect(largestDifference(eigen(n, a, "none").real, e.real), name).toBeLessThan(1e-12 * norm(a));
      }
    });

    test("residuals stay small where vectors grow beyond all numbers: a chain of forty equal rotations", () => {
      const n = 80;
      const x = normal(n, n, 4);
      const a = matrix(n, (i, j) =>
        i >> 1 === j >> 1 ? [0.3, 1, -1, 0.3][2 * (i & 1) + (j & 1)] : j > i ? 0.01 * x[i * n + j] : 0,
      );
      const e = eigen(n, a, "both");
      const misses = residualsByProducts(n, a, e);
      expect(Math.max(misses.right, misses.left)).toBeLessThan(1e-13);
    });

    test("and on sparse integer matrices, full of zeros and repeated eigenvalues", () => {
      const entry = fc.constantFrom(0, 0, 0, 1, -1, 2);
      const matrices = fc
        .integer({ min: 1, max: 7 })
        .chain((n) => fc.array(entry, { minLength: n * n, maxLength: n * n }));
      fc.assert(
        fc.property(matrices, (entries) => {
          const n = Math.sqrt(entries.length);
          const a = Float64Array.from(entries);
          const e = eigen(n, a, "both");
          expect(e.status).toBe("ok");
          const { right, left } = residuals(n, a, e);
          expect(right).toBeLessThan(1e-12);
          expect(left).toBeLessThan(1e-12);
          if (e.condition!.every((c) => c < 1e4)) expect(biorthogonality(n, e)).toBeLessThan(1e-9);
        }),
        { seed: 8, numRuns: 400 },
      );
    });

    test("the trace is the sum and the determinant of an LU factorisation is the product", () => {
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 12 }), seed, (n, s) => {
          const a = normal(n, n, s);
          const { real, imaginary } = eigen(n, a, "none");
          let trace = 0;
          for (let i = 0; i < n; i++) trace += a[i * n + i];
          expect(Math.abs(real.reduce((sum, v) => sum + v, 0) - trace)).toBeLessThan(1e-12 * norm(a));
          const lu = a.slice();
          let determinant = typescriptKernel.luFactor(n, lu, new Int32Array(n));
          for (let i = 0; i < n; i++) determinant *= Math.abs(lu[i * n + i]);
          let re = 1;
          let im = 0;
          for (let j = 0; j < n; j++)
            [re, im] = [re * real[j] - im * imaginary[j], re * imaginary[j] + im * real[j]];
          const scale = Array.from(real, (v, j) => Math.hypot(v, imaginary[j])).reduce((p, v) => p * v, 1);
          expect(Math.abs(re - determinant)).toBeLessThan(1e-9 * Math.max(scale, 1e-3));
          expect(Math.abs(im)).toBeLessThan(1e-9 * Math.max(scale, 1e-3));
        }),
        seeded,
      );
    });

    test("eigenvalues come by decreasing modulus, pairs adjacent and exactly conjugate, vectors too", () => {
      fc.assert(
        fc.property(small, seed, (n, s) => {
          const e = eigen(n, normal(n, n, s), "both");
          for (let j = 0; j < n; j++) {
            if (e.imaginary[j] !== 0) {
              expect(e.imaginary[j]).toBeGreaterThan(0);
              expect([e.real[j + 1], e.imaginary[j + 1]]).toEqual([e.real[j], -e.imaginary[j]]);
              for (let i = 0; i < n; i++) {
                const p = i * n + j;
                expect(e.rightReal![p + 1]).toBe(e.rightReal![p]);
                expect(e.rightImaginary![p + 1]).toBe(-e.rightImaginary![p]);
                expect(e.leftImaginary![p + 1]).toBe(-e.leftImaginary![p]);
              }
              j++;
            }
            if (j + 1 < n)
              expect(Math.hypot(e.real[j + 1], e.imaginary[j + 1])).toBeLessThanOrEqual(
                Math.hypot(e.real[j], e.imaginary[j]),
              );
          }
        }),
        seeded,
      );
    });

    test("values do not depend on which vectors are asked for", () => {
      for (const n of [1, 2, 5, 17, 40]) {
        const a = normal(n, n, n);
        const [none, right, both] = (["none", "right", "both"] as const).map((v) => eigen(n, a, v));
        expect(setDistance(none.real, none.imaginary, both.real, both.imaginary)).toBeLessThan(1e-12 * n);
        expect(right.real).toEqual(both.real);
        expect(right.rightReal).toEqual(both.rightReal);
        expect(right.rightImaginary).toEqual(both.rightImaginary);
        expect(none).not.toHaveProperty("rightReal");
        expect(right).not.toHaveProperty("leftReal");
        expect(eigen(n, a)).toEqual(right);
      }
    });

    test("a permutation similarity leaves the eigenvalues and moves the vectors' entries", () => {
      fc.assert(
        fc.property(fc.integer({ min: 2, max: 15 }), seed, (n, s) => {
          const a = normal(n, n, s);
          const order = createRandom(s).permutation(n);
          const b = matrix(n, (i, j) => a[order[i] * n + order[j]]);
          const [e, f] = [eigen(n, a, "none"), eigen(n, b, "none")];
          expect(setDistance(e.real, e.imaginary, f.real, f.imaginary)).toBeLessThan(1e-9 * norm(a));
        }),
        seeded,
      );
    });

    test("scaling by 2^k scales the eigenvalues exactly and changes nothing else", () => {
      fc.assert(
        fc.property(small, seed, fc.integer({ min: -400, max: 400 }), (n, s, k) => {
          const a = normal(n, n, s);
          const e = eigen(n, a, "both");
          const f = eigen(
            n,
            a.map((v) => v * 2 ** k),
            "both",
          );
          expect(f).toEqual({
            ...e,
            real: e.real.map((v) => v * 2 ** k),
            imaginary: e.imaginary.map((v) => v * 2 ** k),
          });
        }),
        seeded,
      );
    });
  });

  describe("eigen agrees with others", () => {
    test.each(oracle.lapack)("LAPACK on $name: eigenvalues and their condition numbers", (given) => {
      const a = Float64Array.from(given.matrix);
      const e = eigen(given.n, a, "both");
      for (let j = 0; j < given.n; j++) {
        const best = given.real
          .map((_, k) => k)
          .reduce((k, l) => {
            const distance = (q: number) =>
              Math.hypot(e.real[j] - given.real[q], e.imaginary[j] - given.imaginary[q]);
            return distance(l) < distance(k) ? l : k;
          });
        const scaled = given.name.startsWith("badly scaled");
        const room = scaled ? 1e-10 : 1e-14 * norm(a) * given.condition[best];
        expect(Math.hypot(e.real[j] - given.real[best], e.imaginary[j] - given.imaginary[best])).toBeLessThan(
          room,
        );
        expect(Math.abs(e.condition![j] / given.condition[best] - 1)).toBeLessThan(1e-8);
      }
      expect(setDistance(e.real, e.imaginary, given.real, given.imaginary)).toBeLessThan(1e-9);
    });

    test.each(oracle.exact)("60-digit arithmetic on $name, within what the condition allows", (given) => {
      const a = Float64Array.from(given.matrix);
      const e = eigen(given.n, a, "both");
      const worst = Math.max(...given.condition);
      expect(setDistance(e.real, e.imaginary, given.real, given.imaginary)).toBeLessThan(
        2e-15 * worst * norm(a),
      );
      const found = Math.max(...e.condition!);
      expect(Math.abs(found / worst - 1)).toBeLessThan(1e-2);
    });

    test("ml-matrix on random matrices", () => {
      for (const n of [2, 3, 9, 30, 60]) {
        const a = normal(n, n, 100 + n);
        const e = eigen(n, a, "none");
        const other = new EigenvalueDecomposition(Matrix.from1DArray(n, n, a), { assumeSymmetric: false });
        expect(
          setDistance(e.real, e.imaginary, other.realEigenvalues, other.imaginaryEigenvalues),
        ).toBeLessThan(1e-9);
      }
    });
  });

  describe("eigen on special matrices", () => {
    test("of order 0, 1 and 2", () => {
      expect(eigen(0, new Float64Array(0), "both")).toMatchObject({
        status: "ok",
        real: new Float64Array(0),
      });
      expect(expectLaws(1, Float64Array.of(-3)).real[0]).toBe(-3);
      const rotation = expectLaws(2, Float64Array.of(0, -1, 1, 0));
      expect([...rotation.real, ...rotation.imaginary]).toEqual([0, 0, 1, -1]);
      const mirror = expectLaws(2, Float64Array.of(0, 1, 1, 0));
      expect(largestDifference(mirror.real, [1, -1])).toBeLessThan(1e-15);
    });

    test("zero and identity: every vector is an eigenvector and the result is orthonormal", () => {
      for (const value of [0, 1, -2]) {
        const e = expectLaws(
          6,
          matrix(6, (i, j) => (i === j ? value : 0)),
        );
        expect([...e.real]).toEqual(Array(6).fill(value));
        expect([...e.condition!]).toEqual(Array(6).fill(1));
      }
    });

    test("triangular: the diagonal, exactly", () => {
      for (const lower of [false, true]) {
        const a = matrix(9, (i, j) => (i === j ? 9 - i : (lower ? i > j : i < j) ? 0.25 : 0));
        const e = expectLaws(9, a);
        expect([...e.real]).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1]);
      }
    });

    test("a Jordan block is reported as defective, at every eigenvalue and order", () => {
      for (const value of [0, 1, -0.7])
        for (const n of [2, 3, 5]) {
          const a = matrix(n, (i, j) => (i === j ? value : j === i + 1 ? 1 : 0));
          const e = eigen(n, a, "both");
          expect([...e.real]).toEqual(Array(n).fill(value));
          expect(e.condition!.every((c) => c === Number.POSITIVE_INFINITY)).toBe(true);
          const { right, left } = residuals(n, a, e);
          expect(Math.max(right, left)).toBeLessThan(1e-14);
          for (let j = 0; j < n; j++)
            expect(norm(columnOf(n, e.leftReal!, e.leftImaginary!, j).flat())).toBeCloseTo(1, 13);
        }
    });

    test("a Jordan block seen in other coordinates has condition numbers above 1e7", () => {
      for (const n of [2, 3]) {
        const s = normal(n, n, 4 + n);
        const inverse = new Float64Array(n * n);
        const pivots = new Int32Array(n);
        const lu = s.slice();
        typescriptKernel.luFactor(n, lu, pivots);
        for (let j = 0; j < n; j++) {
          const column = new Float64Array(n);
          column[j] = 1;
          typescriptKernel.luSolve(n, lu, pivots, column);
          for (let i = 0; i < n; i++) inverse[i * n + j] = column[i];
        }
        const jordan = matrix(n, (i, j) => (i === j ? 0.9 : j === i + 1 ? 1 : 0));
        const a = product(n, n, n, product(n, n, n, s, jordan), inverse);
        const e = eigen(n, a, "both");
        expect(Math.max(...residualsOf(n, a, e))).toBeLessThan(1e-12);
        expect(Math.min(...e.condition!)).toBeGreaterThan(1e7);
      }
    });

    test("a nilpotent matrix in random coordinates has eigenvalues within the root of rounding", () => {
      const q = orthogonal(6, 3);
      const nilpotent = matrix(6, (i, j) => (j === i + 1 ? 1 : 0));
      const a = product(6, 6, 6, product(6, 6, 6, q, nilpotent), transpose(6, 6, q));
      const e = eigen(6, a, "both");
      for (let j = 0; j < 6; j++) expect(Math.hypot(e.real[j], e.imaginary[j])).toBeLessThan(1e-2);
      expect(Math.min(...e.condition!)).toBeGreaterThan(1e7);
    });

    test("a repeated eigenvalue with all its vectors: a low-rank matrix and a projection", () => {
      const n = 40;
      const [p, q] = [normal(n, 2, 1), normal(n, 2, 2)];
      const lowRank = matrix(n, (i, j) => p[2 * i] * q[2 * j] + p[2 * i + 1] * q[2 * j + 1]);
      expect(Math.max(...expectLaws(n, lowRank, 1e-12).condition!)).toBeLessThan(100);
      const shifted = lowRank.map((v, k) => v - (k % (n + 1) === 0 ? 1 : 0));
      expect(Math.max(...expectLaws(n, shifted, 1e-12).condition!)).toBeLessThan(100);
      const projection = matrix(n, (i, j) => (i === j ? 1 : 0) - 1 / n);
      expect(Math.max(...expectLaws(n, projection, 1e-12).condition!)).toBeLessThan(100);
    });

    test("modes that differ by 1e-14 only, as of saturated gates, stay biorthogonal", () => {
      for (const n of [6, 15, 30]) {
        const noise = normal(n, n, n + 3);
        const a = matrix(n, (i, j) => (i % 2 ? 1e-14 : 0.3) * noise[i * n + j] + (i % 2 && i === j ? 1 : 0));
        const e = expectLaws(n, a, 1e-9);
        expect(Math.max(...e.condition!)).toBeLessThan(1e4);
      }
    });

    test("two identical rotations in random coordinates: a repeated conjugate pair", () => {
      const q = orthogonal(8, 9);
      const [c, s] = [Math.cos(0.3), Math.sin(0.3)];
      const block = matrix(8, (i, j) => {
        if (i >> 1 !== j >> 1) return 0;
        return i === j ? c : i < j ? -s : s;
      });
      const a = product(8, 8, 8, product(8, 8, 8, q, block), transpose(8, 8, q));
      const e = expectLaws(8, a, 1e-12);
      expect(setDistance(e.real, e.imaginary, Array(8).fill(c), [s, s, s, s, -s, -s, -s, -s])).toBeLessThan(
        1e-14,
      );
    });

    test("a symmetric matrix has condition numbers 1 and left equal to right vectors", () => {
      const g = normal(20, 20, 5);
      const a = matrix(20, (i, j) => g[i * 20 + j] + g[j * 20 + i]);
      const e = expectLaws(20, a);
      expect(Math.max(...e.condition!)).toBeLessThan(1 + 1e-12);
      expect(largestDifference(e.leftReal!, e.rightReal!)).toBeLessThan(1e-11);
    });

    test("the cyclic permutation has the roots of unity and orthogonal vectors", () => {
      for (const n of [3, 4, 10, 31]) {
        const e = expectLaws(
          n,
          matrix(n, (i, j) => (j === (i + 1) % n ? 1 : 0)),
        );
        const angles = Array.from({ length: n }, (_, k) => (2 * Math.PI * k) / n);
        expect(setDistance(e.real, e.imaginary, angles.map(Math.cos), angles.map(Math.sin))).toBeLessThan(
          1e-13,
        );
        expect(Math.max(...e.condition!)).toBeLessThan(1 + 1e-12);
      }
    });

    test("the companion matrices of Wilkinson's polynomial of degree 20 give 20 .. 1 to 0.6, as LAPACK does", () => {
      // Each root moves by 1e13 times a change of the coefficients: rounding alone makes it 0.006 to 0.56 in LAPACK,
      // depending on which of the four arrangements is used.
      let coefficients = [1n];
      for (let root = 1n; root <= 20n; root++) {
        const next = [...coefficients, 0n];
        coefficients.forEach((c, i) => {
          next[i + 1] -= root * c;
        });
        coefficients = next;
      }
      const companion = (i: number, j: number) =>
        i === 0 ? -Number(coefficients[j + 1]) : j === i - 1 ? 1 : 0;
      for (const entry of [
        companion,
        (i: number, j: number) => companion(j, i),
        (i: number, j: number) => companion(19 - i, 19 - j),
        (i: number, j: number) => companion(19 - j, 19 - i),
      ]) {
        const e = eigen(20, matrix(20, entry), "none");
        for (let j = 0; j < 20; j++)
          expect(Math.hypot(e.real[j] - (20 - j), e.imaginary[j])).toBeLessThan(0.6);
        expect(Math.abs(e.real.reduce((sum, v) => sum + v, 0) - 210)).toBeLessThan(1e-10);
      }
    });

    test("a graded matrix keeps its small eigenvalues: the sum of reciprocals is the trace of the inverse", () => {
      // [[1, 1e-5], [1e-5, 2e-10]]: determinant 1e-10, so the small eigenvalue is 1e-10 / 1.0000000001.
      const e = expectLaws(2, Float64Array.of(1, 1e-5, 1e-5, 2e-10));
      expect(Math.abs(e.real[1] / (1e-10 / e.real[0]) - 1)).toBeLessThan(1e-5);
      const graded = matrix(8, (i, j) => 10 ** (-2 * (i + j)) * (i === j ? 2 : 1));
      expectLaws(8, graded, 1e-8);
    });

    test("a matrix beyond all scaling still gives unit vectors and honest conditions, never NaN", () => {
      const a = Float64Array.of(1, 1e300, 0, 0, 2, 1e300, 0, 0, 3);
      const e = eigen(3, a, "both");
      expect(e.status).toBe("ok");
      for (const numbers of [e.real, e.rightReal!, e.leftReal!])
        expect(numbers.every(Number.isFinite)).toBe(true);
      expect(e.condition!.some((c) => c === Number.POSITIVE_INFINITY || c > 1e250)).toBe(true);
    });

    test("sizes of 1e150 and 1e-150, and both in one matrix, neither overflow nor vanish", () => {
      for (const factor of [1e150, 1e-150, 1e300, 1e-300]) {
        const a = normal(7, 7, 2);
        const [e, f] = [
          eigen(7, a, "both"),
          eigen(
            7,
            a.map((v) => v * factor),
            "both",
          ),
        ];
        expect(f.status).toBe("ok");
        expect(
          setDistance(
            f.real.map((v) => v / factor),
            f.imaginary.map((v) => v / factor),
            e.real,
            e.imaginary,
          ),
        ).toBeLessThan(1e-13);
        expect(biorthogonality(7, f)).toBeLessThan(1e-12);
      }
      const mixed = eigen(2, Float64Array.of(0, 1e150, 1e-150, 0), "both");
      expect(setDistance(mixed.real, mixed.imaginary, [1, -1], [0, 0])).toBeLessThan(1e-14);
      for (const c of mixed.condition!) expect(Math.abs(c / 5e149 - 1)).toBeLessThan(1e-12);
    });

    test("NaN or infinity anywhere is a status, with NaN everywhere", () => {
      for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
        for (const at of [0, 7, 15]) {
          const a = normal(4, 4, 1);
          a[at] = bad;
          const e = eigen(4, a, "both");
          expect(e.status).toBe("not-finite");
          expect(e.message).toContain(`${bad} in row ${at >> 2}, column ${at & 3}`);
          for (const numbers of [e.real, e.imaginary, e.rightReal!, e.leftImaginary!, e.condition!])
            expect(numbers.every(Number.isNaN)).toBe(true);
          expect(eigen(4, a, "none").status).toBe("not-finite");
        }
    });

    test("the iteration converges on matrices that trap it without exceptional shifts", () => {
      // Orthogonal Hessenberg matrices on which plain double shifts stand still.
      const trap = Float64Array.of(0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0);
      expectLaws(4, trap);
      const signed = Float64Array.of(0, 0, 1, 1, 0, 0, 0, 1, 0);
      expectLaws(3, signed);
    });

    test("an iteration out of sweeps says where it stopped", () => {
      const n = 12;
      const h = matrix(n, (i, j) => (i <= j + 1 ? Math.sin(1 + i * n + j) : 0));
      const [real, imaginary] = [new Float64Array(n), new Float64Array(n)];
      const stopped = kernel.schur(n, h.slice(), 0, n - 1, undefined, real, imaginary, 0);
      expect(stopped).toMatchObject({ failedAt: n - 1 });
      const part = kernel.schur(n, h.slice(), 0, n - 1, undefined, real, imaginary, 9);
      expect(part.failedAt).toBeGreaterThan(0);
      expect(part.failedAt).toBeLessThan(n - 1);
      const short: Kernel = {
        ...kernel,
        schur: (order, t, low, high, q, re, im) => kernel.schur(order, t, low, high, q, re, im, 9),
      };
      const told = solve(n, h, "right", short);
      expect(told.status).toBe("not-converged");
      expect(told.message).toContain(`gave up at eigenvalue ${part.failedAt} of ${n}`);
      expect(told.real.filter(Number.isFinite)).toHaveLength(n - 1 - part.failedAt);
      const all = eigen(n, h, "none");
      for (let i = part.failedAt + 1; i < n; i++) {
        const distances = Array.from(all.real, (re, j) =>
          Math.hypot(re - real[i], all.imaginary[j] - imaginary[i]),
        );
        expect(Math.min(...distances)).toBeLessThan(1e-12);
      }
    });
  });

  function residualsOf(n: number, a: Float64Array, e: EigenDecomposition): number[] {
    const { right, left } = residuals(n, a, e);
    return [right, left];
  }

  /** A random orthogonal matrix by Gram-Schmidt, twice. */
  function orthogonal(n: number, s: number): Float64Array {
    const q = normal(n, n, s);
    for (let round = 0; round < 2; round++)
      for (let i = 0; i < n; i++) {
        const row = q.subarray(i * n, (i + 1) * n);
        for (let j = 0; j < i; j++) {
          const other = q.subarray(j * n, (j + 1) * n);
          let dot = 0;
          for (let k = 0; k < n; k++) dot += row[k] * other[k];
          for (let k = 0; k < n; k++) row[k] -= dot * other[k];
        }
        const size = norm(row);
        for (let k = 0; k < n; k++) row[k] /= size;
      }
    return q;
  }
});
