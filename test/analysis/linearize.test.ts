import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { linearize } from "../../src/analysis/linearize.js";
import { stabilityOf } from "../../src/analysis/stability.js";
import { createRandom } from "../../src/core/random.js";
import type { DynamicalSystem, Time } from "../../src/core/system.js";
import oracle from "../oracles/linearize.json" with { type: "json" };

/** x <- A x + B u, or dx/dt = A x + B u. */
function linear(time: Time, a: readonly number[], b: readonly number[] = [], inputJacobian = true) {
  const d = Math.sqrt(a.length);
  const m = b.length / d;
  const system: DynamicalSystem = {
    time,
    dimension: d,
    inputDimension: m,
    rule(x, u, out) {
      for (let i = 0; i < d; i++) {
        out[i] = 0;
        for (let j = 0; j < d; j++) out[i] += a[i * d + j] * x[j];
        for (let j = 0; j < m; j++) out[i] += b[i * m + j] * u[j];
      }
    },
    jacobian: (_x, _u, out) => out.set(a),
    ...(inputJacobian && { inputJacobian: (_x: unknown, _u: unknown, out: Float64Array) => out.set(b) }),
  };
  return Object.freeze(system);
}

const normals = (count: number, seed: number) => {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => random.normal());
};

/** exp(A t) by the Taylor series of A t / 2^20, squared twenty times. */
function exponential(d: number, a: readonly number[], t: number): number[] {
  const times = (x: readonly number[], y: readonly number[]) =>
    Array.from({ length: d * d }, (_, p) => {
      let sum = 0;
      for (let k = 0; k < d; k++) sum += x[Math.floor(p / d) * d + k] * y[k * d + (p % d)];
      return sum;
    });
  const identity: number[] = Array.from({ length: d * d }, (_, p) => (p % (d + 1) === 0 ? 1 : 0));
  const small = a.map((v) => (v * t) / 2 ** 10);
  let term: number[] = identity;
  let sum: number[] = identity;
  for (let k = 1; k < 20; k++) {
    term = times(term, small).map((v) => v / k);
    sum = sum.map((v, p) => v + term[p]);
  }
  for (let k = 0; k < 10; k++) sum = times(sum, sum);
  return sum;
}

