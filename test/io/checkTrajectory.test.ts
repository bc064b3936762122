import fc from "fast-check";
import { expect, test } from "vitest";
import { buildCell } from "../../src/cells/build.js";
import { checkTrajectory } from "../../src/io/index.js";
import { complaint } from "./helpers.js";

const half = buildCell({ kind: "vanilla", activation: "linear", recurrent: [[0.5]], initialState: [1] });
const driven = buildCell({ kind: "vanilla", activation: "linear", recurrent: [[0.5]], input: [[1]] });

test("a single wrong number is found where it is, by the size it is wrong", () => {
  fc.assert(
    fc.property(fc.nat(9), fc.integer({ min: -8, max: 8 }), (step, wrong) => {
      const states = Array.from({ length: 10 }, (_, t) => [2 ** -(t + 1)]);
      states[step][0] += wrong;
      const report = checkTrajectory(half, { states });
      expect(report.largestDeviation).toBe(Math.abs(wrong));
      if (wrong !== 0) expect([report.atTrial, report.atStep, report.atUnit]).toEqual([0, step, 0]);
      expect(report.largestStepDeviation).toBe(Math.abs(wrong));
    }),
    { seed: 25, numRuns: 100 },
  );
});

test("one state more than inputs starts the run; trials are run each from the start", () => {
  const states = { name: "s", shape: [2, 3, 1], dtype: "F64", data: Float64Array.of(8, 5, 3.5, 4, 3, 2.5) };
  const inputs = { name: "u", shape: [2, 2, 1], dtype: "F64", data: Float64Array.of(1, 1, 1, 1) };
  expect(checkTrajectory(driven, { inputs, states })).toMatchObject({
    trials: 2,
    steps: 2,
    largestDeviation: 0,
  });
  const shifted = checkTrajectory(driven, { inputs, states, initialState: [10] });
  // Trial 0: 8 -> 10 moves the first state by 1; trial 1: 4 -> 10 by 3.
  expect(shifted).toMatchObject({ largestDeviation: 3, atTrial: 1, atStep: 0 });
});

test("chaos makes the free run stray while single steps agree", () => {
  const wild = buildCell({ kind: "vanilla", activation: "linear", recurrent: [[4]] });
  const states = Array.from({ length: 20 }, (_, t) => [4 ** (t + 1)]);
  const report = checkTrajectory(wild, { states, initialState: [1 + 1e-6] });
  expect(report.largestDeviation).toBeCloseTo(1e-6 * 4 ** 20, 0);
  expect(report.largestStepDeviation).toBeLessThan(1e-5);
});

test("a flow is stepped by Euler's rule and asks for dt", () => {
  const decay = buildCell({
    kind: "rate",
    time: "continuous",
    activation: "tanh",
    tau: 2,
    recurrent: [[0]],
    initialState: [1],
  });
  const states = Array.from({ length: 5 }, (_, t) => [0.75 ** (t + 1)]);
  expect(checkTrajectory(decay, { states, dt: 0.5 }).largestDeviation).toBeLessThan(1e-15);
  expect(complaint(() => checkTrajectory(decay, { states }))).toBe(
    "checkTrajectory: dt is missing, expected the time between rows: this network is a flow",
  );
});

test("a run that leaves the numbers deviates by infinity, it does not throw", () => {
  const blowUp = buildCell({
    kind: "vanilla",
    activation: "linear",
    recurrent: [[1e200]],
    initialState: [1],
  });
  expect(checkTrajectory(blowUp, { states: [[1e200], [0], [0]] })).toMatchObject({
    largestDeviation: Infinity,
    atStep: 1,
  });
});

test("what was given is left as it was", () => {
  const states = Object.freeze([Object.freeze([0.5]), Object.freeze([0.25])]);
  const data = Float64Array.of(0.5, 0.25);
  checkTrajectory(half, { states });
  checkTrajectory(half, { states: data });
  expect([...data]).toEqual([0.5, 0.25]);
});

test("wrong shapes are named", () => {
  const say = (trajectory: object) => complaint(() => checkTrajectory(driven, trajectory as never));
  expect(say({ states: [[1]] })).toBe(
    "checkTrajectory: inputs are missing, expected T x 1 (the cell's inputs)",
  );
  expect(say({ inputs: [[1]], states: [[1], [2], [3]] })).toBe(
    "checkTrajectory: states have 3 rows per trial, expected 1 (as inputs) or one more",
  );
  expect(say({ inputs: [[1, 2]], states: [[1]] })).toMatch(/inputs has rows of length 2, expected 1/);
  expect(say({ inputs: [[1]] })).toMatch(/states are undefined/);
  expect(say({ inputs: [[1]], states: [[Number.NaN]] })).toMatch(/states\[0\]\[0\] is NaN/);
  expect(
    say({ inputs: [[1]], states: { name: "s", shape: [2], dtype: "F64", data: Float64Array.of(1, 2) } }),
  ).toMatch(/states have shape \[2\]/);
  expect(say({ inputs: [[1]], states: [[1]], initialState: [1, 2] })).toMatch(/initialState has length 2/);
});
