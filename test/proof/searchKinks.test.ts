/** Piecewise-linear networks with too many regions to visit: every pattern solved by hand, or one known by design. */
import fc from "fast-check";
import { Matrix, solve } from "ml-matrix";
import { describe, expect, test } from "vitest";
import { buildCell } from "../../src/cells/build.js";
import type { CellSpec } from "../../src/cells/spec.js";
import { createRandom } from "../../src/core/random.js";
import { atRest } from "../../src/proof/atRest.js";
import { type FixedPointList, findAllFixedPoints } from "../../src/proof/findAllFixedPoints.js";
import { foundPoints } from "../../src/proof/foundPoints.js";
import { toProof } from "../../src/proof/proof.js";
import { searchRegions } from "../../src/proof/searchRegions.js";
import { verifyProof } from "../../src/proof/verifyProof.js";

function normals(seed: number, count: number, scale = 1): number[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => scale * random.normal());
}

function weights(seed: number, n: number, gain: number): number[] {
  return normals(seed, n * n, gain / Math.sqrt(n));
}

const states = (list: FixedPointList) => list.points.map(({ state }) => Array.from(state));

function expectSame(actual: readonly (readonly number[])[], expected: readonly (readonly number[])[]) {
  expect(actual.length).toBe(expected.length);
  for (const e of expected)
    expect(actual.filter((a) => e.every((v, i) => Math.abs(v - a[i]) <= 1e-9)).length).toBe(1);
}

/** All solutions of `a = W phi(a) + b`, phi with slope `low` below 0 and 1 above, by solving all 2^n linear systems. */
function byPatterns(n: number, w: readonly number[], b: readonly number[], low: number): number[][] {
  const out: number[][] = [];
  for (let pattern = 0; pattern < 2 ** n; pattern++) {
    const on = (j: number) => (pattern >> j) & 1;
    const m = Array.from({ length: n }, (_, i) =>
      Array.from({ length: n }, (_, j) => (i === j ? 1 : 0) - w[i * n + j] * (on(j) ? 1 : low)),
    );
    const a = solve(new Matrix(m), Matrix.columnVector([...b])).to1DArray();
    if (a.every((v, j) => v > 0 === (on(j) === 1))) out.push(a);
  }
  return out;
}

/** The list, proved over kinks, and its proof confirmed. */
function proved(spec: CellSpec, period = 1): FixedPointList {
  const cell = buildCell(spec);
  const list = findAllFixedPoints(cell, { period });
  expect([list.argument, list.proved, list.left.count]).toEqual(["kinks", true, 0]);
  const proof = JSON.parse(JSON.stringify(toProof(cell, list.points, { complete: list.proof })));
  expect(verifyProof(proof, cell)).toMatchObject({ valid: true, failures: [], complete: "everywhere" });
  return list;
}

