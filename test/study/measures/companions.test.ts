import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { drawInput } from "../../../src/study/measures/drive.js";
import { drivenLyapunov } from "../../../src/study/measures/drivenLyapunov.js";
import { echoStateCheck } from "../../../src/study/measures/echoStateCheck.js";
import { participationRatio } from "../../../src/study/measures/participationRatio.js";
import { map } from "../../../src/systems/custom.js";
import { normal } from "../../numeric/matrices.js";
import { delayLine, diagonal, network, orthogonal, randomWeights, tanhNetwork } from "./networks.js";

describe("participationRatio", () => {
  test("is (sum l)^2 / sum l^2 for axes of variance l, turned anyhow, with more states than dimensions or fewer", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 0, max: 1e6 }),
        fc.boolean(),
        (k, s, wide) => {
          // States +-sqrt(k l_i) along k orthonormal directions: covariance with eigenvalues l_i, times a factor.
          const d = wide ? 4 * k : k;
          const q = orthogonal(d, s);
          const l = Array.from(normal(k, 1, s + 1), (x) => 0.1 + x * x);
          const states = l.flatMap((variance, i) =>
            [1, -1].map((sign) =>
              Array.from({ length: d }, (_, j) => 5 + sign * Math.sqrt(variance) * q[i * d + j]),
            ),
          );
          const report = participationRatio(states);
          const sum = l.reduce((a, b) => a + b, 0);
          expect(report.participationRatio).toBeCloseTo(sum ** 2 / l.reduce((a, b) => a + b * b, 0), 10);
          expect(report.variance).toBeCloseTo(sum / k, 10);
          expect(participationRatio(Float64Array.from(states.flat()), { dimension: d })).toEqual(report);
        },
      ),
      { seed: 3, numRuns: 60 },
    );
  });

  test("is 1 on a line, 0 and constant where nothing moves, and refuses what is no table", () => {
    expect(
      participationRatio([
        [0, 0, 1],
        [1, 2, 1],
        [3, 6, 1],
      ]).participationRatio,
    ).toBeCloseTo(1, 14);
    const still = participationRatio(new Array(50).fill([0.1, 0.7]));
    expect(still).toEqual({
      status: "constant",
      participationRatio: 0,
      variance: 0,
      samples: 50,
      dimension: 2,
    });
    expect(() => participationRatio([])).toThrow("participationRatio: dimension is not given");
    expect(() => participationRatio([], { dimension: 2 })).toThrow("participationRatio: states is empty");
    expect(() => participationRatio(new Float64Array(4))).toThrow(
      "participationRatio: dimension is not given",
    );
    expect(() => participationRatio([[1], [1, 2]])).toThrow(
      "participationRatio: states has rows of length 2",
    );
    expect(() => participationRatio([[NaN]])).toThrow("participationRatio: states[0][0] is NaN");
  });
});

describe("drivenLyapunov", () => {
  test("is log of the spectral radius for a linear map, whatever the input", () => {
    for (const [radius, amplitude] of [
      [0.5, 1],
      [0.9, 100],
      [1.1, 1],
    ]) {
      const system = network(
        6,
        orthogonal(6, 3).map((x) => radius * x),
        normal(6, 1, 4),
      );
      const { exponent, standardError, status } = drivenLyapunov(system, {
        amplitude,
        steps: 400,
        washout: 50,
      });
      expect(status).toBe("ok");
      expect(exponent).toBeCloseTo(Math.log(radius), 12);
      expect(standardError).toBeLessThan(1e-12);
    }
  });

  test("is the mean log slope for one unit", () => {
    const [a, steps, washout, seed] = [2.5, 1000, 100, 7];
    const { exponent } = drivenLyapunov(tanhNetwork(1, Float64Array.of(a), [1]), { steps, washout, seed });
    const inputs = drawInput("uniform", washout + steps, seed);
    let [x, sum] = [0, 0];
    for (let t = 0; t < washout + steps; t++) {
      x = Math.tanh(a * x + inputs[t]);
      if (t >= washout) sum += Math.log(Math.abs(a * (1 - x * x)));
    }
    expect(exponent).toBeCloseTo(sum / steps, 10);
  });

  test("is positive for a chaotic network, and negative for the same one under strong input", () => {
    const system = tanhNetwork(60, randomWeights(60, 2, 3), normal(60, 1, 4));
    const options = { steps: 1000, washout: 200 };
    const [weak, strong] = [0.01, 20].map((amplitude) => drivenLyapunov(system, { ...options, amplitude }));
    expect(weak.exponent).toBeGreaterThan(4 * weak.standardError);
    expect(strong.exponent).toBeLessThan(-4 * strong.standardError);
  });

  test("says collapse and blow-up instead of a number, and refuses flows and too few steps", () => {
    expect(drivenLyapunov(delayLine(3), { steps: 40 })).toMatchObject({
      status: "collapses",
      exponent: -Infinity,
    });
    const wild = map({ dimension: 1, inputDimension: 1, step: ([x], [u]) => [x * x + u + 3] });
    expect(drivenLyapunov(wild, { initialState: [1] })).toMatchObject({
      status: "not-finite",
      exponent: 0,
      standardError: 0,
    });
    const options = { steps: 100, washout: 0, seed: 2 };
    const report = drivenLyapunov(diagonal([0.5], [1]), options);
    expect(report).toEqual(structuredClone(report));
    expect(report.options).toMatchObject({ ...options, law: "uniform", amplitude: 1, offset: 0, channel: 0 });
    expect(() => drivenLyapunov(diagonal([0.5], [1]), { steps: 10 })).toThrow("drivenLyapunov: steps is 10");
    expect(() => drivenLyapunov({ ...diagonal([0.5], [1]), time: "continuous" })).toThrow("system is a flow");
  });
});

