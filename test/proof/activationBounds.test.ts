import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { activation, activationNames } from "../../src/cells/activation.js";
import { activationBounds } from "../../src/proof/activationBounds.js";
import { digits, exactActivations, holds } from "../helpers/decimal.js";

const kinks = [0, 1, -1, 3, -3];
const edges = [
  ...kinks,
  ...kinks.flatMap((k) => [k * (1 + 2 ** -52), k * (1 - 2 ** -53)]),
  -0,
  Number.MIN_VALUE,
  3e-320,
  2 ** -1022,
  1e-300,
  1e-160,
  1e-20,
  1e-9,
  2 ** -20,
  0.1732867951399863,
  0.34657359027997264,
  0.5,
  0.7518,
  Math.SQRT2,
  4.9,
  5.999999,
  6,
  8.3,
  18.7,
  21.999999,
  22,
  22.000001,
  36.7,
  37.5,
  38.6,
  40,
  372.5,
  709,
  709.7,
  709.78,
  709.8,
  744.4,
  745.13,
  745.2,
  746,
  1e5,
  1e154,
  1.4e154,
  1e300,
  1e308,
  Number.MAX_VALUE,
];
const point = fc.oneof(
  fc.constantFrom(...edges, ...edges.map((x) => -x)),
  fc.double({ min: -8, max: 8, noNaN: true }),
  fc.double({ min: -40, max: 40, noNaN: true }),
  fc
    .tuple(fc.double({ min: -10, max: 10, noNaN: true }), fc.integer({ min: -300, max: 2 }))
    .map(([x, k]) => x * 10 ** k),
);
/** An interval and a member. */
const within = fc
  .tuple(
    point,
    fc.oneof(point, fc.double({ min: -1e-3, max: 1e-3, noNaN: true })),
    fc.double({ min: 0, max: 1, noNaN: true }),
  )
  .map(([a, d, t]) => {
    const b = Math.abs(d) < 1e-3 ? a + d : d;
    const [lower, upper] = a < b ? [a, b] : [b, a];
    const member = lower * (1 - t) + upper * t;
    return { lower, upper, member: Math.min(Math.max(member, lower), upper) };
  });

function boundsOf(name: (typeof activationNames)[number], lower: number, upper: number): number[] {
  const out = new Float64Array(4).fill(Number.NaN);
  activationBounds(name)(lower, upper, out);
  return Array.from(out);
}

