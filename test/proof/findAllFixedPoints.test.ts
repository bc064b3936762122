import fc from "fast-check";
import { Matrix, solve } from "ml-matrix";
import { describe, expect, test } from "vitest";
import { findFixedPoints } from "../../src/analysis/fixedPoints.js";
import { defaultStarts } from "../../src/analysis/starts.js";
import { buildCell } from "../../src/cells/build.js";
import type { Cell } from "../../src/cells/cell.js";
import type { LowRankSpec } from "../../src/cells/spec.js";
import { createRandom } from "../../src/core/random.js";
import { residualJacobian } from "../../src/core/system.js";
import { determinantSign } from "../../src/numeric/determinantSign.js";
import { certifyAll } from "../../src/proof/certifyAll.js";
import { type FixedPointList, findAllFixedPoints } from "../../src/proof/findAllFixedPoints.js";
import type { BoxesProof } from "../../src/proof/proofFormat.js";
import { iterate } from "../../src/systems/iterate.js";
import { oracle } from "../io/helpers.js";
import { publishedNetworks } from "./publishedNetworks.js";

const parameters = { seed: 1990, numRuns: 3 };

function normals(seed: number, count: number, scale: number): Float64Array {
  const random = createRandom(seed);
  return Float64Array.from({ length: count }, () => scale * random.normal());
}

/** `n = gain m + noise`, s = 1 / N. */
function lowRank(seed: number, rank: number, units: number, gain: number, extra: Partial<LowRankSpec> = {}) {
  const left = normals(seed, units * rank, 1);
  const other = normals(seed + 1000, units * rank, 1);
  return buildCell({
    kind: "low-rank",
    time: "continuous",
    activation: "tanh",
    rank,
    scale: 1 / units,
    left,
    right: left.map((v, i) => gain * v + other[i]),
    bias: normals(seed + 2000, units, 0.2),
    ...extra,
  });
}

function vanilla(
  seed: number,
  units: number,
  gain: number,
  activation: "tanh" | "hard-tanh" | "relu" = "tanh",
) {
  return buildCell({
    kind: "vanilla",
    activation,
    recurrent: normals(seed, units * units, gain / Math.sqrt(units)),
    bias: normals(seed + 1, units, 0.2),
  });
}

function gru(seed: number, units: number) {
  return buildCell({
    kind: "gru",
    recurrent: normals(seed, 3 * units * units, 2),
    inputBias: normals(seed + 1, 3 * units, 0.3),
  });
}

function plrnn(seed: number, units: number) {
  return buildCell({
    kind: "plrnn",
    diagonal: normals(seed, units, 0.5),
    recurrent: normals(seed + 1, units * units, 1 / Math.sqrt(units)),
    bias: normals(seed + 2, units, 1),
  });
}

const states = (list: FixedPointList) =>
  list.points.map(({ state }) => Array.from(state)).sort((a, b) => a[0] - b[0] || a[1] - b[1]);

/** Both lists have the same states, one to one. */
function expectSame(
  actual: readonly (readonly number[])[],
  expected: readonly (readonly number[])[],
  within: number,
) {
  expect(actual.length).toBe(expected.length);
  for (const e of expected)
    expect(actual.filter((a) => e.every((v, i) => Math.abs(v - a[i]) <= within)).length).toBe(1);
}

const families: readonly (readonly [name: string, make: (seed: number) => Cell, input: readonly number[]])[] =
  [
    ["a low-rank network of rank 1", (seed) => lowRank(seed, 1, 300, 3), []],
    ["a low-rank network of rank 2", (seed) => lowRank(seed, 2, 100, 3), []],
    [
      "a low-rank network with an input",
      (seed) => lowRank(seed, 2, 60, 3, { input: normals(seed + 5, 60, 0.3) }),
      [0.8],
    ],
    [
      "a low-rank map without 1 / N",
      (seed) => lowRank(seed, 2, 50, 4, { time: "discrete", alpha: 0.2, scale: 0.03 }),
      [],
    ],
    ["a low-rank sigmoid network", (seed) => lowRank(seed, 2, 50, 9, { activation: "sigmoid" }), []],
    [
      "a low-rank relu network",
      (seed) => lowRank(seed, 2, 40, 1.5, { activation: "relu", time: "discrete", alpha: 0.5 }),
      [],
    ],
    ["a tanh network", (seed) => vanilla(seed, 3, 3), []],
    ["a GRU", (seed) => gru(seed, 2), []],
    ["a hard-tanh network", (seed) => vanilla(seed, 5, 3, "hard-tanh"), []],
    ["a piecewise-linear network", (seed) => plrnn(seed, 6), []],
  ];

