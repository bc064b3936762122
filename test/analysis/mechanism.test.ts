import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type ClassifyMechanismOptions,
  classifyMechanism,
  type MechanismReport,
} from "../../src/analysis/mechanism.js";
import { buildCell } from "../../src/cells/build.js";
import { createRandom } from "../../src/core/random.js";
import { flow, map } from "../../src/systems/custom.js";
import * as built from "./constructed.js";
import { asMap, type Constructed, embedded, orthonormal } from "./constructed.js";

const classify = (c: Constructed, options: Partial<ClassifyMechanismOptions> = {}): MechanismReport =>
  classifyMechanism(c.system, c, { delay: c.delay, ...options });

const labelOf = (c: Constructed) => classify(c).label;

/** The positive root of m = tanh(beta m), by iteration: it contracts. */
const tanhFixedPoint = (beta: number) => {
  let m = 1;
  for (let k = 0; k < 200; k++) m = Math.tanh(beta * m);
  return m;
};

const rotation = (angle: number, gain: number) => [
  [gain * Math.cos(angle), -gain * Math.sin(angle)],
  [gain * Math.sin(angle), gain * Math.cos(angle)],
];

/** What was built, what it must be called, and whether confidently. */
const oracles: readonly (readonly [string, Constructed, string, "sure" | "borderline" | "either"])[] = [
  ["a bistable pair", built.bistable(), "direct-fixed-point", "sure"],
  ["eight corners of a cube", built.cube(), "direct-fixed-point", "sure"],
  ["a slow line", built.slowLine(), "slow-manifold", "sure"],
  ["a slow plane", built.slowPlane(), "slow-manifold", "sure"],
  ["the ghost of a saddle-node", built.ghost(), "slow-manifold", "sure"],
  ["coexisting cycles", built.twoCycles(), "limit-cycle", "sure"],
  ["phases on one cycle", built.phases(), "limit-cycle", "sure"],
  ["a point beside a cycle", built.pointAndCycle(), "mixed", "sure"],
  ["two on a slow line, one on its own point", built.mixed(), "mixed", "sure"],
  ["chaos", built.chaos(), "chaos", "either"],
  ["escape", built.unbounded(), "unbounded", "either"],
  ["memories that have merged before the delay ends", built.leak(40), "memory already lost", "either"],
  ["a fast decay that is still visible", built.leak(4), "slow-manifold", "borderline"],
  ["a weakly stable pair", built.weakPair(), "direct-fixed-point", "borderline"],
  ["a line of exact fixed points", built.lineAttractor(), "slow-manifold", "sure"],
  ["a ring of exact fixed points", built.ringAttractor(), "slow-manifold", "sure"],
];

function expectOracle(report: MechanismReport, expected: string, how: string) {
  expect(report.unclassified ?? report.label).toBe(expected);
  if (report.unclassified !== null) expect(report.label).toBe("unclassified");
  if (how === "sure") expect(report.confidence).toBeGreaterThan(0.5);
  if (how === "borderline") {
    expect(report.confidence).toBeLessThan(0.5);
    expect(report.reasons.some((r) => r.startsWith("Borderline"))).toBe(true);
    expect(report.runnerUp).not.toBeNull();
  }
}

describe("networks built with a known mechanism are called by it", () => {
  const dtOf = (name: string) => (name === "chaos" ? 0.01 : 0.2);
  test.each(oracles)("%s, as a flow", (_, c, expected, how) => expectOracle(classify(c), expected, how));
  test.each(oracles)("%s, as a map", (name, c, expected, how) =>
    expectOracle(classify(asMap(c, dtOf(name))), expected, how),
  );
  test.each(oracles)("%s, hidden among 24 units, as a flow", (_, c, expected, how) =>
    expectOracle(classify(embedded(c, 24, 5)), expected, how),
  );
  test.each(oracles)("%s, hidden among 40 units, as a map", (name, c, expected, how) =>
    expectOracle(classify(embedded(asMap(c, dtOf(name)), 40, 6), { slowStarts: 2 }), expected, how),
  );
});

