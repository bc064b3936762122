import { describe, expect, test } from "vitest";
import { type MeasureOptions, measureNetwork } from "../../../src/study/mechanisms/measureNetwork.js";
import type { MechanismSubject } from "../../../src/study/mechanisms/mechanismSubject.js";
import { mechanismCells, mechanismTable } from "../../../src/study/mechanisms/mechanismTable.js";
import { spectra } from "../../../src/study/mechanisms/spectra.js";
import { lineSubject, provenance, trainedSubject } from "./subjects.js";

/** A gate that any network passes: the answers are at most 1.5. */
const anything: MeasureOptions = { threshold: 2, quick: true };
const measure = (subject: MechanismSubject, options: MeasureOptions, id = "net") =>
  measureNetwork(subject, provenance(id), options);

const trained = trainedSubject();
const row = measure(trained, { quick: true, share: 0.5, delay2: true }, "g1.1, f10");

/** Every number in plain data. */
function numbersIn(value: unknown): number[] {
  if (typeof value === "number") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(numbersIn) : [];
}

describe("a row", () => {
  test("is plain data that JSON gives back unchanged, every number finite", () => {
    expect(JSON.parse(JSON.stringify(row))).toEqual(row);
    expect(numbersIn(row).every(Number.isFinite)).toBe(true);
    expect(structuredClone(row)).toEqual(row);
    expect(row.training).toEqual({
      outcome: "ok",
      failedAt: -1,
      answerError: 0.1,
      memoryError: null,
      kernel: "typescript",
    });
  });

  test("is the same bytes twice, and leaves the subject as it was", () => {
    const before = structuredClone(trained);
    const again = measure(trained, { quick: true, share: 0.5, delay2: true }, "g1.1, f10");
    expect(JSON.stringify(again)).toBe(JSON.stringify(row));
    expect(trained).toEqual(before);
  });

  test("has a mechanism with its evidence where the task is solved", () => {
    expect(row.solved).toBe(true);
    expect(row.measured).toBe("full");
    expect(row.mechanism).toBe("slow-manifold");
    expect(row.reason).toBeNull();
    expect(row.delay2).not.toBeNull();
    const { limits, shared, reasons } = row.evidence!;
    expect(Object.values(limits).reduce((sum, count) => sum + count, 0)).toBe(16);
    expect(shared).toBe(1);
    expect(reasons.length).toBeGreaterThan(3);
    const { used, reached, total, efficiency, attractors } = row.landscape!;
    expect(used).toBeLessThanOrEqual(total);
    expect(reached).toBeLessThanOrEqual(total);
    expect(efficiency).toBe(used / total);
    expect(attractors.reduce((sum, { fromEnds }) => sum + fromEnds, 0)).toBe(4);
    expect(attractors.reduce((sum, { fromCopies }) => sum + fromCopies, 0)).toBe(5);
    expect(row.depth.map(({ trials }) => trials)).toEqual([0, 1, 5, 10, 20, 30, 40, 50]);
  });
});

describe("a network that did not learn is never given a mechanism", () => {
  test("when it is near: it is measured in full, and says what it would be", () => {
    const near = measure(trained, { quick: true, threshold: 0.01 });
    expect(near).toMatchObject({
      solved: false,
      measured: "full",
      mechanism: "unclassified",
      reason: "not learned",
      runnerUp: "slow-manifold",
    });
    expect(near.forgetting).toEqual(row.forgetting);
    expect(near.noise).toEqual(row.noise);
  });

  test("when it is far: it is measured in brief, success and spectra all the same", () => {
    const far = measure(lineSubject(2), { quick: true });
    expect(far).toMatchObject({
      solved: false,
      measured: "brief",
      mechanism: "unclassified",
      reason: "not learned",
      confidence: null,
      runnerUp: null,
    });
    const { evidence, delay2, landscape, forgetting, noise, interruption } = far;
    for (const part of [evidence, delay2, landscape, forgetting, noise, interruption])
      expect(part).toBeNull();
    expect(far.success.meanRmse).toBeCloseTo(0.875, 12);
    expect(far.spectra).toEqual(spectra(lineSubject(2)));
    expect(far.depth.length).toBe(8);
    expect(far.original).toMatchObject({ trialEnds: { label: "manifoldFps1" }, noisy: null });
  });

  test("when its training overflowed, whatever its errors are", () => {
    const failed = measureNetwork(lineSubject(2), provenance("net", "not-finite"), anything);
    expect(failed).toMatchObject({ solved: false, mechanism: "unclassified", reason: "not learned" });
    expect(failed.training).toMatchObject({ outcome: "not-finite", failedAt: 7 });
  });
});

