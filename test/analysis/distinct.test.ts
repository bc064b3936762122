import { describe, expect, test } from "vitest";
import { DistinctStates } from "../../src/analysis/distinct.js";

describe("DistinctStates", () => {
  test("counts a state once and keeps the better of two equal ones", () => {
    const distinct = new DistinctStates(1e-6);
    expect(distinct.add(Float64Array.of(1, 2), 1e-22)).toEqual({ index: 0, isNew: true, better: true });
    const nearer = Float64Array.of(1 + 1e-7, 2);
    expect(distinct.add(nearer, 1e-30)).toEqual({ index: 0, isNew: false, better: true });
    expect(distinct.states[0]).toEqual(nearer);
    expect(distinct.add(Float64Array.of(1, 2), 1e-25).better).toBe(false);
    expect(distinct.states.length).toBe(1);
  });

  test("tells states apart at the tolerance times 1 + |x|", () => {
    const distinct = new DistinctStates(1e-6);
    distinct.add(Float64Array.of(0, 0), 0);
    expect(distinct.find(Float64Array.of(0.9e-6, 0))).toBe(0);
    expect(distinct.find(Float64Array.of(1.1e-6, 0))).toBe(-1);
    distinct.add(Float64Array.of(1e3, 0), 0);
    expect(distinct.find(Float64Array.of(1e3 + 0.9e-3, 0))).toBe(1);
    expect(distinct.find(Float64Array.of(1e3 + 1.1e-3, 0))).toBe(-1);
  });

  test("widens by ten times the errors the states are known with", () => {
    const distinct = new DistinctStates(1e-9);
    distinct.add(Float64Array.of(0), 0, 1e-6);
    expect(distinct.find(Float64Array.of(0.9e-5))).toBe(0);
    expect(distinct.find(Float64Array.of(1.1e-5))).toBe(-1);
    expect(distinct.find(Float64Array.of(1.9e-5), 1e-6)).toBe(0);
  });

  test("names the nearest of several, and copies what it keeps", () => {
    const distinct = new DistinctStates(0.4);
    const x = Float64Array.of(0);
    distinct.add(x, 0);
    distinct.add(Float64Array.of(0.9), 0);
    x[0] = 7;
    expect(distinct.find(Float64Array.of(0.5))).toBe(1);
    expect(distinct.find(Float64Array.of(0.1))).toBe(0);
  });
});