describe("tanh networks built with a known mechanism are called by it", () => {
  /** Walsh patterns are orthogonal: with W = beta / N sum xi xi' each is a fixed point m xi, m = tanh(beta m). */
  const walsh = (units: number, k: number) =>
    Array.from({ length: units }, (_, i) => {
      let bits = i & k;
      let sign = 1;
      for (; bits; bits &= bits - 1) sign = -sign;
      return sign;
    });
  const hopfield = (beta: number): { recurrent: number[][]; patterns: number[][] } => {
    const patterns = [3, 5, 14, 21].flatMap((k) => [walsh(32, k), walsh(32, k).map((v) => -v)]);
    const recurrent = Array.from({ length: 32 }, (_, i) =>
      Array.from({ length: 32 }, (_, j) => (beta / 64) * patterns.reduce((s, p) => s + p[i] * p[j], 0)),
    );
    return { recurrent, patterns };
  };
  const near = (rows: number[][], seed: number) => {
    const random = createRandom(seed);
    return rows.map((row) => row.map((v) => 0.7 * v + 0.1 * random.normal()));
  };

  test("a Hopfield network of 32 units with eight stored states, as a map and as a flow", () => {
    const { recurrent, patterns } = hopfield(2);
    const memory = { states: near(patterns, 2), labels: patterns.map((_, k) => k), delay: 20 };
    for (const system of [
      buildCell({ kind: "vanilla", activation: "tanh", recurrent }),
      buildCell({ kind: "rate", time: "continuous", activation: "tanh", recurrent }),
    ]) {
      const report = classify({ system, ...memory });
      expectOracle(report, "direct-fixed-point", "sure");
      expect(report.attractors.length).toBe(8);
    }
    // m = tanh(2 m), to the digits of the closed form.
    const { attractors } = classify({
      system: buildCell({ kind: "vanilla", activation: "tanh", recurrent }),
      ...memory,
    });
    for (const a of attractors)
      for (const v of a.state) expect(Math.abs(v)).toBeCloseTo(tanhFixedPoint(2), 10);
  });

  test("one direction of gain just below 1 is a slow line, well above 1 a direct pair", () => {
    const axis = orthonormal(30, 1, 4);
    const network = (gain: number): Constructed => ({
      system: buildCell({
        kind: "vanilla",
        activation: "tanh",
        recurrent: Array.from(axis, (a) => Array.from(axis, (b) => gain * a * b)),
      }),
      states: [0.5, -0.4].map((m) => Array.from(axis, (v) => m * v)),
      labels: ["plus", "minus"],
      delay: 20,
    });
    expectOracle(classify(network(0.995)), "slow-manifold", "sure");
    expectOracle(classify(network(1.5)), "direct-fixed-point", "sure");
    expectOracle(classify(network(1.002)), "direct-fixed-point", "borderline");
    expectOracle(classify(network(0.3)), "memory already lost", "either");
  });

  test("a rotation with gain above 1 remembers by phase, as a flow and as a map of any angle", () => {
    const states = [
      [0.5, 0],
      [0, 0.5],
      [-0.5, 0.1],
    ];
    const labels = ["a", "b", "c"];
    for (const angle of [0.3, Math.PI / 4, 1.1])
      expectOracle(
        classify({
          system: buildCell({ kind: "vanilla", activation: "tanh", recurrent: rotation(angle, 1.3) }),
          states,
          labels,
          delay: 30,
        }),
        "limit-cycle",
        "sure",
      );
    const system = buildCell({
      kind: "rate",
      time: "continuous",
      activation: "tanh",
      recurrent: [
        [1.5, -1],
        [1, 1.5],
      ],
    });
    expectOracle(classify({ system, states, labels, delay: 30 }), "limit-cycle", "sure");
  });

  test("a cycle of two steps holds one bit by its phase", () => {
    const flip = (gain: number) => map({ dimension: 1, step: ([x]) => [-Math.tanh(gain * x)] });
    const memory = { labels: ["a", "b"], delay: 11 };
    const two = classify({ system: flip(2), states: [[0.5], [-0.6]], ...memory });
    expectOracle(two, "limit-cycle", "sure");
    expect(two.attractors.map((a) => [a.motion, a.period])).toEqual([["cycle", 2]]);
    expect(Math.abs(two.memories[0].phase! - two.memories[1].phase!)).toBe(0.5);
    // The same phase is no memory: nothing but a decaying difference is left.
    const one = classify({ system: flip(1.1), states: [[0.5], [0.9]], ...memory });
    expect(one.memories.every((m) => m.shared)).toBe(true);
    expect(one.label).not.toBe("limit-cycle");
  });
});

