import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { simulate } from "../../src/analysis/simulate.js";
import { flow, map } from "../../src/systems/custom.js";
import { discretize } from "../../src/systems/discretize.js";
import { withInput } from "../../src/systems/withInput.js";
import { call, distance, drivenFlow, drivenMap, none, oracle, seeded, vector } from "../systems/checks.js";
import { hopf, hopfRadius, linearFlow, networkFlow } from "../systems/flows.js";

const halve = map({ dimension: 1, step: ([x]) => [x / 2] });
/** x <- x / 2 + u. */
const follow = map({ dimension: 1, inputDimension: 1, step: ([x], [u]) => [x / 2 + u] });

describe("a map", () => {
  test("is stepped: each state is the rule's image of the one before", () => {
    const system = drivenMap();
    fc.assert(
      fc.property(vector(3), vector(2 * 6), (x, inputs) => {
        const { states, finalStates, outcomes, count, steps, dimension } = simulate(system, x, { inputs });
        expect({ outcomes, count, steps, dimension }).toEqual({
          outcomes: ["ok"],
          count: 1,
          steps: 6,
          dimension: 3,
        });
        let before: Float64Array = x;
        for (let t = 0; t < 6; t++) {
          const after = states.slice(t * 3, t * 3 + 3);
          expect(after).toEqual(call(system.rule, before, inputs.subarray(t * 2, t * 2 + 2), 3));
          before = after;
        }
        expect(finalStates).toEqual(before);
      }),
      seeded,
    );
  });

  test("halves in closed form, at times 1, 2, 3", () => {
    const { states, times, time } = simulate(halve, [8], { steps: 3 });
    expect([...states]).toEqual([4, 2, 1]);
    expect([...times]).toEqual([1, 2, 3]);
    expect(time).toBe("discrete");
  });

  test("has no input unless one is given, and takes one held or one per step", () => {
    const run = (options: object) => [...simulate(follow, [0], options).states];
    expect(run({ steps: 2 })).toEqual([0, 0]);
    expect(run({ steps: 2, input: [1] })).toEqual([1, 1.5]);
    expect(run({ inputs: [[1], [0], [2]] })).toEqual([1, 0.5, 2.25]);
    expect(run({ inputs: [[1], [0]], steps: 2 })).toEqual([1, 0.5]);
  });

  test("held input is withInput", () => {
    const x = Float64Array.of(0.1, 0.5, -0.4);
    const held = simulate(withInput(drivenMap(), [0.3, -1]), x, { steps: 20 });
    expect(simulate(drivenMap(), x, { steps: 20, input: [0.3, -1] }).states).toEqual(held.states);
  });

  test("over no steps stays where it is", () => {
    const { states, finalStates, times } = simulate(halve, [3], { steps: 0 });
    expect([states.length, times.length, ...finalStates]).toEqual([0, 0, 3]);
  });
});

