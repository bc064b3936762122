import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findAttractors } from "../../src/analysis/attractors.js";
import { findCycles } from "../../src/analysis/cycles.js";
import { findFixedPoints } from "../../src/analysis/fixedPoints.js";
import { restProblem } from "../../src/analysis/restProblem.js";
import { findSlowPoints } from "../../src/analysis/slowPoints.js";
import { buildCell } from "../../src/cells/build.js";
import type { Cell } from "../../src/cells/cell.js";
import { randomSpec } from "../../src/cells/initialise.js";
import { createRandom } from "../../src/core/random.js";
import { q as qOf } from "../../src/core/system.js";
import { defaultKernel } from "../../src/numeric/defaultKernel.js";
import { dogleg } from "../../src/solve/dogleg.js";
import { lbfgs } from "../../src/solve/lbfgs.js";
import { levenbergMarquardt } from "../../src/solve/levenbergMarquardt.js";
import { newton } from "../../src/solve/newton.js";
import { distanceBetween } from "../analysis/compare.js";

const seeded = { seed: 20130301, numRuns: 15 };
const seeds = fc.integer({ min: 0, max: 2 ** 31 });

/** A tanh network of n units and its recurrent matrix. */
function network(seed: number, n: number, gain = 1.6): { cell: Cell; w: Float64Array; b: Float64Array } {
  const random = createRandom(seed);
  const w = Float64Array.from({ length: n * n }, () => (gain * random.normal()) / Math.sqrt(n));
  const b = Float64Array.from({ length: n }, () => 0.1 * random.normal());
  return { cell: buildCell({ kind: "vanilla", activation: "tanh", recurrent: w, bias: b }), w, b };
}

function startsOf(seed: number, n: number, count: number, size = 1): Float64Array[] {
  const random = createRandom(seed).stream(99);
  return Array.from({ length: count }, () => Float64Array.from({ length: n }, () => size * random.normal()));
}

/** W with W X = atanh X for the columns of X: W = atanh(X) (X'X)^-1 X', of least norm. */
function plant(states: readonly Float64Array[]): Float64Array {
  const [n, k] = [states[0].length, states.length];
  const gram = new Float64Array(k * k);
  for (let i = 0; i < k; i++)
    for (let j = 0; j < k; j++) gram[i * k + j] = states[i].reduce((sum, v, d) => sum + v * states[j][d], 0);
  const pivots = new Int32Array(k);
  defaultKernel.luFactor(k, gram, pivots);
  const w = new Float64Array(n * n);
  for (let column = 0; column < n; column++) {
    const weights = Float64Array.from(states, (x) => x[column]);
    defaultKernel.luSolve(k, gram, pivots, weights);
    for (let row = 0; row < n; row++)
      for (let i = 0; i < k; i++) w[row * n + column] += Math.atanh(states[i][row]) * weights[i];
  }
  return w;
}