describe("a label does not hang on one number", () => {
  const rate = fc.double({ min: Math.log(1e-6), max: Math.log(0.02), noNaN: true }).map(Math.exp);
  const seed = fc.integer({ min: 0, max: 1e6 });

  test("slow lines of any rate below 0.4 per delay, whatever the memories", () => {
    const amplitudes = fc.uniqueArray(fc.integer({ min: -20, max: 20 }), { minLength: 2, maxLength: 5 });
    fc.assert(
      fc.property(rate, amplitudes, fc.boolean(), (eps, levels, asStep) => {
        const c = built.slowLine(eps, 20);
        const line = { ...c, states: levels.map((v, k) => [v / 10, 0.3 * k]), labels: levels.map(String) };
        expect(labelOf(asStep ? asMap(line, 0.25) : line)).toBe("slow-manifold");
      }),
      { seed: 21, numRuns: 12 },
    );
  });

  test("slow curves: a ring that drifts to one of its points, however slowly", () => {
    const ring = (eps: number): Constructed => ({
      system: flow({
        dimension: 2,
        velocity: ([x, y]) => {
          const r = Math.hypot(x, y);
          const drift = (-eps * y) / r;
          return [(1 - r * r) * x - drift * y, (1 - r * r) * y + drift * x];
        },
      }),
      states: [
        [1, 0.5],
        [0, 1],
        [-0.9, -0.7],
        [0.1, -1.2],
      ],
      labels: [0, 1, 2, 3],
      delay: 20,
    });
    fc.assert(
      fc.property(rate, (eps) => {
        const report = classify(ring(eps));
        expect([report.label, report.attractors.length]).toEqual(["slow-manifold", 1]);
        expect(Math.hypot(report.attractors[0].state[0] - 1, report.attractors[0].state[1])).toBeLessThan(
          1e-6,
        );
      }),
      { seed: 22, numRuns: 5 },
    );
  });

  test("bistable pairs of any strength, hidden in any rotation", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.3, max: 5, noNaN: true }),
        fc.integer({ min: 2, max: 12 }),
        seed,
        (k, units, s) => {
          const pair: Constructed = {
            ...built.bistable(),
            system: flow({ dimension: 2, velocity: ([x, y]) => [k * (x - x ** 3), -y] }),
          };
          const report = classify(embedded(pair, units, s));
          expect(report.label).toBe("direct-fixed-point");
          expect(report.confidence).toBeGreaterThan(0.5);
        },
      ),
      { seed: 23, numRuns: 10 },
    );
  });

  test("phases on a cycle, from 2 to 6 of them, at any speed of turning", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 6 }),
        fc.double({ min: 0.2, max: 4, noNaN: true }),
        (count, turning) => {
          const report = classify(built.phases(20, count, turning));
          expect(report.label).toBe("limit-cycle");
          expect(report.attractors.length).toBe(1);
        },
      ),
      { seed: 24, numRuns: 8 },
    );
  });

  test("a decay that leaves less than a thousandth is lost, one that leaves more is borderline", () => {
    fc.assert(
      fc.property(fc.double({ min: 1.5, max: 6.5, noNaN: true }), (delay) => {
        const report = classify(built.leak(delay));
        expect([report.label, report.runnerUp]).toEqual(["slow-manifold", "unclassified"]);
        expect(report.confidence).toBeLessThan(0.5);
        expect(classify(built.leak(delay + 6)).unclassified).toBe("memory already lost");
      }),
      { seed: 25, numRuns: 10 },
    );
  });

  test("ghosts of any age keep a memory for a part of the passage time", () => {
    for (const mu of [1e-6, 1e-5, 1e-4, 1e-3]) {
      const passage = Math.PI / Math.sqrt(mu);
      const report = classify(built.ghost(mu, passage / 8));
      expect(report.label).toBe("slow-manifold");
      expect(report.confidence).toBeGreaterThan(0.5);
      expect(report.memories[0].lifetime!).toBeGreaterThan(passage / 8);
      expect(report.memories[0].lifetime!).toBeLessThan(2 * passage);
    }
  });
});