describe("many trajectories", () => {
  const starts = [
    [0.1, -0.4, 0.6],
    [1, 0.2, -0.9],
    [-0.5, -0.5, 0.3],
  ];
  const inputs = Float64Array.from({ length: 2 * 5 }, (_, i) => Math.sin(i));

  test.each([
    ["through the batch rule", drivenMap()],
    ["one by one", { ...drivenMap(), ruleBatch: undefined as never }],
  ])("are what each is alone, %s", (_, system) => {
    const all = simulate(system, starts, { inputs });
    expect(all.count).toBe(3);
    for (const [b, start] of starts.entries())
      expect(
        distance(all.states.subarray(b * 15, (b + 1) * 15), simulate(system, start, { inputs }).states),
      ).toBe(0);
    const flat = Float64Array.from(starts.flat());
    expect(simulate(system, flat, { inputs }).states).toEqual(all.states);
  });

  test("use the batch rule once per step where there is one", () => {
    const plain = drivenMap();
    let batches = 0;
    const counted = {
      ...plain,
      rule: () => {
        throw new Error("not row by row");
      },
      ruleBatch(...args: Parameters<NonNullable<typeof plain.ruleBatch>>) {
        batches++;
        plain.ruleBatch!(...args);
      },
    };
    simulate(counted, starts, { steps: 7 });
    expect(batches).toBe(7);
  });

  test("may each have inputs of their own", () => {
    const { states, options } = simulate(follow, [[0], [10]], { inputs: [[1], [0], [0], [2]], steps: 2 });
    expect([...states]).toEqual([1, 0.5, 5, 4.5]);
    expect(options.inputsPer).toBe("trajectory");
  });

  test("fail alone: NaN from there on, whatever the rule makes of it, and the others go on", () => {
    // 1 / 0 at x = 1; a rule that would turn NaN into a number again.
    const pole = map({ dimension: 1, step: ([x]) => [x > 0 ? (x === 1 ? Infinity : x / 2) : 7] });
    const batched = {
      ...pole,
      ruleBatch: (count: number, s: Float64Array, _: Float64Array, out: Float64Array) => {
        for (let b = 0; b < count; b++) pole.rule(s.subarray(b, b + 1), none, out.subarray(b, b + 1));
      },
    };
    for (const system of [pole, batched]) {
      const { states, outcomes, finalStates } = simulate(system, [[2], [3]], { steps: 3 });
      expect(outcomes).toEqual(["not-finite", "ok"]);
      expect([...states]).toEqual([1, NaN, NaN, 1.5, 0.75, 0.375]);
      expect([...finalStates]).toEqual([NaN, 0.375]);
    }
  });
});

describe("a flow", () => {
  test("follows the matrix exponential when it is linear", () => {
    const { initial, input, duration, state } = oracle.linear;
    const { states, times, time } = simulate(linearFlow(), initial, { input, steps: 4, dt: duration / 4 });
    expect(time).toBe("continuous");
    expect(times[3]).toBe(duration);
    expect(distance(states.subarray(12), state)).toBeLessThan(1e-7);
  });

  test("follows a network whose input changes, as another integrator does", () => {
    const { initial, inputs, dt, samples } = oracle.network;
    const { states } = simulate(networkFlow(), initial, { inputs, dt });
    expect(distance(states, samples.flat())).toBeLessThan(1e-7);
    const fine = { inputs, dt, relativeTolerance: 1e-12, absoluteTolerance: 1e-13 };
    expect(distance(simulate(networkFlow(), initial, fine).states, samples.flat())).toBeLessThan(1e-11);
  });

  test("keeps the closed solution of the Hopf normal form over many samples", () => {
    const { states, times } = simulate(hopf(0.5, 2), [0.1, 0], { steps: 40, dt: 0.25 });
    for (let t = 0; t < 40; t++) {
      const { radius } = hopfRadius(0.5, 0.1, times[t]);
      expect(Math.abs(Math.hypot(states[2 * t], states[2 * t + 1]) - radius)).toBeLessThan(1e-7);
    }
  });

  test.each(["euler", "rk4"] as const)("with %s takes exactly one such step per sample", (method) => {
    const { initial, inputs, dt } = oracle.network;
    const system = networkFlow();
    const viaMap = simulate(discretize(system, { dt, method }), initial, { inputs });
    const direct = simulate(system, initial, { inputs, dt, method });
    expect(direct.states).toEqual(viaMap.states);
    expect([...direct.times]).toEqual([dt, 2 * dt]);
    expect(distance(direct.states.subarray(0, 3), oracle.network[method])).toBeLessThan(1e-14);
  });

  test("has trajectories that do not disturb each other", () => {
    const starts = [
      [0.1, 0.2, 0.3],
      [-1, 2, -3],
    ];
    const both = simulate(drivenFlow(), starts, { steps: 5, dt: 0.3 });
    for (const [b, start] of starts.entries())
      expect(both.states.slice(b * 15, b * 15 + 15)).toEqual(
        simulate(drivenFlow(), start, { steps: 5, dt: 0.3 }).states,
      );
  });

  test("that blows up says so, and is NaN from the sample it never reached", () => {
    const explosion = flow({ dimension: 1, velocity: ([x]) => [x * x] });
    const { states, outcomes } = simulate(explosion, [[1], [0.1]], { steps: 3, dt: 0.6 });
    expect(outcomes).toEqual(["too-many-steps", "ok"]);
    expect(states[0]).toBeCloseTo(2.5, 5);
    expect([...states.subarray(1, 3)]).toEqual([NaN, NaN]);
    expect(states[5]).toBeCloseTo(1 / (10 - 1.8), 7);
    expect(simulate(flow({ dimension: 1, velocity: () => [NaN] }), [1], { steps: 1 }).outcomes).toEqual([
      "not-finite",
    ]);
  });
});