describe("linearize in closed form", () => {
  test("a diagonal map: time constants -1/log, flips have frequency 1/2, one step kills lambda = 0", () => {
    const r = linearize(linear("discrete", [0.5, 0, 0, 0, -0.9, 0, 0, 0, 0]), [0, 0, 0]);
    expect(r.status).toBe("ok");
    expect(r.warnings).toEqual([]);
    expect([...r.eigenvalues.real]).toEqual([-0.9, 0.5, 0]);
    expect(r.timeConstants[0]).toBeCloseTo(-1 / Math.log(0.9), 12);
    expect(r.timeConstants[1]).toBeCloseTo(1 / Math.log(2), 12);
    expect(r.timeConstants[2]).toBe(0);
    expect([...r.frequencies]).toEqual([0.5, 0, 0]);
    expect(r).toMatchObject({ stability: "stable", unstableDimension: 0, index: 1, q: 0 });
    expect(r.spectralRadius).toBe(0.9);
    expect(r.spectralAbscissa).toBe(0.5);
    expect(r.nonNormality.henrici).toBeLessThan(1e-7);
    expect(r.nonNormality.eigenvectorCondition).toBeCloseTo(1, 12);
    expect(r).not.toHaveProperty("inputJacobian");
    expect(r.slowModes[0]).not.toHaveProperty("inputGain");
  });

  test("a diagonal flow: a growing mode has a negative time constant, a neutral one an infinite one", () => {
    const r = linearize(linear("continuous", [-4, 0, 0, 0, 2, 0, 0, 0, 0]), [0, 0, 0]);
    expect([...r.timeConstants]).toEqual([0.25, -0.5, Number.POSITIVE_INFINITY]);
    expect(r).toMatchObject({ stability: "saddle", unstableDimension: 1, index: 0 });
    expect(r.slowModes.map((mode) => mode.position)).toEqual([2, 1, 0]);
    expect(r.slowModes[0].right.real.map(Math.abs)).toEqual(Float64Array.of(0, 0, 1));
    expect(r.spectralAbscissa).toBe(2);
  });

  test("a rotation that shrinks: frequency is the angle, the pair counts once among the slow modes", () => {
    const [radius, angle] = [0.8, 0.6];
    const [c, s] = [radius * Math.cos(angle), radius * Math.sin(angle)];
    const r = linearize(linear("discrete", [c, -s, s, c]), [0, 0]);
    expect(r.timeConstants[0]).toBeCloseTo(-1 / Math.log(radius), 12);
    expect(r.frequencies[0]).toBeCloseTo(angle / (2 * Math.PI), 13);
    expect(r.frequencies[1]).toBe(-r.frequencies[0]);
    expect(r.slowModes).toHaveLength(1);
    expect(r.slowModes[0].frequency).toBeGreaterThan(0);
    expect(r.stability).toBe("stable");
  });

  test("[[a, k], [0, b]]: conditions, departure and vectors of a non-normal matrix", () => {
    const [a, k, b] = [0.9, 5, 0.4];
    const r = linearize(linear("discrete", [a, k, 0, b]), [0, 0]);
    const condition = Math.hypot(1, k / (a - b));
    expect(r.conditionNumbers[0]).toBeCloseTo(condition, 10);
    expect(r.conditionNumbers[1]).toBeCloseTo(condition, 10);
    expect(r.nonNormality.eigenvectorCondition).toBeCloseTo(condition, 10);
    expect(r.nonNormality.henrici).toBeCloseTo(k / Math.sqrt(a * a + k * k + b * b), 12);
    expect([...r.slowModes[0].right.real]).toEqual([1, 0]);
    expect(r.slowModes[0].left.real[0]).toBeCloseTo(1, 12);
    expect(r.slowModes[0].left.real[1]).toBeCloseTo(k / (a - b), 11);
    expect([r.leftVectors.real[0], r.leftVectors.real[2]]).toEqual([...r.slowModes[0].left.real]);
  });

  test("a line attractor: marginal, index 0, and the integrated input is that along the left vector", () => {
    // x1 keeps its value and collects x2's; x2 forgets by half each step.
    const r = linearize(linear("discrete", [1, 1, 0, 0.5], [0, 1]), [3, 0]);
    expect(r.q).toBe(0);
    expect(r).toMatchObject({ stability: "marginal", unstableDimension: 0, index: 0 });
    expect(r.timeConstants[0]).toBe(Number.POSITIVE_INFINITY);
    expect(r.slowModes[0].inputGain!.real[0]).toBeCloseTo(2, 13); // 1 + 1/2 + 1/4 + ...
  });
});

