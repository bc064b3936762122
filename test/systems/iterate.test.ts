import fc from "fast-check";
import { expect, test } from "vitest";
import { map } from "../../src/systems/custom.js";
import { iterate } from "../../src/systems/iterate.js";
import { systemLaws } from "../laws/systemLaws.js";
import { call, distance, drivenFlow, drivenMap, none, seeded, vector } from "./checks.js";

const henon = map({
  dimension: 2,
  step: ([x, y]) => [1 - 1.4 * x * x + y, 0.3 * x],
  jacobian: ([x]) => [
    [-2.8 * x, 1],
    [0.3, 0],
  ],
});

for (const n of [1, 2, 3, 4]) {
  systemLaws(`the iterate ${n} of a map`, () => iterate(drivenMap(), n), { differenceTolerance: 1e-6 });
  systemLaws(
    `the iterate ${n} of a map without product, pullback and batch`,
    () => {
      const { product, pullback, ruleBatch, ...bare } = drivenMap();
      return iterate(bare, n);
    },
    { differenceTolerance: 1e-6 },
  );
}

test("iterating is composing: the (p q)-th iterate is the p-th of the q-th, values and derivatives", () => {
  const one = drivenMap();
  const [six, threeOfTwo] = [iterate(one, 6), iterate(iterate(one, 2), 3)];
  fc.assert(
    fc.property(vector(3), vector(2), (x, u) => {
      expect(distance(call(six.rule, x, u, 3), call(threeOfTwo.rule, x, u, 3))).toBeLessThan(1e-12);
      const jacobian = call(six.jacobian, x, u, 9);
      expect(distance(jacobian, call(threeOfTwo.jacobian, x, u, 9))).toBeLessThan(1e-10);
      expect(
        distance(call(six.inputJacobian!, x, u, 6), call(threeOfTwo.inputJacobian!, x, u, 6)),
      ).toBeLessThan(1e-10);
    }),
    seeded,
  );
});

test("the Henon map's second iterate has the Jacobian of the chain rule, written out", () => {
  fc.assert(
    fc.property(vector(2), (x) => {
      const next = 1 - 1.4 * x[0] * x[0] + x[1];
      const expected = [2.8 * 2.8 * next * x[0] + 0.3, -2.8 * next, -0.84 * x[0], 0.3];
      expect(distance(call(iterate(henon, 2).jacobian, x, none, 4), expected)).toBeLessThan(1e-12);
    }),
    seeded,
  );
});

test("volume shrinks by b at every step of the Henon map: det J of the n-th iterate is (-b)^n", () => {
  for (const n of [1, 2, 5, 7]) {
    const [a, b, c, d] = call(iterate(henon, n).jacobian, Float64Array.of(0.1, 0.2), none, 4);
    expect(a * d - b * c).toBeCloseTo((-0.3) ** n, 10);
  }
});

test("the logistic map's 2-cycle is fixed under the second iterate, with its known multiplier", () => {
  // r = 3.2: x = (r + 1 -+ sqrt((r - 3) (r + 1))) / 2r, multiplier 4 + 2 r - r^2.
  const r = 3.2;
  const logistic = map({
    dimension: 1,
    step: ([x]) => [r * x * (1 - x)],
    jacobian: ([x]) => [r * (1 - 2 * x)],
  });
  const x = Float64Array.of((r + 1 + Math.sqrt((r - 3) * (r + 1))) / (2 * r));
  expect(call(iterate(logistic, 2).rule, x, none, 1)[0]).toBeCloseTo(x[0], 14);
  expect(call(iterate(logistic, 2).jacobian, x, none, 1)[0]).toBeCloseTo(4 + 2 * r - r * r, 13);
  expect(call(logistic.rule, x, none, 1)[0]).not.toBeCloseTo(x[0], 1);
});

test("the first iterate is the map itself", () => {
  const one = drivenMap();
  const x = Float64Array.of(0.3, 0.1, -0.9);
  const u = Float64Array.of(1, -0.5);
  expect(call(iterate(one, 1).rule, x, u, 3)).toEqual(call(one.rule, x, u, 3));
  expect(call(iterate(one, 1).jacobian, x, u, 9)).toEqual(call(one.jacobian, x, u, 9));
});

test("the box of the map is the box of the iterate, invariance included", () => {
  const u = Float64Array.of(2, 0);
  expect(iterate(drivenMap(), 3).domain!(u)).toEqual(drivenMap().domain!(u));
  expect(iterate(henon, 3).domain).toBeUndefined();
});

test("a flow, or an n that counts nothing, throws", () => {
  expect(() => iterate(drivenFlow(), 2)).toThrow(
    "iterate: system is a flow, expected a map; use discretize or returnMap",
  );
  for (const n of [0, -1, 1.5, NaN])
    expect(() => iterate(henon, n)).toThrow(`iterate: n is ${n}, expected an integer of at least 1`);
});
