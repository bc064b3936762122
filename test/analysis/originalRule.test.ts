import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type OriginalRuleOptions, originalRule } from "../../src/analysis/originalRule.js";

interface Case {
  readonly name: string;
  readonly series: number[][];
  readonly variant: "noisy" | "trial-ends";
  readonly outcomes: number;
  readonly largestTarget: number;
  readonly label: string;
  readonly finalValues: number;
  readonly variances: number[];
  readonly means: number[];
}

const { cases } = JSON.parse(
  readFileSync(new URL("../oracles/originalRule.json", import.meta.url), "utf8"),
) as { cases: Case[] };

const still = (value: number, samples = 20) => new Float64Array(samples).fill(value);

describe("on stored readout series the rule says what numpy says", () => {
  test.each(cases.map((c) => [c.name, c] as const))("%s", (_, c) => {
    const { variant, outcomes, largestTarget } = c;
    const said = originalRule(c.series, { variant, outcomes, largestTarget });
    expect([said.label, said.finalValues]).toEqual([c.label, c.finalValues]);
    for (const [i, v] of c.variances.entries()) expect(Math.abs(said.variances[i] - v)).toBeLessThan(1e-12);
    for (const [i, v] of c.means.entries()) expect(Math.abs(said.means[i] - v)).toBeLessThan(1e-12);
  });
});

describe("the rule", () => {
  test("turns from points to manifold exactly at the number of outcomes, at twice that for noisy starts", () => {
    for (let n = 1; n <= 8; n++) {
      const series = Array.from({ length: 8 }, (_, k) => still(0.1 * (k % n)));
      const of = (variant: NonNullable<OriginalRuleOptions["variant"]>) =>
        originalRule(series, { variant }).label;
      expect(of("trial-ends")).toBe(`${n >= 3 ? "fixedPoint" : "manifoldFps"}${n}`);
      expect(of("noisy")).toBe(`${n >= 6 ? "fixedPoint" : "manifoldFps"}${n}`);
    }
  });

  test("does not depend on the order of the starts, and changes nothing it is given", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 6, maxLength: 6 }), {
          minLength: 1,
          maxLength: 6,
        }),
        fc.boolean(),
        (rows, noisy) => {
          const series = rows.map((row) => Object.freeze(row.map((v) => v / 2)));
          const options = { variant: noisy ? "noisy" : "trial-ends" } as const;
          const said = originalRule(Object.freeze(series), options).label;
          expect(originalRule(series.slice().reverse(), options).label).toBe(said);
        },
      ),
      { seed: 11, numRuns: 200 },
    );
  });

  test("counts whole rows when there are several outputs", () => {
    const rows = (a: number, b: number) => Array.from({ length: 5 }, () => [a, b]);
    expect(originalRule([rows(0, 1), rows(0, 2), rows(0, 3)]).label).toBe("fixedPoint3");
    expect(originalRule([rows(0, 1), rows(0, 1), rows(1, 1)]).label).toBe("manifoldFps2");
  });

  test("a series with NaN counts as varying", () => {
    expect(originalRule([still(Number.NaN), still(1), still(1)]).label).toBe("both");
  });

  test("wrong arguments are refused with a sentence", () => {
    expect(() => originalRule([])).toThrow(
      "originalRule: series is empty, expected one readout series per start",
    );
    expect(() => originalRule([[]])).toThrow(
      "originalRule: series[0] is empty, expected the readout at one time or more",
    );
    expect(() => originalRule([[[1, 2]], [[1]]])).toThrow(
      "originalRule: series[1] has rows of length 1, expected 2",
    );
    expect(() => originalRule([[1]], { outcomes: 0 })).toThrow("outcomes is 0");
    expect(() => originalRule([[1]], { variant: "both" as "noisy" })).toThrow("variant");
  });
});
