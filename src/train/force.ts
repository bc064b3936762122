import { checkInteger, checkNumber, checkOneOf, fail } from "../core/check.js";
import { resolveOptions } from "../core/defaults.js";
import { createForceKernel, type ForceKernelChoice } from "./createForceKernel.js";
import {
  checkCheckpoint,
  type ForceCheckpoint,
  type ForceOutcome,
  type ForceProgress,
  hashNetworks,
} from "./forceCheckpoint.js";
import type { ForceKernel } from "./forceKernel.js";
import { checkForceNetwork, type ForceNetwork } from "./forceNetwork.js";
import { type CheckedTrial, checkTrial, type ForceTrials } from "./forceTrial.js";
import { bytesOfLanes, createLanes, type Lane } from "./lanes.js";
import {
  bytesOfLearner,
  initialInverse,
  type RecursiveLeastSquares,
  recursiveLeastSquares,
} from "./recursiveLeastSquares.js";

/** Whether a learner learns where the trial's mask asks for it, or at every step. */
export type ForceUpdate = "restricted" | "all";

/** Options of {@link trainForce}. */
export interface ForceOptions {
  /** How many trials, those of a resumed training included. */
  readonly trials: number;
  /** Learning happens at steps whose number, counted over all trials from 0, is a multiple of this. @defaultValue `2` */
  readonly updateEvery?: number;
  /** One for all learners, or one each. "all" heeds no mask: its targets must be meant everywhere. @defaultValue `"restricted"` */
  readonly update?: ForceUpdate | readonly ForceUpdate[];
  /** P(0) = I / alpha; one for all learners, or one each. @defaultValue `1` */
  readonly alpha?: number | readonly number[];
  /** After every so many trials `onCheckpoint` is called; 0: never. @defaultValue `0` */
  readonly checkpointEvery?: number;
  /** Gets a copy of all that is needed to go on; `resume` takes it. */
  readonly onCheckpoint?: (checkpoint: ForceCheckpoint) => void;
  /** Called after every trial. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Go on from here: same networks, same trials, same options give the bytes of an unbroken training. */
  readonly resume?: ForceCheckpoint;
  /**
   * "auto": WebAssembly where the engine has it, else TypeScript; the two agree to rounding. The report names the
   * one that ran: bytes are the same for the same name.
   *
   * @defaultValue `"auto"`
   */
  readonly kernel?: ForceKernelChoice;
}

/** {@link ForceOptions} as they were used. */
export interface ResolvedForceOptions {
  readonly trials: number;
  readonly updateEvery: number;
  /** One per learner. */
  readonly update: readonly ForceUpdate[];
  /** One per learner. */
  readonly alpha: readonly number[];
  /** The kernel's name. */
  readonly kernel: string;
}

/** Trained networks. */
export interface ForceReport {
  /** One per network, in the order given; a checkpoint without the inverses. */
  readonly networks: readonly Omit<ForceProgress, "inverses">[];
  /** Steps taken by each network, those of a resumed training included. */
  readonly steps: number;
  /** For going on with more trials. It shares its arrays with `networks`. */
  readonly checkpoint: ForceCheckpoint;
  readonly options: ResolvedForceOptions;
}

const defaults = {
  trials: undefined as number | undefined,
  updateEvery: 2,
  update: "restricted" as ForceUpdate | readonly ForceUpdate[],
  alpha: 1 as number | readonly number[],
  checkpointEvery: 0,
  onCheckpoint: undefined as ForceOptions["onCheckpoint"],
  onProgress: undefined as ForceOptions["onProgress"],
  resume: undefined as ForceCheckpoint | undefined,
  kernel: "auto" as ForceKernelChoice,
};