describe.each(families)("the list of %s", (_name, make, held) => {
  const input = Float64Array.from(held);

  test("holds every fixed point that a search from many starts finds, in exactly one ball", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000 }), (seed) => {
        const cell = make(seed);
        const list = findAllFixedPoints(cell, { input });
        expect(list.proved).toBe(true);
        const found = findFixedPoints(cell, normals(seed + 9, 16 * cell.dimension, 2), {
          input,
          seed: 1,
        });
        for (const { state } of found.points) {
          const near = list.points.filter((p) =>
            state.every((v, i) => Math.abs(v - p.state[i]) <= p.radius + 1e-7 * (1 + Math.abs(v))),
          );
          expect(near.length).toBe(1);
        }
      }),
      parameters,
    );
  });

  test("has indices that sum to one where a box is mapped into itself", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000 }), (seed) => {
        const cell = make(seed);
        if (!cell.domain?.(input).invariant) return;
        const jacobian = new Float64Array(cell.dimension ** 2);
        let sum = 0;
        for (const { state } of findAllFixedPoints(cell, { input }).points) {
          residualJacobian(cell, state, input, jacobian);
          sum += (-1) ** cell.dimension * determinantSign(cell.dimension, jacobian);
        }
        expect(sum).toBe(1);
      }),
      parameters,
    );
  });
});

describe("low-rank networks", () => {
  test("of rank 1 have as many points as their equation changes its sign on a fine grid", () => {
    for (const gain of [0.5, 1.5, 4]) {
      const cell = lowRank(17, 1, 512, gain);
      const list = findAllFixedPoints(cell);
      const { lower, upper } = cell.domain!(new Float64Array(0));
      const f = new Float64Array(1);
      let changes = 0;
      let last = 0;
      for (let i = 0; i <= 4000; i++) {
        cell.rule(
          Float64Array.of(lower[0] + ((upper[0] - lower[0]) * (i + 0.123)) / 4000),
          new Float64Array(0),
          f,
        );
        if (last !== 0 && Math.sign(f[0]) !== last) changes++;
        last = Math.sign(f[0]);
      }
      expect([list.proved, list.points.length]).toEqual([true, changes]);
    }
  });

  test("have the same points whatever the order of the units, the scale of k, or the time constant", () => {
    const cell = lowRank(5, 2, 40, 4);
    const spec = cell.spec as LowRankSpec & { left: Float64Array; right: Float64Array; bias: Float64Array };
    const expected = states(findAllFixedPoints(cell));
    expect(expected.length).toBeGreaterThan(1);
    const order = createRandom(1).permutation(40);
    const rows = (a: Float64Array) => a.map((_, p) => a[order[p >> 1] * 2 + (p % 2)]);
    const shuffled = buildCell({
      ...spec,
      left: rows(spec.left),
      right: rows(spec.right),
      bias: spec.bias.map((_, i) => spec.bias[order[i]]),
    });
    expectSame(states(findAllFixedPoints(shuffled)), expected, 1e-12);
    const slow = buildCell({ ...spec, tau: 30 });
    expectSame(states(findAllFixedPoints(slow)), expected, 1e-12);
    const scaled = buildCell({
      ...spec,
      left: spec.left.map((v) => v / 3),
      right: spec.right.map((v) => 3 * v),
    });
    expectSame(
      states(findAllFixedPoints(scaled)),
      expected.map((x) => x.map((v) => 3 * v)),
      1e-11,
    );
  });

  test("come with bounds of the current of every unit", () => {
    const cell = lowRank(3, 2, 40, 3, { input: normals(4, 40, 1) });
    const input = Float64Array.of(0.5);
    const x = new Float64Array(40);
    for (const { state, lifted } of findAllFixedPoints(cell, { input }).points) {
      cell.lift(state, input, x);
      x.forEach((v, i) => {
        expect(lifted!.lower[i]).toBeLessThanOrEqual(v + 1e-14);
        expect(lifted!.upper[i]).toBeGreaterThanOrEqual(v - 1e-14);
        expect(lifted!.upper[i] - lifted!.lower[i]).toBeLessThan(1e-9);
      });
    }
  });
});