describe("a result", () => {
  test("is plain data that echoes what was done", () => {
    const result = simulate(hopf(1, 1), [1, 0], { steps: 2 });
    expect(structuredClone(result)).toEqual(result);
    expect(result.options).toEqual({
      inputs: none,
      inputsPer: "run",
      steps: 2,
      dt: 1,
      method: "adaptive",
      relativeTolerance: 1e-8,
      absoluteTolerance: 1e-10,
      maxSteps: 100_000,
      record: "all",
    });
    expect([...result.initialStates]).toEqual([1, 0]);
  });

  test("without the states on the way has the same end", () => {
    const inputs = Float64Array.from({ length: 20 }, (_, i) => Math.cos(i));
    const all = simulate(drivenMap(), [0.1, 0.2, 0.3], { inputs });
    const final = simulate(drivenMap(), [0.1, 0.2, 0.3], { inputs, record: "final" });
    expect(final.states.length).toBe(0);
    expect(final.finalStates).toEqual(all.finalStates);
    expect(final.finalStates).toEqual(all.states.slice(-3));
  });

  test("shares no memory with the arguments, which stay as they were", () => {
    const x = Float64Array.of(0.1, 0.2, 0.3);
    const inputs = Float64Array.of(1, 2, 3, 4);
    const options = Object.freeze({ inputs });
    const result = simulate(drivenMap(), x, options);
    expect([...x, ...inputs]).toEqual([0.1, 0.2, 0.3, 1, 2, 3, 4]);
    const copy = structuredClone(result);
    x.fill(9);
    inputs.fill(9);
    expect(result).toEqual(copy);
  });
});

test.each([
  [{}, "simulate: neither steps nor inputs is given, expected one of them"],
  [{ steps: -1 }, "simulate: steps is -1, expected an integer of at least 0"],
  [{ steps: 2, input: [1, 2] }, "simulate: input has length 2, expected 1 (the system's inputs)"],
  [{ input: [1], inputs: [[1]] }, "simulate: both input and inputs are given, expected one of them"],
  [{ steps: 3, inputs: [[1], [2]] }, "simulate: inputs has 2 rows, expected 3 (steps)"],
  [{ inputs: [[1, 2]] }, "simulate: inputs has rows of length 2, expected 1 (the system's inputs)"],
  [{ steps: 1, dt: 0 }, "simulate: dt is 0, expected a finite number"],
  [{ steps: 1, method: "heun" }, 'simulate: method is "heun", expected one of adaptive, euler, rk4'],
  [{ steps: 1, record: "some" }, 'simulate: record is "some", expected one of all, final'],
  [{ stops: 1 }, 'simulate: unknown option "stops"'],
])("wrong options throw: %o", (options, message) => {
  expect(() => simulate(follow, [0], options as never)).toThrow(message);
});

test("a wrong initial state throws", () => {
  expect(() => simulate(halve, [1, 2], { steps: 1 })).toThrow(
    "simulate: initialState has length 2, expected 1 (the system's dimension)",
  );
  expect(() => simulate(drivenMap(), [[1, 2]], { steps: 1 })).toThrow(
    "simulate: initialState has rows of length 2, expected 3 (the system's dimension)",
  );
  expect(() => simulate(halve, [NaN], { steps: 1 })).toThrow("simulate: initialState[0] is NaN");
  expect(() => simulate(drivenMap(), new Float64Array(4), { steps: 1 })).toThrow("expected a multiple of 3");
  expect(() => simulate(halve, new Float64Array(0), { steps: 1 })).toThrow("simulate: initialState is empty");
  expect(() => simulate(halve, [[1]], { inputs: [[1]] })).toThrow("simulate: inputs is given, expected none");
});
