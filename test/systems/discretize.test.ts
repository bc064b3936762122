import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DynamicalSystem } from "../../src/core/system.js";
import { map } from "../../src/systems/custom.js";
import { discretize } from "../../src/systems/discretize.js";
import { systemLaws } from "../laws/systemLaws.js";
import { call, distance, drivenFlow, oracle, seeded, vector } from "./checks.js";
import { linearFlow, networkFlow } from "./flows.js";

describe.each(["euler", "rk4"] as const)("one %s step", (method) => {
  for (const dt of [0.01, 0.5, 2])
    systemLaws(`one ${method} step of length ${dt}`, () => discretize(drivenFlow(), { dt, method }));
  systemLaws(`one ${method} step of a flow with product and pullback`, () => {
    const { jacobian } = drivenFlow();
    const along = (v: Float64Array, j: Float64Array, row: number, column: number) =>
      v.map((_, i) => v.reduce((sum, vk, k) => sum + j[i * row + k * column] * vk, 0));
    const product: DynamicalSystem["product"] = (x, u, v, out) =>
      out.set(along(v, call(jacobian, x, u, 9), 3, 1));
    const pullback: DynamicalSystem["pullback"] = (x, u, v, out) =>
      out.set(along(v, call(jacobian, x, u, 9), 1, 3));
    return discretize({ ...drivenFlow(), product, pullback }, { dt: 0.5, method });
  });

  test("agrees with the textbook step computed elsewhere", () => {
    const { initial, inputs, dt, [method]: expected } = oracle.network;
    const step = discretize(networkFlow(), { dt, method });
    const next = call(step.rule, Float64Array.from(initial), Float64Array.from(inputs[0]), 3);
    expect(distance(next, expected)).toBeLessThan(1e-14);
  });

  test("of a linear flow is the truncated exponential series of the matrix", () => {
    const { A } = oracle.linear;
    const dt = 0.3;
    const n = 4;
    // I + dt A (+ ... + (dt A)^4 / 4!), by Horner's rule.
    let series = identity(n);
    for (let k = method === "euler" ? 1 : 4; k >= 1; k--)
      series = plusIdentity(
        product(A, series, n).map((v) => (v * dt) / k),
        n,
      );
    fc.assert(
      fc.property(vector(n), (x) => {
        const step = discretize(linearFlow(), { dt, method });
        expect(distance(call(step.jacobian, x, new Float64Array(2), n * n), series)).toBeLessThan(1e-13);
      }),
      { ...seeded, numRuns: 5 },
    );
  });

  test("rests where the flow rests", () => {
    // x = 0 with no input is at rest: tanh(0) = 0.
    const step = discretize(networkFlow(), { dt: 0.7, method });
    expect([...call(step.rule, new Float64Array(3), new Float64Array(2), 3)]).toEqual([0, 0, 0]);
  });

  test("has its method's order of convergence", () => {
    const { initial, inputs, dt, samples } = oracle.network;
    const u = Float64Array.from(inputs[0]);
    const error = (steps: number) => {
      const step = discretize(networkFlow(), { dt: dt / steps, method });
      let x = Float64Array.from(initial);
      for (let k = 0; k < steps; k++) x = call(step.rule, x, u, 3) as typeof x;
      return distance(x, samples[0]);
    };
    const order = Math.log2(error(16) / error(32));
    expect(order).toBeGreaterThan(method === "euler" ? 0.9 : 3.8);
    expect(order).toBeLessThan(method === "euler" ? 1.1 : 4.3);
  });
});

test("the box is kept but no longer claimed to be invariant", () => {
  const u = new Float64Array(2);
  expect(drivenFlow().domain!(u).invariant).toBe(true);
  const { lower, upper, invariant } = discretize(drivenFlow(), { dt: 0.1 }).domain!(u);
  expect(lower).toEqual(drivenFlow().domain!(u).lower);
  expect(upper).toEqual(drivenFlow().domain!(u).upper);
  expect(invariant).toBe(false);
});

test("wrong arguments throw", () => {
  const decay = networkFlow();
  expect(() => discretize(map({ dimension: 1, step: () => [0] }), { dt: 1 })).toThrow(
    "discretize: system is a map",
  );
  expect(() => discretize(decay, {} as never)).toThrow("discretize: dt is NaN");
  expect(() => discretize(decay, { dt: 0 })).toThrow("discretize: dt is 0");
  expect(() => discretize(decay, { dt: 1, method: "heun" as never })).toThrow(
    'discretize: method is "heun", expected one of euler, rk4',
  );
  expect(() => discretize(decay, { dt: 1, step: 2 } as never)).toThrow('discretize: unknown option "step"');
});

function identity(n: number): number[] {
  return Array.from({ length: n * n }, (_, e) => (e % (n + 1) === 0 ? 1 : 0));
}

function plusIdentity(a: number[], n: number): number[] {
  return a.map((v, e) => v + (e % (n + 1) === 0 ? 1 : 0));
}

function product(a: number[], b: number[], n: number): number[] {
  return a.map((_, e) => {
    const [i, j] = [Math.floor(e / n), e % n];
    let sum = 0;
    for (let k = 0; k < n; k++) sum += a[i * n + k] * b[k * n + j];
    return sum;
  });
}
