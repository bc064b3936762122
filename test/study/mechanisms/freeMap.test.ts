import { expect, test } from "vitest";
import { buildCell } from "../../../src/cells/build.js";
import { freeMap } from "../../../src/study/mechanisms/freeMap.js";
import { discretize } from "../../../src/systems/discretize.js";
import { withInput } from "../../../src/systems/withInput.js";
import { runForce } from "../../../src/train/runForce.js";
import { trainedSpec } from "../../../src/train/trainedSpec.js";
import { systemLaws } from "../../laws/systemLaws.js";
import { lineSubject, numpySubject } from "./subjects.js";

const { subject } = numpySubject();
const n = subject.network.units;
const none = new Float64Array(0);

systemLaws("a trained network left to itself", () => freeMap(subject));
systemLaws("a network without J", () => freeMap(lineSubject(2)));

/** Rows of states, different each. */
const rows = (count: number) => Float64Array.from({ length: count * n }, (_, i) => 3 * Math.sin(i * i + 1));

test.each([1, 2, 3, 8, 9, 21])("%i states stepped together have the bits of runForce", (count) => {
  const map = freeMap(subject);
  let current = rows(count);
  let next = new Float64Array(count * n);
  for (let s = 0; s < 40; s++) {
    map.ruleBatch!(count, current, none, next);
    [current, next] = [next, current];
  }
  const { finalStates } = runForce(subject.network, subject.trained, { starts: rows(count), steps: 40 });
  expect(current).toEqual(finalStates);
});

test("a step and its derivatives are those of the built cell's Euler step", () => {
  const map = freeMap(subject);
  const cell = buildCell(trainedSpec(subject.network, subject.trained));
  const dense = withInput(discretize(cell, { dt: 0.1 }), [0, 0]);
  const x = rows(1);
  const v = rows(2).subarray(n);
  const close = (a: Float64Array, b: Float64Array) =>
    expect(a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - b[i])), 0)).toBeLessThan(1e-14);
  const [a, b] = [new Float64Array(n), new Float64Array(n)];
  map.rule(x, none, a);
  dense.rule(x, none, b);
  close(a, b);
  map.product!(x, none, v, a);
  dense.product!(x, none, v, b);
  close(a, b);
  const [ja, jb] = [new Float64Array(n * n), new Float64Array(n * n)];
  map.jacobian(x, none, ja);
  dense.jacobian(x, none, jb);
  close(ja, jb);
});

test("two maps of different networks do not disturb each other", () => {
  const [one, other] = [freeMap(subject), freeMap(lineSubject(2, n))];
  const [a, b, c] = [new Float64Array(n), new Float64Array(n), new Float64Array(n)];
  one.rule(rows(1), none, a);
  other.rule(rows(1), none, b);
  one.rule(rows(1), none, c);
  expect(c).toEqual(a);
  expect(b).not.toEqual(a);
});
