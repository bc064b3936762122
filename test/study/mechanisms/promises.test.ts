import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { advance } from "../../../src/study/mechanisms/advance.js";
import { endFailures } from "../../../src/study/mechanisms/endFailures.js";
import { forgetting } from "../../../src/study/mechanisms/forgetting.js";
import { freeRuns } from "../../../src/study/mechanisms/freeRuns.js";
import { interruption } from "../../../src/study/mechanisms/interruption.js";
import type { MechanismSubject } from "../../../src/study/mechanisms/mechanismSubject.js";
import { noise } from "../../../src/study/mechanisms/noise.js";
import { caseStarts, cutSteps, spmCases, trialTypes } from "../../../src/study/mechanisms/spmCases.js";
import { success } from "../../../src/study/mechanisms/success.js";
import { trialEnds } from "../../../src/study/mechanisms/trialEnds.js";
import { spmSequence } from "../../../src/tasks/spmSequence.js";
import { runForce } from "../../../src/train/runForce.js";
import { toDense } from "../../../src/train/sparse.js";
import { lineSubject, trainedSubject } from "./subjects.js";

const subject = trainedSubject();
const ends = trialEnds(subject);
const n = subject.network.units;

/** Of the default stimuli. */
const classMeans = [
  [1.9, -0.2],
  [-1.7, -1.6],
];

/** One run by a plain loop over dense matrices: the last state, and z, z_d after every step. */
function plainRun({ network, trained }: MechanismSubject, start: Float64Array, inputs: Float64Array) {
  const dense = toDense(network.coupling, network.gain);
  const size = network.units;
  const read = (x: Float64Array) =>
    [0, 1, 2].map((k) => x.reduce((sum, v, i) => sum + trained.weights[k * size + i] * Math.tanh(v), 0));
  let x = start.slice();
  let z = read(x);
  const outputs: number[][] = [];
  for (let s = 0; 2 * s < inputs.length; s++) {
    const r = x.map(Math.tanh);
    x = x.map((v, i) => {
      let drive = 0;
      for (let j = 0; j < size; j++) drive += dense[i * size + j] * r[j];
      drive += network.feedback[0][i] * z[0];
      drive += network.feedback[1][2 * i] * z[1] + network.feedback[1][2 * i + 1] * z[2];
      drive += network.input[2 * i] * inputs[2 * s] + network.input[2 * i + 1] * inputs[2 * s + 1];
      return v + (network.dt / network.tau) * (drive - v);
    });
    z = read(x);
    outputs.push(z);
  }
  return { state: x, outputs };
}

describe("trial ends", () => {
  test("are the states after the first test trial of each type, going on from where training ended", () => {
    const sequence = spmSequence({ trainTrials: 300, testTrials: 20 }, 1);
    let state = subject.trained.state!;
    const seen = new Map<string, number>();
    for (let k = 0; k < 20; k++) {
      const { inputs, labels, steps } = sequence.trial(300 + k);
      state = runForce(subject.network, subject.trained, { starts: state, inputs, steps }).finalStates;
      const type = `${labels[0].first}${labels[0].second}`;
      if (seen.has(type)) continue;
      seen.set(type, k);
      const at = trialTypes.findIndex(([a, b]) => `${a}${b}` === type);
      expect(ends.trials[at]).toBe(k);
      expect(ends.states.subarray(at * n, (at + 1) * n)).toEqual(state);
    }
    expect(seen.size).toBe(4);
  });

  test("refuse a network of another shape or step, and a task without enough test trials", () => {
    const { network } = subject;
    const refused = (other: object, message: RegExp) =>
      expect(() => trialEnds({ ...subject, ...other } as MechanismSubject)).toThrow(message);
    refused({ network: { ...network, dt: 0.2 } }, /trialEnds: subject.task.dt is 0.1 tau, expected .* 0.2/);
    refused({ trained: { weights: new Float64Array(4) } }, /weights has length 4, expected 3 N/);
    refused({ task: { testTrials: 0 } }, /testTrials is 0, expected at least 4/);
  });
});

