import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  createIntegrator,
  type IntegrationStep,
  integrate,
  integrateDefaults,
} from "../../src/numeric/integrate.js";

const rotation = (_: number, y: Float64Array, out: Float64Array) => {
  out[0] = -y[1];
  out[1] = y[0];
};
/** y' = -2 t y^2, y(0) = 1: y = 1 / (1 + t^2). Depends on time and is not linear. */
const bell = (t: number, y: Float64Array, out: Float64Array) => {
  out[0] = -2 * t * y[0] * y[0];
};
const bellAt = (t: number) => 1 / (1 + t * t);
/** Tolerances so wide that every step has the length asked for. */
const fixedSteps = (h: number) => ({
  initialStep: h,
  maxStep: h,
  relativeTolerance: 1,
  absoluteTolerance: 1e9,
});

describe("the solution", () => {
  test("agrees with closed forms within the tolerance asked for", () => {
    fc.assert(
      fc.property(
        fc.double({ min: -3, max: 3, noNaN: true }),
        fc.integer({ min: 5, max: 11 }),
        (end, digits) => {
          const tolerance = 10 ** -digits;
          const options = { relativeTolerance: tolerance, absoluteTolerance: tolerance };
          const { status, time, state } = integrate(bell, 0, end, [1], options);
          expect([status, time]).toEqual(["ok", end]);
          expect(Math.abs(state[0] - bellAt(end))).toBeLessThan(30 * tolerance);
        },
      ),
      { seed: 20130301, numRuns: 60 },
    );
  });

  test("converges with order five", () => {
    const error = (steps: number) => {
      const { state, steps: taken, rejected } = integrate(bell, 0, 2, [1], fixedSteps(2 / steps));
      expect([taken, rejected]).toEqual([steps, 0]);
      return Math.abs(state[0] - bellAt(2));
    };
    const order = Math.log2(error(32) / error(64));
    expect(order).toBeGreaterThan(4.7);
    expect(order).toBeLessThan(5.5);
  });

  test("backward undoes forward", () => {
    const there = integrate(bell, -1, 2, [0.5]);
    const back = integrate(bell, 2, -1, there.state);
    expect(back.status).toBe("ok");
    expect(Math.abs(back.state[0] - 0.5)).toBeLessThan(1e-8);
  });

  test("counts its work honestly", () => {
    let calls = 0;
    const result = integrate(
      (t, y, out) => {
        calls++;
        bell(t, y, out);
      },
      0,
      5,
      [1],
    );
    expect(result.evaluations).toBe(calls);
    expect(result.steps).toBeGreaterThan(10);
    expect(calls).toBe(2 + 6 * (result.steps + result.rejected));
  });

  test("leaves the initial state alone, and over no time is that state", () => {
    const y0 = Object.freeze([1, 0]) as readonly number[];
    const { status, state, steps } = integrate(rotation, 3, 3, y0);
    expect({ status, state: [...state], steps }).toEqual({ status: "ok", state: [1, 0], steps: 0 });
    const typed = Float64Array.of(1, 0);
    integrate(rotation, 0, 1, typed);
    expect([...typed]).toEqual([1, 0]);
  });

  test("passes a kink of the velocity with little loss of accuracy", () => {
    // y' = |t - 1|, y(0) = 0: y(2) = 1.
    const kinked = (t: number, _: Float64Array, out: Float64Array) => void (out[0] = Math.abs(t - 1));
    expect(integrate(kinked, 0, 2, [0]).state[0]).toBeCloseTo(1, 8);
  });

  test("goes on from where it stopped with the step it had found", () => {
    const first = integrate(rotation, 0, 1, [1, 0]);
    const second = integrate(rotation, 1, 20, first.state, { initialStep: first.nextStep });
    expect(second.evaluations).toBe(1 + 6 * (second.steps + second.rejected));
    expect(second.rejected).toBeLessThanOrEqual(3);
    expect(second.state[0]).toBeCloseTo(Math.cos(20), 8);
  });
});

