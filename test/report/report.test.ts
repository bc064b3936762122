import fc from "fast-check";
import { Matrix, SVD } from "ml-matrix";
import { describe, expect, test } from "vitest";
import { analyze, buildCell, createRandom, flow, map, simulate } from "../../src/index.js";
import { packFloats, unpackFloats } from "../../src/report/floats.js";
import { reportFigures, sampleTrajectories, show, writeReport } from "../../src/report/index.js";
import { pageScript } from "../../src/report/pageCode.js";
import { prepareReport } from "../../src/report/prepare.js";
import { principalAxes } from "../../src/report/principalAxes.js";
import { escaped } from "../../src/report/svg.js";
import { slowestMode } from "../../src/report/words.js";
import { classifyMechanism } from "../../src/study/index.js";

const bistable = map({
  dimension: 1,
  step: ([x]) => [Math.tanh(2 * x!)],
  domain: { lower: -1, upper: 1, invariant: true },
});
const starts = [[-1], [0.1], [1]];

/** x <- R x / 2 with R a turn by a radian, and a readout of the sum. */
const spiral = buildCell({
  kind: "vanilla",
  activation: "linear",
  recurrent: [
    [Math.cos(1) / 2, -Math.sin(1) / 2],
    [Math.sin(1) / 2, Math.cos(1) / 2],
  ],
  readout: { weight: [[1, 1]] },
});

/** All that a page is given, from the text of the page. */
function dataIn(html: string) {
  return JSON.parse(/<script type="application\/json" id="data">(.*?)<\/script>/s.exec(html)![1]!);
}

describe("the slowest mode in words", () => {
  test.each([
    [[0.9, 0.5], "9.491 steps"],
    [[1, 0.9], "neutral"], // neither grows nor decays: slower than any that decays
    [[1.1, 0.5], "10.49 steps, grows"],
    [[-0.99, 0.5], "99.5 steps, alternates"],
  ])("of eigenvalues %j is %s", (values, words) => {
    const diagonal = values.map((v, i) => values.map((_, j) => (i === j ? v : 0)));
    const cell = buildCell({ kind: "vanilla", activation: "linear", recurrent: diagonal });
    const [point] = analyze(cell, [[0, 0]]).points;
    expect(slowestMode(point!, "discrete")).toBe(words);
  });
});

describe("numbers in a page", () => {
  test("come back as the float32 nearest to them", () => {
    fc.assert(
      fc.property(fc.array(fc.double(), { maxLength: 50 }), (values) => {
        expect(Array.from(unpackFloats(packFloats(values)))).toEqual(values.map(Math.fround));
      }),
      { seed: 1, numRuns: 100 },
    );
  });
});

describe("principal axes", () => {
  const random = createRandom(3);
  const rows = (n: number, d: number) =>
    Float64Array.from({ length: n * d }, (_, k) => random.normal() * (1 + ((k % d) * (k % d)) / 3));

  test.each([
    ["more rows than columns", 60, 7],
    ["more columns than rows", 9, 40],
  ])("are the singular vectors of the centred rows: %s", (_, n, d) => {
    const data = rows(n, d);
    const { mean, vectors, shares } = principalAxes(data, d, 3);
    const centred = new Matrix(n, d);
    for (let i = 0; i < n; i++) for (let j = 0; j < d; j++) centred.set(i, j, data[i * d + j]! - mean[j]!);
    const svd = new SVD(centred, { autoTranspose: true });
    const right = svd.rightSingularVectors;
    const total = svd.diagonal.reduce((sum, s) => sum + s * s, 0);
    for (const [k, v] of vectors.entries()) {
      const inner = v.reduce((sum, x, i) => sum + x * right.get(i, k), 0);
      expect(Math.abs(inner)).toBeCloseTo(1, 8);
      expect(shares[k]).toBeCloseTo(svd.diagonal[k]! ** 2 / total, 8);
    }
  });

  test("are as many as there are directions, and none of a single state", () => {
    expect(principalAxes(Float64Array.of(1, 2, 3, 4, 5, 6), 2, 5).vectors).toHaveLength(1);
    expect(principalAxes(Float64Array.of(1, 2), 2, 5).vectors).toHaveLength(0);
  });
});