describe("laws", () => {
  const small = oracles.filter(([name]) => name !== "chaos");

  test.each(small)("%s: rotated state space, same answer", (_, c, expected) => {
    const report = classify(embedded(c, c.system.dimension, 9));
    expect(report.unclassified ?? report.label).toBe(expected);
  });

  test.each(small)("%s: memories in another order, or twice, same answer", (_, c, expected) => {
    const order = c.states.map((_, i) => i).reverse();
    const turned = { ...c, states: order.map((i) => c.states[i]), labels: order.map((i) => c.labels[i]) };
    const twice = { ...c, states: [...c.states, c.states[0]], labels: [...c.labels, c.labels[0]] };
    for (const changed of [turned, twice]) {
      const report = classify(changed);
      expect(report.unclassified ?? report.label).toBe(expected);
    }
  });

  test.each(small)("%s: ten times slower, for a delay ten times as long, same answer", (_, c, expected) => {
    const { system } = c;
    const slower = flow({
      dimension: system.dimension,
      velocity: (x, u, out) => {
        system.rule(x, u, out);
        for (let i = 0; i < out.length; i++) out[i] /= 10;
      },
    });
    const [before, after] = [classify(c), classify({ ...c, system: slower, delay: 10 * c.delay })];
    expect(after.unclassified ?? after.label).toBe(expected);
    expect(Math.abs(after.confidence - before.confidence)).toBeLessThan(0.02);
  });

  test("several states may carry one label: a label with two points of its own is still direct", () => {
    const corners = built.cube();
    const report = classify({
      ...corners,
      labels: corners.labels.map((k) => (Number(k) < 4 ? "low" : "high")),
    });
    expect(report.label).toBe("direct-fixed-point");
    expect(report.separability.nearestNeighbourAccuracy.at(-1)).not.toBeNull();
    expect(report.separability.betweenToWithin.at(-1)!).toBeGreaterThan(1);
  });

  test("nothing that was given is changed, the same call gives the same bytes, and the report survives JSON", () => {
    const c = built.mixed();
    const states = Float64Array.from(c.states.flat());
    const copy = states.slice();
    const memories = Object.freeze({ states, labels: Object.freeze([...c.labels]) });
    const options = Object.freeze({ delay: c.delay, readout: [[1, 1, 0]], seed: 3 });
    const first = classifyMechanism(c.system, memories, options);
    expect(states).toEqual(copy);
    expect(JSON.stringify(classifyMechanism(c.system, memories, options))).toBe(JSON.stringify(first));
    expect(JSON.parse(JSON.stringify(first))).toEqual(first);
    expect(structuredClone(first)).toEqual(first);
  });
});

