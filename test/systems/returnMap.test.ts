import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { flow, map } from "../../src/systems/custom.js";
import { iterate } from "../../src/systems/iterate.js";
import { returnMap } from "../../src/systems/returnMap.js";
import { withInput } from "../../src/systems/withInput.js";
import { systemLaws } from "../laws/systemLaws.js";
import { call, distance, none, oracle, vector } from "./checks.js";
import { hopf, hopfRadius, vanDerPol } from "./flows.js";

const ground = { point: [0, 0], normal: [0, 1] };
const few = { seed: 11, numRuns: 15 };

const nearCycle = fc
  .tuple(fc.double({ min: 0.3, max: 1.2, noNaN: true }), fc.double({ min: -0.5, max: 0.5, noNaN: true }))
  .map(([r, z]) => {
    const { system, q } = tiltedHopf();
    const out = new Float64Array(2);
    system.project(
      Float64Array.from([0, 1, 2], (i) => q[i * 3] * r + q[i * 3 + 2] * z),
      out,
    );
    return out;
  });
systemLaws(
  "a return map on a section that the flow crosses aslant",
  () => returnMap(vanDerPol(), { point: [0.3, 0.1], normal: [1, -2] }),
  {
    states: fc.double({ min: 1.2, max: 2.5, noNaN: true }).map((y) => Float64Array.of(y)),
    differenceTolerance: 1e-6,
    tolerance: 1e-8,
    runs: 8,
  },
);
systemLaws("a return map in three dimensions", () => tiltedHopf().system, {
  states: nearCycle,
  differenceTolerance: 1e-6,
  tolerance: 1e-8,
  runs: 8,
});

/** The Hopf normal form beside a decaying variable, z' = -k z, seen in a frame Q: the state is Q (x, y, z). */
function tiltedHopf() {
  const [mu, omega, k] = [0.4, 2, 0.3];
  const planar = hopf(mu, omega);
  const s = Math.SQRT1_2;
  const q = [s, 0, s, 0.5, s, -0.5, -0.5, s, 0.5];
  const tilted = flow({
    dimension: 3,
    velocity: (state) => {
      const w = [0, 1, 2].map((j) => q[j] * state[0] + q[3 + j] * state[1] + q[6 + j] * state[2]);
      const f = new Float64Array(2);
      planar.rule(Float64Array.of(w[0], w[1]), none, f);
      const g = [f[0], f[1], -k * w[2]];
      return [0, 1, 2].map((i) => q[i * 3] * g[0] + q[i * 3 + 1] * g[1] + q[i * 3 + 2] * g[2]);
    },
  });
  const system = returnMap(tilted, { point: [0, 0, 0], normal: [q[1], q[4], q[7]] });
  return { system, q, mu, omega, k };
}

describe("the coordinates of a section", () => {
  const section = (normal: ArrayLike<number>, point: ArrayLike<number>) => {
    const d = normal.length;
    return returnMap(flow({ dimension: d, velocity: (x) => x }), { point, normal });
  };
  const normals = vector(4).filter((n) => Math.hypot(...n) > 1e-3);

  test("are orthonormal: lifting keeps distances, lands on the section, and projecting undoes it", () => {
    fc.assert(
      fc.property(normals, vector(4), vector(3), vector(3), (normal, point, y, z) => {
        const { lift, project } = section(normal, point);
        const [a, b] = [new Float64Array(4), new Float64Array(4)];
        lift(y, a);
        lift(z, b);
        const height = a.reduce((sum, ai, i) => sum + normal[i] * (ai - point[i]), 0) / Math.hypot(...normal);
        expect(Math.abs(height)).toBeLessThan(1e-14);
        const apart = (p: Float64Array, q: Float64Array) => Math.hypot(...p.map((v, i) => v - q[i]));
        expect(apart(a, b)).toBeCloseTo(apart(y, z), 12);
        const back = new Float64Array(3);
        project(a, back);
        expect(distance(back, y)).toBeLessThan(1e-14);
      }),
      { seed: 3, numRuns: 100 },
    );
  });

  test("are the other variables, in order, when the normal is along an axis", () => {
    const out = new Float64Array(3);
    for (const sign of [1, -1]) {
      section([0, 0, sign], [10, 20, 30]).lift(Float64Array.of(1, 2), out);
      expect([...out]).toEqual([11, 22, 30]);
      section([sign, 0, 0], [10, 20, 30]).lift(Float64Array.of(1, 2), out);
      expect([...out]).toEqual([10, 21, 32]);
    }
  });

  test("have the box that holds the shadow of the flow's box", () => {
    const boxed = flow({
      dimension: 2,
      velocity: (x) => x,
      domain: { lower: [-1, -2], upper: [3, Infinity] },
    });
    const along = returnMap(boxed, { point: [1, 0], normal: [0, 1] }).domain!(none);
    expect(along).toEqual({ lower: Float64Array.of(-2), upper: Float64Array.of(2), invariant: false });
    const across = returnMap(boxed, { point: [0, 1], normal: [1, 0] }).domain!(none);
    expect(across).toEqual({
      lower: Float64Array.of(-3),
      upper: Float64Array.of(Infinity),
      invariant: false,
    });
  });
});

