import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { findAttractors, matchAttractors } from "../../src/analysis/attractors.js";
import { findCycles } from "../../src/analysis/cycles.js";
import { findFixedPoints } from "../../src/analysis/fixedPoints.js";
import { flow, map } from "../../src/systems/custom.js";
import { hopf, vanDerPol } from "../systems/flows.js";
import { distanceBetween, realSet, setDistance } from "./compare.js";
import {
  doubleWell,
  grid,
  henon,
  logistic,
  lorenz,
  pitchfork,
  rescaled,
  rossler,
  saddleNode,
  spiral,
  turning,
} from "./normalForms.js";

const oracleOf = (name: string) =>
  JSON.parse(readFileSync(new URL(`../oracles/${name}.json`, import.meta.url), "utf8"));

describe("points and cycles", () => {
  test("the two wells of a damped double well are reached, its saddle is not", () => {
    const starts = grid(2, 2, 6);
    const { reached, unexplained, attractor, followed } = findAttractors(doubleWell(0.5), starts);
    expect(reached.map((a) => a.type)).toEqual(["fixed-point", "fixed-point"]);
    const wells = reached.map((a) => a.state[0]).sort((a, b) => a - b);
    expect(wells[0]).toBeCloseTo(-1, 10);
    expect(wells[1]).toBeCloseTo(1, 10);
    expect(reached[0].fromStarts + reached[1].fromStarts).toBe(36);
    // J = [[0, 1], [-2, -1/2]]: -1/4 +- i sqrt(31)/4.
    expect(
      setDistance(reached[0].multipliers!, {
        real: [-0.25, -0.25],
        imaginary: [Math.sqrt(31) / 4, -Math.sqrt(31) / 4],
      }),
    ).toBeLessThan(1e-10);
    expect(unexplained).toEqual([0, 1]);
    expect([followed.length, attractor.length]).toEqual([36, 36]);
  });

  test("a point approached along a spiral is a point, however near to a short rotation its angle is", () => {
    for (const period of [3, 4, 5, 7, 16]) {
      const report = findAttractors(spiral(0.97, (2 * Math.PI) / period), [
        [1, 0],
        [0.2, -0.7],
      ]);
      expect(report.reached.map((a) => [a.type, a.period, a.fromStarts])).toEqual([["fixed-point", 1, 2]]);
    }
  });

  test("logistic cycles of 2, 3 and 4 steps have their least period and the multipliers of the closed form", () => {
    const two = findAttractors(logistic(3.2), [[0.3], [0.61]]).reached;
    expect(two.map((a) => [a.type, a.period])).toEqual([["cycle", 2]]);
    expect(setDistance(two[0].multipliers!, realSet(4 + 2 * 3.2 - 3.2 ** 2))).toBeLessThan(1e-9);
    const { r, cycles } = oracleOf("cycles").logistic;
    const three = findAttractors(logistic(r), [[0.3], [0.61], [0.9]]).reached;
    expect(three.map((a) => [a.type, a.period, a.fromStarts])).toEqual([["cycle", 3, 3]]);
    const stable = cycles.find((c: { multiplier: number }) => Math.abs(c.multiplier) < 1);
    expect(setDistance(three[0].multipliers!, realSet(stable.multiplier))).toBeLessThan(1e-9);
    expect(findAttractors(logistic(3.5), [[0.3]]).reached[0].period).toBe(4);
  });

  test("a cycle that is approached slowly is still a cycle", () => {
    // Multiplier 4 + 2 r - r^2 of the 2-cycle is 0.99 at r = 1 + sqrt(4.01).
    const report = findAttractors(logistic(1 + Math.sqrt(4.01)), [[0.3], [0.52]]);
    expect(report.reached.map((a) => [a.type, a.period])).toEqual([["cycle", 2]]);
  });

  test("match names the returned point or cycle; what no finder returned is unexplained", () => {
    const flip = map({ dimension: 1, step: ([x]) => [-Math.tanh(2 * x)] });
    const starts = [[0.3], [-2], [1]];
    const { points } = findFixedPoints(flip, starts);
    const without = findAttractors(flip, starts, { points });
    expect(without.unexplained).toEqual([0]);
    expect(without.reached[0].match).toBe(null);
    const { cycles } = findCycles(flip, starts);
    const matched = matchAttractors(without, points, cycles);
    expect(matched.unexplained).toEqual([]);
    expect(matched.reached[0].match).toEqual({ kind: "cycle", id: cycles[0].id });
    expect(without.unexplained).toEqual([0]);
  });

  test("a start exactly on an unstable point stays there and is matched with it, not called unexplained", () => {
    const odd = map({ dimension: 2, step: ([x, y]) => [Math.tanh(2 * x), Math.tanh(0.5 * y)] });
    const starts = [
      [0, 0],
      [0.5, 0.1],
    ];
    const { points } = findFixedPoints(odd, starts);
    const { reached, unexplained, attractor } = findAttractors(odd, starts, { points });
    expect(unexplained).toEqual([]);
    expect(reached.map((a) => a.type)).toEqual(["fixed-point", "fixed-point"]);
    const zero = reached[attractor[0]];
    expect(points[zero.match!.id].stability).toBe("saddle");
    expect(zero.multipliers!.real[0]).toBeCloseTo(2, 9);
  });

  test.each([1e-3, 1, 1e3, 1e5])("the size of the states does not matter: wells at +-%d", (scale) => {
    const wells = rescaled(doubleWell(0.5), scale);
    const starts = grid(2, 2 * scale, 5);
    const { reached } = findAttractors(wells, starts);
    expect(reached.map((a) => a.type)).toEqual(["fixed-point", "fixed-point"]);
    for (const a of reached) expect(Math.abs(Math.abs(a.state[0]) - scale)).toBeLessThan(1e-9 * scale);
    expect(reached[0].state[0] * reached[1].state[0]).toBeLessThan(0);
  });

  test.each([0.02, 1, 50])("the time constant of a flow does not matter: tau = %d", (tau) => {
    const { reached } = findAttractors(rescaled(pitchfork(1), 1, 1 / tau), [[-0.3], [2], [0.01]]);
    expect(reached.map((a) => a.type)).toEqual(["fixed-point", "fixed-point"]);
    for (const a of reached) expect(Math.abs(a.state[0])).toBeCloseTo(1, 9);
  });
});

