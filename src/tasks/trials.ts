import { checkInteger, checkNumber, fail } from "../core/check.js";
import { createRandom, type Random } from "../core/random.js";
import type { Matrix } from "../core/system.js";
import type { Interval, Timeline } from "./timeline.js";

/**
 * Trials of a task: what goes into a network, what should come out, and where that is asked for. Plain data.
 *
 * B trials of T steps; all tables are row-major, the channel fastest: `inputs[(b * T + s) * M + m]`.
 */
export interface TrialSet<Label, Options> {
  /** The task, by the name of its generator. */
  readonly name: string;
  /** Length of a step, in units of the network's time constant tau. */
  readonly dt: number;
  /** B, the number of trials. */
  readonly count: number;
  /** T, the number of steps of each trial. */
  readonly steps: number;
  /** M. */
  readonly inputDimension: number;
  /** K. */
  readonly outputDimension: number;
  /** B x T x M. */
  readonly inputs: Matrix;
  /** B x T x K; 0 where the mask is 0. */
  readonly targets: Matrix;
  /** B x T x K: weight of the squared error. 1 where the target is asked for, 0 where no error is imposed. */
  readonly mask: Matrix;
  /** What each trial is about, and what must be remembered in it; length B. */
  readonly labels: readonly Label[];
  /** The parts of every trial, in order of time; a part without steps is left out. */
  readonly intervals: readonly Interval[];
  /** The options, every field set. */
  readonly options: Options;
  readonly seed: number;
}

/** The tables of one trial: T x M, T x K, T x K. */
export interface TrialTables {
  readonly inputs: Matrix;
  readonly targets: Matrix;
  readonly mask: Matrix;
}

/** What is known of a set of trials before one is drawn. */
export interface TrialPlan<Options>
  extends Pick<
    TrialSet<unknown, Options>,
    "name" | "dt" | "count" | "inputDimension" | "outputDimension" | "options" | "seed"
  > {
  readonly timeline: Timeline<string>;
}

/** More numbers than this (8 GiB) in one table are refused at the door. */
const largestTable = 2 ** 30;

/**
 * A set of trials: `draw` fills the tables of trial k, which hold zeros, and returns its label. O(B T (M + K)) plus
 * the draws.
 */
export function makeTrials<Label, Options>(
  plan: TrialPlan<Options>,
  draw: (tables: TrialTables, index: number) => Label,
): TrialSet<Label, Options> {
  const { name, dt, count, inputDimension, outputDimension, options, seed } = plan;
  const { steps, intervals } = plan.timeline;
  if (count * steps * Math.max(inputDimension, outputDimension) > largestTable)
    fail(
      name,
      `${count} trials of ${steps} steps are too many for one table, expected fewer or shorter ones`,
    );
  const inputs = new Float64Array(count * steps * inputDimension);
  const targets = new Float64Array(count * steps * outputDimension);
  const mask = new Float64Array(count * steps * outputDimension);
  const labels: Label[] = [];
  const rowOf = (table: Matrix, k: number, width: number) =>
    table.subarray(k * steps * width, (k + 1) * steps * width);
  for (let k = 0; k < count; k++) {
    const tables = {
      inputs: rowOf(inputs, k, inputDimension),
      targets: rowOf(targets, k, outputDimension),
      mask: rowOf(mask, k, outputDimension),
    };
    labels.push(draw(tables, k));
  }
  return {
    name,
    dt,
    count,
    steps,
    inputDimension,
    outputDimension,
    inputs,
    targets,
    mask,
    labels,
    intervals,
    options,
    seed,
  };
}

/** As {@link makeTrials}, each trial with a stream of its own: trial k depends on the options, the seed and k only. */
export function drawTrials<Label, Options>(
  plan: TrialPlan<Options>,
  draw: (tables: TrialTables, random: Random) => Label,
): TrialSet<Label, Options> {
  const random = createRandom(plan.seed);
  return makeTrials(plan, (tables, k) => draw(tables, random.stream(k)));
}

/** Writes `value` into one channel of a T x width table, during an interval. */
export function hold(table: Matrix, width: number, channel: number, interval: Interval, value: number): void {
  for (let s = interval.start; s < interval.end; s++) table[s * width + channel] = value;
}

/** Asks for `value` from one of K outputs during an interval. */
export function teach(
  { targets, mask }: TrialTables,
  outputs: number,
  channel: number,
  interval: Interval,
  value: number,
): void {
  hold(targets, outputs, channel, interval, value);
  hold(mask, outputs, channel, interval, 1);
}

/** Guards what every generator is given. */
export function checkCommon(where: string, trials: number, dt: number, seed: number): void {
  checkInteger(where, "trials", trials, 0, 2 ** 31 - 1);
  checkNumber(where, "dt", dt, Number.MIN_VALUE);
  checkSeed(where, "seed", seed);
}

/** A seed is any safe integer. */
export function checkSeed(where: string, name: string, seed: number): void {
  checkInteger(where, name, seed, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
}
