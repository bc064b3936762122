import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { applyModelSpec, modelSchema, parseModelSpec, type Tensor } from "../../src/io/index.js";
import { complaint } from "./helpers.js";

const schema = "rnn-dynamics/model@1";
const options = { seed: 22, numRuns: 150 } as const;

const tensor = (name: string, shape: number[], data: ArrayLike<number>): Tensor => ({
  name,
  shape,
  dtype: "F64",
  data: Float64Array.from(data),
});
const ramp = (name: string, ...shape: number[]) =>
  tensor(
    name,
    shape,
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i + 1),
  );

/** Row-major transpose, written apart from the library's. */
const turn = (data: ArrayLike<number>, rows: number, columns: number) =>
  Array.from({ length: columns }, (_, j) =>
    Array.from({ length: rows }, (_, i) => data[i * columns + j]),
  ).flat();

describe("laws", () => {
  const sizes = fc.record({ N: fc.integer({ min: 1, max: 5 }), M: fc.integer({ min: 1, max: 4 }) });
  const fill = (count: number) =>
    fc.array(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }), {
      minLength: count,
      maxLength: count,
    });

  for (const [kind, order] of [
    ["gru", "rzn"],
    ["lstm", "ifgo"],
  ] as const)
    test(`a ${kind} stored in any gate order, transposed or not, is the network stored in ours`, () => {
      const stored = sizes.chain(({ N, M }) =>
        fc.record({
          N: fc.constant(N),
          M: fc.constant(M),
          gates: fc.shuffledSubarray([...order], { minLength: order.length }),
          recurrent: fill(order.length * N * N),
          input: fill(order.length * N * M),
          bias: fill(order.length * N),
          transpose: fc.boolean(),
        }),
      );
      fc.assert(
        fc.property(stored, ({ N, M, gates, recurrent, input, bias, transpose }) => {
          const G = order.length;
          const arrange = (data: number[], columns: number) =>
            gates.flatMap((gate) =>
              data.slice(order.indexOf(gate) * N * columns, (order.indexOf(gate) + 1) * N * columns),
            );
          const keep = (name: string, data: number[], columns: number) =>
            transpose
              ? tensor(name, [columns, G * N], turn(arrange(data, columns), G * N, columns))
              : tensor(name, [G * N, columns], arrange(data, columns));
          const ref = (name: string) => ({ name, transpose, gates: gates.join("") });
          const foreign = [
            keep("R", recurrent, N),
            keep("I", input, M),
            tensor("b", [G * N], arrange(bias, 1)),
          ];
          const before = foreign.map((t) => t.data.slice());
          const spec = applyModelSpec(
            {
              schema,
              kind,
              tensors: {
                recurrent: ref("R"),
                input: ref("I"),
                inputBias: { name: "b", gates: gates.join("") },
              },
            },
            foreign,
          );
          expect(spec).toEqual({
            kind,
            recurrent: Float64Array.from(recurrent),
            input: Float64Array.from(input),
            inputBias: Float64Array.from(bias),
          });
          expect(foreign.map((t) => t.data)).toEqual(before);
        }),
        options,
      );
    });

  test("index, mask, sign and factor act as written, and the bias parts add up", () => {
    const stored = sizes.chain(({ N }) =>
      fc.record({
        N: fc.constant(N),
        W: fill(2 * N * N),
        mask: fill(N * N),
        a: fill(N),
        b: fill(N),
        c: fill(N),
        factor: fc.integer({ min: -4, max: 4 }),
      }),
    );
    fc.assert(
      fc.property(stored, ({ N, W, mask, a, b, c, factor }) => {
        const spec = applyModelSpec(
          {
            schema,
            kind: "vanilla",
            activation: "tanh",
            tensors: {
              recurrent: { name: "W", index: 1, mask: "mask", scale: factor },
              bias: "a",
              inputBias: { name: "b", negate: true },
              recurrentBias: "c",
            },
          },
          [
            tensor("W", [2, N, N], W),
            tensor("mask", [N, N], mask),
            tensor("a", [N], a),
            tensor("b", [1, N], b),
            tensor("c", [N, 1], c),
          ],
        ) as unknown as { recurrent: Float64Array; bias: Float64Array };
        expect(spec.recurrent).toEqual(
          Float64Array.from(mask, (m, i) => (factor === 1 ? W[N * N + i] * m : W[N * N + i] * m * factor)),
        );
        expect(spec.bias).toEqual(Float64Array.from(a, (v, i) => v + -b[i] + c[i]));
      }),
      options,
    );
  });

  test("a parsed spec parses to itself and is no part of what was given", () => {
    const given = Object.freeze({ schema, kind: "gru", tensors: Object.freeze({ recurrent: "U" }) } as const);
    const once = parseModelSpec(given);
    expect(once).toEqual(given);
    expect(parseModelSpec(once)).toEqual(once);
    expect(once).not.toBe(given);
  });
});