interface Lists {
  readonly lowRank: readonly {
    rank: number;
    left: number[];
    right: number[];
    bias: number[];
    points: number[][];
  }[];
  readonly gru: readonly { recurrent: number[]; inputBias: number[]; points: number[][] }[];
}

describe("lists found by MINPACK from thousands of starts", () => {
  const lists = oracle("completeLists") as Lists;

  test.each(lists.lowRank.map((l, i) => [i, l] as const))("low-rank network %i", (_i, network) => {
    const { points, rank, left, right, bias } = network;
    const cell = buildCell({
      kind: "low-rank",
      time: "continuous",
      activation: "tanh",
      rank,
      scale: 1 / bias.length,
      left: Float64Array.from(left),
      right: Float64Array.from(right),
      bias,
    });
    const list = findAllFixedPoints(cell);
    expect([list.proved, list.argument]).toEqual([true, "boxes"]);
    expectSame(states(list), points, 1e-9);
  });

  test.each(lists.gru.map((l, i) => [i, l] as const))("GRU %i", (_i, { points, recurrent, inputBias }) => {
    const list = findAllFixedPoints(
      buildCell({ kind: "gru", recurrent: Float64Array.from(recurrent), inputBias }),
    );
    expect(list.proved).toBe(true);
    expectSame(states(list), points, 1e-9);
  });
});

describe("piecewise-linear networks", () => {
  test("have the points that solving all 2^N patterns by hand gives", () => {
    let seen = 0;
    for (let seed = 0; seed < 12; seed++) {
      const n = 6;
      const cell = plrnn(seed, n);
      const { diagonal, recurrent, bias } = cell.spec as unknown as Record<string, Float64Array>;
      const expected: number[][] = [];
      for (let pattern = 0; pattern < 2 ** n; pattern++) {
        const on = (j: number) => (pattern >> j) & 1;
        const a = Array.from({ length: n }, (_, i) =>
          Array.from(
            { length: n },
            (_, j) => (i === j ? 1 - diagonal[i] : 0) - (on(j) ? recurrent[i * n + j] : 0),
          ),
        );
        const z = solve(new Matrix(a), Matrix.columnVector(Array.from(bias))).to1DArray();
        if (z.every((v, j) => v > 0 === (on(j) === 1))) expected.push(z);
      }
      const list = findAllFixedPoints(cell);
      expect([list.proved, list.argument, list.boxes]).toEqual([true, "regions", 2 ** n]);
      expectSame(states(list), expected, 1e-9);
      seen += expected.length;
    }
    expect(seen).toBeGreaterThan(10);
  });

  test("without bounds get a box at infinity where they are low-rank", () => {
    const list = findAllFixedPoints(lowRank(8, 2, 40, 1.5, { activation: "relu" }));
    expect(list.proved).toBe(true);
    expect((list.proof as BoxesProof).start.why).toBe("asymptote");
  });

  test("with a continuum of fixed points are not proved, and it is said why", () => {
    const line = findAllFixedPoints(
      buildCell({ kind: "vanilla", activation: "hard-tanh", recurrent: [[1]] }),
    );
    expect(line.proved).toBe(false);
    expect(line.reason).toMatch(/singular.*continuum/);
    const ray = findAllFixedPoints(
      buildCell({
        kind: "low-rank",
        time: "continuous",
        activation: "relu",
        left: [[1], [-1]],
        right: [[1], [-1]],
      }),
    );
    expect(ray.proved).toBe(false);
    expect(ray.reason).toMatch(/singular/);
  });
});