describe("the harmonic oscillator", () => {
  const omega = 3;
  const oscillator = flow({ dimension: 2, velocity: ([x, y]) => [-omega * y, omega * x] });

  test("returns every amplitude to itself after one period: identity, multiplier 1", () => {
    const system = returnMap(oscillator, ground);
    expect(system).toMatchObject({ time: "discrete", dimension: 1, inputDimension: 0 });
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 50, noNaN: true }), (r) => {
        const at = Float64Array.of(r);
        expect(call(system.rule, at, none, 1)[0] / r).toBeCloseTo(1, 8);
        expect(call(system.jacobian, at, none, 1)[0]).toBeCloseTo(1, 8);
        expect(system.returnTime(at)).toBeCloseTo((2 * Math.PI) / omega, 8);
      }),
      few,
    );
  });

  test("crosses after half a period when both directions, or the other one, count", () => {
    const at = Float64Array.of(1.5);
    for (const direction of [0, -1] as const) {
      const system = returnMap(oscillator, { ...ground, direction });
      expect(call(system.rule, at, none, 1)[0]).toBeCloseTo(-1.5, 8);
      expect(call(system.jacobian, at, none, 1)[0]).toBeCloseTo(-1, 8);
      expect(system.returnTime(at)).toBeCloseTo(Math.PI / omega, 9);
    }
  });

  test("is seen the same by a normal of any length, reversed with the direction", () => {
    const at = Float64Array.of(0.8);
    const up = returnMap(oscillator, ground);
    const down = returnMap(oscillator, { ...ground, normal: [0, -7], direction: -1 });
    expect(distance(call(up.rule, at, none, 1), call(down.rule, at, none, 1))).toBeLessThan(1e-13);
  });

  test("a short dip through the section, within one long step, is not missed", () => {
    // A section that the circle of radius 1 only just reaches: through and back within 1.4 % of a period.
    const top = 0.999;
    const loose = { relativeTolerance: 1e-4, absoluteTolerance: 1e-4 };
    const edge = returnMap(oscillator, { point: [0, top], normal: [0, 1], direction: 0, ...loose });
    const half = Math.acos(top);
    const around = edge.returnTime(Float64Array.of(-Math.sin(half)));
    expect(around).toBeCloseTo((2 * Math.PI - 2 * half) / omega, 2);
    const through = edge.returnTime(Float64Array.of(Math.sin(half)));
    expect(through).toBeCloseTo((2 * half) / omega, 4);
  });
});

