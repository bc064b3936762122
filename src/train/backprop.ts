import type { Cell } from "../cells/cell.js";
import type { SpecByKind } from "../cells/initialise.js";
import type { CellSpec } from "../cells/spec.js";
import { checkInteger, checkVector, describe, fail } from "../core/check.js";
import { createRandom, type Random } from "../core/random.js";
import { type AdamState, adamStart, adamUpdate } from "./adamParameters.js";
import { type BackpropOptions, resolveBackpropOptions } from "./backpropOptions.js";
import type { BackpropCheckpoint, BackpropEpoch, BackpropReport, BackpropStatus } from "./backpropReport.js";
import type { ResolvedBackpropOptions } from "./backpropSettings.js";
import { learningRateAt } from "./learningRate.js";
import { trainingLosses } from "./losses.js";
import { createObjective, type Objective } from "./objective.js";
import { createParameters, type Parameters, withParameters } from "./parameters.js";
import { trainableCell } from "./trainable.js";
import { checkTrainingTrials, type TrainingTrials } from "./trainingTrials.js";

const where = "trainBackprop";

/** Which stream of the seed what is drawn from; each has one stream per epoch. */
const streams = { order: 0, noise: 1 } as const;

/**
 * Trains a network on trials by backpropagation through time with Adam, mini-batch by mini-batch.
 *
 * Minimises `loss + rateCost mean(rate^2) + l2/2 sum(weight^2)`. Every kind of network: vanilla, rate (a flow is
 * trained as its Euler map of step `dt` and stays a flow), GRU, LSTM, piecewise-linear, stacks; a low-rank network
 * in its R dimensions, m, n, W_in and b (for the N-dimensional one train `fullRankSpec(spec)`). All tensors the
 * description holds are trained unless `train` or `freeze` says otherwise; absent ones are not (give a bias of
 * zeros to learn one). Each trial starts at the initial state.
 *
 * `trials`: one set, or a pure function that gives fresh ones for each epoch (1, 2, ...), all with the same number
 * of trials. Neither they nor `spec` are modified. The same arguments give the same bytes; a run resumed from a
 * checkpoint gives those of the unbroken run.
 *
 * Wrong arguments throw. A loss or gradient that is not finite ends the run with status "diverged" and the network
 * from which the epoch of least loss began. Cost per epoch: about three forward passes, O(T B weights); memory O(T batchSize D).
 * Source: Werbos (1990, Proc. IEEE 78:1550); Adam, Kingma & Ba (2015); clipping, Pascanu et al. (2013).
 *
 * @example
 * ```ts
 * // A line through the origin: y = 2 u.
 * const inputs = Float64Array.of(-1, -0.5, 0.5, 1);
 * const trials = { count: 4, steps: 1, inputDimension: 1, outputDimension: 1,
 *   inputs, targets: inputs.map((u) => 2 * u), mask: new Float64Array(4).fill(1) };
 * const spec = { kind: "vanilla", activation: "linear", recurrent: [[0]], input: [[1]], readout: { weight: [[1]] } } as const;
 * const { status, loss } = trainBackprop(spec, trials, { epochs: 300, learningRate: 0.05 });
 * status; // => "trained"
 * loss < 1e-6; // => true
 * ```
 */
export function trainBackprop<S extends CellSpec>(
  spec: S,
  trials: TrainingTrials | ((epoch: number) => TrainingTrials),
  options: BackpropOptions = {},
): BackpropReport<SpecByKind[S["kind"]]> {
  const { options: resolved, hooks } = resolveBackpropOptions(where, options);
  const cell = trainableCell(where, spec, resolved.dt);
  const parameters = createParameters(where, cell, resolved);
  const objective = createObjective(cell, parameters, { ...resolved, kernel: hooks.kernel });
  const trialsOf = trialSource(trials, cell, resolved);
  const run = hooks.resume ? resumed(hooks.resume, parameters, resolved) : fresh(parameters);
  const { epochs } = run;

  // A run that was resumed at its end must still say how it ended.
  let status = statusAfter(epochs, resolved);
  const before = parameters.vector.slice();
  while (status === undefined) {
    const epoch = epochs.length + 1;
    before.set(parameters.vector);
    const done = trainEpoch(epoch, trialsOf(epoch), parameters, objective, run.adam, resolved);
    epochs.push(done);
    if (done.status === "ok" && done.loss < run.best.loss) {
      run.best.loss = done.loss;
      run.best.vector.set(before);
    }
    status = statusAfter(epochs, resolved);
    hooks.onProgress?.({ ...done }, resolved.epochs);
    if (hooks.onCheckpoint && (status !== undefined || epoch % hooks.checkpointEvery === 0))
      hooks.onCheckpoint(checkpointOf(run, parameters, resolved));
  }

  if (status === "diverged") parameters.vector.set(run.best.vector);
  const last = trialsOf(Math.max(epochs.length, 1));
  return {
    spec: withParameters(cell, parameters.trained, parameters.vector) as SpecByKind[S["kind"]],
    status,
    loss: objective.loss(last, resolved.batchSize),
    epochs,
    updates: run.adam.count,
    parameters: parameters.trained,
    options: resolved,
  };
}

/** What changes during a run, beside the parameters. */
interface Run {
  readonly adam: AdamState;
  readonly epochs: BackpropEpoch[];
  readonly best: { loss: number; readonly vector: Float64Array };
}

