import type { Vector } from "../core/system.js";
import type { March } from "./march.js";
import type { Plan } from "./plan.js";
import { statesAt } from "./statesAt.js";

/** Distance from each state (rows of n) to the nearest state of another label. O(P^2 n). */
export function nearestOther(states: Float64Array, n: number, labels: Int32Array): Float64Array {
  const count = labels.length;
  const out = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
  for (let i = 0; i < count; i++)
    for (let j = i + 1; j < count; j++) {
      if (labels[i] === labels[j]) continue;
      const d = rowDistance(states, i, j, n);
      // Math.min keeps NaN: a state that is not finite must not look far away.
      out[i] = Math.min(out[i], d);
      out[j] = Math.min(out[j], d);
    }
  return out;
}

/** How well labels are separated as clouds: mean distance between labels over mean distance within them. */
export function betweenToWithin(states: Float64Array, n: number, labels: Int32Array): number | null {
  let [between, betweenCount, within, withinCount] = [0, 0, 0, 0];
  for (let i = 0; i < labels.length; i++)
    for (let j = i + 1; j < labels.length; j++) {
      const d = rowDistance(states, i, j, n);
      if (labels[i] === labels[j]) {
        within += d;
        withinCount++;
      } else {
        between += d;
        betweenCount++;
      }
    }
  if (withinCount === 0 || betweenCount === 0 || within === 0) return null;
  return between / betweenCount / (within / withinCount);
}

/** Share of states whose nearest neighbour carries their label, over labels with two states or more; null if none has. */
export function nearestNeighbourAccuracy(states: Float64Array, n: number, labels: Int32Array): number | null {
  const sizes = new Map<number, number>();
  for (const label of labels) sizes.set(label, (sizes.get(label) ?? 0) + 1);
  let right = 0;
  let asked = 0;
  for (let i = 0; i < labels.length; i++) {
    if (sizes.get(labels[i])! < 2) continue;
    asked++;
    let best = -1;
    let bestDistance = Number.POSITIVE_INFINITY;
    for (let j = 0; j < labels.length; j++) {
      if (j === i) continue;
      const d = rowDistance(states, i, j, n);
      if (d < bestDistance) {
        bestDistance = d;
        best = j;
      }
    }
    if (best >= 0 && labels[best] === labels[i]) right++;
  }
  return asked === 0 ? null : right / asked;
}

/**
 * Time in which the separation falls e-fold, from the least-squares slope of its logarithm over the second half of
 * the delay (or all of it, when too few samples lie there). Infinity where it does not fall; 0 where it vanished.
 */
export function separationDecayTime(times: Float64Array, separation: Float64Array): number {
  const last = times[times.length - 1];
  let from = times.findIndex((t) => t >= last / 2);
  if (times.length - from < 3) from = 0;
  let [count, meanT, meanY] = [0, 0, 0];
  for (let s = from; s < times.length; s++) {
    if (!(separation[s] > 0)) return 0;
    count++;
    meanT += times[s];
    meanY += Math.log(separation[s]);
  }
  meanT /= count;
  meanY /= count;
  let [tt, ty] = [0, 0];
  for (let s = from; s < times.length; s++) {
    tt += (times[s] - meanT) ** 2;
    ty += (times[s] - meanT) * (Math.log(separation[s]) - meanY);
  }
  const rate = ty / tt;
  return rate < 0 ? -1 / rate : Number.POSITIVE_INFINITY;
}

/** When a separation was last at or above a threshold, from samples in order of time. */
export class LastAbove {
  #lastTime = Number.NEGATIVE_INFINITY;
  #lastValue = 0;
  #crossing = 0;
  #below = true;

  constructor(readonly threshold: number) {}

  add(time: number, value: number): void {
    if (value >= this.threshold) {
      this.#below = false;
      this.#crossing = time;
    } else if (!this.#below) {
      // Between two samples the logarithm of the separation is taken to be linear.
      const fall = Math.log(this.#lastValue / Math.max(value, Number.MIN_VALUE));
      const share = value >= 0 && fall > 0 ? Math.log(this.#lastValue / this.threshold) / fall : 0;
      this.#crossing = this.#lastTime + share * (time - this.#lastTime);
      this.#below = true;
    }
    this.#lastTime = time;
    this.#lastValue = value;
  }

  /** 0 when it never was. */
  get time(): number {
    return this.#crossing;
  }

  get isBelow(): boolean {
    return this.#below;
  }
}

/**
 * Follows memories beyond the delay until each of `followed` has been lost for a while, or until `horizon`; feeds
 * its separations to the trackers. Cost: O(P) rules per step, O(P^2 D) per look; looks are 5 % of the time apart.
 */
export function* followSeparation(
  clock: March,
  input: Vector,
  states: Float64Array,
  labels: Int32Array,
  trackers: readonly LastAbove[],
  followed: readonly number[],
  from: number,
  horizon: number,
): Plan<void> {
  const n = clock.step.dimension;
  const done = (i: number, time: number) => trackers[i].isBelow && trackers[i].time * 1.5 <= time;
  let steps = Math.round(from / clock.perStep);
  const end = Math.round(horizon / clock.perStep);
  let current = states;
  while (steps < end && followed.some((i) => !done(i, steps * clock.perStep))) {
    const stride = Math.min(end - steps, Math.max(1, Math.floor(steps / 20)));
    [current] = yield* statesAt(n, { input, dt: clock.perStep, at: [stride] }, current);
    steps += stride;
    const separation = nearestOther(current, n, labels);
    for (const i of followed) trackers[i].add(steps * clock.perStep, separation[i]);
  }
}

/** Distance between rows i and j. */
export function rowDistance(states: Float64Array, i: number, j: number, n: number): number {
  let sum = 0;
  for (let d = 0; d < n; d++) sum += (states[i * n + d] - states[j * n + d]) ** 2;
  return Math.sqrt(sum);
}
