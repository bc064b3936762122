import { describe, fail } from "../core/check.js";
import type { Matrix, Vector } from "../core/system.js";
import type { ForceNetwork } from "./forceNetwork.js";

/**
 * "not-finite": state or weights overflowed during trial `failedAt`; what is shown is from the end of the trial
 * before, and the network took no further part.
 */
export type ForceOutcome = "ok" | "not-finite";

/** Where the training of one network stands. K outputs of all learners. */
export interface ForceProgress {
  readonly outcome: ForceOutcome;
  /** Index of the trial that failed; -1 when none did. */
  readonly failedAt: number;
  /** x, N. */
  readonly state: Vector;
  /** z, K, as computed before the last update. */
  readonly outputs: Vector;
  /** w, K x N. */
  readonly weights: Matrix;
  /** P of each learner, lower triangle row by row: entry (i, j <= i) is at `i (i + 1) / 2 + j`. */
  readonly inverses: readonly Float64Array[];
  /** Updates made, one number per learner. */
  readonly updates: readonly number[];
  /** Updates left out because rounding had cost P its positive definiteness, one number per learner. */
  readonly skipped: readonly number[];
  /** For each learner, one number per trial: root mean square error before the updates; NaN where none was made. */
  readonly errors: readonly Vector[];
}

/** All a training needs to go on, as structured-cloneable data (the networks aside, which are given again). */
export interface ForceCheckpoint {
  readonly schema: "rnn-dynamics/force@1";
  /** Tells the networks it belongs to from others. */
  readonly networksHash: string;
  /** Trials done. */
  readonly trials: number;
  /** Steps done. */
  readonly steps: number;
  readonly updateEvery: number;
  readonly update: readonly ("restricted" | "all")[];
  /** One per network. */
  readonly networks: readonly ForceProgress[];
}

/** A short digest of all numbers of the networks (FNV-1a, two lanes): equal networks, equal digest. */
export function hashNetworks(networks: readonly ForceNetwork[]): string {
  let a = 0x811c9dc5;
  let b = 0x2f0b4c47;
  const absorb = (word: number) => {
    a = Math.imul(a ^ word, 0x01000193);
    b = Math.imul(b ^ (word + (a >>> 15)), 0x85ebca6b);
  };
  const absorbAll = (numbers: ArrayLike<number>) => {
    absorb(numbers.length);
    const words = new Uint32Array(Float64Array.from(numbers).buffer);
    for (let i = 0; i < words.length; i++) absorb(words[i]);
  };
  for (const { units, inputs, outputs, tau, dt, gain, coupling, feedback, input, initialState } of networks) {
    absorbAll([units, inputs, tau, dt, gain, ...outputs]);
    absorbAll(coupling.starts);
    absorbAll(coupling.columns);
    absorbAll(coupling.values);
    for (const matrix of feedback) absorbAll(matrix);
    absorbAll(input);
    absorbAll(initialState);
  }
  return [a, b].map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}

/** Refuses a checkpoint of another training. */
export function checkCheckpoint(
  where: string,
  checkpoint: ForceCheckpoint,
  networks: readonly ForceNetwork[],
  expected: Pick<ForceCheckpoint, "networksHash" | "updateEvery" | "update">,
): void {
  if (typeof checkpoint !== "object" || checkpoint === null || checkpoint.schema !== "rnn-dynamics/force@1")
    fail(where, `resume must be a checkpoint of trainForce, got ${describe(checkpoint)}`);
  if (checkpoint.networks.length !== networks.length || checkpoint.networksHash !== expected.networksHash)
    fail(where, "resume was made with other networks, expected the networks given");
  if (checkpoint.updateEvery !== expected.updateEvery || `${checkpoint.update}` !== `${expected.update}`)
    fail(
      where,
      `resume was made with updateEvery ${checkpoint.updateEvery} and update ${checkpoint.update}, expected ${expected.updateEvery} and ${expected.update}`,
    );
  const { units: n, outputs } = networks[0];
  const k = outputs.reduce((sum, each) => sum + each, 0);
  checkpoint.networks.forEach((progress, b) => {
    const lengths: [string, number | undefined, number][] = [
      ["state", progress.state?.length, n],
      ["outputs", progress.outputs?.length, k],
      ["weights", progress.weights?.length, k * n],
      ...outputs.map((_, l): [string, number | undefined, number] => [
        `inverses[${l}]`,
        progress.inverses?.[l]?.length,
        (n * (n + 1)) / 2,
      ]),
      ...outputs.map((_, l): [string, number | undefined, number] => [
        `errors[${l}]`,
        progress.errors?.[l]?.length,
        checkpoint.trials,
      ]),
    ];
    for (const [name, got, wanted] of lengths)
      if (got !== wanted) fail(where, `resume.networks[${b}].${name} has length ${got}, expected ${wanted}`);
  });
}
