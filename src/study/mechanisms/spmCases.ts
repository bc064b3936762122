import type { Matrix } from "../../core/system.js";
import type { SpmDigit } from "../../tasks/spmSequence.js";
import { type MechanismSubject, type StimulusNoise, type SubjectTask, taskOf } from "./mechanismSubject.js";

/** The types of trials, in the order of the starts and of the cases: (0,0), (0,1), (1,0), (1,1). */
export const trialTypes: readonly (readonly [SpmDigit, SpmDigit])[] = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
];

/** One of the 16 ways to begin and be asked: a state that ended a trial of one type, and a trial of one type. */
export interface SpmCase {
  /** Position of the start among {@link trialTypes}. */
  readonly start: number;
  readonly first: SpmDigit;
  readonly second: SpmDigit;
  readonly sum: 0 | 1 | 2;
  /** What z should answer. */
  readonly answer: number;
}

/** 16 trials to be run together; case c starts from trial end `c >> 2` and is of type `c & 3`. */
export interface SpmCases extends SubjectTask {
  readonly cases: readonly SpmCase[];
  /** 16 x T x 2. */
  readonly inputs: Matrix;
  /** z_d to be remembered, for each digit. */
  readonly memories: readonly [readonly [number, number], readonly [number, number]];
}

/**
 * The 16 cases, 4 starts x 4 types, each with stimuli of its own: those of test trial c of the task with this seed.
 * Noise changes nothing else. O(16 T).
 */
export function spmCases(subject: MechanismSubject, seed: number, noise?: StimulusNoise): SpmCases {
  const task = taskOf(subject, 16, seed, noise);
  const { sequence, steps, at } = task;
  const inputs = new Float64Array(16 * steps * 2);
  const memories: [[number, number], [number, number]] = [
    [0, 0],
    [0, 0],
  ];
  const cases = Array.from({ length: 16 }, (_, c): SpmCase => {
    const trial = sequence.trial(c, trialTypes[c & 3]);
    inputs.set(trial.inputs, c * steps * 2);
    const { first, second, sum, answer } = trial.labels[0];
    const taught = 3 * at.delay1.start;
    memories[first] = [trial.targets[taught + 1], trial.targets[taught + 2]];
    return { start: c >> 2, first, second, sum, answer };
  });
  return { ...task, cases, inputs, memories };
}

/** Where the 16 cases start, 16 x N, from the 4 trial ends, 4 x N. */
export function caseStarts(ends: Matrix): Matrix {
  const n = ends.length / 4;
  const starts = new Float64Array(16 * n);
  for (let c = 0; c < 16; c++) starts.set(ends.subarray((c >> 2) * n, ((c >> 2) + 1) * n), c * n);
  return starts;
}

/** Steps `from` to `to` (exclusive) of every run's inputs: of B x T x 2, T = `steps`. */
export function cutSteps(inputs: Matrix, steps: number, from: number, to: number): Matrix {
  const count = inputs.length / (2 * steps);
  const cut = new Float64Array(count * (to - from) * 2);
  for (let b = 0; b < count; b++)
    cut.set(inputs.subarray(2 * (b * steps + from), 2 * (b * steps + to)), 2 * b * (to - from));
  return cut;
}

/** The tables one after the other. */
export function joined(tables: readonly Matrix[]): Matrix {
  const all = new Float64Array(tables.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const table of tables) {
    all.set(table, at);
    at += table.length;
  }
  return all;
}