describe("the 16 cases", () => {
  test("are 4 starts times 4 types; z at the end agrees with a plain loop over dense matrices", () => {
    const { cases, inputs, steps } = spmCases(subject, 1001);
    expect(cases.map(({ start, first, second }) => `${start}${first}${second}`)).toEqual(
      [0, 1, 2, 3].flatMap((start) => ["00", "01", "10", "11"].map((type) => `${start}${type}`)),
    );
    const { outputs } = advance(subject, caseStarts(ends.states), { steps, inputs });
    for (const c of [0, 6, 15]) {
      const start = ends.states.subarray((c >> 2) * n, ((c >> 2) + 1) * n);
      const plain = plainRun(subject, start, inputs.subarray(c * steps * 2, (c + 1) * steps * 2));
      for (let k = 0; k < 3; k++)
        expect(outputs[3 * ((c + 1) * steps - 1) + k]).toBeCloseTo(plain.outputs[steps - 1][k], 9);
    }
  });

  test("differ with noise in stimulus 1 only, where biased noise moves the mean by mu + sigma / 2", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 400 }), fc.integer(), (tenths, seed) => {
        const sigma = tenths / 10;
        const free = spmCases(subject, 1001);
        const noisy = spmCases(subject, 1001, { sigma, mu: 0.5, seed });
        const { steps, at } = free;
        const shown = at.stimulus1.end;
        expect(cutSteps(noisy.inputs, steps, shown, steps)).toEqual(
          cutSteps(free.inputs, steps, shown, steps),
        );
        const before = cutSteps(free.inputs, steps, 0, shown);
        const moved = cutSteps(noisy.inputs, steps, 0, shown).map((v, i) => v - before[i]);
        for (const channel of [0, 1]) {
          const own = moved.filter((_, i) => i % 2 === channel);
          const mean = own.reduce((sum, v) => sum + v / own.length, 0);
          // Five standard errors of the mean of 1600 uniform numbers.
          expect(Math.abs(mean - 0.5 - sigma / 2)).toBeLessThan((5 * sigma) / Math.sqrt(12 * 1600) + 1e-9);
          expect(Math.min(...own)).toBeGreaterThan(0.5 - 1e-9);
          expect(Math.max(...own)).toBeLessThan(0.5 + sigma + 1e-9);
        }
      }),
      { numRuns: 8, seed: 9 },
    );
  });
});

describe("success", () => {
  test("of a network without readouts is the root mean square of the answers, and it is not solved", () => {
    const silent = lineSubject(0.5);
    const report = success(silent, trialEnds(silent), { seeds: [1, 2] });
    expect(report.runs).toBe(32);
    expect(report.meanRmse).toBeCloseTo((1 + 0.5 + 0.5 + 1.5) / 4, 12);
    expect(report.worstRmse).toBeCloseTo(1.5, 12);
    expect(report.decided).toBe(0.5); // 0 is nearest 0.5
    expect(report.solved).toBe(false);
    expect(report.original.map(({ failed }) => failed)).toEqual([1, 1, 1, 1]);
  });

  test("is a matter of the gate: a share of runs below an error", () => {
    const gate = (threshold: number, share: number) =>
      success(subject, ends, { seeds: [1001, 1002], threshold, share });
    const strict = gate(0.1, 1);
    expect(strict.share).toBeGreaterThan(0.5);
    expect(strict.share).toBeLessThan(1);
    expect(strict.solved).toBe(false);
    expect(gate(0.1, strict.share).solved).toBe(true);
    expect(gate(strict.worstRmse! * 1.001, 1).solved).toBe(true);
    expect(gate(strict.worstRmse!, 1).solved).toBe(false); // below, not at
  });
});