describe("linearize obeys its laws", () => {
  const seed = fc.integer({ min: 0, max: 1e6 });
  const seeded = { seed: 2, numRuns: 40 };

  test("a flow and its exact time-t map have the same time constants, frequencies, stability and index", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), seed, (d, s) => {
        const a = normals(d * d, s).map((v) => v / Math.sqrt(d));
        const t = 0.25;
        const flow = linearize(linear("continuous", a), new Float64Array(d), { slowModes: d });
        const map = linearize(linear("discrete", exponential(d, a, t)), new Float64Array(d), {
          slowModes: d,
        });
        expect(map.stability).toBe(flow.stability);
        expect(map.unstableDimension).toBe(flow.unstableDimension);
        expect(map.index).toBe(flow.index);
        const [rates, others] = [flow, map].map((r, i) =>
          Array.from(r.timeConstants, (v) => -1 / v / (i === 0 ? 1 : t)).sort((x, y) => x - y),
        );
        rates.forEach((rate, j) => {
          expect(Math.abs(rate - others[j])).toBeLessThan(1e-7);
        });
        const [beats, slower] = [flow, map].map((r, i) =>
          Array.from(r.frequencies, (v) => v / (i === 0 ? 1 : t)).sort((x, y) => x - y),
        );
        beats.forEach((beat, j) => {
          expect(Math.abs(beat - slower[j])).toBeLessThan(1e-7);
        });
      }),
      seeded,
    );
  });

  test("after a small input the amplitude w^H dx of a mode has grown by w^H dF/du du, and then by lambda per step", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 6 }), seed, (d, s) => {
        const values = normals(d * d + 2 * d + d + 2, s);
        const w = values.slice(0, d * d).map((v) => v / Math.sqrt(d));
        const b = values.slice(d * d, d * d + 2 * d);
        const x = Float64Array.from(values.slice(d * d + 2 * d, d * d + 3 * d));
        // A tanh network, shifted so that x is a fixed point.
        const raw = (at: Float64Array, u: ArrayLike<number>) =>
          Float64Array.from({ length: d }, (_, i) => {
            let sum = b[2 * i] * u[0] + b[2 * i + 1] * u[1];
            for (let j = 0; j < d; j++) sum += w[i * d + j] * at[j];
            return Math.tanh(sum);
          });
        const home = raw(x, [0, 0]);
        const system: DynamicalSystem = {
          time: "discrete",
          dimension: d,
          inputDimension: 2,
          rule: (at, u, out) => out.set(raw(at, u).map((v, i) => v - home[i] + x[i])),
          jacobian: (at, u, out) =>
            raw(at, u).forEach((h, i) => {
              for (let j = 0; j < d; j++) out[i * d + j] = (1 - h * h) * w[i * d + j];
            }),
        };
        const r = linearize(system, x);
        if (Math.max(...r.conditionNumbers) > 100) return;
        const mode = r.slowModes[0];
        const kick = values.slice(-2).map((v) => v * 1e-5);
        const amplitude = (state: Float64Array) => {
          let [re, im] = [0, 0];
          for (let i = 0; i < d; i++) {
            re += mode.left.real[i] * (state[i] - x[i]);
            im -= mode.left.imaginary[i] * (state[i] - x[i]);
          }
          return [re, im];
        };
        const after = new Float64Array(d);
        system.rule(x, Float64Array.from(kick), after);
        const [re, im] = amplitude(after);
        const gain = mode.inputGain!;
        expect(Math.abs(re - (gain.real[0] * kick[0] + gain.real[1] * kick[1]))).toBeLessThan(1e-6);
        expect(Math.abs(im - (gain.imaginary[0] * kick[0] + gain.imaginary[1] * kick[1]))).toBeLessThan(1e-6);
        expect(Math.hypot(re, im)).toBeGreaterThan(0);
        const later = new Float64Array(d);
        system.rule(after, new Float64Array(2), later);
        const [re2, im2] = amplitude(later);
        const { real, imaginary } = mode.eigenvalue;
        expect(Math.abs(re2 - (real * re - imaginary * im))).toBeLessThan(1e-6);
        expect(Math.abs(im2 - (real * im + imaginary * re))).toBeLessThan(1e-6);
      }),
      seeded,
    );
  });

  test("the index is the sign of prod(1 - lambda) for a map and of prod(-lambda) for a flow", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), seed, fc.boolean(), (d, s, discrete) => {
        const r = linearize(
          linear(discrete ? "discrete" : "continuous", normals(d * d, s)),
          new Float64Array(d),
        );
        let sign = 1;
        for (let j = 0; j < d; j++)
          if (r.eigenvalues.imaginary[j] === 0) sign *= Math.sign((discrete ? 1 : 0) - r.eigenvalues.real[j]);
        expect(r.index).toBe(sign);
      }),
      seeded,
    );
  });

  test("input derivatives by differences agree with those the system offers", () => {
    const a = normals(9, 1);
    const b = normals(6, 2);
    const [given, differenced] = [true, false].map((offered) =>
      linearize(linear("continuous", a, b, offered), [0, 0, 0], { input: [0.3, -2] }),
    );
    given.inputJacobian!.forEach((v, i) => {
      expect(differenced.inputJacobian![i]).toBeCloseTo(v, 9);
    });
  });

  test("it changes neither its arguments nor what they hold, returns plain data, and repeats itself", () => {
    const state = Float64Array.of(0.1, 0.2);
    const input = Float64Array.of(1);
    const options = Object.freeze({ input, slowModes: 1, tolerance: 1e-6, restTolerance: 1 });
    const system = linear("discrete", [0.5, 1, 0, 0.25], [1, 2]);
    const r = linearize(system, state, options);
    expect([...state, ...input]).toEqual([0.1, 0.2, 1]);
    expect(structuredClone(r)).toEqual(r);
    expect(linearize(system, state, options)).toEqual(r);
    expect(r.options).toEqual({ input, slowModes: 1, tolerance: 1e-6, restTolerance: 1 });
    expect(r.slowModes).toHaveLength(1);
    expect(r.state).toEqual(state);
    expect(linearize(system, state).input).toEqual(new Float64Array(1));
  });
});