describe("networks made by hand", () => {
  test("two stable states are a direct memory, kept for ever, by attractors that are all used", () => {
    const two = measure(lineSubject(2), anything);
    expect(two.solved).toBe(true);
    expect(two.mechanism).toBe("direct-fixed-point");
    expect(two.evidence).toMatchObject({ attractors: 2, shared: 0, lasting: 1, shortestLifetime: null });
    expect(two.forgetting!.extended.every(({ kept }) => kept === 1)).toBe(true);
    expect(two.landscape).toMatchObject({ used: 2, total: 2, spurious: 0, efficiency: 1 });
  });

  test("one slow mode is a slow manifold, its time constant known in closed form", () => {
    // q decays at rate 1 - a at the origin; the Euler map at -log(1 - dt (1 - a)) per dt.
    const one = measure(lineSubject(0.98), anything);
    expect(one.mechanism).toBe("slow-manifold");
    expect(one.evidence!.timeConstant).toBeCloseTo(-0.1 / Math.log(1 - 0.1 * 0.02), 9);
    expect(one.evidence!.slowModes).toBe(1);
    expect(one.evidence!.gap).toBeCloseTo(Math.log(0.9) / Math.log(1 - 0.1 * 0.02), 6);
    expect(one.landscape).toMatchObject({ used: 1, total: 1, spurious: 0 });
    expect(one.landscape!.attractors[0].rate).toBeCloseTo(-0.02, 12);
    expect(one.spectra.after.rate).toBeCloseTo(-0.02, 12);
    expect(one.spectra.after.gap).toBeCloseTo(50, 9);
    // Slower than the speeds fall between 20 and 50 trial lengths it cannot be.
    const [at20, at50] = [20, 50].map((t) => one.depth.find(({ trials }) => trials === t)!.mean!);
    expect(Math.log(at20 / at50) / (30 * 35)).toBeCloseTo(-Math.log(1 - 0.1 * 0.02) / 0.1, 4);
  });
});

describe("the table", () => {
  const brief = measure(lineSubject(2), { quick: true, delay2: true, share: 0.5 }, 'says "far"');

  test("has the same columns for rows of the same options, whatever is null in them", () => {
    const names = mechanismCells(row).map(([name]) => name);
    expect(mechanismCells(brief).map(([name]) => name)).toEqual(names);
    expect(new Set(names).size).toBe(names.length);
    for (const name of ["forget_50", "forget_asymptotic_50", "kept_50", "noise_biased_1", "interruption_0.5"])
      expect(names).toContain(name);
  });

  test("holds the numbers of the rows", () => {
    const cells = new Map(mechanismCells(row));
    expect(cells.get("forget_50")).toBe(row.forgetting!.extended[1].failed);
    expect(cells.get("kept_10")).toBe(row.forgetting!.extended[0].kept);
    expect(cells.get("noise_biased_1")).toBe(row.noise!.levels[0].failed);
    expect(cells.get("noise_zero_mean_10_asymptotic")).toBe(row.noise!.levels[1].asymptotic);
    expect(cells.get("noise_free_decided")).toBe(row.noise!.noiseFree.decided);
    expect(cells.get("interruption_0.5")).toBe(row.interruption![0].failed);
    expect(cells.get("after_re_2")).toBe(row.spectra.after.eigenvalues[1][0]);
    expect(cells.get("below_0.1")).toBe(row.success.share);
  });

  test("is a line per row under one header, quoted where needed; empty for null", () => {
    const text = mechanismTable([row, brief]);
    const lines = text.split("\n");
    expect(lines.length).toBe(4);
    expect(lines[3]).toBe("");
    const columns = lines[0].split(",");
    expect(
      lines[1].startsWith('"g1.1, f10",,gauss,1,0.6,1.1,10,50,80,300,ok,-1,0.1,,typescript,true,full'),
    ).toBe(true);
    const cells = lines[2].slice('"says ""far""",'.length).split(",");
    expect(lines[2].startsWith('"says ""far""",')).toBe(true);
    expect(cells.length).toBe(columns.length - 1);
    expect(cells[columns.indexOf("forget_50") - 1]).toBe("");
    expect(cells[columns.indexOf("reason") - 1]).toBe("not learned");
    expect(mechanismTable([])).toBe("");
  });
});
