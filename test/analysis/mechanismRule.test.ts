import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  baseRule,
  type LimitKind,
  type MemoryFate,
  placesRule,
  sharedPlaces,
} from "../../src/analysis/mechanismRule.js";
import { type MemoryEvidence, margin, mechanismVerdict } from "../../src/analysis/mechanismVerdict.js";

const fate = (label: number, limit: LimitKind, place: string, toldApart = true): MemoryFate => ({
  label,
  limit,
  place,
  toldApart,
});

/** Up to five memories with up to three labels, in up to four places that are points or cycles. */
const settledFates = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 3 })), {
    minLength: 2,
    maxLength: 5,
  })
  .chain((pairs) =>
    fc
      .array(fc.boolean(), { minLength: 4, maxLength: 4 })
      .map((isPoint) =>
        pairs.map(([label, p]) => fate(label, isPoint[p] ? "fixed-point" : "limit-cycle", `${p}`)),
      ),
  );

describe("the base rule", () => {
  test("says what the places say, in words of sets", () => {
    fc.assert(
      fc.property(settledFates, (fates) => {
        const companions = fates.map(
          (f) => fates.filter((g) => g.place === f.place && g.label !== f.label).length,
        );
        const everyShares = companions.every((c) => c > 0);
        const noneShares = companions.every((c) => c === 0);
        const kinds = new Set(fates.map((f) => f.limit));
        const expected = everyShares
          ? "slow-manifold"
          : !noneShares || kinds.size === 2
            ? "mixed"
            : kinds.has("fixed-point")
              ? "direct-fixed-point"
              : "limit-cycle";
        expect(placesRule(fates)).toBe(expected);
        expect(sharedPlaces(fates)).toEqual(companions.map((c) => c > 0));
      }),
      { seed: 5, numRuns: 500 },
    );
  });

  test("does not depend on the order of memories, on their copies, or on the names of labels and places", () => {
    fc.assert(
      fc.property(settledFates, fc.nat(), (fates, k) => {
        const label = placesRule(fates);
        expect(placesRule(fates.slice().reverse())).toBe(label);
        expect(placesRule([...fates, fates[k % fates.length]])).toBe(label);
        expect(placesRule(fates.map((f) => ({ ...f, label: 7 - f.label, place: `p${f.place}` })))).toBe(
          label,
        );
      }),
      { seed: 6, numRuns: 300 },
    );
  });

  test("names no mechanism when the task was not learned, whatever the dynamics", () => {
    fc.assert(
      fc.property(settledFates, (fates) => {
        expect(baseRule(fates, false)).toEqual({ label: "unclassified", reason: "not learned" });
      }),
      { seed: 7, numRuns: 100 },
    );
  });

  test("one memory that escapes, is chaotic, is lost or has not settled is enough to name none", () => {
    const good = [fate(0, "fixed-point", "a"), fate(1, "fixed-point", "b")];
    expect(baseRule(good, true)).toEqual({ label: "direct-fixed-point", reason: null });
    const withOne = (f: MemoryFate) => baseRule([...good, f], true).reason;
    expect(withOne(fate(2, "unbounded", "u"))).toBe("unbounded");
    expect(withOne(fate(2, "chaotic", "c"))).toBe("chaos");
    expect(withOne(fate(2, "fixed-point", "a", false))).toBe("memory already lost");
    expect(withOne(fate(2, "not-settled", "n"))).toBe("not settled");
  });
});

describe("the confidence", () => {
  const memory = (label: number, place: string, change: Partial<MemoryEvidence> = {}): MemoryEvidence => ({
    ...fate(label, "fixed-point", place),
    separation: 1,
    resolution: 1e-3,
    decayTime: Number.POSITIVE_INFINITY,
    toGo: 0,
    gapToOthers: 1,
    weakestTimeConstant: 0.5,
    cycleTimeConstant: 0,
    cyclePeriod: 0,
    phaseMargin: Number.POSITIVE_INFINITY,
    onContinuum: false,
    isUnstable: false,
    lyapunovExponent: Number.NaN,
    lostInReadout: false,
    ...change,
  });
  const context = { delay: 10, horizon: 1000, unit: "steps", solved: 1 };

  test("falls as points grow weaker and passes one half at three delays", () => {
    const of = (weakestTimeConstant: number) =>
      mechanismVerdict([memory(0, "a", { weakestTimeConstant }), memory(1, "b")], context);
    const confidences = [1, 10, 29, 31, 300].map((t) => of(t).confidence);
    expect(confidences).toEqual(confidences.slice().sort((a, b) => b - a));
    expect(confidences[2]).toBeGreaterThan(0.5);
    expect(confidences[3]).toBeLessThan(0.5);
    expect(of(300)).toMatchObject({ label: "direct-fixed-point", runnerUp: "slow-manifold" });
  });

  test("falls as a shared place is reached faster and passes one half at one delay", () => {
    const of = (decayTime: number) =>
      mechanismVerdict([memory(0, "a", { decayTime }), memory(1, "a", { decayTime })], context);
    expect(of(1000).confidence).toBeGreaterThan(0.95);
    expect(of(11).confidence).toBeGreaterThan(0.5);
    expect(of(9).confidence).toBeLessThan(0.5);
    expect(of(1)).toMatchObject({ label: "slow-manifold", runnerUp: "unclassified" });
    expect(of(1).confidence).toBeLessThan(0.05);
  });

  test("is the score of the weakest check, in [0, 1], and the runner-up is another label", () => {
    const positive = fc.oneof(
      fc.double({ min: 0, max: 1e6, noNaN: true }),
      fc.constant(Number.POSITIVE_INFINITY),
    );
    const any = fc.record({
      label: fc.integer({ min: 0, max: 2 }),
      place: fc.constantFrom("a", "b", "c"),
      limit: fc.constantFrom<LimitKind>("fixed-point", "limit-cycle"),
      separation: positive,
      decayTime: positive,
      toGo: positive,
      gapToOthers: positive,
      weakestTimeConstant: positive,
      cycleTimeConstant: positive,
      phaseMargin: positive,
      onContinuum: fc.boolean(),
      isUnstable: fc.boolean(),
      toldApart: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.array(any, { minLength: 2, maxLength: 5 }),
        fc.constantFrom(0, 0.5, 1),
        (changes, solved) => {
          const verdict = mechanismVerdict(
            changes.map((change) => memory(change.label, change.place, change)),
            { ...context, solved },
          );
          expect(verdict.confidence).toBe(Math.min(...verdict.checks.map((c) => c.score)));
          expect(verdict.confidence).toBeGreaterThanOrEqual(0);
          expect(verdict.confidence).toBeLessThanOrEqual(1);
          expect(verdict.runnerUp).not.toBe(verdict.label);
        },
      ),
      { seed: 8, numRuns: 500 },
    );
  });

  test("a score is one half on the threshold and rises from 0 to 1", () => {
    expect(margin(3, 3)).toBe(0.5);
    expect(margin(3, 3, 1.5)).toBe(0.5);
    expect([margin(0, 1), margin(Number.POSITIVE_INFINITY, 1), margin(1, 0)]).toEqual([0, 1, 1]);
  });
});
