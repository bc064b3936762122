import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ForceOptions, type ForceUpdate, trainForce } from "../../src/train/force.js";
import type { ForceCheckpoint } from "../../src/train/forceCheckpoint.js";
import { createForceNetwork, type ForceNetwork } from "../../src/train/forceNetwork.js";
import { runForce } from "../../src/train/runForce.js";
import { toSparse } from "../../src/train/sparse.js";
import { sine, spm } from "./forceTasks.js";

interface Case {
  readonly units: number;
  readonly dt: number;
  readonly updateEvery: number;
  readonly update: ForceUpdate;
  readonly outputs: number[];
  readonly coupling: number[];
  readonly trials: { readonly inputs: number[]; readonly targets: number[]; readonly mask?: number[] }[];
  readonly networks: {
    readonly gain: number;
    readonly feedback: number[][];
    readonly input: number[];
    readonly initialState: number[];
    readonly after: Record<"state" | "outputs" | "weights" | "updates", number[]> & { inverses: number[][] };
  }[];
}

const cases: Record<string, Case> = JSON.parse(
  readFileSync(new URL("../oracles/force.json", import.meta.url), "utf8"),
);

const floats = (numbers: readonly number[]) => Float64Array.from(numbers);

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number) {
  expect(actual.length).toBe(expected.length);
  let worst = 0;
  for (let i = 0; i < expected.length; i++) worst = Math.max(worst, Math.abs(actual[i] - expected[i]));
  expect(worst).toBeLessThanOrEqual(tolerance);
}

/** Small networks that share J and differ in gain, feedback and input. */
function batchOf(count: number, units = 24, seed = 5): ForceNetwork[] {
  return Array.from({ length: count }, (_, b) =>
    createForceNetwork(
      { units, gain: 0.8 + 0.1 * b, feedbackDivisor: [40, 10, 1][b % 3], inputDivisor: 5 + b, density: 0.5 },
      seed,
    ),
  );
}

const shortSpm = spm(3, 6, 8);

describe("training agrees with plain numpy", () => {
  test.each(Object.entries(cases))(
    "in state, outputs, weights and P after 200 updates and more: %s",
    (_, one) => {
      const networks = one.networks.map(
        ({ gain, feedback, input, initialState }): ForceNetwork => ({
          units: one.units,
          inputs: input.length / one.units,
          outputs: one.outputs,
          tau: 1,
          dt: one.dt,
          gain,
          coupling: toSparse(one.coupling),
          feedback: feedback.map(floats),
          input: floats(input),
          initialState: floats(initialState),
        }),
      );
      const k = one.outputs.reduce((sum, each) => sum + each);
      const trials = one.trials.map(({ inputs, targets, mask }) => ({
        steps: targets.length / k,
        inputs: floats(inputs),
        targets: floats(targets),
        ...(mask && { mask: floats(mask) }),
      }));
      const { updateEvery, update } = one;
      const { checkpoint } = trainForce(networks, (i) => trials[i], {
        trials: trials.length,
        updateEvery,
        update,
      });
      checkpoint.networks.forEach((got, b) => {
        const { after } = one.networks[b];
        expect(got.updates).toEqual(after.updates);
        expect(after.updates.reduce((sum, n) => sum + n)).toBeGreaterThanOrEqual(200);
        for (const part of ["state", "outputs", "weights"] as const)
          expectClose(got[part], after[part], 1e-9);
        got.inverses.forEach((inverse, l) => {
          expectClose(inverse, after.inverses[l], 1e-9);
        });
      });
    },
  );
});

describe("a batch", () => {
  test("gives each network the bits it gets alone, whatever the width of the batch", () => {
    for (const count of [2, 4, 5, 6, 9]) {
      const networks = batchOf(count);
      const together = trainForce(networks, shortSpm, { trials: 4 }).checkpoint.networks;
      networks.forEach((network, b) => {
        expect(trainForce(network, shortSpm, { trials: 4 }).checkpoint.networks[0]).toEqual(together[b]);
      });
    }
  });

  test("may hold networks with different J, and trials of their own", () => {
    const networks = [...batchOf(2), ...batchOf(3, 24, 6), ...batchOf(1)];
    const own = networks.map((_, b) => spm(b, 6, 8));
    const together = trainForce(networks, (i, b) => own[b](i, b), { trials: 3 }).checkpoint.networks;
    networks.forEach((network, b) => {
      expect(trainForce(network, own[b], { trials: 3 }).checkpoint.networks[0]).toEqual(together[b]);
    });
  });

  test("leaves its networks and trials as they were", () => {
    const networks = batchOf(2);
    const trial = shortSpm(0, 0);
    const before = structuredClone({ networks, trial });
    trainForce(networks, () => trial, { trials: 2 });
    expect({ networks, trial }).toEqual(before);
  });
});

