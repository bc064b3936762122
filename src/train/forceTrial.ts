import { checkInteger, checkVector, describe, fail } from "../core/check.js";

/**
 * One trial as FORCE training takes it: T steps, all tables row-major. The K outputs are those of all learners,
 * the first learner's first. A set of one trial, as the task generators make it, is one.
 */
export interface ForceTrial {
  /** T. */
  readonly steps: number;
  /** T x M: `inputs[s * M + i]` is what step s takes in. */
  readonly inputs: Float64Array;
  /** T x K: what the outputs should show after step s. */
  readonly targets: Float64Array;
  /** T x K: a restricted learner may learn at step s where its entries are not 0 (all of them, or none). */
  readonly mask?: Float64Array;
}

/**
 * The trials of a training, made when they are asked for: trial `index` (0, 1, ...) for network `network` of the
 * batch. It must depend on nothing else, so that a training can be resumed; all networks of a batch get trials of
 * equal length.
 */
export type ForceTrials = (index: number, network: number) => ForceTrial;

/** A trial with, for each learner, the steps it may learn at. */
export interface CheckedTrial extends ForceTrial {
  /** L x T. */
  readonly open: Uint8Array;
}

/** Refuses a trial that does not fit; O(T (M + K)). `restricted` says which learners heed the mask. */
export function checkTrial(
  where: string,
  name: string,
  trial: ForceTrial,
  inputs: number,
  outputs: readonly number[],
  restricted: readonly boolean[],
): CheckedTrial {
  if (typeof trial !== "object" || trial === null)
    fail(where, `${name} must be an object, got ${describe(trial)}`);
  const { steps, mask } = trial;
  checkInteger(where, `${name}.steps`, steps, 1);
  const k = outputs.reduce((sum, each) => sum + each, 0);
  checkVector(where, `${name}.inputs`, trial.inputs, steps * inputs, "T x M");
  checkVector(where, `${name}.targets`, trial.targets, steps * k, "T x K");
  if (mask !== undefined) checkVector(where, `${name}.mask`, mask, steps * k, "T x K");
  const open = new Uint8Array(outputs.length * steps).fill(1);
  let first = 0;
  outputs.forEach((width, l) => {
    if (restricted[l]) {
      if (mask === undefined) fail(where, `${name}.mask is absent, expected one: learner ${l} is restricted`);
      for (let s = 0; s < steps; s++) {
        let asked = 0;
        for (let j = first; j < first + width; j++) if (mask[s * k + j] !== 0) asked++;
        if (asked !== 0 && asked !== width)
          fail(
            where,
            `${name}.mask asks learner ${l} for ${asked} of ${width} outputs at step ${s}, expected all or none`,
          );
        open[l * steps + s] = asked === 0 ? 0 : 1;
      }
    }
    first += width;
  });
  return { ...trial, open };
}
