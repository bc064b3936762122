import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { activation, activationNames, sigmoid } from "../../src/cells/activation.js";
import { erf, erfc } from "../../src/cells/erf.js";
import type { ActivationName } from "../../src/cells/spec.js";

const oracle: {
  erf: { at: number[]; values: number[] };
  erfc: { at: number[]; values: number[] };
  chebyshev: number[];
  activations: Record<
    string,
    { at: number[]; values: number[]; slopes: number[]; lipschitz: number; curvature: number }
  >;
} = JSON.parse(readFileSync(new URL("../oracles/activations.json", import.meta.url), "utf8"));

const relative = (actual: number, expected: number) =>
  actual === expected ? 0 : Math.abs(actual - expected) / Math.abs(expected);

describe("erf and erfc", () => {
  test("erf agrees with mpmath to two units in the last place, at every size of argument", () => {
    const { at, values } = oracle.erf;
    const worst = Math.max(...at.map((x, i) => relative(erf(x), values[i])));
    expect(worst).toBeLessThan(4.5e-16);
  });

  test("erfc agrees with mpmath to 2e-15, relative, even where it is 1e-306", () => {
    const { at, values } = oracle.erfc;
    const worst = Math.max(...at.map((x, i) => relative(erfc(x), values[i])));
    expect(worst).toBeLessThan(2e-15);
  });

  test("the coefficients in the source are the ones computed to 60 digits", () => {
    const source = readFileSync(new URL("../../src/cells/erf.ts", import.meta.url), "utf8");
    const list = /chebyshev = Float64Array\.of\(([^)]*)\)/.exec(source)![1];
    expect(list.match(/-?[\d.]+(e-?\d+)?/g)!.map(Number)).toEqual(oracle.chebyshev);
  });

  test("erf is odd, within [-1, 1] and never decreases", () => {
    const x = fc.double({ noNaN: true });
    fc.assert(
      fc.property(x, x, (a, b) => {
        expect(erf(-a)).toBe(-erf(a));
        expect(Math.abs(erf(a))).toBeLessThanOrEqual(1);
        if (a < b) expect(erf(a)).toBeLessThanOrEqual(erf(b) + 1e-16);
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  test("the limits are exact and NaN stays NaN", () => {
    expect([erf(Infinity), erf(-Infinity), erfc(Infinity), erfc(-Infinity)]).toEqual([1, -1, 0, 2]);
    expect([erf(Number.NaN), erfc(Number.NaN)]).toEqual([Number.NaN, Number.NaN]);
  });
});

describe("each smooth activation agrees with mpmath", () => {
  test.each(Object.entries(oracle.activations))(
    "%s",
    (name, { at, values, slopes, lipschitz, curvature }) => {
      const phi = activation(name as ActivationName);
      for (const [i, a] of at.entries()) {
        const value = phi.value(a);
        // The tail of gelu is exp(-a^2 / 2): the rounding of a / sqrt(2) alone costs a^2 ulps.
        expect(relative(value, values[i])).toBeLessThan(1e-15 * (name === "gelu" ? 1 + a * a : 1));
        expect(Math.abs(phi.slope(a, value) - slopes[i])).toBeLessThan(1e-15);
      }
      // The suprema are tight: the grid comes near them and never beyond.
      expect(lipschitz).toBeLessThanOrEqual(phi.lipschitz * (1 + 1e-12));
      expect(lipschitz).toBeGreaterThan(phi.lipschitz * (1 - 3e-3));
      expect(curvature).toBeLessThanOrEqual(phi.curvature * (1 + 1e-12));
      expect(curvature).toBeGreaterThan(phi.curvature * (1 - 1e-2));
    },
  );
});

describe.each(activationNames)("%s", (name) => {
  const phi = activation(name);
  const argument = fc.noBias(fc.integer({ min: -8e6, max: 8e6 })).map((k) => k / 1e6);

  test("stays in its range, and comes near both ends of it", () => {
    const [low, high] = phi.range;
    let [least, most] = [Infinity, -Infinity];
    for (const a of [-1e300, ...Array.from({ length: 120_001 }, (_, i) => i / 1000 - 60), 1e300]) {
      const v = phi.value(a);
      least = Math.min(least, v);
      most = Math.max(most, v);
    }
    expect(least).toBeGreaterThanOrEqual(low);
    expect(most).toBeLessThanOrEqual(high);
    if (Number.isFinite(low)) expect(least - low).toBeLessThan(1e-6);
    else expect(least).toBeLessThan(-1e297);
    if (Number.isFinite(high)) expect(high - most).toBeLessThan(1e-6);
    else expect(most).toBe(1e300);
  });

  test("its slope is the limit of differences, except at its kinks", () => {
    fc.assert(
      fc.property(argument, (a) => {
        if (phi.kinks.some((kink) => Math.abs(a - kink) < 1e-5)) return;
        const h = 1e-6;
        const difference = (phi.value(a + h) - phi.value(a - h)) / (2 * h);
        expect(Math.abs(phi.slope(a, phi.value(a)) - difference)).toBeLessThan(1e-6);
      }),
      { seed: 2, numRuns: 300 },
    );
  });

  test("its slope jumps exactly at the kinks it names, and there it is the smaller of the two", () => {
    const slope = (a: number) => phi.slope(a, phi.value(a));
    for (const kink of phi.kinks) {
      const [left, right] = [slope(kink - 1e-9), slope(kink + 1e-9)];
      expect(Math.abs(left - right)).toBeGreaterThan(0.1);
      expect(slope(kink)).toBe(Math.min(left, right));
    }
    expect(phi.kinks.length > 0).toBe(phi.curvature === Infinity);
  });

  test("no two values differ by more than the Lipschitz constant allows, no two slopes by more than the curvature", () => {
    fc.assert(
      fc.property(argument, argument, (a, b) => {
        const [va, vb] = [phi.value(a), phi.value(b)];
        expect(Math.abs(va - vb)).toBeLessThanOrEqual(phi.lipschitz * Math.abs(a - b) + 1e-14);
        if (Number.isFinite(phi.curvature))
          expect(Math.abs(phi.slope(a, va) - phi.slope(b, vb))).toBeLessThanOrEqual(
            phi.curvature * Math.abs(a - b) + 1e-14,
          );
      }),
      { seed: 3, numRuns: 300 },
    );
  });

  test("passes NaN on", () => {
    expect(phi.value(Number.NaN)).toBeNaN();
  });
});

test("the conventions that differ between frameworks are PyTorch's", () => {
  const at = (name: ActivationName, a: number) => activation(name).value(a);
  expect(at("leaky-relu", -2)).toBe(-0.02);
  expect(at("hard-sigmoid", 1.5)).toBe(0.75);
  expect(at("elu", -Infinity)).toBe(-1);
  expect(at("clipped-relu", 3)).toBe(1);
  expect(at("retanh", -1)).toBe(0);
  expect(activation("relu").slope(0, 0)).toBe(0);
});

test("sigmoid reaches its limits without overflow", () => {
  expect([sigmoid(-1e4), sigmoid(0), sigmoid(1e4)]).toEqual([0, 0.5, 1]);
});