describe("limit cycles of flows", () => {
  test.each([
    [1, 1, 1],
    [0.3, 2, 1],
    [1, 1, 1e-2],
    [1, 1, 1e3],
  ])(
    "Hopf's normal form, mu = %d, omega = %d, in units of %d: one cycle, closed-form period and multiplier",
    (mu, omega, scale) => {
      const starts = grid(2, 2 * scale, 3);
      const { reached } = findAttractors(rescaled(hopf(mu, omega), scale), starts);
      expect(reached.map((a) => [a.type, a.fromStarts])).toEqual([["limit-cycle", 9]]);
      const [cycle] = reached;
      expect(cycle.period).toBeCloseTo((2 * Math.PI) / omega, 7);
      const multiplier = Math.exp((-4 * Math.PI * mu) / omega);
      expect(setDistance(cycle.multipliers!, realSet(multiplier))).toBeLessThan(1e-7);
      for (let k = 0; k < cycle.states.length; k += 2)
        expect(Math.hypot(cycle.states[k], cycle.states[k + 1]) / scale).toBeCloseTo(Math.sqrt(mu), 5);
    },
  );

  test("a fast flow (tau = 0.02) has the same cycle in a fiftieth of the time", () => {
    const { reached } = findAttractors(rescaled(hopf(1, 1), 1, 50), grid(2, 2, 3));
    expect(reached.map((a) => a.type)).toEqual(["limit-cycle"]);
    expect(reached[0].period).toBeCloseTo((2 * Math.PI) / 50, 8);
  });

  test("a small cycle round a stable point is told from the point", () => {
    // r' = -r (r^2 - a^2)(r^2 - b^2) with a = 0.02, b = 0.06: stable at r = 0 and r = b, unstable at r = a;
    // squeezed to an ellipse, and turning slowly.
    const [a2, b2] = [0.02 ** 2, 0.06 ** 2];
    const system = flow({
      dimension: 2,
      velocity: ([x, y]) => {
        const r2 = x * x + 4 * y * y;
        const g = -1e5 * (r2 - a2) * (r2 - b2);
        return [g * x - 2 * 0.5 * y, g * y + (0.5 * x) / 2];
      },
    });
    const { reached, attractor } = findAttractors(system, [
      [0.005, 0],
      [0.08, 0],
      [0, 0.02],
    ]);
    expect(reached.map((a) => a.type).sort()).toEqual(["fixed-point", "limit-cycle"]);
    expect(reached[attractor[0]].type).toBe("fixed-point");
    expect(reached[attractor[1]].type).toBe("limit-cycle");
    expect(attractor[2]).toBe(attractor[1]);
  });

  test("Van der Pol's period and multiplier are those mpmath integrated", () => {
    const oracle = oracleOf("flows").vanDerPol;
    const { reached } = findAttractors(vanDerPol(), grid(2, 3, 3));
    expect(reached.map((a) => a.type)).toEqual(["limit-cycle"]);
    expect(reached[0].period).toBeCloseTo(oracle.period, 6);
    expect(setDistance(reached[0].multipliers!, realSet(oracle.multiplier))).toBeLessThan(1e-6);
  });

  test("Roessler's cycles of one and of two loops have the periods SciPy timed", () => {
    for (const { c, period } of oracleOf("cycles").rossler) {
      const { reached } = findAttractors(rossler(c), [[1, 1, 0]], { maxSteps: 60_000 });
      expect(reached.map((a) => a.type)).toEqual(["limit-cycle"]);
      expect(reached[0].period).toBeCloseTo(period, 5);
    }
  });
});