describe("cycles", () => {
  test("of a network that turns by a quarter are its two orbits of four", () => {
    const cell = buildCell({
      kind: "vanilla",
      activation: "tanh",
      recurrent: [
        [0, -2],
        [2, 0],
      ],
      bias: [0.1, 0.2],
    });
    const list = findAllFixedPoints(cell, { period: 4 });
    expect(list.proved).toBe(true);
    expect(list.cycles.map(({ period }) => period).sort()).toEqual([1, 4, 4]);
    const image = new Float64Array(2);
    for (const { points } of list.cycles)
      points.forEach((i, at) => {
        cell.rule(list.points[i].state, new Float64Array(0), image);
        const next = list.points[points[(at + 1) % points.length]].state;
        expect(Math.max(...image.map((v, j) => Math.abs(v - next[j])))).toBeLessThan(1e-12);
      });
  });

  test.each([
    ["tanh", (seed: number) => vanilla(seed, 2, 4)],
    ["piecewise-linear", (seed: number) => plrnn(seed, 3)],
    ["low-rank", (seed: number) => lowRank(seed, 2, 30, -4, { time: "discrete", alpha: 1 })],
  ] as const)(
    "%s: every point that a search on F^2 finds is listed once, with its least period",
    (_n, make) => {
      for (let seed = 0; seed < 3; seed++) {
        const cell = make(seed);
        const list = findAllFixedPoints(cell, { period: 2 });
        expect(list.proved).toBe(true);
        const found = findFixedPoints(iterate(cell, 2), normals(seed, 16 * cell.dimension, 1.5), { seed: 1 });
        for (const { state } of found.points)
          expect(
            list.points.filter((p) =>
              state.every((v, i) => Math.abs(v - p.state[i]) < 1e-7 * (1 + Math.abs(v))),
            ).length,
          ).toBe(1);
        const fixed = findAllFixedPoints(cell);
        expectSame(
          list.points.filter((p) => p.leastPeriod === 1).map((p) => Array.from(p.state)),
          states(fixed),
          1e-9,
        );
        expect(list.cycles.reduce((sum, { points }) => sum + points.length, 0)).toBe(list.points.length);
      }
    },
  );
});

describe("a network with weak interactions", () => {
  test.each([
    ["tanh", vanilla(3, 40, 0.1)],
    ["relu, which has no bounds", vanilla(4, 40, 0.1, "relu")],
  ] as const)("%s: has exactly one point, whatever its size", (_name, cell) => {
    const list = findAllFixedPoints(cell);
    expect([list.proved, list.argument, list.points.length]).toEqual([true, "contraction", 1]);
  });
});

describe("what cannot be proved is said", () => {
  const critical = buildCell({ kind: "vanilla", activation: "tanh", recurrent: [[1]] });

  test("a degenerate point stays among the boxes left", () => {
    const list = findAllFixedPoints(critical);
    expect([list.proved, list.argument]).toEqual([false, "boxes"]);
    expect(list.left.count).toBeGreaterThan(0);
    expect(list.left.extent!.lower[0]).toBeLessThanOrEqual(0);
    expect(list.left.extent!.upper[0]).toBeGreaterThanOrEqual(0);
    expect(list.left.extent!.upper[0]).toBeLessThan(1e-4);
    expect(list.reason).toMatch(/degenerate/);
  });

  test("a budget that ends", () => {
    const list = findAllFixedPoints(lowRank(1, 2, 50, 4), { budget: 10 });
    expect([list.proved, list.boxes]).toEqual([false, 10]);
    expect(list.reason).toMatch(/budget of 10/);
  });

  test("no box, or too many coordinates", () => {
    const softplus = buildCell({ kind: "vanilla", activation: "softplus", recurrent: [[1.5]] });
    expect(findAllFixedPoints(softplus).reason).toMatch(/no box is known/);
    expect(findAllFixedPoints(vanilla(1, 30, 3)).reason).toMatch(/30 coordinates/);
  });

  test("a given box limits the claim to itself", () => {
    const bistable = buildCell({ kind: "vanilla", activation: "tanh", recurrent: [[2]] });
    const list = findAllFixedPoints(bistable, { box: { lower: [0.5], upper: [3] } });
    expect([list.proved, list.points.length]).toEqual([true, 1]);
    expect(list.points[0].state[0]).toBeCloseTo(0.95750402407727, 12);
    const none = findAllFixedPoints(bistable, { box: { lower: [0.2], upper: [0.4] } });
    expect([none.proved, none.points.length]).toEqual([true, 0]);
  });

  test.each([
    [{ period: 0 }, /period is 0/],
    [{ budget: 0 }, /budget is 0/],
    [{ input: [1] }, /input has length 1, expected 0/],
    [{ box: { lower: [1], upper: [0] } }, /box\.lower\[0\] is 1, expected at most 0/],
    [{ boxes: 3 }, /unknown option "boxes"/],
  ])("wrong arguments are refused: %j", (options, message) => {
    expect(() => findAllFixedPoints(critical, options as never)).toThrow(message);
  });

  test("a period of a flow, or a system without an equation, is refused", () => {
    expect(() => findAllFixedPoints(lowRank(1, 1, 5, 1), { period: 2 })).toThrow(/is a flow/);
    const { rule, jacobian } = critical;
    const bare = { time: "discrete", dimension: 1, inputDimension: 0, rule, jacobian } as const;
    expect(() => findAllFixedPoints(bare)).toThrow(/does not show its equation/);
  });
});

