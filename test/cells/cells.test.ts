import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { buildCell } from "../../src/cells/build.js";
import type { Cell } from "../../src/cells/cell.js";
import { foldFeedback } from "../../src/cells/feedback.js";
import { fullRankSpec } from "../../src/cells/lowRank.js";
import type { CellSpec } from "../../src/cells/spec.js";
import { createRandom } from "../../src/core/random.js";
import { q } from "../../src/core/system.js";
import { gru, lowRank, normals, rate, vanilla, variants } from "./specs.js";

const d = (cell: Cell) => new Float64Array(cell.dimension);
const ruleOf = (cell: Cell, x: Float64Array, u: Float64Array) => {
  const out = d(cell);
  cell.rule(x, u, out);
  return out;
};

function expectClose(actual: Float64Array, expected: ArrayLike<number>, tolerance: number) {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++)
    expect(Math.abs(actual[i] - expected[i])).toBeLessThanOrEqual(tolerance * (1 + Math.abs(expected[i])));
}

describe("tangent and cotangent are the Jacobians of state and input at once", () => {
  test.each(variants.map((v) => [v.name, v.spec] as const))("%s", (_, spec) => {
    const cell = buildCell(spec);
    const [n, m] = [cell.dimension, cell.inputDimension];
    const [x, v, u, w] = [normals(n, 1), normals(n, 2), normals(m, 3), normals(m, 4)];
    const [a, b] = [new Float64Array(n * n), new Float64Array(n * m)];
    cell.jacobian(x, u, a);
    cell.inputJacobian(x, u, b);
    const forward = new Float64Array(n).fill(Number.NaN);
    cell.tangent(x, u, v, w, forward);
    const expected = forward.map((_, i) => {
      let sum = 0;
      for (let j = 0; j < n; j++) sum += a[i * n + j] * v[j];
      for (let j = 0; j < m; j++) sum += b[i * m + j] * w[j];
      return sum;
    });
    expectClose(forward, expected, 1e-13);
    const [back, backInput] = [new Float64Array(n).fill(Number.NaN), new Float64Array(m).fill(Number.NaN)];
    cell.cotangent(x, u, v, back, backInput);
    const transposed = (width: number, matrix: Float64Array) =>
      Float64Array.from({ length: width }, (_, j) =>
        v.reduce((sum, vi, i) => sum + matrix[i * width + j] * vi, 0),
      );
    expectClose(back, transposed(n, a), 1e-13);
    expectClose(backInput, transposed(m, b), 1e-13);
  });
});

/** The same network with its units in another order: unit i of the new one is unit order[i] of the old. */
function permuted(spec: CellSpec, order: Int32Array): CellSpec {
  const n = order.length;
  const rows = (value: unknown, blocks: number) => {
    if (value === undefined) return undefined;
    const flat = value as Float64Array;
    const width = flat.length / (blocks * n);
    return flat.map((_, p) => {
      const row = Math.floor(p / width);
      const block = Math.floor(row / n);
      return flat[(block * n + order[row % n]) * width + (p % width)];
    });
  };
  const columns = (flat: Float64Array) => flat.map((_, p) => flat[Math.floor(p / n) * n + order[p % n]]);
  const blocks = { gru: 3, lstm: 4 }[spec.kind as string] ?? 1;
  const changed: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(spec)) {
    if (spec.kind === "low-rank" && name === "diagonal") changed[name] = value;
    else if (
      ["input", "bias", "inputBias", "recurrentBias", "feedback", "diagonal", "left", "right"].includes(name)
    )
      changed[name] = rows(value, blocks);
    else if (name === "recurrent") changed[name] = columns(rows(value, blocks)!);
    else if ((name === "tau" || name === "alpha") && typeof value === "object")
      changed[name] = rows(value, 1);
    else if (name === "readout") {
      const readout = value as { weight: Float64Array };
      changed[name] = { ...readout, weight: columns(readout.weight) };
    } else changed[name] = value;
  }
  return changed as unknown as CellSpec;
}