describe("the Hopf normal form", () => {
  const parameters = fc.record({
    mu: fc.double({ min: 0.05, max: 1, noNaN: true }),
    omega: fc.double({ min: 0.5, max: 4, noNaN: true }),
    r: fc.double({ min: 0.1, max: 2, noNaN: true }),
  });

  test("has its cycle at r = sqrt(mu), with multiplier exp(-4 pi mu / omega) and period 2 pi / omega", () => {
    fc.assert(
      fc.property(parameters, ({ mu, omega }) => {
        const system = returnMap(hopf(mu, omega), ground);
        const cycle = Float64Array.of(Math.sqrt(mu));
        expect(Math.abs(call(system.rule, cycle, none, 1)[0] - cycle[0])).toBeLessThan(1e-9);
        const multiplier = Math.exp((-4 * Math.PI * mu) / omega);
        expect(Math.abs(call(system.jacobian, cycle, none, 1)[0] - multiplier)).toBeLessThan(1e-9);
        expect(Math.abs(system.returnTime(cycle) - (2 * Math.PI) / omega)).toBeLessThan(1e-9);
      }),
      few,
    );
  });

  test("returns any radius, and its slope, as the closed solution does", () => {
    fc.assert(
      fc.property(parameters, ({ mu, omega, r }) => {
        const system = returnMap(hopf(mu, omega), ground);
        const { radius, slope } = hopfRadius(mu, r, (2 * Math.PI) / omega);
        const at = Float64Array.of(r);
        expect(Math.abs(call(system.rule, at, none, 1)[0] - radius)).toBeLessThan(1e-9);
        expect(Math.abs(call(system.jacobian, at, none, 1)[0] - slope)).toBeLessThan(1e-8);
        const three = call((x, u, out) => system.product!(x, u, Float64Array.of(3), out), at, none, 1);
        expect(Math.abs(three[0] - 3 * slope)).toBeLessThan(3e-8);
      }),
      few,
    );
  });

  test("in three dimensions and a tilted frame has the same multipliers, in trace and determinant", () => {
    const { system, q, mu, omega, k } = tiltedHopf();
    const r = Math.sqrt(mu);
    const cycle = new Float64Array(2);
    system.project(Float64Array.of(q[0] * r, q[3] * r, q[6] * r), cycle);
    expect(distance(call(system.rule, cycle, none, 2), cycle)).toBeLessThan(1e-9);
    const [a, b, c, d] = call(system.jacobian, cycle, none, 4);
    const along = Math.exp((-4 * Math.PI * mu) / omega);
    const across = Math.exp((-2 * Math.PI * k) / omega);
    expect(a + d).toBeCloseTo(along + across, 8);
    expect(a * d - b * c).toBeCloseTo(along * across, 8);
  });
});

describe("van der Pol's oscillator", () => {
  const system = returnMap(vanDerPol(), { ...ground, normal: [0, -1] });
  const { period, amplitude, multiplier } = oracle.vanDerPol;

  test("comes to its cycle: period, amplitude and multiplier to nine digits", () => {
    const cycle = call(iterate(system, 6).rule, Float64Array.of(1.2), none, 1);
    expect(Math.abs(cycle[0] - amplitude)).toBeLessThan(1e-9);
    expect(Math.abs(system.returnTime(cycle) - period)).toBeLessThan(1e-9);
    expect(Math.abs(call(system.jacobian, cycle, none, 1)[0] - multiplier)).toBeLessThan(1e-9);
  });

  test("has the same multiplier on any section that its cycle crosses, upright or tilted", () => {
    fc.assert(
      fc.property(fc.double({ min: -1.2, max: 1.2, noNaN: true }), (angle) => {
        const normal = [Math.sin(angle), -Math.cos(angle)];
        const tilted = returnMap(vanDerPol(), { point: [0, 0], normal });
        const cycle = call(iterate(tilted, 5).rule, Float64Array.of(2), none, 1);
        expect(Math.abs(tilted.returnTime(cycle) - period)).toBeLessThan(1e-8);
        expect(Math.abs(call(tilted.jacobian, cycle, none, 1)[0] - multiplier)).toBeLessThan(1e-8);
      }),
      few,
    );
  });

  test("lands on the section to rounding error", () => {
    const tilted = returnMap(vanDerPol(), { point: [0.3, 0.1], normal: [1, -2] });
    const out = call(tilted.rule, Float64Array.of(1.7), none, 1);
    const state = new Float64Array(2);
    tilted.lift(out, state);
    // The state flowed for exactly the return time must be that state, not its projection.
    const flowed = returnMap(vanDerPol(), { point: [...state], normal: [2, 1], direction: 0 });
    const offset = new Float64Array(1);
    flowed.project(state, offset);
    expect(Math.abs(offset[0])).toBeLessThan(1e-15);
    expect(Math.abs(state[0] - 0.3 - 2 * (state[1] - 0.1))).toBeLessThan(1e-13);
  });
});

