import type { Vector } from "../core/system.js";

/** Samples of an invariant set that is neither a point nor a short cycle, and how densely they cover it. */
export interface OrbitCloud {
  /** Row-major samples, count * n. */
  readonly samples: Float64Array;
  /**
   * Twice the 90th percentile of the distance from a sample to its nearest neighbour, at least five per cent of
   * the set's size: trajectories approach a closed curve for a long time.
   */
  readonly reach: number;
}

/** How many samples are compared when the density is measured. */
const probes = 100;

/** Distance, as a share of the set's size, within which a trajectory counts as on it. */
const closeness = 0.05;

/**
 * Builds a cloud from consecutive states (rows) of one orbit. O(probes * count * n).
 *
 * `window`: samples this near in time do not count as neighbours (along a flow they always are: the density
 * that matters is that of other passages). Source: Theiler (1986).
 */
export function createOrbitCloud(samples: Float64Array, n: number, window = 0): OrbitCloud {
  const count = samples.length / n;
  const nearest: number[] = [];
  for (let p = 0; p < Math.min(probes, count); p++) {
    const i = Math.floor((p * count) / Math.min(probes, count));
    nearest.push(nearestDistance(samples, samples.subarray(i * n, (i + 1) * n), i, window));
  }
  nearest.sort((a, b) => a - b);
  const density = 2 * (nearest[Math.floor(0.9 * nearest.length)] ?? 0);
  return { samples, reach: Math.max(density, closeness * sizeOf(samples, n)) };
}

/** Root mean square distance of the samples from their mean. */
function sizeOf(samples: Float64Array, n: number): number {
  const count = samples.length / n;
  const mean = new Float64Array(n);
  for (let k = 0; k < samples.length; k++) mean[k % n] += samples[k] / count;
  let sum = 0;
  for (let k = 0; k < samples.length; k++) sum += (samples[k] - mean[k % n]) ** 2;
  return Math.sqrt(sum / count);
}

/** Whether x lies on the set, as far as the samples can tell. O(count * n). */
export function isOnCloud(cloud: OrbitCloud, x: Vector): boolean {
  return nearestDistance(cloud.samples, x, -1, -1) <= cloud.reach;
}

/** Distance to the nearest sample that is more than `window` places away from number `place`. */
function nearestDistance(samples: Float64Array, x: Vector, place: number, window: number): number {
  const n = x.length;
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i * n < samples.length; i++) {
    if (Math.abs(i - place) <= window) continue;
    let sum = 0;
    for (let d = 0; d < n && sum < best; d++) sum += (samples[i * n + d] - x[d]) ** 2;
    best = Math.min(best, sum);
  }
  return Math.sqrt(best);
}