describe("a resumed training", () => {
  test("gives the bytes of an unbroken one, wherever it was broken and however often", () => {
    const networks = batchOf(3, 15);
    const total = 6;
    const unbroken = trainForce(networks, shortSpm, { trials: total });
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 0, max: total }), { maxLength: 3 }), (places) => {
        let resume: ForceCheckpoint | undefined;
        for (const trials of places.sort((a, b) => a - b)) {
          const part = trainForce(networks, shortSpm, { trials, ...(resume && { resume }) });
          resume = structuredClone(part.checkpoint);
        }
        const kept = structuredClone(resume);
        const end = trainForce(networks, shortSpm, { trials: total, ...(resume && { resume }) });
        expect(end).toEqual(unbroken);
        expect(resume).toEqual(kept);
      }),
      { seed: 3, numRuns: 25 },
    );
  });

  test("can start from any checkpoint the callback was given, and the callback changes nothing", () => {
    const networks = batchOf(2, 15);
    const unbroken = trainForce(networks, shortSpm, { trials: 7 });
    const kept: ForceCheckpoint[] = [];
    const watched = trainForce(networks, shortSpm, {
      trials: 7,
      checkpointEvery: 2,
      onCheckpoint: (checkpoint) => kept.push(checkpoint),
    });
    expect(watched).toEqual(unbroken);
    expect(kept.map(({ trials }) => trials)).toEqual([2, 4, 6]);
    for (const resume of kept)
      expect(trainForce(networks, shortSpm, { trials: 7, resume })).toEqual(unbroken);
  });

  test("goes on only with the networks and the updates it was begun with", () => {
    const [a, b] = batchOf(2, 10);
    const { checkpoint: resume } = trainForce(a, shortSpm, { trials: 1 });
    expect(() => trainForce(b, shortSpm, { trials: 2, resume })).toThrow(/other networks/);
    expect(() => trainForce(a, shortSpm, { trials: 2, updateEvery: 1, resume })).toThrow(/updateEvery 2/);
    expect(() => trainForce(a, shortSpm, { trials: 0, resume })).toThrow(/1 trials behind it/);
    const damaged = { ...resume, networks: [{ ...resume.networks[0], inverses: [] }] };
    expect(() => trainForce(a, shortSpm, { trials: 2, resume: damaged })).toThrow(/inverses\[0\]/);
  });
});

describe("what is learned when", () => {
  test("a restricted learner learns at even steps of its own windows, a plain one at every step", () => {
    const [network] = batchOf(1);
    const updates = (options: Omit<ForceOptions, "trials">) =>
      trainForce(network, shortSpm, { trials: 3, ...options }).networks[0].updates;
    expect(updates({})).toEqual([3 * 4, 3 * 8]);
    expect(updates({ updateEvery: 1 })).toEqual([3 * 8, 3 * 16]);
    expect(updates({ updateEvery: 1, update: "all" })).toEqual([3 * 36, 3 * 36]);
    expect(updates({ update: ["all", "restricted"] })).toEqual([3 * 18, 3 * 8]);
  });

  test("steps are counted over all trials, so that odd trials shift the even steps", () => {
    const steps = 5;
    const trial = { steps, inputs: new Float64Array(10), targets: new Float64Array(15) };
    const [network] = batchOf(1);
    const { networks } = trainForce(network, () => trial, { trials: 2, update: "all" });
    expect(networks[0].updates).toEqual([5, 5]); // steps 0, 2, 4 | 6, 8 of ten
  });

  test("progress is told after every trial", () => {
    const told: number[][] = [];
    trainForce(batchOf(1), shortSpm, { trials: 3, onProgress: (...call) => told.push(call) });
    expect(told).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
  });

  test("the error of a trial in which nothing was asked is NaN", () => {
    const silent = { ...shortSpm(0, 0), mask: new Float64Array(36 * 3) };
    const { networks } = trainForce(batchOf(1), () => silent, { trials: 2 });
    expect(networks[0].errors.map((each) => [...each])).toEqual([
      [NaN, NaN],
      [NaN, NaN],
    ]);
    expect(networks[0].weights.every((w) => w === 0)).toBe(true);
  });
});