describe("echoStateCheck", () => {
  test("a stable linear map forgets, at the rate of its radius", () => {
    for (const radius of [0.3, 0.9]) {
      const system = network(
        5,
        orthogonal(5, 3).map((x) => radius * x),
        normal(5, 1, 4),
      );
      const report = echoStateCheck(system, { steps: 400 });
      expect(report.verdict).toBe("forgets");
      expect(report.rate).toBeCloseTo(Math.log(radius), 6);
      expect(report.distances).toHaveLength(401);
      expect(report.distances[50] / report.distances[0]).toBeCloseTo(radius ** 50, 12);
      expect(report.forgottenAfter).toBe(Math.ceil(Math.log(1e-9) / Math.log(radius)));
    }
  });

  test("a delay line forgets in as many steps as it is long", () => {
    expect(echoStateCheck(delayLine(7))).toMatchObject({ verdict: "forgets", forgottenAfter: 7 });
  });

  test("a rotation, an integrator, a bistable unit and a chaotic network do not forget", () => {
    const systems = {
      rotation: network(4, orthogonal(4, 3), normal(4, 1, 4)),
      integrator: diagonal([1], [1]),
      bistable: tanhNetwork(1, Float64Array.of(3), [0.1]),
      chaos: tanhNetwork(
        40,
        randomWeights(40, 2.5, 3),
        normal(40, 1, 4).map((x) => 0.01 * x),
      ),
    };
    for (const [name, system] of Object.entries(systems))
      expect(echoStateCheck(system, { starts: 8 }).verdict, name).toBe("does not forget");
  });

  test("a decay too slow for the run is undecided; a longer run decides", () => {
    const slow = diagonal([0.999], [1]);
    expect(echoStateCheck(slow, { steps: 500 }).verdict).toBe("undecided");
    expect(echoStateCheck(slow, { steps: 500 }).rate).toBeCloseTo(Math.log(0.999), 8);
    expect(echoStateCheck(slow, { steps: 500 }).forgottenAfter).toBe(501);
    expect(echoStateCheck(slow, { steps: 25_000, starts: 2 }).verdict).toBe("forgets");
  });

  test("strong input makes a chaotic network forget", () => {
    const system = tanhNetwork(60, randomWeights(60, 2, 3), normal(60, 1, 4));
    expect(echoStateCheck(system, { amplitude: 20, steps: 1000 }).verdict).toBe("forgets");
  });

  test("says where a run blows up, and refuses what makes no sense", () => {
    const wild = map({ dimension: 1, inputDimension: 1, step: ([x], [u]) => [x * x + u + 3] });
    expect(echoStateCheck(wild)).toMatchObject({ status: "not-finite", verdict: "undecided", rate: 0 });
    const system = diagonal([0.5], [1]);
    const report = echoStateCheck(system, { seed: 3, steps: 100 });
    expect(report).toEqual(structuredClone(report));
    expect(echoStateCheck(system, { seed: 3, steps: 100 })).toEqual(report);
    expect(report.options).toEqual({
      channel: 0,
      held: Float64Array.of(0),
      amplitude: 1,
      offset: 0,
      initialState: Float64Array.of(0),
      seed: 3,
      law: "uniform",
      steps: 100,
      starts: 5,
      spread: 1,
      tolerance: 1e-9,
    });
    expect(() => echoStateCheck(system, { starts: 1 })).toThrow("echoStateCheck: starts is 1");
    expect(() => echoStateCheck(system, { spread: 0 })).toThrow("echoStateCheck: spread is 0");
    expect(() => echoStateCheck(system, { steps: 10 })).toThrow("echoStateCheck: steps is 10");
    expect(() => echoStateCheck(system, { washout: 10 } as object)).toThrow('unknown option "washout"');
  });
});
