import { describe, expect, test } from "vitest";
import { defaultKernel } from "../../src/numeric/defaultKernel.js";
import { typescriptKernel } from "../../src/numeric/typescript.js";
import oracle from "../oracles/elementwise.json" with { type: "json" };

const x = Float64Array.from(oracle.rows, (row) => Number(row[0]));

describe.each([typescriptKernel, defaultKernel])("the $name kernel's", (kernel) => {
  test.each(["tanh", "sigmoid", "exp"] as const)(
    "%s is right to 1e-15 of its value at tiny, ordinary and huge arguments, and to the last bit where it is subnormal",
    (name) => {
      const column = oracle.columns.indexOf(name);
      const out = new Float64Array(x.length).fill(Number.NaN);
      kernel[name](x, out);
      out.forEach((value, i) => {
        const expected = Number(oracle.rows[i][column]);
        const miss = Math.abs(value - expected);
        const allowed = Math.max(1e-15 * Math.abs(expected), 5e-324);
        if (value !== expected && !(miss <= allowed))
          throw new Error(`${name}(${x[i]}) is ${value}, expected ${expected}`);
      });
    },
  );

  test.each([
    ["tanh", 1, -1],
    ["sigmoid", 1, 0],
    ["exp", Number.POSITIVE_INFINITY, 0],
  ] as const)(
    "%s has its limits at infinity, keeps NaN, and works in place at any length",
    (name, above, below) => {
      for (const length of [0, 1, 2, 3, 4095, 4096, 4097, 9001]) {
        const values = Float64Array.from(
          { length },
          (_, i) => [Number.POSITIVE_INFINITY, Number.NaN, Number.NEGATIVE_INFINITY, 0.5, -1][i % 5],
        );
        const apart = new Float64Array(length);
        kernel[name](values, apart);
        kernel[name](values, values);
        expect(values).toEqual(apart);
        for (let i = 0; i < length; i += 97)
          if (i % 5 < 3) expect(values[i]).toBe([above, Number.NaN, below][i % 5]);
      }
    },
  );

  test("tanh never leaves [-1, 1], and sigmoid never [0, 1], where they are all but there", () => {
    const near = Float64Array.from({ length: 20_001 }, (_, i) => 14 + i * 4e-4);
    const out = new Float64Array(near.length);
    for (const sign of [1, -1]) {
      kernel.tanh(
        near.map((v) => sign * v),
        out,
      );
      expect(out.every((v) => Math.abs(v) <= 1 && Math.abs(v) > 1 - 1e-11)).toBe(true);
      kernel.sigmoid(
        near.map((v) => 2 * sign * v),
        out,
      );
      expect(out.every((v) => v >= 0 && v <= 1)).toBe(true);
    }
  });

  test("tanh keeps the sign of zero and is odd bit for bit", () => {
    const out = new Float64Array(2);
    kernel.tanh(Float64Array.of(-0, 0), out);
    expect([Object.is(out[0], -0), Object.is(out[1], 0)]).toEqual([true, true]);
    const [plus, minus] = [new Float64Array(x.length), new Float64Array(x.length)];
    kernel.tanh(x, plus);
    kernel.tanh(
      x.map((v) => -v),
      minus,
    );
    plus.forEach((value, i) => expect(Object.is(minus[i], -value)).toBe(true));
  });
});