describe("fixed points", () => {
  test("planted ones are found from starts near them", () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 2, max: 8 }), (seed, n) => {
        const random = createRandom(seed);
        const count = Math.max(1, Math.floor(n / 2));
        const planted = Array.from({ length: count }, () =>
          Float64Array.from({ length: n }, () => 1.8 * (random.uniform() - 0.5)),
        );
        const recurrent = plant(planted);
        const cell = buildCell({ kind: "vanilla", activation: "tanh", recurrent });
        const starts = planted.map((x) => x.map((v) => v + 1e-4 * random.normal()));
        const { points } = findFixedPoints(cell, starts, { searchBudget: 0 });
        for (const x of planted) {
          const nearest = Math.min(...points.map((p) => distanceBetween(p.state, x)));
          expect(nearest).toBeLessThan(1e-7);
        }
      }),
      { ...seeded, numRuns: 40 },
    );
  });

  test("q never rises along the accepted steps of a descent on a network", () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 6 }), (seed, n) => {
        const { cell } = network(seed, n, 3);
        const problem = restProblem(cell, new Float64Array(0));
        const [start] = startsOf(seed, n, 1);
        for (const method of [dogleg, newton, levenbergMarquardt, lbfgs()]) {
          const stepper = method.prepare(problem);
          stepper.start(start);
          let before = stepper.iterate.q;
          for (let k = 0; k < 40 && stepper.iterate.status === "running"; k++) {
            stepper.step();
            expect(stepper.iterate.q).toBeLessThanOrEqual(before);
            before = stepper.iterate.q;
          }
        }
      }),
      seeded,
    );
  });

  test("permuting the units permutes the answer", () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 2, max: 5 }), (seed, n) => {
        const { cell, w, b } = network(seed, n);
        const order = createRandom(seed).stream(5).permutation(n);
        const permuted = buildCell({
          kind: "vanilla",
          activation: "tanh",
          recurrent: w.map((_, k) => w[order[Math.floor(k / n)] * n + order[k % n]]),
          bias: b.map((_, i) => b[order[i]]),
        });
        const starts = startsOf(seed, n, 30);
        const moved = starts.map((x) => x.map((_, i) => x[order[i]]));
        const one = findFixedPoints(cell, starts, { searchBudget: 1000 });
        const other = findFixedPoints(permuted, moved, { searchBudget: 1000 });
        expect(other.points.length).toBe(one.points.length);
        for (const p of one.points) {
          const image = p.state.map((_, i) => p.state[order[i]]);
          const twin = other.points.find((o) => distanceBetween(o.state, image) < 1e-8)!;
          expect(twin.stability).toBe(p.stability);
          expect(twin.index).toBe(p.index);
        }
      }),
      seeded,
    );
  });

  test("neither the order of the starts nor duplicates change the set", () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 5 }), (seed, n) => {
        const { cell } = network(seed, n);
        const starts = startsOf(seed, n, 25);
        const shuffled = Array.from(createRandom(seed).permutation(25), (i) => starts[i]);
        const sets = [starts, shuffled, [...starts, ...starts]].map(
          (rows) => findFixedPoints(cell, rows, { searchBudget: 0 }).points,
        );
        for (const set of sets.slice(1)) {
          expect(set.length).toBe(sets[0].length);
          for (const [i, p] of set.entries())
            expect(distanceBetween(p.state, sets[0][i].state)).toBeLessThan(1e-8);
        }
        // A search that knows points found before may reach one where its twin, earlier, did not: counts need not double.
        const reached = sets.map((set) => set.reduce((sum, { fromStarts }) => sum + fromStarts, 0));
        expect(reached[2]).toBeGreaterThan(reached[0]);
        expect(reached[2]).toBeLessThanOrEqual(50);
      }),
      seeded,
    );
  });

  test("every start has one outcome, each point re-evaluates to its q, and the index sum is not contradicted", () => {
    fc.assert(
      fc.property(
        seeds,
        fc.integer({ min: 1, max: 6 }),
        fc.double({ min: 0.3, max: 4, noNaN: true }),
        (seed, n, gain) => {
          const { cell } = network(seed, n, gain);
          const { points, starts, completeness } = findFixedPoints(cell, startsOf(seed, n, 20, 3));
          expect(Object.values(starts.counts).reduce((a, b) => a + b, 0)).toBe(20);
          expect(starts.outcome.length).toBe(20);
          for (const [i, id] of starts.point.entries()) expect(id >= 0).toBe(starts.outcome[i] === "fixed");
          for (const p of points) expect(qOf(cell, p.state, p.input)).toBe(p.q);
          const sum = points.reduce((total, p) => total + p.index, 0);
          expect(completeness[0].indexSum).toBe(sum);
          if (completeness[0].verdict === "consistent") expect(sum).toBe(1);
          for (let i = 0; i < points.length; i++)
            for (let j = 0; j < i; j++)
              expect(distanceBetween(points[i].state, points[j].state)).toBeGreaterThan(1e-6);
        },
      ),
      seeded,
    );
  });
});

describe("every finder", () => {
  const run = (cell: Cell, starts: readonly Float64Array[], input: Float64Array) => [
    findFixedPoints(cell, starts, { input, seed: 3 }),
    findSlowPoints(cell, starts, { input }),
    findCycles(cell, starts, { input, seed: 3, searchBudget: 100 }),
    findAttractors(cell, starts, { input, maxSteps: 2000 }),
  ];

  test("leaves the caller's arrays alone, repeats bit for bit, and returns plain data", () => {
    fc.assert(
      fc.property(seeds, fc.constantFrom("vanilla", "gru", "lstm", "plrnn" as const), (seed, kind) => {
        const cell = buildCell(randomSpec(kind, { units: 3, inputs: 2, gain: 1.2 }, seed));
        const starts = Object.freeze(startsOf(seed, cell.dimension, 6));
        const input = Float64Array.of(0.2, -0.4);
        const copies = [starts.map((x) => x.slice()), input.slice()];
        const first = run(cell, starts, input);
        expect([starts, input]).toEqual(copies);
        expect(run(buildCell(cell.spec), starts, input)).toEqual(first);
        expect(structuredClone(first)).toEqual(first);
      }),
      { ...seeded, numRuns: 12 },
    );
  });

  test("agrees with the others: a stable point attracts, an attracting point is stable and is matched", () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 4 }), (seed, n) => {
        const { cell } = network(seed, n);
        const starts = startsOf(seed, n, 20);
        const { points } = findFixedPoints(cell, starts, { searchBudget: 1000 });
        const { cycles } = findCycles(cell, starts, { searchBudget: 200 });
        const { reached } = findAttractors(cell, starts, { points, cycles });
        for (const a of reached)
          if (a.type === "fixed-point") expect(points[a.match!.id].stability).toBe("stable");
        const stable = points.filter((p) => p.stability === "stable");
        const kicked = stable.map((p) => p.state.map((v) => v + 1e-6));
        if (kicked.length === 0) return;
        const back = findAttractors(cell, kicked, { points });
        expect(Array.from(back.attractor, (a) => back.reached[a].match?.id)).toEqual(stable.map((p) => p.id));
      }),
      seeded,
    );
  });
});
