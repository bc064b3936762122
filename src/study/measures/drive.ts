import { simulate } from "../../analysis/simulate.js";
import { checkInteger, checkNumber, checkOneOf, checkVector, fail } from "../../core/check.js";
import { createRandom } from "../../core/random.js";
import type { DynamicalSystem } from "../../core/system.js";

/** Law of a drawn input: uniform on [-1, 1], standard normal, or -1 and 1 with equal chances; then scaled and shifted. */
export type InputLaw = "uniform" | "normal" | "binary";

/** How a system is driven: one channel by independent draws, the others held. */
export interface DriveOptions {
  /** Which input varies. @defaultValue `0` */
  readonly channel?: number;
  /** What the other inputs are held at, length M; its entry for the channel is not used. @defaultValue zeros */
  readonly held?: ArrayLike<number>;
  /** @defaultValue `1` */
  readonly amplitude?: number;
  /** The channel gets `offset + amplitude * draw`. @defaultValue `0` */
  readonly offset?: number;
  /** Where the run begins, length D. @defaultValue zeros */
  readonly initialState?: ArrayLike<number>;
  /** Steps before the first sample. @defaultValue `1000` */
  readonly washout?: number;
  /** Seed of the input. @defaultValue `0` */
  readonly seed?: number;
}

/** {@link DriveOptions} as they were used. */
export interface ResolvedDriveOptions {
  readonly channel: number;
  readonly held: Float64Array;
  readonly amplitude: number;
  readonly offset: number;
  readonly initialState: Float64Array;
  readonly washout: number;
  readonly seed: number;
}

export const driveDefaults = {
  channel: 0,
  held: undefined as ArrayLike<number> | undefined,
  amplitude: 1,
  offset: 0,
  initialState: undefined as ArrayLike<number> | undefined,
  washout: 1000,
  seed: 0,
};

/** Fails unless the system is a map with inputs. */
export function checkDriven(where: string, system: DynamicalSystem): void {
  if (system.time !== "discrete") fail(where, "system is a flow, expected a map; discretize it first");
  if (system.inputDimension === 0) fail(where, "system has no inputs, expected at least one");
}

/** Checks what {@link DriveOptions} ask for. */
export function resolveDrive(
  where: string,
  system: DynamicalSystem,
  given: typeof driveDefaults,
): ResolvedDriveOptions {
  const { dimension: d, inputDimension: m } = system;
  const { channel, amplitude, offset, washout, seed } = given;
  checkInteger(where, "channel", channel, 0, m - 1);
  checkNumber(where, "amplitude", amplitude);
  checkNumber(where, "offset", offset);
  checkInteger(where, "washout", washout, 0);
  checkInteger(where, "seed", seed, -(2 ** 53), 2 ** 53);
  return {
    channel,
    held: checkVector(where, "held", given.held ?? new Float64Array(m), m, "the system's inputs"),
    amplitude,
    offset,
    initialState: checkVector(
      where,
      "initialState",
      given.initialState ?? new Float64Array(d),
      d,
      "the system's dimension",
    ),
    washout,
    seed,
  };
}

export function checkLaw(where: string, law: InputLaw): void {
  checkOneOf(where, "law", law, ["uniform", "normal", "binary"]);
}

/** `count` independent draws, before amplitude and offset. */
export function drawInput(law: InputLaw, count: number, seed: number): Float64Array {
  const random = createRandom(seed);
  const draw = {
    uniform: () => 2 * random.uniform() - 1,
    normal: () => random.normal(),
    binary: () => (random.uniform() < 0.5 ? -1 : 1),
  }[law];
  return Float64Array.from({ length: count }, draw);
}

/** Rows of M inputs: the draws in their channel, the others held. */
export function inputRows(m: number, draws: Float64Array, options: ResolvedDriveOptions): Float64Array {
  const { channel, held, amplitude, offset } = options;
  const rows = new Float64Array(draws.length * m);
  for (let t = 0; t < draws.length; t++) {
    rows.set(held, t * m);
    rows[t * m + channel] = offset + amplitude * draws[t];
  }
  return rows;
}

/** The states that follow, one per draw: `states[t * D + i]` has seen `draws[t]`. Undefined when they stop being finite. */
export function driveStates(
  system: DynamicalSystem,
  draws: Float64Array,
  options: ResolvedDriveOptions,
): Float64Array | undefined {
  const inputs = inputRows(system.inputDimension, draws, options);
  const { states, outcomes } = simulate(system, options.initialState, { inputs });
  return outcomes[0] === "ok" ? states : undefined;
}