describe("sampleTrajectories", () => {
  test("runs until trajectories rest, and no longer than it may where they never do", () => {
    const resting = sampleTrajectories(bistable, starts);
    expect(resting.count).toBe(3);
    expect(resting.steps).toBeLessThan(100);
    const flip = map({ dimension: 1, step: ([x]) => [-Math.tanh(2 * x!)] });
    expect(sampleTrajectories(flip, starts, { maxSteps: 80 }).steps).toBe(80);
    const circle = flow({ dimension: 2, velocity: ([x, y]) => [y!, -x!] });
    const turning = sampleTrajectories(circle, [[1, 0]], { maxSteps: 60 });
    for (let t = 0; t < 60; t++)
      expect(Math.hypot(turning.states[2 * t]!, turning.states[2 * t + 1]!)).toBeCloseTo(1, 3);
  });

  test("chooses evenly, and refuses what is no start", () => {
    const many = Array.from({ length: 30 }, (_, i) => [i / 30]);
    const few = sampleTrajectories(bistable, many, { count: 3 });
    expect(Array.from(few.initialStates)).toEqual([0, 10 / 30, 20 / 30]);
    expect(() => sampleTrajectories(bistable, [])).toThrow("sampleTrajectories: starts is empty");
    expect(() => sampleTrajectories(bistable, [[1, 2]])).toThrow(
      "sampleTrajectories: starts has rows of length 2",
    );
  });
});

