import { checkInteger, checkNumber, fail } from "../core/check.js";
import { resolveOptions } from "../core/defaults.js";
import { timeline, wholeSteps } from "./timeline.js";
import { checkCommon, drawTrials, type TrialSet } from "./trials.js";

/** Options of {@link flipFlop}. Times in units of tau. */
export interface FlipFlopOptions {
  /** B. @defaultValue `64` */
  readonly trials?: number;
  /** Number of bits: inputs, and outputs. @defaultValue `3` */
  readonly bits?: number;
  /** Length of a step. @defaultValue `0.2` */
  readonly dt?: number;
  /** Length of a trial. @defaultValue `40` */
  readonly duration?: number;
  /** Length of a pulse. @defaultValue `1` */
  readonly pulse?: number;
  /** Pulses per tau and bit, while the bit has none; times `dt` at most 1. @defaultValue `0.1` */
  readonly rate?: number;
}

/** What one flip-flop trial is about. */
export interface FlipFlopLabel {
  /** The bits at the end of the trial, -1 or 1; 0 for a bit that had no pulse. */
  readonly bits: readonly number[];
}

/** Trials of the flip-flop. */
export type FlipFlopTrialSet = TrialSet<FlipFlopLabel, Required<FlipFlopOptions>>;

const defaults: Required<FlipFlopOptions> = {
  trials: 64,
  bits: 3,
  dt: 0.2,
  duration: 40,
  pulse: 1,
  rate: 0.1,
};

/**
 * The n-bit flip-flop: each output remembers the sign of the last pulse on its own input, whatever the others do.
 *
 * Inputs (M = bits): pulses of +1 or -1, equally likely, else 0. A bit without a pulse gets one at any step with
 * probability `rate * dt`, and keeps it for `pulse`. Targets (K = bits): the sign of the last pulse that began on
 * the same bit, from its first step on; mask 0 before a bit's first pulse. One interval, `run`: 0-40 tau, 200 steps
 * of 0.2. For a cell that has no time constant take `dt: 1`: then all times are steps.
 *
 * Trial k depends on the options, the seed and k only. Throws where an option is wrong. Cost: O(B T bits).
 *
 * Source: Sussillo & Barak (2013), Neural Computation 25, 626-649 (the 3-bit flip-flop).
 *
 * @example
 * ```ts
 * const { inputs, targets } = flipFlop({ trials: 1, bits: 1, dt: 1, pulse: 1, duration: 20, rate: 0.3 }, 5);
 * const last = inputs.findLast((u) => u !== 0);
 * targets.at(-1) === last; // => true
 * ```
 */
export function flipFlop(options?: FlipFlopOptions, seed = 0): FlipFlopTrialSet {
  const name = "flipFlop";
  const resolved = resolveOptions(name, defaults, options);
  const { trials, bits, dt, rate } = resolved;
  checkCommon(name, trials, dt, seed);
  checkInteger(name, "bits", bits, 1);
  checkNumber(name, "rate", rate, 0);
  if (rate * dt > 1) fail(name, `rate is ${rate}, expected at most 1 / dt = ${1 / dt}`);
  const steps = wholeSteps(name, "duration", resolved.duration, dt);
  const pulse = wholeSteps(name, "pulse", resolved.pulse, dt);
  const plan = {
    name,
    dt,
    count: trials,
    inputDimension: bits,
    outputDimension: bits,
    timeline: timeline([["run", steps]]),
    options: resolved,
    seed,
  };
  return drawTrials(plan, ({ inputs, targets, mask }, random) => {
    const memory: number[] = [];
    for (let bit = 0; bit < bits; bit++) {
      const source = random.stream(bit);
      let sign = 0;
      let left = 0; // steps of the pulse still to come
      for (let s = 0; s < steps; s++) {
        if (left === 0 && source.uniform() < rate * dt) {
          sign = source.uniform() < 0.5 ? -1 : 1;
          left = pulse;
        }
        const at = s * bits + bit;
        if (left > 0) {
          inputs[at] = sign;
          left--;
        }
        targets[at] = sign;
        mask[at] = sign === 0 ? 0 : 1;
      }
      memory.push(sign);
    }
    return { bits: memory };
  });
}