describe("every kind", () => {
  test("absent tensors stay absent, and numbers pass through", () => {
    const spec = applyModelSpec(
      {
        schema,
        kind: "rate",
        time: "continuous",
        activation: "relu",
        tau: 2,
        dt: 0.5,
        scale: "1/N",
        state: "rate",
        tensors: { recurrent: "W" },
      },
      [ramp("W", 2, 2)],
    );
    // A flow has no Euler step: dt is kept by the model spec only.
    expect(spec).toEqual({
      kind: "rate",
      time: "continuous",
      state: "rate",
      tau: 2,
      scale: 0.5,
      activation: "relu",
      recurrent: Float64Array.of(1, 2, 3, 4),
    });
  });

  test("low-rank: the state has R numbers and flat factors keep N apart from R", () => {
    const spec = applyModelSpec(
      {
        schema,
        kind: "low-rank",
        time: "discrete",
        activation: "tanh",
        alpha: 0.1,
        tensors: { left: "m", right: { name: "n", transpose: true }, initialState: "k" },
      },
      [ramp("m", 3, 2), ramp("n", 2, 3), ramp("k", 2)],
    );
    expect(spec).toMatchObject({
      left: [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      right: [
        [1, 4],
        [2, 5],
        [3, 6],
      ],
      initialState: Float64Array.of(1, 2),
    });
  });

  test("a PLRNN's diagonal may be a diagonal matrix, and nothing else", () => {
    const model = { schema, kind: "plrnn", tensors: { diagonal: "A", recurrent: "W" } } as const;
    const diagonal = tensor("A", [2, 2], [0.5, 0, 0, 0.25]);
    expect(applyModelSpec(model, [diagonal, ramp("W", 2, 2)])).toMatchObject({
      diagonal: Float64Array.of(0.5, 0.25),
    });
    expect(
      complaint(() => applyModelSpec(model, [tensor("A", [2, 2], [1, 0, 3, 1]), ramp("W", 2, 2)])),
    ).toMatch(/tensor "A" holds 3 at \[1, 0\], expected zeros off the diagonal as diagonal of plrnn/);
  });

  test("an LSTM's initial state is [h; c], h and c, or h alone", () => {
    const state = (tensors: object, ...more: Tensor[]) =>
      applyModelSpec({ schema, kind: "lstm", tensors: { recurrent: "W", ...tensors } } as never, [
        ramp("W", 8, 2),
        ...more,
      ]).initialState;
    expect(state({ initialState: "s" }, ramp("s", 4))).toEqual(Float64Array.of(1, 2, 3, 4));
    expect(
      state({ initialState: "h", initialCell: "c" }, ramp("h", 1, 1, 2), tensor("c", [2], [5, 6])),
    ).toEqual(Float64Array.of(1, 2, 5, 6));
    expect(state({ initialState: "h" }, ramp("h", 2))).toEqual(Float64Array.of(1, 2, 0, 0));
    expect(state({ initialCell: "c" }, ramp("c", 2))).toEqual(Float64Array.of(0, 0, 1, 2));
    expect(complaint(() => state({ initialState: "s" }, ramp("s", 3)))).toMatch(
      /"s" has shape \[3\], expected \[4\] \(2N, \[h; c\]\)/,
    );
  });

  test("layers' initial states are put one after the other, zeros where a layer has none", () => {
    const layer = (W: string, rest: object) =>
      ({ kind: "vanilla", activation: "tanh", tensors: { recurrent: W, ...rest } }) as const;
    const spec = applyModelSpec(
      {
        schema,
        kind: "stacked",
        layers: [layer("W1", {}), layer("W2", { input: "I2", initialState: "h" })],
        tensors: { readout: "V" },
      },
      [ramp("W1", 2, 2), ramp("W2", 3, 3), ramp("I2", 3, 2), ramp("h", 3), ramp("V", 1, 3)],
    );
    expect(spec.initialState).toEqual(Float64Array.of(0, 0, 1, 2, 3));
    expect(spec.readout?.weight).toEqual(Float64Array.of(1, 2, 3));
  });

  test("a vector stands for an input matrix of one column and a readout of one row", () => {
    const spec = applyModelSpec(
      { schema, kind: "vanilla", activation: "tanh", tensors: { recurrent: "W", input: "i", readout: "v" } },
      [ramp("W", 2, 2), ramp("i", 2), ramp("v", 2)],
    );
    expect(spec).toMatchObject({ input: Float64Array.of(1, 2), readout: { weight: Float64Array.of(1, 2) } });
  });
});

describe("shapes are refused in terms of the file", () => {
  const vanilla = (tensors: object) => ({ schema, kind: "vanilla", activation: "tanh", tensors }) as never;
  const gru = (tensors: object) => ({ schema, kind: "gru", tensors }) as never;
  for (const [what, model, tensors, says] of [
    [
      "a recurrent matrix",
      gru({ recurrent: "weight_hh_l0" }),
      [ramp("weight_hh_l0", 40, 16)],
      'f: tensor "weight_hh_l0" has shape [40, 16], expected [48, 16] (3N x N) as recurrent of gru',
    ],
    [
      "a transposed recurrent matrix",
      gru({ recurrent: "U" }),
      [ramp("U", 2, 6)],
      'f: tensor "U" has shape [2, 6], expected [6, 2] (3N x N) as recurrent of gru; the file seems to hold the transpose, write { "name": "U", "transpose": true }',
    ],
    [
      "one transposed too often",
      gru({ recurrent: { name: "U", transpose: true } }),
      [ramp("U", 6, 2)],
      'f: tensor "U" has shape [6, 2], expected [2, 6] (N x 3N, stored transposed) as recurrent of gru; the file seems to hold it untransposed, drop "transpose"',
    ],
    [
      "a vector for a matrix",
      vanilla({ recurrent: "W" }),
      [ramp("W", 4)],
      'f: tensor "W" has shape [4], expected [N, N] (N x N) as recurrent of vanilla',
    ],
    [
      "an empty matrix",
      vanilla({ recurrent: "W" }),
      [ramp("W", 0, 0)],
      'f: tensor "W" has shape [0, 0], expected [N, N] (N x N) as recurrent of vanilla',
    ],
    [
      "an input matrix",
      vanilla({ recurrent: "W", input: "I" }),
      [ramp("W", 2, 2), ramp("I", 3, 2)],
      'f: tensor "I" has shape [3, 2], expected [2, M] (N x M) as input of vanilla; the file seems to hold the transpose, write { "name": "I", "transpose": true }',
    ],
    [
      "a bias",
      vanilla({ recurrent: "W", bias: "b" }),
      [ramp("W", 2, 2), ramp("b", 2, 2)],
      'f: tensor "b" has shape [2, 2], expected [2] (N) as bias of vanilla',
    ],
    [
      "a readout",
      vanilla({ recurrent: "W", readout: "V" }),
      [ramp("W", 2, 2), ramp("V", 2, 3)],
      'f: tensor "V" has shape [2, 3], expected [K, 2] (K x N) as readout of vanilla; the file seems to hold the transpose, write { "name": "V", "transpose": true }',
    ],
    [
      "an index past the end",
      vanilla({ recurrent: { name: "W", index: 2 } }),
      [ramp("W", 2, 2, 2)],
      'f: tensor "W" has shape [2, 2, 2], which has no index 2 (recurrent)',
    ],
    [
      "a mask",
      vanilla({ recurrent: { name: "W", mask: "m" } }),
      [ramp("W", 2, 2), ramp("m", 2)],
      'f: tensor "m" has shape [2], expected [2, 2] as mask of "W"',
    ],
    [
      "a missing tensor",
      vanilla({ recurrent: "W_rec" }),
      [ramp("W", 2, 2), ramp("b", 2)],
      'f: tensor "W_rec" (recurrent) is not in the file, which holds W [2, 2], b [2]',
    ],
    [
      "a bias without its readout",
      vanilla({ recurrent: "W", readoutBias: "b" }),
      [ramp("W", 2, 2), ramp("b", 2)],
      "f: model spec: tensors.readoutBias needs tensors.readout",
    ],
    [
      "feedback without a readout",
      vanilla({ recurrent: "W", feedback: "F" }),
      [ramp("W", 2, 2), ramp("F", 2, 1)],
      "f: model spec: tensors.feedback needs tensors.readout: it feeds the output back",
    ],
    [
      "a NaN in a mask",
      vanilla({ recurrent: { name: "W", mask: "m" } }),
      [ramp("W", 1, 1), tensor("m", [1, 1], [Number.NaN])],
      'f: tensor "m" holds NaN at [0, 0], expected finite numbers',
    ],
  ] as const)
    test(what, () =>
      expect(complaint(() => applyModelSpec(model, tensors as readonly Tensor[], "f"))).toBe(says),
    );

  test("a layer that does not take the layer below", () => {
    const layer = (i: number) => ({ kind: "gru", tensors: { recurrent: `U${i}`, input: `W${i}` } }) as const;
    const tensors = [ramp("U0", 6, 2), ramp("W0", 6, 1), ramp("U1", 6, 2), ramp("W1", 6, 3)];
    expect(
      complaint(() =>
        applyModelSpec({ schema, kind: "stacked", layers: [layer(0), layer(1)] }, tensors, "f"),
      ),
    ).toBe(
      'f: tensor "W1" has shape [6, 3], expected [6, 2] (3N x units of the layer below) as layers[1].input of gru',
    );
    const tail = { kind: "gru", tensors: { recurrent: "U1", input: "W1", readout: "V" } } as const;
    expect(
      complaint(() =>
        applyModelSpec(
          { schema, kind: "stacked", layers: [layer(0), tail] },
          [...tensors.slice(0, 3), ramp("W1", 6, 2)],
          "f",
        ),
      ),
    ).toBe("f: model spec: layers[1].a layer has no readout; give it to the stack");
  });
});

describe("a spec that cannot be meant is refused with the place and what is allowed", () => {
  const rate = { schema, kind: "rate", time: "discrete", activation: "tanh", tensors: { recurrent: "W" } };
  for (const [what, spec, says] of [
    ["no object", [], "m: a model spec must be an object, got an array of 0"],
    ["no schema", { kind: "gru" }, 'm: schema is missing, expected "rnn-dynamics/model@1"'],
    [
      "another schema",
      { schema: "rnn-dynamics/model@2" },
      'm: schema is "rnn-dynamics/model@2", expected "rnn-dynamics/model@1"',
    ],
    [
      "no kind",
      { schema },
      "m: kind is missing, expected one of vanilla, rate, low-rank, gru, lstm, plrnn, stacked",
    ],
    [
      "an unknown kind",
      { schema, kind: "constructor" },
      'm: kind is "constructor", expected one of vanilla, rate, low-rank, gru, lstm, plrnn, stacked',
    ],
    [
      "no activation",
      { ...rate, activation: undefined },
      "m: activation is missing, expected one of tanh, relu, sigmoid, softplus, linear, elu, gelu, leaky-relu, clipped-relu, retanh, hard-tanh, hard-sigmoid, erf",
    ],
    [
      "a misspelt field",
      { ...rate, tua: 1 },
      'm: unknown field "tua" at the top level, expected one of schema, description, readoutOf, kind, time, tau, dt, alpha, scale, state, activation, tensors',
    ],
    [
      "a misspelt role",
      { ...rate, tensors: { recurrent: "W", inputs: "I" } },
      'm: unknown field "inputs" at tensors, expected one of recurrent, input, bias, inputBias, recurrentBias, feedback, tau, alpha, readout, readoutBias, initialState',
    ],
    [
      "a misspelt instruction",
      { ...rate, tensors: { recurrent: { name: "W", transposed: true } } },
      'm: unknown field "transposed" at tensors.recurrent, expected one of name, reshape, index, mask, apply, transpose, negate, scale',
    ],
    [
      "a role that is a number",
      { ...rate, tensors: { recurrent: 7 } },
      "m: tensors.recurrent is 7, expected the name of a tensor or { name, reshape, index, mask, apply, transpose, negate, scale } or { stack }",
    ],
    [
      "no recurrent tensor",
      { ...rate, tensors: {} },
      "m: tensors.recurrent is missing, expected the name of a tensor or { name, reshape, index, mask, apply, transpose, negate, scale } or { stack }",
    ],
    ["a negative time constant", { ...rate, tau: -1 }, "m: tau is -1, expected a positive number"],
    ["a scale in words", { ...rate, scale: "1/n" }, 'm: scale is "1/n", expected a finite number or "1/N"'],
    [
      "alpha beside dt",
      { ...rate, alpha: 0.1, dt: 1 },
      "m: alpha and dt are both given, expected one (alpha = dt / tau)",
    ],
    [
      "alpha of a flow",
      { ...rate, time: "continuous", alpha: 0.1 },
      'm: alpha belongs to time "discrete"; a flow has tau',
    ],
    [
      "tau twice",
      { ...rate, tau: 1, tensors: { recurrent: "W", tau: "t" } },
      "m: tau and tensors.tau are both given, expected one",
    ],
    [
      "gates that are no permutation",
      { schema, kind: "gru", tensors: { recurrent: { name: "U", gates: "zrz" } } },
      'm: tensors.recurrent.gates is "zrz", expected the letters of "rzn" in the file\'s order',
    ],
    [
      "gates of another cell",
      { schema, kind: "lstm", tensors: { recurrent: { name: "U", gates: "rzn" } } },
      'm: tensors.recurrent.gates is "rzn", expected the letters of "ifgo" in the file\'s order',
    ],
    [
      "gates of a cell without",
      { ...rate, tensors: { recurrent: { name: "W", gates: "rzn" } } },
      'm: unknown field "gates" at tensors.recurrent, expected one of name, reshape, index, mask, apply, transpose, negate, scale',
    ],
    [
      "a sign for no gate",
      { schema, kind: "gru", tensors: { recurrent: { name: "U", negate: "x" } } },
      'm: tensors.recurrent.negate is "x", expected true, false or letters of "rzn"',
    ],
    [
      "layers that are none",
      { schema, kind: "stacked", layers: [] },
      "m: layers is an array of 0, expected a list of layers, each a model spec without schema",
    ],
    [
      "a fault in a layer",
      {
        schema,
        kind: "stacked",
        layers: [
          { kind: "gru", tensors: { recurrent: "U" } },
          { kind: "gru", tensors: { recurent: "U" } },
        ],
      },
      "m: layers[1].tensors.recurrent is missing, expected the name of a tensor or { name, reshape, index, mask, apply, transpose, negate, scale, gates }",
    ],
  ] as const)
    test(what, () => expect(complaint(() => parseModelSpec(spec, "m"))).toBe(says));

  test("layers in layers without end", () => {
    const loop: { kind: string; layers: unknown[] } = { kind: "stacked", layers: [] };
    loop.layers.push(loop);
    expect(complaint(() => parseModelSpec({ schema, ...loop }, "m"))).toBe(
      "m: layers are nested deeper than 8 levels",
    );
  });
});

test("reshape gives the numbers another shape of as many, before index", () => {
  const W = { name: "W", shape: [1, 8], dtype: "F64", data: Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8) };
  const spec = (reshape: number[]) =>
    applyModelSpec(
      {
        schema: modelSchema,
        kind: "vanilla",
        activation: "tanh",
        tensors: { recurrent: { name: "W", reshape, index: 1 } },
      },
      [W],
      "f",
    );
  expect(spec([2, 2, 2])).toMatchObject({ recurrent: Float64Array.of(5, 6, 7, 8) });
  expect(complaint(() => spec([3, 2, 2]))).toBe(
    'f: tensor "W" has shape [1, 8], which cannot be reshaped to [3, 2, 2] (recurrent)',
  );
});

