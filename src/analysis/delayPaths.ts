import { type DynamicalSystem, speed, type Vector } from "../core/system.js";
import { type March, march } from "./march.js";
import type { Plan } from "./plan.js";
import { statesAt } from "./statesAt.js";
import { suggestedStep } from "./suggestedStep.js";

/** Times at which a delay is looked at, at most. */
const mostSamples = 101;

/** The memories on their way through the delay: P states of length D at S times. */
export interface DelayPaths {
  /** S times, 0 and the delay among them. */
  readonly times: Float64Array;
  /** One entry per time: P x D, row-major. */
  readonly states: readonly Float64Array[];
  /** One entry per time: the speed of each memory, P. */
  readonly speeds: readonly Float64Array[];
  readonly march: March;
}

/**
 * Carries the memories (rows) through the delay, the input held (`system` is the one with its input held). A flow's `dt` may be left out: it then follows the fastest mode
 * met on the way, and is shortened so that a whole number of steps makes the delay.
 *
 * Cost: P delay / dt rules, and S P D numbers.
 */
export function* delayPaths(
  system: DynamicalSystem,
  input: Vector,
  memories: Float64Array,
  delay: number,
  dt: number | undefined,
): Plan<DelayPaths> {
  if (system.time === "discrete") return yield* walk(system, input, memories, delay, 1);
  let wanted = dt ?? suggestedStep(system, memories);
  for (let round = 0; ; round++) {
    const steps = Math.max(1, Math.ceil(delay / wanted - 1e-9));
    const paths = yield* walk(system, input, memories, steps, delay / steps);
    if (dt !== undefined || round === 2) return paths;
    const met = Math.min(...paths.states.filter(allFinite).map((states) => suggestedStep(system, states)));
    if (!(met < wanted / 1.5)) return paths;
    wanted = met;
  }
}

function* walk(
  system: DynamicalSystem,
  input: Vector,
  memories: Float64Array,
  steps: number,
  dt: number,
): Plan<DelayPaths> {
  const n = system.dimension;
  const none = new Float64Array(0);
  const clock = march(system, dt);
  const samples = Math.min(mostSamples, steps + 1);
  const at = Array.from({ length: samples }, (_, s) => Math.round((s * steps) / (samples - 1)));
  const states = yield* statesAt(n, { input, dt, at }, memories);
  const speeds = states.map((table) =>
    Float64Array.from({ length: table.length / n }, (_, i) =>
      speed(system, table.subarray(i * n, (i + 1) * n), none),
    ),
  );
  return { times: Float64Array.from(at, (k) => k * clock.perStep), states, speeds, march: clock };
}

function allFinite(states: Float64Array): boolean {
  return states.every(Number.isFinite);
}
