import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { buildCell } from "../../src/cells/build.js";
import type { CellSpec } from "../../src/cells/spec.js";
import { fromJSON, readWeights, toJSON } from "../../src/io/index.js";
import { complaint, fromBase64, oracle, sameNumbers } from "./helpers.js";

const schema = "rnn-dynamics/cell@1";
const through = (spec: CellSpec) => fromJSON(JSON.parse(JSON.stringify(toJSON(spec))));
const finite = fc.double({ noNaN: true, noDefaultInfinity: true });

describe("laws", () => {
  test("every float64 comes back bit for bit through JSON text, minus zero and subnormals included", () => {
    const list = fc.array(fc.oneof(finite, fc.constantFrom(-0, 5e-324, -Number.MAX_VALUE, 0.1)), {
      minLength: 1,
    });
    fc.assert(
      fc.property(list, list, (recurrent, bias) => {
        const given = {
          kind: "vanilla",
          activation: "tanh",
          recurrent: Float64Array.from(recurrent),
          bias: Object.freeze(bias),
        } as const;
        const back = through(given) as unknown as { recurrent: Float64Array; bias: Float64Array };
        expect(back.recurrent).toBeInstanceOf(Float64Array);
        expect(sameNumbers(back.recurrent, recurrent) && sameNumbers(back.bias, bias)).toBe(true);
      }),
      { seed: 24, numRuns: 300 },
    );
  });

  test("rows stay rows", () => {
    const back = through({
      kind: "vanilla",
      activation: "relu",
      recurrent: [
        [1, -0],
        [2, 3],
      ],
    });
    expect(back).toEqual({
      kind: "vanilla",
      activation: "relu",
      recurrent: [
        [1, -0],
        [2, 3],
      ],
    });
    expect(Object.is((back as unknown as { recurrent: number[][] }).recurrent[0][1], -0)).toBe(true);
  });

  test("every kind of cell comes back the same cell", async () => {
    for (const net of oracle("foreignNetworks")) {
      const model = net.model.kind === undefined ? undefined : net.model;
      const { cell } = await readWeights(fromBase64(net.base64), { ...(model && { model }) });
      const again = buildCell(through(cell.spec));
      expect(toJSON(again), net.name).toEqual(toJSON(cell));
      const [x, u] = [Float64Array.from(net.states[3]), Float64Array.from(net.inputs[3])];
      const [a, b] = [new Float64Array(cell.dimension), new Float64Array(cell.dimension)];
      cell.rule(x, u, a);
      again.rule(x, u, b);
      expect(sameNumbers(a, b), net.name).toBe(true);
    }
  });
});

describe("what is no network is refused with the place and what is expected", () => {
  const good = { schema, kind: "rate", time: "discrete", activation: "tanh", recurrent: [1, 2, 3, 4] };
  for (const [what, value, says] of [
    ["a list", [], "c: a network must be an object, got an array of 0"],
    ["no schema", { kind: "gru" }, 'c: schema is missing, expected "rnn-dynamics/cell@1"'],
    [
      "an unknown kind",
      { schema, kind: "esn" },
      'c: kind is "esn", expected one of vanilla, rate, low-rank, gru, lstm, plrnn, stacked',
    ],
    [
      "a missing matrix",
      { ...good, recurrent: undefined },
      "c: recurrent is missing, expected finite numbers, row by row or in one flat list",
    ],
    [
      "a number in words",
      { ...good, recurrent: [1, "2"] },
      "c: recurrent is an array of 2, expected finite numbers, row by row or in one flat list",
    ],
    [
      "null in a vector",
      { ...good, bias: [null] },
      "c: bias is an array of 1, expected a list of finite numbers",
    ],
    [
      "rows and numbers mixed",
      { ...good, recurrent: [1, [2]] },
      "c: recurrent is an array of 2, expected finite numbers, row by row or in one flat list",
    ],
    [
      "an unknown field",
      { ...good, weights: [1] },
      'c: unknown field "weights" at the top level, expected one of kind, time, state, activation, tau, dt, alpha, scale, recurrent, input, bias, feedback, readout, initialState',
    ],
    [
      "an unknown activation",
      { ...good, activation: "swish" },
      'c: activation is "swish", expected one of tanh, relu, sigmoid, softplus, linear, elu, gelu, leaky-relu, clipped-relu, retanh, hard-tanh, hard-sigmoid, erf',
    ],
    [
      "a readout without weight",
      { ...good, readout: { bias: [1] } },
      "c: readout.weight is missing, expected finite numbers, row by row or in one flat list",
    ],
    [
      "a fault in a layer",
      { schema, kind: "stacked", layers: [{ kind: "gru", recurrent: {} }] },
      "c: layers[0].recurrent is an object, expected finite numbers, row by row or in one flat list",
    ],
  ] as const)
    test(what, () => expect(complaint(() => fromJSON(value, "c"))).toBe(says));

  test("toJSON refuses what JSON cannot hold", () => {
    expect(complaint(() => toJSON({ kind: "vanilla", activation: "tanh", recurrent: [1, Number.NaN] }))).toBe(
      "toJSON: recurrent[1] is NaN, expected a finite number",
    );
    expect(complaint(() => toJSON({ kind: "esn" } as never))).toMatch(/kind is "esn"/);
    expect(complaint(() => toJSON(null as never))).toMatch(/must be a cell or a cell spec, got null/);
    expect(complaint(() => toJSON({ kind: "vanilla", recurrent: () => 1 } as never))).toMatch(
      /recurrent is a function/,
    );
  });
});
