import { fail } from "../../core/check.js";
import type { Matrix } from "../../core/system.js";
import { advance } from "./advance.js";
import { checkSubject, type MechanismSubject, taskOf } from "./mechanismSubject.js";
import { trialTypes } from "./spmCases.js";

/** How trials end. */
export interface TrialEnds {
  /** 4 x N: the states x_00, x_01, x_10, x_11 at the last step of the first test trial of each type. */
  readonly states: Matrix;
  /** Which test trial each is the end of. */
  readonly trials: readonly number[];
}

/**
 * Trial ends: the test trials continue from the state training ended in, without learning, until each of the four
 * types has been seen. What all other measurements of the mechanisms study start from.
 *
 * Throws when the subject does not fit the task. Cost: at most 20 trials (the task's `testTrials`) of one run,
 * O(T density N^2) each. Source: Ghazizadeh & Ching (2021, PLoS Comput Biol 17:e1009366), `test` of their code.
 *
 * @example
 * ```ts
 * const network = createForceNetwork({ units: 20 }, 1);
 * const ends = trialEnds({ network, trained: { weights: new Float64Array(60) } });
 * ends.states.length; // => 80
 * ```
 */
export function trialEnds(subject: MechanismSubject): TrialEnds {
  const where = "trialEnds";
  checkSubject(where, subject);
  const { network, trained, task, taskSeed = 0 } = subject;
  const n = network.units;
  const count = task?.testTrials ?? 20;
  if (count < 4) fail(where, `subject.task.testTrials is ${count}, expected at least 4 (one of each type)`);
  const { sequence, steps } = taskOf(subject, count, taskSeed);
  const states = new Float64Array(4 * n).fill(Number.NaN);
  const trials = [-1, -1, -1, -1];
  let state: Matrix = Float64Array.from(trained.state ?? network.initialState);
  for (let k = 0; k < count && trials.includes(-1); k++) {
    const { inputs, labels } = sequence.trial(k);
    state = advance(subject, state, { steps, inputs }).finalStates;
    const { first, second } = labels[0];
    const type = trialTypes.findIndex(([a, b]) => a === first && b === second);
    if (trials[type] >= 0) continue;
    trials[type] = k;
    states.set(state, type * n);
  }
  return { states, trials };
}