describe("complete lists by branching over kinks", () => {
  test("have the points that solving all 2^11 patterns gives: rectifiers, as rates and as currents", () => {
    const n = 11;
    let seen = 0;
    for (const seed of [1, 5]) {
      const recurrent = weights(seed, n, 1.7);
      const bias = normals(seed + 50, n);
      const expected = byPatterns(n, recurrent, bias, 0);
      const rates = proved({ kind: "vanilla", activation: "relu", recurrent, bias });
      expectSame(
        states(rates),
        expected.map((a) => a.map((v) => Math.max(v, 0))),
      );
      const currents = proved({ kind: "rate", time: "continuous", activation: "relu", recurrent, bias });
      expectSame(states(currents), expected);
      seen += expected.length;
      expect(rates.boxes).toBeLessThan(2 ** n);
    }
    expect(seen).toBeGreaterThan(1);
  });

  test("also of leaky rectifiers, which have no bound on either side", () => {
    const n = 11;
    const recurrent = weights(3, n, 1.4);
    const bias = normals(4, n);
    const list = proved({ kind: "rate", time: "continuous", activation: "leaky-relu", recurrent, bias });
    expectSame(states(list), byPatterns(n, recurrent, bias, 0.01));
  });

  test("of saturating networks need no bound", () => {
    // Three of seven units keep their sign by themselves, all weakly coupled: one point for every pattern of -, 0, +.
    const n = 7;
    const recurrent = normals(9, n * n, 0.01).map((v, p) => (p % (n + 1) > 0 ? v : p < 3 * n ? 2 : 0.3));
    const list = proved({ kind: "vanilla", activation: "hard-tanh", recurrent });
    const signs = list.points.map(({ state }) =>
      Array.from(state.subarray(0, 3), (v) => Math.round(v)).join(),
    );
    expect([signs.length, new Set(signs).size]).toEqual([27, 27]);
  });

  test("of twenty-four units, where no one can visit 2^24 regions", () => {
    const n = 24;
    const list = proved({
      kind: "vanilla",
      activation: "relu",
      recurrent: weights(2, n, 0.9),
      bias: normals(52, n),
    });
    expect(list.boxes).toBeLessThan(20_000);
  });

  test("of all cycles of period 2 are those that all regions of two steps give", () => {
    for (const seed of [1, 2]) {
      const n = 6;
      const spec: CellSpec = {
        kind: "plrnn",
        diagonal: normals(seed + 20, n, 0.5),
        recurrent: weights(seed + 30, n, 1.3),
        bias: normals(seed + 40, n),
      };
      const list = proved(spec, 2);
      const cell = buildCell(spec);
      const found = foundPoints(cell, new Float64Array(0), 2);
      const { left } = searchRegions(cell.spec, new Float64Array(0), 2, found);
      expect(left).toEqual([]);
      expectSame(
        states(list),
        found.certificates.map(({ state }) => Array.from(state)),
      );
    }
  });

  test("do not depend on the order of the units", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1000 }), (seed) => {
        const n = 11;
        const recurrent = weights(seed, n, 1.2);
        const bias = normals(seed + 1, n);
        const random = createRandom(seed + 2);
        const order = bias.map((_, i) => i).sort(() => random.uniform() - 0.5);
        const list = findAllFixedPoints(buildCell({ kind: "vanilla", activation: "relu", recurrent, bias }));
        const other = findAllFixedPoints(
          buildCell({
            kind: "vanilla",
            activation: "relu",
            recurrent: order.flatMap((i) => order.map((j) => recurrent[i * n + j])),
            bias: order.map((i) => bias[i]),
          }),
        );
        expect([list.proved, other.proved]).toEqual([true, true]);
        expectSame(
          states(other),
          states(list).map((x) => order.map((i) => x[i])),
        );
      }),
      { seed: 6, numRuns: 3 },
    );
  });
});

describe("networks about which nothing is certain", () => {
  test("a continuum of fixed points is left, and named", () => {
    // Unit 0 keeps any value in [0, 1]; the others do nothing of interest.
    const n = 11;
    const recurrent = weights(7, n, 0.3).map((v, p) => (p < n || p % n === 0 ? (p === 0 ? 1 : 0) : v));
    const list = findAllFixedPoints(
      buildCell({
        kind: "vanilla",
        activation: "clipped-relu",
        recurrent,
        bias: normals(8, n).fill(0, 0, 1),
      }),
    );
    expect([list.argument, list.proved]).toEqual(["kinks", false]);
    expect(list.reason).toMatch(/singular/);
  });

  test("points along a ray to infinity are not taken for none", () => {
    const n = 11;
    const recurrent = weights(7, n, 0.3).map((v, p) => (p < n || p % n === 0 ? (p === 0 ? 1 : 0) : v));
    const list = findAllFixedPoints(
      buildCell({ kind: "vanilla", activation: "relu", recurrent, bias: normals(8, n).fill(0, 0, 1) }),
      { budget: 5000 },
    );
    expect(list.proved).toBe(false);
  });

  test("a budget that runs out leaves parts, and certified points", () => {
    const n = 12;
    const cell = buildCell({
      kind: "vanilla",
      activation: "hard-tanh",
      recurrent: weights(1, n, 2),
      bias: normals(2, n, 0.3),
    });
    const list = findAllFixedPoints(cell, { budget: 200 });
    expect([list.argument, list.proved]).toEqual(["kinks", false]);
    expect(list.left.count).toBeGreaterThan(0);
    expect(list.reason).toMatch(/budget of 200 parts/);
    const proof = toProof(cell, list.points, { complete: list.proof });
    expect(verifyProof(JSON.parse(JSON.stringify(proof)), cell).valid).toBe(false);
  });

  test("a leaky network has the points of its map at rest", () => {
    const n = 11;
    const spec: CellSpec = {
      kind: "rate",
      time: "discrete",
      alpha: 0.1,
      activation: "relu",
      recurrent: weights(5, n, 1.3),
      bias: normals(6, n),
    };
    const own = proved(spec);
    const rested = findAllFixedPoints(buildCell(atRest(buildCell(spec).spec)));
    expectSame(states(own), states(rested));
  });
});