describe("the evidence", () => {
  test("of a slow line is what the closed form says", () => {
    const report = classify(built.slowLine(0.01, 20), { readout: [[1, 0]] });
    const [a, b] = report.memories;
    // d(t) = 1.2 exp(-t / 100) between the last two; lost at a thousandth: 100 ln(1000) = 691, less the fast part.
    expect(b.decayTime!).toBeCloseTo(100, 0);
    expect(b.lifetimeKind).toBe("measured");
    expect(a.separation.delay!).toBeCloseTo(0.8 * Math.exp(-0.2), 6);
    const resolution = 1e-3 * Math.hypot(0.8, 1.1);
    expect(a.lifetime!).toBeCloseTo(100 * Math.log(0.8 / resolution), 0);
    const [point] = report.attractors;
    expect(point.type).toBe("fixed-point");
    expect(point.timeConstant!).toBeCloseTo(100, 6);
    expect(point.eigenvalues!.map(([re]) => re).sort((p, q) => p - q)).toEqual([
      expect.closeTo(-1, 9),
      expect.closeTo(-0.01, 9),
    ]);
    expect([point.slow!.dimension, point.slow!.gap]).toEqual([1, expect.closeTo(100, 6)]);
    expect(a.slowShare).toMatchObject({ at: "attractor", id: 0, ofDeviation: expect.closeTo(1, 6) });
    const { times, mean } = report.speeds;
    expect([times[0], times.at(-1)]).toEqual([0, expect.closeTo(20, 9)]);
    expect(mean.at(-1)!).toBeCloseTo((0.01 * (1 + 0.8 + 0.2) * Math.exp(-0.2)) / 3, 6);
    expect(report.originalRule!.trialEnds.label).toBe("manifoldFps1");
  });

  test("of a ghost names the slow point near the path, its speed and the time to pass", () => {
    const report = classify(built.ghost(1e-4, 50));
    expect(report.slowPoints.map((p) => p.kind)).toEqual(["ghost"]);
    expect(report.slowPoints[0].speed).toBeCloseTo(1e-4, 6);
    expect(Math.abs(report.slowPoints[0].state[0])).toBeLessThan(1e-3);
    expect(report.memories[0].slowShare).toMatchObject({ at: "slow-point" });
  });

  test("of a cycle has its period and multipliers", () => {
    // r' = r - r^3 about r = 1: exponent -2, so exp(-4 pi) over one turn of 2 pi.
    const [cycle] = classify(built.phases()).attractors;
    expect(cycle.period!).toBeCloseTo(2 * Math.PI, 6);
    expect(cycle.multipliers![0][0]).toBeCloseTo(Math.exp(-4 * Math.PI), 6);
    expect(cycle.timeConstant!).toBeCloseTo(0.5, 2);
  });

  test("of phases keeps their differences: thirds of a turn", () => {
    const { memories } = classify(built.phases());
    const [p, q, r] = memories.map((m) => m.phase!);
    const turns = (x: number) => x - Math.floor(x);
    expect(turns(q - p)).toBeCloseTo(1 / 3, 1);
    expect(turns(r - q)).toBeCloseTo(1 / 3, 1);
  });

  test("of direct points says that memories last for ever, of chaos that lifetime has no meaning", () => {
    for (const m of classify(built.bistable()).memories)
      expect([m.lifetime, m.lifetimeKind]).toEqual([null, "for-ever"]);
    for (const m of classify(built.chaos()).memories)
      expect([m.lifetime, m.lifetimeKind, m.limit]).toEqual([null, "undefined", "chaotic"]);
  });

  test("a weakly damped focus is a fixed point in the end, not a cycle", () => {
    const focus = flow({ dimension: 2, velocity: ([x, y]) => [-0.005 * x + y, -x - 0.005 * y] });
    const report = classify({ system: focus, states: [[1, 0], [0, 1]], labels: ["a", "b"], delay: 20 }); // biome-ignore format: one line
    expect([report.label, report.attractors.map((a) => a.type)]).toEqual(["slow-manifold", ["fixed-point"]]);
    expect(report.attractors[0].timeConstant!).toBeCloseTo(200, 6);
  });

  test("a critical point (x' = -x^3) is reached, although no exponential says so", () => {
    const cubic = flow({ dimension: 1, velocity: ([x]) => [-(x ** 3)] });
    const report = classify({ system: cubic, states: [[1], [-1]], labels: ["a", "b"], delay: 20 });
    expect(report.label).toBe("slow-manifold");
  });

  test("phasic index and saturation: 0 and 1 for saturated points at rest, nothing where the states are no rates", () => {
    const hold = map({ dimension: 2, step: ([x, y]) => [Math.tanh(5 * x), Math.tanh(5 * y)] });
    const rest = 0.9999091217152326; // tanh(5 r) = r
    const c = { system: hold, states: [[rest, rest], [-rest, rest]], labels: [0, 1], delay: 10 }; // biome-ignore format: one line
    expect(classify(c).activity!.saturation).toBe(1);
    expect(classify(c).activity!.phasicIndex!).toBeLessThan(1e-9);
    expect(classify(built.chaos()).activity).toBeNull();
    expect(classify(built.chaos(), { rates: (x) => x.map(Math.tanh) }).activity).not.toBeNull();
  });
});

