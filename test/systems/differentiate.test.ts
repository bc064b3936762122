import fc from "fast-check";
import { expect, test } from "vitest";
import { map } from "../../src/systems/custom.js";
import {
  differenceInputJacobian,
  differenceJacobian,
  differentiate,
} from "../../src/systems/differentiate.js";
import { systemLaws } from "../laws/systemLaws.js";
import { call, distance, drivenMap, none, seeded, vector } from "./checks.js";

const exact = drivenMap();

systemLaws(
  "a system with derivatives by differences",
  () => {
    const { jacobian, inputJacobian, product, pullback, ruleBatch, ...bare } = exact;
    return differentiate(bare);
  },
  { tolerance: 1e-10 },
);

test("a numerical Jacobian agrees with the exact one to ten digits", () => {
  fc.assert(
    fc.property(vector(3), vector(2), (x, u) => {
      const numerical = call((x, u, out) => differenceJacobian(exact.rule, 3, x, u, out), x, u, 9);
      expect(distance(numerical, call(exact.jacobian, x, u, 9))).toBeLessThan(1e-10);
      const byInput = call((x, u, out) => differenceInputJacobian(exact.rule, 3, x, u, out), x, u, 6);
      expect(distance(byInput, call(exact.inputJacobian!, x, u, 6))).toBeLessThan(1e-10);
    }),
    seeded,
  );
});

test("the steps follow the size of the state", () => {
  const square = (x: Float64Array, _: Float64Array, out: Float64Array) => void (out[0] = x[0] ** 3);
  for (const at of [1e-3, 1, 1e4, -1e8]) {
    const slope = call((x, u, out) => differenceJacobian(square, 1, x, u, out), Float64Array.of(at), none, 1);
    expect(Math.abs(slope[0] - 3 * at * at)).toBeLessThan(1e-9 * Math.max(1, 3 * at * at));
  }
});

test("a kink nearby does not spoil the slope beside it", () => {
  const relu = map({ dimension: 1, step: ([x]) => [Math.max(0, x)] });
  // Well inside the long step, outside the short one.
  expect(call(relu.jacobian, Float64Array.of(1e-4), none, 1)[0]).toBeCloseTo(1, 9);
  expect(call(relu.jacobian, Float64Array.of(-1e-4), none, 1)[0]).toBeCloseTo(0, 9);
});

test("without extrapolation the error is larger and half the calls are made", () => {
  let calls = 0;
  const bare = {
    time: "discrete" as const,
    dimension: 1,
    inputDimension: 0,
    rule: (x: Float64Array, _: Float64Array, out: Float64Array) => {
      calls++;
      out[0] = Math.sin(x[0]);
    },
  };
  const at = Float64Array.of(0.4);
  const error = (extrapolate: boolean) =>
    Math.abs(call(differentiate(bare, { extrapolate }).jacobian, at, none, 1)[0] - Math.cos(0.4));
  expect(error(false)).toBeLessThan(1e-9);
  expect(calls).toBe(2);
  expect(error(true)).toBeLessThan(1e-11);
  expect(calls).toBe(6);
});

test("what the user gave is kept, what is missing is added", () => {
  const { jacobian, inputJacobian, product, pullback, ...bare } = exact;
  const completed = differentiate(bare);
  expect(completed.inputJacobian).toBeTypeOf("function");
  expect(completed.product).toBeTypeOf("function");
  const kept = differentiate(exact);
  expect(kept.jacobian).toBe(exact.jacobian);
  expect(kept.product).toBe(exact.product);
  expect(bare).not.toHaveProperty("jacobian");
});

test("the product along zero is zero, and along a tiny or huge vector still linear", () => {
  const { jacobian, product, ...bare } = exact;
  const numerical = differentiate(bare);
  const x = Float64Array.of(0.1, -0.4, 0.8);
  const u = Float64Array.of(0.5, 1);
  const along = (v: Float64Array) => call((x, u, out) => numerical.product!(x, u, v, out), x, u, 3);
  expect([...along(new Float64Array(3))]).toEqual([0, 0, 0]);
  const unit = along(Float64Array.of(1, -2, 0.5));
  for (const scale of [1e-12, 1e12])
    expect(
      distance(
        along(Float64Array.of(scale, -2 * scale, 0.5 * scale)).map((v) => v / scale),
        unit,
      ),
    ).toBeLessThan(1e-10);
});

test("NaN in the rule is NaN in the Jacobian, in its column only", () => {
  const partial = map({ dimension: 2, step: ([x, y]) => [x, y < 0.5 ? y : NaN] });
  expect([...call(partial.jacobian, Float64Array.of(1, 0.5), none, 4)].map(Number.isNaN)).toEqual([
    false,
    false,
    true,
    true,
  ]);
});