test("a tanh network agrees with SciPy: Jacobian, modes, gains, non-normality and index", () => {
  const { d, m, recurrent, weights, bias } = oracle;
  const drive = (x: ArrayLike<number>, u: ArrayLike<number>, i: number) => {
    let sum = bias[i];
    for (let j = 0; j < d; j++) sum += recurrent[i * d + j] * x[j];
    for (let j = 0; j < m; j++) sum += weights[i * m + j] * u[j];
    return Math.tanh(sum);
  };
  const system: DynamicalSystem = {
    time: "discrete",
    dimension: d,
    inputDimension: m,
    rule(x, u, out) {
      for (let i = 0; i < d; i++) out[i] = drive(x, u, i);
    },
    jacobian(x, u, out) {
      for (let i = 0; i < d; i++)
        for (let j = 0; j < d; j++) out[i * d + j] = (1 - drive(x, u, i) ** 2) * recurrent[i * d + j];
    },
  };
  const r = linearize(system, oracle.state, { input: oracle.input, slowModes: d });
  expect(r.warnings).toEqual([]);
  const near = (got: number, expected: number, tolerance = 1e-10) =>
    expect(Math.abs(got - expected)).toBeLessThan(tolerance * Math.max(1, Math.abs(expected)));
  oracle.jacobian.forEach((v, p) => {
    near(r.jacobian[p], v, 1e-13);
  });
  near(r.spectralRadius, oracle.spectralRadius);
  near(r.spectralAbscissa, oracle.spectralAbscissa);
  near(r.nonNormality.henrici, oracle.henrici);
  near(r.nonNormality.eigenvectorCondition, oracle.eigenvectorCondition);
  expect(r.index).toBe(oracle.index);
  expect(Math.max(...r.residuals)).toBeLessThan(1e-14);
  const expected = oracle.modes.filter((mode) => mode.eigenvalue[1] >= 0);
  expect(r.slowModes).toHaveLength(expected.length);
  expected.forEach((mode, j) => {
    const got = r.slowModes[j];
    near(got.eigenvalue.real, mode.eigenvalue[0]);
    near(got.eigenvalue.imaginary, mode.eigenvalue[1]);
    near(got.timeConstant, mode.timeConstant);
    near(got.frequency, mode.frequency);
    near(got.condition, mode.condition);
    for (let k = 0; k < m; k++) {
      near(got.inputGain!.real[k], mode.gainReal[k], 1e-8);
      near(got.inputGain!.imaginary[k], mode.gainImaginary[k], 1e-8);
    }
  });
});

