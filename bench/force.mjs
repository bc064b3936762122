// FORCE training, a batch of networks on one J, against the same training in numpy, one network at a time.
//
// Both sides train the restricted form on trials of 350 steps (75 updates) for a few trials, the same network on the
// same trial: their readouts must agree. numpy: J @ r, P @ r, P -= c * np.outer(k, k), float64.
import { createForceNetwork, trainForce } from "rnn-dynamics/train";
import { toDense } from "../dist/train/sparse.js";
import { compare, relativeDifference } from "./lib/compare.mjs";
import { contender } from "./lib/measure.mjs";
import { numpy } from "./rivals/rivals.mjs";

const steps = 350;
const density = 0.4;
const cases = [
  { units: 300, trials: 6, studyTrials: 1000, batch: 24 },
  { units: 1000, trials: 1, studyTrials: 3500, batch: 24, minutes: 6 },
];
const smallest = [{ units: 20, trials: 2, studyTrials: 1000, batch: 3 }];

export async function run({ tiny }) {
  const rows = [];
  for (const { units, trials, studyTrials, batch, minutes } of tiny ? smallest : cases) {
    const networks = Array.from({ length: batch }, (_, b) =>
      createForceNetwork({ units, density, gain: 0.8 + 0.03 * b, feedbackDivisor: 5 }, 1),
    );
    const trial = restrictedTrial();
    const train = (count) => trainForce(networks, () => trial, { trials: count });
    const all = contender(() => train(trials), {
      per: trials * steps * batch,
      result: () => train(trials).networks[0].weights,
    });
    // Setting up (networks copied, P made) is what a run of no trials does: it is not part of a step.
    const none = contender(() => train(0));
    const ours = { ...all, time: async (repeats) => (await all.time(repeats)) - (await none.time(repeats)) };
    const [first] = networks;
    const data = {
      n: units,
      trials,
      gain: first.gain,
      rate: first.dt / first.tau,
      coupling: toDense(first.coupling),
      feedback: first.feedback,
      input: first.input,
      state: first.initialState,
      ...trial,
      steps: undefined,
    };
    const found = await compare({
      tiny,
      row: "FORCE, per step and network",
      size: `N = ${units}, ${batch} networks`,
      ours,
      rivals: [{ rival: numpy, job: "force", data, target: 3 }],
      difference: relativeDifference,
      tolerance: 1e-6,
    });
    for (const row of found) {
      if (row.ours === undefined) continue;
      const each = (row.ours * studyTrials * steps) / 60;
      row.remark = `${each.toFixed(1)} minutes for ${studyTrials} trials`;
      if (minutes === undefined) continue;
      row.remark += `, target under ${minutes}`;
      if (each >= minutes) row.verdict = "SHORT";
    }
    rows.push(...found);
  }
  return { title: `restricted FORCE, networks in lock-step, density ${density}`, rows };
}

function restrictedTrial() {
  const inputs = new Float64Array(steps * 2);
  const targets = new Float64Array(steps * 3).fill(1);
  const mask = new Float64Array(steps * 3);
  for (let s = 0; s < steps; s++) {
    if (s < 100 || (s >= 150 && s < 250)) inputs.set([Math.sin(7 * s), Math.cos(11 * s)], s * 2);
    else if (s < 300) mask.set([0, 1, 1], s * 3);
    else mask[s * 3] = 1;
  }
  return { steps, inputs, targets, mask };
}
