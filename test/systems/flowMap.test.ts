import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { flow, map } from "../../src/systems/custom.js";
import { flowMap } from "../../src/systems/flowMap.js";
import { withInput } from "../../src/systems/withInput.js";
import { systemLaws } from "../laws/systemLaws.js";
import { call, distance, drivenFlow, none, oracle } from "./checks.js";
import { hopf, hopfRadius, linearFlow, networkFlow, vanDerPol } from "./flows.js";

systemLaws("a time-T map", () => flowMap(drivenFlow(), { duration: 1.3 }), {
  differenceTolerance: 1e-6,
  tolerance: 1e-8,
  runs: 10,
});

describe("the time-T map", () => {
  test("of a linear flow is the matrix exponential", () => {
    const { initial, input, duration, state, jacobian } = oracle.linear;
    const system = flowMap(linearFlow(), { duration });
    const [x, u] = [Float64Array.from(initial), Float64Array.from(input)];
    expect(distance(call(system.rule, x, u, 4), state)).toBeLessThan(1e-9);
    expect(distance(call(system.jacobian, x, u, 16), jacobian)).toBeLessThan(1e-9);
  });

  test("of a network, and its Jacobian, agree with another integrator", () => {
    const { initial, inputs, dt, samples, tangents } = oracle.network;
    const system = flowMap(networkFlow(), { duration: dt });
    const [x, u] = [Float64Array.from(initial), Float64Array.from(inputs[0])];
    expect(distance(call(system.rule, x, u, 3), samples[0])).toBeLessThan(1e-10);
    expect(distance(call(system.jacobian, x, u, 9), tangents[0])).toBeLessThan(1e-10);
  });

  test("of the Hopf normal form moves the radius as its closed solution does", () => {
    const system = flowMap(hopf(0.5, 2), { duration: 1.1 });
    fc.assert(
      fc.property(fc.double({ min: 0.05, max: 2, noNaN: true }), (r) => {
        const [x, y] = call(system.rule, Float64Array.of(r, 0), none, 2);
        const { radius } = hopfRadius(0.5, r, 1.1);
        expect(Math.abs(Math.hypot(x, y) - radius)).toBeLessThan(1e-9);
        expect(Math.abs(Math.atan2(y, x) - 2.2)).toBeLessThan(1e-9);
      }),
      { seed: 7, numRuns: 20 },
    );
  });

  test("over one period of a cycle has the Floquet multipliers: 1 along the flow, and the nontrivial one", () => {
    const { period, amplitude, multiplier } = oracle.vanDerPol;
    const system = flowMap(vanDerPol(), { duration: period });
    const x = Float64Array.of(amplitude, 0);
    expect(distance(call(system.rule, x, none, 2), x)).toBeLessThan(1e-8);
    const [a, b, c, d] = call(system.jacobian, x, none, 4);
    expect(a + d).toBeCloseTo(1 + multiplier, 7);
    expect(a * d - b * c).toBeCloseTo(multiplier, 9);
  });

  test("gets closer as the tolerance shrinks", () => {
    const { initial, inputs, dt, samples } = oracle.network;
    const errors = [1e-4, 1e-7, 1e-10].map((relativeTolerance) => {
      const options = { duration: dt, relativeTolerance, absoluteTolerance: relativeTolerance };
      const system = flowMap(networkFlow(), options);
      return distance(
        call(system.rule, Float64Array.from(initial), Float64Array.from(inputs[0]), 3),
        samples[0],
      );
    });
    expect(errors[0]).toBeGreaterThan(errors[1]);
    expect(errors[1]).toBeGreaterThan(errors[2]);
    expect(errors[0]).toBeLessThan(1e-3);
  });

  test("keeps the box and its invariance: the flow cannot leave it", () => {
    const u = new Float64Array(2);
    expect(flowMap(drivenFlow(), { duration: 1 }).domain!(u)).toEqual(drivenFlow().domain!(u));
    expect(flowMap(hopf(1, 1), { duration: 1 }).domain).toBeUndefined();
  });
});

describe("a failed integration", () => {
  const explosion = flow({ dimension: 1, velocity: ([x]) => [x * x], jacobian: ([x]) => [2 * x] });

  test("fills out with NaN instead of throwing: blow-up in finite time", () => {
    // x(t) = x0 / (1 - x0 t): gone at t = 1 from x0 = 1, at 0.5 from x0 = 0.5 still there.
    const system = flowMap(explosion, { duration: 1.5 });
    const gone = Float64Array.of(1);
    expect(call(system.rule, gone, none, 1)[0]).toBeNaN();
    expect(call(system.jacobian, gone, none, 1)[0]).toBeNaN();
    expect(call((x, u, out) => system.product!(x, u, gone, out), gone, none, 1)[0]).toBeNaN();
    expect(call(system.rule, Float64Array.of(0.5), none, 1)[0]).toBeCloseTo(2, 8);
    expect(call(system.jacobian, Float64Array.of(0.5), none, 1)[0]).toBeCloseTo(16, 6);
  });

  test("does not spoil the next call", () => {
    const system = flowMap(explosion, { duration: 1.5 });
    const fine = call(system.rule, Float64Array.of(0.1), none, 1);
    call(system.rule, Float64Array.of(1), none, 1);
    expect(call(system.rule, Float64Array.of(0.1), none, 1)).toEqual(fine);
  });

  test("fills out with NaN when the step budget runs out or the velocity is NaN", () => {
    const short = flowMap(hopf(1, 1), { duration: 10, maxSteps: 3 });
    expect([...call(short.rule, Float64Array.of(0.1, 0), none, 2)]).toEqual([NaN, NaN]);
    const undefinedBelowZero = flow({ dimension: 1, velocity: ([x]) => [-1 + 0 * Math.sqrt(x)] });
    const system = flowMap(undefinedBelowZero, { duration: 1 });
    expect(call(system.rule, Float64Array.of(0.5), none, 1)[0]).toBeNaN();
    expect(call(system.rule, Float64Array.of(2), none, 1)[0]).toBeCloseTo(1, 12);
  });
});

test("wrong arguments throw", () => {
  expect(() => flowMap(map({ dimension: 1, step: () => [0] }), { duration: 1 })).toThrow(
    "flowMap: system is a map, expected a flow; use iterate",
  );
  expect(() => flowMap(hopf(1, 1), {} as never)).toThrow("flowMap: duration is NaN");
  expect(() => flowMap(hopf(1, 1), { duration: 1, relativeTolerance: 0 })).toThrow(
    "flowMap: relativeTolerance is 0",
  );
  expect(() => flowMap(withInput(drivenFlow(), [0, 0]), { duration: -1 })).toThrow("flowMap: duration is -1");
});