describe("permuting the units permutes the answer", () => {
  const flat = variants.filter(({ spec }) => spec.kind !== "stacked");
  test.each(flat.map((v) => [v.name, v.spec] as const))("%s", (_, given) => {
    const cell = buildCell(given);
    const n = cell.units;
    const lowRankState = cell.spec.kind === "low-rank";
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = createRandom(seed);
        const order = random.permutation(n);
        const other = buildCell(permuted(cell.spec, order));
        const x = Float64Array.from({ length: cell.dimension }, () => random.normal());
        const u = Float64Array.from({ length: cell.inputDimension }, () => random.normal());
        // An LSTM's state is two blocks of units; a low-rank state does not see the order.
        const place = (state: Float64Array) =>
          lowRankState ? state.slice() : state.map((_, i) => state[Math.floor(i / n) * n + order[i % n]]);
        expectClose(ruleOf(other, place(x), u), place(ruleOf(cell, x, u)), 1e-13);
        const [y, z] = [new Float64Array(cell.outputDimension), new Float64Array(cell.outputDimension)];
        cell.readout(x, u, y);
        other.readout(place(x), u, z);
        expectClose(z, y, 1e-13);
      }),
      { seed: 7, numRuns: 10 },
    );
  });
});

describe("calls on different cells do not interfere", () => {
  test("interleaved rules and Jacobians of two cells of one description agree with calls in a row", () => {
    for (const { spec } of variants) {
      const [a, b] = [buildCell(spec), buildCell(spec)];
      const u = normals(a.inputDimension, 8);
      const [x, y] = [normals(a.dimension, 9), normals(a.dimension, 10)];
      const alone = [ruleOf(a, x, u), ruleOf(a, y, u)].map((v) => [...v]);
      const [first, second] = [d(a), d(a)];
      a.rule(x, u, first);
      b.rule(y, u, second);
      a.jacobian(x, u, new Float64Array(a.dimension ** 2));
      expect([[...first], [...second]]).toEqual(alone);
    }
  });
});

describe("cells that are one another", () => {
  const x = normals(5, 31);
  const u = normals(3, 32);

  test("a vanilla network is the Euler map of its rate network with alpha 1", () => {
    const spec = vanilla("tanh");
    const { kind: _, ...tensors } = spec;
    const same = buildCell({ ...tensors, kind: "rate", time: "discrete", state: "rate", alpha: 1 });
    expect([...ruleOf(same, x, u)]).toEqual([...ruleOf(buildCell(spec), x, u)]);
  });

  test("an Euler map with step dt moves by dt times the flow", () => {
    for (const state of ["current", "rate"] as const) {
      const flow = buildCell(rate({ state, tau: 3 }, true));
      const map = buildCell(rate({ state, time: "discrete", tau: 3, dt: 0.25 }, true));
      const velocity = ruleOf(flow, x, u);
      expectClose(
        ruleOf(map, x, u),
        x.map((v, i) => v + 0.25 * velocity[i]),
        1e-15,
      );
    }
  });

  test("a piecewise-linear network is linear within an orthant, exactly", () => {
    const cell = buildCell(variants.find(({ name }) => name === "plrnn")!.spec);
    const signs = [1, -1, 1, 1, -1];
    const [a, b] = [normals(5, 33), normals(5, 34)].map((v) => v.map((t, i) => Math.abs(t) * signs[i]));
    const mean = a.map((t, i) => (t + b[i]) / 2);
    const [fa, fb] = [ruleOf(cell, a, u), ruleOf(cell, b, u)];
    expectClose(
      ruleOf(cell, mean, u),
      fa.map((t, i) => (t + fb[i]) / 2),
      1e-14,
    );
    const [ja, jb] = [new Float64Array(25), new Float64Array(25)];
    cell.jacobian(a, u, ja);
    cell.jacobian(b, u, jb);
    expect(ja).toEqual(jb);
  });

  test("a GRU whose reset gate is open does not care where the reset stands", () => {
    const spec = gru();
    const open = Float64Array.from(spec.inputBias as Float64Array).fill(60, 0, 5);
    const [after, before] = [true, false].map((resetAfter) =>
      buildCell({ ...spec, inputBias: open, resetAfter }),
    );
    expectClose(ruleOf(after, x, u), ruleOf(before, x, u), 1e-14);
    expect(ruleOf(buildCell(gru()), x, u)).not.toEqual(ruleOf(buildCell(gru({ resetAfter: false })), x, u));
  });

  test("a stack of one layer is its layer; the Jacobian of two is block lower triangular", () => {
    const layer = buildCell(gru());
    const stack = buildCell({ kind: "stacked", layers: [gru()] });
    expect(ruleOf(stack, x, u)).toEqual(ruleOf(layer, x, u));
    const two = buildCell({ kind: "stacked", layers: [gru(), vanilla("tanh", { input: normals(25, 35) })] });
    const j = new Float64Array(100);
    two.jacobian(normals(10, 36), u, j);
    for (let row = 0; row < 5; row++)
      expect([...j.slice(row * 10 + 5, row * 10 + 10)]).toEqual([0, 0, 0, 0, 0]);
    expect(j.slice(50).some((v, p) => p % 10 < 5 && v !== 0)).toBe(true);
  });
});