/** One network in training. */
interface Trainee {
  readonly lane: Lane;
  readonly learners: readonly RecursiveLeastSquares[];
  /** z of each learner: views of the lane's outputs. */
  readonly outputs: readonly Float64Array[];
  readonly updates: number[];
  readonly skipped: number[];
  readonly errors: Float64Array[];
  /** Sum of squared errors and number of updates in this trial. */
  readonly squares: Float64Array;
  readonly counts: Float64Array;
  /** As of the end of the last trial, in case this one fails. */
  readonly before: {
    readonly state: Float64Array;
    readonly outputs: Float64Array;
    readonly weights: Float64Array;
  };
  outcome: ForceOutcome;
  failedAt: number;
}

/**
 * FORCE: trains the readouts of rate networks with output feedback, by recursive least squares while they run.
 *
 * One step: `x <- x + dt / tau (-x + g J r + sum_l F_l z_l + W_in u)`, `r = tanh(x)`, `z_l = w_l' r`; then every
 * learner whose turn it is: `k = P r`, `c = 1 / (1 + r'k)`, `P <- P - c k k'`, `w <- w - c k (z - target)'`. Each
 * learner has its own P, `I / alpha` at first; the readouts start at zero; the state is never reset between
 * trials. With `update: "all", updateEvery: 1` it is plain FORCE (Sussillo & Abbott 2009, Neuron 63:544); the
 * defaults are the restricted form of Ghazizadeh & Ching (2021, PLoS Comput Biol 17:e1009366).
 *
 * Networks are advanced in lock-step; those with equal J share one product per step. A network gets the same
 * bits in a batch as alone. All must have the same units, inputs and outputs.
 *
 * Wrong arguments throw. A network that overflows is set back to the end of the trial before, says "not-finite",
 * and the others go on. Cost per step and network: O(density N^2), and O(N^2) per learner that updates; memory
 * 4 N^2 bytes per network and learner.
 *
 * @param trials - makes trial `index` for network `network` of the batch; see {@link ForceTrials}
 *
 * @example
 * ```ts
 * const network = createForceNetwork({ units: 100, gain: 1.5, feedbackDivisor: 1, inputs: 0, outputs: [1] }, 3);
 * const steps = 600;
 * const targets = Float64Array.from({ length: steps }, (_, s) => Math.sin((2 * Math.PI * s) / 60));
 * const sine = () => ({ steps, inputs: new Float64Array(0), targets });
 * const { networks } = trainForce(network, sine, { trials: 5, update: "all" });
 * networks[0].errors[0][4] < 0.1; // => true
 * ```
 */
export function trainForce(
  networks: ForceNetwork | readonly ForceNetwork[],
  trials: ForceTrials,
  options: ForceOptions,
): ForceReport {
  const batch = checkNetworks(Array.isArray(networks) ? networks : [networks as ForceNetwork]);
  const { inputs: m, outputs } = batch[0];
  if (typeof trials !== "function") fail(where, "trials must be a function of the trial's index");
  const given = checkForceOptions(options, outputs.length);
  const kernel = createForceKernel(
    bytesOfLanes(batch) + batch.length * outputs.length * bytesOfLearner(batch[0].units),
    given.kernel,
  );
  const { trials: total, updateEvery, update, alpha } = given;
  const resolved: ResolvedForceOptions = { trials: total, updateEvery, update, alpha, kernel: kernel.name };
  const networksHash = hashNetworks(batch);
  const { resume } = given;
  if (resume) checkCheckpoint(where, resume, batch, { networksHash, updateEvery, update });
  if (resume && resume.trials > resolved.trials)
    fail(where, `resume has ${resume.trials} trials behind it, expected at most ${resolved.trials} (trials)`);

  const engine = createLanes(batch, kernel);
  const trainees = engine.lanes.map((lane, b) =>
    createTrainee(lane, batch[b], resolved, kernel, resume?.networks[b]),
  );
  engine.refresh();
  const restricted = update.map((each) => each === "restricted");
  let step = resume?.steps ?? 0;

  const checkpoint = (done: number): ForceCheckpoint => ({
    schema: "rnn-dynamics/force@1",
    networksHash,
    trials: done,
    steps: step,
    updateEvery,
    update,
    networks: trainees.map((trainee) => progressOf(trainee, done)),
  });

  for (let index = resume?.trials ?? 0; index < resolved.trials; index++) {
    const now = trialsOf(trials, index, batch.length, m, outputs, restricted);
    // A trial panel by panel, so that the inverses of a few networks at a time stay in cache.
    for (const panel of engine.panels)
      for (let s = 0; s < now[0].steps; s++) {
        for (const b of panel.lanes) {
          const { input } = trainees[b].lane;
          for (let i = 0; i < m; i++) input[i] = now[b].inputs[s * m + i];
        }
        panel.step();
        if ((step + s) % updateEvery === 0)
          for (const b of panel.lanes) if (trainees[b].lane.running) learn(trainees[b], now[b], s, outputs);
      }
    step += now[0].steps;
    for (const trainee of trainees) endTrial(trainee, index, outputs);
    const done = index + 1;
    if (given.onCheckpoint && given.checkpointEvery > 0 && done % given.checkpointEvery === 0)
      given.onCheckpoint(checkpoint(done));
    given.onProgress?.(done, resolved.trials);
  }
  const last = checkpoint(resolved.trials);
  return {
    networks: last.networks.map(({ inverses: _, ...rest }) => rest),
    steps: step,
    checkpoint: last,
    options: resolved,
  };
}

