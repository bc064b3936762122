/** Everything without chance in it, against one network measured by plain numpy (test/oracles/mechanismMeasures.py). */
import { describe, expect, test } from "vitest";
import { activity } from "../../../src/study/mechanisms/activity.js";
import { depth } from "../../../src/study/mechanisms/depth.js";
import { forgetting } from "../../../src/study/mechanisms/forgetting.js";
import { freeRuns } from "../../../src/study/mechanisms/freeRuns.js";
import { interruption } from "../../../src/study/mechanisms/interruption.js";
import { landscape } from "../../../src/study/mechanisms/landscape.js";
import { noise } from "../../../src/study/mechanisms/noise.js";
import { spectra } from "../../../src/study/mechanisms/spectra.js";
import { success } from "../../../src/study/mechanisms/success.js";
import { numpySubject } from "./subjects.js";

const { subject, ends, oracle } = numpySubject();
const { expected } = oracle;

describe("on a network that numpy trained, numpy measures the same", () => {
  test("success: errors, shares below each gate, the original's own error, decisions", () => {
    const { below, original, ...report } = success(subject, ends, { seeds: [3] });
    for (const name of ["meanRmse", "medianRmse", "worstRmse"] as const)
      expect(report[name]).toBeCloseTo(expected.success[name], 9);
    expect(below.map(({ share }) => share)).toEqual(expected.success.below);
    expect(original.map(({ failed }) => failed)).toEqual(expected.success.original);
    expect(report.decided).toBe(expected.success.decided);
    expect(report.share).toBe(expected.success.below[2]);
    expect(report.solved).toBe(false);
  });

  test("forgetting, for every extension", () => {
    const { extended } = forgetting(subject, ends, { extensions: oracle.extensions });
    expect(extended.length).toBe(expected.forgetting.length);
    extended.forEach((at, i) => {
      const { change, memoryError, ...shares } = expected.forgetting[i];
      expect(at).toMatchObject(shares);
      expect(at.change).toBeCloseTo(change, 8);
      expect(at.memoryError).toBeCloseTo(memoryError, 8);
    });
  });

  test("a stimulus that is moved by 0.5: biased noise of size 0", () => {
    const { levels } = noise(subject, ends, { biased: [0], zeroMean: [], noiseSeeds: [1] });
    expect(levels[0]).toMatchObject({ kind: "biased", sigma: 0, mu: 0.5, ...expected.biased });
  });

  test("interruption of the first units' input during stimulus 1", () => {
    const found = interruption(subject, ends, { fractions: oracle.fractions });
    expect(found).toEqual(expected.interruption.map((at, i) => ({ fraction: oracle.fractions[i], ...at })));
  });

  test("spectra at the origin before and after training, and the sizes of the readouts", () => {
    const { before, after, answerNorm, memoryNorm } = spectra(subject);
    for (const [ours, theirs] of [
      [before.eigenvalues, expected.spectra.before],
      [after.eigenvalues, expected.spectra.after],
    ]) {
      expect(ours.length).toBe(8);
      ours.flat().forEach((value, i) => {
        expect(value).toBeCloseTo(theirs.flat()[i], 10);
      });
    }
    expect(answerNorm).toBeCloseTo(expected.spectra.answerNorm, 12);
    expect(memoryNorm).toBeCloseTo(expected.spectra.memoryNorm, 12);
    expect(after.growing).toBe(3);
    expect(after.rate).toBeCloseTo(expected.spectra.after[0][0], 10);
    expect(after.nextRate).toBeCloseTo(expected.spectra.after[2][0], 10);
  });

  test("saturation and phasic index", () => {
    const { afterStimulus1: _, afterStimulus2: __, ...found } = activity(subject, ends);
    for (const [name, value] of Object.entries(expected.activity))
      expect(found[name as keyof typeof found]).toBeCloseTo(value, 10);
  });

  test("speeds of the free network from the trial ends, and the points they end on", () => {
    const runs = freeRuns(subject, ends, { trials: 10, looks: oracle.looks, copies: 0 });
    const found = depth(subject, runs);
    expect(found.map(({ trials }) => trials)).toEqual(oracle.looks);
    found.forEach(({ speeds, mean }, k) => {
      let logarithm = 0;
      for (const [b, value] of expected.depth[k].entries()) {
        expect(Math.abs(speeds[b]! - value)).toBeLessThan(1e-5 * value + 2e-15);
        logarithm += Math.log(value) / 4;
      }
      if (Math.min(...expected.depth[k]) > 1e-10) expect(mean! / Math.exp(logarithm)).toBeCloseTo(1, 5);
    });

    const { attractors, ...counts } = landscape(subject, runs);
    const theirs = [expected.attractors[0], expected.attractors[1]];
    expect(attractors.map(({ kind, fromEnds }) => [kind, fromEnds])).toEqual([
      ["fixed-point", 2],
      ["fixed-point", 2],
    ]);
    attractors.forEach(({ answer, size, rate }, a) => {
      expect(answer).toBeCloseTo(theirs[a].answer, 9);
      expect(size).toBeCloseTo(theirs[a].size, 9);
      expect(rate).toBeCloseTo(theirs[a].rate, 9);
    });
    expect(counts).toEqual({
      used: 2,
      usedByEnds: 2,
      reached: 2,
      total: 4, // F is odd: each has a mirror image that no run reached.
      spurious: 0,
      efficiency: 0.5,
      notSettled: 0,
    });
  });
});
