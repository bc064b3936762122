import { describe, expect, test } from "vitest";
import { flow, map } from "../../src/systems/custom.js";
import { systemLaws } from "../laws/systemLaws.js";
import { call, distance, drivenFlow, drivenMap, none } from "./checks.js";

const x = Float64Array.of(0.3, -0.7);

systemLaws("a map with every member", drivenMap);
systemLaws("a flow with every member", drivenFlow);
systemLaws("a flow without derivatives of its own", bareFlow, { tolerance: 1e-10 });

/** A flow given by its velocity alone. */
function bareFlow() {
  const { dimension, inputDimension, rule } = drivenFlow();
  return flow({ dimension, inputDimension, velocity: rule });
}

describe("map and flow", () => {
  test("say which kind of time they have, and how large they are", () => {
    expect(map({ dimension: 2, step: (x) => x })).toMatchObject({
      time: "discrete",
      dimension: 2,
      inputDimension: 0,
    });
    expect(flow({ dimension: 1, inputDimension: 3, velocity: (_, u) => [u[2]] })).toMatchObject({
      time: "continuous",
      dimension: 1,
      inputDimension: 3,
    });
  });

  test("a step that writes out and one that returns an array are the same map", () => {
    const returning = map({ dimension: 2, step: ([a, b]) => [1 - 1.4 * a * a + b, 0.3 * a] });
    const writing = map({
      dimension: 2,
      step: (x, _, out) => {
        out[0] = 1 - 1.4 * x[0] * x[0] + x[1];
        out[1] = 0.3 * x[0];
      },
    });
    for (const system of [returning, writing])
      expect([...call(system.rule, x, none, 2)]).toEqual([1 - 1.4 * 0.3 * 0.3 - 0.7, 0.3 * 0.3]);
  });

  test("a Jacobian may be written, flat or rows", () => {
    const step = () => [0, 0];
    const rows = map({ dimension: 2, step, jacobian: () => [[1, 2], Float64Array.of(3, 4)] });
    const flat = map({ dimension: 2, step, jacobian: () => [1, 2, 3, 4] });
    const written = map({ dimension: 2, step, jacobian: (_x, _u, out) => out.set([1, 2, 3, 4]) });
    for (const system of [rows, flat, written])
      expect([...call(system.jacobian, x, none, 4)]).toEqual([1, 2, 3, 4]);
  });

  test("Jacobians that are not given come from differences, inputs included", () => {
    const [bare, exact] = [bareFlow(), drivenFlow()];
    const [x, u] = [Float64Array.of(0.3, -0.7, 1), Float64Array.of(0.5, 0.1)];
    expect(distance(call(bare.jacobian, x, u, 9), call(exact.jacobian, x, u, 9))).toBeLessThan(1e-10);
    expect(distance(call(bare.inputJacobian!, x, u, 6), call(exact.inputJacobian!, x, u, 6))).toBeLessThan(
      1e-10,
    );
  });

  test("a box is one number or an array for each side, for one input or all", () => {
    const step = () => [0, 0];
    const fixed = map({ dimension: 2, step, domain: { lower: -1, upper: [2, Infinity] } });
    expect(fixed.domain!(none)).toEqual({
      lower: Float64Array.of(-1, -1),
      upper: Float64Array.of(2, Infinity),
      invariant: false,
    });
    const moving = map({
      dimension: 2,
      inputDimension: 1,
      step,
      domain: ([u]) => ({ lower: -u, upper: u, invariant: true }),
    });
    expect(moving.domain!(Float64Array.of(3))).toEqual({
      lower: Float64Array.of(-3, -3),
      upper: Float64Array.of(3, 3),
      invariant: true,
    });
    expect(map({ dimension: 2, step }).domain).toBeUndefined();
  });

  test("NaN is a numerical result and passes", () => {
    const root = map({
      dimension: 2,
      step: (x, _, out) => {
        out[0] = Math.sqrt(x[1]);
        out[1] = 0;
      },
    });
    expect([...call(root.rule, x, none, 2)]).toEqual([NaN, 0]);
  });
});

describe("a mistake in the user's function is named", () => {
  test("a wrong length, at every use", () => {
    const growing = map({ dimension: 2, step: (x) => (x[0] > 0.5 ? [1, 2, 3] : [1, 2]) });
    expect([...call(growing.rule, x, none, 2)]).toEqual([1, 2]);
    expect(() => growing.rule(Float64Array.of(1, 0), none, new Float64Array(2))).toThrow(
      "map: step returned 3 numbers, expected 2 (the dimension)",
    );
    const short = flow({ dimension: 2, velocity: (x) => x, jacobian: () => [[1, 0]] });
    expect(() => short.jacobian(x, none, new Float64Array(4))).toThrow(
      "flow: jacobian returned 2 numbers, expected 4 (2 x 2)",
    );
  });

  test("a part of out that is left unwritten", () => {
    const partial = map({
      dimension: 2,
      step: (x, _, out) => {
        out[0] = x[0];
      },
    });
    expect(() => partial.rule(x, none, new Float64Array(2))).toThrow(
      "map: step neither returned an array nor wrote out[1], expected 2 (the dimension) numbers",
    );
  });

  test("a number instead of an array", () => {
    // @ts-expect-error: not an array
    const scalar = map({ dimension: 1, step: (x) => x[0] / 2 });
    expect(() => scalar.rule(Float64Array.of(1), none, new Float64Array(1))).toThrow(
      "map: step returned 0.5, expected nothing or an array of length 1 (the dimension)",
    );
  });

  test("a changed argument, and the caller's array is spared", () => {
    const meddling = map({ dimension: 2, step: (x) => x.fill(0) });
    const mine = x.slice();
    expect(() => meddling.rule(mine, none, new Float64Array(2))).toThrow("map: step changes x");
    expect(mine).toEqual(x);
    const greedy = flow({ dimension: 1, inputDimension: 1, velocity: (_, u) => [u[0]++] });
    expect(() => greedy.rule(Float64Array.of(1), Float64Array.of(1), new Float64Array(1))).toThrow(
      "flow: velocity changes u",
    );
  });

  test.each([
    [{ dimension: 0, step: () => [] }, "map: dimension is 0, expected an integer of at least 1"],
    [{ dimension: 2 }, "map: step is undefined, expected a function"],
    [{ dimension: 1, step: () => [0], jacobian: [1] }, "map: jacobian is an array of 1, expected a function"],
    [{ dimension: 1, step: () => [0], domain: 3 }, "map: domain is 3, expected { lower, upper }"],
    [
      { dimension: 2, step: () => [0, 0], domain: { lower: [0], upper: 1 } },
      "map: domain.lower has length 1, expected 2 (the dimension)",
    ],
    [
      { dimension: 1, step: () => [0], domain: { lower: 2, upper: NaN } },
      "map: domain has lower[0] = 2 and upper[0] = NaN, expected lower <= upper",
    ],
    [undefined, "map: spec is undefined, expected an object"],
  ])("a wrong argument: %o", (spec, message) => {
    expect(() => map(spec as never)).toThrow(message);
  });
});
