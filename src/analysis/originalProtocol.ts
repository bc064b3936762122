import { createRandom } from "../core/random.js";
import type { March } from "./march.js";
import type { OriginalLabel, OriginalProtocol } from "./mechanismReport.js";
import { originalRule } from "./originalRule.js";
import { rowOf } from "./rows.js";

/** Readouts kept of the last stretch of a run, at most. */
const mostReadouts = 1000;

/**
 * The authors' attractor test on a network at rest from input: free runs from the memories ("trial-ends") or from
 * noisy copies of zero and of each memory ("noisy"), then {@link originalRule} on the readouts of the last stretch.
 * Cost: run / dt rules per start.
 */
export function originalTest(
  variant: "trial-ends" | "noisy",
  clock: March,
  memories: Float64Array,
  readout: (state: Float64Array) => Float64Array,
  protocol: OriginalProtocol,
  seed: number,
): OriginalLabel {
  const n = clock.step.dimension;
  const starts =
    variant === "noisy" ? noisyCopies(memories, n, protocol.copies, protocol.noise, seed) : memories;
  const count = starts.length / n;
  const all = Math.max(1, Math.round(protocol.run / clock.perStep));
  const last = Math.min(all, Math.max(1, Math.round(protocol.window / clock.perStep)));
  const looks = Math.min(last, mostReadouts);
  const series = Array.from({ length: count }, () => [] as number[][]);
  let at = 0;
  let current = starts;
  for (let k = 1; k <= looks; k++) {
    const next = all - last + Math.round((k * last) / looks);
    current = clock.advance(current, next - at);
    at = next;
    for (let i = 0; i < count; i++) series[i].push(Array.from(readout(rowOf(current, i, n))));
  }
  const { outcomes, largestTarget } = protocol;
  const { label, finalValues, variances } = originalRule(series, { variant, outcomes, largestTarget });
  const largest = Math.max(...variances);
  return { label, finalValues, largestVariance: Number.isFinite(largest) ? largest : null };
}

function noisyCopies(
  memories: Float64Array,
  n: number,
  copies: number,
  noise: number,
  seed: number,
): Float64Array {
  const centres = new Float64Array(n + memories.length);
  centres.set(memories, n);
  const random = createRandom(seed).stream(0);
  const out = new Float64Array(copies * centres.length);
  for (let c = 0; c < copies; c++)
    for (let k = 0; k < centres.length; k++)
      out[c * centres.length + k] = centres[k] + noise * random.normal();
  return out;
}
