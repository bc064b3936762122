import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { deflate } from "../../src/solve/deflate.js";
import { dogleg } from "../../src/solve/dogleg.js";
import { runFrom } from "../../src/solve/loop.js";
import { circleAndLine } from "./problems.js";

const s = Math.SQRT1_2;
const known = Float64Array.of(s, s);
const seeded = { seed: 20150101, numRuns: 60 };
const away = fc
  .tuple(fc.double({ min: -2, max: 2, noNaN: true }), fc.double({ min: -2, max: 2, noNaN: true }))
  .map((p) => Float64Array.from(p))
  .filter((x) => Math.hypot(x[0] - s, x[1] - s) > 0.05);

describe("deflate", () => {
  test("takes the zero away where a solution is known: |r| stays far from 0 around it", () => {
    const problem = deflate(circleAndLine, known);
    const r = new Float64Array(2);
    for (const radius of [1e-3, 1e-6, 1e-9])
      for (let k = 0; k < 16; k++) {
        const angle = (2 * Math.PI * k) / 16;
        problem.residual(Float64Array.of(s + radius * Math.cos(angle), s + radius * Math.sin(angle)), r);
        // |r| >= sigma_min |dx| / |dx|^2, sigma_min = sqrt 2.
        expect(Math.hypot(...r)).toBeGreaterThan(1 / radius);
      }
  });

  test("keeps every other zero", () => {
    const r = new Float64Array(2);
    deflate(circleAndLine, known).residual(Float64Array.of(-s, -s), r);
    expect(Math.hypot(...r)).toBeLessThan(1e-15);
  });

  test.each([1, 0.2, 7])("its Jacobian agrees with differences at scale %d", (scale) => {
    const problem = deflate(circleAndLine, Float64Array.of(s, s, 0.1, -0.4), scale);
    const jacobian = new Float64Array(4);
    const [ahead, behind] = [new Float64Array(2), new Float64Array(2)];
    fc.assert(
      fc.property(
        away.filter((x) => Math.hypot(x[0] - 0.1, x[1] + 0.4) > 0.05),
        (x) => {
          problem.jacobian(x, jacobian);
          const size = 1 + Math.max(...jacobian.map(Math.abs));
          for (let j = 0; j < 2; j++) {
            const h = 1e-6;
            const moved = x.slice();
            moved[j] = x[j] + h;
            problem.residual(moved, ahead);
            moved[j] = x[j] - h;
            problem.residual(moved, behind);
            for (let i = 0; i < 2; i++)
              expect(Math.abs(jacobian[i * 2 + j] - (ahead[i] - behind[i]) / (2 * h))).toBeLessThan(
                1e-6 * size * (1 + scale ** 2),
              );
          }
        },
      ),
      seeded,
    );
  });

  test("its product is its Jacobian times the vector, and is offered only where the problem has one", () => {
    expect(deflate(circleAndLine, known).product).toBeUndefined();
    const formed = new Float64Array(4);
    const withProduct = {
      ...circleAndLine,
      product(x: Float64Array, v: Float64Array, out: Float64Array) {
        circleAndLine.jacobian(x, formed);
        for (let i = 0; i < 2; i++) out[i] = formed[2 * i] * v[0] + formed[2 * i + 1] * v[1];
      },
    };
    const problem = deflate(withProduct, known, 0.5);
    const jacobian = new Float64Array(4);
    const out = new Float64Array(2);
    fc.assert(
      fc.property(away, away, (x, v) => {
        problem.jacobian(x, jacobian);
        problem.product!(x, v, out);
        for (let i = 0; i < 2; i++) {
          const [a, b] = [jacobian[2 * i] * v[0], jacobian[2 * i + 1] * v[1]];
          expect(Math.abs(out[i] - a - b)).toBeLessThanOrEqual(1e-11 * (1 + Math.abs(a) + Math.abs(b)));
        }
      }),
      seeded,
    );
  });

  test("its pullback is its transposed Jacobian times the vector", () => {
    const problem = deflate(circleAndLine, known, 0.5);
    const jacobian = new Float64Array(4);
    const out = new Float64Array(2);
    fc.assert(
      fc.property(away, away, (x, v) => {
        problem.jacobian(x, jacobian);
        problem.pullback(x, v, out);
        for (let j = 0; j < 2; j++) {
          const expected = jacobian[j] * v[0] + jacobian[2 + j] * v[1];
          const size = Math.abs(jacobian[j] * v[0]) + Math.abs(jacobian[2 + j] * v[1]);
          expect(Math.abs(out[j] - expected)).toBeLessThanOrEqual(1e-12 * (1 + size));
        }
      }),
      seeded,
    );
  });

  test("drives a search that used to end in the known zero on to the other", () => {
    const start = Float64Array.of(0.6, 0.9);
    const limits = { tolerance: 1e-20, maxSteps: 300 };
    const before = runFrom(circleAndLine, dogleg.prepare(circleAndLine), start, limits).x.slice();
    expect(before[0]).toBeCloseTo(s, 9);
    const problem = deflate(circleAndLine, before);
    const after = runFrom(problem, dogleg.prepare(problem), start, limits);
    expect(after.x[0]).toBeCloseTo(-s, 9);
  });

  test("stays finite at the known zero itself", () => {
    const r = new Float64Array(2);
    deflate(circleAndLine, known).residual(known, r);
    expect(r.some(Number.isNaN)).toBe(false);
  });
});