describe("the tree of a proof", () => {
  test("is a whole tree whose balls hold all points, and whose empty leaves hold none", () => {
    for (const cell of [lowRank(2, 2, 60, 4), vanilla(6, 3, 4), gru(8, 2)]) {
      const list = findAllFixedPoints(cell);
      expect(list.proved).toBe(true);
      const proof = list.proof as BoxesProof;
      expect(JSON.parse(JSON.stringify(proof))).toEqual(proof);
      let at = 0;
      let seen = 0;
      const walk = (lower: readonly number[], upper: readonly number[]) => {
        const code = proof.tree[at++];
        if (code >= 0) {
          const middle = lower[code] + (upper[code] - lower[code]) / 2;
          walk(lower, upper.with(code, middle));
          walk(lower.with(code, middle), upper);
          return;
        }
        const inside = proof.balls.flatMap(({ state }, j) =>
          state.every((v, i) => v >= lower[i] && v <= upper[i]) ? [j] : [],
        );
        expect(code).not.toBe(-2);
        if (code === -1) expect(inside).toEqual([]);
        else {
          const j = (-3 - code) % proof.balls.length;
          expect(inside.filter((k) => k !== j)).toEqual([]);
          seen += inside.length;
        }
      };
      walk(proof.start.lower, proof.start.upper);
      expect(at).toBe(proof.tree.length);
      expect(seen).toBeGreaterThanOrEqual(list.points.length);
    }
  });

  test("is the same every time", () => {
    const tree = () => (findAllFixedPoints(lowRank(2, 2, 60, 4)).proof as BoxesProof).tree;
    expect(tree()).toEqual(tree());
  });
});

describe("published networks", async () => {
  const networks = await publishedNetworks("pals_phase_limit_cycle", "pals_smc_rnns", "durstewitz_contplrnn");
  const isAbsent = networks.size === 0;
  const lowRank = [...networks].flatMap(([path, cell]) =>
    cell.spec.kind === "low-rank" ? [{ path, cell, rank: cell.spec.rank! }] : [],
  );

  test.skipIf(isAbsent)("have complete lists (skipped where the shared files are absent)", () => {
    const expected: Record<string, number> = {
      "N512_T0217-141442": 1,
      "N512_T0221-113711": 1,
      "N512_T0222-185615": 3,
      "N512_T1206-175730": 5,
      SW20_1000_new: 1,
      Sine_Poisson: 2,
      rdm_student_new: 3,
      reach_vae_new: 23,
      LorenzPLRNN: 4,
    };
    // Those of rank 3 with clipped rectifiers take tens to hundreds of thousands of boxes each: docs/proof.md.
    const quick = lowRank.filter(({ rank }) => rank <= 2);
    expect(quick.length).toBeGreaterThan(15);
    const piecewise = [...networks]
      .filter(([path]) => path.endsWith(".mat"))
      .map(([path, cell]) => ({ path, cell }));
    for (const { path, cell } of [...quick, ...piecewise]) {
      const list = findAllFixedPoints(cell);
      expect([path, list.proved]).toEqual([path, true]);
      for (const [name, count] of Object.entries(expected))
        if (path.includes(name)) expect([path, list.points.length]).toEqual([path, count]);
    }
  });

  test.skipIf(isAbsent)(
    "have certified points, with the number of growing directions (skipped likewise)",
    () => {
      for (const [path, cell] of networks) {
        if (cell.spec.kind !== "rate" && cell.spec.kind !== "plrnn") continue;
        const starts = defaultStarts(cell, { seed: 0, count: 24 });
        const { points } = findFixedPoints(cell, starts, { searchBudget: 0 });
        const { certified, certificates } = certifyAll(
          cell,
          points.map(({ state }) => state),
        );
        expect([path, certified]).toEqual([path, points.length]);
        expect(certificates.every(({ unstable }) => unstable !== null)).toBe(true);
      }
    },
  );
});