const where = "trainForce";

function checkNetworks(networks: readonly ForceNetwork[]): readonly ForceNetwork[] {
  if (networks.length === 0) fail(where, "networks is empty, expected at least one");
  networks.forEach((network, b) => {
    checkForceNetwork(where, `networks[${b}]`, network);
    const shape = ({ units, inputs, outputs }: ForceNetwork) =>
      `${units} units, ${inputs} inputs and outputs ${outputs.join(", ")}`;
    if (shape(network) !== shape(networks[0]))
      fail(where, `networks[${b}] has ${shape(network)}, expected ${shape(networks[0])} as networks[0]`);
  });
  return networks;
}

function checkForceOptions(options: ForceOptions, learners: number) {
  const given = resolveOptions(where, defaults, options);
  const { trials, updateEvery, checkpointEvery } = given;
  if (trials === undefined) fail(where, "trials is not given, expected a number of trials");
  checkInteger(where, "trials", trials, 0);
  checkInteger(where, "updateEvery", updateEvery, 1);
  checkInteger(where, "checkpointEvery", checkpointEvery, 0);
  const each = <T>(name: string, value: T | readonly T[]): readonly T[] => {
    if (!Array.isArray(value)) return new Array<T>(learners).fill(value as T);
    if (value.length !== learners)
      fail(where, `${name} has length ${value.length}, expected ${learners} (one per learner)`);
    return [...value];
  };
  const update = each<ForceUpdate>("update", given.update);
  for (const one of update) checkOneOf(where, "update", one, ["restricted", "all"]);
  const alpha = each<number>("alpha", given.alpha);
  for (const one of alpha) {
    checkNumber(where, "alpha", one);
    if (one <= 0) fail(where, `alpha is ${one}, expected a positive number`);
  }
  checkOneOf(where, "kernel", given.kernel, ["auto", "typescript"]);
  return { ...given, trials, update, alpha };
}