describe("writeReport", () => {
  const analysis = analyze(bistable, starts);

  test("is one file below 2 MB that names no other, and gives the same bytes again", () => {
    const html = writeReport(bistable, analysis);
    expect(html.length).toBeLessThan(2e6);
    expect(html).toBe(writeReport(bistable, analysis));
    const frame = html.replace(pageScript, "");
    expect(frame).not.toMatch(/https?:|src=|href=|@import|url\(/);
    expect(frame).toContain("default-src 'none'; script-src 'sha256-");
  });

  test("holds the points, the modes and how every start ended", () => {
    const data = dataIn(
      writeReport(
        spiral,
        analyze(spiral, [
          [1, 0],
          [0, 2],
        ]),
      ),
    );
    expect(data.axes.map((axis: { name: string }) => axis.name)).toEqual([
      "x1",
      "x2",
      "output1",
      "mode1",
      "mode2",
    ]);
    const [point] = data.points;
    expect(point.readout[0]).toBeCloseTo(0, 12);
    expect(point.modes).toHaveLength(1);
    const { eigenvalue, real, imaginary, grows } = point.modes[0];
    expect(grows).toBe(false);
    expect(Math.hypot(...eigenvalue)).toBeCloseTo(0.5, 6);
    // The plane of the pair is the whole plane: a circle of radius 1 / sqrt 2 in the two variables.
    for (const part of [real, imaginary]) {
      expect(Math.hypot(part[0], part[1])).toBeCloseTo(Math.SQRT1_2, 5);
      expect(part[2]).toBeCloseTo(part[0] + part[1], 5); // the readout is their sum
    }
    expect(real[0] * imaginary[0] + real[1] * imaginary[1]).toBeCloseTo(0, 5);
    expect(data.ends.outcome).toEqual(["fixed", "fixed"]);
    expect(data.ends.point).toEqual([0, 0]);
  });

  test("an axis along a slow mode decays at the mode's own rate", () => {
    const trajectory = simulate(spiral, [1, 0.3], { steps: 6 });
    const data = prepareReport("writeReport", spiral, analyze(spiral, [[1, 0]]), {
      trajectories: trajectory,
      axes: ["mode1", "mode2"],
    });
    const along = unpackFloats(data.trajectories!.positions);
    const width = data.axes.length;
    for (let t = 0; t < 6; t++) {
      const size = (i: number) => Math.hypot(along[i * width]!, along[i * width + 1]!);
      expect(size(t + 1) / size(t)).toBeCloseTo(0.5, 5);
    }
    const speeds = unpackFloats(data.trajectories!.logSpeeds);
    const [x0, y0] = trajectory.initialStates;
    const [x1, y1] = trajectory.states;
    expect(speeds[0]).toBeCloseTo(Math.log10(Math.hypot(x1! - x0!, y1! - y0!)), 5);
  });

  test("thins what is over a limit, keeps the ends of trajectories, and says so", () => {
    const trajectories = [
      simulate(
        bistable,
        Array.from({ length: 20 }, (_, i) => [i / 20]),
        { steps: 50 },
      ),
      simulate(bistable, [[-0.5]], { steps: 10 }),
    ];
    const { trajectories: drawn, notes } = prepareReport("writeReport", bistable, analysis, {
      trajectories,
      maxTrajectories: 10,
      maxSamples: 100,
      maxPoints: 2,
    });
    expect(drawn!.lengths).toHaveLength(10);
    const total = drawn!.lengths.reduce((sum, n) => sum + n, 0);
    expect(total).toBeLessThanOrEqual(100);
    const times = unpackFloats(drawn!.times);
    let end = 0;
    for (const n of drawn!.lengths) expect([50, 10]).toContain(times[(end += n) - 1]);
    expect(notes).toEqual([
      "The first 2 of 3 fixed points are shown.",
      "10 of 21 trajectories are drawn, evenly chosen.",
      expect.stringMatching(
        /^Of \d+ states along the trajectories one in \d+ is drawn \(the limit is 100\)\.$/,
      ),
    ]);
    expect(prepareReport("writeReport", bistable, analysis, { trajectories }).notes).toEqual([]);
  });

  test("draws a trajectory that fails as far as it went", () => {
    const running = map({ dimension: 1, step: ([x]) => [x! > 3 ? Number.NaN : 2 * x!] });
    const data = prepareReport("writeReport", running, analyze(running, [[0]]), {
      trajectories: simulate(running, [[1], [0]], { steps: 5 }),
    });
    expect(data.trajectories!.lengths).toEqual([3, 6]);
  });

  test("takes systems of one and two variables, analyses without a point, and flows", () => {
    const drift = map({ dimension: 1, step: ([x]) => [x! + 1] });
    const decay = flow({ dimension: 3, velocity: ([x, y, z]) => [-x!, -2 * y!, -3 * z!] });
    expect(dataIn(writeReport(drift, analyze(drift, [[0]]))).points).toEqual([]);
    expect(dataIn(writeReport(decay, analyze(decay, [[1, 1, 1]]))).shown).toHaveLength(3);
    expect(Object.keys(reportFigures(drift, analyze(drift, [[0]])))).toEqual(["state-space", "q-histogram"]);
  });

  test("reads an analysis of before ends were recorded", () => {
    const { ends: _, ...before } = analysis;
    expect(dataIn(writeReport(bistable, before as typeof analysis)).ends).toBeNull();
  });

  test.each<[string, () => unknown]>([
    [
      "writeReport: analysis is of a discrete system of dimension 1 with 0 inputs",
      () => writeReport(spiral, analysis),
    ],
    [
      'writeReport: axes has "pc1", expected names among mode1, x1',
      () => writeReport(bistable, analysis, { axes: ["pc1"] }),
    ],
    [
      "writeReport: axes has 4 names, expected 1 to 3",
      () => writeReport(bistable, analysis, { axes: ["x1", "x1", "x1", "x1"] }),
    ],
    ['writeReport: axes has "x2"', () => writeReport(bistable, analysis, { axes: ["x2"] })],
    [
      'writeReport: axes has "constructor1"',
      () => writeReport(bistable, analysis, { axes: ["constructor1"] }),
    ],
    ["writeReport: analysis.schema is undefined", () => writeReport(bistable, {} as never)],
    [
      "writeReport: trajectories[0] must be a Simulation of dimension 1",
      () => writeReport(bistable, analysis, { trajectories: simulate(spiral, [1, 1], { steps: 2 }) }),
    ],
    [
      "writeReport: trajectories[0] must be a Simulation",
      () =>
        writeReport(bistable, analysis, {
          trajectories: simulate(bistable, [1], { steps: 2, record: "final" }),
        }),
    ],
    ['writeReport: unknown option "colour"', () => writeReport(bistable, analysis, { colour: 1 } as never)],
    ["writeReport: maxSamples is 0", () => writeReport(bistable, analysis, { maxSamples: 0 })],
  ])("refuses with %s", (message, call) => {
    expect(call).toThrow(message);
  });
});

describe("reportFigures", () => {
  const analysis = analyze(bistable, starts);
  const figures = reportFigures(bistable, analysis, {
    trajectories: sampleTrajectories(bistable, starts),
    title: 'a <b> & "c"',
  });

  test("mark every point and every eigenvalue once, and name both axes", () => {
    expect(Object.keys(figures)).toEqual([
      "state-space",
      "eigenvalues",
      "q-histogram",
      "saturation",
      "speed",
    ]);
    const marks = (text: string) => (text.match(/<(circle|polygon)/g) ?? []).length;
    const legend = 2; // stable and unstable
    expect(marks(figures["state-space"]!)).toBe(3 + legend);
    expect(marks(figures.eigenvalues!)).toBe(3 + legend + 1); // and the unit circle
    for (const [name, labels] of Object.entries({
      "state-space": ["state variable 1"],
      eigenvalues: ["real part (per step)", "imaginary part (per step)"],
      "q-histogram": ["q = ½ |residual|² where the search ended", "starts"],
      saturation: ["starts", "different points found"],
      speed: ["time (steps)", "speed |residual| (state per step)"],
    }))
      for (const label of labels) expect(figures[name as "speed"]).toContain(`>${label}</text>`);
  });

  test("hold no script and no markup from names", () => {
    for (const figure of Object.values(figures)) {
      expect(figure).not.toMatch(/<b>|<script|on\w+=/);
      expect(figure).toContain("a &lt;b&gt; &amp; &quot;c&quot;");
    }
  });

  test("put the eigenvalue 2 twice as far right of the middle as the unit circle's edge", () => {
    const circle = /<circle cx="([\d.]+)" cy="([\d.]+)" r="([\d.]+)" fill="none"/.exec(figures.eigenvalues!)!;
    const [cx, cy, r] = circle.slice(1).map(Number);
    const square = /<polygon points="([\d.]+),([\d.]+) ([\d.]+),/
      .exec(figures.eigenvalues!)!
      .slice(1)
      .map(Number);
    expect((square[0]! + square[2]!) / 2).toBeCloseTo(cx! + 2 * r!, 1); // middle of the square's upper edge
    expect(square[1]! + 0.9 * 3.4).toBeCloseTo(cy!, 1);
  });
});

describe("escaped text", () => {
  test("never holds what could end an attribute or begin an element", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(escaped(text)).not.toMatch(/[<>"]|&(?!(amp|lt|gt|quot);)/);
      }),
      { seed: 1, numRuns: 200 },
    );
  });
});

