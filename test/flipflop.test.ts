/**
 * The finders on trained networks, against the truth stored beside them: fixed points by SciPy's hybrid method
 * and damped Newton from these and many more starts, in float64 (see test/fixtures/flipflop/README.md).
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findAttractors } from "../src/analysis/attractors.js";
import { findCycles } from "../src/analysis/cycles.js";
import { type FixedPointReport, findFixedPoints } from "../src/analysis/fixedPoints.js";
import { findSlowPoints } from "../src/analysis/slowPoints.js";
import type { Cell } from "../src/cells/cell.js";
import { q as qOf } from "../src/core/system.js";
import { readWeights } from "../src/io/readWeights.js";
import { distanceBetween, setDistance } from "./analysis/compare.js";
import { readStoredTensors, type StoredTensor } from "./helpers/safetensors.js";

const fixtures = join(import.meta.dirname, "fixtures/flipflop");
/** Read from beside the project, never copied into it; absent elsewhere, and then its tests are skipped. */
const peer = join(import.meta.dirname, "../../shared/nets/flipflop/peer_ff3_tanh16");

async function load(folder: string): Promise<{ cell: Cell; truth: Record<string, StoredTensor> }> {
  const { cell } = await readWeights(join(folder, "weights.safetensors"));
  return { cell, truth: readStoredTensors(join(folder, "test.safetensors")) };
}

const row = (tensor: StoredTensor, i: number) => {
  const width = tensor.data.length / tensor.shape[0];
  return tensor.data.slice(i * width, (i + 1) * width);
};

/** Pairs every true point with the reported one nearest to it, and checks everything said about it. */
function expectAllPoints(report: FixedPointReport, truth: Record<string, StoredTensor>, count: number) {
  const x = truth["gt.zero.x"];
  expect(x.shape[0]).toBe(count);
  expect(report.points.length).toBe(count);
  const matched = new Set<number>();
  for (let i = 0; i < count; i++) {
    const point = report.points.reduce((a, b) =>
      distanceBetween(b.state, row(x, i)) < distanceBetween(a.state, row(x, i)) ? b : a,
    );
    matched.add(point.id);
    expect(distanceBetween(point.state, row(x, i))).toBeLessThan(1e-7);
    const expected = { real: row(truth["gt.zero.eig_re"], i), imaginary: row(truth["gt.zero.eig_im"], i) };
    expect(setDistance(point.eigenvalues, expected)).toBeLessThan(1e-8);
    expect(point.unstableDimension).toBe(truth["gt.zero.n_unstable"].data[i]);
    expect(point.stability === "stable").toBe(point.unstableDimension === 0);
  }
  expect(matched.size).toBe(count);
}

/** What any report about a network must satisfy. */
function expectHonest(cell: Cell, report: FixedPointReport) {
  const u = new Float64Array(cell.inputDimension);
  for (const point of report.points) {
    expect(point.q).toBeLessThan(1e-20);
    expect(qOf(cell, point.state, u)).toBe(point.q);
    expect(point.errorEstimate).toBeLessThan(1e-9);
  }
  const sum = Object.values(report.starts.counts).reduce((a, b) => a + b, 0);
  expect(sum).toBe(report.starts.total);
  expect(report.starts.outcome.length).toBe(report.starts.total);
}

describe("trained 3-bit flip-flops", () => {
  for (const name of ["ff3_tanh16", "ff3_gru16", "ff3_lstm16"])
    test(`${name}: all 27 fixed points and no other, with their eigenvalues`, async () => {
      const { cell, truth } = await load(join(fixtures, name));
      const report = findFixedPoints(cell, truth.inits.data);
      expectAllPoints(report, truth, 27);
      expectHonest(cell, report);
      expect(report.completeness[0].indexSum).toBe(1);
      expect(report.completeness[0].verdict).toBe(
        cell.domain!(new Float64Array(3)).invariant
          ? "consistent"
          : "not applicable: the dynamics is not known to be bounded",
      );
    });

  test("the eight memories are where trajectories end, and nothing else is", async () => {
    const { cell, truth } = await load(join(fixtures, "ff3_gru16"));
    const { points } = findFixedPoints(cell, truth.inits.data, { searchBudget: 0 });
    const { reached, unexplained } = findAttractors(cell, truth.inits.data, { points });
    expect(reached.map((a) => a.type)).toEqual(new Array(8).fill("fixed-point"));
    expect(new Set(reached.map((a) => a.match!.id)).size).toBe(8);
    for (const a of reached) expect(points[a.match!.id].stability).toBe("stable");
    expect(unexplained).toEqual([]);
  });
});

