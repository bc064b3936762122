import type { DynamicalSystem, Vector } from "../core/system.js";
import { defaultStarts } from "./starts.js";

/** States drawn for one round of a search, and the longest they are carried forward. */
const count = 32;
const steps = 200;

/** For each round of a search: rows drawn all over the state space, half of them carried forward. */
export function drawnStarts(
  system: DynamicalSystem,
  input: Vector,
  seed: number,
): (round: number) => Float64Array {
  return (round) => defaultStarts(system, { count, steps, input, seed: (seed % 2 ** 40) + 1 + round });
}