describe("a low-rank network and the full network it stands for", () => {
  test.each([1, 2, 3])("of rank %i: fixed points lift to fixed points, under a held input", (rank) => {
    const spec = lowRank(rank, { initialState: normals(rank, 40) });
    const cell = buildCell(spec);
    const full = buildCell(fullRankSpec(spec));
    const u = normals(2, 41);
    const k = cell.initialState.slice();
    // The flow settles: small steps along it end at a fixed point.
    const velocity = d(cell);
    for (let t = 0; t < 20_000; t++) {
      cell.rule(k, u, velocity);
      for (let i = 0; i < rank; i++) k[i] += 0.05 * velocity[i];
    }
    expect(q(cell, k, u)).toBeLessThan(1e-25);
    const x = new Float64Array(cell.units);
    cell.lift(k, u, x);
    expect(q(full, x, u)).toBeLessThan(1e-25);
    expect(x.some((v) => Math.abs(v) > 0.1)).toBe(true);
    const [y, z] = [new Float64Array(2), new Float64Array(2)];
    cell.readout(k, u, y);
    full.readout(x, u, z);
    expectClose(y, z, 1e-13);
  });

  test("the lift of the R-dimensional velocity is the N-dimensional velocity, at any state", () => {
    for (const rank of [1, 2, 3]) {
      const spec = lowRank(rank, { tau: 0.6, scale: 0.3 });
      const [cell, full] = [buildCell(spec), buildCell(fullRankSpec(spec))];
      const u = normals(2, 42);
      const k = normals(rank, 43);
      const x = new Float64Array(9);
      cell.lift(k, u, x);
      const left = spec.left as Float64Array;
      const velocity = ruleOf(cell, k, u);
      const expected = x.map((_, i) => velocity.reduce((sum, v, r) => sum + left[i * rank + r] * v, 0));
      expectClose(ruleOf(full, x, u), expected, 1e-13);
    }
  });

  test("a diagonal of 1 - alpha, with alpha in the scale, is the network of that alpha; it has no full network", () => {
    const [alpha, scale] = [0.3, 0.7];
    const spec = lowRank(2, { time: "discrete", alpha, scale });
    const { alpha: _, ...rest } = spec;
    const other = { ...rest, diagonal: [1 - alpha, 1 - alpha], scale: alpha * scale };
    const [k, u] = [normals(2, 44), normals(2, 45)];
    expectClose(ruleOf(buildCell(other), k, u), ruleOf(buildCell(spec), k, u), 1e-14);
    expect(() => fullRankSpec(other)).toThrow("fullRankSpec: spec has a diagonal");
  });

  test("the initial state becomes its lift at zero input", () => {
    const spec = lowRank(2, { initialState: [0.5, -1] });
    const x = new Float64Array(9);
    buildCell(spec).lift(Float64Array.of(0.5, -1), new Float64Array(2), x);
    expect(buildCell(fullRankSpec(spec)).initialState).toEqual(x);
  });
});