describe("motion that does not close", () => {
  test("the logistic map at r = 4 is chaotic with exponent ln 2", () => {
    const { reached } = findAttractors(logistic(4), [[0.3], [0.7123]]);
    expect(reached.map((a) => a.type)).toEqual(["chaotic"]);
    expect(Math.abs(reached[0].lyapunovExponent! - Math.LN2)).toBeLessThan(0.05);
  });

  test("the Henon attractor is chaotic with the exponent of the literature, 0.419", () => {
    const { reached } = findAttractors(henon(1.4, 0.3), [
      [0.1, 0.1],
      [0.2, 0],
      [-0.5, 0.1],
    ]);
    expect(reached.map((a) => [a.type, a.fromStarts])).toEqual([["chaotic", 3]]);
    expect(Math.abs(reached[0].lyapunovExponent! - 0.419)).toBeLessThan(0.06);
  });

  test("the Lorenz flow is chaotic, one attractor for all starts, exponent near 0.906 per unit of time", () => {
    const { reached } = findAttractors(lorenz, [
      [1, 1, 20],
      [-5, 3, 25],
      [8, 0, 30],
      [2, -7, 15],
    ]);
    expect(reached.map((a) => [a.type, a.fromStarts])).toEqual([["chaotic", 4]]);
    expect(Math.abs(reached[0].lyapunovExponent! - 0.906)).toBeLessThan(0.25);
  });

  test("a circle turned by the golden mean is quasi-periodic, exponent 0, one for all starts", () => {
    const { reached } = findAttractors(turning(Math.PI * (Math.sqrt(5) - 1)), [
      [1.5, 0],
      [0.2, -0.7],
      [-3, 1],
    ]);
    expect(reached.map((a) => [a.type, a.fromStarts])).toEqual([["quasi-periodic", 3]]);
    expect(Math.abs(reached[0].lyapunovExponent!)).toBeLessThan(1e-3);
  });

  test("a growing linear map is unbounded, and so is a rule that ends in NaN", () => {
    const growing = map({ dimension: 2, step: ([x, y]) => [1.5 * x, 0.5 * y] });
    expect(findAttractors(growing, [[1, 1]]).reached.map((a) => a.type)).toEqual(["unbounded"]);
    const broken = map({ dimension: 1, step: ([x]) => [Math.sqrt(x - 0.1)] });
    expect(findAttractors(broken, [[0.01]]).reached.map((a) => a.type)).toEqual(["unbounded"]);
  });

  test("a ghost slower than the budget is not settled; with the steps it needs it is passed", () => {
    const slow = saddleNode(1e-8); // passage takes about pi / sqrt(mu) = 31400 steps
    const { reached } = findAttractors(slow, [[-0.5, 0.1]], { maxSteps: 3000 });
    expect(reached.map((a) => a.type)).toEqual(["not-settled"]);
    const all = findAttractors(slow, [[-0.5, 0.1]], { maxSteps: 60_000 });
    expect(all.reached.map((a) => a.type)).toEqual(["unbounded"]);
  });

  test("an exact line attractor gives marginal points, wherever each start ends, and does not crash", () => {
    const [c, s] = [Math.cos(0.7), Math.sin(0.7)];
    const line = map({
      dimension: 2,
      step: ([x, y]) => {
        const [a, b] = [c * x + s * y, (-s * x + c * y) * 0.6];
        return [c * a - s * b, s * a + c * b];
      },
    });
    const starts = grid(2, 1, 3);
    const { reached } = findAttractors(line, starts);
    const onLine = reached.filter((a) => a.type === "fixed-point");
    expect(onLine.length).toBe(reached.length);
    for (const start of starts) {
      const along = c * start[0] + s * start[1];
      const nearest = Math.min(...reached.map((a) => distanceBetween(a.state, [c * along, s * along])));
      expect(nearest).toBeLessThan(1e-4);
    }
    const points = findFixedPoints(line, starts, { searchBudget: 0 }).points;
    expect(points.length).toBeGreaterThan(0);
    for (const p of points) {
      expect(p.stability).toBe("marginal");
      expect(p.index).toBe(0);
    }
  });

  test("a step budget is kept, however small", () => {
    let calls = 0;
    const slow = map({
      dimension: 1,
      step: ([x]) => {
        calls++;
        return [x * 0.9999 + 1e-4];
      },
      jacobian: () => [0.9999],
    });
    const callsWith = (maxSteps: number) => {
      calls = 0;
      const { reached } = findAttractors(slow, [[0]], { maxSteps, maxPeriod: 1 });
      expect(reached.map((a) => a.type)).toEqual(["not-settled"]);
      return calls;
    };
    const base = callsWith(1);
    expect(callsWith(500) - base).toBeLessThan(600);
  });
});

