import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { activation, activationNames } from "../../src/cells/activation.js";
import { secant } from "../../src/proof/secant.js";

const parameters = { seed: 1966, numRuns: 400 };

describe.each(activationNames.map((name) => [name] as const))("the secant of %s", (name) => {
  const along = secant(name);
  const { value } = activation(name);
  const out = new Float64Array(5);

  test("holds the activation at every point of an interval", () => {
    fc.assert(
      fc.property(
        fc.double({ min: -40, max: 40, noNaN: true }),
        fc.double({ min: 0, max: 30, noNaN: true }),
        fc.integer({ min: 0, max: 9 }),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 8, maxLength: 8 }),
        (lower, span, shrink, shares) => {
          const upper = lower + span * 10 ** -shrink;
          along(lower, upper, out);
          const [slope, middle, deviation, least, most] = out;
          const c = lower + (upper - lower) / 2;
          let excess = -1;
          for (const share of [0, 1, ...shares]) {
            const x = Math.min(lower + share * (upper - lower), upper);
            const y = value(x);
            // The activation here is the engine's, good to an ulp or two.
            const slack = 1e-15 * (1 + Math.abs(y)) * 8;
            const off = Math.abs(y - middle - slope * (x - c)) - deviation;
            excess = Math.max(excess, off - slack, least - y - slack, y - most - slack);
          }
          return excess <= 0;
        },
      ),
      parameters,
    );
  });
});

test("a narrow interval of a curved activation leaves a sixteenth of the curvature times the square of its width", () => {
  const out = new Float64Array(5);
  for (const c of [-1.5, -0.4, 0.6, 2]) {
    const t = Math.tanh(c);
    const curvature = Math.abs(2 * t * (1 - t * t));
    secant("tanh")(c - 0.005, c + 0.005, out);
    expect(out[2] / ((curvature * 0.01 ** 2) / 16)).toBeCloseTo(1, 1);
  }
});

test("a straight piece leaves nothing but rounding", () => {
  const out = new Float64Array(5);
  secant("relu")(0.5, 7, out);
  expect(out[2]).toBeLessThan(1e-13);
  secant("relu")(-1, 1, out);
  expect([out[0], out[1], out[2]]).toEqual([0.5, 0.25, expect.closeTo(0.25, 12)]);
});
