import type { Vector } from "../core/system.js";
import type { DelayPaths } from "./delayPaths.js";
import type { LifetimeKind } from "./mechanismReport.js";
import { lastingSeparation, type MemoryLimits } from "./memoryLimits.js";
import type { Plan } from "./plan.js";
import { norm2, rowOf } from "./rows.js";
import { followSeparation, LastAbove, nearestOther, separationDecayTime } from "./separability.js";

/** How far apart labels are during the delay, and for how long. One entry per memory, unless it says otherwise. */
export interface MemorySeparation {
  /** One entry per time of the paths: distance of each memory to the nearest one of another label. */
  readonly perTime: readonly Float64Array[];
  /** Distance below which a memory is lost. */
  readonly resolution: Float64Array;
  readonly decayTime: Float64Array;
  readonly lifetime: readonly { readonly time: number; readonly kind: LifetimeKind }[];
  /** When the delay ends, judged in state space. */
  readonly toldApart: readonly boolean[];
}

/** Share of its first separation below which a memory is lost; and of the size of the states: rounding. */
const relativeResolution = 1e-3;
const rounding = 1e-6;

/**
 * Separability of labels along the delay and beyond. A memory that ends in a place of its own is never lost (if that
 * place is farther from the others than a `resolution` that was given); one that shares its place is followed until
 * it is lost, up to the horizon. Cost: at most P horizon / dt rules.
 */
export function* memorySeparation(
  input: Vector,
  paths: DelayPaths,
  labels: Int32Array,
  limits: MemoryLimits,
  shared: readonly boolean[],
  given: number | undefined,
  horizon: number,
): Plan<MemorySeparation> {
  const n = paths.march.step.dimension;
  const { times } = paths;
  const delay = times[times.length - 1];
  const perTime = paths.states.map((s) => nearestOther(s, n, labels));
  let size = 0;
  for (let i = 0; i < labels.length; i++) size = Math.max(size, norm2(rowOf(paths.states[0], i, n)));
  const resolution = perTime[0].map((d) => given ?? Math.max(relativeResolution * d, rounding * size));
  const trackers = Array.from(resolution, (r) => new LastAbove(r));
  for (const [s, row] of perTime.entries())
    for (const [i, tracker] of trackers.entries()) tracker.add(times[s], row[i]);
  const atDelay = trackers.map((t) => !t.isBelow);

  const settles = (i: number) => limits.kinds[i] === "fixed-point" || limits.kinds[i] === "limit-cycle";
  const lasting = shared.map(
    (s, i) => settles(i) && !s && !(given !== undefined && lastingSeparation(limits, labels, i) < given),
  );
  const staysOnContinuum = (i: number) => shared[i] && limits.continuum[limits.of[i]] >= 0;
  const followed = Array.from(labels, (_, i) => i).filter(
    (i) => !lasting[i] && !staysOnContinuum(i) && (settles(i) || limits.kinds[i] === "not-settled"),
  );
  const endStates = paths.states[paths.states.length - 1];
  yield* followSeparation(paths.march, input, endStates, labels, trackers, followed, delay, horizon);

  const lifetime = Array.from(trackers, (tracker, i): { time: number; kind: LifetimeKind } => {
    const distinct = perTime[0][i] > 0;
    if (lasting[i] && distinct) return { time: Number.POSITIVE_INFINITY, kind: "for-ever" };
    if (limits.kinds[i] === "chaotic" || limits.kinds[i] === "unbounded")
      return { time: Number.NaN, kind: "undefined" };
    if (tracker.isBelow) return { time: tracker.time, kind: "measured" };
    return staysOnContinuum(i)
      ? { time: Number.POSITIVE_INFINITY, kind: "for-ever" }
      : { time: Number.POSITIVE_INFINITY, kind: "beyond-horizon" };
  });
  return {
    perTime,
    resolution,
    decayTime: Float64Array.from(labels, (_, i) =>
      separationDecayTime(
        times,
        Float64Array.from(perTime, (row) => row[i]),
      ),
    ),
    lifetime,
    toldApart: atDelay.map((above, i) => above || lasting[i]),
  };
}