describe("the report", () => {
  test("is plain data: the same call gives the same bytes, and a structured clone equals it", () => {
    const starts = grid(2, 2, 3);
    const report = findAttractors(hopf(1, 1), starts);
    expect(findAttractors(hopf(1, 1), starts)).toEqual(report);
    expect(structuredClone(report)).toEqual(report);
  });

  test("counts every trajectory once, on an attractor of its own condition", () => {
    const driven = map({ dimension: 1, inputDimension: 1, step: ([x], [u]) => [Math.tanh(2 * x + u)] });
    const starts = [[-1], [1], [-1], [1]];
    const input = [[0], [0], [3], [3]];
    const { reached, attractor, followed } = findAttractors(driven, starts, { input });
    expect(followed).toEqual(Int32Array.of(0, 1, 2, 3));
    expect(reached.reduce((sum, a) => sum + a.fromStarts, 0)).toBe(4);
    expect(Array.from(attractor, (a) => reached[a].condition)).toEqual([0, 0, 1, 1]);
    expect(reached.length).toBe(3);
  });

  test("wrong arguments are refused in one line", () => {
    const flip = logistic(3);
    expect(() => findAttractors(flip, [])).toThrow(
      "findAttractors: starts is empty, expected at least one row",
    );
    expect(() => findAttractors(flip, [[1]], { trajectories: 0 })).toThrow(
      "findAttractors: trajectories is 0, expected an integer of at least 1",
    );
    expect(() => findAttractors(flip, [[1]], { dt: -1 })).toThrow(/^findAttractors: dt is -1, expected/);
  });
});
