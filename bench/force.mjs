// FORCE training, a batch of networks on one J, against the same training in numpy, one network, one thread.
//
// Both sides train the restricted form on trials of 350 steps (75 updates) for a few trials; CPU time per step
// and network is extrapolated to 3500 trials. numpy: J @ r, P @ r, P -= c * np.outer(k, k), float64.
// Arithmetic does not depend on what is learned, so the stimuli are noise and the targets constant.
import { spawnSync } from "node:child_process";
import { createForceNetwork, trainForce } from "rnn-dynamics/train";
import { cpuSeconds, median } from "./table.mjs";

const batch = 24;
const steps = 350;
const density = 0.4;
const cases = [
  { units: 300, trials: 6, studyTrials: 1000 },
  { units: 1000, trials: 1, studyTrials: 3500 },
];
const rounds = 3;
const target = { ratio: 3, minutes: 6 };

const numpy = `
import sys, json, time
import numpy as np
n, trials, density = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
rng = np.random.default_rng(0)
J = np.where(rng.random((n, n)) < density, rng.normal(size=(n, n)) / np.sqrt(density * n), 0.0)
wf, wfd, wi = rng.normal(size=(n, 1)) / 40, rng.normal(size=(n, 2)) / 40, rng.normal(size=(n, 2)) / 50
wo, wd = np.zeros((n, 1)), np.zeros((n, 2))
Pw, Pd = np.eye(n), np.eye(n)
x = 0.1 * rng.normal(size=n)
r, z, zd = np.tanh(x), np.zeros(1), np.zeros(2)
U = rng.normal(size=(350, 2))
def learn(P, w, e):
    k = P @ r
    c = 1 / (1 + r @ k)
    P -= c * np.outer(k, k)
    w -= c * np.outer(k, e)
step = 0
before = time.process_time()
for trial in range(trials):
    for s in range(350):
        stimulus = s < 100 or 150 <= s < 250
        u = U[s] if stimulus else np.zeros(2)
        x = x + 0.1 * (-x + 0.8 * (J @ r) + wf @ z + wfd @ zd + wi @ u)
        r = np.tanh(x)
        z, zd = wo.T @ r, wd.T @ r
        if step % 2 == 0 and not stimulus:
            if s < 300: learn(Pd, wd, zd - 1.0)
            else: learn(Pw, wo, z - 1.0)
        step += 1
print(json.dumps((time.process_time() - before) / step))
`;

export async function run() {
  const rows = [];
  let note = "";
  for (const { units, trials, studyTrials } of cases) {
    const networks = Array.from({ length: batch }, (_, b) =>
      createForceNetwork({ units, density, gain: 0.8 + 0.03 * b, feedbackDivisor: 5 }, 1),
    );
    const trial = restrictedTrial();
    const train = (count) => cpuSeconds(() => trainForce(networks, () => trial, { trials: count })).seconds;
    train(1);
    // Setting up (networks copied, P made) is in one run of no trials.
    const ours =
      median(Array.from({ length: rounds }, () => train(trials) - train(0))) / (trials * steps * batch);
    const theirs = numpySeconds(units, trials * 2);
    if (theirs === undefined) note = "numpy is not here: no comparison.";
    const minutes = (perStep) =>
      perStep === undefined ? "-" : ((perStep * studyTrials * steps) / 60).toFixed(1);
    const ratio = theirs === undefined ? Number.NaN : theirs / ours;
    const enough =
      !(ratio < target.ratio) && (units < 1000 || (ours * studyTrials * steps) / 60 < target.minutes);
    rows.push([
      `N = ${units}`,
      (ours * 1e6).toFixed(0),
      theirs === undefined ? "-" : (theirs * 1e6).toFixed(0),
      Number.isNaN(ratio) ? "-" : ratio.toFixed(1),
      studyTrials,
      minutes(ours),
      minutes(theirs),
      enough ? "ok" : "SHORT",
    ]);
  }
  return {
    title: `FORCE, ${batch} networks in lock-step (density ${density}), CPU time per network against numpy (targets: ${target.ratio}x; N = 1000 under ${target.minutes} minutes)`,
    columns: ["network", "us/step", "numpy us/step", "numpy/ours", "trials", "minutes", "numpy minutes", ""],
    rows,
    note,
  };
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

function numpySeconds(units, trials) {
  const measured = Array.from({ length: rounds }, () =>
    spawnSync("python3", ["-c", numpy, units, trials, density].map(String), {
      encoding: "utf8",
      env: { ...process.env, OPENBLAS_NUM_THREADS: "1", OMP_NUM_THREADS: "1", MKL_NUM_THREADS: "1" },
    }),
  );
  if (measured.some(({ status }) => status !== 0)) return undefined;
  return median(measured.map(({ stdout }) => JSON.parse(stdout)));
}