describe("forgetting", () => {
  test("with no extension is the nominal trial exactly", () => {
    const { nominal, extended } = forgetting(subject, ends, { extensions: [0, 3] });
    expect(extended[0]).toEqual({ extension: 0, failed: 0, asymptotic: 0, change: 0, ...nominal });
    expect(extended[1].change).toBeGreaterThan(0);
  });

  test("has the bits of trials whose delay is longer, and judges them as a plain count does", () => {
    const extension = 12.5;
    const { extended } = forgetting(subject, ends, { extensions: [1, extension] });
    const nominal = spmCases(subject, 1001);
    const long = spmSequence({ trainTrials: 0, testTrials: 16, extension }, 1001);
    const last = (outputs: Float64Array, steps: number, c: number) => outputs[3 * ((c + 1) * steps - 1)];
    const usual = advance(subject, caseStarts(ends.states), { steps: nominal.steps, inputs: nominal.inputs });
    let [failed, change, kept] = [0, 0, 0];
    nominal.cases.forEach((_, c) => {
      const { inputs, steps, labels } = long.trial(c, trialTypes[c & 3]);
      const start = ends.states.subarray((c >> 2) * n, ((c >> 2) + 1) * n);
      const { outputs } = advance(subject, start, { steps, inputs });
      const apart = Math.abs(last(outputs, steps, 0) - last(usual.outputs, nominal.steps, c));
      change += apart / 16;
      if (apart > 0.1) failed++;
      const held = 3 * 274 + 1; // 150 steps and 125 more
      const [right, wrong] = [labels[0].first, 1 - labels[0].first].map((digit) =>
        Math.hypot(outputs[held] - classMeans[digit][0], outputs[held + 1] - classMeans[digit][1]),
      );
      if (right < wrong) kept++;
    });
    expect(extended[1].failed).toBe(failed / 16);
    expect(extended[1].change).toBeCloseTo(change, 14);
    expect(extended[1].kept).toBe(kept / 16);
    expect(failed).toBeGreaterThan(0);
  });

  test("never happens to a memory of two stable states, and soon to one that decays", () => {
    const extensions = [1, 10, 100, 400];
    const bistable = lineSubject(2);
    const held = forgetting(bistable, trialEnds(bistable), { extensions });
    expect(held.extended.map(({ kept }) => kept)).toEqual([1, 1, 1, 1]);
    expect(held.nominal.kept).toBe(1);
    expect(held.extended.map(({ neighbours }) => neighbours)).toEqual([1, 1, 1, 1]);
    const decaying = lineSubject(0.5);
    const lost = forgetting(decaying, trialEnds(decaying), { extensions });
    // z_d is 0 then, and the mean of class 0 is the nearer one.
    expect(lost.extended.map(({ kept }) => kept)[3]).toBe(0.5);
    // z is 0 in both: nothing to be forgotten there.
    for (const { extended } of [held, lost])
      expect(extended.every(({ failed, asymptotic, change }) => failed + asymptotic + change! === 0)).toBe(
        true,
      );
  });

  test("refuses extensions that fall or are no whole number of steps", () => {
    const bad = (extensions: number[]) => () => forgetting(subject, ends, { extensions });
    expect(bad([5, 5])).toThrow("forgetting: extensions[1] is 5, expected more than 5");
    expect(bad([0.25])).toThrow("extensions[0] is 0.25, expected a whole number of steps");
  });
});

describe("noise", () => {
  test("of size 0 and mean 0 is no noise", () => {
    const { noiseFree, levels } = noise(subject, ends, { biased: [], zeroMean: [0, 5], noiseSeeds: [4] });
    const { kind, sigma, mu, ...failures } = levels[0];
    expect({ kind, sigma, mu }).toEqual({ kind: "zero-mean", sigma: 0, mu: 0 });
    expect(failures).toEqual(noiseFree);
    expect(levels[1].mu).toBe(-2.5);
  });

  test("is the mean over its seeds, and fails nearly all when it drowns the stimulus", () => {
    const of = (noiseSeeds: number[]) =>
      noise(subject, ends, { biased: [2], zeroMean: [2000], noiseSeeds }).levels;
    const [one, two, both] = [of([1]), of([2]), of([1, 2])];
    both.forEach((level, i) => {
      for (const name of ["failed", "asymptotic", "decided"] as const)
        expect(level[name]).toBeCloseTo((one[i][name] + two[i][name]) / 2, 12);
    });
    expect(both[1].failed).toBeGreaterThan(0.5);
  });
});

