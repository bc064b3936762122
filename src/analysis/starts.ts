import { checkInteger, checkNumber, checkRows, checkVector, fail, type Rows } from "../core/check.js";
import { resolveOptions } from "../core/defaults.js";
import { createRandom, type Random } from "../core/random.js";
import type { Domain, DynamicalSystem, Matrix, Vector } from "../core/system.js";
import { type Simulation, simulate } from "./simulate.js";

/** Options of {@link sampleStarts}. */
export interface SampleStartsOptions {
  /** Number of starts. @defaultValue `256` */
  readonly count?: number;
  /** Standard deviation of the Gaussian noise added to each variable, in the state's own units. @defaultValue `0.1` */
  readonly noise?: number;
  /** @defaultValue `0` */
  readonly seed?: number;
  /** D; needed only for states in one flat array, whose row length cannot be seen. */
  readonly dimension?: number;
}

/** The defaults of {@link SampleStartsOptions}. */
export const sampleStartsDefaults: Required<SampleStartsOptions> = {
  count: 256,
  noise: 0.1,
  seed: 0,
  dimension: 0,
};

/**
 * Starts for a search, from states the network really visits: drawn uniformly (with replacement) over all
 * states of the trajectories, plus Gaussian noise (Sussillo & Barak 2013; Golub & Sussillo 2018).
 *
 * Returns `count` rows of D, flat. Start i depends on the seed, i and the states only: a larger `count`
 * gives the same starts first. States that are not finite (a trajectory that failed) are never drawn;
 * throws when no other is left. Cost: O(states D + count D).
 *
 * @example
 * ```ts
 * const trajectory = simulate(map({ dimension: 1, step: ([x]) => [x / 2] }), [1], { steps: 10 });
 * const starts = sampleStarts(trajectory, { count: 3, noise: 0.01 });
 * starts.length; // => 3
 * ```
 */
export function sampleStarts(states: Rows | Simulation, options?: SampleStartsOptions): Matrix {
  const where = "sampleStarts";
  const { count, noise, seed, dimension } = resolveOptions(where, sampleStartsDefaults, options);
  checkInteger(where, "count", count, 0);
  checkNumber(where, "noise", noise, 0);
  checkInteger(where, "seed", seed);
  const { data, width } = statesOf(where, states, dimension);
  const finite: number[] = [];
  for (let row = 0; row * width < data.length; row++)
    if (finiteFrom(data, row * width, width)) finite.push(row);
  if (finite.length === 0) fail(where, "states holds no finite state, expected at least one");

  const out = new Float64Array(count * width);
  const random = createRandom(seed);
  for (let i = 0; i < count; i++) {
    const stream = random.stream(i);
    const from = finite[stream.integer(finite.length)] * width;
    for (let j = 0; j < width; j++) out[i * width + j] = data[from + j] + noise * stream.normal();
  }
  return out;
}

/** Options of {@link defaultStarts}. */
export interface DefaultStartsOptions {
  /** Number of starts. @defaultValue `256` */
  readonly count?: number;
  /** @defaultValue `0` */
  readonly seed?: number;
  /** Input to hold, length M. @defaultValue zeros */
  readonly input?: ArrayLike<number>;
  /**
   * Where the domain has no bounds: standard deviation of the Gaussian draw. A variable with a bound on one
   * side only is uniform within 2 `spread` of it.
   * @defaultValue `1`
   */
  readonly spread?: number;
  /** Every second start is carried forward by 1 to this many steps. 0: none is. @defaultValue `300` */
  readonly steps?: number;
  /**
   * Flow: length of those steps, in the flow's unit of time.
   * @defaultValue `1 / |J|`, the largest row sum of the Jacobian's entries, taken at the centre of the draws
   */
  readonly dt?: number;
}

const defaultStartsDefaults = {
  count: 256,
  seed: 0,
  input: undefined as ArrayLike<number> | undefined,
  spread: 1,
  steps: 300,
  dt: undefined as number | undefined,
};

/**
 * Starts for a search when there are no trajectories: drawn around the middle of the box that holds every
 * recurrent state (uniform over a share of it that differs from start to start, of at most 10 spreads on each
 * side; Gaussian where it has no bounds, or where the system states no box), and every
 * second one then carried forward by a random number of steps, so that half of them lie where the
 * dynamics goes: near attractors, and on the way to them past saddles.
 *
 * Returns `count` rows of D, flat. Start i depends on the seed and i only. A start whose trajectory fails
 * stays where it was drawn. Cost: O(count steps rule).
 *
 * @example
 * ```ts
 * const halve = map({ dimension: 2, step: ([x, y]) => [x / 2, y / 3], domain: { lower: -1, upper: 1 } });
 * const starts = defaultStarts(halve, { count: 10 });
 * starts.length; // => 20
 * ```
 */