function fresh({ vector }: Parameters): Run {
  const best = { loss: Number.POSITIVE_INFINITY, vector: vector.slice() };
  return { adam: adamStart(vector.length), epochs: [], best };
}

/** How the run has ended, or `undefined` while it goes on. */
function statusAfter(
  epochs: readonly BackpropEpoch[],
  options: ResolvedBackpropOptions,
): BackpropStatus | undefined {
  const last = epochs.at(-1);
  if (last?.status === "diverged") return "diverged";
  if (last && last.loss <= options.targetLoss) return "target-reached";
  return epochs.length >= options.epochs ? "trained" : undefined;
}

function trainEpoch(
  epoch: number,
  trials: TrainingTrials,
  parameters: Parameters,
  objective: Objective,
  adam: AdamState,
  options: ResolvedBackpropOptions,
): BackpropEpoch {
  const { batchSize, learningRate: first, finalLearningRate, schedule, clipNorm } = options;
  const { gradient, vector } = parameters;
  const order = createRandom(options.seed).stream(streams.order).stream(epoch).permutation(trials.count);
  const noise: Random | undefined =
    options.noise > 0 ? createRandom(options.seed).stream(streams.noise).stream(epoch) : undefined;
  const batches = Math.ceil(trials.count / batchSize);
  const mean = { loss: 0, objective: 0, gradientNorm: 0 };
  let learningRate = first;
  for (let batch = 0; batch < batches; batch++) {
    const indices = order.subarray(batch * batchSize, Math.min((batch + 1) * batchSize, trials.count));
    const value = objective.gradient(trials, indices, noise);
    let square = 0;
    for (let p = 0; p < gradient.length; p++) square += gradient[p] * gradient[p];
    const norm = Math.sqrt(square);
    mean.loss += value.loss / batches;
    mean.objective += value.objective / batches;
    mean.gradientNorm += norm / batches;
    if (!Number.isFinite(value.objective) || !Number.isFinite(norm))
      return { epoch, ...mean, learningRate, status: "diverged" };
    if (norm > clipNorm) for (let p = 0; p < gradient.length; p++) gradient[p] *= clipNorm / norm;
    learningRate = learningRateAt(schedule, first, finalLearningRate, adam.count, options.epochs * batches);
    adamUpdate(adam, vector, gradient, learningRate, options);
  }
  return { epoch, ...mean, learningRate, status: "ok" };
}

/** The trials of an epoch, checked: a fixed set once, made ones each time. */
function trialSource(
  trials: TrainingTrials | ((epoch: number) => TrainingTrials),
  cell: Cell,
  options: ResolvedBackpropOptions,
): (epoch: number) => TrainingTrials {
  const check = (made: TrainingTrials) => {
    checkTrainingTrials(where, made, cell);
    trainingLosses[options.loss].check(where, made);
    return made;
  };
  if (typeof trials !== "function") {
    check(trials);
    return () => trials;
  }
  const { count } = check(trials(1));
  return (epoch) => {
    const made = check(trials(epoch));
    if (made.count !== count)
      fail(where, `trials(${epoch}).count is ${made.count}, expected ${count}, as in every epoch`);
    return made;
  };
}

function checkpointOf(
  run: Run,
  parameters: Parameters,
  options: ResolvedBackpropOptions,
): BackpropCheckpoint {
  return structuredClone({
    epoch: run.epochs.length,
    parameters: parameters.trained,
    vector: parameters.vector,
    mean: run.adam.mean,
    variance: run.adam.variance,
    updates: run.adam.count,
    best: run.best,
    epochs: run.epochs,
    options,
  });
}

/** Goes back to a checkpoint, which must be of the same tensors and options. */
function resumed(
  checkpoint: BackpropCheckpoint,
  parameters: Parameters,
  options: ResolvedBackpropOptions,
): Run {
  if (typeof checkpoint !== "object" || checkpoint === null)
    fail(where, `resume must be a checkpoint, got ${describe(checkpoint)}`);
  const layout = (infos: unknown) => JSON.stringify(infos);
  if (layout(checkpoint.parameters) !== layout(parameters.trained))
    fail(where, "resume is a checkpoint of other tensors, expected those that are trained now");
  for (const name of Object.keys(options) as (keyof ResolvedBackpropOptions)[]) {
    const then = checkpoint.options?.[name];
    if (name !== "epochs" && text(then) !== text(options[name]))
      fail(where, `resume has ${name} ${text(then)}, expected ${text(options[name])} (the option now)`);
  }
  const epochs = checkpoint.epochs.map((epoch) => ({ ...epoch }));
  checkInteger(where, "resume.epoch", checkpoint.epoch, epochs.length, epochs.length);
  checkInteger(where, "resume.updates", checkpoint.updates, 0);
  const length = parameters.vector.length;
  const read = (name: string, value: ArrayLike<number>) =>
    checkVector(where, `resume.${name}`, value, length, "P, the trained numbers");
  parameters.vector.set(read("vector", checkpoint.vector));
  const adam = {
    count: checkpoint.updates,
    mean: read("mean", checkpoint.mean),
    variance: read("variance", checkpoint.variance),
  };
  const best = { loss: checkpoint.best.loss, vector: read("best.vector", checkpoint.best.vector) };
  return { adam, epochs, best };
}

/** For comparison: unlike JSON, tells infinity from nothing. */
function text(value: unknown): string {
  return Array.isArray(value) ? JSON.stringify(value) : String(value);
}