describe("a trained integrator", () => {
  test("has 3 fixed points, and none spurious along its approximate line", async () => {
    const { cell, truth } = await load(join(fixtures, "integ_tanh64_static"));
    const report = findFixedPoints(cell, truth.inits.data);
    expectAllPoints(report, truth, 3);
    expectHonest(cell, report);
    expect(report.points.map((p) => p.stability)).toEqual(["stable", "stable", "saddle"]);
  });

  test("has one slow point, a true minimum of q on a slow manifold", async () => {
    const { cell, truth } = await load(join(fixtures, "integ_tanh64_static"));
    const report = findSlowPoints(cell, truth.inits.data);
    const slow = truth["slow.x"];
    for (let i = 0; i < slow.shape[0]; i++) {
      const nearest = report.points.reduce((a, b) =>
        distanceBetween(b.state, row(slow, i)) < distanceBetween(a.state, row(slow, i)) ? b : a,
      );
      expect(distanceBetween(nearest.state, row(slow, i))).toBeLessThan(1e-3);
    }
    expect(report.points.length).toBe(slow.shape[0]);
    for (const point of report.points) {
      expect(point.gradientNorm).toBeLessThan(1e-14);
      expect(point.errorEstimate).toBeLessThan(1e-6);
      expect(point.smallestCurvature).toBeGreaterThan(0);
      expect(point.kind).toBe("slow-manifold");
    }
    const { fixed, slow: slowCount } = report.starts.counts;
    expect(fixed + slowCount).toBeGreaterThan(1000);
  });
});

describe.skipIf(!existsSync(peer))(
  "a flip-flop whose memory is a set of 2-cycles (skipped where the shared networks are absent)",
  () => {
    test("has its fixed points found and none of them called stable", async () => {
      const { cell, truth } = await load(peer);
      const report = findFixedPoints(cell, truth.inits.data);
      expectHonest(cell, report);
      const x = truth["gt.zero.x"];
      let found = 0;
      for (let i = 0; i < x.shape[0]; i++)
        if (report.points.some((p) => distanceBetween(p.state, row(x, i)) < 1e-7)) found++;
      expect(x.shape[0]).toBe(15);
      expect(found).toBeGreaterThanOrEqual(14);
      expect(report.points.filter((p) => p.stability === "stable")).toEqual([]);
    });

    test("has all 8 stable 2-cycles found, with their multipliers", async () => {
      const { cell, truth } = await load(peer);
      const report = findCycles(cell, truth.inits.data, { period: 2 });
      const stable = report.cycles.filter((c) => c.stability === "stable");
      expect(stable.length).toBe(8);
      const x = truth["attr.zero.p2.x"];
      expect(x.shape).toEqual([8, 2, 16]);
      const matched = new Set<number>();
      for (let i = 0; i < 8; i++) {
        const orbit = row(x, i);
        const cycle = stable.find((c) =>
          [0, 1].some(
            (k) =>
              distanceBetween(c.states, Float64Array.of(...orbit.slice(k * 16), ...orbit.slice(0, k * 16))) <
              1e-7,
          ),
        )!;
        matched.add(cycle.id);
        const expected = {
          real: row(truth["attr.zero.p2.mult_re"], i),
          imaginary: row(truth["attr.zero.p2.mult_im"], i),
        };
        expect(setDistance(cycle.multipliers, expected)).toBeLessThan(1e-8);
      }
      expect(matched.size).toBe(8);
    });

    test("is never described as unexplained once its cycles are known, and always before", async () => {
      const { cell, truth } = await load(peer);
      const starts = truth.inits.data.slice(0, 200 * 16);
      const { cycles } = findCycles(cell, starts, { period: 2 });
      const { points } = findFixedPoints(cell, starts, { searchBudget: 0 });
      const alone = findAttractors(cell, starts, { points });
      const cyclic = alone.reached.filter((a) => a.type === "cycle").map((a) => a.id);
      expect(cyclic.length).toBe(8);
      expect(alone.unexplained).toEqual(cyclic);
      expect(findAttractors(cell, starts, { points, cycles }).unexplained).toEqual([]);
    });
  },
);
