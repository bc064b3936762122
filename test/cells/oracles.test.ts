import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { buildCell } from "../../src/cells/build.js";
import type { Cell } from "../../src/cells/cell.js";
import type { CellSpec } from "../../src/cells/spec.js";
import { q } from "../../src/core/system.js";
import { readStoredTensors, type StoredTensor } from "../helpers/safetensors.js";

interface Case {
  readonly spec: CellSpec;
  readonly inputs: number[][];
  readonly states?: number[][];
  readonly full?: number[][];
  readonly at?: number[][];
  readonly velocities?: number[][];
  readonly outputs: number[][];
}

const cases: Record<string, Case> = JSON.parse(
  readFileSync(new URL("../oracles/cells.json", import.meta.url), "utf8"),
);

/** Runs a map from its own initial state and shows each state. */
function follow(cell: Cell, inputs: readonly Float64Array[], visit: (x: Float64Array, t: number) => void) {
  let x = cell.initialState.slice();
  let next = new Float64Array(cell.dimension);
  for (const [t, u] of inputs.entries()) {
    cell.rule(x, u, next);
    visit(next, t);
    [x, next] = [next, x];
  }
}

function expectClose(actual: Float64Array, expected: ArrayLike<number>, tolerance: number) {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++)
    expect(Math.abs(actual[i] - expected[i])).toBeLessThanOrEqual(tolerance * (1 + Math.abs(expected[i])));
}

describe("a cell does what plain numpy makes of its equation", () => {
  test.each(Object.entries(cases))("%s", (_, { spec, inputs, states, full, at, velocities, outputs }) => {
    const cell = buildCell(spec);
    const held = inputs.map((u) => Float64Array.from(u));
    const y = new Float64Array(cell.outputDimension);
    const shown = new Float64Array(cell.units);
    const check = (x: Float64Array, t: number) => {
      if (states) expectClose(x, states[t], 1e-12);
      cell.lift(x, held[t], shown);
      if (full) expectClose(shown, full[t], 1e-12);
      cell.readout(x, held[t], y);
      expectClose(y, outputs[t], 1e-12);
    };
    if (velocities) {
      const velocity = new Float64Array(cell.dimension);
      for (const [t, expected] of velocities.entries()) {
        const x = Float64Array.from(at![t]);
        cell.rule(x, held[t], velocity);
        expectClose(velocity, expected, 1e-13);
        check(x, t);
      }
    } else {
      follow(cell, held, check);
    }
    expect(outputs.length).toBe(12);
  });
});

const own = new URL("../fixtures/flipflop/", import.meta.url).pathname;
const shared = new URL("../../../shared/nets/flipflop/", import.meta.url).pathname;

/** A PyTorch recurrent network with its linear readout, as a description. */
function describeNetwork(name: string, weights: Record<string, StoredTensor>): CellSpec {
  const common = {
    recurrent: weights.weight_hh_l0.data,
    input: weights.weight_ih_l0.data,
    readout: { weight: weights["readout.weight"].data, bias: weights["readout.bias"].data },
    ...(weights.h0 && { initialState: weights.h0.data }),
  };
  const [inputBias, recurrentBias] = [weights.bias_ih_l0.data, weights.bias_hh_l0.data];
  if (name.includes("gru")) return { kind: "gru", ...common, inputBias, recurrentBias };
  if (name.includes("lstm")) return { kind: "lstm", ...common, inputBias, recurrentBias };
  return {
    kind: "vanilla",
    activation: "tanh",
    ...common,
    bias: inputBias.map((b, i) => b + recurrentBias[i]),
  };
}

function rowsOf({ shape, data }: StoredTensor): Float64Array[] {
  const width = shape[shape.length - 1];
  return Array.from({ length: data.length / width }, (_, i) => data.slice(i * width, (i + 1) * width));
}

describe("a network trained in PyTorch", () => {
  const networks = [
    [own, "ff3_tanh16"],
    [own, "ff3_gru16"],
    [own, "ff3_lstm16"],
    [own, "integ_tanh64_static"],
    [shared, "peer_ff3_tanh16"],
  ] as const;

  describe.each(networks)("in %s: %s", (folder, name) => {
    const present = existsSync(`${folder}${name}`);
    const skipUnlessPresent = (context: { skip: (note: string) => void }) => {
      if (!present) context.skip(`${name} is not beside this checkout`);
    };

    test("follows its stored trajectories, states and outputs, to 1e-12", (context) => {
      skipUnlessPresent(context);
      const truth = readStoredTensors(`${folder}${name}/test.safetensors`);
      const cell = buildCell(
        describeNetwork(name, readStoredTensors(`${folder}${name}/weights.safetensors`)),
      );
      const [trials, steps] = truth["traj.input"].shape;
      const [inputs, states, outputs] = ["input", "state", "output"].map((part) =>
        rowsOf(truth[`traj.${part}`]),
      );
      const y = new Float64Array(cell.outputDimension);
      let worst = 0;
      for (let trial = 0; trial < trials; trial++) {
        const from = trial * steps;
        follow(cell, inputs.slice(from, from + steps), (x, t) => {
          cell.readout(x, inputs[from + t], y);
          x.forEach((v, i) => {
            worst = Math.max(worst, Math.abs(v - states[from + t][i]));
          });
          y.forEach((v, i) => {
            worst = Math.max(worst, Math.abs(v - outputs[from + t][i]));
          });
        });
      }
      expect(trials * steps).toBeGreaterThan(100);
      expect(worst).toBeLessThan(1e-12);
    });

    test("rests at its known fixed points, which lie in its box and have the known spectra", (context) => {
      skipUnlessPresent(context);
      const truth = readStoredTensors(`${folder}${name}/test.safetensors`);
      const cell = buildCell(
        describeNetwork(name, readStoredTensors(`${folder}${name}/weights.safetensors`)),
      );
      const d = cell.dimension;
      const conditions = Object.keys(truth).flatMap((key) => /^gt\.(\w+)\.x$/.exec(key)?.[1] ?? []);
      expect(conditions.length).toBeGreaterThan(0);
      for (const condition of conditions) {
        const u = truth[`gt.${condition}.u`].data;
        const { lower, upper } = cell.domain!(u);
        const [re, im] = ["eig_re", "eig_im"].map((part) => rowsOf(truth[`gt.${condition}.${part}`]));
        for (const [p, x] of rowsOf(truth[`gt.${condition}.x`]).entries()) {
          expect(q(cell, x, u)).toBeLessThan(1e-20);
          expect(x.every((v, i) => v >= lower[i] && v <= upper[i])).toBe(true);
          // Power sums of the eigenvalues are traces of the Jacobian's powers.
          const jacobian = new Float64Array(d * d);
          cell.jacobian(x, u, jacobian);
          let [trace, traceOfSquare, sum, sumOfSquares] = [0, 0, 0, 0];
          for (let i = 0; i < d; i++) {
            trace += jacobian[i * d + i];
            sum += re[p][i];
            sumOfSquares += re[p][i] ** 2 - im[p][i] ** 2;
            for (let j = 0; j < d; j++) traceOfSquare += jacobian[i * d + j] * jacobian[j * d + i];
          }
          expect(trace).toBeCloseTo(sum, 9);
          expect(traceOfSquare).toBeCloseTo(sumOfSquares, 9);
        }
      }
    });
  });
});