describe("linearize tells numerical trouble", () => {
  test("a Jacobian that is not finite is a status, not an exception", () => {
    const system: DynamicalSystem = {
      time: "discrete",
      dimension: 2,
      inputDimension: 0,
      rule: (_x, _u, out) => out.fill(Number.NaN),
      jacobian: (_x, _u, out) => out.fill(Number.NaN),
    };
    const r = linearize(system, [0, 0]);
    expect(r).toMatchObject({ status: "not-finite", stability: "unknown", index: Number.NaN, slowModes: [] });
    expect(r.warnings.join(" ")).toContain("not finite");
    expect(r.warnings.join(" ")).toContain("not at rest (q = NaN)");
    for (const numbers of [r.eigenvalues.real, r.timeConstants, r.frequencies, r.residuals])
      expect(numbers.every(Number.isNaN)).toBe(true);
    expect([r.spectralRadius, r.spectralAbscissa, r.nonNormality.henrici]).toEqual([NaN, NaN, NaN]);
  });

  test("a state in motion, a defective and an ill-conditioned eigenvalue each earn a sentence", () => {
    const warnings = (a: number[], state: number[]) =>
      linearize(linear("discrete", a), state).warnings.join(" ");
    expect(warnings([0.5, 0, 0, 0.2], [1, 0])).toMatch(/not at rest \(q = 0\.125\)/);
    expect(warnings([0.5, 1, 0, 0.5], [0, 0])).toMatch(/2 of 2 eigenvalues are defective/);
    expect(warnings([0.5, 1, 0, 0.5 + 1e-9], [0, 0])).toMatch(/condition number 1\.00e\+9/);
    expect(warnings([0.5, 0, 0, 0.2], [0, 0])).toBe("");
  });
});

describe("linearize refuses wrong arguments by name", () => {
  const system = linear("discrete", [0.5, 0, 0, 0.2], [1, 0]);
  test.each([
    [() => linearize(system, [0]), /^linearize: state has length 1, expected 2/],
    [() => linearize(system, [0, Number.NaN]), /^linearize: state\[1\] is NaN/],
    [() => linearize(system, [0, 0], { input: [1, 2] }), /^linearize: input has length 2, expected 1/],
    [() => linearize(system, [0, 0], { slowModes: 1.5 }), /^linearize: slowModes is 1.5/],
    [() => linearize(system, [0, 0], { tolerance: -1 }), /^linearize: tolerance is -1/],
    [() => linearize(system, [0, 0], { tolerence: 1 } as object), /unknown option "tolerence"/],
    [() => linearize({} as DynamicalSystem, [0, 0]), /^linearize: system must have a rule/],
  ])("%s", (call, message) => {
    expect(call).toThrow(message);
  });
});

describe("stabilityOf", () => {
  const of = (time: Time, ...real: number[]) =>
    stabilityOf(time, Float64Array.from(real), new Float64Array(real.length));

  test.each([
    ["continuous", [-1, -2], "stable", 0],
    ["continuous", [1, 2], "unstable", 2],
    ["continuous", [1, -2], "saddle", 1],
    ["continuous", [0, -2], "marginal", 0],
    ["continuous", [1e-10, -2], "marginal", 0],
    ["continuous", [0, 1], "unstable", 1],
    ["discrete", [0.5, 0], "stable", 0],
    ["discrete", [-1.5, 1.1], "unstable", 2],
    ["discrete", [1, 0.5], "marginal", 0],
    ["discrete", [-1.1, 0.5], "saddle", 1],
    ["continuous", [Number.NaN, -1], "marginal", 0],
    ["continuous", [], "stable", 0],
  ] as const)("%s %j is %s", (time, real, stability, unstableDimension) => {
    expect(of(time, ...real)).toEqual({ stability, unstableDimension });
  });

  test("takes the modulus of a complex eigenvalue of a map, the real part of a flow's", () => {
    const [re, im] = [Float64Array.of(0.8, 0.8), Float64Array.of(0.7, -0.7)];
    expect(stabilityOf("discrete", re, im).stability).toBe("unstable");
    expect(
      stabilityOf(
        "continuous",
        re.map((v) => -v),
        im,
      ).stability,
    ).toBe("stable");
    expect(stabilityOf("discrete", re, im, 0.1).stability).toBe("marginal");
  });
});