function createTrainee(
  lane: Lane,
  { units: n, outputs }: ForceNetwork,
  { trials, alpha }: ResolvedForceOptions,
  kernel: ForceKernel,
  resume: ForceProgress | undefined,
): Trainee {
  if (resume) {
    lane.state.set(resume.state);
    lane.outputs.set(resume.outputs);
    lane.weights.set(resume.weights);
    lane.running = resume.outcome === "ok";
  }
  const first = outputs.map((_, l) => outputs.slice(0, l).reduce((sum, k) => sum + k, 0));
  return {
    lane,
    learners: outputs.map((k, l) =>
      recursiveLeastSquares(
        kernel,
        n,
        k,
        resume ? resume.inverses[l] : initialInverse(n, alpha[l]),
        lane.weights.subarray(first[l] * n, (first[l] + k) * n),
      ),
    ),
    outputs: outputs.map((k, l) => lane.outputs.subarray(first[l], first[l] + k)),
    updates: resume ? [...resume.updates] : outputs.map(() => 0),
    skipped: resume ? [...resume.skipped] : outputs.map(() => 0),
    errors: outputs.map((_, l) => {
      const errors = new Float64Array(trials).fill(NaN);
      if (resume) errors.set(resume.errors[l]);
      return errors;
    }),
    squares: new Float64Array(outputs.length),
    counts: new Float64Array(outputs.length),
    before: { state: lane.state.slice(), outputs: lane.outputs.slice(), weights: lane.weights.slice() },
    outcome: resume?.outcome ?? "ok",
    failedAt: resume?.failedAt ?? -1,
  };
}

/** Trial `index` of every network, checked; one that serves several is checked once. */
function trialsOf(
  trials: ForceTrials,
  index: number,
  count: number,
  inputs: number,
  outputs: readonly number[],
  restricted: readonly boolean[],
): readonly CheckedTrial[] {
  const seen = new Map<unknown, CheckedTrial>();
  return Array.from({ length: count }, (_, b) => {
    const trial = trials(index, b);
    const name = `trials(${index}, ${b})`;
    const checked = seen.get(trial) ?? checkTrial(where, name, trial, inputs, outputs, restricted);
    seen.set(trial, checked);
    const [first = checked] = seen.values();
    if (checked.steps !== first.steps)
      fail(where, `${name} has ${checked.steps} steps, expected ${first.steps} as for network 0`);
    return checked;
  });
}

function learn(trainee: Trainee, trial: CheckedTrial, s: number, outputs: readonly number[]): void {
  const { lane, learners, squares, counts } = trainee;
  const { steps, open, targets } = trial;
  let at = s * lane.outputs.length;
  for (let l = 0; l < learners.length; l++) {
    const k = outputs[l];
    if (open[l * steps + s] === 1) {
      const z = trainee.outputs[l];
      for (let j = 0; j < k; j++) squares[l] += (z[j] - targets[at + j]) ** 2;
      counts[l]++;
      if (learners[l].update(lane.rates, z, targets, at) > 0) trainee.updates[l]++;
      else trainee.skipped[l]++;
    }
    at += k;
  }
}

/** Notes the errors of a trial; sets a network that overflowed back to where it was before. */
function endTrial(trainee: Trainee, index: number, outputs: readonly number[]): void {
  const { lane, before, squares, counts, errors } = trainee;
  if (!lane.running) return;
  outputs.forEach((k, l) => {
    errors[l][index] = counts[l] > 0 ? Math.sqrt(squares[l] / (counts[l] * k)) : NaN;
    squares[l] = counts[l] = 0;
  });
  const parts = ["state", "outputs", "weights"] as const;
  if (parts.every((part) => lane[part].every(Number.isFinite))) {
    for (const part of parts) before[part].set(lane[part]);
    return;
  }
  for (const part of parts) lane[part].set(before[part]);
  lane.running = false;
  trainee.outcome = "not-finite";
  trainee.failedAt = index;
}

function progressOf(trainee: Trainee, done: number): ForceProgress {
  const { lane, learners, updates, skipped, errors, outcome, failedAt } = trainee;
  for (const learner of learners) learner.settle();
  return {
    outcome,
    failedAt,
    state: lane.state.slice(),
    outputs: lane.outputs.slice(),
    weights: lane.weights.slice(),
    inverses: learners.map(({ inverse }) => inverse.slice()),
    updates: [...updates],
    skipped: [...skipped],
    errors: errors.map((each) => each.slice(0, done)),
  };
}
