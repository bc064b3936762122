import { describe, expect, test } from "vitest";
import { buildCell } from "../../src/cells/build.js";
import type { CellSpec } from "../../src/cells/spec.js";
import { advance, dimensionOf, timeOf } from "../../src/proof/equation.js";
import { intervalAlgebra } from "../../src/proof/intervalAlgebra.js";
import { normals, rate, times, vanilla, variants } from "../cells/specs.js";
import { digits, holds } from "../helpers/decimal.js";
import { exactRule } from "../helpers/decimalEquation.js";

/** Besides every kind and variant of cell: what rounds in its leak, and feedback with a bias. */
const more: { name: string; spec: CellSpec }[] = [
  ...(["current", "rate"] as const).map((state) => ({
    name: `rate ${state} with an alpha that 1 - alpha rounds`,
    spec: rate({ state, time: "discrete", alpha: 1e-17 }),
  })),
  { name: "rate with dt = tau", spec: rate({ time: "discrete", tau: 0.3, dt: 0.3 }) },
  { name: "rate with a tau per unit, some 1", spec: rate({ tau: [1, 3, 0.1, 1, 7] }) },
  {
    name: "vanilla with feedback of a readout with bias",
    spec: vanilla("tanh", {
      readout: { weight: normals(10, 31), bias: normals(2, 32) },
      feedback: normals(10, 33),
    }),
  },
  {
    name: "rate current with feedback of the current, with bias and a tau per unit",
    spec: rate({
      tau: times(5, 34),
      readout: { weight: normals(10, 35), bias: normals(2, 36), of: "state" },
      feedback: normals(10, 37),
    }),
  },
];

describe.each([...variants, ...more])("the equation of $name", ({ spec: given }) => {
  const cell = buildCell(given);
  const spec = cell.spec;
  const x = normals(cell.dimension, 41);
  const u = normals(cell.inputDimension, 42);
  const exact = exactRule(spec, Array.from(x, digits), Array.from(u, digits));

  test("is enclosed at a state: the box holds F(x, u) to 60 digits, and is narrow", () => {
    const { lower, upper } = advance(spec, intervalAlgebra, { lower: x, upper: x }, { lower: u, upper: u });
    expect(lower).toHaveLength(exact.length);
    exact.forEach((v, i) => {
      if (!holds(lower[i], v, upper[i])) throw new Error(`row ${i}: [${lower[i]}, ${upper[i]}], exact ${v}`);
      expect(upper[i] - lower[i]).toBeLessThan(1e-13 * (1 + v.abs().toNumber()));
    });
  });

  test("is that of the cell", () => {
    const out = new Float64Array(cell.dimension);
    cell.rule(x, u, out);
    exact.forEach((v, i) => {
      expect(out[i]).toBeCloseTo(v.toNumber(), 12);
    });
    expect([timeOf(spec), dimensionOf(spec)]).toEqual([cell.time, cell.dimension]);
  });
});