describe("instructions for one tensor", () => {
  const tensor = (name: string, shape: number[], ...data: number[]) => ({
    name,
    shape,
    dtype: "F64",
    data: Float64Array.from(data),
  });
  const list = [
    tensor("m", [2, 1], 1, 2),
    tensor("n", [1, 2], 3, 4),
    tensor("rates", [1, 1], Math.log(-Math.log(0.75))),
    tensor("gain", [1], 10),
    tensor("gains", [1, 2], 10, 100),
    tensor("h", [2], 5, 6),
  ];
  const apply = (tensors: object, more: object = {}) =>
    applyModelSpec(
      {
        schema: modelSchema,
        kind: "low-rank",
        time: "discrete",
        activation: "relu",
        tensors,
        ...more,
      } as never,
      list,
      "f",
    ) as unknown as { left: number[][]; right: number[][]; bias?: Float64Array; diagonal?: Float64Array };
  const base = { left: "m", right: { name: "n", transpose: true } };

  test("a stack puts tensors one below the other, each as it is told to be", () => {
    const spec = apply({
      left: { stack: ["m", { name: "m", scale: 2 }] },
      right: { stack: [base.right, { ...base.right, negate: true }] },
      bias: { stack: ["h", { name: "h", scale: 0 }] },
    });
    expect(spec.left).toEqual([[1], [2], [2], [4]]);
    expect(spec.right).toEqual([[3], [4], [-3], [-4]]);
    expect(spec.bias).toEqual(Float64Array.of(5, 6, 0, 0));
  });

  test("a factor may be a tensor: of one number, or one per row of the result; factors in a list multiply", () => {
    expect(apply({ ...base, bias: { name: "h", scale: "gain" } }).bias).toEqual(Float64Array.of(50, 60));
    expect(apply({ ...base, bias: { name: "h", scale: ["gains", 0.5] } }).bias).toEqual(
      Float64Array.of(25, 300),
    );
    expect(apply({ ...base, right: { ...base.right, scale: "gains" } }).right).toEqual([[30], [400]]);
    expect(
      complaint(() =>
        apply({
          ...base,
          left: { name: "n", transpose: true, scale: "m" },
          bias: { name: "rates", scale: "h" },
        }),
      ),
    ).toBe('f: tensor "h" has shape [2], expected one number or one per row of tensor "rates"');
    expect(complaint(() => apply({ ...base, bias: { name: "h", scale: "g" } }))).toMatch(
      /"g" \(scale of bias\) is not in the file/,
    );
  });

  test("exp(-exp) makes decays of what a file keeps; one number is meant for all state variables", () => {
    const diagonal = { name: "rates", apply: "exp(-exp)" };
    const spec = apply({ ...base, left: { stack: ["m"] }, diagonal });
    expect(spec.diagonal![0]).toBeCloseTo(0.75, 15);
    expect(complaint(() => apply({ ...base, diagonal }, { alpha: 0.5 }))).toBe(
      'f: model spec: tensors.diagonal belongs to time "discrete" and excludes alpha',
    );
    expect(complaint(() => apply({ ...base, diagonal: "h" }))).toBe(
      'f: tensor "h" has shape [2], expected [1] (R) as diagonal of low-rank',
    );
  });

  test("tensors of unlike rows cannot be stacked", () => {
    expect(complaint(() => apply({ ...base, left: { stack: ["m", "n"] } }))).toBe(
      'f: tensor "n" has shape [1, 2], which does not go below [2, 1] (left)',
    );
  });
});