describe("interruption", () => {
  test("of no unit changes nothing, of all hides stimulus 1; the network stays as it was", () => {
    const before = structuredClone(subject);
    const [none, all] = interruption(subject, ends, { fractions: [0, 1] });
    const { noiseFree } = noise(subject, ends, { biased: [], zeroMean: [] });
    expect(none).toEqual({ fraction: 0, ...noiseFree });
    expect(subject).toEqual(before);
    const blind = spmCases(subject, 1001);
    const { steps, at } = blind;
    const inputs = blind.inputs.map((v, i) => ((i >> 1) % steps < at.stimulus1.end ? 0 : v));
    const { outputs } = advance(subject, caseStarts(ends.states), { steps, inputs });
    const failed = blind.cases.filter(
      ({ answer }, c) => !(Math.abs(outputs[3 * ((c + 1) * steps - 1)] - answer) <= 0.1),
    ).length;
    expect(all.failed).toBe(failed / 16);
    expect(all.failed).toBeGreaterThan(none.failed);
  });
});

describe("failures at the end", () => {
  test("are asymptotic only where a free trial length leaves z off by more than 0.3", () => {
    const states = ends.states;
    const { outputs } = advance(subject, states, { steps: 350 });
    const settled = [0, 1, 2, 3].map((b) => outputs[3 * ((b + 1) * 350 - 1)]);
    const z = Float64Array.of(1, 1, 1, Number.NaN);
    const expected = Float64Array.of(1.05, settled[1] + 0.2 + 5, settled[2] + 0.2, 1);
    const { failed, asymptotic } = endFailures(subject, z, states, expected, 350);
    expect(Array.from(failed)).toEqual([0, 1, Math.abs(1 - expected[2]) > 0.1 ? 1 : 0, 1]);
    expect(asymptotic[0]).toBe(0);
    expect(asymptotic[1]).toBe(1);
    expect(asymptotic[2]).toBe(0);
    expect(asymptotic[3]).toBe(Math.abs(settled[3] - 1) > 0.3 ? 1 : 0);
  });
});

describe("runs", () => {
  test("from a state that is not finite are NaN; the others are as if alone", () => {
    const starts = ends.states.slice(0, 2 * n);
    starts[n + 3] = Number.NaN;
    const both = advance(subject, starts, { steps: 5 });
    const alone = advance(subject, starts.slice(0, n), { steps: 5 });
    expect(both.outcomes).toEqual(["ok", "not-finite"]);
    expect(both.outputs.slice(0, 15)).toEqual(alone.outputs);
    expect(both.outputs.slice(15).every(Number.isNaN)).toBe(true);
    expect(both.finalStates.slice(n).every(Number.isNaN)).toBe(true);
  });

  test("without input begin at the trial ends and at noisy copies of zero and of these", () => {
    const runs = freeRuns(subject, ends, { trials: 10, looks: [0, 2, 10], copies: 2 });
    expect([runs.count, runs.states.length, runs.answers.length]).toEqual([14, 3, 14]);
    const [first, second, last] = runs.states;
    expect(first.slice(0, 4 * n)).toEqual(ends.states);
    for (let copy = 0; copy < 2; copy++)
      for (let centre = 0; centre < 5; centre++) {
        const at = (4 + 5 * copy + centre) * n;
        let square = 0;
        for (let i = 0; i < n; i++) {
          const from = centre === 0 ? 0 : ends.states[(centre - 1) * n + i];
          square += (first[at + i] - from) ** 2 / n;
        }
        // Five standard errors of a standard deviation from 80 numbers.
        expect(Math.abs(Math.sqrt(square) - 0.5)).toBeLessThan((5 * 0.5) / Math.sqrt(2 * n));
      }
    const straight = runForce(subject.network, subject.trained, { starts: first, steps: 3500 });
    expect(second).toEqual(
      runForce(subject.network, subject.trained, { starts: first, steps: 700 }).finalStates,
    );
    expect(last).toEqual(straight.finalStates);
    runs.answers.forEach((series, b) => {
      expect(series.length).toBe(700);
      for (const s of [0, 699]) expect(series[s]).toBe(straight.outputs[3 * (b * 3500 + 2800 + s)]);
    });
    expect(runs.late.slice(-n)).toEqual(last.slice(-n));
  });
});