describe("show", () => {
  const inspect = Symbol.for("nodejs.util.inspect.custom");
  const display = Symbol.for("Jupyter.display");

  test("prints an analysis as a table, and gives notebooks a table and a picture", () => {
    const analysis = analyze(bistable, starts);
    const shown = show(analysis) as unknown as Record<symbol, () => unknown> & { result: unknown };
    const text = String(shown);
    expect(text.split("\n")[0]).toBe("Fixed points: 3 (2 stable, 1 unstable)");
    expect(text).toMatch(/2 +unstable +1 +2\.0000 +1\.443 steps, grows/);
    expect(shown[inspect]!()).toBe(text);
    const bundle = shown[display]!() as Record<string, string>;
    expect(bundle["text/plain"]).toBe(text);
    expect(bundle["text/html"]).toMatch(/<table>.*<\/table>[\s\S]*<svg/);
    expect(shown.result).toBe(analysis);
  });

  test("takes fixed and slow points and mechanisms, and escapes their labels", async () => {
    const { findFixedPoints, findSlowPoints } = await import("../../src/index.js");
    expect(String(show(findFixedPoints(bistable, starts)))).toContain("Index check: consistent");
    const ghost = map({ dimension: 1, step: ([x]) => [x! + x! * x! + 1e-4] });
    expect(String(show(findSlowPoints(ghost, [[-0.4], [0.3]])))).toMatch(/^Slow points: 1[\s\S]*ghost/);
    const mechanism = classifyMechanism(
      bistable,
      { states: [[-1], [1]], labels: ["<img src=x>", "b"] },
      { delay: 10 },
    );
    const shown = show(mechanism) as unknown as Record<symbol, () => Record<string, string>>;
    expect(String(shown)).toMatch(/^Mechanism: direct-fixed-point, confidence/);
    expect(shown[display]!()["text/html"]).not.toContain("<img");
  });

  test("refuses what shows nothing", () => {
    for (const bad of [null, 3, {}, { points: 3 }, simulate(bistable, [1], { steps: 1 })])
      expect(() => show(bad as never)).toThrow("show: result is");
  });

  test("leaves results plain: they can be cloned, and have no symbols", () => {
    const analysis = analyze(bistable, starts);
    expect(structuredClone(analysis)).toEqual(analysis);
    expect(Object.getOwnPropertySymbols(analysis)).toEqual([]);
  });
});