describe("inputs", () => {
  const driven = flow({
    dimension: 2,
    inputDimension: 1,
    velocity: ([x, y], [u]) => {
      const growth = u - x * x - y * y;
      return [growth * x - y, growth * y + x];
    },
  });

  test("are taken by the map, or held once and for all", () => {
    const taking = returnMap(driven, ground);
    const holding = returnMap(driven, { ...ground, input: [0.25] });
    const held = returnMap(withInput(driven, [0.25]), ground);
    expect(taking.inputDimension).toBe(1);
    expect(holding.inputDimension).toBe(0);
    const at = Float64Array.of(0.7);
    const expected = hopfRadius(0.25, 0.7, 2 * Math.PI).radius;
    expect(call(taking.rule, at, Float64Array.of(0.25), 1)[0]).toBeCloseTo(expected, 9);
    expect(call(holding.rule, at, none, 1)[0]).toBeCloseTo(expected, 9);
    expect(call(held.rule, at, none, 1)).toEqual(call(holding.rule, at, none, 1));
    expect(taking.returnTime(at, Float64Array.of(0.25))).toBe(holding.returnTime(at));
  });
});

describe("no return", () => {
  test("a start that runs along the section has not crossed it", () => {
    // y = -x^2 touches y = 0 at the start and never again.
    const parabola = flow({ dimension: 2, velocity: ([x]) => [1, -2 * x] });
    for (const direction of [-1, 0, 1] as const) {
      const system = returnMap(parabola, { ...ground, direction, maxTime: 20 });
      expect(system.returnTime(Float64Array.of(0))).toBeNaN();
    }
    // From x = -1 it rises first and is back at x = 1.
    expect(returnMap(parabola, { ...ground, direction: -1 }).returnTime(Float64Array.of(-1))).toBeCloseTo(
      2,
      12,
    );
  });

  test("is NaN all over: an equilibrium, a flow that runs away, a return that is too late", () => {
    const still = returnMap(hopf(1, 1), ground);
    const runaway = returnMap(flow({ dimension: 2, velocity: () => [0, 1] }), { ...ground, maxTime: 50 });
    const late = returnMap(hopf(1, 1), { ...ground, maxTime: 6 });
    const explosion = returnMap(flow({ dimension: 2, velocity: ([, y]) => [0, 1 + y * y] }), ground);
    for (const [system, at] of [
      [still, 0],
      [runaway, 1],
      [late, 1],
      [explosion, 1],
    ] as const) {
      const y = Float64Array.of(at);
      expect(call(system.rule, y, none, 1)[0]).toBeNaN();
      expect(call(system.jacobian, y, none, 1)[0]).toBeNaN();
      expect(call((x, u, out) => system.product!(x, u, Float64Array.of(1), out), y, none, 1)[0]).toBeNaN();
      expect(system.returnTime(y)).toBeNaN();
    }
  });

  test("does not spoil the next call", () => {
    const system = returnMap(hopf(1, 1), { ...ground, maxTime: 20 });
    const fine = call(system.jacobian, Float64Array.of(0.6), none, 1);
    call(system.rule, Float64Array.of(0), none, 1);
    expect(call(system.jacobian, Float64Array.of(0.6), none, 1)).toEqual(fine);
  });
});

test("wrong arguments throw", () => {
  const planar = hopf(1, 1);
  const make = (options: unknown) => () => returnMap(planar, options as never);
  expect(() => returnMap(map({ dimension: 2, step: (x) => x }), ground)).toThrow(
    "returnMap: system is a map, expected a flow; use iterate",
  );
  expect(() => returnMap(flow({ dimension: 1, velocity: (x) => x }), { point: [0], normal: [1] })).toThrow(
    "returnMap: system has dimension 1",
  );
  expect(make(undefined)).toThrow("returnMap: options must give a point and a normal");
  expect(make({ normal: [0, 1] })).toThrow("returnMap: point must be an array of numbers, got undefined");
  expect(make({ ...ground, normal: [0, 0] })).toThrow("returnMap: normal is zero");
  expect(make({ ...ground, normal: [1] })).toThrow("returnMap: normal has length 1, expected 2");
  expect(make({ ...ground, direction: 2 })).toThrow("returnMap: direction is");
  expect(make({ ...ground, maxTime: 0 })).toThrow("returnMap: maxTime is 0");
  expect(make({ ...ground, input: [1] })).toThrow("withInput: input has length 1, expected 0");
  expect(make({ ...ground, until: 3 })).toThrow('returnMap: unknown option "until"');
});