describe("FORCE learns", () => {
  test("a sine, by plain FORCE, to a hundredth of its size", () => {
    const network = createForceNetwork(
      { units: 100, density: 0.5, gain: 1.2, feedbackDivisor: 1, inputs: 0, outputs: [1] },
      4,
    );
    const { networks } = trainForce(network, sine(600, 60), { trials: 8, updateEvery: 1, update: "all" });
    const { outcome, errors } = networks[0];
    expect(outcome).toBe("ok");
    expect(errors[0][7]).toBeLessThan(0.02);
    expect(errors[0][7]).toBeLessThan(errors[0][0] / 3);
  });

  test("to match patterns, restricted in time, and answers unseen trials", { timeout: 60_000 }, () => {
    const networks = [1.2, 1.3].map((gain) =>
      createForceNetwork({ units: 150, density: 0.6, gain, feedbackDivisor: 5 }, 2),
    );
    const trials = spm(11);
    const report = trainForce(networks, trials, { trials: 100 });
    networks.forEach((network, b) => {
      const trained = report.networks[b];
      expect(trained).toMatchObject({ outcome: "ok", skipped: [0, 0], updates: [2500, 5000] });
      let starts = [trained.state];
      const late = [0, 0, 0];
      for (let index = 100; index < 108; index++) {
        const { steps, inputs, targets, mask } = trials(index, b);
        const { outputs, finalStates } = runForce(network, trained, { starts, inputs });
        for (let i = 0; i < steps * 3; i++) late[i % 3] += mask![i] * (outputs[i] - targets[i]) ** 2;
        starts = [finalStates];
      }
      const [answer, ...memory] = late.map((sum, l) => Math.sqrt(sum / (8 * (l === 0 ? 50 : 100))));
      expect(answer).toBeLessThan(0.1);
      expect(Math.max(...memory)).toBeLessThan(0.2);
    });
  });
});

describe("trouble", () => {
  test("a network that overflows is set back and says so, and its neighbours do not notice", () => {
    const [a, b] = batchOf(2);
    const wild = { ...shortSpm(1, 0), targets: new Float64Array(36 * 3).fill(1.7e308) };
    const trials = (i: number, n: number) => (n === 0 && i === 1 ? wild : shortSpm(i, 0));
    const { networks, checkpoint } = trainForce([a, b], trials, { trials: 3 });
    const calm = trainForce([a, b], shortSpm, { trials: 1 }).networks[0];
    expect(networks[0]).toMatchObject({
      outcome: "not-finite",
      failedAt: 1,
      weights: calm.weights,
      state: calm.state,
    });
    expect(networks[1]).toEqual(trainForce(b, shortSpm, { trials: 3 }).networks[0]);
    const further = trainForce([a, b], trials, { trials: 5, resume: checkpoint });
    expect(further).toEqual(trainForce([a, b], trials, { trials: 5 }));
  });

  test("wrong arguments are refused in one line", () => {
    const [network] = batchOf(1);
    const trial = shortSpm(0, 0);
    const withTrial = (change: object) => () =>
      trainForce(network, () => ({ ...trial, ...change }), { trials: 1 });
    expect(() => trainForce([], shortSpm, { trials: 1 })).toThrow("trainForce: networks is empty");
    expect(() => trainForce([network, batchOf(1, 10)[0]], shortSpm, { trials: 1 })).toThrow(
      "networks[1] has 10 units, 2 inputs and outputs 1, 2, expected 24 units",
    );
    expect(() => trainForce(network, shortSpm, {} as ForceOptions)).toThrow("trials is not given");
    expect(() => trainForce(network, shortSpm, { trials: 1, alpha: 0 })).toThrow("alpha is 0");
    expect(() => trainForce(network, shortSpm, { trials: 1, alpha: [1] })).toThrow(
      "alpha has length 1, expected 2",
    );
    expect(() => trainForce(network, shortSpm, { trials: 1, update: "some" as "all" })).toThrow("update is");
    expect(() => trainForce({ ...network, input: new Float64Array(3) }, shortSpm, { trials: 1 })).toThrow(
      "networks[0].input has length 3, expected 48 (N x M)",
    );
    expect(withTrial({ inputs: new Float64Array(3) })).toThrow(
      "trials(0, 0).inputs has length 3, expected 72",
    );
    expect(withTrial({ mask: undefined })).toThrow("mask is absent");
    const half = new Float64Array(108);
    half[4] = 1;
    expect(withTrial({ mask: half })).toThrow("asks learner 1 for 1 of 2 outputs at step 1");
    const longer = (i: number, b: number) => (b === 0 ? trial : spm(1, 6, 9)(i, b));
    expect(() => trainForce([network, network], longer, { trials: 1 })).toThrow("has 39 steps, expected 36");
  });
});
