import { describe, expect, test } from "vitest";
import { buildCell } from "../../src/cells/build.js";
import type { Cell } from "../../src/cells/cell.js";
import { createRandom } from "../../src/core/random.js";
import { gru, lowRank, rate, vanilla, variants } from "./specs.js";

/** Follows a map, or a flow by small Euler steps, for a long time. */
function settle(cell: Cell, x: Float64Array, u: Float64Array, steps: number) {
  const out = new Float64Array(cell.dimension);
  for (let t = 0; t < steps; t++) {
    cell.rule(x, u, out);
    for (let i = 0; i < x.length; i++) x[i] = cell.time === "discrete" ? out[i] : x[i] + 0.02 * out[i];
  }
}

const boxed = variants.filter(({ spec }) => buildCell(spec).domain);

describe("the box of a cell holds where trajectories from far outside end", () => {
  test.each(boxed.map((v) => [v.name, v.spec] as const))("%s", (_, spec) => {
    const cell = buildCell(spec);
    const random = createRandom(5);
    for (let run = 0; run < 3; run++) {
      const u = Float64Array.from({ length: cell.inputDimension }, () => random.normal());
      const { lower, upper } = cell.domain!(u);
      const x = Float64Array.from({ length: cell.dimension }, () => 3 * random.normal());
      settle(cell, x, u, 4000);
      // A trajectory may take for ever over the last ulps: a decaying exponential enters in the limit.
      x.forEach((v, i) => {
        expect(v).toBeGreaterThanOrEqual(lower[i] - 1e-9);
        expect(v).toBeLessThanOrEqual(upper[i] + 1e-9);
      });
    }
  });
});

const bounded = /tanh|sigmoid|clipped|erf/; // retanh and the hard ones match too

describe("who has a box", () => {
  test("exactly the cells whose activation is bounded and whose leak forgets", () => {
    for (const { name, spec } of variants) {
      const cell = buildCell(spec);
      const expected =
        spec.kind === "gru" || spec.kind === "lstm"
          ? true
          : spec.kind === "stacked"
            ? !name.includes("plrnn")
            : spec.kind !== "plrnn" &&
              bounded.test(spec.activation) &&
              !name.includes("feedback of the current") &&
              !name.includes("growing diagonal");
      expect([name, cell.domain !== undefined, cell.domainOver !== undefined]).toEqual([
        name,
        expected,
        expected,
      ]);
    }
  });

  test("not an Euler map whose step is too long to forget", () => {
    expect(buildCell(rate({ time: "discrete", alpha: 1.9 })).domain).toBeDefined();
    expect(buildCell(rate({ time: "discrete", alpha: 2 })).domain).toBeUndefined();
    expect(buildCell(lowRank(1, { time: "discrete", alpha: 2.5 })).domain).toBeUndefined();
  });
});

describe("the box in cases worked out by hand", () => {
  test("of two tanh units is the tanh of the interval of their drive", () => {
    const cell = buildCell({
      kind: "vanilla",
      activation: "tanh",
      recurrent: [
        [0, 0.5],
        [-2, 1],
      ],
      input: [[1], [0]],
      bias: [0.1, 0.2],
    });
    const { lower, upper, invariant } = cell.domain!(Float64Array.of(0.3));
    expect(invariant).toBe(true);
    const expected = [Math.tanh(0.4 - 0.5), Math.tanh(0.4 + 0.5), Math.tanh(0.2 - 3), Math.tanh(0.2 + 3)];
    const actual = [lower[0], upper[0], lower[1], upper[1]];
    actual.forEach((v, i) => {
      expect(Math.abs(v - expected[i])).toBeLessThan(2e-14);
    });
    expect(lower[0]).toBeLessThan(expected[0]);
    expect(upper[0]).toBeGreaterThan(expected[1]);
  });

  test("of a current is the interval of its drive, and of a GRU is [-1, 1], a few ulps wider", () => {
    const current = buildCell({
      kind: "rate",
      time: "continuous",
      activation: "clipped-relu",
      recurrent: [[-3]],
      bias: [1],
    });
    // x in [-2, 1] at first, whose image is [0, 1] again.
    const box = current.domain!(new Float64Array(0));
    expect(box.lower[0]).toBeCloseTo(-2, 12);
    expect(box.upper[0]).toBeCloseTo(1, 12);
    const gated = buildCell(gru()).domain!(new Float64Array(3));
    for (const [bound, one] of [
      [gated.lower, -1],
      [gated.upper, 1],
    ] as const)
      for (const v of bound) {
        expect(Math.abs(v)).toBeGreaterThan(1);
        expect(v).toBeCloseTo(one, 13);
      }
  });

  test("of an LSTM bounds c by what its gates can add and forget", () => {
    const cell = buildCell({
      kind: "lstm",
      recurrent: [[0], [0], [0], [0]],
      inputBias: [0, Math.log(3), 20, 0],
    });
    const { lower, upper, invariant } = cell.domain!(new Float64Array(0));
    // i = 1/2, f = 3/4, g = 1: |c| <= 2.
    expect([lower[1], upper[1]].map(Math.abs)).toEqual([expect.closeTo(2, 12), expect.closeTo(2, 12)]);
    expect(invariant).toBe(true);
  });

  test("of an LSTM whose forget gate rounds to 1 is infinite in c, and says that it is not invariant", () => {
    const cell = buildCell({
      kind: "lstm",
      recurrent: new Float64Array(16),
      inputBias: [0, 0, 40, 0, 0, 0, 0, 0],
    });
    const { lower, upper, invariant } = cell.domain!(new Float64Array(0));
    expect([upper[2], lower[2], invariant]).toEqual([Infinity, -Infinity, false]);
    expect(upper[3]).toBeCloseTo(0, 12);
    expect(upper[0]).toBeCloseTo(1, 12);
  });
});

describe("a box over an interval of inputs", () => {
  test("contains the box of every input in it", () => {
    const random = createRandom(6);
    for (const { spec } of boxed) {
      const cell = buildCell(spec);
      const m = cell.inputDimension;
      const lower = Float64Array.from({ length: m }, () => random.normal());
      const upper = lower.map((v) => v + random.uniform());
      const whole = cell.domainOver!(lower, upper);
      const u = lower.map((v, i) => v + random.uniform() * (upper[i] - v));
      const part = cell.domain!(u);
      for (let i = 0; i < cell.dimension; i++) {
        expect(part.lower[i]).toBeGreaterThanOrEqual(whole.lower[i] - 1e-13 * (1 + Math.abs(whole.lower[i])));
        expect(part.upper[i]).toBeLessThanOrEqual(whole.upper[i] + 1e-13 * (1 + Math.abs(whole.upper[i])));
      }
    }
  });

  test("of a stack uses, above, the box of the outputs below", () => {
    const below = vanilla("tanh", { readout: { weight: [[1, 0, 0, 0, 0]] } });
    const above = vanilla("tanh", { input: Float64Array.from({ length: 25 }, (_, i) => Math.sin(i)) });
    const u = Float64Array.of(0.1, -0.2, 0.3);
    const box = buildCell({ kind: "stacked", layers: [below, above] }).domain!(u);
    const first = buildCell(below).domain!(u);
    const second = buildCell(above).domainOver!(first.lower, first.upper);
    expect([...box.lower]).toEqual([...first.lower, ...second.lower]);
    expect([...box.upper]).toEqual([...first.upper, ...second.upper]);
  });
});
