import { fail } from "../../core/check.js";
import {
  type ResolvedSpmOptions,
  type SpmOptions,
  type SpmSequence,
  spmSequence,
} from "../../tasks/spmSequence.js";
import type { Interval } from "../../tasks/timeline.js";
import { checkForceNetwork, type ForceNetwork } from "../../train/forceNetwork.js";
import type { ForceWeights } from "../../train/trainedSpec.js";

/** One trained network of the mechanisms study, as plain data. */
export interface MechanismSubject {
  /** As it was before training: 2 inputs, learners of 1 output (the answer z) and of 2 (the memory z_d). */
  readonly network: ForceNetwork;
  /** What training made of it: readouts, and the state it ended in. */
  readonly trained: ForceWeights;
  /** Options of `sequentialPatternMatching` it was trained on; noise and extension are not heeded. @defaultValue all defaults */
  readonly task?: SpmOptions;
  /** Seed of the trials it was trained on. @defaultValue `0` */
  readonly taskSeed?: number;
}

/** Noise on stimulus 1: `u + mu + sigma U`, U uniform on [0, 1). */
export interface StimulusNoise {
  readonly sigma: number;
  readonly mu: number;
  readonly seed: number;
}

/** The parts of a trial without extension. */
export type SpmPart = "stimulus1" | "delay1" | "stimulus2" | "delay2" | "response";

/** Test trials of the task as the subject knows it: sequence, parts of a trial, and length of a step in tau. */
export interface SubjectTask {
  readonly sequence: SpmSequence;
  readonly options: ResolvedSpmOptions;
  readonly at: Readonly<Record<SpmPart, Interval>>;
  /** Steps of a trial. */
  readonly steps: number;
  /** Length of a step, in tau. */
  readonly dt: number;
}

/** Throws unless the network and the task fit together. O(entries of J). */
export function checkSubject(where: string, subject: MechanismSubject): void {
  if (typeof subject !== "object" || subject === null)
    fail(where, "subject must be an object with network and trained");
  const { network, trained } = subject;
  checkForceNetwork(where, "subject.network", network);
  const { inputs, outputs, dt, tau } = network;
  if (inputs !== 2 || outputs.join() !== "1,2")
    fail(where, `subject.network has ${inputs} inputs and outputs ${outputs}, expected 2 and 1,2`);
  if (trained?.weights?.length !== 3 * network.units)
    fail(where, `subject.trained.weights has length ${trained?.weights?.length}, expected 3 N`);
  const step = subject.task?.dt ?? 0.1;
  if (Math.abs(step - dt / tau) > 1e-12)
    fail(where, `subject.task.dt is ${step} tau, expected the network's step, ${dt / tau}`);
}

/** The subject's task with `count` test trials from `seed`, with or without noise on stimulus 1. */
export function taskOf(
  subject: MechanismSubject,
  count: number,
  seed: number,
  noise?: StimulusNoise,
): SubjectTask {
  const sequence = spmSequence(
    {
      ...subject.task,
      trainTrials: 0,
      testTrials: count,
      extension: 0,
      noiseSigma: noise?.sigma ?? 0,
      noiseMu: noise?.mu ?? 0,
      noiseSeed: noise?.seed ?? seed,
    },
    seed,
  );
  const at = Object.fromEntries(sequence.intervals.map((part) => [part.name, part])) as unknown as Record<
    SpmPart,
    Interval
  >;
  const { options, steps } = sequence;
  return { sequence, options, at, steps, dt: options.dt };
}
