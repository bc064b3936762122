import { describe, expect, test } from "vitest";
import { buildCell } from "../../src/cells/build.js";
import type { LowRankSpec } from "../../src/cells/spec.js";
import { createRandom } from "../../src/core/random.js";
import { residual } from "../../src/core/system.js";
import { atRest } from "../../src/proof/atRest.js";
import { lowRankRelaxation } from "../../src/proof/lowRankRelaxation.js";
import { type RelaxedResidual, relaxResidual } from "../../src/proof/relaxation.js";
import { zeroWithin } from "../../src/proof/zeroWithin.js";
import { iterate } from "../../src/systems/iterate.js";
import { variants } from "../cells/specs.js";

/** Largest part by which `|G - centre - by y|` exceeds its bound over random states of the box. */
function excess(
  model: RelaxedResidual,
  g: (x: Float64Array, out: Float64Array) => void,
  seed: number,
): number {
  const random = createRandom(seed);
  const d = model.at.length;
  const out = new Float64Array(d);
  let most = -Infinity;
  for (let k = 0; k < 40; k++) {
    const y = model.reach.map((r) => r * (k < 20 ? 2 * random.uniform() - 1 : Math.sign(random.normal())));
    g(
      model.at.map((c, i) => c + y[i]),
      out,
    );
    for (let i = 0; i < d; i++) {
      let linear = model.centre[i];
      for (let j = 0; j < d; j++) linear += model.by[i * d + j] * y[j];
      most = Math.max(most, Math.abs(out[i] - linear) - model.error[i]);
    }
  }
  return most;
}

const cases = variants.map(({ name, spec }) => [name, spec] as const);

describe.each(cases)("the first-order model of %s", (_name, given) => {
  const cell = buildCell(given);
  const random = createRandom(7);
  const input = new Float64Array(cell.inputDimension).map(() => random.normal());
  const box = (width: number) => {
    const centre = new Float64Array(cell.dimension).map(() => random.normal());
    return { lower: centre.map((c) => c - width), upper: centre.map((c) => c + 1.5 * width) };
  };

  test.each([2, 0.3, 1e-3, 1e-8])("holds the residual at every state of a box of width %d", (width) => {
    const model = relaxResidual(cell.spec, input, 1, box(width));
    expect(excess(model, (x, out) => residual(cell, x, input, out), 3)).toBeLessThan(1e-13);
  });

  test("has an error that falls with the square of the width where nothing has a kink", () => {
    const around = (width: number) => {
      const centre = new Float64Array(cell.dimension).fill(0.37);
      const model = relaxResidual(cell.spec, input, 1, {
        lower: centre.map((c) => c - width),
        upper: centre.map((c) => c + width),
      });
      return Math.max(...model.error);
    };
    expect(around(1e-4)).toBeLessThan(2e-4 * Math.max(around(1e-2), 1e-10) + 1e-9);
  });

  test.runIf(cell.time === "discrete")("holds the residual of two steps", () => {
    const twice = iterate(cell, 2);
    const model = relaxResidual(cell.spec, input, 2, box(0.1));
    expect(excess(model, (x, out) => residual(twice, x, input, out), 4)).toBeLessThan(1e-12);
  });
});

describe("low-rank networks", () => {
  const lowRank = variants.filter(({ spec }) => spec.kind === "low-rank");

  test.each(lowRank.map(({ name, spec }) => [name, spec] as const))(
    "%s: one pass over the units gives the model that the general equation gives",
    (_name, given) => {
      const cell = buildCell(given);
      const rest = atRest(cell.spec) as LowRankSpec;
      const input = new Float64Array(cell.inputDimension).fill(0.3);
      const fast = lowRankRelaxation(rest, input);
      for (const width of [2, 0.1, 1e-4]) {
        const box = {
          lower: new Float64Array(cell.dimension).fill(0.2 - width),
          upper: new Float64Array(cell.dimension).fill(0.2 + width),
        };
        const a = relaxResidual(rest, input, 1, box);
        const b = fast(box);
        for (const field of ["centre", "by", "error"] as const)
          b[field].forEach((v, i) => {
            expect(Math.abs(v - a[field][i])).toBeLessThan(
              1e-9 * (1 + Math.abs(v)) + 1e-2 * a.error[0] * width,
            );
          });
        const identity = Float64Array.from({ length: cell.dimension ** 2 }, (_, i) =>
          i % (cell.dimension + 1) === 0 ? 1 : 0,
        );
        for (let i = 0; i < cell.dimension; i++)
          expect(b.errorAfter!(identity, i) / b.error[i]).toBeCloseTo(1, 6);
      }
    },
  );
});

describe("a relaxed residual", () => {
  const model = (centre: number[], by: number[], error: number[], reach: number[]): RelaxedResidual => ({
    centre: Float64Array.from(centre),
    by: Float64Array.from(by),
    error: Float64Array.from(error),
    reach: Float64Array.from(reach),
    at: new Float64Array(reach.length),
  });

  test("cannot vanish where its constant is more than all that can move it", () => {
    expect(zeroWithin(model([1], [0.5], [0.2], [1.5])).excluded).toBe(true);
    expect(zeroWithin(model([1], [0.5], [0.2], [1.7])).excluded).toBe(false);
  });

  test("is seen not to vanish by its inverse where no row alone shows it", () => {
    // y0 + y1 = 1.5 and y0 - y1 = 1.5 meet at (1.5, 0), outside |y| <= 1.
    const crossed = model([-1.5, -1.5], [1, 1, 1, -1], [0.01, 0.01], [1, 1]);
    expect(zeroWithin(crossed).excluded).toBe(true);
  });

  test("is not excluded by numbers that are not finite", () => {
    expect(zeroWithin(model([Number.NaN, 1], [1, 0, 0, 1], [0, Infinity], [1, 1])).excluded).toBe(false);
  });
});
