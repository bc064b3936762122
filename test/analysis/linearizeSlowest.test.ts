import { describe, expect, test } from "vitest";
import { linearize } from "../../src/analysis/linearize.js";
import { buildCell } from "../../src/cells/build.js";
import { randomSpec } from "../../src/cells/initialise.js";
import { createRandom } from "../../src/core/random.js";
import type { DynamicalSystem } from "../../src/core/system.js";
import { flow, map } from "../../src/systems/custom.js";

const normals = (count: number, seed: number) => {
  const random = createRandom(seed);
  return Float64Array.from({ length: count }, () => random.normal());
};

/** The system, refusing to form its Jacobian. */
const matrixFree = (system: DynamicalSystem): DynamicalSystem => ({
  ...system,
  jacobian: () => {
    throw new Error("the Jacobian was formed");
  },
});

/** A diagonal flow or map with the given eigenvalues. */
function diagonal(time: "discrete" | "continuous", values: readonly number[]): DynamicalSystem {
  const times = (v: Float64Array, out: Float64Array) => values.forEach((d, i) => void (out[i] = d * v[i]));
  return {
    time,
    dimension: values.length,
    inputDimension: 0,
    rule: (x, _, out) => times(x, out),
    jacobian: () => {
      throw new Error("the Jacobian was formed");
    },
    product: (_, __, v, out) => times(v, out),
    pullback: (_, __, v, out) => times(v, out),
  };
}

