import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { activityProfile } from "../../src/analysis/activityProfile.js";
import { creepTo } from "../../src/analysis/creepTo.js";
import { linearize } from "../../src/analysis/linearize.js";
import { march } from "../../src/analysis/march.js";
import { omegaLimits } from "../../src/analysis/omegaLimits.js";
import { LastAbove, nearestOther, separationDecayTime } from "../../src/analysis/separability.js";
import { participation, slowShare, slowSpace } from "../../src/analysis/slowSpace.js";
import { suggestedStep } from "../../src/analysis/suggestedStep.js";
import { flow, map } from "../../src/systems/custom.js";

/** A linear map with these eigenvalues and columns of V as right vectors (2 x 2). */
const linearMap = (a: number, b: number, [v1, v2]: readonly (readonly number[])[]) => {
  const det = v1[0] * v2[1] - v2[0] * v1[1];
  const m = [
    (a * v1[0] * v2[1] - b * v2[0] * v1[1]) / det,
    ((b - a) * v1[0] * v2[0]) / det,
    ((a - b) * v1[1] * v2[1]) / det,
    (b * v1[0] * v2[1] - a * v2[0] * v1[1]) / det,
  ];
  return map({
    dimension: 2,
    step: ([x, y]) => [m[0] * x + m[1] * y, m[2] * x + m[3] * y],
    jacobian: () => m,
  });
};

describe("the slow eigenspace", () => {
  const oblique = [
    [1, 0],
    [0.8, 0.6],
  ] as const;
  const system = linearMap(0.99, 0.2, oblique);
  const at = linearize(system, [0, 0]);
  const slow = slowSpace(at, 20);

  test("holds the modes slower than the delay, with the gap behind them", () => {
    expect([slow.dimension, slow.isSlow]).toEqual([1, true]);
    expect(slow.timeConstants[0]).toBeCloseTo(-1 / Math.log(0.99), 8);
    expect(slow.gap).toBeCloseTo(Math.log(0.2) / Math.log(0.99), 8);
    expect(slowSpace(at, 200)).toMatchObject({ dimension: 1, isSlow: false });
    expect(slowSpace(at, 0.1)).toMatchObject({ dimension: 2, isSlow: true, gap: Number.NaN });
  });

  test("shares follow the oblique projection a v1 + b v2, not the angles", () => {
    fc.assert(
      fc.property(fc.integer({ min: -9, max: 9 }), fc.integer({ min: 1, max: 9 }), (a, b) => {
        const d = Float64Array.of(a * oblique[0][0] + b * oblique[1][0], b * oblique[1][1]);
        expect(slowShare(at, slow, d)).toBeCloseTo(Math.abs(a) / (Math.abs(a) + b), 8);
        const parts = Array.from(participation(at, d)).sort((p, q) => p - q);
        const expected = [Math.abs(a), b].map((v) => v / Math.hypot(d[0], d[1])).sort((p, q) => p - q);
        for (const [k, v] of expected.entries()) expect(parts[k]).toBeCloseTo(v, 8);
      }),
      { seed: 31 },
    );
  });

  test("keeps a conjugate pair whole", () => {
    const turn = map({ dimension: 3, step: ([x, y, z]) => [0.9 * x - 0.4 * y, 0.4 * x + 0.9 * y, 0.1 * z] });
    const spiral = linearize(turn, [0, 0, 0]);
    expect(slowSpace(spiral, 1000).dimension).toBe(2);
    expect(slowShare(spiral, slowSpace(spiral, 1000), Float64Array.of(1, 2, 0))).toBeCloseTo(1, 8);
  });
});

