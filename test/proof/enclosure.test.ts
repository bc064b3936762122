import { describe, expect, test } from "vitest";
import { buildCell } from "../../src/cells/build.js";
import { randomSpec } from "../../src/cells/initialise.js";
import type { Interval } from "../../src/cells/interval.js";
import { createRandom, type Random } from "../../src/core/random.js";
import { enclose } from "../../src/proof/enclosure.js";
import { normals, variants } from "../cells/specs.js";
import { D, type Digits, digits, holds } from "../helpers/decimal.js";
import { exactResidual } from "../helpers/decimalEquation.js";

const boxAround = (x: Float64Array, radius: number): Interval => ({
  lower: x.map((v) => v - radius),
  upper: x.map((v) => v + radius),
});
/** A member: every third entry at an end. */
const memberOf = ({ lower, upper }: Interval, random: Random): Float64Array =>
  lower.map((l, i) => {
    const t = random.uniform();
    const m = t < 1 / 6 ? l : t > 5 / 6 ? upper[i] : l + t * (upper[i] - l);
    return Math.min(Math.max(m, l), upper[i]);
  });
const exactly = (x: Float64Array): Digits[] => Array.from(x, digits);

/** Every kind, each combination that takes another path; the activations have tests of their own. */
const kinds = variants.filter(
  ({ name }) =>
    !/^(vanilla|rate \w+ \w+) (?!with)(?!tanh|relu|gelu)[\w-]+$/.test(name) &&
    !/^rate .* (gelu|with scale)$/.test(name),
);
const iterated =
  /^(vanilla with feedback|rate rate with alpha 1.5|low-rank 2 discrete|gru, .*|lstm|plrnn|gru on lstm)$/;
const periods = kinds.flatMap((variant) =>
  (iterated.test(variant.name) ? [1, 2, 3] : [1]).map((steps) => ({ ...variant, steps })),
);

describe.each(periods)("the enclosure of $name, period $steps,", ({ spec: given, steps }) => {
  const cell = buildCell(given);
  const spec = cell.spec;
  const d = cell.dimension;
  const u = normals(cell.inputDimension, 51);
  const input = exactly(u);
  const enclosure = enclose(spec, u, steps);
  const centre = normals(d, 52, 0.5);
  const residual = (x: readonly Digits[]) => exactResidual(spec, x, input, steps);

  test("holds the residual of a point, and of members of boxes", () => {
    const random = createRandom(53);
    for (const radius of [0, 0.3]) {
      const box = boxAround(centre, radius);
      const { lower, upper } = enclosure.residual(box);
      const exact = residual(exactly(memberOf(box, random)));
      exact.forEach((v, i) => {
        if (!holds(lower[i], v, upper[i]))
          throw new Error(`row ${i}: [${lower[i]}, ${upper[i]}], exact ${v}`);
        if (radius === 0) expect(upper[i] - lower[i]).toBeLessThan(1e-12);
      });
    }
  });

  test("holds the exact Jacobian of a member of a box, by differences to 36 digits", () => {
    const random = createRandom(54 + steps);
    const h = new D("1e-20");
    const box = boxAround(centre, 0.05);
    const derivative = enclosure.derivative(box);
    const at = exactly(memberOf(box, random));
    // Two columns tell a wrong equation; all of them would take a minute.
    for (const j of new Set([0, 1].map(() => Math.floor(d * random.uniform())))) {
      const [above, below] = [h, h.neg()].map((step) =>
        residual(at.map((v, i) => (i === j ? v.plus(step) : v))),
      );
      above.forEach((v, i) => {
        const slope = v.minus(below[i]).div(h.times(2));
        const [c, r] = [derivative.centre[i * d + j], derivative.radius[i * d + j]];
        const miss = slope.minus(digits(c)).abs();
        if (!miss.lte(digits(r).plus("1e-36")))
          throw new Error(`entry ${i}, ${j}: ${c} +- ${r}, exact ${slope}`);
      });
    }
  });

  test("knows the residual's derivative at a point to 1e-12, and agrees with the cell", () => {
    const { centre: c, radius: r } = enclosure.derivative(boxAround(centre, 0));
    expect(Math.max(...r)).toBeLessThan(1e-12);
    if (steps > 1) return;
    const jacobian = new Float64Array(d * d);
    cell.jacobian(centre, u, jacobian);
    if (cell.time === "discrete") for (let i = 0; i < d; i++) jacobian[i * d + i] -= 1;
    jacobian.forEach((v, p) => {
      expect(v).toBeCloseTo(c[p], 11);
    });
  });

  test("gives a part of the box nothing beyond what it gives the whole, up to rounding", () => {
    const [part, whole] = [0.05, 0.2].map((radius) => {
      const box = boxAround(centre, radius);
      return { residual: enclosure.residual(box), ...enclosure.derivative(box) };
    });
    for (const name of ["residual", "image"] as const)
      for (let i = 0; i < d; i++) {
        expect(part[name].lower[i]).toBeGreaterThanOrEqual(whole[name].lower[i] - 1e-12);
        expect(part[name].upper[i]).toBeLessThanOrEqual(whole[name].upper[i] + 1e-12);
      }
    for (let p = 0; p < d * d; p++) {
      const offset = Math.abs(part.centre[p] - whole.centre[p]);
      expect(part.radius[p] + offset).toBeLessThanOrEqual(whole.radius[p] + 1e-12);
    }
  });
});

describe("an enclosure", () => {
  test.each([
    ["vanilla", 1e-14],
    ["rate", 3e-14],
    ["gru", 3e-14],
    ["lstm", 3e-14],
  ] as const)("of a random %s network of 8 units at a state of size 1 is at most %d wide", (kind, most) => {
    const cell = buildCell(randomSpec(kind, { units: 8, inputs: 2, gain: 1.5 }, 61));
    const x = normals(cell.dimension, 62);
    const { lower, upper } = enclose(cell.spec, normals(2, 63)).residual({ lower: x, upper: x });
    expect(Math.max(...upper.map((v, i) => v - lower[i]))).toBeLessThan(most);
  });

  test("of a state that is no number, or infinite, has no finite bounds", () => {
    for (const { spec: given } of kinds) {
      const cell = buildCell(given);
      const u = new Float64Array(cell.inputDimension);
      for (const bad of [Number.NaN, Infinity, -Infinity]) {
        const x = new Float64Array(cell.dimension).fill(0.1);
        x[0] = bad;
        const { residual, derivative } = enclose(cell.spec, u);
        const { lower, upper } = residual({ lower: x, upper: x });
        const known = lower.every(Number.isFinite) && upper.every(Number.isFinite);
        const { image } = derivative({ lower: x, upper: x });
        if (cell.time === "discrete") expect(known).toBe(false);
        else
          expect(known && image.lower.every(Number.isFinite) && image.upper.every(Number.isFinite)).toBe(
            false,
          );
      }
    }
  });

  test("leaves the box and the input as they are", () => {
    const cell = buildCell(randomSpec("lstm", { units: 3, inputs: 2 }, 64));
    const box = boxAround(normals(6, 65), 0.1);
    const before = structuredClone(box);
    const enclosure = enclose(cell.spec, Float64Array.of(1, 2), 2);
    enclosure.residual(box);
    enclosure.derivative(box);
    expect(box).toEqual(before);
  });
});