describe("feedback", () => {
  test("folds into the weights by the example worked out by hand", () => {
    const folded = foldFeedback(
      2,
      1,
      Float64Array.of(1, 2, 3, 4),
      Float64Array.of(0.5, 0),
      Float64Array.of(1, -1),
      Float64Array.of(10, 20),
      Float64Array.of(3),
    );
    expect([...folded.recurrent]).toEqual([11, 22, -7, -16]);
    expect([...folded.bias]).toEqual([3.5, -3]);
  });

  test("a network with feedback is the network with its output as one more input", () => {
    for (const spec of [rate({}, true), rate({ state: "rate" }, true)]) {
      const closed = buildCell(spec);
      const { feedback, readout, ...rest } = spec;
      const [win, wfb] = [spec.input as Float64Array, feedback as Float64Array];
      const wide = Float64Array.from({ length: 25 }, (_, p) => {
        const [i, j] = [Math.floor(p / 5), p % 5];
        return j < 3 ? win[i * 3 + j] : wfb[i * 2 + j - 3];
      });
      const open = buildCell({ ...rest, input: wide, ...(readout && { readout }) });
      const [x, u] = [normals(5, 44), normals(3, 45)];
      const y = new Float64Array(2);
      open.readout(x, u, y);
      expectClose(ruleOf(closed, x, u), ruleOf(open, x, Float64Array.of(...u, ...y)), 1e-14);
    }
  });
});

describe("what only a network has", () => {
  test("the readout of an LSTM sees h, of a stack the last layer, of a current its rate unless told otherwise", () => {
    const none = new Float64Array(0);
    const y = new Float64Array(1);
    const lstm = buildCell({
      kind: "lstm",
      recurrent: new Float64Array(16),
      readout: { weight: [[1, 10]], bias: [0.5] },
    });
    lstm.readout(Float64Array.of(1, 2, 3, 4), none, y);
    expect(y[0]).toBe(21.5);
    const shown = new Float64Array(2);
    lstm.lift(Float64Array.of(1, 2, 3, 4), none, shown);
    expect([...shown, lstm.units, lstm.dimension]).toEqual([1, 2, 2, 4]);
    const layer: CellSpec = { kind: "vanilla", activation: "tanh", recurrent: [[1]] };
    const stack = buildCell({
      kind: "stacked",
      layers: [layer, { kind: "lstm", recurrent: new Float64Array(4), input: [[1], [1], [1], [1]] }],
      readout: { weight: [[2]] },
    });
    stack.readout(Float64Array.of(7, 3, 5), none, y);
    expect([y[0], ...stack.outputRange, stack.units]).toEqual([6, 1, 2, 2]);
    const both = new Float64Array(2);
    stack.lift(Float64Array.of(7, 3, 5), none, both);
    expect([...both]).toEqual([7, 3]);
    for (const [of, expected] of [
      [undefined, Math.tanh(2)],
      ["rate", Math.tanh(2)],
      ["state", 2],
    ] as const) {
      const current = buildCell({
        kind: "rate",
        time: "continuous",
        activation: "tanh",
        recurrent: [[1]],
        readout: { weight: [[1]], ...(of && { of }) },
      });
      current.readout(Float64Array.of(2), none, y);
      expect(y[0]).toBeCloseTo(expected, 14);
    }
  });

  test("the initial state is the trained one, or zeros; a stack's is its layers'", () => {
    expect(buildCell(vanilla("tanh")).initialState).toEqual(new Float64Array(5));
    expect(buildCell(vanilla("tanh", { initialState: [1, 2, 3, 4, 5] })).initialState).toEqual(
      Float64Array.of(1, 2, 3, 4, 5),
    );
    const layer: CellSpec = { kind: "vanilla", activation: "tanh", recurrent: [[1]], initialState: [0.5] };
    const stack: CellSpec = {
      kind: "stacked",
      layers: [layer, { ...layer, input: [[1]], initialState: [0.25] }],
    };
    expect(buildCell(stack).initialState).toEqual(Float64Array.of(0.5, 0.25));
    expect(buildCell({ ...stack, initialState: [1, 2] }).initialState).toEqual(Float64Array.of(1, 2));
  });
});