describe("separability", () => {
  test("nearest state of another label, by hand", () => {
    const states = Float64Array.of(0, 1, 5, 7);
    expect(Array.from(nearestOther(states, 1, Int32Array.of(0, 0, 1, 0)))).toEqual([5, 4, 2, 2]);
  });

  test("a state that is not finite is not far away", () => {
    const [a, b, c] = nearestOther(Float64Array.of(0, Number.NaN, 3), 1, Int32Array.of(0, 1, 1));
    expect([a, b, c]).toEqual([Number.NaN, Number.NaN, 3]);
  });

  test("an exponential has its decay time, a growing separation none, a vanished one zero", () => {
    const times = Float64Array.from({ length: 11 }, (_, k) => 2 * k);
    expect(separationDecayTime(times, times.map((t) => 3 * Math.exp(-t / 7)))).toBeCloseTo(7, 9); // biome-ignore format: one line
    expect(separationDecayTime(times, times.map((t) => 1 + t))).toBe(Number.POSITIVE_INFINITY); // biome-ignore format: one line
    expect(separationDecayTime(times, times.map((t) => (t > 15 ? 0 : 1)))).toBe(0); // biome-ignore format: one line
  });

  test("the last time above a threshold, between samples too, and after a return", () => {
    const tracker = new LastAbove(0.1);
    for (let t = 0; t <= 10; t++) tracker.add(t, Math.exp(-t));
    expect(tracker.time).toBeCloseTo(Math.log(10), 9);
    expect(tracker.isBelow).toBe(true);
    tracker.add(11, 1);
    expect([tracker.isBelow, tracker.time]).toEqual([false, 11]);
  });
});

describe("activity", () => {
  test("of a sine about a mean has the closed-form phasic index, and no saturation below 0.8", () => {
    const times = 400;
    const rates = Array.from({ length: times }, (_, t) =>
      Float64Array.of(0.5 + 0.2 * Math.sin((2 * Math.PI * t) / times), 0.5),
    );
    const { phasicIndex, saturation } = activityProfile(rates);
    expect(phasicIndex).toBeCloseTo(0.2 / Math.SQRT2 / 2 / 0.5, 9);
    expect(saturation).toBe(0);
    expect(activityProfile([Float64Array.of(0.9, 0.1, -0.81, 0.8)]).saturation).toBe(0.5);
  });
});

describe("where creeping states end", () => {
  test("a state far along a straight slow line, a curved one and a critical one reach their point", () => {
    const systems = [
      flow({ dimension: 2, velocity: ([x, y]) => [-1e-9 * x, -y] }),
      flow({ dimension: 2, velocity: ([x, y]) => [-1e-7 * x, x * x - y] }),
      map({
        dimension: 2,
        step: ([x, y]) => [x - 1e-6 * x ** 3, 0.5 * y],
        jacobian: ([x]) => [1 - 3e-6 * x * x, 0, 0, 0.5],
      }),
    ];
    for (const system of systems) {
      const end = creepTo(system, Float64Array.of(1, 0.7), 1)!;
      expect(Math.hypot(end[0], end[1])).toBeLessThan(1e-4);
    }
  });

  test("of two wells the one on the state's side of the ridge, also close to the ridge", () => {
    const wells = flow({ dimension: 1, velocity: ([x]) => [1e-6 * (x - x ** 3)] });
    for (const x of [-2, -0.01, 0.01, 0.5, 2])
      expect(creepTo(wells, Float64Array.of(x), 1)![0]).toBeCloseTo(Math.sign(x), 6);
  });

  test("a state that turns for ever ends nowhere", () => {
    const turn = flow({
      dimension: 2,
      velocity: ([x, y]) => [(1 - x * x - y * y) * x - y, (1 - x * x - y * y) * y + x],
    });
    expect(creepTo(turn, Float64Array.of(1, 0), 1)).toBeUndefined();
  });

  test("each of many states has its limit, whatever the others do", () => {
    const wells = flow({ dimension: 2, velocity: ([x, y]) => [x - x ** 3, -1e-5 * y] });
    const starts = Float64Array.from({ length: 2 * 60 }, (_, k) => (k % 2 ? 1 : -1 + 2 * ((k / 2) % 2)));
    const { attractors, of } = omegaLimits(wells, starts, march(wells, 0.1), 3000, 32);
    expect(attractors.map((a) => [a.type, Math.round(a.state[0])])).toEqual([
      ["fixed-point", -1],
      ["fixed-point", 1],
    ]);
    expect(Array.from(of)).toEqual(Array.from({ length: 60 }, (_, i) => i % 2));
  });
});

test("the suggested step is a quarter of the fastest time that the states show", () => {
  const stiff = flow({ dimension: 2, velocity: ([x, y]) => [-8 * x, -y] });
  expect(suggestedStep(stiff, Float64Array.of(1, 1))).toBeCloseTo(0.25 / 8, 6);
  expect(suggestedStep(flow({ dimension: 1, velocity: () => [1] }), Float64Array.of(0))).toBe(0.25);
});