describe("the options", () => {
  test("a task that is not solved gives no mechanism, and says what it would be", () => {
    const c = built.bistable();
    expect(classify(c, { solved: false })).toMatchObject({
      label: "unclassified",
      unclassified: "not learned",
      runnerUp: "direct-fixed-point",
    });
    expect(classify(c, { solved: [true, false] }).unclassified).toBe("not learned");
    expect(classify(c, { solved: [true, true] }).label).toBe("direct-fixed-point");
  });

  test("a resolution coarser than the distance of the points makes the memory lost", () => {
    const c = built.bistable();
    expect(classify(c, { resolution: 1.9 }).label).toBe("direct-fixed-point");
    expect(classify(c, { resolution: 2.1 }).unclassified).toBe("memory already lost");
  });

  test("a readout that does not see the memory is told, and decides only when a tolerance is given", () => {
    const c = built.bistable();
    const blind = { readout: [[0, 1]] };
    expect(classify(c, blind).label).toBe("direct-fixed-point");
    expect(classify(c, { ...blind, readoutTolerance: 0.1 }).unclassified).toBe("memory already lost");
    expect(classify(c, { readout: (x) => x[0], readoutTolerance: 0.1 }).label).toBe("direct-fixed-point");
    expect(classify(c, { readout: [1, 0] }).originalRule!.trialEnds).toMatchObject({ label: "fixedPoint2" });
  });

  test("the authors' rule sees values and not states, and its noisy variant depends on the seed alone", () => {
    // Two points with the same readout: one for the readout, two for the states.
    const c = built.bistable();
    const even = classify(c, { readout: (x) => x[0] ** 2 });
    expect([even.label, even.originalRule!.trialEnds.label]).toEqual(["direct-fixed-point", "manifoldFps1"]);
    const noisy = (seed: number) =>
      classify(c, { readout: [1, 0], seed, original: { copies: 3, noise: 2, run: 200, window: 10 } })
        .originalRule!.noisy!;
    expect(noisy(1)).toEqual(noisy(1));
    expect(noisy(1).label).toMatch(/^manifoldFps[12]$/);
  });

  test("an input held during the delay decides which system is followed", () => {
    const system = map({ dimension: 1, inputDimension: 1, step: (x, u) => [Math.tanh((1.5 + u[0]) * x[0])] });
    const c = { system, states: [[0.4], [-0.4]], labels: ["a", "b"], delay: 20 };
    expect(labelOf(c)).toBe("direct-fixed-point");
    expect(classify(c, { input: [-1.2] }).unclassified).toBe("memory already lost");
  });

  test("what neither rests, returns nor escapes within the horizon is not settled, and no mechanism is named", () => {
    // A state that runs off at a constant speed for as long as anyone looks.
    const system = flow({ dimension: 2, velocity: ([, y]) => [1e-3, -y] });
    const c = { system, states: [[0, 1], [1, 1]], labels: ["a", "b"], delay: 5 }; // biome-ignore format: one line
    const report = classify(c, { horizon: 500 });
    expect([report.unclassified, report.runnerUp]).toEqual(["not settled", "slow-manifold"]);
    expect(report.memories.map((m) => [m.limit, m.attractor])).toEqual([
      ["not-settled", null],
      ["not-settled", null],
    ]);
  });

  test("wrong arguments are refused with a sentence", () => {
    const { system, states, labels } = built.bistable();
    const call = (memories: object, options: object) => () =>
      classifyMechanism(system, memories as never, options as never);
    const good = { states, labels };
    for (const [memories, options, message] of [
      [good, {}, "options.delay is missing"],
      [good, { delay: 0 }, "delay is 0"],
      [good, { delay: 5, horizon: 1 }, "horizon is 1"],
      [{ states, labels: ["a"] }, { delay: 5 }, "memories.labels has length 1, expected 2 (one per state)"],
      [
        { states, labels: ["a", "a"] },
        { delay: 5 },
        "memories.labels has 1 different labels, expected at least 2",
      ],
      [{ states, labels: ["a", Number.NaN] }, { delay: 5 }, "memories.labels[1] is NaN"],
      [{ states: [[1]], labels: ["a"] }, { delay: 5 }, "memories.states has rows of length 1, expected 2"],
      [
        good,
        { delay: 5, solved: [true] },
        "solved is an array of 1, expected a boolean or one per memory (2)",
      ],
      [good, { delay: 5, readoutTolerance: 1 }, "readoutTolerance is given without a readout"],
      [good, { delay: 5, readout: [[1, 2, 3]] }, "readout has rows of length 3, expected 2"],
      [good, { delay: 5, dealy: 3 }, "unknown option"],
      [good, { delay: 5, original: { copies: -1 }, readout: [1, 0] }, "original.copies is -1"],
    ] as const)
      expect(call(memories, options)).toThrow(message);
    expect(() => classifyMechanism(asMap(built.bistable(), 0.2).system, good, { delay: 2.5 })).toThrow(
      "delay is 2.5",
    );
  });
});
