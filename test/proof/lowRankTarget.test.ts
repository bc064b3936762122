import { expect, test } from "vitest";
import { buildCell } from "../../src/cells/build.js";
import type { LowRankSpec } from "../../src/cells/spec.js";
import { dense, derivativeAlgebra, variable } from "../../src/proof/derivativeAlgebra.js";
import { enclose } from "../../src/proof/enclosure.js";
import { advance } from "../../src/proof/equation.js";
import { variants } from "../cells/specs.js";

const lowRank = variants.filter(({ spec }) => spec.kind === "low-rank");

test.each(lowRank.map(({ name, spec }) => [name, spec] as const))(
  "%s: the pass over the units and the general equation enclose the same map and derivative",
  (_name, given) => {
    const cell = buildCell(given);
    const spec = cell.spec as LowRankSpec;
    const d = cell.dimension;
    const input = new Float64Array(cell.inputDimension).fill(0.3);
    const enclosure = enclose(spec, input);
    for (const width of [0, 1e-6, 0.1, 2]) {
      const box = {
        lower: new Float64Array(d).fill(0.2 - width),
        upper: new Float64Array(d).fill(0.2 + width),
      };
      const plain = advance(spec, derivativeAlgebra(d), variable(box), {
        box: { lower: input, upper: input },
      });
      const by = dense(plain.by, d, d);
      const { image, centre, radius } = enclosure.derivative(box);
      for (let i = 0; i < d; i++) {
        expect(image.lower[i]).toBeCloseTo(plain.box.lower[i], 10);
        expect(image.upper[i]).toBeCloseTo(plain.box.upper[i], 10);
      }
      const shift = cell.time === "discrete" ? 1 : 0;
      for (let p = 0; p < d * d; p++) {
        expect(centre[p] + (p % (d + 1) === 0 ? shift : 0)).toBeCloseTo(by.centre[p], 10);
        expect(radius[p]).toBeCloseTo(by.radius[p], 10);
      }
    }
  },
);

test("a box holds what the network does at its states", () => {
  const cell = buildCell(lowRank[0].spec);
  const input = new Float64Array(cell.inputDimension).fill(0.3);
  const at = new Float64Array(cell.dimension).fill(0.2);
  const { image } = enclose(cell.spec, input).derivative({ lower: at, upper: at });
  const out = new Float64Array(cell.dimension);
  cell.rule(at, input, out);
  out.forEach((v, i) => {
    expect(image.lower[i]).toBeLessThanOrEqual(v + 1e-14);
    expect(image.upper[i]).toBeGreaterThanOrEqual(v - 1e-14);
    expect(image.upper[i] - image.lower[i]).toBeLessThan(1e-12);
  });
});