export function defaultStarts(system: DynamicalSystem, options?: DefaultStartsOptions): Matrix {
  const where = "defaultStarts";
  const { count, seed, input, spread, steps, dt } = resolveOptions(where, defaultStartsDefaults, options);
  checkInteger(where, "count", count, 0);
  checkInteger(where, "seed", seed);
  checkNumber(where, "spread", spread, 0);
  checkInteger(where, "steps", steps, 0);
  if (dt !== undefined) checkNumber(where, "dt", dt, Number.MIN_VALUE);
  const { dimension: d, inputDimension: m } = system;
  const u =
    input === undefined ? new Float64Array(m) : checkVector(where, "input", input, m, "the system's inputs");
  const box = system.domain?.(u);
  const random = createRandom(seed);
  const run = {
    input: u,
    dt: dt ?? (system.time === "continuous" && steps > 0 ? timeScale(system, centre(box, d), u) : 1),
    relativeTolerance: 1e-5,
    absoluteTolerance: 1e-7,
    record: "final" as const,
  };

  const out = new Float64Array(count * d);
  for (let i = 0; i < count; i++) {
    const stream = random.stream(i);
    const start = out.subarray(i * d, (i + 1) * d);
    draw(stream, box, spread, start);
    if (i % 2 === 0 || steps === 0) continue;
    const length = 1 + stream.integer(steps);
    let end: Vector = start.slice();
    if (system.time === "discrete") {
      let next: Vector = start.slice();
      for (let t = 0; t < length; t++) {
        system.rule(end, u, next);
        [end, next] = [next, end];
      }
    } else end = simulate(system, start, { ...run, steps: length }).finalStates;
    if (finiteFrom(end, 0, d)) start.set(end);
  }
  return out;
}

function statesOf(where: string, states: Rows | Simulation, dimension: number) {
  if (!Array.isArray(states) && !ArrayBuffer.isView(states)) {
    const { states: data, dimension: width } = states as Simulation;
    if (!(data instanceof Float64Array)) fail(where, "states must be rows of numbers or a Simulation");
    if (data.length === 0)
      fail(where, "the simulation recorded no states, expected record: all and steps > 0");
    return { data, width };
  }
  const rows = states as Rows;
  const flat = ArrayBuffer.isView(rows);
  const width = dimension > 0 ? dimension : flat ? 0 : (rows[0]?.length ?? 0);
  if (width === 0)
    fail(where, flat ? "states is one flat array, expected the option dimension with it" : "states is empty");
  return checkRows(where, "states", rows, width, "the dimension");
}

/** A bounded side longer than this many spreads says little about where states really are. */
const longSide = 20;

/**
 * One draw. Each start has its own size, so that small and large excursions are both tried: a box is often
 * far wider than the states that occur in it.
 */
function draw(stream: Random, box: Domain | undefined, spread: number, out: Vector) {
  const share = 1 - 0.9 * stream.uniform();
  for (let j = 0; j < out.length; j++) {
    const low = box?.lower[j] ?? -Infinity;
    const high = box?.upper[j] ?? Infinity;
    const half = Math.min((high - low) / 2, (longSide / 2) * spread);
    if (low > -Infinity && high < Infinity)
      out[j] = (low + high) / 2 + share * half * (2 * stream.uniform() - 1);
    else if (low > -Infinity) out[j] = low + 2 * spread * stream.uniform();
    else if (high < Infinity) out[j] = high - 2 * spread * stream.uniform();
    else out[j] = spread * stream.normal();
  }
}

function centre(box: Domain | undefined, d: number): Vector {
  return Float64Array.from({ length: d }, (_, j) => {
    const middle = box ? (box.lower[j] + box.upper[j]) / 2 : 0;
    if (Number.isFinite(middle)) return middle;
    return [box!.lower[j], box!.upper[j]].find(Number.isFinite) ?? 0;
  });
}

/** The time in which the fastest variable can change by its own size: 1 / (largest row sum of |J|). */
function timeScale(system: DynamicalSystem, x: Vector, u: Vector): number {
  const d = system.dimension;
  const jacobian = new Float64Array(d * d);
  system.jacobian(x, u, jacobian);
  let largest = 0;
  for (let i = 0; i < d; i++) {
    let sum = 0;
    for (let j = 0; j < d; j++) sum += Math.abs(jacobian[i * d + j]);
    largest = Math.max(largest, sum);
  }
  return largest > 0 && largest < Infinity ? 1 / largest : 1;
}

function finiteFrom(data: Float64Array, start: number, width: number): boolean {
  for (let i = start; i < start + width; i++) if (!Number.isFinite(data[i])) return false;
  return true;
}