describe("a step shown to onStep", () => {
  const steps = (visit: (step: IntegrationStep) => boolean | undefined) =>
    integrate(bell, 0, 3, [1], { relativeTolerance: 1e-7, absoluteTolerance: 1e-7 }, visit);

  test("begins where the last one ended, from first to last", () => {
    let reached = 0;
    let state = 1;
    const { time } = steps(({ start, end, before, after }) => {
      expect(start).toBe(reached);
      expect(before[0]).toBe(state);
      [reached, state] = [end, after[0]];
      return undefined;
    });
    expect(reached).toBe(3);
    expect(time).toBe(3);
  });

  test("interpolates between its ends, and advances anew, close to the solution", () => {
    const out = new Float64Array(1);
    const c = new Float64Array(5).fill(NaN);
    steps(({ start, end, before, after, interpolate, advance, project }) => {
      interpolate(start, out);
      expect(out[0]).toBeCloseTo(before[0], 14);
      interpolate(end, out);
      expect(out[0]).toBeCloseTo(after[0], 14);
      project(Float64Array.of(-2), c);
      for (const theta of [0.2, 0.5, 0.9]) {
        const t = start + theta * (end - start);
        interpolate(t, out);
        expect(Math.abs(out[0] - bellAt(t))).toBeLessThan(1e-6);
        const polynomial = c[0] + theta * (c[1] + (1 - theta) * (c[2] + theta * (c[3] + (1 - theta) * c[4])));
        expect(polynomial).toBeCloseTo(-2 * out[0], 13);
        advance(t, out);
        expect(Math.abs(out[0] - bellAt(t))).toBeLessThan(1e-6);
      }
      return undefined;
    });
  });

  test("has an interpolant of fourth order and a fresh step of fifth", () => {
    const errors = (h: number) => {
      const out = new Float64Array(1);
      const found: number[] = [];
      integrate(bell, 0, h, [1], fixedSteps(h), ({ interpolate, advance }) => {
        for (const look of [interpolate, advance]) {
          look(0.4 * h, out);
          found.push(Math.abs(out[0] - bellAt(0.4 * h)));
        }
        return undefined;
      });
      return found;
    };
    const [coarse, fine] = [errors(0.2), errors(0.1)];
    // The error of one step is one order higher than that of many.
    expect(Math.log2(coarse[0] / fine[0])).toBeGreaterThan(4.6);
    expect(Math.log2(coarse[1] / fine[1])).toBeGreaterThan(5.6);
  });

  test("may be the last one", () => {
    const { status, time, state } = steps(({ end }) => end > 1);
    expect(status).toBe("stopped");
    expect(time).toBeGreaterThan(1);
    expect(time).toBeLessThan(3);
    expect(Math.abs(state[0] - bellAt(time))).toBeLessThan(1e-5);
  });
});

describe("trouble is a status, with the last good state", () => {
  test("a blow-up in finite time", () => {
    // y = 1 / (1 - t).
    const { status, time, state } = integrate((_, y, out) => void (out[0] = y[0] * y[0]), 0, 2, [1]);
    expect(status).toBe("too-many-steps");
    expect(time).toBeCloseTo(1, 6);
    expect(state[0]).toBeGreaterThan(1e6);
  });

  test("a step budget that is too small", () => {
    const result = integrate(rotation, 0, 100, [1, 0], { maxSteps: 7 });
    expect(result.status).toBe("too-many-steps");
    expect(result.steps + result.rejected).toBe(7);
    expect(result.state[0]).toBeCloseTo(Math.cos(result.time), 8);
  });

  test("a velocity that is NaN at the start, or from some time on", () => {
    expect(integrate((_, _y, out) => void out.fill(NaN), 0, 1, [1]).status).toBe("not-finite");
    const { status, time, state } = integrate((t, _, out) => void (out[0] = t > 0.5 ? NaN : 1), 0, 1, [0]);
    expect(status).toBe("not-finite");
    expect(time).toBeCloseTo(0.5, 6);
    expect(state[0]).toBeCloseTo(0.5, 6);
  });

  test("an initial state that is not finite", () => {
    expect(integrate(() => {}, 0, 1, [NaN]).status).toBe("not-finite");
  });
});

test("an integrator that is used again gives the same bytes", () => {
  const integrator = createIntegrator(2);
  const run = (x: number, end: number) => {
    const y = Float64Array.of(x, 0);
    const { steps } = integrator.run(rotation, 0, end, y, integrateDefaults);
    return { steps, y };
  };
  const first = run(1, 2);
  run(3, 0.7);
  integrator.run((_, _y, out) => void out.fill(NaN), 0, 1, Float64Array.of(1, 1), integrateDefaults);
  expect(run(1, 2)).toEqual(first);
});

test("wrong arguments throw", () => {
  expect(() => integrate(rotation, 0, Infinity, [1, 0])).toThrow("integrate: t1 is Infinity");
  expect(() => integrate(rotation, 0, 1, [1, 0], { relativeTolerance: 0 })).toThrow(
    "integrate: relativeTolerance is 0",
  );
  expect(() => integrate(rotation, 0, 1, [1, 0], { maxSteps: 0.5 })).toThrow("integrate: maxSteps is 0.5");
  expect(() => integrate(rotation, 0, 1, [1, 0], { tolerance: 1 } as never)).toThrow(
    'integrate: unknown option "tolerance"',
  );
});
