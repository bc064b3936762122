import { checkInteger, checkNumber, fail } from "../../core/check.js";
import { resolveOptions } from "../../core/defaults.js";
import { createRandom } from "../../core/random.js";
import type { Matrix } from "../../core/system.js";
import { advance } from "./advance.js";
import { checkSubject, type MechanismSubject, taskOf } from "./mechanismSubject.js";
import { joined } from "./spmCases.js";
import type { TrialEnds } from "./trialEnds.js";

/** Options of {@link freeRuns}. */
export interface FreeRunsOptions {
  /** Length of the runs, in trial lengths. @defaultValue `50` */
  readonly trials?: number;
  /** Trial lengths after which states are kept: whole numbers, rising, up to `trials`. @defaultValue those of `0, 1, 5, 10, 20, 30, 40, 50` up to `trials` */
  readonly looks?: readonly number[];
  /** Noisy copies of zero and of each trial end, to start from besides the trial ends. @defaultValue `4` */
  readonly copies?: number;
  /** Standard deviation of the normal noise on each unit of a copy. @defaultValue `0.5` */
  readonly noise?: number;
  /** Of that noise. @defaultValue `0` */
  readonly seed?: number;
}

/** What {@link freeRuns} returns. B runs: the 4 trial ends first, then all copies of zero and the ends in turn. */
export interface FreeRuns {
  /** B. */
  readonly count: number;
  /** Trial lengths at which states were kept. */
  readonly looks: readonly number[];
  /** One B x N table per look. */
  readonly states: readonly Matrix[];
  /** z at every step of the last two trial lengths, one series per run. */
  readonly answers: readonly Float64Array[];
  /** States of the last ten trial lengths, `samples` per run at equal distances in time: B x samples x N. */
  readonly late: Matrix;
  readonly samples: number;
}

/** Trial lengths whose answers are kept, and whose states are sampled, at the end. */
const answered = 2;
const sampled = 10;
/** Samples per trial length. */
const perTrial = 14;

const originalLooks: readonly number[] = [0, 1, 5, 10, 20, 30, 40, 50];

const defaults = {
  trials: 50,
  looks: undefined as readonly number[] | undefined,
  copies: 4,
  noise: 0.5,
  seed: 0,
};

/**
 * Free runs: the network without input, from the trial ends and from noisy copies of zero and of each, for so long
 * that it should have arrived where it is bound for. What {@link depth}, {@link originalLabels} and {@link landscape}
 * look at. (The original has 20 copies.)
 *
 * Throws for wrong arguments only. Cost: 4 + 5 copies runs of 50 trial lengths, O(T density N^2) each.
 * Source: Ghazizadeh & Ching (2021), `fw_from_multi_ICs` of their code.
 */
export function freeRuns(subject: MechanismSubject, ends: TrialEnds, options?: FreeRunsOptions): FreeRuns {
  const where = "freeRuns";
  checkSubject(where, subject);
  const { trials, copies, noise, seed, ...given } = resolveOptions(where, defaults, options);
  checkInteger(where, "trials", trials, sampled);
  const looks = given.looks ?? originalLooks.filter((look) => look <= trials);
  checkInteger(where, "copies", copies, 0);
  checkNumber(where, "noise", noise, 0);
  checkInteger(where, "seed", seed, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  looks.forEach((look, i) => {
    checkInteger(where, `looks[${i}]`, look, 0, trials);
    if (i > 0 && look <= looks[i - 1])
      fail(where, `looks[${i}] is ${look}, expected more than ${looks[i - 1]}`);
  });
  const { steps } = taskOf(subject, 4, 0);
  const n = subject.network.units;
  let current = joined([ends.states, noisyCopies(ends.states, n, copies, noise, seed)]);
  const count = current.length / n;
  const samples = sampled * perTrial;
  const late = new Float64Array(count * samples * n);
  const answers = Array.from({ length: count }, () => new Float64Array(answered * steps));
  const states: Matrix[] = looks[0] === 0 ? [current] : [];
  for (let trial = 1; trial <= trials; trial++) {
    const toEnd = trials - trial;
    const record = toEnd < sampled ? "all" : "outputs";
    const runs = advance(subject, current, { steps, record });
    current = runs.finalStates;
    if (looks.includes(trial)) states.push(current);
    for (let b = 0; b < count; b++) {
      if (toEnd < answered)
        for (let s = 0, to = (answered - 1 - toEnd) * steps; s < steps; s++, to++)
          answers[b][to] = runs.outputs[3 * (b * steps + s)];
      if (toEnd < sampled)
        for (let k = 0; k < perTrial; k++) {
          const from = (b * steps + Math.floor(((k + 1) * steps) / perTrial) - 1) * n;
          const to = (b * samples + (sampled - 1 - toEnd) * perTrial + k) * n;
          late.set(runs.states.subarray(from, from + n), to);
        }
    }
  }
  return { count, looks: [...looks], states, answers, late, samples };
}

/** `copies` times zero and each trial end in turn, noise added: 5 copies x N. */
function noisyCopies(ends: Matrix, n: number, copies: number, noise: number, seed: number): Matrix {
  const out = new Float64Array(copies * 5 * n);
  for (let c = 0; c < copies; c++) {
    const random = createRandom(seed).stream(c);
    for (let k = 0; k < 5 * n; k++) out[c * 5 * n + k] = (k < n ? 0 : ends[k - n]) + noise * random.normal();
  }
  return out;
}