describe.each(activationNames)("the bounds of %s", (name) => {
  const exact = exactActivations[name];
  const isKink = activation(name).kinks;
  const hold = (lower: number, upper: number, member: number) => {
    const [low, high, least, most] = boundsOf(name, lower, upper);
    const at = digits(member);
    const value = exact.value(at);
    const say = `${name} at ${member} of [${lower}, ${upper}]: [${low}, ${high}], slope [${least}, ${most}]`;
    if (!holds(low, value, high)) throw new Error(`${say}, value ${value}`);
    const slopes = [exact.slope(at)];
    if (isKink.includes(member)) slopes.push(exact.slope(at.minus("1e-40")));
    for (const slope of slopes) if (!holds(least, slope, most)) throw new Error(`${say}, slope ${slope}`);
  };

  test("hold the value and the slopes at points: kinks, saturation, subnormal and huge", () => {
    for (const x of edges) for (const y of [x, -x]) hold(y, y, y);
    fc.assert(
      fc.property(point, (x) => hold(x, x, x)),
      { seed: 20133, numRuns: 120 },
    );
  });

  test("hold those of every member of an interval, its ends included", () => {
    fc.assert(
      fc.property(within, ({ lower, upper, member }) => {
        for (const x of [lower, member, upper]) hold(lower, upper, x);
      }),
      { seed: 20134, numRuns: 70 },
    );
  });

  test("hold the quotient of differences of any two members, kinks between them included", () => {
    fc.assert(
      fc.property(
        fc.double({ min: -4, max: 4, noNaN: true }),
        fc.double({ min: 1e-3, max: 3, noNaN: true }),
        (lower, width) => {
          const upper = lower + width;
          const [, , least, most] = boundsOf(name, lower, upper);
          const [a, b] = [digits(lower), digits(upper)];
          const quotient = exact.value(b).minus(exact.value(a)).div(b.minus(a));
          expect(holds(least, quotient, most)).toBe(true);
        },
      ),
      { seed: 20135, numRuns: 70 },
    );
  });

  test("of a part lie within those of the whole, up to rounding", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -30, max: 30, noNaN: true }), { minLength: 4, maxLength: 4 }),
        (ends) => {
          const [a, b, c, d] = ends.sort((x, y) => x - y);
          const whole = boundsOf(name, a, d);
          const part = boundsOf(name, b, c);
          const slack = 1e-13 * (1 + Math.max(...whole.map(Math.abs)));
          expect(part[0]).toBeGreaterThanOrEqual(whole[0] - slack);
          expect(part[1]).toBeLessThanOrEqual(whole[1] + slack);
          expect(part[2]).toBeGreaterThanOrEqual(whole[2] - slack);
          expect(part[3]).toBeLessThanOrEqual(whole[3] + slack);
        },
      ),
      { seed: 20136, numRuns: 120 },
    );
  });

  test("hold what the library computes", () => {
    const { value, slope } = activation(name);
    fc.assert(
      fc.property(fc.double({ min: -30, max: 30, noNaN: true }), (x) => {
        const [low, high, least, most] = boundsOf(name, x, x);
        const v = value(x);
        expect(v).toBeGreaterThanOrEqual(low - 1e-14 * (1 + Math.abs(low)));
        expect(v).toBeLessThanOrEqual(high + 1e-14 * (1 + Math.abs(high)));
        expect(slope(x, v)).toBeGreaterThanOrEqual(least - 1e-13);
        expect(slope(x, v)).toBeLessThanOrEqual(most + 1e-13);
      }),
      { seed: 20137, numRuns: 120 },
    );
  });

  test("of an unknown end are unknown, and of an unbounded interval hold every number", () => {
    for (const [lower, upper] of [
      [Number.NaN, Number.NaN],
      [Number.NaN, -5],
      [Number.NaN, 5],
      [-5, Number.NaN],
      [5, Number.NaN],
    ]) {
      const [low, high] = boundsOf(name, lower, upper);
      expect(Number.isNaN(low) || Number.isNaN(high)).toBe(true);
    }
    const whole = boundsOf(name, -Infinity, Infinity);
    for (const x of [-1e308, -3, -0.5, 0, 0.5, 2, 1e308]) {
      const value = exact.value(digits(x));
      if (!Number.isNaN(whole[0])) expect(holds(whole[0], value, Infinity)).toBe(true);
      if (!Number.isNaN(whole[1])) expect(holds(-Infinity, value, whole[1])).toBe(true);
    }
  });
});

describe("the bounds of a point are narrow:", () => {
  /** Ulps between the bounds of the value and, in units of u, of the slope. */
  const widths = {
    tanh: [20, 48],
    retanh: [20, 48],
    sigmoid: [20, 10],
    softplus: [30, 20],
    elu: [20, 12],
    linear: [0, 0],
    relu: [0, 0],
    "leaky-relu": [4, 16],
    "clipped-relu": [0, 0],
    "hard-tanh": [0, 0],
    "hard-sigmoid": [8, 4],
  } as const;

  test.each(Object.entries(widths))(
    "%s, %j ulps of the value and units of the slope",
    (name, [value, slope]) => {
      fc.assert(
        fc.property(fc.double({ min: -30, max: 30, noNaN: true }), (x) => {
          fc.pre(Math.abs(x) > 1e-290 && !kinks.includes(x));
          const [low, high, least, most] = boundsOf(name as keyof typeof widths, x, x);
          const size = Math.min(Math.abs(low), Math.abs(high));
          const ulp = 2 ** Math.max(Math.floor(Math.log2(size)) - 52, -1050);
          expect(high - low).toBeLessThanOrEqual(value * ulp);
          expect(most - least).toBeLessThanOrEqual(slope * 2 ** -53);
        }),
        { seed: 20138, numRuns: 2000 },
      );
    },
  );

  test("erf and gelu, 2e-13", () => {
    fc.assert(
      fc.property(fc.double({ min: -30, max: 30, noNaN: true }), (x) => {
        for (const name of ["erf", "gelu"] as const) {
          const [low, high, least, most] = boundsOf(name, x, x);
          expect(high - low).toBeLessThanOrEqual(2e-13);
          expect(most - least).toBeLessThanOrEqual(2e-13);
        }
      }),
      { seed: 20139, numRuns: 2000 },
    );
  });
});
