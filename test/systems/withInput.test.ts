import { expect, test } from "vitest";
import { withInput } from "../../src/systems/withInput.js";
import { systemLaws } from "../laws/systemLaws.js";
import { call, drivenFlow, drivenMap, none } from "./checks.js";

const x = Float64Array.of(0.2, -1, 0.5);
const input = Float64Array.of(0.7, -0.3);

systemLaws("a map with its input held", () => withInput(drivenMap(), input));
systemLaws("a flow with its input held", () => withInput(drivenFlow(), input));

test("the held system is the driven one at that input, without inputs of its own", () => {
  const driven = drivenMap();
  const held = withInput(driven, input);
  expect(held).toMatchObject({ time: "discrete", dimension: 3, inputDimension: 0 });
  expect(held.inputJacobian).toBeUndefined();
  expect(call(held.rule, x, none, 3)).toEqual(call(driven.rule, x, input, 3));
  expect(call(held.jacobian, x, none, 9)).toEqual(call(driven.jacobian, x, input, 9));
  expect(held.domain!(none)).toEqual(driven.domain!(input));
  expect(held.domain!(none)).not.toEqual(driven.domain!(new Float64Array(2)));
});

test("the input is copied: changing the caller's array later changes nothing", () => {
  const mine = input.slice();
  const held = withInput(drivenMap(), mine);
  const before = call(held.rule, x, none, 3);
  mine.fill(100);
  expect(call(held.rule, x, none, 3)).toEqual(before);
});

test("a batch may grow and shrink between calls", () => {
  const held = withInput(drivenMap(), input);
  const one = call(held.rule, x, none, 3);
  for (const count of [1, 4, 2]) {
    const states = new Float64Array(count * 3).map((_, i) => x[i % 3]);
    const out = call((s, u, out) => held.ruleBatch!(count, s, u, out), states, none, count * 3);
    expect([...out]).toEqual(Array.from({ length: count }, () => [...one]).flat());
  }
});

test("members the system lacks are not invented", () => {
  const { product, pullback, ruleBatch, domain, ...bare } = drivenMap();
  const held = withInput(bare, input);
  for (const name of ["product", "pullback", "ruleBatch", "domain"]) expect(held).not.toHaveProperty(name);
});

test("members that use `this` keep it", () => {
  class Leaky {
    readonly time = "discrete" as const;
    readonly dimension = 1;
    readonly inputDimension = 1;
    readonly leak = 0.5;
    rule(x: Float64Array, u: Float64Array, out: Float64Array) {
      out[0] = this.leak * x[0] + u[0];
    }
    jacobian(_x: Float64Array, _u: Float64Array, out: Float64Array) {
      out[0] = this.leak;
    }
    product(_x: Float64Array, _u: Float64Array, v: Float64Array, out: Float64Array) {
      out[0] = this.leak * v[0];
    }
  }
  const held = withInput(new Leaky(), [2]);
  const at = Float64Array.of(4);
  expect([...call(held.rule, at, none, 1)]).toEqual([4]);
  expect([...call((x, u, out) => held.product!(x, u, at, out), at, none, 1)]).toEqual([2]);
});

test("an input of the wrong length throws", () => {
  expect(() => withInput(drivenMap(), [1])).toThrow(
    "withInput: input has length 1, expected 2 (the system's inputs)",
  );
  expect(() => withInput(drivenMap(), [1, NaN])).toThrow("withInput: input[1] is NaN");
});