describe("linearize with modes", () => {
  test.each(["gru", "rate"] as const)(
    "tells the same about the slowest modes of a %s network as without, from products alone",
    (kind) => {
      const n = 70;
      const cell = buildCell(
        kind === "gru"
          ? randomSpec("gru", { units: n, inputs: 2 }, 3)
          : {
              kind: "rate",
              time: "continuous",
              activation: "tanh",
              recurrent: normals(n * n, 5).map((v) => (0.9 * v) / Math.sqrt(n)),
              input: normals(2 * n, 6),
            },
      );
      const state = normals(n, 1).map((v) => 0.3 * v);
      const input = [0.5, -1];
      const whole = linearize(cell, state, { input, slowModes: n });
      const some = linearize(matrixFree(cell), state, { input, modes: 6 });
      expect(some.status).toBe("ok");
      const k = some.eigenvalues.real.length;
      expect([6, 7]).toContain(k);
      expect(some.rightVectors.real.length).toBe(n * k);
      expect(some.q).toBe(whole.q);
      expect(some.warnings).toEqual(whole.warnings);
      const rank = Array.from(whole.eigenvalues.real.keys());
      if (kind === "rate")
        rank.sort((i, j) => whole.eigenvalues.real[j] - whole.eigenvalues.real[i] || i - j);
      for (let j = 0; j < k; j++) {
        expect(some.eigenvalues.real[j]).toBeCloseTo(whole.eigenvalues.real[rank[j]], 9);
        expect(some.eigenvalues.imaginary[j]).toBeCloseTo(whole.eigenvalues.imaginary[rank[j]], 9);
        expect(some.timeConstants[j]).toBeCloseTo(whole.timeConstants[rank[j]], 6);
        expect(some.frequencies[j]).toBeCloseTo(whole.frequencies[rank[j]], 9);
        expect(some.conditionNumbers[j]).toBeCloseTo(whole.conditionNumbers[rank[j]], 6);
      }
      for (const mode of some.slowModes) {
        const same = whole.slowModes.find(
          ({ eigenvalue }) =>
            Math.hypot(
              eigenvalue.real - mode.eigenvalue.real,
              eigenvalue.imaginary - mode.eigenvalue.imaginary,
            ) < 1e-8,
        )!;
        // The phase of a vector is arbitrary: what it projects is not.
        const projection = (m: typeof mode, i: number, j: number) => [
          m.right.real[i] * m.left.real[j] + m.right.imaginary[i] * m.left.imaginary[j],
          m.right.imaginary[i] * m.left.real[j] - m.right.real[i] * m.left.imaginary[j],
        ];
        for (const [i, j] of [
          [0, 0],
          [3, 8],
          [60, 2],
        ]) {
          const [re, im] = projection(mode, i, j);
          const [expectedRe, expectedIm] = projection(same, i, j);
          expect(re).toBeCloseTo(expectedRe, 8);
          expect(im).toBeCloseTo(expectedIm, 8);
        }
        const gain = (m: typeof mode) => Math.hypot(m.inputGain!.real[1], m.inputGain!.imaginary[1]);
        expect(gain(mode)).toBeCloseTo(gain(same), 8);
      }
    },
  );

  test("decides stability only where the modes found decide it", () => {
    const rest = Array.from({ length: 150 }, (_, i) => -1 - i / 100);
    const told = (time: "discrete" | "continuous", values: readonly number[], modes: number) => {
      const { stability, unstableDimension } = linearize(
        diagonal(time, values),
        values.map(() => 0),
        { modes },
      );
      return [stability, unstableDimension];
    };
    expect(told("continuous", [-0.1, -0.2, ...rest], 2)).toEqual(["stable", 0]);
    expect(told("continuous", [0.3, 0.2, -0.2, ...rest], 3)).toEqual(["saddle", 2]);
    expect(told("continuous", [0.3, 0.2, -0.2, ...rest], 2)).toEqual(["unknown", Number.NaN]);
    expect(told("continuous", [0, -0.2, ...rest], 2)).toEqual(["marginal", 0]);
    const fast = rest.map((v) => v / 20);
    expect(told("discrete", [0.9, -0.8, ...fast], 2)).toEqual(["stable", 0]);
    expect(told("discrete", [-1.1, 0.8, ...fast], 2)).toEqual(["saddle", 1]);
    expect(told("discrete", [1.2, 1.1], 2)).toEqual(["unstable", 2]);
  });

  test("forms the Jacobian once for a system without products", () => {
    let formed = 0;
    const decay = flow({
      dimension: 3,
      velocity: ([x, y, z]) => [-x, -2 * y + x, -3 * z],
      jacobian: () => {
        formed++;
        return [-1, 0, 0, 1, -2, 0, 0, 0, -3];
      },
    });
    formed = 0;
    const { eigenvalues, slowModes } = linearize(decay, [0, 0, 0], { modes: 2 });
    expect(eigenvalues.real[0]).toBeCloseTo(-1, 12);
    expect(eigenvalues.real[1]).toBeCloseTo(-2, 12);
    // 1 to write it, and 1 for the check of a user's function on its first call.
    expect(formed).toBeLessThanOrEqual(2);
    expect(slowModes.map((mode) => mode.timeConstant)).toEqual([
      expect.closeTo(1, 10),
      expect.closeTo(0.5, 10),
    ]);
  });

  test("warns away from rest, says when the Jacobian is not finite, refuses a wrong number of modes", () => {
    const shift = map({ dimension: 2, step: ([x, y]) => [0.5 * x + 1, 0.25 * y] });
    expect(linearize(shift, [0, 0], { modes: 1 }).warnings[0]).toMatch(/not at rest/);
    const broken: DynamicalSystem = {
      ...diagonal("continuous", [1, 2]),
      product: (_x, _u, _v, out) => void out.fill(Number.NaN),
    };
    const report = linearize(broken, [0, 0], { modes: 1 });
    expect([report.status, report.stability, report.slowModes]).toEqual(["not-finite", "unknown", []]);
    for (const modes of [0, 3, 1.5])
      expect(() => linearize(shift, [0, 0], { modes })).toThrow(
        `linearize: modes is ${modes}, expected an integer in [1, 2]`,
      );
  });

  test("warns of defective modes, whose eigenvalues rounding has moved far", () => {
    // A Jordan block: all eigenvalues are 1/2, and are found on a circle around it, some outside the unit circle.
    const n = 60;
    const chain = map({
      dimension: n,
      step: (x, _, out) => x.forEach((v, i) => void (out[i] = 0.5 * v + 2 * (x[i + 1] ?? 0))),
    });
    const modes = linearize(chain, new Float64Array(n), { modes: n });
    expect(modes.conditionNumbers.every((c) => c > 1e12)).toBe(true);
    expect(modes.warnings.join()).toMatch(/defective|condition number/);
  });

  test("its report is plain data that echoes its options", () => {
    const report = linearize(diagonal("discrete", [0.9, 0.5, 0.1]), [0, 0, 0], { modes: 2 });
    expect(structuredClone(report)).toEqual(report);
    expect(report.options).toEqual({
      input: new Float64Array(0),
      modes: 2,
      slowModes: 2,
      tolerance: 1e-9,
      restTolerance: 1e-12,
    });
  });
});
