import type { DynamicalSystem } from "../core/system.js";

/** States at which the Jacobian is looked at, at most. */
const probes = 16;

/**
 * A step at which rk4 follows the fastest mode that the given states (rows) show: 0.25 / the largest |dF/dx|.
 *
 * In the flow's unit of time; 0.25 where every Jacobian vanishes. Autonomous flows only. O(probes * D^2).
 */
export function suggestedStep(flow: DynamicalSystem, states: Float64Array): number {
  const n = flow.dimension;
  const none = new Float64Array(0);
  const jacobian = new Float64Array(n * n);
  const count = states.length / n;
  let fastest = 0;
  for (let p = 0; p < Math.min(probes, count); p++) {
    const k = Math.floor((p * count) / Math.min(probes, count));
    flow.jacobian(states.subarray(k * n, (k + 1) * n), none, jacobian);
    fastest = Math.max(fastest, largestSingularValue(n, jacobian));
  }
  return fastest > 0 ? 0.25 / fastest : 0.25;
}

/** By a few rounds of power iteration on A'A; 0 when A is not finite. O(n^2). */
function largestSingularValue(n: number, a: Float64Array): number {
  const v = Float64Array.from({ length: n }, (_, i) => 1 + (i % 5) / 5);
  const image = new Float64Array(n);
  let size = 0;
  for (let round = 0; round < 12; round++) {
    let before = 0;
    for (let i = 0; i < n; i++) before += v[i] * v[i];
    before = Math.sqrt(before);
    let after = 0;
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let j = 0; j < n; j++) sum += a[i * n + j] * v[j];
      image[i] = sum / before;
      after += image[i] * image[i];
    }
    size = Math.sqrt(after);
    if (!(size > 0) || size === Number.POSITIVE_INFINITY) return 0;
    v.fill(0);
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) v[j] += a[i * n + j] * image[i];
  }
  return size;
}
